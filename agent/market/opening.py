"""Opening talks: who answers at an address, pinned, or said to be out of reach."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from agent.kernel.errors import GateRefused, Halted
from agent.kernel.events import EndpointPinned, Event, IncidentNoted, NegotiationMoved, NegotiationOpened
from agent.market import identity
from agent.market.desk import Desk, fault_note
from agent.market.doors import doors_to_ask
from agent.market.table import Table
from agent.needs.need import Need
from negotiators.adapter import AdapterError
from negotiators.dialogue import ENDED, NegotiationState

_SETTLED = (*ENDED, NegotiationState.COMMITTING, NegotiationState.HELD, NegotiationState.WAITING_PERSON)


def opening(need: Need) -> str:
    """What the keys of this need's openings under way begin with."""
    return f"open:{need.id}:"


async def open_talks(desk: Desk, need: Need, only: str | None = None, *, wait: bool = True) -> None:
    """Ask every provider the person lets in for this category (or `only` one), one talk at each of its doors that are
    asked. One that cannot be reached is said so. Without `wait`, one that lets the others wait goes on by itself."""
    under_way = desk.threads.under_way
    for key in under_way:
        if key.startswith(opening(need)) and (wait or under_way.arrived(key)):
            await under_way.take(key)
    rows = desk.ledger.rows(
        "SELECT e.url, e.channel, p.id, p.name FROM endpoints e JOIN providers p ON p.id=e.provider "
        "WHERE p.trust<>'blocked' "
        "AND EXISTS (SELECT 1 FROM json_each(p.categories) WHERE value=?) ORDER BY p.id, e.url",
        (need.category,),
    )
    asked = need.mandate.providers
    doors: dict[str, list[sqlite3.Row]] = {}
    for row in rows:
        if only in (None, row["id"]) and (only or not asked or row["id"] in asked):
            doors.setdefault(row["id"], []).append(row)
    allowed = [row for provider in sorted(doors) for row in doors_to_ask(desk.ledger, need.id, doors[provider])]
    new = {key: dict(row) for row in allowed if (key := opening(need) + row["url"]) not in under_way}
    if wait:
        await asyncio.gather(*(_open_one(desk, need, row) for row in new.values()))
    else:
        await under_way.in_time({key: _open_one(desk, need, row) for key, row in new.items()})


async def _hold(desk: Desk, opened: NegotiationOpened, doubt: identity.Doubt, pinned: EndpointPinned) -> None:
    """Ask the person about this endpoint; its talks have failed until they say yes. What is held already stays so: it
    is not signed before that either."""
    async with desk.doubting:
        events: list[Event] = list(identity.asked(desk.ledger, doubt, pinned, desk.new_id()))
        events += _failed(desk, opened, doubt.code)
        for talk in desk.ledger.rows("SELECT id, state FROM negotiations WHERE endpoint=?", (opened.endpoint,)):
            if NegotiationState(talk["state"]) not in _SETTLED:
                events.append(NegotiationMoved(talk["id"], NegotiationState.FAILED.value, doubt.code))
                desk.threads.fail(talk["id"])
        if events:
            await desk.append(*events)


def _failed(desk: Desk, opened: NegotiationOpened, code: str) -> list[Event]:
    """The talk that is not held, once for each need."""
    known = (opened.need, opened.endpoint)
    if desk.ledger.row("SELECT 1 FROM negotiations WHERE need=? AND endpoint=?", known) is not None:
        return []
    return [opened, NegotiationMoved(opened.negotiation, NegotiationState.FAILED.value, code)]


async def _open_one(desk: Desk, need: Need, row: Mapping[str, str]) -> None:
    negotiation = desk.new_id()
    opened = NegotiationOpened(negotiation, need.id, row["id"], row["url"], need.category, desk.rules.rounds)
    code = identity.shut(desk.ledger, row["url"])
    if code:
        events = _failed(desk, opened, code)
        if events:
            await desk.append(*events)
        return
    try:
        card = await desk.threads.discover(row["channel"], row["url"])
    except (AdapterError, GateRefused) as err:
        if isinstance(err, Halted):
            raise
        code, params = fault_note(err.code, row["name"])
        await desk.append(
            opened,
            NegotiationMoved(negotiation, NegotiationState.FAILED.value, err.code),
            IncidentNoted(code, params, [f"endpoint:{row['url']}"], row["id"]),
        )
        return
    pinned = identity.pin_of(card, row["id"], row["url"])
    doubt = identity.doubt_about(desk.ledger, row, pinned)
    if doubt is not None:
        await _hold(desk, opened, doubt, pinned)
        return
    await desk.append(opened, pinned)
    thread = desk.threads.restore(
        {"id": negotiation, "need": need.id, "provider": row["id"], "category": need.category,
         "rounds": desk.rules.rounds, "state": "open", "endpoint": row["url"]},
        Table.of(desk.book.valuation(need)),
    )  # fmt: skip
    thread.card = replace(card, details={**card.details, "provider": row["id"]})
    thread.name = row["name"]

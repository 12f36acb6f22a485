"""Opening talks: who answers at an address, pinned, or said to be out of reach."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import replace

from agent.kernel.errors import GateRefused, Halted
from agent.kernel.events import EndpointPinned, Event, IncidentNoted, NegotiationMoved, NegotiationOpened
from agent.market.desk import Desk, fault_note
from agent.market.table import Table
from agent.needs.need import Need
from negotiators.adapter import AdapterError
from negotiators.dialogue import NegotiationState
from negotiators.registry import names
from negotiators.text import safe_text


async def open_talks(desk: Desk, need: Need, only: str | None = None) -> None:
    """Ask every provider the person lets in for this category (or `only` one) over its most direct channel: one talk
    for each. One that cannot be reached is said so."""
    rows = desk.ledger.rows(
        "SELECT e.url, e.channel, p.id, p.name FROM endpoints e JOIN providers p ON p.id=e.provider "
        "WHERE p.trust<>'blocked' AND p.id NOT IN (SELECT provider FROM negotiations WHERE need=?) "
        "AND EXISTS (SELECT 1 FROM json_each(p.categories) WHERE value=?) ORDER BY p.id, e.url",
        (need.id, need.category),
    )
    asked = need.mandate.providers
    best: dict[str, sqlite3.Row] = {}
    for row in sorted(rows, key=lambda row: _directness(row["channel"])):
        if only in (None, row["id"]) and (only or not asked or row["id"] in asked):
            best.setdefault(row["id"], row)
    allowed = [best[provider] for provider in sorted(best)]
    await asyncio.gather(*(_open_one(desk, need, dict(row)) for row in allowed))


def _directness(channel: str) -> int:
    """The order in which a company's doors are tried: what answers by itself before what somebody has to carry."""
    known = names()
    return known.index(channel) if channel in known else len(known)


async def _open_one(desk: Desk, need: Need, row: Mapping[str, str]) -> None:
    negotiation = desk.new_id()
    opened = NegotiationOpened(negotiation, need.id, row["id"], row["url"], need.category, desk.rules.rounds)
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
    known = desk.ledger.row("SELECT card_hash FROM endpoints WHERE url=?", (row["url"],))
    pinned = EndpointPinned(
        row["url"], row["id"], card.origin, card.card_hash, card.protocol,
        {"name": safe_text(card.name, limit=80, multiline=False),
         "extension": "yes" if card.capabilities.typed_terms else "no"},
    )  # fmt: skip
    changed = known is not None and known["card_hash"] not in (None, card.card_hash)
    notes: list[Event] = [opened, pinned]
    if changed:
        notes.append(IncidentNoted("card_changed", {"provider": row["name"]}, [], row["id"]))
    await desk.append(*notes)
    thread = desk.threads.restore(
        {"id": negotiation, "need": need.id, "provider": row["id"], "category": need.category,
         "rounds": desk.rules.rounds, "state": "open", "endpoint": row["url"]},
        Table.of(desk.book.valuation(need)),
    )  # fmt: skip
    thread.card = replace(card, details={**card.details, "provider": row["id"]})
    thread.name = row["name"]

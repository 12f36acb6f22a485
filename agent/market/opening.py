"""Opening talks: who answers at an address, pinned, or said to be out of reach."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from agent.kernel.errors import GateRefused, Halted
from agent.kernel.events import EndpointPinned, Event, IncidentNoted, NegotiationMoved, NegotiationOpened
from agent.market.desk import Desk, fault_note
from agent.market.table import Table
from agent.needs.need import Need
from negotiators.adapter import AdapterError
from negotiators.dialogue import NegotiationState
from negotiators.text import safe_text


async def open_talks(desk: Desk, need: Need, only: str | None = None) -> None:
    """Ask every provider the person lets in for this category (or `only` one); one that cannot be reached is
    said so."""
    rows = desk.ledger.rows(
        "SELECT e.url, e.channel, p.id, p.name FROM endpoints e JOIN providers p ON p.id=e.provider "
        "WHERE p.trust<>'blocked' AND e.url NOT IN (SELECT endpoint FROM negotiations WHERE need=?) "
        "AND EXISTS (SELECT 1 FROM json_each(p.categories) WHERE value=?) ORDER BY p.id",
        (need.id, need.category),
    )
    asked = need.mandate.providers
    allowed = [row for row in rows if only in (None, row["id"]) and (only or not asked or row["id"] in asked)]
    await asyncio.gather(*(_open_one(desk, need, dict(row)) for row in allowed))


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

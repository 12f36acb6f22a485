"""Talks that end without a deal: the person no longer wants it, or its window closed."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from agent.kernel.events import Event, ItemClosed, NegotiationMoved
from negotiators.dialogue import NegotiationState

if TYPE_CHECKING:
    from agent.runtime.wiring import House

_WAITING_WITH = (
    "SELECT id, kind FROM items WHERE state IN ('waiting','later') "
    "AND EXISTS (SELECT 1 FROM json_each(legs) l WHERE json_extract(l.value,'$.need')=?)"
)


async def end_withdrawn(house: House) -> None:
    """Talks about what the person no longer wants are ended politely."""
    rows = house.ledger.rows(
        "SELECT DISTINCT d.id FROM needs d JOIN negotiations n ON n.need=d.id WHERE d.state='withdrawn' "
        "AND n.state IN ('open','waiting_them','waiting_us','reopened','held','waiting_person')"
    )
    for need in (house.book.need(row["id"]) for row in rows):
        for thread in house.market.threads_of(need):
            await house.market.leave(need, thread, NegotiationState.SUPERSEDED, "person_declined")
        cards = house.ledger.rows(_WAITING_WITH, (need.id,))  # what else a bundle's card held is put up anew
        closed: list[Event] = [
            ItemClosed(row["id"], "replaced" if row["kind"] == "bundle" else "expired", "need_withdrawn")
            for row in cards
        ]
        await asyncio.to_thread(house.ledger.append, house.clock.now(), closed)


async def close_windows(house: House, now: datetime) -> None:
    """When the collection window ends, live offers are held as they stand and other open talks fall dormant."""
    rows = house.ledger.rows(
        "SELECT n.id, n.need FROM negotiations n JOIN needs d ON d.id=n.need WHERE d.state='open' "
        "AND d.window_ends<=? AND n.state IN ('open','waiting_them','waiting_us','reopened') AND NOT EXISTS ("
        "SELECT 1 FROM items i WHERE i.state='countered' AND i.ref IN (d.id, COALESCE(d.bundle,'')))",
        (now.isoformat(timespec="milliseconds"),),
    )
    for need in {row["need"] for row in rows}:
        await house.market.hold_live(house.book.need(need))
    held = {row["id"] for row in house.ledger.rows("SELECT id FROM negotiations WHERE state='held'")}
    for row in rows:
        if row["id"] in held:
            continue
        event = NegotiationMoved(row["id"], NegotiationState.DORMANT.value, "window_closed")
        await asyncio.to_thread(house.ledger.append, now, [event])

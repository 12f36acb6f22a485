"""The person's decisions carried out by the runner: rejected, postponed, countered, undone."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.kernel.events import IncidentNoted, Learned, NeedClosed, NegotiationMoved
from memory.store import DecisionId, PastDecision, Verdict
from negotiators.dialogue import NegotiationState

if TYPE_CHECKING:
    from agent.runtime.wiring import House

_VERDICTS = {
    "reject": Verdict.REJECTED, "later": Verdict.LATER, "counter": Verdict.COUNTERED,
    "should_have_shown": Verdict.SHOULD_HAVE_SHOWN,
}  # fmt: skip


@dataclass(slots=True)
class Decisions:
    """Applies decisions once each, in the order they were made. Learning crosses to memory's file by the ledger's
    sequence number, so it is idempotent and resumed at start."""

    house: House

    async def apply(self) -> None:
        house = self.house
        after = house.person.store.applied_seq()
        rows = house.ledger.rows("SELECT * FROM decisions WHERE seq>? ORDER BY seq", (after,))
        for row in rows:
            if row["decision"] == "reject":
                await self._close_talks(row["item"])
            elif row["decision"] == "undo":
                await self._undo(row["item"])
            await asyncio.to_thread(self._remember, row)

    async def _close_talks(self, item: str) -> None:
        """A rejected item ends its talks politely; its needs are closed."""
        house = self.house
        row = house.ledger.row("SELECT legs FROM items WHERE id=?", (item,))
        if row is None:
            return
        for leg in json.loads(row["legs"]):
            need = house.book.need(leg["need"])
            for thread in house.market.threads_of(need):
                await house.market.leave(need, thread, NegotiationState.SUPERSEDED, "person_declined")
            await asyncio.to_thread(house.ledger.append, house.clock.now(), [NeedClosed(need.id, "declined")])

    async def _undo(self, item: str) -> None:
        """Withdraw every confirmed leg that may still be cancelled."""
        house = self.house
        row = house.ledger.row("SELECT legs FROM items WHERE id=?", (item,))
        if row is None:
            return
        for leg in json.loads(row["legs"]):
            held = house.ledger.row("SELECT state FROM commitments WHERE negotiation=?", (leg["negotiation"],))
            if held is not None and held["state"] == "agreed" and await house.signing.withdraw(leg, item):
                moved = NegotiationMoved(leg["negotiation"], NegotiationState.SUPERSEDED.value, "undone")
                note = IncidentNoted("undone", {"provider": leg["name"]}, [f"item:{item}"], leg["provider"])
                await asyncio.to_thread(house.ledger.append, house.clock.now(), [moved, note])

    def _remember(self, row: sqlite3.Row) -> None:
        """Keep the decision as a memory in our words, and mark it applied."""
        house, store = self.house, self.house.person.store
        verdict = _VERDICTS.get(str(row["decision"]))
        item = house.ledger.row("SELECT legs FROM items WHERE id=?", (row["item"],))
        if verdict is not None and item is not None:
            legs = json.loads(item["legs"])
            words = "; ".join(f"{leg['category']} {leg['provider']} {leg['total']} {leg['currency']}" for leg in legs)
            decision = PastDecision(
                DecisionId(f"d-{row['seq']}"), verdict, words, house.clock.now(), legs[0]["category"] if legs else None,
                str(row["reason"]), (f"item:{row['item']}",),
            )  # fmt: skip
            store.add(decision)
            house.ledger.append(house.clock.now(), [Learned(decision.id, str(row["item"]), str(row["reason"]))])
        store.set_applied_seq(int(str(row["seq"])))

"""After the yes: agreed deals are watched, a slipped leg calls its fallback, an unneeded fallback is cancelled."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta
from sqlite3 import Row
from typing import Any

from agent.kernel.codec import recorded_move, terms_from
from agent.kernel.events import Event, GrantExpired, IncidentNoted, ItemClosed, LegChanged, NegotiationMoved, Received
from agent.kernel.ledger import Draft, Ledger
from agent.market.conversation import Broken
from agent.market.market import Market
from agent.market.needs_book import NeedsBook
from agent.market.signing import Signing
from agent.market.threads import Thread, Threads
from negotiators.clock import Clock
from negotiators.dialogue import Inform, Propose, Reply, Terms, Withdraw, term_text

RELEASE_BEFORE = timedelta(days=1)
"""How long before its free cancellation ends an unneeded fallback is cancelled."""


class Aftercare:
    """Looks after agreed legs and running grants."""

    def __init__(
        self, ledger: Ledger, signing: Signing, market: Market, threads: Threads, book: NeedsBook, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._signing = signing
        self._market = market
        self._threads = threads
        self._book = book
        self._clock = clock

    async def watch(self) -> None:
        """Ask every company we have an agreement with for news, all together, and act on a change of an agreed leg. One
        that does not answer now is not waited for: its answer counts when it is there."""
        rows = self._ledger.rows(
            "SELECT c.*, i.legs FROM commitments c JOIN items i ON i.id=c.item WHERE c.state='agreed' "
            "ORDER BY c.at, c.need"
        )
        legs = {str(row["negotiation"]): row for row in rows}
        threads = {name: self._thread(row) for name, row in legs.items()}
        for name, heard in (await self._threads.news(list(threads.values()))).items():
            if isinstance(heard, Broken):
                continue
            row, thread = legs[name], threads[name]
            leg = next(leg for leg in json.loads(row["legs"]) if leg["negotiation"] == name)
            for reply in self._threads.unseen(thread, heard):
                await self._news(row["item"], json.loads(row["legs"]), leg, thread, reply)

    def _thread(self, row: Row) -> Thread:
        need = self._book.need(row["need"])
        return next(thread for thread in self._market.threads_of(need) if thread.id == row["negotiation"])

    async def _news(
        self, item: str, legs: list[dict[str, Any]], leg: dict[str, Any], thread: Thread, reply: Reply
    ) -> None:
        text = reply.text.reveal() if reply.text else None
        received = Received(
            thread.id, thread.talk.round, reply.message_id, [recorded_move(move) for move in reply.moves],
            reply.status.value, list(reply.problems), None,
            f"in:{thread.id}:{reply.message_id}" if text is not None else None,
        )  # fmt: skip
        events: list[Draft | Event] = [Draft(received, text)]
        change = _slip(terms_from(leg["terms"]), reply)
        if change is not None:
            events.append(LegChanged(item, thread.id, "slipped", change))
            events.append(
                IncidentNoted("leg_slipped", {"provider": thread.name, **change}, [f"item:{item}"], leg["provider"])
            )
        await self._append(*events)
        if change is not None:
            await self._use_fallback(item, legs, leg)

    async def _use_fallback(self, item: str, legs: list[dict[str, Any]], slipped: dict[str, Any]) -> None:
        """Keep the fallback of a slipped leg when it is confirmed and the bundle stays inside its cap."""
        for leg in legs:
            if leg["role"] != "fallback" or leg["fallback_for"] not in (slipped["category"], slipped["need"]):
                continue
            row = self._ledger.row("SELECT state FROM commitments WHERE negotiation=?", (leg["negotiation"],))
            if row is None or row["state"] != "agreed":
                continue
            cap = self._ledger.row(
                "SELECT b.cap, b.currency, i.total FROM items i JOIN bundles b ON b.id=i.ref WHERE i.id=?", (item,)
            )
            params = {
                "provider": leg["name"], "total": f"{leg['total']} {leg['currency']}",
                "bundle": f"{cap['total']} {cap['currency']}" if cap else "",
                "cap": f"{cap['cap']} {cap['currency']}" if cap and cap["cap"] else "",
            }  # fmt: skip
            await self._append(
                LegChanged(item, leg["negotiation"], "used", params),
                IncidentNoted("fallback_used", params, [f"item:{item}"], leg["provider"]),
            )

    async def release_unneeded(self) -> None:
        """Cancel confirmed fallbacks whose free cancellation is about to end while nothing slipped."""
        today = self._book.days.of(self._clock.now())
        rows = self._ledger.rows(
            "SELECT c.*, i.legs FROM commitments c JOIN items i ON i.id=c.item WHERE c.state='agreed'"
        )
        for row in rows:
            leg = next(leg for leg in json.loads(row["legs"]) if leg["negotiation"] == row["negotiation"])
            if leg["role"] != "fallback" or not leg["cancel_until"]:
                continue
            if today < date.fromisoformat(leg["cancel_until"]) - RELEASE_BEFORE:
                continue
            if await self._signing.withdraw(leg, row["item"]):
                params = {"provider": leg["name"]}
                await self._append(
                    LegChanged(row["item"], row["negotiation"], "released", params),
                    IncidentNoted("fallback_released", params, [f"item:{row['item']}"], leg["provider"]),
                )

    async def expire(self) -> int:
        """End what has run out: grants past their time, held offers no longer valid, items past their deadline."""
        now = self._clock.now()
        stamp = now.isoformat(timespec="milliseconds")
        grants = self._ledger.rows(
            "SELECT id FROM releases WHERE released=1 AND ended IS NULL AND until IS NOT NULL AND until<=?", (stamp,)
        )
        events: list[Event] = [GrantExpired(row["id"], "time") for row in grants]
        held = self._ledger.rows("SELECT id, held FROM negotiations WHERE state IN ('held','waiting_person')")
        for row in held:
            until = json.loads(row["held"])["valid_until"] if row["held"] else None
            if until is not None and datetime.fromisoformat(until) <= now:
                events.append(NegotiationMoved(row["id"], "expired", "offer_expired"))
        items = self._ledger.rows(
            "SELECT i.id, i.deadline, a.expires, i.state FROM items i LEFT JOIN approvals a ON a.item=i.id "
            "AND a.used=0 WHERE i.state IN ('waiting','later','countered','approved')"
        )
        for row in items:
            ends = row["expires"] if row["state"] == "approved" else row["deadline"]
            if ends is not None and datetime.fromisoformat(ends) <= now:
                reason = "approval_expired" if row["state"] == "approved" else "deadline_passed"
                events += [
                    ItemClosed(row["id"], "expired", reason),
                    IncidentNoted("item_expired", {"reason": reason}, [f"item:{row['id']}"], None),
                ]
        if grants:
            events.append(IncidentNoted("grants_expired", {"count": str(len(grants))}, [], None))
        if events:
            await self._append(*events)
        return len(events)

    async def _append(self, *events: Draft | Event) -> None:
        await asyncio.to_thread(self._ledger.append, self._clock.now(), list(events))


def _slip(agreed: Terms, reply: Reply) -> dict[str, str] | None:
    """What a message after the agreement changes of it: a schedule term, or the agreement itself."""
    for move in reply.moves:
        terms = move.offer.terms if isinstance(move, Propose) else Terms()
        for name, value in agreed.items():
            new = terms.get(name)
            if isinstance(value, date) and isinstance(new, date) and new != value:
                return {"change": name, "from": term_text(value), "to": term_text(new)}
        if isinstance(move, Inform) and move.value is not None:
            known = agreed.get(move.field)
            if isinstance(known, date) and move.value != term_text(known):
                return {"change": move.field, "from": term_text(known), "to": move.value}
    if any(isinstance(move, Withdraw) for move in reply.moves):
        return {"change": "withdrawn"}
    return None

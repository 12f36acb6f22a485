"""Making an approved agreement binding, and what follows from it.

One signing lock per need (a constraint of the table). The commitment's message id is on the ledger before it is
sent; while its outcome is unknown the lock stays and nothing is resent under another id. The company's
confirmation is compared term by term with what was approved: a difference is shown, never accepted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from agent.kernel.codec import recorded_move, terms_from
from agent.kernel.disclosure import Disclosure
from agent.kernel.errors import GateRefused, Halted, LedgerConflict
from agent.kernel.events import (
    Committed,
    Confirmed,
    Event,
    GrantExpired,
    IncidentNoted,
    ItemClosed,
    Mismatch,
    MoveChosen,
    NeedClosed,
    NegotiationMoved,
    Received,
    SigningLocked,
    SigningReleased,
)
from agent.kernel.gate import Gate
from agent.kernel.ledger import Draft, Ledger
from agent.kernel.outgoing import Outgoing, Ticket
from agent.market.conversation import Broken, Said, step
from agent.market.identity import IdentityChanged, asked
from agent.market.market import Market
from agent.market.needs_book import NeedsBook
from agent.market.threads import Thread, Threads
from agent.needs.need import Need
from negotiators.clock import Clock
from negotiators.dialogue import (
    Accept,
    Commit,
    Confirm,
    Leave,
    NegotiationState,
    OfferId,
    Reject,
    Reply,
    Terms,
    TermsHash,
    Withdraw,
    term_text,
    terms_hash,
)

Outcome = Literal["agreed", "pending", "refused", "held"]
"""Of one leg: confirmed as approved; unknown as yet, its lock stays; turned down; refused by our own gate."""

UNREAD = {
    "unknown_issue", "bad_term", "bad_terms", "wrong_type", "wrong_unit", "missing_currency", "number_not_string",
    "negative", "too_many_terms", "contradiction",
}  # fmt: skip
"""Problems of a confirmation that may hide a term: what names something we cannot read does not confirm."""


class Signing:
    """Carries out approvals."""

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        market: Market,
        threads: Threads,
        book: NeedsBook,
        disclosure: Disclosure,
        clock: Clock,
        new_id: Callable[[], str],
        language: str,
    ) -> None:
        self._ledger = ledger
        self._gate = gate
        self._market = market
        self._threads = threads
        self._book = book
        self._disclosure = disclosure
        self._clock = clock
        self._new_id = new_id
        self._language = language

    async def carry_out(self, item: str, *, by_mandate: bool = False) -> None:
        """Commit every leg of an approved item, main legs first; all-or-nothing as far as the companies allow.
        `by_mandate`: without an approval, where the gate finds the mandate's leave.

        Can be repeated at any moment: what is confirmed already is passed over, a leg of unknown outcome is left to
        `reconcile`, which comes back here. When a main leg is refused, legs already confirmed that are free to cancel
        are withdrawn and the rest is shown as what it is: partly agreed.
        """
        row = self._ledger.row("SELECT * FROM items WHERE id=?", (item,))
        approval = self._ledger.row("SELECT * FROM approvals WHERE item=?", (item,))
        approved = approval is not None and row is not None and approval["approval_hash"] == row["approval_hash"]
        if row is None or not (approved or by_mandate):
            return
        if row["state"] not in ("approved", "committing") and not (by_mandate and row["state"] == "waiting"):
            return
        legs = sorted(json.loads(row["legs"]), key=lambda leg: (leg["role"] != "main", leg["need"]))
        if any(leg["standing"] != "firm" or not leg.get("commits", True) for leg in legs):
            await self._hand_over(item, legs)
            return
        if row["state"] == "approved":
            await self._append(IncidentNoted("approval_given", {"item": item}, [f"item:{item}"], None))
        done: list[dict[str, Any]] = []
        for leg in legs:
            outcome = await self._sign(leg, item)
            if outcome == "pending":
                return
            if outcome == "agreed":
                done.append(leg)
            elif leg["role"] == "main":
                await self._give_up(item, legs, done, outcome)
                return
        await self._close_rivals([leg["need"] for leg in done], {leg["negotiation"] for leg in done})
        if len(done) < len(legs):
            await self._append(ItemClosed(item, "partly", "leg_refused"))

    async def _hand_over(self, item: str, legs: Sequence[dict[str, Any]]) -> None:
        """Terms that were only claimed, or a channel over which nothing is closed: the person's yes makes the deal
        theirs to close."""
        if self._ledger.row("SELECT 1 FROM items WHERE id=? AND state='approved'", (item,)) is not None:
            names = ", ".join(leg["name"] for leg in legs)
            await self._append(
                ItemClosed(item, "handover", "terms_only_claimed"),
                IncidentNoted("handover_ready", {"provider": names}, [f"item:{item}"], legs[0]["provider"]),
            )

    async def _sign(self, leg: dict[str, Any], item: str) -> Outcome:
        """Commit one leg unless an earlier attempt already decided it."""
        known = self._ledger.row("SELECT negotiation, state FROM commitments WHERE need=?", (leg["need"],))
        if known is not None and known["negotiation"] == leg["negotiation"]:
            return {"agreed": "agreed", "locked": "pending", "committing": "pending"}.get(known["state"], "refused")  # type: ignore[return-value]
        talk = self._ledger.row("SELECT state FROM negotiations WHERE id=?", (leg["negotiation"],))
        if known is not None or talk is None or talk["state"] in ("declined", "failed", "superseded"):
            return "refused"
        return await self._commit_leg(leg, item) if await self._lock(leg, item) else "refused"

    async def _give_up(self, item: str, legs: Sequence[dict[str, Any]], done: list[dict[str, Any]], why: str) -> None:
        """A main leg will not be signed: cancel what may be cancelled and say where the item stands.

        What our own gate refused goes back to the person, who may decide it anew."""
        left = await self._undo_cancellable(done, item)
        if left:
            await self._append(ItemClosed(item, "partly", "leg_refused"))
        elif self._ledger.row("SELECT 1 FROM commitments WHERE item=? AND state='mismatch'", (item,)) is None:
            await self._append(ItemClosed(item, "waiting" if why == "held" and not done else "declined", why))

    async def _lock(self, leg: dict[str, Any], item: str) -> bool:
        lock = SigningLocked(leg["need"], leg["negotiation"], item, leg["terms_hash"])
        try:
            await self._append(lock)
        except LedgerConflict:
            return False
        return True

    def _thread(self, leg: dict[str, Any]) -> tuple[Need, Thread]:
        need = self._book.need(leg["need"])
        thread = next(t for t in self._market.threads_of(need) if t.id == leg["negotiation"])
        return need, thread

    async def _commit_leg(self, leg: dict[str, Any], item: str) -> Outcome:
        """Commit one leg. `held` when our gate refuses it."""
        need, thread = self._thread(leg)
        terms = terms_from(leg["terms"])
        move = Commit(OfferId(leg["offer_id"]), terms, TermsHash(leg["terms_hash"]))
        try:
            await self._threads.same_party(thread)
        except IdentityChanged as err:
            await self._append(
                SigningReleased(need.id, thread.id, err.code),
                NegotiationMoved(thread.id, NegotiationState.HELD.value, err.code),
                IncidentNoted("commit_refused", {"reason": err.code}, [f"item:{item}"], leg["provider"]),
                *asked(self._ledger, err.doubt, err.found, self._new_id()),
            )
            return "held"
        try:
            ticket = await asyncio.to_thread(self._gate.clear, self._outgoing(need, thread, move, leg))
        except Halted:
            raise
        except GateRefused as err:
            await self._append(
                SigningReleased(need.id, thread.id, err.code),
                NegotiationMoved(thread.id, NegotiationState.HELD.value, err.code, err.params),
                IncidentNoted("commit_refused", {"reason": err.code, **err.params}, [f"item:{item}"], leg["provider"]),
            )
            return "held"
        await self._append(
            Committed(need.id, thread.id, item, leg["terms_hash"], ticket.message_id),
            IncidentNoted("commit_sent", {"provider": thread.name}, [f"item:{item}"], thread.talk.provider),
        )
        thread.talk, _ = step(
            thread.talk, Said(move, ticket.message_id, thread.talk.round + 1, ticket.cleared.text), thread.table
        )
        thread.talk = replace(thread.talk, state=NegotiationState.COMMITTING)
        return await self._settle(need, thread, leg, item, await self._threads.exchange(thread, ticket))

    def _outgoing(self, need: Need, thread: Thread, move: Commit | Withdraw, leg: dict[str, Any]) -> Outgoing:
        act = "commit" if isinstance(move, Commit) else "withdraw"
        choice = MoveChosen(thread.id, thread.talk.round + 1, act, "approved" if act == "commit" else "released", {})
        return Outgoing(
            negotiation=thread.id, provider=thread.talk.provider, endpoint=thread.endpoint,
            category=self._book.category(need.category), move=move, round=thread.talk.round + 1,
            language=self._language, valuation=self._book.valuation(need), choice=choice,
            released=self._disclosure.told(thread.talk.provider), total=leg["total"],
        )  # fmt: skip

    async def _settle(
        self, need: Need, thread: Thread, leg: dict[str, Any], item: str, heard: list[Reply] | Broken
    ) -> Outcome:
        """Compare the confirmation with the approved terms. No conclusive answer leaves the lock in place."""
        if isinstance(heard, Broken):
            await self._append(IncidentNoted("commit_unanswered", {"provider": thread.name}, [f"item:{item}"], None))
            return "pending"
        expected = terms_from(leg["terms"])
        for reply in self._threads.unseen(thread, heard):
            events, outcome = self._judge(need, thread, reply, leg, item, expected)
            await self._append(*events)
            if outcome != "pending":
                return outcome
        return "pending"

    def _judge(
        self, need: Need, thread: Thread, reply: Reply, leg: dict[str, Any], item: str, expected: Terms
    ) -> tuple[list[Draft | Event], Outcome]:
        text = reply.text.reveal() if reply.text else None
        received = Received(
            thread.id, thread.talk.round, reply.message_id, [recorded_move(move) for move in reply.moves],
            reply.status.value, list(reply.problems), None, f"in:{self._new_id()}" if text is not None else None,
        )  # fmt: skip
        events: list[Draft | Event] = [Draft(received, text)]
        note = [f"item:{item}"]
        provider = thread.talk.provider
        for move in reply.moves:
            if isinstance(move, Confirm):
                got = terms_hash(provider, need.category, move.terms)
                unread = [code for code in reply.problems if code.partition(":")[0] in UNREAD]
                if got == leg["terms_hash"] and not unread:
                    confirmed = Confirmed(need.id, thread.id, item, got, move.reference)
                    thread.talk = replace(thread.talk, state=NegotiationState.AGREED)
                    told = IncidentNoted("confirmed", {"provider": thread.name}, note, provider)
                    return [*events, confirmed, NeedClosed(need.id, "agreed"), told], "agreed"
                differences = _differences(expected, move.terms)
                differences += [{"issue": code.partition(":")[2], "expected": "", "got": "?"} for code in unread]
                mismatch = Mismatch(need.id, thread.id, item, leg["terms_hash"], got, differences)
                thread.talk = replace(thread.talk, state=NegotiationState.MISMATCH)
                shown = ", ".join(f"{d['issue']}: {d['expected']} / {d['got']}" for d in differences)[:200]
                return [*events, mismatch,
                        IncidentNoted("confirmation_differs", {"provider": thread.name, "differences": shown}, note,
                                      provider)], "refused"  # fmt: skip
            if isinstance(move, Reject | Leave | Withdraw):
                released = SigningReleased(need.id, thread.id, "refused")
                declined = NegotiationMoved(thread.id, NegotiationState.DECLINED.value, "commit_refused")
                thread.talk = replace(thread.talk, state=NegotiationState.DECLINED)
                told = IncidentNoted("commit_declined", {"provider": thread.name}, note, provider)
                return [*events, released, declined, told], "refused"
        if any(isinstance(move, Accept) for move in reply.moves):
            events.append(IncidentNoted("confirmation_not_binding", {"provider": thread.name}, note, provider))
        return events, "pending"

    async def reconcile(self) -> None:
        """After a restart: finish commitments whose outcome is unknown, under their own message id, then whatever
        of their items is left to sign, and the farewells to companies that were not chosen."""
        rows = self._ledger.rows("SELECT * FROM commitments WHERE state IN ('locked','committing')")
        for row in rows:
            item = self._ledger.row("SELECT legs, state FROM items WHERE id=?", (row["item"],))
            if item is None:
                continue
            leg = next(leg for leg in json.loads(item["legs"]) if leg["negotiation"] == row["negotiation"])
            need, thread = self._thread(leg)
            tickets = [t for t in self._gate.waiting(thread.id) if isinstance(t.cleared.move, Commit)]
            ticket: Ticket | None = tickets[0] if tickets else None
            if row["message_id"] is None and ticket is None:
                await self._append(SigningReleased(need.id, thread.id, "never_sent"))
                continue
            if row["message_id"] is None and ticket is not None:
                await self._append(Committed(need.id, thread.id, row["item"], leg["terms_hash"], ticket.message_id))
            await self._settle(need, thread, leg, row["item"], await self._threads.exchange(thread, ticket))
        for row in self._ledger.rows("SELECT id FROM items WHERE state='committing' ORDER BY number"):
            by_mandate = self._ledger.row("SELECT 1 FROM approvals WHERE item=?", (row["id"],)) is None
            await self.carry_out(row["id"], by_mandate=by_mandate)
        await self._finish_farewells()

    async def _finish_farewells(self) -> None:
        """Close the rivals of signed needs where an earlier process ended before it could."""
        rows = self._ledger.rows(
            "SELECT DISTINCT c.need, c.negotiation FROM commitments c JOIN items i ON i.id=c.item "
            "JOIN negotiations n ON n.need=c.need AND n.id<>c.negotiation WHERE c.state='agreed' "
            "AND i.state IN ('agreed','partly') AND n.state IN ('open','waiting_them','waiting_us','reopened','held',"
            "'waiting_person','waiting_unlock')"
        )
        for row in rows:
            await self._close_rivals([row["need"]], {row["negotiation"]})
        await self._market.send_farewells()

    async def withdraw(self, leg: dict[str, Any], item: str) -> bool:
        """Cancel one confirmed leg where its terms allow it. True when the company took note."""
        need, thread = self._thread(leg)
        said = self._ledger.row("SELECT state FROM outbox WHERE negotiation=? AND act='withdraw'", (thread.id,))
        if said is not None:
            return bool(said["state"] == "delivered")
        move = Withdraw(OfferId(leg["offer_id"]))
        ticket = await asyncio.to_thread(self._gate.clear, self._outgoing(need, thread, move, leg))
        heard = await self._threads.exchange(thread, ticket)
        return not isinstance(heard, Broken)

    async def _undo_cancellable(self, done: list[dict[str, Any]], item: str) -> list[dict[str, Any]]:
        """Withdraw confirmed legs that are free to cancel; returns those that stay signed."""
        left = []
        for leg in done:
            if leg.get("cancel_until") and await self.withdraw(leg, item):
                await self._append(
                    NegotiationMoved(leg["negotiation"], NegotiationState.SUPERSEDED.value, "bundle_failed")
                )
            else:
                left.append(leg)
        return left

    async def _close_rivals(self, needs: list[str], winners: set[str]) -> None:
        """Tell the other companies, and end what they were told."""
        ended = 0
        for need_id in needs:
            need = self._book.need(need_id)
            for thread in self._market.threads_of(need):
                if thread.id not in winners:
                    await self._market.leave(need, thread, NegotiationState.SUPERSEDED, "another_offer_chosen")
                    ended += await self._expire_grants(thread.talk.provider, winners)
        if ended:
            await self._append(IncidentNoted("grants_expired", {"count": str(ended)}, [], None))

    async def _expire_grants(self, provider: str, winners: set[str]) -> int:
        marks = ",".join("?" * len(winners))
        rows = self._ledger.rows(
            "SELECT id FROM releases WHERE provider=? AND released=1 AND ended IS NULL "
            f"AND negotiation NOT IN ({marks}) "
            f"AND provider NOT IN (SELECT provider FROM negotiations WHERE id IN ({marks}))",
            (provider, *winners, *winners),
        )
        if rows:
            await self._append(*[GrantExpired(row["id"], "not_chosen") for row in rows])
        return len(rows)

    async def _append(self, *events: Draft | Event) -> None:
        await asyncio.to_thread(self._ledger.append, self._clock.now(), list(events))


def _differences(expected: Terms, got: Terms) -> list[dict[str, str]]:
    """Term by term: what was approved against what was confirmed."""
    found = []
    for name in sorted({*expected, *got}):
        left, right = expected.get(name), got.get(name)
        if left != right or type(left) is not type(right):
            found.append(
                {
                    "issue": name,
                    "expected": term_text(left) if left is not None else "",
                    "got": term_text(right) if right is not None else "",
                }
            )
    return found

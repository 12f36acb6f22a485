"""Making an approved agreement binding, and what follows from it.

One signing lock per need (a constraint of the table). The commitment's message id is on the ledger before it is
sent; while its outcome is unknown the lock stays and nothing is resent under another id. The company's
confirmation is compared term by term with what was approved: a difference is shown, never accepted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

from agent.kernel.codec import move_json, terms_from
from agent.kernel.disclosure import Disclosure
from agent.kernel.errors import GateRefused, Halted, LedgerConflict
from agent.kernel.events import (
    Committed,
    Confirmed,
    Event,
    GrantExpired,
    IncidentNoted,
    Mismatch,
    MoveChosen,
    NeedClosed,
    NegotiationMoved,
    Received,
    SigningLocked,
    SigningReleased,
)
from agent.kernel.gate import Gate, Outgoing, Ticket
from agent.kernel.ledger import Draft, Ledger
from agent.market.conversation import Broken, Said, step
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

        When a leg is refused, legs already confirmed that are free to cancel are withdrawn and the rest is shown
        as what it is: partly agreed.
        """
        row = self._ledger.row("SELECT * FROM items WHERE id=?", (item,))
        approval = self._ledger.row("SELECT * FROM approvals WHERE item=? AND used=0", (item,))
        approved = approval is not None and row is not None and approval["approval_hash"] == row["approval_hash"]
        if row is None or not (approved or by_mandate):
            return
        legs = sorted(json.loads(row["legs"]), key=lambda leg: (leg["role"] != "main", leg["need"]))
        if approved:
            await self._append(IncidentNoted("approval_given", {"item": item}, [f"item:{item}"], None))
        done: list[dict[str, str]] = []
        for leg in legs:
            if not await self._lock(leg, item):
                continue
            if await self._commit_leg(leg, item):
                done.append(leg)
            elif leg["role"] == "main":
                await self._undo_cancellable(done, item)
                return
        await self._close_rivals([leg["need"] for leg in done], {leg["negotiation"] for leg in done})

    async def _lock(self, leg: dict[str, str], item: str) -> bool:
        lock = SigningLocked(leg["need"], leg["negotiation"], item, leg["terms_hash"])
        try:
            await self._append(lock)
        except LedgerConflict:
            return False
        return True

    def _thread(self, leg: dict[str, str]) -> tuple[Need, Thread]:
        need = self._book.need(leg["need"])
        thread = next(t for t in self._market.threads_of(need) if t.id == leg["negotiation"])
        return need, thread

    async def _commit_leg(self, leg: dict[str, str], item: str) -> bool:
        """Commit one leg. False when it was not confirmed as approved."""
        need, thread = self._thread(leg)
        terms = terms_from(leg["terms"])  # type: ignore[arg-type]
        move = Commit(OfferId(leg["offer_id"]), terms, TermsHash(leg["terms_hash"]))
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
            return False
        await self._append(
            Committed(need.id, thread.id, item, leg["terms_hash"], ticket.message_id),
            IncidentNoted("commit_sent", {"provider": thread.name}, [f"item:{item}"], thread.talk.provider),
        )
        thread.talk, _ = step(
            thread.talk, Said(move, ticket.message_id, thread.talk.round + 1, ticket.cleared.text), thread.table
        )
        thread.talk = replace(thread.talk, state=NegotiationState.COMMITTING)
        return await self._settle(need, thread, leg, item, await self._threads.exchange(thread, ticket))

    def _outgoing(self, need: Need, thread: Thread, move: Commit | Withdraw, leg: dict[str, str]) -> Outgoing:
        act = "commit" if isinstance(move, Commit) else "withdraw"
        choice = MoveChosen(thread.id, thread.talk.round + 1, act, "approved" if act == "commit" else "released", {})
        return Outgoing(
            negotiation=thread.id, provider=thread.talk.provider, endpoint=thread.endpoint,
            category=self._book.category(need.category), move=move, round=thread.talk.round + 1,
            language=self._language, valuation=self._book.valuation(need), choice=choice,
            released=self._disclosure.told(thread.talk.provider) | thread.told, total=leg["total"],
        )  # fmt: skip

    async def _settle(
        self, need: Need, thread: Thread, leg: dict[str, str], item: str, heard: list[Reply] | Broken
    ) -> bool:
        """Compare the confirmation with the approved terms. No answer leaves the lock in place."""
        if isinstance(heard, Broken):
            await self._append(IncidentNoted("commit_unanswered", {"provider": thread.name}, [f"item:{item}"], None))
            return False
        expected = terms_from(leg["terms"])  # type: ignore[arg-type]
        outcome = False
        for reply in heard:
            events, outcome = self._judge(need, thread, reply, leg, item, expected)
            await self._append(*events)
        return outcome

    def _judge(
        self, need: Need, thread: Thread, reply: Reply, leg: dict[str, str], item: str, expected: Terms
    ) -> tuple[list[Draft | Event], bool]:
        text = reply.text.reveal() if reply.text else None
        received = Received(
            thread.id, thread.talk.round, reply.message_id, [move_json(move) for move in reply.moves],
            reply.status.value, list(reply.problems), None, f"in:{self._new_id()}" if text is not None else None,
        )  # fmt: skip
        events: list[Draft | Event] = [Draft(received, text)]
        note = [f"item:{item}"]
        provider = thread.talk.provider
        for move in reply.moves:
            if isinstance(move, Confirm):
                got = terms_hash(provider, need.category, move.terms)
                if got == leg["terms_hash"]:
                    confirmed = Confirmed(need.id, thread.id, item, got, move.reference)
                    thread.talk = replace(thread.talk, state=NegotiationState.AGREED)
                    return [*events, confirmed, NeedClosed(need.id, "agreed"),
                            IncidentNoted("confirmed", {"provider": thread.name}, note, provider)], True  # fmt: skip
                differences = _differences(expected, move.terms)
                mismatch = Mismatch(need.id, thread.id, item, leg["terms_hash"], got, differences)
                thread.talk = replace(thread.talk, state=NegotiationState.MISMATCH)
                shown = ", ".join(f"{d['issue']}: {d['expected']} / {d['got']}" for d in differences)[:200]
                return [*events, mismatch,
                        IncidentNoted("confirmation_differs", {"provider": thread.name, "differences": shown}, note,
                                      provider)], False  # fmt: skip
            if isinstance(move, Reject | Leave | Withdraw):
                released = SigningReleased(need.id, thread.id, "refused")
                declined = NegotiationMoved(thread.id, NegotiationState.DECLINED.value, "commit_refused")
                thread.talk = replace(thread.talk, state=NegotiationState.DECLINED)
                return [*events, released, declined,
                        IncidentNoted("commit_declined", {"provider": thread.name}, note, provider)], False  # fmt: skip
        if any(isinstance(move, Accept) for move in reply.moves):
            events.append(IncidentNoted("confirmation_not_binding", {"provider": thread.name}, note, provider))
        return events, False

    async def reconcile(self) -> None:
        """After a restart: finish commitments whose outcome is unknown, under their own message id."""
        rows = self._ledger.rows("SELECT * FROM commitments WHERE state IN ('locked','committing')")
        for row in rows:
            item = self._ledger.row("SELECT legs, state FROM items WHERE id=?", (row["item"],))
            if item is None:
                continue
            leg = next(leg for leg in json.loads(item["legs"]) if leg["negotiation"] == row["negotiation"])
            need, thread = self._thread(leg)
            if row["message_id"] is None and not self._gate.waiting(row["negotiation"]):
                await self._append(SigningReleased(need.id, thread.id, "never_sent"))
                await self.carry_out(row["item"])
                continue
            tickets = [t for t in self._gate.waiting(thread.id) if isinstance(t.cleared.move, Commit)]
            ticket: Ticket | None = tickets[0] if tickets else None
            if row["message_id"] is None and ticket is not None:
                await self._append(Committed(need.id, thread.id, row["item"], leg["terms_hash"], ticket.message_id))
            heard = await self._threads.exchange(thread, ticket)
            done = await self._settle(need, thread, leg, row["item"], heard)
            if done:
                await self._close_rivals([need.id], {thread.id})

    async def withdraw(self, leg: dict[str, str], item: str) -> bool:
        """Cancel one confirmed leg where its terms allow it. True when the company took note."""
        need, thread = self._thread(leg)
        move = Withdraw(OfferId(leg["offer_id"]))
        ticket = await asyncio.to_thread(self._gate.clear, self._outgoing(need, thread, move, leg))
        heard = await self._threads.exchange(thread, ticket)
        return not isinstance(heard, Broken)

    async def _undo_cancellable(self, done: list[dict[str, str]], item: str) -> None:
        for leg in done:
            if leg.get("cancel_until") and await self.withdraw(leg, item):
                await self._append(
                    NegotiationMoved(leg["negotiation"], NegotiationState.SUPERSEDED.value, "bundle_failed")
                )

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

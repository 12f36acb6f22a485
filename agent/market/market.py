"""The market of one need: talks in rounds, with barriers between them.

In a round every talk whose turn it is makes one move; all are sent together; replies are applied in provider-id
order once every asked talk answered, failed or ran out of time. Outside options change only at that barrier, so
order and speed of arrival decide nothing. Talks that answer `working` leave the group and are polled later.

A slow endpoint (by hand, e-mail, or one whose answer once was not there while others waited) is a group of its own: it
waits for nobody, nobody waits for it, and neither lends the other an outside option. Groups meet when the collection
window closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from agent.kernel.disclosure import Asker
from agent.kernel.events import (
    IncidentNoted,
    NegotiationMoved,
    RoundOpened,
)
from agent.kernel.outgoing import Ticket
from agent.market.conversation import (
    Broken,
    Decision,
    Hold,
    Quit,
    Reason,
    Say,
    Wait,
)
from agent.market.counsel import Counsel, Outside
from agent.market.countering import Countering
from agent.market.desk import Desk
from agent.market.endpoints import speaks_payload
from agent.market.exchanging import Exchanges
from agent.market.hearing import Listener
from agent.market.opening import open_talks, opening
from agent.market.speaking import Speaker
from agent.market.threads import Thread
from agent.needs.need import Need
from memory.errors import VaultLockedError
from memory.facts import Stage
from negotiators.adapter import Pace
from negotiators.dialogue import (
    ENDED,
    Commit,
    Inform,
    Leave,
    NegotiationState,
    Reply,
    Terms,
    Withdraw,
)

OUR_TURN = {NegotiationState.OPEN, NegotiationState.WAITING_US, NegotiationState.REOPENED}
_LOCKED = NegotiationState.WAITING_UNLOCK

FAREWELL_TRIES = 10
"""How often a farewell of unknown outcome is sent, always under its own id."""

EXCHANGES_PER_ROUND = 12
"""Question-and-answer exchanges with one company inside one round."""

ANSWERS_PER_MESSAGE = 12
"""Answers put into one message; the extension allows 16."""


BROUGHT = (
    "SELECT b.negotiation FROM brought b WHERE NOT EXISTS (SELECT 1 FROM inbox i WHERE "
    "i.negotiation=b.negotiation AND i.message_id=b.message_id)"
)
"""Talks with a text that the person brought and no one has taken in yet."""


class Market:
    """Runs the talks of needs. Effects go through the gate; the rest is the reducer's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._speaker = Speaker(desk)
        self._listener = Listener(desk)
        self._counsel = Counsel(desk)
        self._countering = Countering(desk, self._speaker, self._listener)
        self._exchanges = Exchanges(desk, self._listener)

    async def open(self, need: Need, only: str | None = None, *, wait: bool = True) -> None:
        """Ask every provider the person lets in for this category, or `only` one. Without `wait`, who does not answer
        while others do joins when it is there."""
        await open_talks(self._desk, need, only, wait=wait)

    # -- rounds -------------------------------------------------------------------------------------------------

    def threads_of(self, need: Need) -> list[Thread]:
        """The need's talks in provider-id order."""
        return self._desk.threads_of(need)

    async def advance(
        self, need: Need, pause: Callable[[], bool] = lambda: False, *, wait: bool = True
    ) -> datetime | None:
        """Run rounds until every talk has ended, holds an agreement or waits, or until `pause` says between two rounds
        that something else comes first. Returns when to look again. Without `wait`, what is under way is left to come
        in (`Threads.under_way` rings) and goes on with the next call."""
        threads = self.threads_of(need)
        await self._finish_outbox(threads, need)
        await self._poll(threads, need)
        await self._unlocked(need, threads)
        await self._countering.settle(need, threads)
        while True:
            if arrived := await self._exchanges.arrived(need, threads):
                await self._answer_questions(need, arrived)
                await self._countering.settle(need, arrived)
            await self._withdraw_data(need, threads)
            turn = [thread for thread in threads if thread.talk.state in OUR_TURN and self._free(thread)]
            if turn and pause():
                return self._desk.clock.now()
            if turn:
                await self._rounds(need, threads, turn)
            elif not (wait and await self._desk.threads.under_way.next([thread.id for thread in threads])):
                return self._next_poll(need)

    def awaits(self, need: Need) -> bool:
        """Whether an answer is under way in a talk of this need."""
        return any(not self._free(thread) for thread in self._desk.threads.of(need.id))

    def opens(self, need: Need) -> bool:
        """Whether a company of this need is still asked who it is; it may yet join."""
        return any(key.startswith(opening(need)) for key in self._desk.threads.under_way)

    def _free(self, thread: Thread) -> bool:
        """Whether no answer of this talk is under way."""
        return thread.id not in self._desk.threads.under_way

    async def _rounds(self, need: Need, threads: Sequence[Thread], turn: Sequence[Thread]) -> None:
        """One round of each group whose turn it is. Talks that are late are groups of one, and not waited for."""
        for thread in turn:
            if thread.late:
                await self._round(need, threads, [thread])
        group = [thread for thread in turn if not thread.late]
        if group:
            await self._round(need, threads, group)

    async def counter(self, need: Need, negotiation: str, terms: Terms, decided: int) -> bool:
        """Say what the person wants instead, once for a decision. False where the company could not be asked."""
        thread = next(thread for thread in self.threads_of(need) if thread.id == negotiation)
        sent = await self._countering.counter(need, thread, terms, decided)
        await self._answer_questions(need, [thread])
        return sent

    async def _finish_outbox(self, threads: Sequence[Thread], need: Need) -> None:
        """After a restart: send what was intended and never sent, reconcile what may have arrived. What comes after an
        answer that is under way waits for it."""
        restored = [thread for thread in threads if thread.restored and self._free(thread)]
        tickets: dict[str, list[Ticket]] = {}
        for thread in restored:
            thread.restored = False
            await self._listener.catch_up(need, thread)
            tickets[thread.id] = [
                ticket
                for ticket in self._desk.gate.waiting(thread.id)
                # Signing reconciles its own. A slow company's answer is waited for: a second copy brings it no sooner.
                if not isinstance(ticket.cleared.move, Commit)
                and not (thread.pace is Pace.ASYNCHRONOUS and self._desk.gate.is_delivered(ticket))
            ]
        while asked := [(thread, tickets[thread.id].pop(0)) for thread in restored if tickets[thread.id]]:
            for thread, ticket in asked:
                if thread.talk.state in OUR_TURN and not isinstance(ticket.cleared.move, Inform):
                    thread.talk = replace(thread.talk, state=NegotiationState.WAITING_THEM)
            await self._exchanges.hold(need, asked, "move")
            for thread in restored:
                if tickets[thread.id] and not self._free(thread):
                    tickets[thread.id], thread.restored = [], True
        await self._answer_questions(need, restored)

    async def _unlocked(self, need: Need, threads: Sequence[Thread]) -> None:
        """Go on with talks that wait for the vault; the first question answered shows whether it is open."""
        for thread in threads:
            if thread.talk.state is _LOCKED and self._desk.disclosure.unlocked():
                thread.talk = replace(thread.talk, state=NegotiationState.WAITING_US)
                await self._desk.append(NegotiationMoved(thread.id, thread.talk.state.value, "vault_open"))
                await self._answer_questions(need, [thread])

    async def _poll(self, threads: Sequence[Thread], need: Need) -> None:
        now = self._desk.clock.now()
        due = [
            row["id"]
            for row in self._desk.ledger.rows(
                "SELECT id FROM negotiations WHERE need=? AND ((state='waiting_them' AND next_poll IS NOT NULL "
                f"AND next_poll<=?) OR (state IN ('waiting_them','dormant','held') AND id IN ({BROUGHT}))) "
                "ORDER BY provider, id",
                (need.id, now.isoformat()),
            )
        ]
        rung = self._desk.threads.rung
        due += [t.id for t in threads if t.channel in rung and t.talk.state is NegotiationState.WAITING_THEM]
        for thread in threads:
            if thread.id in due and thread.talk.state is NegotiationState.DORMANT and self._free(thread):
                thread.talk = replace(thread.talk, state=NegotiationState.WAITING_THEM)
                await self._desk.append(NegotiationMoved(thread.id, thread.talk.state.value, "answered_late"))
        waiting = [thread for thread in threads if thread.id in due and self._free(thread)]
        await self._exchanges.hold(need, [(thread, None) for thread in waiting], "poll")
        await self._answer_questions(need, waiting)

    async def hear_late(self, live: Collection[str] = ()) -> None:
        """Record what the person brought for talks that are over or wait for a decision, and late answers in talks of
        needs that are not `live`. It is kept and shown; nothing follows from it."""
        threads = self._desk.threads
        rows = self._desk.ledger.rows(
            f"SELECT id, need FROM negotiations WHERE id IN ({BROUGHT}) ORDER BY provider, id"
        )
        for row in rows:
            need = self._desk.book.need(row["need"])
            thread = next(t for t in self.threads_of(need) if t.id == row["id"])
            await self._record_only(need, thread, await threads.exchange(thread, None))
        for thread in [t for key in threads.under_way if (t := threads.get(key)) is not None]:
            settled = thread.awaited == "look" or (thread.awaited != "news" and thread.talk.need not in live)
            if settled and threads.under_way.arrived(thread.id):
                need = self._desk.book.need(thread.talk.need)
                await self._record_only(need, thread, await threads.under_way.take(thread.id))

    async def _record_only(self, need: Need, thread: Thread, heard: list[Reply] | Broken) -> None:
        state = thread.talk.state
        thread.talk = replace(thread.talk, state=NegotiationState.SUPERSEDED)
        await self._listener.apply(need, thread, heard)
        thread.talk = replace(thread.talk, state=state)

    def _next_poll(self, need: Need) -> datetime | None:
        row = self._desk.ledger.row(
            "SELECT MIN(next_poll) AS due FROM negotiations WHERE need=? AND state='waiting_them'", (need.id,)
        )
        return datetime.fromisoformat(row["due"]) if row and row["due"] else None

    async def _round(self, need: Need, threads: Sequence[Thread], turn: Sequence[Thread]) -> None:
        """One barrier: choose, clear, send together, apply in order, answer questions."""
        number = max(thread.talk.round for thread in turn) + 1
        outside = self._counsel.outside(need, threads, number)
        best = max((option.sure for option in outside.values() if option.sure is not None), default=None)
        await self._desk.append(
            RoundOpened(need.id, number, [thread.id for thread in turn], f"{best:.4f}" if best is not None else None)
        )
        sendable = []
        for thread in turn:
            wishes = self._speaker.wishes(need)
            decision, body = self._counsel.choose(need, thread, outside.get(thread.id, Outside()), wishes)
            ticket = await self._carry_out(need, thread, decision, body)
            if ticket is not None:
                sendable.append((thread, ticket))
        await self._exchanges.hold(need, sendable, "move")
        await self._answer_questions(need, [thread for thread, _ in sendable])

    async def _carry_out(self, need: Need, thread: Thread, decision: Decision, body: str) -> Ticket | None:
        """Clear the move a decision makes; record a hold or an end. Returns the ticket to send, if any."""
        match decision:
            case Say(move=move, reason=reason):
                return await self._speaker.clear(need, thread, move, reason, body)
            case Hold(offer=offer, reason=reason, move=accept):
                ticket = await self._speaker.clear(need, thread, accept, reason, body) if accept is not None else None
                thread.talk = replace(thread.talk, state=NegotiationState.HELD, accepted=offer)
                await self._listener.hold(need, thread)
                return ticket
            case Quit(state=state, reason=reason, move=leave):
                ticket = await self._speaker.clear(need, thread, leave, reason, body) if leave is not None else None
                thread.talk = replace(thread.talk, state=state)
                provider = thread.talk.provider
                await self._desk.append(
                    NegotiationMoved(thread.id, state.value, reason.rule, dict(reason.numbers)),
                    IncidentNoted("left_no_zone", {"provider": thread.name}, [f"talk:{thread.id}"], provider),
                )
                return ticket
            case Wait():
                return None

    async def _withdraw_data(self, need: Need, threads: Sequence[Thread]) -> None:
        """Tell companies in open talks that data they were told must no longer be used."""
        told = []
        for thread in threads:
            ended = self._desk.ledger.row(
                "SELECT 1 FROM events e JOIN releases r ON r.id=json_extract(e.payload,'$.release') "
                "WHERE e.type='GrantExpired' AND r.negotiation=? AND NOT EXISTS(SELECT 1 FROM turns t JOIN outbox o ON "
                "o.message_id=t.message_id WHERE t.negotiation=r.negotiation AND o.act='withdraw' AND t.seq>e.seq)",
                (thread.id,),
            )
            if ended is None or thread.talk.state not in OUR_TURN or not self._free(thread):
                continue
            ticket = await self._speaker.clear(need, thread, Withdraw(None), Reason("data_withdrawn"), None)
            if ticket is not None:
                told.append((thread, ticket))
        await self._exchanges.hold(need, told, "withdrawal")

    # -- questions ----------------------------------------------------------------------------------------------

    async def _answer_questions(self, need: Need, threads: Sequence[Thread]) -> None:
        """Answer data questions, all of a talk in one message, all asked talks together, in provider order."""
        for _ in range(EXCHANGES_PER_ROUND):
            asked = [t for t in threads if t.talk.inquiries and t.talk.state not in {*ENDED, _LOCKED} and self._free(t)]
            if not asked:
                return
            sendable = []
            for thread in asked:
                ticket = await self._answer_all(need, thread)
                if ticket is not None:
                    sendable.append((thread, ticket))
            await self._exchanges.hold(need, sendable, "answer")

    async def _answer_all(self, need: Need, thread: Thread) -> Ticket | None:
        """Answer what was asked, as many questions as one message takes, with every receipt recorded before it."""
        talk, desk, provider = thread.talk, self._desk, thread.talk.provider
        trusted = desk.book.trusted(provider)
        says = speaks_payload(desk.ledger, thread.endpoint, thread.channel)
        principle, agreement = desk.agreements.in_force(thread.id, said_with_it=says)
        asker = Asker(
            provider, thread.name, need.category, thread.id, Stage.QUOTE, trusted, principle=principle,
            agreement=agreement,
        )  # fmt: skip
        category, now = desk.book.category(need.category), desk.clock.now()
        informs: list[Inform] = []
        for inquiry in talk.inquiries[:ANSWERS_PER_MESSAGE]:
            try:
                answer = await asyncio.to_thread(desk.disclosure.answer, inquiry, category, asker, now)
            except VaultLockedError:
                if informs:
                    break  # what could be answered leaves; the rest waits at the next exchange
                state = NegotiationState.WAITING_UNLOCK
                thread.talk = replace(talk, state=state)
                await desk.append(NegotiationMoved(thread.id, state.value, "vault_locked"))
                return None
            await desk.append(*answer.events)
            informs.append(answer.inform)
        first, *rest = informs
        return await self._speaker.clear(need, thread, first, Reason("policy"), None, tuple(rest))

    async def hold_live(self, need: Need) -> None:
        """When collecting ends: hold their live offer in every talk still going on, where nothing speaks against it.

        Nothing is sent: the offer is theirs and stands until it expires; approving it later commits to it.
        """
        now = self._desk.clock.now()
        for thread in self.threads_of(need):
            offer = thread.talk.live
            if thread.talk.state in ENDED or thread.talk.accepted is not None or offer is None:
                continue
            if thread.talk.state is NegotiationState.HELD or (offer.valid_until and offer.valid_until <= now):
                continue
            if not offer.unread and not self._desk.book.valuation(need).violations(
                offer.terms, thread.talk.provider, now
            ):
                thread.talk = replace(thread.talk, state=NegotiationState.HELD, accepted=offer)
                await self._listener.hold(need, thread)

    # -- closing ------------------------------------------------------------------------------------------------

    async def leave(self, need: Need, thread: Thread, state: NegotiationState, reason: str) -> None:
        """End one talk politely and record the state; a broken channel does not keep it open."""
        if thread.talk.state in ENDED:
            return
        said = self._desk.ledger.row("SELECT 1 FROM outbox WHERE negotiation=? AND act='leave'", (thread.id,))
        if said is None:
            ticket = await self._speaker.clear(need, thread, Leave(reason), Reason(reason), None)
            thread.talk = replace(thread.talk, state=state)
            if ticket is not None:
                await self._exchanges.hold(need, [(thread, ticket)], "move")
        thread.talk = replace(thread.talk, state=state)
        await self._desk.append(NegotiationMoved(thread.id, state.value, reason))

    async def send_farewells(self) -> None:
        """After a restart: send the farewells and withdrawals that were recorded and never left, a few times."""
        rows = self._desk.ledger.rows(
            "SELECT DISTINCT o.negotiation, n.need FROM outbox o JOIN negotiations n ON n.id=o.negotiation "
            "WHERE o.act IN ('leave','withdraw') AND o.state IN ('pending','sending','unknown') AND o.attempts<? "
            "ORDER BY o.rowid",
            (FAREWELL_TRIES,),
        )
        for row in rows:
            need = self._desk.book.need(row["need"])
            thread = next(t for t in self.threads_of(need) if t.id == row["negotiation"])
            for ticket in self._desk.gate.waiting(thread.id):
                if isinstance(ticket.cleared.move, Leave | Withdraw):
                    heard = await self._desk.threads.exchange(thread, ticket)
                    if not isinstance(heard, Broken):
                        await self._listener.apply(need, thread, heard)

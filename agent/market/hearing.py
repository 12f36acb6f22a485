"""Taking in what came back: replies, silence and faults, each on the ledger before anything follows from it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from agent.kernel.codec import recorded_move, terms_json
from agent.kernel.events import AgreementHeld, Event, IncidentNoted, NegotiationMoved, Received
from agent.kernel.ledger import Draft
from agent.market import prices
from agent.market.conversation import Broken, Heard, Hold, Quit, Talk, step
from agent.market.desk import Desk, fault_note
from agent.market.identity import IdentityChanged
from agent.market.offers import assess
from agent.market.opening import open_talks
from agent.market.threads import Thread
from agent.market.understand import understand
from agent.needs.need import Need
from negotiators.dialogue import ENDED, NegotiationState, OfferId, Party, Propose, Reply, ReplyStatus
from negotiators.registry import is_polled


class Listener:
    """Applies replies to talks."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def apply(self, need: Need, thread: Thread, heard: list[Reply] | Broken, *, polled: bool = False) -> None:
        if isinstance(heard, Broken):
            await self._broken(thread, heard)
            return
        if not heard:
            await self._later(thread, polled)
            return
        for reply in self._desk.threads.unseen(thread, heard):
            await self._take(need, thread, reply)

    async def catch_up(self, need: Need, thread: Thread) -> None:
        """Record what the turns say was reached when an earlier process ended before it could: a held agreement
        or an end. Nothing is sent anew."""
        reached, thread.reached = thread.reached, None
        if reached is None:
            return
        thread.talk = replace(thread.talk, state=reached)
        if reached is NegotiationState.HELD:
            await self.hold(need, thread)
        else:
            await self._desk.append(NegotiationMoved(thread.id, reached.value, "ended_before_recorded"))

    async def _later(self, thread: Thread, polled: bool) -> None:
        """Nothing new: look again after the poll time. A reply to an answer or a farewell is not waited for."""
        if thread.talk.state is NegotiationState.WAITING_THEM:
            due = (self._desk.clock.now() + self._desk.rules.poll).isoformat() if is_polled(thread.channel) else None
            reason = "" if polled else "no_reply_yet"
            await self._desk.append(NegotiationMoved(thread.id, "waiting_them", reason, {}, due))

    async def _broken(self, thread: Thread, event: Broken) -> None:
        if thread.talk.state in ENDED or thread.talk.state is NegotiationState.HELD:
            return
        thread.talk, _ = step(thread.talk, event, thread.table)
        moved = NegotiationMoved(thread.id, NegotiationState.FAILED.value, event.code)
        if event.code == IdentityChanged.code:  # look who it is now, and ask
            await self._desk.append(moved)
            await open_talks(self._desk, self._desk.book.need(thread.talk.need), thread.talk.provider, wait=False)
            return
        code, params = fault_note(event.code, thread.name)
        await self._desk.append(moved, IncidentNoted(code, params, [f"talk:{thread.id}"], thread.talk.provider))

    async def _take(self, need: Need, thread: Thread, reply: Reply) -> None:
        talk, category, now = thread.talk, self._desk.book.category(need.category), self._desk.clock.now()
        offer_id, today = OfferId(f"t-{reply.message_id[:24]}"), self._desk.book.days.of(now)
        understood = await understand(
            reply, category, talk.provider, self._desk.reader, offer_id, today, _our_texts(talk), self._find
        )
        reply = understood.reply
        offer = next((move.offer for move in reply.moves if isinstance(move, Propose)), None)
        unread = [move.offer for move in reply.moves if isinstance(move, Propose) and move.offer.unread]
        cost = self._desk.book.valuation(need).cost(offer.terms) if offer else None
        text = reply.text.reveal() if reply.text else None
        problems = list(reply.problems) + (["final"] if reply.final else [])
        event = Received(
            negotiation=talk.id, round=talk.round, message_id=reply.message_id,
            moves=[recorded_move(move) for move in reply.moves], status=reply.status.value, problems=problems,
            total=str(cost.total.amount) if cost and cost.total else None,
            body=f"in:{self._desk.new_id()}" if text is not None else None,
        )  # fmt: skip
        events: list[Draft | Event] = [Draft(event, text), *understood.incidents]
        if reply.agreement is not None:
            events += self._desk.agreements.heard(talk.id, talk.provider, reply.agreement)
        events += prices.seen(self._desk.ledger, thread, self._desk.book.valuation(need), reply.moves)
        worked = self._desk.ledger.row("SELECT 1 FROM turns WHERE negotiation=? AND status='working'", (talk.id,))
        was_late = talk.state is NegotiationState.WAITING_THEM and worked is not None
        thread.talk, decision = step(talk, Heard(reply, now), thread.table)
        if reply.status is ReplyStatus.WORKING:
            due = (now + self._desk.rules.poll).isoformat()
            events.append(NegotiationMoved(talk.id, "waiting_them", "working", {}, due))
        elif was_late and offer is not None:
            events.append(IncidentNoted("late_answer", {"provider": thread.name}, [f"talk:{talk.id}"], talk.provider))
        for names in dict.fromkeys(one.unread for one in unread):
            refs = [f"talk:{talk.id}", *(f"offer:{one.id}" for one in unread if one.unread == names)]
            events.append(IncidentNoted("amount_unread", {"names": ", ".join(names)}, refs, talk.provider))
        if offer is not None and cost is not None and cost.total is not None:
            events.append(
                IncidentNoted("offer_received", {"provider": thread.name, "total": str(cost.total)},
                              [f"offer:{offer.id}"], talk.provider)
            )  # fmt: skip
        await self._desk.append(*events)
        if isinstance(decision, Hold):
            await self.hold(need, thread)
        elif isinstance(decision, Quit):
            await self._desk.append(NegotiationMoved(talk.id, decision.state.value, decision.reason.rule))

    async def _find(self, words: str) -> Sequence[str]:
        return await asyncio.to_thread(self._desk.disclosure.places, words)

    async def hold(self, need: Need, thread: Thread) -> None:
        offer = thread.talk.accepted
        assert offer is not None
        assessed = assess(offer, self._desk.book.category(need.category), need, self._desk.clock.now())
        total = assessed.cost.total
        await self._desk.append(
            AgreementHeld(
                thread.id, offer.id, offer.hash, terms_json(offer.terms),
                str(total.amount) if total else None, total.currency if total else need.mandate.currency,
                f"{thread.table.utility(offer.terms):.6f}", assessed.standing,
                offer.valid_until.isoformat() if offer.valid_until else None,
            ),
            IncidentNoted("agreement_held", {"provider": thread.name, "total": str(total) if total else ""},
                          [f"talk:{thread.id}"], thread.talk.provider),
        )  # fmt: skip


def _our_texts(talk: Talk) -> list[str]:
    """What we said in words so far, longest first."""
    said = {entry.text for entry in talk.transcript if entry.party is Party.US and isinstance(entry.text, str)}
    return sorted(said, key=len, reverse=True)

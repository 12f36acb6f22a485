"""Sending together and taking in what came back: in provider order where it came in time, later where it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agent.kernel.events import NegotiationMoved
from agent.kernel.outgoing import Ticket
from agent.market.conversation import Broken
from agent.market.desk import Desk
from agent.market.hearing import Listener
from agent.market.threads import Asked, Thread
from agent.needs.need import Need
from negotiators.adapter import Pace
from negotiators.dialogue import NegotiationState, Reply

SLOW = "slow"
"""The reason on the ledger of a talk that left the group of those that answer at once."""

BESIDE = ("news", "look")
"""What is no part of the talk: aftercare and the watch take it in."""


class Exchanges:
    """One per market."""

    def __init__(self, desk: Desk, listener: Listener) -> None:
        self._desk = desk
        self._listener = listener

    async def hold(self, need: Need, asked: Sequence[tuple[Thread, Ticket | None]], what: Asked) -> None:
        """Send all together and take in what came in time, in the order given.

        A talk whose answer the others do not wait for leaves their group for the rest of its time, on the ledger; its
        answer is taken in when it is there (`arrived`).
        """
        threads = self._desk.threads
        heard = await threads.exchange_all(asked)
        for thread, _ in asked:
            if thread.id in heard:
                await self._take(need, thread, heard[thread.id], what)
                continue
            thread.awaited = what
            if not thread.late:
                threads.note_late(thread)
                due = (self._desk.clock.now() + self._desk.rules.poll).isoformat() if what == "poll" else None
                await self._desk.append(NegotiationMoved(thread.id, thread.talk.state.value, SLOW, {}, due))

    async def arrived(self, need: Need, threads: Sequence[Thread]) -> list[Thread]:
        """Take in the late answers that are there now; returns whose."""
        under_way = self._desk.threads.under_way
        found = [one for one in threads if under_way.arrived(one.id) and one.awaited not in BESIDE]
        for thread in found:
            heard = await under_way.take(thread.id)
            await self._take(need, thread, heard, thread.awaited)
        return found

    async def _take(self, need: Need, thread: Thread, heard: list[Reply] | Broken, what: Asked) -> None:
        before = thread.talk.state
        await self._listener.apply(need, thread, heard, polled=what == "poll")
        match what:
            case "poll":
                if before is NegotiationState.HELD and thread.talk.state is NegotiationState.WAITING_US:
                    await self._desk.append(NegotiationMoved(thread.id, thread.talk.state.value, "offer_changed"))
            case "answer":
                silent = isinstance(heard, list) and not heard and before is NegotiationState.WAITING_THEM
                # A slow company says nothing at once: its turn ends only where it has an offer on the table.
                if silent and (thread.pace is Pace.SYNCHRONOUS or thread.talk.live is not None):
                    thread.talk = replace(thread.talk, state=NegotiationState.WAITING_US)
                    await self._desk.append(NegotiationMoved(thread.id, thread.talk.state.value, "answered"))
            case "withdrawal":
                if thread.talk.state is NegotiationState.WAITING_THEM and not isinstance(heard, Broken):
                    thread.talk = replace(thread.talk, state=NegotiationState.WAITING_US)
            case "move" | "news" | "look":
                pass

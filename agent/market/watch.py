"""Looking again at fixed prices while a decision waits: the price is recorded, a fall is told, nothing else follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from agent.market.conversation import Reason
from agent.market.desk import Desk
from agent.market.hearing import Listener
from agent.market.speaking import Speaker
from agent.market.threads import Thread
from agent.needs.need import Need
from negotiators.dialogue import Ask, NegotiationState
from negotiators.registry import BUILT_IN

WATCHED = tuple(info.name for info in BUILT_IN if info.acts == ("ask",))
"""Channels on which looking changes nothing at the company."""


class Watch:
    """One look at each watched talk that is due."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._speaker = Speaker(desk)
        self._listener = Listener(desk)

    async def look(self, every: timedelta) -> int:
        """Ask again where the last price is older than `every`. Returns how many were asked."""
        before = (self._desk.clock.now() - every).isoformat(timespec="milliseconds")
        marks = ",".join("?" * len(WATCHED))
        rows = self._desk.ledger.rows(
            "SELECT n.id, n.need FROM negotiations n JOIN endpoints e ON e.url=n.endpoint JOIN needs d ON d.id=n.need "
            f"WHERE d.state='open' AND n.state IN ('held','waiting_person') AND e.channel IN ({marks}) AND "
            "(SELECT MAX(p.at) FROM prices p WHERE p.endpoint=n.endpoint AND p.category=n.category)<=? "
            "ORDER BY n.provider, n.id",
            (*WATCHED, before),
        )
        for row in rows:
            need = self._desk.book.need(row["need"])
            thread = next(t for t in self._desk.threads_of(need) if t.id == row["id"])
            await self._ask(need, thread)
        return len(rows)

    async def _ask(self, need: Need, thread: Thread) -> None:
        """What is heard is kept and shown; the talk stands as it stood."""
        stood = thread.talk
        ticket = await self._speaker.clear(need, thread, Ask(self._speaker.wishes(need)), Reason("price_watch"))
        if ticket is not None:
            thread.talk = replace(thread.talk, state=NegotiationState.SUPERSEDED)
            await self._listener.apply(need, thread, await self._desk.threads.exchange(thread, ticket))
        thread.talk = replace(
            thread.talk, state=stood.state, live=stood.live, accepted=stood.accepted, proposed=stood.proposed
        )

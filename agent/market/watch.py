"""Looking again at fixed prices while a decision waits: the price is recorded, a fall is told, nothing else follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from sqlite3 import Row

from agent.kernel.outgoing import Ticket
from agent.market.conversation import Broken, Reason, Talk
from agent.market.desk import Desk
from agent.market.hearing import Listener
from agent.market.speaking import Speaker
from agent.market.threads import Thread
from negotiators.dialogue import Ask, NegotiationState, Reply
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
        """Ask again where the last price is older than `every`, all together; a page that does not come while others do
        is recorded when it does. Returns how many were asked."""
        before = (self._desk.clock.now() - every).isoformat(timespec="milliseconds")
        marks = ",".join("?" * len(WATCHED))
        rows = self._desk.ledger.rows(
            "SELECT n.id, n.need FROM negotiations n JOIN endpoints e ON e.url=n.endpoint JOIN needs d ON d.id=n.need "
            f"WHERE d.state='open' AND n.state IN ('held','waiting_person') AND e.channel IN ({marks}) AND "
            "(SELECT MAX(p.at) FROM prices p WHERE p.endpoint=n.endpoint AND p.category=n.category)<=? "
            "ORDER BY n.provider, n.id",
            (*WATCHED, before),
        )
        asked = []
        for thread in filter(None, (self._free(row) for row in rows)):
            if (ticket := await self._ask(thread)) is not None:
                asked.append((thread, ticket))
        heard = await self._desk.threads.exchange_all(asked)
        for thread, _ in asked:
            if thread.id in heard:
                await self._keep(thread, heard[thread.id])
            else:
                thread.awaited, thread.late = "look", True
        return len(asked)

    def _free(self, row: Row) -> Thread | None:
        """The talk, unless its page is still being waited for."""
        threads = self._desk.threads_of(self._desk.book.need(row["need"]))
        thread = next(thread for thread in threads if thread.id == row["id"])
        return None if thread.id in self._desk.threads.under_way else thread

    async def _ask(self, thread: Thread) -> Ticket | None:
        """Clear the question; the talk stands as it stood."""
        stood, need = thread.talk, self._desk.book.need(thread.talk.need)
        ticket = await self._speaker.clear(need, thread, Ask(self._speaker.wishes(need)), Reason("price_watch"))
        self._stand(thread, stood)
        return ticket

    async def _keep(self, thread: Thread, heard: list[Reply] | Broken) -> None:
        """What is heard is kept and shown; the talk stands as it stood."""
        stood = thread.talk
        thread.talk = replace(stood, state=NegotiationState.SUPERSEDED)
        await self._listener.apply(self._desk.book.need(stood.need), thread, heard)
        self._stand(thread, stood)

    def _stand(self, thread: Thread, stood: Talk) -> None:
        thread.talk = replace(
            thread.talk, state=stood.state, live=stood.live, accepted=stood.accepted, proposed=stood.proposed
        )

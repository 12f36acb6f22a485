"""Keeping memory's vectors in step in the background: after a change of model everything is embedded anew, off the
event loop, with progress; it can be interrupted at any moment and goes on where it stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from memory.errors import MemoryRoomError

if TYPE_CHECKING:
    from agent.runtime.wiring import House

log = logging.getLogger("gegenbot.embedding")

PROGRESS = "embedding"
"""Where the ledger's file says how far it is: `done/total`, empty when nothing is left."""


async def keep_embedded(house: House, should_stop: Callable[[], bool]) -> bool:
    """Embed what has no vector of the configured model, and look at the index from a child process.

    True when nothing is left. A model that cannot be used is logged; recall goes on by words until the next start.
    """
    recall, ledger = house.person.recall, house.ledger

    def work() -> bool:
        intact = recall.check()
        if not intact:
            log.warning("the vector index was broken and is made anew")
        complete = recall.catch_up(lambda done, total: ledger.set_meta(PROGRESS, f"{done}/{total}"), should_stop)
        if complete:
            ledger.set_meta(PROGRESS, "")
        return complete

    try:
        return await asyncio.to_thread(work)
    except MemoryRoomError as err:
        log.warning("memory could not be embedded: %s", err)
        return False


def rebuild(house: House, progress: Callable[[int, int], None]) -> int:
    """Make missing vectors and the whole index anew; returns how many entries it holds. Needs the runner's lock."""
    recall = house.person.recall
    recall.catch_up(progress)
    recall.rebuild()
    return recall.health().entries

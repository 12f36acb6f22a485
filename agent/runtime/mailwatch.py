"""Wakes the runner when mail comes: IDLE where the server can, else nothing but the usual polling."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast

from agent.kernel.errors import ConfigInvalid
from negotiators.adapter import AdapterError

if TYPE_CHECKING:
    from agent.runtime.schedule import Job
    from agent.runtime.wiring import House

log = logging.getLogger("gegenbot.mail")

IDLE_SECONDS = 240.0
"""One IDLE; begun anew well before servers and routers drop a quiet connection."""

REST_SECONDS = 300.0
"""After a fault, or where the server cannot IDLE."""


class Waits(Protocol):
    async def wait(self, seconds: float, ended: Callable[[], bool]) -> bool: ...


async def watch(house: House, ring: Callable[[], None], done: asyncio.Event) -> None:
    """Until `done`: on news of the folder, have every talk by mail looked at in the next tick."""
    while not done.is_set():
        news, rest = False, REST_SECONDS
        if house.home.mailbox.exists() and _waiting(house) and not house.home.stop.exists():
            box = cast("Waits", house.threads.adapter("email"))
            began = asyncio.get_running_loop().time()
            try:
                news = await box.wait(IDLE_SECONDS, done.is_set)
                rest = 0.0 if news or asyncio.get_running_loop().time() - began > 1 else REST_SECONDS
            except AdapterError as err:
                log.warning("the mailbox cannot be watched: %s", err)
        if news:
            house.threads.rung.add("email")
            ring()
        with suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await done.wait()


def mail_due(house: House, jobs: Sequence[Job], now: datetime, *, asked: bool) -> bool:
    """Whether to look into the sorted folder: at the start, when asked, when it is time, and on news of the server."""
    planned = next((job for job in jobs if job.kind == "mail"), None)
    if planned is None and not house.home.mailbox.exists():
        return False
    return asked or "email" in house.threads.rung or planned is None or planned.due_at <= now


def _waiting(house: House) -> bool:
    """Whether news of the talks' folder matters: an answer is waited for, or its mail is sorted."""
    from agent.runtime.mailbox import load_mailbox

    try:
        settings = load_mailbox(house.home.root)
    except ConfigInvalid:
        return False
    if settings is not None and settings.sorting is not None and settings.sorting.folder == settings.folder:
        return True
    row = house.ledger.row(
        "SELECT 1 FROM negotiations n JOIN endpoints e ON e.url=n.endpoint WHERE e.channel='email' "
        "AND n.state='waiting_them'"
    )
    return row is not None

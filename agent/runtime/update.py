"""A runner that lives through an update of the program starts again, with the new code and the same process id.

Without this, the old code would go on for weeks over a folder that the new one already brought to its own format.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

log = logging.getLogger("gegenbot.runner")

LOOK_EVERY = 2.0
"""Seconds between two looks; each reads one small file."""


def installed() -> str:
    """The version that lies on the disk now; empty while an installer is at work."""
    try:
        return version("gegenbot")
    except PackageNotFoundError:
        return ""


class Update:
    """Whether another program than the one that runs lies on the disk, or wrote this folder."""

    def __init__(self, format_ahead: Callable[[], bool], version: Callable[[], str] = installed) -> None:
        self._format_ahead = format_ahead
        self._version = version
        self._began = version()
        self.found = False

    def look(self) -> bool:
        now = self._version()
        if now and now != self._began:
            log.warning("updated from %s to %s: starting again", self._began or "?", now)
            self.found = True
        elif self._format_ahead():
            log.warning("the folder was written by a newer version: starting again")
            self.found = True
        return self.found

    async def watch(self, done: asyncio.Event) -> None:
        """End the runner as a signal would, once there is something newer."""
        while not done.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await done.wait()
            if not done.is_set() and self.look():
                done.set()


def start_again() -> NoReturn:
    """This process from the beginning, as it was called."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line

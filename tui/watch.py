"""Watches a home from a thread and tells the app when it changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.errors import Explained, explain
from tui.messages import HomeChanged, HomeFailed, Snapshot

if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    from agent.views import IncidentView
    from tui.house import House, Reads
    from tui.wording import Wording

EVERY = 0.3
"""Seconds between two looks at `PRAGMA data_version`: cheap, and quicker than anybody waits for."""

STEADY = 1.0
"""Seconds between two readings at least: while many talks run, there is something new at every look."""

SHARE = 4
"""A reading that took long is followed by so many times its length of rest."""

TYPING = 0.5
"""Seconds after a key in which nothing is read: keys come in a row, and drawing would keep the next one waiting."""

PATIENCE = 3.0
"""Seconds after which what is new is read, however much is typed."""

_LONG_AGO = float("-inf")


class Watcher:
    """One look after the other until `end`. Runs in a worker thread, because the connection belongs to it."""

    def __init__(
        self, house: House, words: Wording, post: MessagePump, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._house = house
        self._words = words
        self._post = post
        self._clock = clock
        self._ended = threading.Event()
        self._again = threading.Event()
        self._incidents: list[IncidentView] = []
        self._seen = 0
        self._version: int | None = None
        self._new_since: float | None = None
        """When it was noticed that there is something to read."""
        self._rest_until = self._typed = _LONG_AGO

    def end(self) -> None:
        self._ended.set()
        self._again.set()

    def typed(self) -> None:
        """A key was pressed."""
        self._typed = self._clock()

    def look_now(self) -> None:
        """Do not wait for the next turn: the person decided something and wants to see it."""
        self._rest_until = self._typed = _LONG_AGO
        self._again.set()

    def run(self) -> None:
        """Open, look, wait; a home that cannot be read is told once and tried again."""
        told: Explained | None = None
        while not self._ended.is_set():
            try:
                self._follow()
            except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message
                explained = explain(err, self._words)
                if explained != told and not self._ended.is_set():
                    self._post.post_message(HomeFailed(explained))
                told = explained
            self._pause(1.0)

    def _follow(self) -> None:
        reads = self._house.reading()
        self._version = None
        try:
            while not self._ended.is_set():
                self.look(reads)
                self._pause(EVERY)
        finally:
            reads.close()

    def look(self, reads: Reads) -> bool:
        """Read if something is new and this is a moment for it. Returns whether it was read."""
        version, now = reads.data_version(), self._clock()
        if version == self._version:
            return False
        if self._new_since is None:
            self._new_since = now
        typing = now - self._typed < TYPING and now - self._new_since < PATIENCE
        if typing or now < self._rest_until:
            return False
        self._version, self._new_since = version, None
        self._read(reads)
        self._rest_until = now + max(STEADY, (1 + SHARE) * (self._clock() - now))
        return True

    def _read(self, reads: Reads) -> None:
        for number, incident in reads.incidents(self._seen):
            self._seen = number
            self._incidents.append(incident)
        names = {row["id"]: row["name"] for row in reads.providers()}
        snapshot = Snapshot(reads.digest(), reads.status(), tuple(self._incidents), names)
        if not self._ended.is_set():
            self._post.post_message(HomeChanged(snapshot))

    def _pause(self, seconds: float) -> None:
        self._again.wait(seconds)
        if not self._ended.is_set():
            self._again.clear()

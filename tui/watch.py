"""Watches a home from a thread and tells the app when it changed."""

from __future__ import annotations

import threading
import time
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


SHARE = 4
"""A look that took long is followed by so many times its length of rest: the keys come first while talks run."""


class Watcher:
    """One look after the other until `end`. Runs in a worker thread, because the connection belongs to it."""

    def __init__(self, house: House, words: Wording, post: MessagePump) -> None:
        self._house = house
        self._words = words
        self._post = post
        self._ended = threading.Event()
        self._again = threading.Event()
        self._incidents: list[IncidentView] = []
        self._seen = 0

    def end(self) -> None:
        self._ended.set()
        self._again.set()

    def look_now(self) -> None:
        """Do not wait for the next turn."""
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
        try:
            version: int | None = None
            while not self._ended.is_set():
                began, now = time.monotonic(), reads.data_version()
                if now != version:
                    version = now
                    self._look(reads)
                self._pause(max(EVERY, SHARE * (time.monotonic() - began)))
        finally:
            reads.close()

    def _look(self, reads: Reads) -> None:
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

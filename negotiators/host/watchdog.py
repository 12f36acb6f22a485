"""Looks at the adapters' processes from outside and ends one that takes too much, whatever its kernel keeps.

One thread for all of them, only while there are any: what they take together is bounded too, and an event loop that is
busy does not hold it up. Other children that read what strangers made may be watched by a watchdog of their own.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from negotiators.host.limits import CPU_SECONDS, MEMORY

if TYPE_CHECKING:
    import psutil

LOOK_EVERY = 0.25
"""Seconds between two looks."""

log = logging.getLogger("gegenbot.host")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes resident and seconds of CPU for one adapter, bytes and files in its own folder; bytes for all together."""

    memory: int = MEMORY
    cpu: float = CPU_SECONDS
    folder: int = 32 << 20
    files: int = 500
    together: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Usage:
    """What one adapter takes at one look."""

    memory: int
    cpu: float
    folder: int
    files: int


def excess(usages: Mapping[int, Usage], bounds: Bounds) -> dict[int, str]:
    """Which adapters are to end, and for what. Pure.

    Where all that stay within their own bounds take too much together, the largest ends first.
    """
    over = {key: why for key, usage in usages.items() if (why := _own_excess(usage, bounds))}
    rest = sorted((usage.memory, key) for key, usage in usages.items() if key not in over)
    while sum(memory for memory, _ in rest) > bounds.together:
        over[rest.pop()[1]] = "memory_together"
    return over


def _own_excess(usage: Usage, bounds: Bounds) -> str:
    if usage.memory > bounds.memory:
        return "memory"
    if usage.cpu > bounds.cpu:
        return "cpu"
    return "folder" if usage.folder > bounds.folder or usage.files > bounds.files else ""


@dataclass(eq=False, slots=True)
class Watched:
    """One adapter: its process, with those that hold it behind a wall, and its folder. `ended` says what it took too
    much of, once the watchdog ended it."""

    processes: Sequence[psutil.Process]
    folder: Path | None
    ended: str = ""

    def usage(self, most_files: int) -> Usage:
        """Raises `psutil.Error` when it is gone."""
        memory, cpu = 0, 0.0
        for process in self.processes:
            with process.oneshot():
                memory += process.memory_info().rss
                times = process.cpu_times()
                cpu += times.user + times.system
        return Usage(memory, cpu, *(_size(self.folder, most_files) if self.folder else (0, 0)))

    def end(self, why: str) -> None:
        import psutil

        self.ended = why
        for process in reversed(self.processes):
            with suppress(psutil.Error):
                process.kill()


@dataclass(slots=True)
class Watchdog:
    """Watches while there is something to watch."""

    bounds: Bounds = field(default_factory=Bounds)
    _watched: set[Watched] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _thread: threading.Thread | None = None

    def watch(self, pid: int, folder: Path | None = None) -> Watched:
        """Take in a process that has started whatever it starts. Blocks a few milliseconds."""
        import psutil

        processes = []
        with suppress(psutil.Error):
            first = psutil.Process(pid)
            processes = [first, *first.children(recursive=True)]
        one = Watched(processes, folder)
        with self._changed:
            self._watched.add(one)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look_often, name="adapters-watchdog", daemon=True)
                self._thread.start()
        return one

    def leave(self, one: Watched) -> None:
        with self._changed:
            self._watched.discard(one)
            self._changed.notify()

    def _look_often(self) -> None:
        while True:
            with self._changed:
                if not self._watched:
                    self._thread = None
                    return
                watched = tuple(self._watched)
            self._look(watched)
            with self._changed:
                self._changed.wait(LOOK_EVERY)

    def _look(self, watched: Sequence[Watched]) -> None:
        import psutil

        usages = {}
        for number, one in enumerate(watched):
            with suppress(psutil.Error):
                usages[number] = one.usage(self.bounds.files)
        for number, why in excess(usages, self.bounds).items():
            log.warning("a child was ended: too much of `%s`", why)
            watched[number].end(why)


def _size(folder: Path, most_files: int) -> tuple[int, int]:
    """Bytes and files below a folder; counting ends beyond `most_files`."""
    size = files = 0
    for root, folders, names in os.walk(folder):
        files += len(folders) + len(names)
        for name in names:
            with suppress(OSError):
                size += os.lstat(Path(root, name)).st_blocks * 512
        if files > most_files:
            break
    return size, files


WATCHDOG = Watchdog()
"""The one of this process for adapters."""

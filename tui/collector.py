"""Python's garbage collection, taken out of the way of the keys.

A full collection looks at every object of Textual and of its caches: 70 to 150 ms on a small machine, every few
seconds, whatever the person is doing. In a process of its own the screen collects while nobody types.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from textual._styles_cache import StylesCache

NEVER = 1_000_000
"""Collections of the middle generation before a full one starts by itself."""

PAUSE = 2.0
"""Seconds without a key after which the person is reading."""

EVERY = 20.0
"""Seconds between two sweeps at least."""


class Collector:
    """What was imported is never looked at again; the rest is swept in pauses."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        gc.freeze()
        young, middle, _ = gc.get_threshold()
        gc.set_threshold(young, middle, NEVER)
        self._clock = clock
        self._typed = self._swept = clock()
        self._used = False
        """Whether a key was pressed since the last sweep."""

    def typed(self) -> None:
        """A key was pressed."""
        self._typed, self._used = self._clock(), True

    def look(self) -> bool:
        """Sweep if this is a pause after keys, or long after the last sweep. Returns whether it did."""
        now = self._clock()
        if now - self._typed < PAUSE or now - self._swept < (EVERY if self._used else 10 * EVERY):
            return False
        # Keeps every widget that was ever drawn, up to a thousand of them with all their lines.
        StylesCache.get_inner_outer.cache_clear()
        gc.collect()
        self._swept, self._used = self._clock(), False
        return True

"""How many keys and seconds a decision takes: counted while waiting cards lie on the screen."""

from __future__ import annotations

from collections.abc import Callable

IDLE = 120.0
"""Of a longer pause between two keys only so many seconds count: nobody reads a card for longer."""


class Meter:
    """One stretch: from the first waiting card on the screen, or from the last decision, to the next decision."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._touched: float | None = None
        self._last: object = None
        self._keys = 0
        self._seconds = 0.0

    def shown(self, waiting: bool) -> None:
        """Cards lie before the person; the stretch begins with the first that waits and ends with the last."""
        if not waiting:
            self._touched = None
        elif self._touched is None:
            self._begin()

    def pressed(self, key: object) -> None:
        """Count a key press; the event of one that no widget took comes by a second time."""
        if self._touched is not None and key is not self._last:
            self._last = key
            self._keys += 1
            self._touch()

    def decided(self) -> tuple[int, int]:
        """Keys and whole seconds of the stretch that ends here; the next one begins."""
        if self._touched is None:
            return 0, 0
        self._touch()
        spent = self._keys, round(self._seconds)
        self._begin()
        return spent

    def _begin(self) -> None:
        self._touched, self._keys, self._seconds = self._clock(), 0, 0.0

    def _touch(self) -> None:
        now = self._clock()
        assert self._touched is not None
        self._seconds += min(now - self._touched, IDLE)
        self._touched = now

"""Time as a value that is passed in.

Rules and companies read the time here and nowhere else, so that ten simulated days take no time and a test
decides what o'clock it is. Socket timeouts stay real: they feed no decision.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the time."""

    def now(self) -> datetime:
        """The present moment, timezone-aware."""
        ...


class SystemClock:
    """The machine's clock, in UTC."""

    __slots__ = ()

    def now(self) -> datetime:
        return datetime.now(UTC)


class SimClock:
    """A clock that stands still until it is moved; shared by the agent and the arena in simulated runs."""

    __slots__ = ("_now",)

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at a timezone-aware datetime")
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward by `by` and return the new time. Raises `ValueError` for a negative step."""
        if by < timedelta(0):
            raise ValueError("time does not run backwards; use `set`")
        self._now += by
        return self._now

    def set(self, moment: datetime) -> None:
        """Jump to `moment`, forwards or (for tests of clock rollback) backwards."""
        if moment.tzinfo is None:
            raise ValueError("a clock is set to a timezone-aware datetime")
        self._now = moment

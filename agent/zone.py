"""The person's time zone: the one in which digest hours are meant, days begin and end, and times are shown.

Standard library only, because every read verb shows times. A new data folder takes the zone of its machine
(`machine_zone`); from then on the configuration holds, wherever the machine goes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT = "Europe/Berlin"
"""Of a data folder whose configuration names none."""

COMPARED = timedelta(days=366)
"""Two zones are the same for the person if their clocks agree on every day of the year to come."""


@dataclass(slots=True)
class Days:
    """Which day a moment falls on. The zone may change while the program runs: it is a setting."""

    zone: tzinfo = UTC

    def of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


_known: dict[Path, tuple[int, ZoneInfo]] = {}


def zone_of(home: Path) -> ZoneInfo:
    """The zone of a data folder. The strict reader of the configuration says what is wrong with the file; here it only
    counts as naming none."""
    path = home / "config.toml"
    try:
        written = path.stat().st_mtime_ns
    except OSError:
        return ZoneInfo(DEFAULT)
    known = _known.get(path)
    if known is None or known[0] != written:
        known = _known[path] = (written, _read(path))
    return known[1]


def _read(path: Path) -> ZoneInfo:
    try:
        return ZoneInfo(str(tomllib.loads(path.read_text("utf-8")).get("zone", DEFAULT)))
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return ZoneInfo(DEFAULT)


def machine_zone(now: datetime) -> str | None:
    """The name of the machine's zone, `None` where it has no name or the named one keeps another time than the
    machine's clock."""
    import warnings

    import tzlocal  # its table of Windows' names costs 90 ms, and only a new folder and the doctor ask

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            name = str(tzlocal.reload_localzone())
            zone = ZoneInfo(name)
        except (OSError, ValueError, ZoneInfoNotFoundError):
            return None
    return name if as_machine(zone, now) else None


def as_machine(zone: tzinfo, now: datetime) -> bool:
    """Whether the machine's own clock shows the times of `zone`, now and on every day of the year to come."""
    days = (now + timedelta(days=number) for number in range(COMPARED.days))
    return all(day.astimezone().utcoffset() == day.astimezone(zone).utcoffset() for day in days)

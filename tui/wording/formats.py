"""Money, numbers, dates and periods as people write them in English and German.

Own tables and not babel: babel costs 60 ms to import, more than the whole budget of a read verb. Times arrive in
UTC and are shown in the zone of the person's configuration, whatever the machine's. A value that cannot be read is
shown as it is, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation

_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "de": ("Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."),
}
_PERIOD_WORDS = {
    "en": (("year", "years"), ("month", "months"), ("week", "weeks"), ("day", "days")),
    "de": (("Jahr", "Jahre"), ("Monat", "Monate"), ("Woche", "Wochen"), ("Tag", "Tage")),
}
_NONE = {"en": "none", "de": "keine"}
UNKNOWN = "?"
"""Unknown is never zero."""

_DAYS_END = time(23, 59, 59)
"""In UTC: how a day is kept where a company names one as the last of an offer. It is shown as that day."""


def usual_zone() -> tzinfo:
    """The zone where no data folder is known to say another."""
    from zoneinfo import ZoneInfo  # only where a time is shown

    from agent.zone import DEFAULT

    return ZoneInfo(DEFAULT)


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes values. `zone` is asked at every time shown: it is a setting."""

    language: str
    zone: Callable[[], tzinfo] = usual_zone

    def number(self, text: str, places: int | None = None) -> str:
        """`"1234.5"` as `1,234.5` or `1.234,5`; with `places`, exactly so many digits after the sign."""
        try:
            amount = Decimal(text)
        except InvalidOperation:
            return text
        if not amount.is_finite():
            return text
        spec = "," if places is None else f",.{places}f"
        plain = format(amount, spec)
        if self.language == "de":
            plain = plain.translate(str.maketrans(",.", ".,"))
        return plain.replace("-", "\N{MINUS SIGN}")

    def money(self, amount: str | None, currency: str) -> str:
        """`None` is unknown. A unit price with more than two digits keeps them (`0.2849`)."""
        if amount is None:
            return UNKNOWN
        places = max(2, len(amount.rstrip("0").partition(".")[2]))
        shown = self.number(amount, min(places, 6))
        sign = _SIGNS.get(currency)
        if sign is None or self.language == "de":
            return f"{shown}\N{NO-BREAK SPACE}{sign or currency}"
        if shown.startswith("\N{MINUS SIGN}"):
            return f"\N{MINUS SIGN}{sign}{shown[1:]}"
        return f"{sign}{shown}"

    def percent(self, text: str) -> str:
        shown = self.number(text)
        return f"{shown}\N{NO-BREAK SPACE}%" if self.language == "de" else f"{shown}%"

    def day(self, iso: str, *, year: bool = False) -> str:
        """`Sat 12 Dec` or `Sa 12. Dez.`"""
        found = self.local(iso)
        if found is None:
            return iso
        weekday = _DAYS[self.language][found.weekday()]
        month = _MONTHS[self.language][found.month - 1]
        number = f"{found.day}." if self.language == "de" else str(found.day)
        return f"{weekday} {number} {month}" + (f" {found.year}" if year else "")

    def clock(self, iso: str) -> str:
        """`18:00`; empty when `iso` is a day."""
        found = self.local(iso)
        return f"{found:%H:%M}" if isinstance(found, datetime) else ""

    def moment(self, iso: str, *, year: bool = False) -> str:
        """`Sat 12 Dec, 18:00`"""
        clock = self.clock(iso)
        return f"{self.day(iso, year=year)}, {clock}" if clock else self.day(iso, year=year)

    def local(self, iso: str) -> datetime | date | None:
        """The person's local time, or a day when `iso` has no time. A time without a zone is UTC by contract; what
        cannot be read is `None`."""
        try:
            if len(iso) == 10:
                return date.fromisoformat(iso)
            found = datetime.fromisoformat(iso)
        except ValueError:
            return None
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
        return found.date() if found.timetz() == _DAYS_END.replace(tzinfo=UTC) else found.astimezone(self.zone())

    def period(self, text: str) -> str:
        """`P24M` as `24 months`, `P0D` as `none`."""
        found = _PERIOD.fullmatch(text)
        if not found or text == "P":
            return text
        words = _PERIOD_WORDS[self.language]
        parts = [
            f"{int(count)}\N{NO-BREAK SPACE}{one if int(count) == 1 else many}"
            for (one, many), count in zip(words, found.groups(), strict=True)
            if count and int(count)
        ]
        return " ".join(parts) or _NONE[self.language]

"""Durations in running text: contract terms as `Period`, clock times in seconds, German and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from agent.language.numerals import GERMAN_NUMBER_WORD, NUMBER_WORDS, read_digits, read_words
from negotiators.money import Period
from negotiators.text import Span

_UNITS: dict[str, tuple[str, int]] = {
    "year": ("months", 12), "month": ("months", 1), "quarter": ("months", 3), "week": ("days", 7), "day": ("days", 1),
    "night": ("days", 1), "hour": ("seconds", 3600), "minute": ("seconds", 60), "second": ("seconds", 1),
}  # fmt: skip
_SPELLINGS = {
    "year": r"years?|yrs?\.?|jahre?[ns]?|jährig(?:e[nrs]?)?|jähriger",
    "month": r"months?|mos?\.?|mths?\.?|monat(?:e|en|s|es|ig|ige[nrs]?)?|mon\.|mt\.",
    "quarter": r"quarters?|quartale?[ns]?",
    "week": r"weeks?|wks?\.?|wochen?|wöchig(?:e[nrs]?)?|wo\.",
    "day": r"days?|tage?[ns]?|tg\.?|tägig(?:e[nrs]?)?",
    "night": r"nights?|nacht|nächten?",
    "hour": r"hours?|hrs?\.?|h|stunden?|std\.?",
    "minute": r"minutes?|mins?\.?|minuten?",
    "second": r"seconds?|secs?\.?|sekunden?|sek\.?",
}
_UNIT = "|".join(f"(?P<{unit}>{spelling})" for unit, spelling in _SPELLINGS.items())
_AN = r"an?|another|eine?[nmr]?|the"
_HALF = (
    r"(?:an?\s+)?half(?:\s+an?)?|(?:eine?[nms]?\s+)?halbe[ns]?|anderthalb|eineinhalb|one\s+and\s+(?:a\s+)?half|"
    r"zweieinhalb"
)
_NUMBER = rf"\d{{1,4}}(?:[.,]\d{{1,3}})?|{NUMBER_WORDS}"
_DURATION = re.compile(
    rf"(?<![\w.,])(?:(?P<half>{_HALF})|(?P<number>{_NUMBER})|(?P<an>{_AN})|"
    rf"(?P<viertel>(?:eine\s+)?viertel(?=stunde)|(?:eine\s+)?dreiviertel(?=stunde)))"
    rf"(?:\s*-?\s*|\s+(?:full|volle|weitere|further|more)\s+)(?:{_UNIT})(?![^\W\d_])"
    rf"(?P<tail>\s+(?:and\s+a\s+(?:half|quarter))(?![^\W\d_]))?",
    re.IGNORECASE,
)
_JOIN = re.compile(r"\s*(?:,?\s+(?:and|und)\s+|,\s*|\s+)", re.IGNORECASE)
_GERMAN_COMPOUND = re.compile(
    rf"(?<![^\W\d_])(?P<word>{GERMAN_NUMBER_WORD})(?P<unit>jährig|monatig|wöchig|tägig)(?:e[nrs]?)?(?![^\W\d_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time as written: months and days of a contract, or seconds of a clock, with its evidence."""

    span: Span
    months: Decimal = Decimal(0)
    days: Decimal = Decimal(0)
    seconds: Decimal = Decimal(0)
    counted: bool = True
    """False for `a month`, `the year`: an article, not a number."""

    def period(self) -> Period | None:
        """The contract period, when it is one in whole months and days; whole days may be given in hours."""
        days = self.days + (self.seconds / 86400 if self.seconds % 86400 == 0 else Decimal("0.5"))
        if self.months != int(self.months) or days != int(days):
            return None
        return Period(int(self.months), int(days))

    def total_seconds(self) -> Decimal:
        """Seconds with a month of 30 and a year of 365 days, as calendars without a start date count."""
        years, months = divmod(self.months, 12)
        return ((years * 365 + months * 30) + self.days) * 86400 + self.seconds


def _unit_of(match: re.Match[str]) -> str:
    return next(unit for unit in _UNITS if match[unit])


def _count(match: re.Match[str]) -> Decimal | None:
    if match["number"]:
        raw = match["number"]
        return read_digits(raw, small=True) if raw[0].isdigit() else read_words(raw)
    if match["half"]:
        half = match["half"].lower()
        if half.startswith("zwei"):
            return Decimal("2.5")
        return Decimal("1.5") if half.startswith(("ander", "einein", "one")) else Decimal("0.5")
    if match["viertel"]:
        return Decimal("0.75") if "drei" in match["viertel"].lower() else Decimal("0.25")
    return Decimal(1)


def _measured(span: Span, part: str, amount: Decimal, *, counted: bool = True) -> Duration:
    zero = Decimal(0)
    months, days, seconds = (amount if part == name else zero for name in ("months", "days", "seconds"))
    return Duration(span, months, days, seconds, counted)


def _single(match: re.Match[str]) -> Duration | None:
    count = _count(match)
    if count is None:
        return None
    if match["tail"]:
        count += Decimal("0.5") if "half" in match["tail"] else Decimal("0.25")
    part, size = _UNITS[_unit_of(match)]
    span = Span(match.start(), match.end(), match.group())
    return _measured(span, part, count * size, counted=not match["an"])


def find_durations(text: str) -> tuple[Duration, ...]:
    """Every duration in `text`, in order; neighbours such as `1 year and 6 months` are one."""
    singles = [found for match in _DURATION.finditer(text) if (found := _single(match)) is not None]
    singles += [_compound(match) for match in _GERMAN_COMPOUND.finditer(text) if read_words(match["word"]) is not None]
    singles.sort(key=lambda duration: duration.span.start)
    joined: list[Duration] = []
    for duration in singles:
        before = joined[-1] if joined else None
        if before is not None and duration.span.start < before.span.end:
            continue
        if before is not None and _continues(text, before, duration):
            joined[-1] = _sum(text, before, duration)
        else:
            joined.append(duration)
    return tuple(joined)


def _compound(match: re.Match[str]) -> Duration:
    part, size = _UNITS[{"jährig": "year", "monatig": "month", "wöchig": "week", "tägig": "day"}[match["unit"].lower()]]
    count = read_words(match["word"]) or Decimal(0)
    return _measured(Span(match.start(), match.end(), match.group()), part, count * size)


def _continues(text: str, first: Duration, second: Duration) -> bool:
    """Whether `second` is a smaller part of the same duration (`1 year and 6 months`)."""
    gap = text[first.span.end : second.span.start]
    smaller = (
        (first.months >= 12 > second.months > 0 and first.months % 12 == 0 and not first.days)
        or (first.months and second.days and not second.months)
        or (first.days and second.days and second.days < 7 <= first.days)
    )
    return bool(smaller) and _JOIN.fullmatch(gap) is not None and second.counted and "," not in gap


def _sum(text: str, first: Duration, second: Duration) -> Duration:
    start, end = first.span.start, second.span.end
    return Duration(
        Span(start, end, text[start:end]),
        first.months + second.months,
        first.days + second.days,
        first.seconds + second.seconds,
    )

"""Ranges of days in running text, German and English: years, months, weeks, `vom 4. bis 23. Mai`, `next 3 days`.

A range is half-open (`end` is the first day after it) when it names a calendar unit, and ends on its last named day
when it is written as from ... to ...; this is how calendars and people count, and how the test set does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from agent.language.calendars import MONTHS
from agent.language.dates import find_days
from agent.language.daybase import Day, german_ordinal, make_day, next_day, shift, small_count
from agent.language.numerals import NUMBER_WORDS
from negotiators.text import Span


@dataclass(frozen=True, slots=True)
class DayRange:
    """From `start` until `end`; an open side is `None`."""

    span: Span
    start: date | None
    end: date | None


_MONTH = "|".join(sorted((name for name in MONTHS if len(name) > 2), key=len, reverse=True))
_NEXT = r"next|upcoming|coming|following|nächste[nrsm]?|kommende[nrsm]?|folgende[nrsm]?"
_THIS = r"this|current|the|diese[nrsm]?|aktuelle[nrsm]?|laufende[nrsm]?|das|der|die|dem|des"
_LAST = r"last|past|previous|letzte[nrsm]?|vorige[nrsm]?|vergangene[nrsm]?"
_FAR = r"vorletzte[nrsm]?|übernächste[nrsm]?"
_UNITS = (
    r"(?P<unit>(?:arbeits|work(?:ing)?[\s-]?)?week|arbeitswoche|woche|weekend|wochenendes?|month|monate?s?|"
    r"quarter|quartals?|year|jahre?s?)"
)
_POINTS: dict[str, int] = {"next": 1, "this": 0, "last": -1}
_WHICH = re.compile(
    rf"(?<![^\W\d_])(?:(?P<next>{_NEXT})|(?P<last>{_LAST})|(?P<far>{_FAR})|(?P<this>{_THIS}))\s+{_UNITS}(?![^\W\d_])"
    r"(?P<late>\s+(?:später|later))?",
    re.IGNORECASE,
)
_WEEKEND = re.compile(r"(?<![^\W\d_])(?:am|at the|on the|zum|this)\s+(?:wochenende|weekend)(?![^\W\d_])", re.IGNORECASE)
_COUNTED = re.compile(
    rf"(?<![^\W\d_])(?:(?P<next>{_NEXT})|(?P<last>{_LAST}))\s+(?P<count>\d{{1,3}}|beiden?|{NUMBER_WORDS})\s+"
    r"(?P<unit>days?|tage?n?|weeks?|wochen?|months?|monate?n?|years?|jahre?n?)(?![^\W\d_])",
    re.IGNORECASE,
)
_YEAR = re.compile(
    r"(?<![\d.,/:$€-])(?:(?:year|jahr(?:e)?|anno)\s+)?(?P<year>(?:19|20)\d\d)(?![\d/:]|[.,-]\d|\s?(?:€|\$|eur|%))",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(
    rf"(?<![^\W\d_])(?P<month>{_MONTH})\b\.?\s*(?:[/,-]|of|in)?\s*(?P<year>(?:19|20)\d\d)(?!\d)", re.IGNORECASE
)
_YEAR_MONTH = re.compile(r"(?<![\d/-])(?P<year>(?:19|20)\d\d)[-/](?P<month>0[1-9]|1[0-2])(?![\d/-])")
_MONTH_ALONE = re.compile(
    rf"(?<![^\W\d_])(?:in|im|this|next|last|diese[nrsm]|since|seit|until|bis|from|ab|of|after|before|during|ende|"
    rf"anfang|"
    rf"mitte)\s+(?P<month>{_MONTH})(?![^\W\d_])",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"(?<![^\W\d_])(?:(?P<year1>(?:19|"
    r"20)\d\d)[\s-]*)?(?P<kind>[qh])(?P<number>[1-4])(?:[\s-]*(?:of\s+)?(?P<year2>(?:19|20)\d\d))?(?![^\W_])",
    re.IGNORECASE,
)
_WORDED_QUARTER = re.compile(
    r"(?<![^\W\d_])(?P<which>first|second|third|fourth|last|erste[nrs]?|zweite[nrs]?|dritte[nrs]?|vierte[nrs]?|letzte[nrs]?|[1-4]\.)\s+"
    r"(?P<kind>quarter|quartals?|half|halbjahre?s?|jahreshälfte|hälfte)(?:\s+(?:of|des\s+jahres|von|in)?\s*(?P<year>(?:19|20)\d\d))?"
    r"(?![^\W_])",
    re.IGNORECASE,
)
_WEEK_NUMBER = re.compile(
    r"(?<![^\W\d_])(?:(?:week|kw|kalenderwoche)\s+(?P<number>\d{1,2})(?!\d)|(?P<nth>\d{1,2})\.\s*(?:kw|kalenderwoche)(?![^\W\d_]))(?:\s+(?:of\s+)?(?P<year>(?:19|20)\d\d))?",
    re.IGNORECASE,
)
_NTH_WEEK = re.compile(
    rf"(?<![^\W\d_])(?P<which>first|second|third|fourth|last|erste|zweite|dritte|vierte|letzte)\s+(?:week|"
    rf"woche)\s+(?:of|in|im|des|von|the|\s)*"
    rf"(?:(?P<month>{_MONTH})|(?P<lastmonth>last month|letzten monats))?\.?(?:\s*(?P<year>(?:19|20)\d\d))?(?![^\W\d_])",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?<![^\W\d_])(?:(?P<end>ende|end)|(?P<mid>mitte|mid|middle)|(?P<early>anfang|beginning|start|"
    rf"early))(?:-|\s)*(?:of\s+|de[sr]\s+|the\s+|dieses\s+|this\s+)*"
    rf"(?:(?P<month>{_MONTH})|(?P<unit>month|monats)|(?P<year>(?:19|20)\d\d)|(?P<thisyear>year|jahres))(?![^\W\d_])",
    re.IGNORECASE,
)
_PARTIAL = re.compile(
    rf"(?<![^\W\d_])(?:vom|from|between|zwischen)\s+(?:dem\s+|the\s+)?(?P<first>\d{{1,2}})(?:\.|st|nd|rd|"
    rf"th)?\s*(?:-|to|till|until|bis(?:\s+zum)?|and|und)\s*(?:dem\s+|the\s+)?"
    rf"(?P<last>\d{{1,2}})(?:\.|st|nd|rd|th)?(?:\s+(?:of\s+)?(?P<month>{_MONTH}))?(?:\s+(?P<year>(?:19|"
    rf"20)\d\d))?(?!\s?[\d:€$%])",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"\s*(?:-|–|to|till|until|through|bis(?:\s+zum)?|and|und)\s*(?:the\s+|dem\s+|den\s+)?", re.IGNORECASE
)
_SHORT_SPAN = re.compile(
    r"(?<![\d/.])(?P<a>\d{1,2})/(?P<b>\d{1,2})\s*(?:-|–|to|bis)\s*(?P<c>\d{1,2})/(?P<d>\d{1,2})(?:/(?P<year>(?:19|"
    r"20)\d\d))?(?![\d/])")  # fmt: skip
_BEFORE = re.compile(r"(?:before|until|till|by|bis|vor)\s+(?:the\s+|zum\s+|dem\s+)?$", re.IGNORECASE)
_AFTER = re.compile(r"(?:after|since|from|seit|nach|ab)\s+(?:the\s+|dem\s+)?$", re.IGNORECASE)


def _month_range(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def _unit_range(unit: str, steps: int, today: date) -> tuple[date, date]:
    kind = unit.lower()
    if "wochenende" in kind or "weekend" in kind:
        saturday = today - timedelta(days=today.weekday() - 5) + timedelta(weeks=steps)
        return saturday, saturday + timedelta(days=2)
    if "woche" in kind or "week" in kind:
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=steps)
        return monday, monday + timedelta(days=5 if kind != "week" and kind != "woche" else 7)
    if kind.startswith("mon"):
        first = shift(today.replace(day=1), steps, "month")
        return _month_range(first.year, first.month)
    if kind.startswith("qu"):
        first = shift(date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), 3 * steps, "month")
        return first, shift(first, 3, "month")
    return date(today.year + steps, 1, 1), date(today.year + steps + 1, 1, 1)


def _which(match: re.Match[str], today: date) -> tuple[date | None, date | None]:
    far = (match["far"] or "").lower()
    steps = 2 if far.startswith("über") else -2 if far else next(_POINTS[name] for name in _POINTS if match[name])
    start, end = _unit_range(match["unit"], steps, today)
    if match["late"]:
        start = date(start.year, 7, 1)
    return start, end


def _counted(match: re.Match[str], today: date) -> tuple[date | None, date | None] | None:
    count = 2 if match["count"].lower().startswith("beide") else small_count(match["count"])
    if count is None:
        return None
    if match["last"]:
        return shift(today, -count, match["unit"]), today
    tomorrow = today + timedelta(days=1)
    return tomorrow, shift(tomorrow, count, match["unit"])


def _quarter(match: re.Match[str], today: date) -> tuple[date | None, date | None] | None:
    year = int(match["year1"] or match["year2"] or today.year)
    size = 3 if match["kind"].lower() == "q" else 6
    month = size * (int(match["number"]) - 1) + 1
    if month > 12:
        return None
    start = date(year, month, 1)
    return start, shift(start, size, "month")


def _worded_quarter(match: re.Match[str], today: date) -> tuple[date | None, date | None] | None:
    """`the second half of 2027`, `im dritten Quartal`: a half alone is half of a year only where one is named."""
    halves, word = not match["kind"].lower().startswith("qu"), match["which"].lower()
    if halves and not match["year"] and "jahr" not in match["kind"].lower():
        return None
    order = {"f": 1, "e": 1, "1": 1, "s": 2, "z": 2, "2": 2, "t": 3, "d": 3, "3": 3, "v": 4, "4": 4}
    number = 4 if word == "fourth" else order.get(word[0], 2 if halves else 4)
    size = 6 if halves else 3
    if size * (number - 1) >= 12:
        return None
    start = date(int(match["year"] or today.year), size * (number - 1) + 1, 1)
    return start, shift(start, size, "month")


def _week_number(match: re.Match[str], today: date) -> tuple[date | None, date | None] | None:
    try:
        start = date.fromisocalendar(int(match["year"] or today.year), int(match["number"] or match["nth"]), 1)
    except ValueError:
        return None
    return start, start + timedelta(weeks=1)


def _nth_week(match: re.Match[str], today: date) -> tuple[date | None, date | None] | None:
    year = int(match["year"] or today.year)
    if match["lastmonth"]:
        first = shift(today.replace(day=1), -1, "month")
    elif match["month"]:
        first = date(year, MONTHS[match["month"].lower()], 1)
    else:
        first = date(year, 1, 1)
    order = {"f": 0, "s": 1, "t": 2, "e": 0, "z": 1, "d": 2, "v": 3, "l": -1}[match["which"][0].lower()]
    order = 3 if match["which"].lower() == "fourth" else order
    thursday = first + timedelta(days=(3 - first.weekday()) % 7)
    monday = thursday - timedelta(days=3) + timedelta(weeks=max(order, 0))
    if order < 0:
        following = shift(first, 1, "month") if match["month"] or match["lastmonth"] else date(year + 1, 1, 1)
        last = following - timedelta(days=1)
        thursday = last - timedelta(days=(last.weekday() - 3) % 7)
        monday = thursday - timedelta(days=3)
    return monday, monday + timedelta(weeks=1)


def _part(match: re.Match[str], today: date) -> tuple[date | None, date | None]:
    if match["year"] or match["thisyear"]:
        year = int(match["year"] or today.year)
        if match["end"]:
            return date(year, 9, 1), date(year + 1, 1, 1)
        return (date(year, 5, 1), date(year, 9, 1)) if match["mid"] else (date(year, 1, 1), date(year, 5, 1))
    month = MONTHS[match["month"].lower()] if match["month"] else today.month
    year = today.year if match["unit"] or month >= today.month else today.year + 1
    start, end = _month_range(year, month)
    if match["end"]:
        return start.replace(day=16), end
    return (start.replace(day=10), start.replace(day=21)) if match["mid"] else (start, start.replace(day=16))


def _partial(match: re.Match[str], today: date) -> tuple[date | None, date | None] | None:
    first, last = int(match["first"]), int(match["last"])
    if not 1 <= first < last <= 31:
        return None
    if match["month"]:
        month = MONTHS[match["month"].lower()]
        start = make_day(int(match["year"]), month, first) if match["year"] else next_day(month, first, today)
    else:
        base = today
        if re.search(r"next month|nächsten monat", match.string[: match.start()], re.IGNORECASE):
            base = shift(today.replace(day=1), 1, "month")
        start = make_day(base.year, base.month, first)
    end = make_day(start.year, start.month, last) if start is not None else None
    return None if start is None or end is None else (start, end)


def _short_span(match: re.Match[str], today: date, day_first: bool) -> tuple[date | None, date | None] | None:
    numbers = [int(match[name]) for name in "abcd"]
    if not day_first:
        numbers = [numbers[1], numbers[0], numbers[3], numbers[2]]
    year = int(match["year"]) if match["year"] else None
    start = make_day(year, numbers[1], numbers[0]) if year else next_day(numbers[1], numbers[0], today)
    if start is None:
        return None
    end = next_day(numbers[3], numbers[2], start)
    return None if end is None else (start, end)


def _month_alone(match: re.Match[str], today: date) -> tuple[date | None, date | None]:
    """A month alone is the one to come; the next and the last of its name are never the current one."""
    month, led = MONTHS[match["month"].lower()], match.group().lower()
    if led.startswith(("last", "since", "seit")):
        return _month_range(today.year - (month >= today.month), month)
    return _month_range(today.year + (month < today.month or (month == today.month and led.startswith("next"))), month)


_Reader = Callable[[re.Match[str], date], "tuple[date | None, date | None] | None"]
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_WHICH, _which),
    (_WEEKEND, lambda match, today: _unit_range("weekend", 0, today)),
    (_COUNTED, _counted),
    (_MONTH_YEAR, lambda match, today: _month_range(int(match["year"]), MONTHS[match["month"].lower()])),
    (_YEAR_MONTH, lambda match, today: _month_range(int(match["year"]), int(match["month"]))),
    (_MONTH_ALONE, _month_alone),
    (_QUARTER, _quarter),
    (_WORDED_QUARTER, _worded_quarter),
    (_WEEK_NUMBER, _week_number),
    (_NTH_WEEK, _nth_week),
    (_PART, _part),
    (_PARTIAL, _partial),
    (_YEAR, lambda match, today: (date(int(match["year"]), 1, 1), date(int(match["year"]) + 1, 1, 1))),
)


def _simple(text: str, today: date, days: tuple[Day, ...], day_first: bool) -> Iterator[DayRange]:
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            if pattern in (_YEAR, _YEAR_MONTH) and any(day.span.start <= match.start() < day.span.end for day in days):
                continue
            found = read(match, today)
            if found is not None:
                yield DayRange(Span(match.start(), match.end(), match.group()), *_cut(text, match.start(), found))
    for match in _SHORT_SPAN.finditer(text):
        found = _short_span(match, today, day_first)
        if found is not None:
            yield DayRange(Span(match.start(), match.end(), match.group()), *found)


def _cut(text: str, start: int, found: tuple[date | None, date | None]) -> tuple[date | None, date | None]:
    """`before 2018` ends where the unit begins; `after 2016` begins where it ends; `since` begins with it."""
    before = text[max(0, start - 14) : start]
    if _BEFORE.search(before):
        return None, found[0]
    hit = _AFTER.search(before)
    if hit:
        return (found[1] if hit.group().lower().startswith(("after", "nach")) else found[0]), None
    return found


def _between(text: str, days: tuple[Day, ...]) -> Iterator[DayRange]:
    for first, second in pairwise(days):
        gap = text[first.span.end : second.span.start]
        if not _JOINED.fullmatch(gap):
            continue
        before = text[max(0, first.span.start - 12) : first.span.start]
        plain_and = re.fullmatch(r"\s*(?:and|und)\s*", gap, re.IGNORECASE)
        if plain_and and not re.search(r"(?:between|zwischen)\s+(?:the |dem )?$", before, re.IGNORECASE):
            continue
        start, end = first.day, second.day
        if end < start and first.guessed_year:
            start = make_day(end.year, start.month, start.day) or start
        elif end < start:
            end = end + timedelta(weeks=1)
        span = Span(first.span.start, second.span.end, text[first.span.start : second.span.end])
        yield DayRange(span, start, end)


def find_ranges(text: str, today: date, *, day_first: bool = True) -> tuple[DayRange, ...]:
    """Every range of days in `text`, in order of appearance. `day_first` orders bare `28/2-1/3`."""
    days = find_days(text, today, day_first=day_first)
    found = [*_simple(text, today, days, day_first), *_between(text, days)]
    return tuple(sorted(found, key=lambda entry: (entry.span.start, -entry.span.end)))


__all__ = ["DayRange", "find_ranges", "german_ordinal"]

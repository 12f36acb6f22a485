"""Days that are counted out instead of written: ends of months, the n-th weekday, `a week from Friday`, `vor Ostern`.

Points of the calendar stand alone (`zum Monatsende`, `on the 20th`); steps lean on a day beside them, whichever way that day
is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta

from agent.language.calendars import MONTHS, WEEKDAYS, nth_weekday
from agent.language.daybase import MONTH, WEEKDAY, Day, german_ordinal, make_day, shift, small_count
from agent.language.numerals import NUMBER_WORDS
from negotiators.text import Span

_NEXT = r"next|following|coming|nächsten|kommenden|folgenden"
_THIS = r"this|the|current|de[rs]|diese[sr]|laufenden"
_YEAR = r"(?:\s+(?:of\s+|in\s+)?(?P<year>(?:19|20)\d\d))?"
_UNIT = r"(?P<unit>month|monats?|quarters?|quartals?|years?|jahres?|week|woche)"
_NTH = (
    r"(?P<nth>first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|erste[nr]?|zweite[nr]?|dritte[nr]?|vierte[nr]?|letzte[nr]?|"
    r"[1-4]\.)"
)
_PERIOD = rf"(?:(?:(?P<next>{_NEXT}|folge)|{_THIS})?\s*(?:{_UNIT}|(?P<month>{MONTH}){_YEAR}))"
_IN = r"(?:of|in|im|de[rs])"

_END = re.compile(
    rf"(?<![\w])(?:(?P<led>(?:bis|zum|until|till|by|before|through)(?:\s+(?:the|zum))?\s+(?:end|ende)|last\s+day|"
    rf"letzte[nr]?\s+tag)\s+(?:{_IN}\s+)?{_PERIOD}|(?P<compound>monats|quartals|jahres|month-|quarter-|year-)ende?)(?![\w])",
    re.IGNORECASE,
)
_NTH_WEEKDAY = re.compile(
    rf"(?<![\w]){_NTH}\s+(?P<name>{WEEKDAY})\s+(?:{_IN}\s+)?(?:(?:(?P<next>{_NEXT}|folge)|{_THIS})?\s*(?P<unit>month|monats)|"
    rf"(?P<month>{MONTH})(?![^\W\d_]){_YEAR})(?![\w])",
    re.IGNORECASE,
)
_NUMBER_DAY_EN = re.compile(
    r"(?<![\w])(?:on|by|until|till|through|before|after|since|from|than|due)\s+the\s+(?P<day>\d{1,2})(?:st|nd|rd|th)"
    r"(?:(?P<next>\s+of\s+(?:next|the\s+following)\s+month)|\s+of\s+(?:each|every|the|any)\s+month)?"
    r"(?!\s*(?:and|or|to|,|-|–)\s*(?:the\s+)?\d)"
    r"(?=\s*(?:$|[.,;:!?)]|(?:at|and|or|to|we|you|i|it|if|for|is|in|by)\b))",
    re.IGNORECASE,
)
_NUMBER_DAY_DE = re.compile(
    r"(?<![\w])(?:am|zum|bis|ab|vom)(?:\s+(?:zum|dem|spätestens|einschließlich|inklusive|inkl\.|nächsten|kommenden)){0,3}\s+"
    r"(?:(?P<day>\d{1,2})\.(?![\d.])|(?P<word>(?-i:(?:Monats[a-zäöüß]{4,18}|[A-ZÄÖÜ][a-zäöüß]{3,18})(?<=ten))))"
    r"(?:(?P<next>\s+(?:des\s+)?(?:nächsten\s+Monats|kommenden\s+Monats|Folgemonats))|\s+(?:eines|jedes|des)\s+"
    r"(?:jeden\s+)?Monats)?(?!\s*(?:und|oder|bis|,|-|–)\s*(?:zum\s+|dem\s+)?\d)(?=\s*(?:$|[.,;:!?)]|(?-i:[a-zäöü])))",
    re.IGNORECASE,
)
_FORTNIGHT = re.compile(r"(?<![\w])(?:in|within)\s+(?:a|one|two)\s+fortnights?(?![\w])", re.IGNORECASE)
_PART_YEAR = re.compile(
    r"(?<![\w])(?:in|within|innerhalb|binnen)\s+(?:(?P<half>half\s+a\s+year|eine[ms]\s+halben\s+jahr(?:es)?)|(?P<quarter>eine[ms]\s+"
    r"vierteljahr(?:es)?|a\s+quarter\s+of\s+a\s+year)|(?P<more>anderthalb\s+jahren|a\s+year\s+and\s+a\s+half))(?![\w])",
    re.IGNORECASE,
)
_WEEKDAYS_ON = re.compile(
    rf"(?<![\w])(?P<count>\d{{1,2}}|{NUMBER_WORDS})\s+(?P<name>mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)"
    r"\s+from\s+(?:now|today)(?![\w])",
    re.IGNORECASE,
)


def _unit_end(unit: str, following: bool, today: date) -> date:
    """The last day of the week, month, quarter or year of `today`, or of the one after it."""
    kind = unit.lower()[0]
    if kind == "w":
        return today + timedelta(days=6 - today.weekday() + 7 * following)
    if kind in {"y", "j"}:
        return date(today.year + following, 12, 31)
    size = 3 if kind == "q" else 1
    first = today.replace(day=1, month=size * ((today.month - 1) // size) + 1)
    return shift(first, size * (1 + following), "month") - timedelta(days=1)


def _month_of(match: re.Match[str], today: date) -> date:
    """The first day of the month a point lies in."""
    groups = match.groupdict()
    if groups.get("month"):
        month = MONTHS[match["month"].lower()]
        year = int(match["year"]) if match["year"] else today.year + (month < today.month)
        return date(year, month, 1)
    return shift(today.replace(day=1), 1 if groups.get("next") else 0, "month")


def _end(match: re.Match[str], today: date) -> date | None:
    if match["compound"]:
        return _unit_end(match["compound"], False, today)
    if match["month"]:
        return shift(_month_of(match, today), 1, "month") - timedelta(days=1)
    return _unit_end(match["unit"], bool(match["next"]), today)


_ORDER = {"f": 1, "e": 1, "1": 1, "s": 2, "z": 2, "2": 2, "t": 3, "d": 3, "3": 3, "v": 4, "4": 4, "l": -1}


def _nth(match: re.Match[str], today: date) -> date | None:
    word = match["nth"].lower()
    number = {"fourth": 4, "fifth": 5}.get(word) or _ORDER[word[0]]
    weekday, first = WEEKDAYS[match["name"].lower()], _month_of(match, today)
    found = nth_weekday(first.year, first.month, weekday, number)
    if found < today and match["month"] and not match["year"]:
        found = nth_weekday(first.year + 1, first.month, weekday, number)
    return found if found.month == first.month else None


def _number_day(match: re.Match[str], today: date) -> date | None:
    groups = match.groupdict()
    word = groups.get("word")
    last = word is not None and word.lower().removeprefix("monats") in {"letzten", "letzter"}
    number = 31 if last else german_ordinal(word.lower().removeprefix("monats")) if word else int(match["day"])
    if number is None or not 1 <= number <= 31:
        return None
    if last:
        return _unit_end("month", bool(match["next"]), today)
    first = shift(today.replace(day=1), 1 if match["next"] else 0, "month")
    for months in range(1 if match["next"] else 3):
        start = shift(first, months, "month")
        found = make_day(start.year, start.month, number)
        if found is not None and found >= today:
            return found
    return None


def _fortnight(match: re.Match[str], today: date) -> date | None:
    return today + timedelta(weeks=4 if " two " in match.group().lower() else 2)


def _part_year(match: re.Match[str], today: date) -> date | None:
    return shift(today, 6 if match["half"] else 3 if match["quarter"] else 18, "month")


def _weekdays_on(match: re.Match[str], today: date) -> date | None:
    count = small_count(match["count"])
    if not count:
        return None
    number = WEEKDAYS[match["name"].lower().removesuffix("s")]
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1, weeks=count - 1)


_POINTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...] = (
    (_END, _end), (_NTH_WEEKDAY, _nth), (_NUMBER_DAY_EN, _number_day), (_NUMBER_DAY_DE, _number_day),
    (_FORTNIGHT, _fortnight), (_PART_YEAR, _part_year), (_WEEKDAYS_ON, _weekdays_on),
)  # fmt: skip


_LED = re.compile(
    r"(?:(?:bis|zum|am|ab|vom|dem|the|until|till|by|before|through|on|after|since|from|than|due|spätestens|einschließlich|inklusive|"
    r"inkl\.)\s+){0,5}",
    re.IGNORECASE,
)
"""What leads to a day and is none of it: `bis`, `by the`."""


def points(text: str, today: date) -> Iterator[Day]:
    """Days named by their place in a week, month, quarter or year, counted from `today`."""
    for pattern, read in _POINTS:
        for match in pattern.finditer(text):
            found = read(match, today)
            if found is not None:
                led = _LED.match(match.group())
                start = match.start() + (led.end() if led else 0)
                yield Day(Span(start, match.end(), text[start : match.end()]), found, guessed_year=True)


_COUNT = rf"(?P<count>\d{{1,3}}|{NUMBER_WORDS}|an?|the|eine?[nmr]?|de[rmn]|am)"
_STEP_BEFORE = re.compile(
    rf"(?<![\w]){_COUNT}\s+(?P<unit>days?|tage?n?|weeks?|wochen?|months?|monate?n?|fortnight)\s+(?P<way>before|after|from|vor|nach|on)\s+"
    rf"(?:the\s+|dem\s+|de[nr]\s+)?$",
    re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(
    rf"(?<![\w])(?P<name>{WEEKDAY})\s+(?P<way>before|after|vor|nach)\s+(?:the\s+|dem\s+|de[nr]\s+)?$", re.IGNORECASE
)
_STEP_BEHIND = re.compile(
    rf"\s+(?:(?P<week>week)(?=\s*(?:$|[.,;:!?)]))|in\s+(?P<count>\d{{1,2}}|{NUMBER_WORDS}|a|eine[rm])\s+(?P<unit>weeks?|wochen?|"
    r"tagen)|(?P<fortnight>fortnight))(?![\w])",
    re.IGNORECASE,
)
_NEXT_WEEK_BEHIND = re.compile(r",?\s+(?:next\s+week|(?:nächste|kommende)[rn]?\s+woche)(?![\w])", re.IGNORECASE)
_NEXT_WEEK_BEFORE = re.compile(
    r"(?<![\w])(?:next\s+week,?\s+(?:on\s+)?|(?:nächste|kommende)\s+woche,?\s+(?:am\s+)?)$", re.IGNORECASE
)
_NAMED_BY_WORD = re.compile(rf"(?:{WEEKDAY}|tomorrow|today|morgen|heute)", re.IGNORECASE)
_SAME_MONTH = re.compile(
    r"(?<![\w.,])(?P<day>\d{1,2})(?P<mark>\.|st|nd|rd|th)?\s*(?:und|and|oder|or|,|bis|to|until|-|–)\s*(?:the\s+|dem\s+|den\s+|zum\s+)?$",
    re.IGNORECASE,
)
_MORE_DAYS = re.compile(
    r"\s*(?:-|–|to|until|and|&)\s*(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\w:€%$/]|[.,]\d|\s?(?:am|pm|EUR|GB|Uhr)\b)", re.I
)


def _spanned(text: str, start: int, end: int, day: date) -> Day:
    return Day(Span(start, end, text[start:end]), day)


def _in_next_week(text: str, base: Day, today: date) -> Iterator[Day]:
    """`Friday next week`, `nächste Woche am Freitag`: the weekday of the calendar week to come."""
    if base.span.quote.lower() not in WEEKDAYS:
        return
    start, end = base.span.start, base.span.end
    before = text[max(0, start - 30) : start]
    behind, ahead = _NEXT_WEEK_BEHIND.match(text, end), _NEXT_WEEK_BEFORE.search(before)
    monday = today + timedelta(days=7 - today.weekday())
    day = monday + timedelta(days=WEEKDAYS[base.span.quote.lower()])
    if behind is not None:
        yield _spanned(text, start, behind.end(), day)
    elif ahead is not None:
        yield _spanned(text, start - len(before) + ahead.start(), end, day)


def _stepped(text: str, base: Day) -> Iterator[Day]:
    start, end = base.span.start, base.span.end
    before = text[max(0, start - 60) : start]
    step = _STEP_BEFORE.search(before)
    if step is not None:
        word, way = step["count"].lower(), step["way"].lower()
        count = 1 if word in {"the", "am"} or word.startswith("de") else small_count(word)
        if count is not None and (way != "on" or step["unit"].lower() in {"week", "fortnight"}):
            forward = way in {"after", "from", "nach", "on"}
            unit, count = ("week", 2 * count) if step["unit"].lower() == "fortnight" else (step["unit"], count)
            yield _spanned(
                text, start - len(before) + step.start(), end, shift(base.day, count if forward else -count, unit)
            )
    named = _WEEKDAY_BEFORE.search(before)
    if named is not None:
        number = WEEKDAYS[named["name"].lower()]
        back = (base.day.weekday() - number - 1) % 7 + 1
        ahead = (number - base.day.weekday() - 1) % 7 + 1
        day = base.day + timedelta(days=ahead if named["way"].lower() in {"after", "nach"} else -back)
        yield _spanned(text, start - len(before) + named.start(), end, day)
    behind = _STEP_BEHIND.match(text, end)
    if behind is not None and _NAMED_BY_WORD.search(base.span.quote):
        count = 1 if behind["week"] else 2 if behind["fortnight"] else small_count(behind["count"])
        if count is not None:
            unit = "week" if behind["week"] or behind["fortnight"] else behind["unit"]
            yield _spanned(text, start, behind.end(), shift(base.day, count, unit))


def _of_same_month(text: str, base: Day) -> Iterator[Day]:
    """`the 5th and the 6th of November`, `Nov 2-6`: a bare number shares the month of the day beside it."""
    quote = base.span.quote.strip().lower()
    if re.match(r"\d{1,2}(?:\.|st|nd|rd|th)?\s*(?:of\s+)?[^\W\d_]{3}", quote):
        before = text[max(0, base.span.start - 30) : base.span.start]
        first = _SAME_MONTH.search(before)
        number = int(first["day"]) if first else 0
        if first is not None and 0 < number < base.day.day:
            start = base.span.start - len(before) + first.start()
            length = len(first["day"]) + len(first["mark"] or "")
            yield Day(Span(start, start + length, text[start : start + length]), base.day.replace(day=number))
    if re.fullmatch(rf"(?:{MONTH})\.?\s*\d{{1,2}}(?:st|nd|rd|th)?", quote):
        more = _MORE_DAYS.match(text, base.span.end)
        last = make_day(base.day.year, base.day.month, int(more["day"])) if more else None
        if more is not None and last is not None and last > base.day:
            yield Day(Span(more.start("day"), more.end(), text[more.start("day") : more.end()]), last)


def steps(text: str, bases: Iterable[Day], today: date) -> Iterator[Day]:
    """Days that lean on another day of the text: so many weeks before it, the Friday after it, in its month."""
    for base in bases:
        yield from _in_next_week(text, base, today)
        yield from _stepped(text, base)
        yield from _of_same_month(text, base)

"""Single days in running text, German and English: written dates, weekdays, holidays, relative days.

Order of day and month is read from the form (`30.11.` is day first, `2026-11-30` year first); a slash date with
two readings keeps both as `alternatives` unless the caller says which order the writer uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from agent.language.calendars import HOLIDAYS, MONTHS, WEEKDAYS, holiday
from agent.language.daybase import (
    DAY_WORD_DE,
    DAY_WORD_EN,
    MONTH,
    ORDINALS_EN,
    WEEKDAY,
    Day,
    german_ordinal,
    make_day,
    next_day,
    shift,
    small_count,
)
from agent.language.daypoints import points, steps
from agent.language.numerals import NUMBER_WORDS
from negotiators.text import Span

_YEAR = r"(?:(?P<year>(?:19|20)\d\d)|'?(?P<short>\d\d)(?![\d.,:%€$]))"
_LEAD = rf"(?:(?:{WEEKDAY}|mo|di|mi|do|fr|sa|so)\.?,?\s+(?:(?:the|der|den|dem)\s+)?)?"

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.VERBOSE))
    for name, pattern in (
        ("ymd", r"(?<![\d.,/-])(?P<year>(?:19|20)\d\d)([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?![\d/]|[.,-]\d)"),
        ("ymd", rf"(?<![\d/-])(?P<year>(?:19|20)\d\d)[-/\s](?P<month_name>{MONTH})[-/.\s](?P<day>\d{{1,2}})(?!\d)"),
        (
            "ymd",
            rf"(?<![\d/-])(?P<year>(?:19|20)\d\d)[-/\s](?P<day>\d{{1,2}})[-/.\s](?P<month_name>{MONTH})(?![^\W\d_])",
        ),
        (
            "dmy",
            rf"{_LEAD}(?<![\d/-])(?<!\d[.,])(?P<day>\d{{1,2}})-(?P<year>(?:19|"
            rf"20)\d\d)-(?P<month_name>{MONTH})(?![^\W\d_])",
        ),
        (
            "dotted",
            rf"{_LEAD}(?<![\d/-])(?<!\d[.,])(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.\s?(?:(?P<year>(?:19|"
            rf"20)\d\d)|(?P<short>\d\d))(?![\d€$%])",
        ),
        ("dotted", rf"{_LEAD}(?<![\d/-])(?<!\d[.,])(?P<day>\d{{1,2}})\.\s?(?P<month>\d{{1,2}})\.(?!\d)"),
        (
            "named",
            rf"{_LEAD}(?<![\w.,])(?P<day>\d{{1,2}})\s?(?:\.|st|nd|rd|th|ter|te|ten)?(?:-|/|\s*(?:day\s+)?of\s+|"
            rf"\s*)(?P<month_name>{MONTH})\b\.?(?:(?:\s*,\s*|\s+(?:of\s+|in\s+)?|-|/){_YEAR})?",
        ),
        (
            "named",
            rf"(?<![\w])(?P<month_name>{MONTH})\b\.?(?:\s*-?\s*(?:the\s+)?|,\s+(?=\d{{1,2}}(?:st|nd|rd|th)))(?P<day>\d{{1,2}})"
            rf"(?:st|nd|rd|th)?(?![\d:.]\d|\d|\s?(?:%|€|EUR|uhr|gb))"
            rf"(?:(?:\s*,\s*|\s+(?:of\s+|in\s+)?|-(?=(?:19|20)\d\d)){_YEAR})?",
        ),
        ("named", rf"(?<![\w])(?P<month_name>{MONTH})(?P<day>\d{{1,2}})(?![\d.,]*\d)"),
        (
            "worded",
            rf"(?<![\w])(?:the\s+)?(?P<ordinal>{DAY_WORD_EN})\s+(?:(?:day\s+)?of\s+)?(?P<month_name>{MONTH})\b(?:(?:\s*,\s*|"
            rf"\s+(?:of\s+|in\s+)?){_YEAR})?",
        ),
        (
            "worded",
            rf"(?<![\w])(?P<month_name>{MONTH})\s+(?:the\s+)?(?P<ordinal>{DAY_WORD_EN})(?![^\W\d_])(?:(?:\s*,\s*|"
            rf"\s+(?:of\s+|in\s+)?){_YEAR})?",
        ),
        ("worded", rf"(?<![\w])(?P<ordinal_de>{DAY_WORD_DE})\s+(?P<month_name>{MONTH})\b(?:\s+{_YEAR})?"),
        (
            "worded",
            r"(?<![\w.,])(?P<day>\d{1,2})\.\s+(?P<month_ordinal>ersten?|ersten?r|zweiten?r?|dritten?r?|vierten?r?|"
            r"fünften?r?|sechsten?r?|siebten?r?|achten?r?|neunten?r?|zehnten?r?|elften?r?|zwölften?r?)(?![^\W\d_])",
        ),
        (
            "slashed",
            rf"{_LEAD}(?<![\w/.-])(?P<first>\d{{1,2}})([/-])(?P<second>\d{{1,2}})\2(?:(?P<year>(?:19|20)\d\d)|"
            rf"(?P<short>\d\d))(?![\d/])",
        ),
    )
)


def _full_year(match: re.Match[str]) -> int | None:
    groups = match.groupdict()
    if groups.get("year"):
        return int(groups["year"])
    if groups.get("short"):
        short = int(groups["short"])
        return 2000 + short if short < 70 else 1900 + short
    return None


def _day_number(groups: dict[str, str | None]) -> int | None:
    if groups.get("day"):
        return int(groups["day"] or 0)
    if groups.get("ordinal"):
        return ORDINALS_EN[(groups["ordinal"] or "").lower()]
    if groups.get("ordinal_de"):
        return german_ordinal(groups["ordinal_de"] or "")
    return None


def _month_number(groups: dict[str, str | None]) -> int | None:
    if groups.get("month_name"):
        return MONTHS[(groups["month_name"] or "").lower()]
    if groups.get("month_ordinal"):
        return german_ordinal(groups["month_ordinal"] or "")
    return int(groups["month"] or 0) if groups.get("month") else None


def _written(match: re.Match[str], today: date) -> Day | None:
    groups = match.groupdict()
    day, month, year = _day_number(groups), _month_number(groups), _full_year(match)
    if day is None or month is None or not 1 <= month <= 12:
        return None
    found = make_day(year, month, day) if year is not None else next_day(month, day, today)
    if found is None:
        return None
    return Day(_trimmed(match), found, guessed_year=year is None)


def _trimmed(match: re.Match[str]) -> Span:
    quote = match.group().rstrip()
    return Span(match.start(), match.start() + len(quote), quote)


def _slashed(match: re.Match[str], day_first: bool | None) -> Day | None:
    year = _full_year(match)
    first, second = int(match["first"]), int(match["second"])
    if year is None:
        return None
    readings = [make_day(year, second, first), make_day(year, first, second)]
    if day_first is False:
        readings.reverse()
    possible = [reading for reading in dict.fromkeys(readings) if reading is not None]
    if not possible:
        return None
    others = tuple(possible[1:]) if day_first is None else ()
    return Day(_trimmed(match), possible[0], others)


_RELATIVE = re.compile(
    rf"""(?<![\w])(?:
    (?P<word>day\s+after\s+tomorrow|day\s+before\s+yesterday|übermorgen|vorgestern|heute|today|tonight|tomorrow|tmrw?|morgen|yesterday|gestern)
    |(?P<lead>in|within|innerhalb\s+von|binnen|vor)\s+(?P<count>\d{{1,3}}|{NUMBER_WORDS}|an?|eine[mnr]?)\s+(?P<unit>days?|tag(?:e[ns]?)?|tg|weeks?|wochen?|months?|monat(?:e[ns]?)?|years?|jahre?n?)(?P<behind>\s+from\s+(?:now|today))?
    |(?P<count2>\d{{1,3}}|{NUMBER_WORDS}|an?|eine[mnr]?)\s+(?P<unit2>days?|tage?n?|weeks?|wochen?|months?|monate?n?|years?|jahre?n?)\s+(?P<where>from\s+(?:now|today|tomorrow|tmrw?|yesterday)|ago|later|später|before\s+yesterday|after\s+tomorrow)
    )(?![\w])""",
    re.IGNORECASE | re.VERBOSE,
)
_WORDS = {
    "dayaftertomorrow": 2, "daybeforeyesterday": -2, "übermorgen": 2, "vorgestern": -2, "heute": 0, "today": 0,
    "tonight": 0,
    "tomorrow": 1, "tmr": 1, "tmrw": 1, "morgen": 1, "yesterday": -1, "gestern": -1,
}  # fmt: skip


def _relative(match: re.Match[str], today: date) -> Day | None:
    span = Span(match.start(), match.end(), match.group())
    if match["word"]:
        return Day(span, today + timedelta(days=_WORDS[re.sub(r"\s+", "", match["word"].lower())]))
    count = small_count(match["count"] or match["count2"])
    if count is None:
        return None
    if match["count"]:
        back = match["lead"].lower() == "vor"
        return Day(span, shift(today, -count if back else count, match["unit"]))
    where = match["where"].lower()
    start = today + timedelta(days=1 if "tom" in where or "tm" in where else -1 if "yester" in where else 0)
    return Day(span, shift(start, -count if "ago" in where or "before" in where else count, match["unit2"]))


_HOLIDAY = re.compile(
    rf"(?<![\w])(?P<name>{'|'.join(re.escape(name) for name in HOLIDAYS)})(?![^\W\d_])(?:\s+(?:of\s+|"
    rf"in\s+)?(?P<year>(?:19|20)\d\d))?",
    re.IGNORECASE,
)


def _holiday(match: re.Match[str], today: date) -> Day | None:
    name = match["name"].lower()
    span = Span(match.start(), match.end(), match.group())
    if match["year"]:
        found = holiday(name, int(match["year"]))
        return Day(span, found) if found else None
    for year in (today.year, today.year + 1):
        found = holiday(name, year)
        if found is not None and found >= today:
            return Day(span, found, guessed_year=True)
    return None


_WEEKDAY_FORM = re.compile(
    rf"(?<![\w])(?:(?P<which>next|übernächste[nrsm]?|nächste[nrsm]?|kommende[nrsm]?|coming|this|diese[nrsm]?|last|letzte[nrsm]?|"
    rf"vergangene[nrsm]?|previous|past)\s+)?(?P<name>{WEEKDAY})"
    r"(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht)?(?![^\W\d_])",
    re.IGNORECASE,
)


def _weekday(match: re.Match[str], today: date) -> Day | None:
    name, which = match["name"], (match["which"] or "").lower()
    if len(name) == 3 and (name.lower() in {"sun", "sat", "mon", "wed"} and not name[0].isupper()):
        return None
    number = WEEKDAYS[name.lower()]
    monday = today - timedelta(days=today.weekday())
    this = monday + timedelta(days=number)
    if which.startswith(("last", "letzt", "vergangen", "previous", "past")):
        found = this - timedelta(weeks=1)
    elif which.startswith("über"):
        found = this + timedelta(weeks=2)
    elif which.startswith(("next", "nächst")):
        found = this + timedelta(weeks=1)
    elif which.startswith(("this", "dies")):
        found = this
    else:
        coming = which.startswith(("coming", "kommend"))  # said on a Thursday, the coming one is not today
        found = this if this > today or (this == today and not coming) else this + timedelta(weeks=1)
    return Day(Span(match.start(), match.end(), match.group()), found)


_SHORT = re.compile(
    r"(?<![\w/.,-])(?!24/7)(?P<first>\d{1,2})/(?P<second>\d{1,2})(?![\d/])(?!\s?(?:hours|Stunden|of|von|Mbit|mo))"
)
_DAY_OF_MONTH = re.compile(
    rf"(?<![\w])(?:{WEEKDAY}),?\s+(?:der|den|dem|the)?\s*(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th)(?!\d)", re.I
)


_OF_A_MONTH = re.compile(
    r"(?<![\w])(?P<day>\d{1,2})(?:st|nd|rd|th|\.)\s+(?:day\s+)?(?:of\s+|des\s+|im\s+)?(?P<which>this|next|last|diese[ms]|"
    r"nächsten|kommenden|letzten)\s+(?:month|monats?)(?![\w])",
    re.IGNORECASE,
)


def _of_a_month(match: re.Match[str], today: date) -> Day | None:
    """`the 15th of next month`, `am 15. des nächsten Monats`."""
    which = match["which"].lower()
    months = 0 if which.startswith(("this", "dies")) else -1 if which.startswith(("last", "letzt")) else 1
    first = shift(today.replace(day=1), months, "month")
    found = make_day(first.year, first.month, int(match["day"]))
    return Day(_trimmed(match), found) if found else None


def _short_slashed(match: re.Match[str], today: date, day_first: bool) -> Day | None:
    """`29/2` without a year: only when the caller knows the writer's order, since it may be a fraction."""
    first, second = int(match["first"]), int(match["second"])
    day, month = (first, second) if day_first else (second, first)
    found = next_day(month, day, today) if 1 <= month <= 12 else None
    return Day(_trimmed(match), found, guessed_year=True) if found else None


def _day_of_month(match: re.Match[str], today: date) -> Day | None:
    """`Dienstag, der 25.`: the next month that has that day, from `today` on."""
    number = int(match["day"])
    for months in range(13):
        first = shift(today.replace(day=1), months, "month")
        found = make_day(first.year, first.month, number)
        if found is not None and found >= today:
            return Day(_trimmed(match), found, guessed_year=True)
    return None


def _all(text: str, today: date, day_first: bool | None) -> Iterator[Day]:
    for name, pattern in _FORMS:
        for match in pattern.finditer(text):
            found = _slashed(match, day_first) if name == "slashed" else _written(match, today)
            if found is not None:
                yield found
    if day_first is not None:
        for match in _SHORT.finditer(text):
            short = _short_slashed(match, today, day_first)
            if short is not None:
                yield short
    for pattern, read in (
        (_DAY_OF_MONTH, _day_of_month),
        (_OF_A_MONTH, _of_a_month),
        (_HOLIDAY, _holiday),
        (_RELATIVE, _relative),
        (_WEEKDAY_FORM, _weekday),
    ):
        for match in pattern.finditer(text):
            other = read(match, today)
            if other is not None:
                yield other
    yield from points(text, today)


_SINCE = re.compile(r"(?<![\w])(?:since|seit)\s+(?:the\s+|dem\s+)?$", re.IGNORECASE)
_NO_DAY_BEFORE = re.compile(
    r"(?<![\w])(?:version|v|kapitel|chapter|abschnitt|section|punkt|ziffer|absatz|release|update)\.?\s*$", re.IGNORECASE
)
_MEASURED = re.compile(
    r"\s?(?:inch(?:es)?|zoll|cups?|liter|litres?|pint|miles?|tsp|tbsp|of\s+an?)(?![\w])", re.IGNORECASE
)


def _meant(text: str, today: date, day: Day) -> Day | None:
    """A found day as its neighbours mean it: `seit` looks back, and a chapter or a size is no day."""
    before = text[max(0, day.span.start - 16) : day.span.start]
    if _NO_DAY_BEFORE.search(before) or (day.guessed_year and _MEASURED.match(text, day.span.end)):
        return None
    if day.guessed_year and day.day > today and _SINCE.search(before):
        return replace(day, day=shift(day.day, -1, "year"))
    return day


def find_days(text: str, today: date, *, day_first: bool | None = None) -> tuple[Day, ...]:
    """Every single day named in `text`, in order and without overlaps; the longest reading of a place wins.

    `day_first` says how the writer orders slash dates; `None` keeps both readings as ambiguous.
    """
    written = [_meant(text, today, day) for day in _all(text, today, day_first)]
    bases = [day for day in written if day is not None]
    found = [*bases, *steps(text, bases, today)]
    kept: list[Day] = []
    for day in sorted(found, key=lambda day: (day.span.start - day.span.end, day.span.start)):
        if all(day.span.end <= other.span.start or other.span.end <= day.span.start for other in kept):
            kept.append(day)
    return tuple(sorted(kept, key=lambda day: day.span.start))

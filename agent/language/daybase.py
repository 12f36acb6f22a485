"""What days are made of: a day in a text, the words for months, weekdays and ordinals, and steps in the calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from agent.language.calendars import MONTHS, WEEKDAYS
from agent.language.numerals import read_words
from negotiators.money import Period
from negotiators.text import Span


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day as written. `alternatives` holds the other readings; with any, the day is ambiguous.

    `guessed_year`: the text gave no year; `day` is the next such day from the reference day on, and
    `alternatives` is empty, because that is how people mean it.
    """

    span: Span
    day: date
    alternatives: tuple[date, ...] = ()
    guessed_year: bool = False


MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_LONG_WEEKDAYS = [name for name in WEEKDAYS if len(name) > 3] + ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAY = "|".join(sorted(_LONG_WEEKDAYS, key=len, reverse=True))
_ORDINALS = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
"""
ORDINALS_EN = {word: number for number, word in enumerate(_ORDINALS.split(), start=1)} | {"thirtieth": 30}
ORDINALS_EN |= {
    f"{ten}{gap}{one}": base + number
    for ten, base in (("twenty", 20), ("thirty", 30))
    for gap in ("-", " ")
    for one, number in tuple(ORDINALS_EN.items())[:9]
    if base + number <= 31
}
_ORDINAL_DE = {"erst": 1, "zweit": 2, "dritt": 3, "siebt": 7, "siebent": 7, "acht": 8}
DAY_WORD_DE = r"[a-zäöüß]{2,18}t(?:e[nrs]?)|[a-zäöüß]{4,18}st(?:e[nrs]?)"
DAY_WORD_EN = "|".join(re.escape(word) for word in sorted(ORDINALS_EN, key=len, reverse=True))


def german_ordinal(word: str) -> int | None:
    """The number of a German ordinal word (`zweiten`, `neunundzwanzigsten`), or `None`."""
    stem = re.sub(r"e[nrs]?$", "", word.lower())
    if stem in _ORDINAL_DE:
        return _ORDINAL_DE[stem]
    for ending in ("st", "t"):
        if stem.endswith(ending):
            value = read_words(stem.removesuffix(ending))
            if value is not None:
                return int(value)
    return None


def make_day(year: int, month: int, day: int) -> date | None:
    """The day, or `None` when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day(month: int, day: int, today: date) -> date | None:
    """The next such day on or after `today`; for 29 February the next leap year."""
    for year in range(today.year, today.year + 9):
        found = make_day(year, month, day)
        if found is not None and found >= today:
            return found
    return None


def shift(day: date, count: int, unit: str) -> date:
    """`day` moved by `count` days, weeks, months or years (unit words of either language)."""
    kind = unit.lower()[0]
    if kind in {"d", "t"}:
        return day + timedelta(days=count)
    if kind == "w":
        return day + timedelta(weeks=count)
    months = count * (12 if kind in {"y", "j"} else 1)
    if months >= 0:
        return Period(months=months).after(day)
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return make_day(year, month + 1, day.day) or date(year, month + 1, 28)


def small_count(text: str) -> int | None:
    """A small whole number in digits or words; articles count one."""
    lowered = text.lower()
    if lowered.isdigit():
        return int(lowered)
    if re.fullmatch(r"an?|eine?[mnr]?", lowered):
        return 1
    value = read_words(lowered)
    return int(value) if value is not None and value < Decimal(1000) else None

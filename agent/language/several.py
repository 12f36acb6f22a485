"""Reads one sentence that wants several things for one occasion: "moving on 12 December, contents insurance, and a hotel
in case the move slips, 1900 euros at most in total".

The sentence is cut between the categories it names; each piece is read as a need of its own. What is said of all of
them together is the cap. A piece that says "in case" is kept for when another need slips.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from agent.language.mentions import mentions_in
from agent.language.needs import categories_named, is_aside, parts_of, read_need
from agent.language.results import IssueWish, ReadNeed
from agent.language.segments import Segment
from negotiators.categories import Category
from negotiators.dialogue import IssueKind
from negotiators.money import Money
from negotiators.text import Span

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_CUT = re.compile(
    rf"[,;\n]|(?<!\d)\.(?=\s)|{_W}(?:and|und|plus|sowie|dazu|außerdem|zusätzlich|also|as well as|along with|with|mit){_X}",
    re.I,
)
_OR = re.compile(rf"{_W}(?:or|oder|instead of|statt|anstatt|beziehungsweise|bzw){_X}", re.I)
_TOGETHER = re.compile(
    rf"{_W}(?:(?:alles|everything|all)\s+)?(?:together|altogether|all in all|in total|overall|insgesamt|zusammen|in Summe|"
    rf"for everything|für alles){_X}",
    re.I,
)
_IN_CASE = re.compile(
    rf"{_W}(?:(?:just |only )?in case|if (?:the|my|our)|(?:nur )?falls(?!\s+(?:möglich|es geht|verfügbar))|"
    rf"für den Fall|im Fall|sollten? (?:der|die|das)|wenn (?:der|die|das|mein\w*)){_X}(?:,?\s+dass{_X})?[^,;.\n]*",
    re.I,
)
_AS_RESERVE = re.compile(
    rf",?\s*{_W}(?:as an? (?:fallback|backup|reserve)|als (?:Ersatz|Reserve|Notlösung|Ausweich\w*|Rückfall\w*|"
    rf"Notfall\w*)){_X},?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class ReadPart:
    """One need of several. `only_if_slips` names the category it stands in for."""

    need: ReadNeed
    text: str
    only_if_slips: str | None = None


@dataclass(frozen=True, slots=True)
class ReadSeveral:
    """What is wanted together; `cap` bounds the sum."""

    parts: tuple[ReadPart, ...]
    cap: Money | None = None
    not_understood: tuple[Span, ...] = ()


def read_several(text: str, categories: Mapping[str, Category], *, today: date) -> ReadSeveral | None:
    """The needs of a sentence that wants two or more categories; `None` for any other, and where it says "or"."""
    text = text[:4000]
    starts = _starts(text, categories)
    if len(starts) < 2 or any(_OR.search(text[one[1][1] : two[1][0]]) for one, two in pairwise(starts)):
        return None
    text, cap = _without_cap(text, starts[0][1][0], today)
    cuts = [0, *(_cut(text, one[1][1], two[1][0]) for one, two in pairwise(starts)), len(text)]
    read = [
        _part(Segment(begin, end, text[begin:end]), name, categories, today, first=not number)
        for number, ((name, _), begin, end) in enumerate(zip(starts, cuts, cuts[1:], strict=False))
    ]
    main = next(part for part in read if part.only_if_slips is None)
    parts = tuple(_at_the_same_time(_stands_in(part, read, main), main) for part in read)
    return ReadSeveral(parts, cap, tuple(span for part in parts for span in part.need.not_understood))


def _starts(text: str, categories: Mapping[str, Category]) -> list[tuple[str, tuple[int, int]]]:
    """Where each wanted category is named first."""
    found = {
        name: next((place for place in places if not is_aside(text, place)), None)
        for name, places in categories_named(text, categories).items()
    }
    return sorted(((name, place) for name, place in found.items() if place is not None), key=lambda one: one[1])


def _cut(text: str, begin: int, end: int) -> int:
    """Where the second of two needs begins: at the last separator before its name, else at the word before it."""
    between = text[begin:end]
    if (reserve := _AS_RESERVE.search(between)) is not None:
        return begin + reserve.start()
    found = [
        match for match in _CUT.finditer(between) if re.search(r"\w", between[: match.start()]) or match.start() < 3
    ]
    return begin + found[-1].start() if found else end


def _without_cap(text: str, begin: int, today: date) -> tuple[str, Money | None]:
    """The sentence without the part that bounds everything together, with as many characters."""
    for part in parts_of(text):
        found = _TOGETHER.search(part.text)
        if found is None:
            continue
        amounts = [
            mention
            for mention in mentions_in(
                part, today=today, default_currency="EUR", units=set(), unit_name="", day_first=None
            )
            if mention.kind is IssueKind.MONEY and not mention.per and isinstance(mention.value, Money)
        ]
        if len(amounts) == 1 and isinstance(amounts[0].value, Money):
            start = part.start + min(found.start(), amounts[0].start) if part.start > begin else part.start
            return text[:start] + " " * (part.end - start) + text[part.end :], amounts[0].value
    return text, None


def _part(piece: Segment, name: str, categories: Mapping[str, Category], today: date, *, first: bool) -> ReadPart:
    """One need. Why it is wanted only in case is no wish."""
    case = None if first else _IN_CASE.search(piece.text) or _AS_RESERVE.search(piece.text)
    words = piece.text
    slips = None
    if case is not None:
        words = words[: case.start()] + " " * len(case[0]) + words[case.end() :]
        slips = next((other for other in categories_named(case[0], categories) if other != name), "")
    need = read_need(words, {name: categories[name]}, today=today)
    moved = tuple(replace(s, start=s.start + piece.start, end=s.end + piece.start) for s in need.not_understood)
    return ReadPart(replace(need, not_understood=moved), " ".join(piece.text.strip(" ,;.\n").split()), slips)


def _stands_in(part: ReadPart, read: list[ReadPart], main: ReadPart) -> ReadPart:
    """A need kept in case names the one it stands in for; where it says none of these, it is the first."""
    if part.only_if_slips is None:
        return part
    others = {other.need.category.id for other in read if other.need.category is not None and other is not part}
    assert main.need.category is not None
    return replace(part, only_if_slips=part.only_if_slips if part.only_if_slips in others else main.need.category.id)


def _at_the_same_time(part: ReadPart, main: ReadPart) -> ReadPart:
    """What stands in for something is wanted on its day, unless it names one."""
    if part.only_if_slips is None or part.need.category is None or main.need.category is None:
        return part
    day = next((_day(wish) for wish in main.need.wishes if _day(wish) is not None), None)
    dates = [issue.name for issue in part.need.category.issues if issue.kind is IssueKind.DATE]
    if day is None or not dates or any(part.need.wish(name) is not None for name in dates):
        return part
    wish = IssueWish(dates[0], want=day, hard=True)
    return replace(part, need=replace(part.need, wishes=(*part.need.wishes, wish)))


def _day(wish: IssueWish) -> date | None:
    return wish.want if isinstance(wish.want, date) else None

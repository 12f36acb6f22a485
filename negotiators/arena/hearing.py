"""What a company without the extension understands of a buyer's sentences. Simple on purpose: it is their reader,
not ours, and shares no code with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermValue
from negotiators.money import Money, Period

_AMOUNT = re.compile(
    r"(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d{1,4}))?\s*(?:EUR|Euro|€)|€\s*(\d+)(?:[.,](\d{1,4}))?", re.I
)
_YES = re.compile(
    r"\b(i accept|we accept|agreed|annehmen|nehmen? .{0,60}\ban\b|einverstanden|zusagen?"
    r"|put exactly these terms forward|diese bedingungen .{0,20}vorlegen)\b",
    re.I,
)
_BINDING = re.compile(
    r"\b(verbindlich an|nehmen? .{0,60}\bverbindlich\b|bindingly|hereby accept|with binding effect)\b", re.I
)
_NO = re.compile(
    r"\b(goodbye|end the talk|not continue|no longer interested|kein interesse|nicht weiter|beenden|absagen"
    r"|auf wiedersehen)\b",
    re.I,
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mar mär", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"), 1
    )
    for name in names.split()
}
_ISO_DAY = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DOT_DAY = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_WORD_DAY = re.compile(r"\b(\d{1,2})\.? ([A-Za-zä]{3,9}) (\d{4})\b")
_SPAN = re.compile(r"(\d{1,4})\s*(mon|tag|day|jahr|year)", re.I)


def reads_yes(text: str) -> bool:
    return _YES.search(text) is not None


def reads_commitment(text: str) -> bool:
    """A yes that binds; "unverbindlich" is none."""
    return _BINDING.search(text) is not None


def reads_goodbye(text: str) -> bool:
    return _NO.search(text) is not None


def read_terms(text: str, category: Category, language: str) -> dict[str, TermValue]:
    """The values a buyer names: `label: value` for each issue, a price and a day also anywhere."""
    found: dict[str, TermValue] = {}
    for issue in category.issues:
        for label in dict.fromkeys((issue.labels[language], *issue.labels.values())):
            segment = re.search(rf"{re.escape(label)}\s*:\s*([^\n;]+)", text, re.I)
            value = _value(issue, segment[1], category.currency) if segment else None
            if value is not None:
                found[issue.name] = value
                break
    headline = category.headline().name
    amount = _AMOUNT.search(text)
    if headline not in found and amount is not None:
        found[headline] = _money(amount, category.currency)
    for issue in category.issues:
        day = next(_days(text), None) if issue.kind is IssueKind.DATE and issue.name not in found else None
        if day is not None:
            found[issue.name] = day
    return found


def _money(amount: re.Match[str], currency: str) -> Money:
    whole = re.sub(r"[.,]", "", amount[1] or amount[3])
    return Money(Decimal(f"{whole}.{amount[2] or amount[4] or '0'}"), currency)


def _value(issue: Issue, segment: str, currency: str) -> TermValue | None:
    match issue.kind:
        case IssueKind.MONEY:
            amount = _AMOUNT.search(segment)
            return _money(amount, currency) if amount else None
        case IssueKind.NUMBER:
            digits = re.search(r"\d+", segment)
            return Decimal(digits[0]) if digits else None
        case IssueKind.DURATION:
            return _period(segment)
        case IssueKind.FLAG:
            return re.search(r"\b(ja|yes|true|inklusive|included)\b", segment, re.I) is not None
        case IssueKind.DATE:
            return next(_days(segment), None)
        case IssueKind.CHOICE:
            labels = issue.choice_labels or {}
            words = ((choice, word) for choice in issue.choices for word in (choice, *labels.get(choice, {}).values()))
            said = segment.strip().lower()
            return next((choice for choice, word in words if said.startswith(word.lower())), None)


def _period(segment: str) -> Period | None:
    if re.match(r"\s*(keine?|none|no)\b", segment, re.I):
        return Period()
    found = _SPAN.search(segment)
    if found is None:
        return None
    count, unit = int(found[1]), found[2].lower()
    if unit in {"tag", "day"}:
        return Period(days=count)
    return Period(months=count * (12 if unit in {"jahr", "year"} else 1))


def _days(text: str) -> Iterator[date]:
    for found in _ISO_DAY.finditer(text):
        yield from _day(int(found[1]), int(found[2]), int(found[3]))
    for found in _DOT_DAY.finditer(text):
        yield from _day(int(found[3]), int(found[2]), int(found[1]))
    for found in _WORD_DAY.finditer(text):
        yield from _day(int(found[3]), _MONTHS.get(found[2][:3].lower(), 0), int(found[1]))


def _day(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return

"""Lines of the form `label: value`, as offers in lists and our own messages have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from agent.language.amounts import find_amounts
from agent.language.dates import find_days
from agent.language.durations import find_durations
from agent.language.mentions import quantities
from agent.language.numerals import DIGITS, read_digits
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermValue
from negotiators.money import Money, Period
from negotiators.text import Span

Add = Callable[[str, TermValue, Span], None]

YES = frozenset(
    {
        "yes",
        "included",
        "ja",
        "inklusive",
        "enthalten",
        "inbegriffen",
        "inkl.",
        "inkl",
        "incl.",
        "✓",
        "✔",
        "available",
        "vorhanden",
        "free of charge",
        "kostenlos",
    }
)
NO = frozenset(
    {
        "no",
        "not included",
        "nein",
        "nicht enthalten",
        "nicht inbegriffen",
        "none",
        "✗",
        "✘",
        "kein",
        "keine",
        "keiner",
        "keines",
        "nicht vorhanden",
        "not available",
    }
)
NOTHING = frozenset(
    {"none", "no", "0", "keine", "kein", "keiner", "entfällt", "waived", "ohne", "-", "nein", "nothing"}
)
_LINE = re.compile(
    r"^[ \t]*(?:[-*•·–|][ \t]*)?(?P<label>[^\n:=|]{1,60}?)[ \t]*[:=|][ \t]*(?P<value>[^\n|;]{1,80}?)[ \t]*[|"
    r";.]?[ \t]*$",
    re.MULTILINE,
)


def labels_of(issue: Issue) -> set[str]:
    """How an issue is named at the head of a line: its labels and words, both languages, folded."""
    words = [word for words in (issue.words or {}).values() for word in words]
    return {name.casefold() for name in (*issue.labels.values(), *words, issue.name, issue.name.replace("_", " "))}


def _money(value: str, issue: Issue, category: Category, default: str) -> Money | None:
    found = find_amounts(value, default)
    if len(found) == 1:
        money = found[0].money()
        rest = (value[: found[0].span.start] + value[found[0].span.end :]).strip(" .*")
        allowed = re.fullmatch(
            r"(?:(?:/|per|pro|a|im|je|die)\s*(?:month|Monat|night|Nacht|kWh|year|Jahr)|monatlich|monthly|mtl\.?|"
            r"once|einmalig|one-off)?",
            rest,
            re.IGNORECASE,
        )
        return money if allowed else None
    if value.casefold() in NOTHING and issue.role in {"fee", "bonus"}:
        return Money.zero(default)
    if re.fullmatch(rf"(?:{DIGITS})", value):
        number = read_digits(value)
        return None if number is None else Money(number, default)
    return None


def _duration(value: str, issue: Issue) -> Period | None:
    if value.casefold() in NOTHING or value.casefold() in {"any time", "jederzeit"}:
        return Period()
    if value.casefold() in {"monthly", "monatlich", "monatlich kündbar"} and issue.role == "term":
        return Period(months=1)
    found = find_durations(value)
    if len(found) != 1:
        return None
    rest = value[: found[0].span.start] + value[found[0].span.end :]
    return found[0].period() if re.fullmatch(
        r"\s*(?:before\s*(?:arrival|the day)?|vor\s*(?:Anreise|dem Termin)?|vorher|zum (?:Monatsende|Laufzeitende)|"
        r"to the end of (?:the )?(?:month|term)|(?:minimum|Mindestlaufzeit))?[\s.]*", rest,
        re.IGNORECASE) else None  # fmt: skip


def _number(value: str, issue: Issue) -> Decimal | None:
    found = quantities(value, issue.unit) if issue.unit else []
    if len(found) == 1 and found[0][1] - found[0][0] == len(value.strip(" .")):
        return found[0][2]
    return read_digits(value) if re.fullmatch(rf"(?:{DIGITS})", value) else None


def choice_named(issue: Issue, value: str) -> str | None:
    """The choice whose id or label is exactly `value`."""
    folded = value.casefold().strip(" .")
    for choice in issue.choices:
        names = {
            choice.casefold(),
            *(name.casefold() for name in ((issue.choice_labels or {}).get(choice) or {}).values()),
        }
        if folded in names:
            return choice
    return None


def _day(value: str) -> date | None:
    found = find_days(value, date(1970, 1, 1))
    if len(found) == 1 and not found[0].alternatives and not found[0].guessed_year:
        return found[0].day if found[0].span.quote.strip() == value.strip(" .") else None
    return None


def read_value(issue: Issue, value: str, category: Category, default: str) -> TermValue | None:
    """A value that stands alone behind its issue's label, or `None` when it is not exactly one."""
    value = value.strip()
    match issue.kind:
        case IssueKind.MONEY:
            return _money(value, issue, category, default)
        case IssueKind.DURATION:
            return _duration(value, issue)
        case IssueKind.NUMBER:
            return _number(value, issue)
        case IssueKind.CHOICE:
            return choice_named(issue, value)
        case IssueKind.DATE:
            return _day(value)
        case IssueKind.FLAG:
            folded = value.casefold()
            return True if folded in YES else False if folded in NO else None


def read_keyed_lines(text: str, category: Category, default: str, add: Add) -> str:
    """Adds the value of every `label: value` line and returns `text` with those lines blanked."""
    names: dict[str, Issue] = {}
    for issue in category.issues:
        for name in labels_of(issue):
            names.setdefault(name, issue)
    masked = text
    for match in _LINE.finditer(text):
        found = names.get(match["label"].strip().casefold())
        value = read_value(found, match["value"], category, default) if found is not None else None
        if found is None or value is None:
            continue
        start, end = match.span("value")
        add(found.name, value, Span(start, end, match["value"]))
        masked = masked[: match.start()] + re.sub(r"[^\n]", " ", match.group()) + masked[match.end() :]
    return masked

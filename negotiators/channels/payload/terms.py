"""Reading a `terms` map over a category's issues, and what in it is an amount nobody can place. Pure, closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from negotiators.categories import Category, Issue
from negotiators.channels.payload.fields import Problems, exact_integer, safe_name
from negotiators.dialogue import Evidence, IssueKind, Standing, TermError, TermValue
from negotiators.money import Money

MAX_TERMS = 64

_CURRENCY = re.compile(r"[A-Z]{3}")
_ZERO = re.compile(r"0+(?:\.0+)?")


def read_terms(
    value: object, category: Category, problems: Problems
) -> tuple[dict[str, TermValue], dict[str, Evidence]]:
    """Read a `terms` map over the category's issues; what cannot be read is a problem and left out."""
    values: dict[str, TermValue] = {}
    evidence: dict[str, Evidence] = {}
    if not isinstance(value, Mapping):
        problems.add("bad_terms")
        return values, evidence
    for name, entry in list(value.items())[:MAX_TERMS]:
        issue = category.issue(str(name))
        if issue is None:
            problems.add("unknown_issue", name)
            continue
        term = _read_term(entry, issue, problems)
        if term is not None:
            values[issue.name] = term
            evidence[issue.name] = Evidence(issue.name, Standing.TYPED, f"terms.{issue.name}", reader="bargaining/v1")
    if len(value) > MAX_TERMS:
        problems.add("too_many_terms")
    return values, evidence


def unread_amounts(terms: object, category: Category, values: Mapping[str, TermValue]) -> tuple[str, ...]:
    """Names of amounts in a `terms` map that are not among the values read from it; nothing but a plain zero is
    harmless. A fee under a name nobody knows is still a fee, and so is one behind more terms than are read."""
    entries = list(terms.items())[:MAX_TERMS] if isinstance(terms, Mapping) else []
    found = ["?"] if isinstance(terms, Mapping) and len(terms) > MAX_TERMS else []
    for name, entry in entries:
        issue = category.issue(str(name))
        is_amount = _is_amount(entry) if issue is None else issue.kind is IssueKind.MONEY
        if is_amount and (issue is None or issue.name not in values) and not _is_zero(entry):
            found.append(safe_name(name) or "?")
    return tuple(found)


def _is_amount(entry: object) -> bool:
    """Whether a term of unknown name looks like money: said so, or with a currency for a unit."""
    if not isinstance(entry, Mapping):
        return False
    unit = entry.get("unit")
    return entry.get("type") == "money" or (isinstance(unit, str) and _CURRENCY.fullmatch(unit) is not None)


def _is_zero(entry: object) -> bool:
    value = entry.get("value") if isinstance(entry, Mapping) else None
    return isinstance(value, str) and _ZERO.fullmatch(value) is not None


def _read_term(entry: object, issue: Issue, problems: Problems) -> TermValue | None:
    if not isinstance(entry, Mapping):
        problems.add("bad_term", issue.name)
        return None
    stated, unit, value = entry.get("type"), entry.get("unit"), entry.get("value")
    if stated is not None and stated != issue.kind.value:
        problems.add("wrong_type", issue.name)
        return None
    if not _unit_fits(unit, issue, problems):
        return None
    text = _value_text(value, issue, problems)
    if text is None:
        return None
    try:
        term = issue.parse(text, str(unit) if issue.kind is IssueKind.MONEY else None)
    except TermError:
        problems.add("bad_term", issue.name)
        return None
    amount = term.amount if isinstance(term, Money) else term
    if isinstance(amount, Decimal) and amount < 0:
        problems.add("negative", issue.name)
        return None
    return term


def _unit_fits(unit: object, issue: Issue, problems: Problems) -> bool:
    """Money needs its currency; a number's unit may be left out but not differ from the issue's."""
    if issue.kind is IssueKind.MONEY:
        if not isinstance(unit, str) or not unit:
            problems.add("missing_currency", issue.name)
            return False
        return True
    if unit in (None, "", issue.unit):
        return True
    problems.add("wrong_unit", issue.name)
    return False


def _value_text(value: object, issue: Issue, problems: Problems) -> str | None:
    """The value as the string it should have been: a boolean for a flag and an exact whole number for a
    number are allowed, every other JSON number is refused."""
    if isinstance(value, str) and 0 < len(value) <= 64 and (issue.kind is IssueKind.CHOICE or " " not in value):
        return value
    if isinstance(value, bool) and issue.kind is IssueKind.FLAG:
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        whole = exact_integer(value)
        if issue.kind is IssueKind.NUMBER and whole is not None:
            return str(whole)
        problems.add("number_not_string", issue.name)
        return None
    problems.add("bad_term", issue.name)
    return None

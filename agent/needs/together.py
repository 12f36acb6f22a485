"""What two terms are worth together beyond what each is worth alone: a long term *with* a high price.

[[issues.term.with]]
min = "P12M"                            # of this issue; min, max or want
price_monthly = { min = "15.00" }       # of one other issue, in the same way
worth = "-0.15"                         # added where both hold; a whole deal is worth at most 1
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agent.kernel.errors import NeedInvalid
from negotiators.categories import Category, Issue
from negotiators.dialogue import Terms, TermValue, parse_term, term_text
from negotiators.money import Money, Period

Parse = Callable[[Issue, Any], TermValue]
"""Reads one value of a need file; raises `NeedInvalid`."""

_BOUNDS = ("min", "max", "want")


@dataclass(frozen=True, slots=True)
class Span:
    """Values of one issue: between bounds, or one of them."""

    issue: str
    minimum: TermValue | None = None
    maximum: TermValue | None = None
    want: TermValue | None = None

    def holds(self, value: TermValue | None) -> bool:
        """Whether a value lies in it; an unknown one, or one of another currency, does not."""
        if value is None or any(_other_money(bound, value) for bound in (self.minimum, self.maximum)):
            return False
        if self.want is not None and value != self.want:
            return False
        if self.minimum is not None and order(value) < order(self.minimum):
            return False
        return self.maximum is None or order(value) <= order(self.maximum)

    def texts(self) -> dict[str, str]:
        found = zip(_BOUNDS, (self.minimum, self.maximum, self.want), strict=True)
        return {key: term_text(value) for key, value in found if value is not None}


@dataclass(frozen=True, slots=True)
class Pair:
    """`worth` is added to a deal's worth (0..1) where a value lies in each span."""

    first: Span
    second: Span
    worth: Decimal

    def holds(self, values: Callable[[str], TermValue | None]) -> bool:
        return self.first.holds(values(self.first.issue)) and self.second.holds(values(self.second.issue))


def order(value: TermValue) -> Any:
    """A sort key for values of one issue."""
    if isinstance(value, Period):
        return value.approximate_days()
    return value.amount if isinstance(value, Money) else value


def _other_money(bound: TermValue | None, value: TermValue) -> bool:
    return isinstance(bound, Money) and isinstance(value, Money) and bound.currency != value.currency


def pairs_from_tables(given: Any, issue: Issue, category: Category, parse: Parse, where: str) -> tuple[Pair, ...]:
    """The `[[issues.NAME.with]]` tables of one issue. Raises `NeedInvalid`."""
    if not isinstance(given, list) or not all(isinstance(table, dict) for table in given):
        raise NeedInvalid("bad_value", where=where, key=f"{issue.name}.with", value=str(given)[:40], why="tables")
    return tuple(_pair(table, issue, category, parse, where) for table in given)


def _pair(table: Mapping[str, Any], issue: Issue, category: Category, parse: Parse, where: str) -> Pair:
    key = f"{issue.name}.with"
    others = [name for name in table if name not in {*_BOUNDS, "worth"}]
    other = category.issue(others[0]) if len(others) == 1 else None
    if other is None or other.name == issue.name or not isinstance(table[others[0]], dict):
        why = "one other issue of this category with min, max or want"
        raise NeedInvalid("bad_value", where=where, key=key, value=", ".join(others)[:40], why=why)
    try:
        worth = Decimal(str(table.get("worth")))
    except ArithmeticError:
        worth = Decimal("NaN")
    if not (worth.is_finite() and worth and -1 <= worth <= 1):
        raise NeedInvalid(
            "bad_value", where=where, key=f"{key}.worth", value=str(table.get("worth")), why="-1 to 1, not 0"
        )
    return Pair(_span(table, issue, parse, where), _span(table[other.name], other, parse, where), worth)


def _span(table: Mapping[str, Any], issue: Issue, parse: Parse, where: str) -> Span:
    low, high, want = (parse(issue, table[key]) if key in table else None for key in _BOUNDS)
    if low is None and high is None and want is None:
        raise NeedInvalid("bad_value", where=where, key=f"with.{issue.name}", value="", why="min, max or want")
    return Span(issue.name, low, high, want)


def pairs_text(pairs: tuple[Pair, ...]) -> str:
    """Pairs as canonical text, for the ledger; `pairs_from_text` is the inverse."""
    return json.dumps(
        [[p.first.texts(), p.second.issue, p.second.texts(), str(p.worth)] for p in pairs], sort_keys=True
    )


def pairs_from_text(text: str, issue: Issue, category: Category, currency: str) -> tuple[Pair, ...]:
    found = []
    for own, name, theirs, worth in json.loads(text):
        other = category.issue(name)
        if other is not None:
            first, second = (
                Span(one.name, *(parse_term(one.kind, texts[key], currency=currency) if key in texts else None
                                 for key in _BOUNDS))
                for one, texts in ((issue, own), (other, theirs))
            )  # fmt: skip
            found.append(Pair(first, second, Decimal(worth)))
    return tuple(found)


def holding(pairs: tuple[Pair, ...], category: Category, terms: Terms) -> tuple[Pair, ...]:
    """The pairs that these terms bring together; an issue they do not mention has its `missing` value."""

    def value_of(name: str) -> TermValue | None:
        issue = category.issue(name)
        return terms.get(name, issue.missing if issue is not None else None)

    return tuple(pair for pair in pairs if pair.holds(value_of))

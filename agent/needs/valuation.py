"""What terms are worth to the person: utility in 0..1 over a category's issues, and what no deal may break.

The scale of every issue is public (the category's range) or the person's target (`want`), never the limit, so
that moves chosen from it tell nothing of the limit until it binds. Limits appear only as violations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from agent.needs.need import Need, Wish
from agent.needs.together import Pair, holding
from negotiators.categories import Category, Cost, Issue, cost_of, term_months
from negotiators.dialogue import IssueKind, Terms, TermValue
from negotiators.money import Money, Period

if TYPE_CHECKING:
    from datetime import datetime

MINIMUM_WORTH = 0.6
"""Worth of just meeting a stated minimum of an issue where more is better; the public top is worth 1."""

DATE_SPAN_DAYS = 14
"""A date this far from the wanted day is worth nothing."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a deal may not be made, or only with a second yes. `code` and `params` go to people."""

    code: str
    params: Mapping[str, str]


def number_of(value: TermValue) -> float:
    """A term value on a line, for worths only (months as days, money as its amount, dates as day numbers)."""
    match value:
        case bool():
            return float(value)
        case Money():
            return float(value.amount)
        case Decimal():
            return float(value)
        case Period():
            return float(value.approximate_days())
        case date():
            return float(value.toordinal())
        case _:
            raise TypeError("a choice has no place on a line")


def _clip(worth: float) -> float:
    return min(1.0, max(0.0, worth))


def _worth_on_line(issue: Issue, wish: Wish | None, value: TermValue) -> float:
    x = number_of(value)
    want = number_of(wish.want) if wish and wish.want is not None else None
    if issue.better == "lower":
        low = want if want is not None else number_of(issue.low) if issue.low is not None else 0.0
        high = number_of(issue.high) if issue.high is not None else max(2 * low, low + 1)
        return _clip((high - x) / (high - low)) if high > low else float(x <= low)
    low = number_of(issue.low) if issue.low is not None else 0.0
    high = want if want is not None else number_of(issue.high) if issue.high is not None else max(2 * low, 1)
    floor = number_of(wish.minimum) if wish and wish.minimum is not None else None
    if floor is None:
        return _clip((x - low) / (high - low)) if high > low else float(x >= high)
    if x < floor:
        return 0.0
    return _clip(MINIMUM_WORTH + (1 - MINIMUM_WORTH) * (x - floor) / (high - floor)) if high > floor else 1.0


def _worth_of_date(wish: Wish | None, value: date) -> float:
    if wish is None or (wish.want is None and wish.minimum is None and wish.maximum is None):
        return 1.0
    if isinstance(wish.want, date):
        return _clip(1 - abs((value - wish.want).days) / DATE_SPAN_DAYS)
    return 1.0 if not _outside(wish, value) else 0.0


def _worth_of_choice(issue: Issue, wish: Wish | None, value: str) -> float:
    if wish is not None and wish.want is not None:
        if issue.better != "order" or wish.want not in issue.choices:
            return float(value == wish.want)
        enough, rank = issue.choices.index(str(wish.want)), issue.choices.index(value)
        return 1.0 if rank >= enough else rank / max(1, enough)
    if issue.better != "order" or len(issue.choices) < 2:
        return 0.5
    return issue.choices.index(value) / (len(issue.choices) - 1)


def worth(issue: Issue, wish: Wish | None, value: TermValue) -> float:
    """How good one value of one issue is, 0 worst to 1 best."""
    match issue.kind:
        case IssueKind.FLAG:
            wanted = wish.want if wish and isinstance(wish.want, bool) else issue.better != "no"
            return float(value is wanted)
        case IssueKind.CHOICE:
            return _worth_of_choice(issue, wish, str(value)) if value in issue.choices else 0.0
        case IssueKind.DATE:
            assert isinstance(value, date)
            return _worth_of_date(wish, value)
        case _:
            return _worth_on_line(issue, wish, value)


def _outside(wish: Wish, value: TermValue) -> bool:
    """Whether a value breaks the wish's bounds. Another currency counts as outside."""
    for bound, sign in ((wish.minimum, 1), (wish.maximum, -1)):
        if bound is None:
            continue
        if isinstance(bound, Money) and isinstance(value, Money) and bound.currency != value.currency:
            return True
        if sign * (number_of(value) - number_of(bound)) < 0:
            return True
    return False


def breaks(issue: Issue, wish: Wish | None, value: TermValue) -> bool:
    """Whether a value breaks a hard wish."""
    if wish is None or not wish.hard:
        return False
    if issue.kind in (IssueKind.FLAG, IssueKind.CHOICE):
        if wish.want is None:
            return False
        if issue.kind is IssueKind.CHOICE and issue.better == "order" and value in issue.choices:
            return issue.choices.index(str(value)) < issue.choices.index(str(wish.want))
        return value != wish.want
    if issue.kind is IssueKind.DATE and wish.want is not None and wish.minimum is None and wish.maximum is None:
        return value != wish.want
    return _outside(wish, value)


def weight_of(issue: Issue, wish: Wish | None) -> float:
    return float(wish.weight if wish and wish.weight is not None else issue.weight)


@dataclass(frozen=True, slots=True)
class Valuation:
    """A need's view of terms in its category. Pure."""

    category: Category
    need: Need

    def cost(self, terms: Terms) -> Cost:
        return cost_of(self.category, terms, self.need.units)

    def utility(self, terms: Terms) -> float:
        """Additive utility in 0..1 over all issues; an issue the terms do not mention counts as its `missing`
        value, or as worst. Terms that break a hard wish are worth 0."""
        total = gained = 0.0
        for issue in self.category.issues:
            wish = self.need.wish(issue.name)
            weight = weight_of(issue, wish)
            if weight <= 0 or (issue.kind is IssueKind.DATE and wish is None):
                continue
            value = terms.get(issue.name, issue.missing)
            total += weight
            if value is None:
                continue
            if breaks(issue, wish, value):
                return 0.0
            gained += weight * worth(issue, wish, value)
        alone = gained / total if total else 0.0
        return _clip(alone + self.together(terms)) if self.need.pairs else alone

    def together(self, terms: Terms) -> float:
        """What these terms are worth together beyond what each is worth alone."""
        return float(sum(pair.worth for pair in self.pairs(terms)))

    def pairs(self, terms: Terms) -> tuple[Pair, ...]:
        """The pair terms of the need that hold for these terms."""
        return holding(self.need.pairs, self.category, terms)

    def unmet(self, terms: Terms) -> tuple[Violation, ...]:
        """Hard wishes that these terms break, or leave open while they ask for something."""
        found = []
        for wish in self.need.wishes:
            issue = self.category.issue(wish.issue)
            if issue is None or not wish.hard:
                continue
            value = terms.get(issue.name, issue.missing)
            if value is None:
                if issue.better in {"lower", "no"} and issue.role != "price":
                    continue
                found.append(Violation("hard_missing", {"issue": issue.name}))
            elif breaks(issue, wish, value):
                found.append(Violation("hard_constraint", {"issue": issue.name}))
        return tuple(found)

    def violations(self, terms: Terms, provider: str, now: datetime) -> tuple[Violation, ...]:
        """Everything that puts these terms outside the mandate or a hard wish; empty means inside.

        A missing amount, a second currency or a missing mandatory term is outside.
        """
        mandate, found = self.need.mandate, list(self.unmet(terms))
        cost = self.cost(terms)
        if cost.missing:
            found.append(Violation("incomplete", {"missing": ", ".join(cost.missing)}))
        if cost.total is None and not cost.missing:
            found.append(Violation("no_amount", {}))
        for name, value in terms.items():
            if isinstance(value, Money) and value.currency != mandate.currency:
                found.append(Violation("other_currency", {"issue": name, "currency": value.currency}))
        if mandate.max_total is not None and cost.total is not None:
            same = cost.total.currency == mandate.max_total.currency
            if same and cost.total > mandate.max_total:
                found.append(Violation("above_limit", {"total": str(cost.total), "limit": str(mandate.max_total)}))
        months = term_months(self.category, terms)
        if mandate.max_term_months is not None and self.category.by_role("term"):
            if months is None:
                found.append(Violation("no_term", {}))
            elif months > mandate.max_term_months:
                found.append(Violation("term_too_long", {"months": str(months), "limit": str(mandate.max_term_months)}))
        if mandate.providers and provider not in mandate.providers:
            found.append(Violation("other_provider", {"provider": provider}))
        if mandate.expires is not None and now >= mandate.expires:
            found.append(Violation("mandate_expired", {"expires": mandate.expires.isoformat()}))
        return tuple(found)

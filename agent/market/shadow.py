"""A company's quote beside the figure the person sees elsewhere, and what explains the difference. Pure.

Tried in this order, alone and in pairs: value-added tax left out or counted, another period, a bonus, fees, the price
after a promotion. Nothing is guessed: an explanation fits to the cent or is not given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from negotiators.categories import Category
from negotiators.dialogue import Terms
from negotiators.money import MINOR_DIGITS, Money

VAT = {"19": Decimal("1.19"), "7": Decimal("1.07"), "20": Decimal("1.20")}
PERIODS = {"month_as_year": Decimal(12), "year_as_month": Decimal(1) / 12, "two_years": Decimal(24)}


@dataclass(frozen=True, slots=True)
class Step:
    """One reason with the amount or factor behind it: `vat_added`, `vat_left_out`, `month_as_year`, `bonus`, ..."""

    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Explained:
    """`steps` lead from our quote to the person's figure; empty with `difference` 0 where both are equal, and with a
    difference that nothing known explains otherwise."""

    ours: Money
    theirs: Money
    difference: Money
    steps: tuple[Step, ...]


def explain(terms: Terms, category: Category, figure: Money) -> Explained | None:
    """`None` where the terms have no price in the figure's currency."""
    price = terms.get(category.headline().name)
    if not isinstance(price, Money) or price.currency != figure.currency:
        return None
    difference = figure - price
    if not difference.amount:
        return Explained(price, figure, difference, ())
    singles = list(_changes(terms, category))
    for change in singles:
        if _fits(change[1](price), figure):
            return Explained(price, figure, difference, (change[0],))
    for first in singles:
        for second in singles:
            if first[0].code.split("_")[0] != second[0].code.split("_")[0] and _fits(
                second[1](first[1](price)), figure
            ):
                return Explained(price, figure, difference, (first[0], second[0]))
    return Explained(price, figure, difference, ())


def _fits(ours: Money, figure: Money) -> bool:
    """Equal to the cent, whichever way the other side rounds half a cent."""
    return abs(ours.amount - figure.amount) * 2 <= Decimal(1).scaleb(-MINOR_DIGITS.get(figure.currency, 2))


class _Scaled:
    def __init__(self, factor: Decimal) -> None:
        self.factor = factor

    def __call__(self, price: Money) -> Money:
        return price * self.factor


class _Shifted:
    def __init__(self, by: Money) -> None:
        self.by = by

    def __call__(self, price: Money) -> Money:
        return price + self.by


def _changes(terms: Terms, category: Category) -> Iterator[tuple[Step, _Scaled | _Shifted]]:
    for rate, factor in VAT.items():
        yield Step("vat_added", rate), _Scaled(factor)
        yield Step("vat_left_out", rate), _Scaled(1 / factor)
    if category.recurring:
        for code, factor in PERIODS.items():
            yield Step(code, str(factor.normalize())[:6]), _Scaled(factor)
    headline = category.headline().name
    for issue in category.by_role("bonus", "fee", "after", "price"):
        value = terms.get(issue.name)
        if not isinstance(value, Money) or issue.name == headline or not value.amount:
            continue
        if issue.role == "after":
            price = terms[headline]
            assert isinstance(price, Money)
            if value.currency == price.currency:
                yield Step("later_price", str(value)), _Shifted(value - price)
            continue
        sign = -1 if issue.role == "bonus" else 1
        yield Step(f"{issue.role}_counted", str(value)), _Shifted(value * sign)
        if category.recurring:
            yield Step(f"{issue.role}_spread", str(value)), _Shifted(value * sign * (Decimal(1) / 12))

"""What a simulated company can sell, and the lowest price it takes for it. Pure and exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import product

from negotiators.categories import Category
from negotiators.dialogue import Terms, TermValue
from negotiators.money import Money, Period

WEEKEND = (4, 5)
"""Friday and Saturday, when a removal or a room costs more."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The hidden side of a company: open issues with their surcharges, fixed issues, the floor.

    `surcharges[issue][value]` is added to `floor` on the headline price; an issue in neither map is not sold.
    """

    category: Category
    floor: Decimal
    tick: Decimal
    margin: Decimal
    fixed: Mapping[str, TermValue]
    surcharges: Mapping[str, Mapping[TermValue, Decimal]]

    @property
    def headline(self) -> str:
        return self.category.headline().name

    @property
    def issues(self) -> frozenset[str]:
        """Every issue an offer of this company states."""
        return frozenset({self.headline, *self.fixed, *self.surcharges})

    def configure(self, wishes: Mapping[str, TermValue], current: Mapping[str, TermValue]) -> dict[str, TermValue]:
        """A configuration near `wishes`: the wished value where it is sold, the nearest one for ordered values,
        else what is on the table now."""
        chosen: dict[str, TermValue] = dict(self.fixed)
        for name, sold in self.surcharges.items():
            fallback = current.get(name, next(iter(sold)))
            wished = wishes.get(name)
            chosen[name] = fallback if wished is None else _nearest(wished, list(sold), fallback)
        return chosen

    def lowest(self, configuration: Mapping[str, TermValue]) -> Decimal:
        """The lowest headline price for a configuration, on the company's grid."""
        total = self.floor + sum(
            (sold[configuration[name]] for name, sold in self.surcharges.items()), start=Decimal(0)
        )
        return self.on_grid(max(total, self.tick))

    def listed(self, configuration: Mapping[str, TermValue]) -> Decimal:
        """The list price of a configuration."""
        return self.on_grid(self.lowest(configuration) * (1 + self.margin))

    def on_grid(self, price: Decimal) -> Decimal:
        return (price / self.tick).to_integral_value(ROUND_CEILING) * self.tick

    def terms(self, configuration: Mapping[str, TermValue], price: Decimal) -> Terms:
        return Terms.of({**configuration, self.headline: Money(price, self.category.currency)})

    def sells(self, terms: Mapping[str, TermValue]) -> bool:
        """Whether every value but the price is one this company sells, and each of its issues is stated."""
        if set(terms) != self.issues:
            return False
        open_ = all(terms[name] in sold for name, sold in self.surcharges.items())
        return open_ and all(terms[name] == value for name, value in self.fixed.items())

    def acceptable(self, terms: Mapping[str, TermValue]) -> bool:
        """The acceptance region: sold, in our currency, and at or above the lowest price."""
        price = terms.get(self.headline)
        if not isinstance(price, Money) or price.currency != self.category.currency or not self.sells(terms):
            return False
        return price.amount >= self.lowest(terms)

    def configurations(self) -> Iterator[dict[str, TermValue]]:
        """Every configuration this company sells: for brute force only."""
        names = list(self.surcharges)
        for values in product(*(self.surcharges[name] for name in names)):
            yield {**self.fixed, **dict(zip(names, values, strict=True))}


def _nearest(wished: TermValue, sold: list[TermValue], fallback: TermValue) -> TermValue:
    """The sold value nearest to `wished` on its scale; choices and flags have no scale."""
    if wished in sold:
        return wished
    scale = _scale(wished)
    if scale is None:
        return fallback
    placed = [(abs(where - scale), where, value) for value in sold if (where := _scale(value)) is not None]
    return min(placed, key=lambda entry: entry[:2])[2] if placed else fallback


def _scale(value: TermValue) -> Decimal | None:
    match value:
        case bool() | str():
            return None
        case Money():
            return value.amount
        case Period():
            return Decimal(value.approximate_days())
        case date():
            return Decimal(value.toordinal())
        case _:
            return value

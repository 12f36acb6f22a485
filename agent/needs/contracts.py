"""What the person pays today: the baseline of every saving.

A contract has price steps (from which month what price holds), fees, an end and a notice period. Its cost over
the next two years is computed month by month from a given day on, exactly; what is unknown stays `None`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from negotiators.categories import Category, Cost
from negotiators.dialogue import Terms
from negotiators.money import Money, Period


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From `since` on the headline price is `price` (per month, or per unit for per-unit categories)."""

    since: date
    price: Money


@dataclass(frozen=True, slots=True)
class Contract:
    """One running contract. `terms` are its other terms in the category's issues; `continues` is false for one
    that ends anyway (moving out) and so is no alternative to a new deal."""

    id: str
    category: str
    provider: str
    steps: tuple[PriceStep, ...]
    terms: Terms
    started: date | None = None
    ends: date | None = None
    notice: Period | None = None
    units: Decimal | None = None
    continues: bool = True

    def price_on(self, day: date) -> Money | None:
        """The headline price in force on a day."""
        valid = [step for step in self.steps if step.since <= day]
        return max(valid, key=lambda step: step.since).price if valid else None

    def notice_by(self) -> date | None:
        """The last day on which notice still ends it at `ends`."""
        if self.ends is None or self.notice is None:
            return None
        earlier = _months_before(self.ends, self.notice.months)
        return date.fromordinal(earlier.toordinal() - self.notice.days)


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = Period(months=1).after(date(year, month + 1, 1)).toordinal() - 1
    return date(year, month + 1, min(day.day, date.fromordinal(last).day))


def cost_today(contract: Contract, category: Category, today: date) -> Cost:
    """What going on as today costs in the first and second twelve months from `today`, all-in."""
    headline = category.headline()
    recurring = [
        (issue, contract.terms.get(issue.name))
        for issue in category.by_role("fee")
        if issue.per in ("month", "year") and isinstance(contract.terms.get(issue.name), Money)
    ]
    units = contract.units if contract.units is not None else category.default_units
    years: list[Money | None] = []
    for year in (0, 1):
        total: Money | None = None
        for month in range(12 * year, 12 * year + 12):
            day = Period(months=month).after(today)
            price = contract.price_on(day)
            if price is None:
                return Cost(None, years[0] if years else None, None, (headline.name,))
            share = {"unit": units / 12, "year": Decimal(1) / 12}.get(headline.per, Decimal(1))
            due = price * share
            for issue, fee in recurring:
                assert isinstance(fee, Money)
                due += fee * (Decimal(1) / 12 if issue.per == "year" else Decimal(1))
            total = due if total is None else total + due
        years.append(total.rounded() if total is not None else None)
    return Cost(years[0], years[0], years[1])

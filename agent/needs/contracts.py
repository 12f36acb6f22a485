"""What the person pays today: the baseline of every saving.

A contract's monthly price may step (a first-year price, a rise); what going on costs is summed month by month
from a given day, exactly. What is unknown stays `None`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from memory.store import Contract as Kept
from negotiators.categories import Category, Cost
from negotiators.dialogue import TermError, Terms, TermValue, parse_term
from negotiators.money import Money, Period


@dataclass(frozen=True, slots=True)
class Contract:
    """One running contract. `steps` are (month of the contract, all-in monthly amount), the first at month 0.

    `terms` are today's terms in the category's issues; `continues` is false for one that ends anyway and so is
    no alternative to a new deal.
    """

    id: str
    category: str
    provider: str
    label: str
    currency: str
    steps: tuple[tuple[int, Money], ...]
    terms: Terms
    start: date | None = None
    end: date | None = None
    notice: Period | None = None
    continues: bool = True
    units: Decimal | None = None
    """What a per-unit price is multiplied by in a year (the contract's `units` term)."""

    def monthly_on(self, day: date) -> Money:
        """The monthly amount in force on a day; before the start the first one."""
        month = 0
        if self.start is not None:
            month = (day.year - self.start.year) * 12 + day.month - self.start.month - (day.day < self.start.day)
        valid = [amount for since, amount in self.steps if since <= max(month, 0)]
        return valid[-1]

    def notice_by(self) -> date | None:
        """The last day on which notice still ends it at its end; `None` without an end or a notice period."""
        if self.end is None or self.notice is None:
            return None
        earlier = _months_before(self.end, self.notice.months)
        return date.fromordinal(earlier.toordinal() - self.notice.days)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    last = Period(months=1).after(first).toordinal() - first.toordinal()
    return first.replace(day=min(day.day, last))


def cost_today(contract: Contract, today: date) -> Cost:
    """What going on as today costs in the first and second twelve months from `today`, all-in."""
    years = []
    for year in (0, 1):
        due = Money.zero(contract.currency)
        for month in range(12 * year, 12 * year + 12):
            due += contract.monthly_on(Period(months=month).after(today))
        years.append(due.rounded())
    return Cost(years[0], years[0], years[1])


def read_contract(kept: Kept, categories: Mapping[str, Category], today: date) -> Contract:
    """A contract of memory in the categories' vocabulary. A term that is not of its issue's kind is left out."""
    category = categories.get(kept.category)
    terms: dict[str, TermValue] = {}
    units = next((Decimal(text) for name, text in kept.terms if name == "units"), None)
    for name, text in kept.terms:
        issue = category.issue(name) if category else None
        if issue is None:
            continue
        try:
            terms[name] = parse_term(issue.kind, text, currency=kept.currency)
        except TermError:
            continue
    contract = Contract(
        kept.id, kept.category, kept.provider, kept.label or kept.provider, kept.currency,
        tuple((step.from_month, Money(Decimal(step.monthly), kept.currency)) for step in kept.price_steps),
        Terms(), kept.start, kept.end, Period.parse(kept.notice) if kept.notice else None,
        continues=kept.end is None or kept.end > today,
    )  # fmt: skip
    headline = category.headline() if category else None
    if headline is not None and headline.per == "month" and headline.name not in terms:
        terms[headline.name] = contract.monthly_on(Period(months=12).after(today))
    return Contract(
        contract.id, contract.category, contract.provider, contract.label, contract.currency, contract.steps,
        Terms.of(terms), contract.start, contract.end, contract.notice, contract.continues, units,
    )  # fmt: skip

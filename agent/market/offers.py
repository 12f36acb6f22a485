"""Offers in one canonical form, and what keeps one from winning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.needs.need import Need
from agent.needs.valuation import Valuation, Violation
from negotiators.categories import Category, Cost
from negotiators.dialogue import Offer
from negotiators.money import Money


@dataclass(frozen=True, slots=True)
class Assessed:
    """An offer with its all-in cost, its worth on the full scale, and everything that speaks against it."""

    offer: Offer
    cost: Cost
    utility: float
    violations: tuple[Violation, ...]

    @property
    def standing(self) -> str:
        """`firm`: complete and typed. `claimed`: read from text. `incomplete`: a mandatory term is missing, or an
        amount stands in it that nobody can place."""
        if self.cost.missing or self.offer.unread:
            return "incomplete"
        return "firm" if self.offer.typed else "claimed"


def assess(offer: Offer, category: Category, need: Need, now: datetime) -> Assessed:
    """Judge one offer. Pure: the same offer, need and time give the same assessment."""
    valuation = Valuation(category, need)
    cost = valuation.cost(offer.terms)
    return Assessed(offer, cost, valuation.utility(offer.terms), valuation.violations(offer.terms, offer.provider, now))


@dataclass(frozen=True, slots=True)
class Savings:
    """Against the present contract, all-in; positive is saved, `None` is unknown."""

    year1: Money | None
    year2: Money | None


def saving(cost: Cost, today: Cost | None) -> Savings | None:
    """What a deal saves against today's contract. Currencies that differ make it unknown."""
    if today is None:
        return None

    def difference(old: Money | None, new: Money | None) -> Money | None:
        if old is None or new is None or old.currency != new.currency:
            return None
        return (old - new).rounded()

    return Savings(difference(today.year1, cost.year1), difference(today.year2, cost.year2))

"""One decision out of several needs: which held offers to combine under one cap.

Exact: every combination within the cap is compared (branch and bound over held offers sorted by worth), ties go to
the lower total and then to the provider id, so that order of arrival decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from negotiators.money import Money


@dataclass(frozen=True, slots=True)
class Candidate:
    """A held offer that could fill one leg. `firm` is false when it could not be signed as it stands."""

    need: str
    negotiation: str
    provider: str
    utility: float
    total: Money | None
    firm: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One candidate per leg that has any; `within_cap` is false when even the cheapest combination exceeds it."""

    candidates: tuple[Candidate, ...]
    total: Money
    within_cap: bool


def _key(candidate: Candidate) -> tuple[bool, float, Decimal, str]:
    amount = candidate.total.amount if candidate.total else Decimal("Infinity")
    return (not candidate.firm, -candidate.utility, amount, candidate.provider)


def choose(legs: Sequence[Sequence[Candidate]], cap: Money | None, currency: str) -> Choice | None:
    """The best combination; `None` when no leg has a candidate with a known total in the bundle's currency."""
    usable = [
        sorted((c for c in leg if c.total is not None and c.total.currency == currency), key=_key) for leg in legs
    ]
    filled = [leg for leg in usable if leg]
    if not filled:
        return None
    best = _search(filled, cap, currency)
    if best is not None:
        return Choice(best, _sum(best, currency), True)
    cheapest = tuple(min(leg, key=lambda c: (c.total.amount if c.total else 0, _key(c))) for leg in filled)
    return Choice(cheapest, _sum(cheapest, currency), cap is None)


def _sum(chosen: Sequence[Candidate], currency: str) -> Money:
    total = Money.zero(currency)
    for candidate in chosen:
        if candidate.total is not None:
            total += candidate.total
    return total


def _search(legs: Sequence[Sequence[Candidate]], cap: Money | None, currency: str) -> tuple[Candidate, ...] | None:
    """Depth first with an upper bound on worth and a lower bound on cost of the legs still open."""
    best: tuple[tuple[int, float, Decimal], tuple[str, ...], tuple[Candidate, ...]] | None = None
    top = [max(c.utility for c in leg) for leg in legs]
    low = [min(c.total.amount for c in leg if c.total) for leg in legs]
    limit = cap.amount if cap is not None else None

    def visit(at: int, chosen: tuple[Candidate, ...], worth: float, spent: Decimal, soft: int) -> None:
        nonlocal best
        if limit is not None and spent + sum(low[at:], Decimal(0)) > limit:
            return
        if best is not None and (soft, -(worth + sum(top[at:]))) > (best[0][0], best[0][1]):
            return
        if at == len(legs):
            entry = ((soft, -worth, spent), tuple(c.provider for c in chosen), chosen)
            if best is None or entry[:2] < best[:2]:
                best = entry
            return
        for candidate in legs[at]:
            assert candidate.total is not None
            firm = soft + (not candidate.firm)
            visit(at + 1, (*chosen, candidate), worth + candidate.utility, spent + candidate.total.amount, firm)

    visit(0, (), 0.0, Decimal(0), 0)
    return best[2] if best else None

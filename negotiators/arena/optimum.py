"""The best a buyer could have reached in each talk, by brute force.

It looks at the hidden side of a company and knows nothing of how anybody bargains: it must not import
`negotiators.bargaining`, or the yardstick would be made by the thing it measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from negotiators.arena.pricing import Catalogue
from negotiators.dialogue import Terms

Utility = Callable[[Terms], float | None]
"""The buyer's own: greater is better, `None` where it would rather walk away."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best terms for the buyer in the company's acceptance region, and how many outcomes were looked at."""

    terms: Terms
    looked_at: int


def best_terms(catalogue: Catalogue, utility: Utility) -> Best | None:
    """The terms with the greatest `utility` that the company would accept; `None` when none is acceptable to both.

    For every configuration the company's lowest price is best for a buyer who likes a lower price, so prices
    above it are not enumerated. Ties go to the first in the catalogue's order.
    """
    best: tuple[float, Terms] | None = None
    looked_at = 0
    for configuration in catalogue.configurations():
        terms = catalogue.terms(configuration, catalogue.lowest(configuration))
        looked_at += 1
        value = utility(terms)
        if value is not None and (best is None or best[0] < value):
            best = (value, terms)
    return Best(best[1], looked_at) if best is not None else None


def best_utility(catalogue: Catalogue, utility: Utility) -> float | None:
    """The utility of `best_terms`; `None` without a zone of agreement."""
    best = best_terms(catalogue, utility)
    return utility(best.terms) if best is not None else None

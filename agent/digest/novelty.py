"""What was put before the person and not taken falls the next time, unless it became better.

Counted from recorded cards alone: same company, same kind of deal, and worth no more than then by what attention costs.
"""

from __future__ import annotations

import json

from agent.digest.stream import BETTER_BY
from agent.kernel.chain import Rows

REPEAT = 0.05
"""How far a repeated offer falls on the utility scale: as far as the worst provider score moves one."""

_NOT_TAKEN = ("rejected", "expired")


def shown_before(rows: Rows, provider: str, category: str, utility: float, before: str | None) -> str | None:
    """The latest card of before a moment that showed as good an offer of this company and was not taken; its id."""
    marks = ",".join("?" * len(_NOT_TAKEN))
    cards = rows(
        f"SELECT id, legs FROM items WHERE state IN ({marks}) AND made_at<? ORDER BY number DESC",
        (*_NOT_TAKEN, before or "9"),
    )
    for card in cards:
        for leg in json.loads(card["legs"]):
            alike = leg["provider"] == provider and leg["category"] == category
            if alike and utility < float(leg["utility"]) + BETTER_BY:
                return str(card["id"])
    return None

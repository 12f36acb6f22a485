"""What already stands on cards: which needs, and what is left of a bundle's cap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from agent.kernel.chain import Rows
from negotiators.money import Money

_STANDING = (
    "SELECT legs FROM items WHERE state NOT IN ('rejected','expired','declined','undone','countered','replaced')"
)
_DECIDED = "SELECT ref FROM items WHERE kind='bundle' AND state NOT IN ('countered','replaced')"
_CARDED = (
    "SELECT DISTINCT json_extract(l.value,'$.need') AS need FROM items i, json_each(i.legs) l "
    "WHERE i.state NOT IN ('countered','replaced')"
)

Legs = Sequence[Mapping[str, Any]]


def carded(rows: Rows) -> set[str]:
    """Needs that stand, or stood, on a card no company has to answer first."""
    return {row["need"] for row in rows(_CARDED, ())}


def decided(rows: Rows) -> set[str]:
    """Bundles that had their card: what it left out stands for itself."""
    return {row["ref"] for row in rows(_DECIDED, ())}


def legs_of(rows: Rows, bundle: str | None) -> list[dict[str, Any]]:
    """Legs of every card of a bundle's needs that was not turned down."""
    needs = {row["id"] for row in rows("SELECT id FROM needs WHERE bundle=?", (bundle,))}
    standing = rows(_STANDING, ()) if needs else []
    return [leg for row in standing for leg in json.loads(row["legs"]) if leg["need"] in needs]


def cap_left(rows: Rows, bundle: str, own: Iterable[str], beside: Legs) -> tuple[Money | None, str] | None:
    """What a bundle's cap leaves for the needs `own` once all its other cards, those made `beside` included, are paid;
    with the bundle's currency. `None` for what is no bundle."""
    row = next(iter(rows("SELECT cap, currency FROM bundles WHERE id=?", (bundle,))), None)
    if row is None:
        return None
    if not row["cap"]:
        return None, row["currency"]
    others = [leg for leg in (*beside, *legs_of(rows, bundle)) if leg["need"] not in set(own) and leg["total"]]
    spent = sum((Decimal(leg["total"]) for leg in others), Decimal(0))
    return Money.of(str(Decimal(row["cap"]) - spent), row["currency"]), row["currency"]

"""What the bot asked of the person: decisions, keys and seconds per settled case, from recorded events alone.

A key count is exact: every decision has its keys. Seconds are an estimate that anybody can do again: reading a card
takes `READ`, every decision `DECIDE`. Looking at lists by one's own wish is not asked for and not counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from sqlite3 import Row

Rows = Callable[[str, Sequence[object]], Sequence[Row]]

READ, DECIDE = 20, 5
"""Seconds for one card in one digest, and for one decision."""

_KEYS = {"approve": 2, "reject": 2, "later": 1, "counter": 2, "undo": 1}
_OVER_LIMIT = 1
_SETTLED = ("agreed", "partly", "rejected", "expired", "declined", "undone", "mismatch")


@dataclass(frozen=True, slots=True)
class Effort:
    """Over all settled cases: how many there were, and what was asked for them."""

    cases: int
    decisions: int
    keys: int
    seconds: int

    def each(self, what: int) -> float:
        """Per settled case."""
        return what / self.cases if self.cases else 0.0


def effort(rows: Rows) -> Effort:
    """The sum over settled cases."""
    marks = ",".join("?" * len(_SETTLED))
    items = {row["id"] for row in rows(f"SELECT id FROM items WHERE state IN ({marks})", _SETTLED)}
    shown = [
        name for row in rows("SELECT items FROM digests", ()) for name in json.loads(row["items"]) if name in items
    ]
    made = [row for row in rows("SELECT item, decision, changes FROM decisions", ()) if row["item"] in items]
    twice = [row["item"] for row in rows("SELECT item FROM approvals WHERE over_limit=1", ())]
    keys = sum(_KEYS.get(row["decision"], 0) + _typed(row["changes"]) for row in made)
    keys += _OVER_LIMIT * len(items & set(twice))
    return Effort(len(items), len(made), keys, READ * len(shown) + DECIDE * len(made))


def _typed(changes: str) -> int:
    """The characters of the values a person wrote."""
    return sum(len(value) for value in json.loads(changes).values())

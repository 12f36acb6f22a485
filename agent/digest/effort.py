"""What the bot asked of the person: decisions, keys and seconds per settled case, from recorded events alone.

What was decided on the screen was measured there, from showing to deciding. Of a case that was decided by commands the
keys are those of the decisions, and the seconds an estimate that anybody can do again: reading a card takes `READ`,
every decision `DECIDE`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from sqlite3 import Row

from agent.kernel.chain import Rows

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
    measured: int = 0
    """Of how many cases keys and seconds were measured."""

    def each(self, what: int) -> float:
        """Per settled case."""
        return what / self.cases if self.cases else 0.0


def effort(rows: Rows) -> Effort:
    """The sum over settled cases: measured ones as they were, the others estimated."""
    marks = ",".join("?" * len(_SETTLED))
    items = {row["id"] for row in rows(f"SELECT id FROM items WHERE state IN ({marks})", _SETTLED)}
    spent: dict[str, list[Row]] = {}
    for row in rows("SELECT * FROM spent", ()):
        if row["item"] in items:
            spent.setdefault(row["item"], []).append(row)
    shown = [
        name
        for row in rows("SELECT items FROM digests", ())
        for name in json.loads(row["items"])
        if name in items and name not in spent
    ]
    made = [row for row in rows("SELECT item, decision, changes FROM decisions", ()) if row["item"] in items]
    guessed = [row for row in made if row["item"] not in spent]
    twice = {row["item"] for row in rows("SELECT item FROM approvals WHERE over_limit=1", ())}
    keys = sum(_KEYS.get(row["decision"], 0) + _typed(row["changes"]) for row in guessed)
    keys += _OVER_LIMIT * len((items - spent.keys()) & twice)
    seconds = READ * len(shown) + DECIDE * len(guessed)
    for one in (row for found in spent.values() for row in found):
        keys, seconds = keys + one["keys"], seconds + one["seconds"]
    return Effort(len(items), len(made), keys, seconds, len(spent))


def _typed(changes: str) -> int:
    """The characters of the values a person wrote."""
    return sum(len(value) for value in json.loads(changes).values())

"""What a decision took of the person, as the screen measured it. Part of the union in `events`."""

from __future__ import annotations

from dataclasses import dataclass

SPENT = """
CREATE TABLE spent(item TEXT NOT NULL, keys INTEGER NOT NULL, seconds INTEGER NOT NULL, at TEXT NOT NULL);
CREATE INDEX spent_item ON spent(item);
"""


@dataclass(frozen=True, slots=True)
class EffortSpent:
    """Keys pressed and seconds from when a card lay before the person (or from their last decision) to a decision."""

    item: str
    keys: int
    seconds: int

"""What is said in a talk, and what the engine answers.

The transcript is the whole state: `decide` derives everything from it, so a talk can stop and resume anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from negotiators.bargaining.space import Values

TheirAct = Literal["propose", "accept", "reject", "leave"]
OurAct = Literal["propose", "accept", "leave"]


@dataclass(frozen=True, slots=True)
class TheirMove:
    """A seller's move.

    `values` are the nearest grid indices of what it offered, None when it offered nothing (text, a bare reject).
    `utility` is the exact worth for us of the real offer, which may lie off the grid; None means: of the grid
    point. `final` marks an offer it calls its last. An "accept" answers our latest proposal.
    """

    act: TheirAct
    values: Values | None = None
    utility: float | None = None
    final: bool = False
    round: int = 0


@dataclass(frozen=True, slots=True)
class OurMove:
    """A move of ours that was really sent."""

    act: OurAct
    values: Values | None = None
    round: int = 0


Transcript = tuple[OurMove | TheirMove, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Which rule decided, and the numbers it looked at. For the digest's "why"; never sent to anyone."""

    rule: str
    numbers: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now.

    "propose": send `values`. "accept": `accept_index` is the position in the transcript of the offer taken (theirs,
    or ours when they accepted it), `values` its grid point. "leave": close politely.
    """

    act: OurAct
    reason: Reason
    values: Values | None = None
    accept_index: int | None = None

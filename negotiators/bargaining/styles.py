"""The ways sellers move, as families of level curves: the least worth a seller asks for at each share of the talk.

A seller that bargains by the clock follows `1 - (1 - end) t^exponent` (Faratin et al. 1998) and may stop early; one
with a fixed price does not move, but may take less than it posts; a script goes down in steps; a reactive one answers
our bids (its level falls with what we offer it); a random one follows nothing. Each predicts what the next rounds
bring; which one holds is decided by how well it explains the offers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np
import numpy.typing as npt

from negotiators.bargaining.pool import Floats, Ints

Style = Literal["fixed", "ladder", "time", "reactive", "random"]
STYLES: tuple[Style, ...] = ("fixed", "ladder", "time", "reactive", "random")

PRIOR: dict[Style, float] = {"fixed": 0.20, "ladder": 0.15, "time": 0.45, "reactive": 0.15, "random": 0.05}

REACTIONS = (
    (1.0, 1.0, "last"),
    (1.0, 1.1, "last"),
    (1.0, 1.2, "last"),
    (1.0, 1.3, "last"),
    (1.0, 1.4, "last"),
    (1.0, 1.5, "last"),
    (1.33, 1.33, "last"),
    (1.54, 1.54, "last"),
    (0.5, 1.0, "last"),
    (1.0, 1.0, "best"),
)
"""(k, a, which): once it has moved, the seller's offer is worth a - k * (worth to it of our last bid) to it (a > 1:
only what exceeds its own limit counts; k > 1: as a share of its surplus, and it asks for half of that), or 1 - k *
(what our most generous bid so far gives it beyond our first)."""

GOOD_DEAL = 0.1
_ALL = slice(None)

_ENDS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85)


@dataclass(frozen=True, slots=True)
class Families:
    """Parameters of all clock-driven families, one entry each; `style` indexes STYLES."""

    style: Ints
    top: Floats
    end: Floats
    exponent: Floats
    stop: Floats
    log_prior: Floats

    def levels(self, times: Floats, members: Ints | slice = _ALL) -> Floats:
        """Levels (families, times) of these members."""
        top, end = self.top[members, None], self.end[members, None]
        done = np.minimum(1.0, times[None, :] / self.stop[members, None]) ** self.exponent[members, None]
        levels: Floats = top - (top - end) * done
        return levels


@lru_cache(maxsize=1)
def families() -> Families:
    """All clock-driven families with their prior weight (uniform inside a style)."""
    rows: list[tuple[Style, float, float, float, float, float]] = []
    for e, end in product((0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0), _ENDS):
        rows.append(("time", 1.0, end, e, 1.0, 1.0))
    for e, end, stop in product((1.0, 2.0), _ENDS[2:], (0.3, 0.45, 0.6, 0.8)):
        rows.append(("time", 1.0, end, e, stop, 0.3))
    for level in np.arange(0.4, 1.01, 0.05):
        rows.append(("fixed", float(level), float(level), 1.0, 1.0, 1.0))
    style = np.array([STYLES.index(r[0]) for r in rows])
    weight = np.array([r[5] for r in rows])
    for s in set(style.tolist()):
        weight[style == s] *= PRIOR[STYLES[s]] / weight[style == s].sum()
    columns = [np.array([r[i] for r in rows]) for i in range(1, 5)]
    return Families(style, columns[0], columns[1], columns[2], columns[3], np.log(weight))


@lru_cache(maxsize=1)
def _reactive_levels() -> tuple[Floats, Floats]:
    """For each of REACTIONS what it accepts: a constant, and a factor on the worth to it of our first bid."""
    constant, factor = [], []
    for k, a, which in REACTIONS:
        own = a / (1 + k) if k <= 1 else 1 - 0.5 / k
        constant.append(own if which == "last" else 1 / (1 + k))
        factor.append(0.0 if which == "last" else k / (1 + k))
    return np.array(constant), np.array(factor)


@dataclass(frozen=True, slots=True)
class Paths:
    """How each sample (N,) of a seller goes on.

    `family`: its clock-driven family, or -1. `reaction`: index into REACTIONS, or -1. A script (`step` > 0) stands at
    `level` since `since` and goes down by `step` every `period`, `more` times. None of these: random. `stalled`: it
    goes no further, whatever its curve promised. `first`: worth to it of our first bid. `hidden`: it takes this much
    although it asks for more (2 = it does not). `used`, `place`: the distinct families, and each sample's among them.
    """

    family: Ints
    reaction: Ints
    level: Floats
    step: Floats
    since: Floats
    period: Floats
    more: Floats
    stalled: npt.NDArray[np.bool_]
    first: Floats
    hidden: Floats
    used: Ints
    place: Ints

    @property
    def random(self) -> npt.NDArray[np.bool_]:
        """Samples that answer at random."""
        found: npt.NDArray[np.bool_] = (self.family < 0) & (self.reaction < 0) & (self.step <= 0)
        return found

    def style(self) -> Ints:
        """The style of each sample, as an index into STYLES."""
        style = np.where(self.family >= 0, families().style[np.maximum(self.family, 0)], STYLES.index("random"))
        style = np.where(self.reaction >= 0, STYLES.index("reactive"), style)
        found: Ints = np.where(self.step > 0, STYLES.index("ladder"), style)
        return found

    def thresholds(self, times: Floats, now: float | None) -> Floats:
        """Least worth (N, T) the seller accepts at these shares of the talk; `now` is where a stalled one stops."""
        curves = families().levels(times if now is None else np.append(times, now), self.used)[self.place]
        found: Floats = np.where(self.family[:, None] >= 0, curves[:, : len(times)], 2.0)
        script = self.step > 0
        done = np.floor((times[None, :] - self.since[script, None]) / self.period[script, None] + 0.05)
        done = np.clip(done, 0.0, self.more[script, None])
        found[script] = self.level[script, None] - self.step[script, None] * done
        if now is not None:
            frozen = np.where(self.family >= 0, curves[:, -1], -1.0)
            frozen = np.where(script, self.level, frozen)
            found = np.where(self.stalled[:, None], np.maximum(found, frozen[:, None]), found)
        found = np.minimum(found, self.hidden[:, None])
        rows = np.flatnonzero(self.reaction >= 0)
        constant, factor = _reactive_levels()
        which = self.reaction[rows]
        found[rows] = (constant[which] + factor[which] * self.first[rows])[:, None]
        return found

    def moving(self, times: Floats, now: float) -> npt.NDArray[np.bool_]:
        """Samples whose level will fall by itself by a good deal until the last of these times."""
        levels = self.thresholds(np.array([now, times[-1]]), now)
        found: npt.NDArray[np.bool_] = (levels[:, 0] - levels[:, -1] > GOOD_DEAL) & (self.reaction < 0)
        return found

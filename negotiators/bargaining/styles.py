"""The ways sellers move, as families of level curves: the least worth a seller asks for at each share of the talk.

A seller that bargains by the clock follows `1 - (1 - end) t^exponent` (Faratin et al. 1998), may stop early, may go in
steps (a script), may not move at all, may answer our moves (its level falls with what we offer it), or be random. Each
family predicts what the next rounds bring; which family holds is decided by how well it explains the offers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal

import numpy as np

from negotiators.bargaining.pool import Floats, Ints

Style = Literal["fixed", "ladder", "time", "reactive", "random"]
STYLES: tuple[Style, ...] = ("fixed", "ladder", "time", "reactive", "random")

PRIOR: dict[Style, float] = {"fixed": 0.15, "ladder": 0.20, "time": 0.45, "reactive": 0.15, "random": 0.05}
_ENDS = (0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85)


@dataclass(frozen=True, slots=True)
class Families:
    """Parameters of all clock-driven families, one entry each; `style` indexes STYLES."""

    style: Ints
    top: Floats
    end: Floats
    exponent: Floats
    stop: Floats
    period: Floats
    log_prior: Floats

    def levels(self, times: Floats) -> Floats:
        """Levels (families, times)."""
        t = times[None, :]
        smooth = np.minimum(1.0, t / self.stop[:, None]) ** self.exponent[:, None]
        period = self.period[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            stepped = np.minimum(1.0, np.floor(t / period + 1e-9) * period / self.stop[:, None])
        done = np.where(period > 0, stepped, smooth)
        top, end = self.top[:, None], self.end[:, None]
        levels: Floats = top - (top - end) * done
        return levels


@lru_cache(maxsize=1)
def families() -> Families:
    """All clock-driven families with their prior weight (uniform inside a style)."""
    rows: list[tuple[Style, float, float, float, float, float, float]] = []
    for e, end in product((0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0), _ENDS):
        rows.append(("time", 1.0, end, e, 1.0, 0.0, 1.0))
    for e, end, stop in product((1.0, 2.0), _ENDS[2:], (0.3, 0.45, 0.6, 0.8)):
        rows.append(("time", 1.0, end, e, stop, 0.0, 0.3))
    for end, period, count in product(_ENDS[2:-1], (0.1, 0.125, 0.15, 0.2, 0.25), (2, 3, 4, 5)):
        if period * count <= 1.0:
            rows.append(("ladder", 0.97, end, 1.0, period * count, period, 1.0))
    for level in np.arange(0.4, 1.0, 0.05):
        rows.append(("fixed", float(level), float(level), 1.0, 1.0, 0.0, 1.0))
    style = np.array([STYLES.index(r[0]) for r in rows])
    weight = np.array([r[6] for r in rows])
    for s in set(style.tolist()):
        weight[style == s] *= PRIOR[STYLES[s]] / weight[style == s].sum()
    columns = [np.array([r[i] for r in rows]) for i in range(1, 6)]
    return Families(style, columns[0], columns[1], columns[2], columns[3], columns[4], np.log(weight))

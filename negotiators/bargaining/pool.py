"""A bounded pool of outcomes worth looking at, built issue by issue: the space is never enumerated.

Partial outcomes are merged one issue at a time. When there are more than `cap`, they are thinned: in each thin band
of our own worth only the ones best for the seller under a few guesses of its preferences survive (our worth and the
guesses are additive, so a dominated partial outcome stays dominated). Spaces up to `cap` outcomes are kept whole, so
small spaces are exact; larger ones cost the same from 10^4 to 10^6 outcomes and beyond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from negotiators.bargaining.space import Values
from negotiators.bargaining.utility import Utility

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CAP = 2048
_BANDS = 128
_MERGED, _LEAST = 40_000, 400
"""Rows looked at in one merge, and partial outcomes kept even when an issue has very many values."""
_RADIX = 1_000_003


_PIECE = 200_000
"""Multiplications in one piece of a matrix product. From 2^18 on OpenBLAS wakes a thread per core, which on a busy
machine costs many times the arithmetic, and lets the last digits depend on the number of cores."""


def product(left: Floats, right: Floats) -> Floats:
    """`left @ right` of two matrices, in pieces of rows that stay on this thread."""
    rows = max(1, _PIECE // max(1, right.size))
    if len(left) <= rows:
        return left @ right
    found = np.empty((len(left), right.shape[1]))
    for start in range(0, len(left), rows):
        np.matmul(left[start : start + rows], right, out=found[start : start + rows])
    return found


@dataclass(frozen=True, slots=True)
class Pool:
    """Outcomes (K, issues), our worth of each, and the worst-case worth when weights are intervals.

    Ordered by worth to us, best first, ties by outcome, so that every choice is reproducible. `keys` are sorted keys of
    the outcomes, `by_key` the row of each.
    """

    outcomes: Ints
    ours: Floats
    lower: Floats
    keys: npt.NDArray[np.uint64]
    by_key: Ints

    def values(self, row: int) -> Values:
        return tuple(int(v) for v in self.outcomes[row])

    def rows_of(self, seen: Iterable[Values]) -> Ints:
        """The rows of these outcomes, ascending; outcomes outside the pool are left out."""
        wanted = _keys(np.array(list(seen), dtype=np.int64).reshape(-1, self.outcomes.shape[1]))
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        rows: Ints = np.unique(self.by_key[place[self.keys[place] == wanted]])
        return rows

    def without(self, seen: Iterable[Values]) -> npt.NDArray[np.bool_]:
        """Which rows are none of these outcomes."""
        left = np.ones(len(self.ours), dtype=bool)
        left[self.rows_of(seen)] = False
        return left


def _keys(outcomes: Ints) -> npt.NDArray[np.uint64]:
    """One number per outcome; wraps around in enormous spaces, where two of 2048 rows will not collide."""
    radix = np.array([pow(_RADIX, i, 2**64) for i in range(outcomes.shape[1])], dtype=np.uint64)
    total: npt.NDArray[np.uint64] = (outcomes.astype(np.uint64) * radix).sum(axis=1, dtype=np.uint64)
    return total


def worth(utility: Utility, outcomes: Ints) -> Floats:
    """`utility.value` of many outcomes at once."""
    if utility.shape is not None:
        return np.array([utility.value(tuple(int(v) for v in row)) for row in outcomes], dtype=np.float64)
    total = np.zeros(len(outcomes))
    for i, (weight, table) in enumerate(zip(utility.middle_weights, utility.tables, strict=True)):
        total += weight * np.asarray(table)[outcomes[:, i]]
    total += _pair_worth(utility, outcomes, len(utility.tables) - 1, every=True)
    clipped: Floats = np.where(_allowed(utility, outcomes), np.clip(total, 0.0, 1.0), 0.0)
    return clipped


def lower_worth(utility: Utility, outcomes: Ints) -> Floats:
    """`utility.lower` of many outcomes at once (a fractional knapsack per row, greedy on the poorest issue)."""
    if not utility.uncertain or utility.shape is not None:
        return worth(utility, outcomes)
    lows, highs = (np.asarray(w) for w in utility.weight_box())
    worths = np.stack([np.asarray(t)[outcomes[:, i]] for i, t in enumerate(utility.tables)], axis=1)
    order = np.argsort(worths, axis=1, kind="stable")
    room = (highs - lows)[order]
    before = np.cumsum(room, axis=1) - room
    extra = np.clip((1.0 - lows.sum()) - before, 0.0, room)
    total = (worths * lows).sum(axis=1) + (np.take_along_axis(worths, order, axis=1) * extra).sum(axis=1)
    total += _pair_worth(utility, outcomes, len(utility.tables) - 1, every=True)
    clipped: Floats = np.where(_allowed(utility, outcomes), np.clip(total, 0.0, 1.0), 0.0)
    return clipped


def build(utility: Utility, guesses: tuple[Floats, ...], cap: int = CAP) -> Pool:
    """A pool of at most `cap` outcomes; `guesses` are flat tables of the seller's worth per issue value."""
    offsets = np.concatenate([[0], np.cumsum([len(t) for t in utility.tables])])
    weights = utility.middle_weights
    rows = np.zeros((1, 0), dtype=np.int64)
    ours = np.zeros(1)
    theirs = np.zeros((1, len(guesses)))
    for i, table in enumerate(utility.tables):
        keep = np.array([v for v in range(len(table)) if (i, v) not in utility.forbidden], dtype=np.int64)
        room = max(_LEAST, _MERGED // len(keep))
        if len(rows) > room:
            kept = _thin(ours, theirs, room)
            rows, ours, theirs = rows[kept], ours[kept], theirs[kept]
        rows = np.concatenate([np.repeat(rows, len(keep), axis=0), np.tile(keep, len(rows))[:, None]], axis=1)
        ours = (ours[:, None] + weights[i] * np.asarray(table)[keep]).ravel() + _pair_worth(utility, rows, i)
        gain = np.stack([g[offsets[i] + keep] for g in guesses], axis=1)
        theirs = (theirs[:, None, :] + gain[None, :, :]).reshape(-1, len(guesses))
        if len(rows) > cap:
            kept = _thin(ours, theirs, cap)
            rows, ours, theirs = rows[kept], ours[kept], theirs[kept]
    exact = worth(utility, rows)
    order = np.lexsort((*rows.T[::-1], -exact))
    rows = rows[order]
    keys = _keys(rows)
    by_key = np.argsort(keys, kind="stable")
    return Pool(rows, exact[order], lower_worth(utility, rows), keys[by_key], by_key)


def _thin(ours: Floats, theirs: Floats, cap: int) -> Ints:
    """Rows that are among the best for the seller in their band of our worth, under any of the guesses."""
    span = float(ours.max() - ours.min()) or 1.0
    band = np.minimum(((ours - ours.min()) / span * _BANDS).astype(np.int64), _BANDS - 1)
    per_band = max(1, cap // (_BANDS * theirs.shape[1]))
    kept = np.zeros(len(ours), dtype=bool)
    for guess in range(theirs.shape[1]):
        order = np.argsort(8.0 * band - np.clip(theirs[:, guess], 0.0, 4.0), kind="stable")
        sorted_band = band[order]
        rank = np.arange(len(order)) - np.searchsorted(sorted_band, sorted_band, side="left")
        kept[order[rank < per_band]] = True
    kept[np.argmax(ours)] = True
    return np.flatnonzero(kept)


def _allowed(utility: Utility, outcomes: Ints) -> npt.NDArray[np.bool_]:
    allowed = np.ones(len(outcomes), dtype=bool)
    for issue, value in utility.forbidden:
        allowed &= outcomes[:, issue] != value
    return allowed


def _pair_worth(utility: Utility, rows: Ints, issue: int, every: bool = False) -> Floats:
    """Pair terms whose later issue is `issue` (all of them with `every`)."""
    total = np.zeros(len(rows))
    if utility.pairs:
        for first, second, worths in _pair_tables(utility):
            if every or max(first, second) == issue:
                total += worths[rows[:, first], rows[:, second]]
    return total


@lru_cache(maxsize=32)
def _pair_tables(utility: Utility) -> tuple[tuple[int, int, Floats], ...]:
    """Pair terms as one table for each two issues: a condition over a range of values is many terms."""
    found: dict[tuple[int, int], Floats] = {}
    for p in utility.pairs:
        size = (len(utility.tables[p.first_issue]), len(utility.tables[p.second_issue]))
        found.setdefault((p.first_issue, p.second_issue), np.zeros(size))[p.first_value, p.second_value] += p.worth
    return tuple((first, second, worths) for (first, second), worths in sorted(found.items()))


def mirrored(utility: Utility) -> Floats:
    """The seller as our mirror image: flat table, what costs us gains them, with our weights."""
    parts = [w * (1.0 - np.asarray(t)) for w, t in zip(utility.middle_weights, utility.tables, strict=True)]
    return np.concatenate(parts)


def levelled(utility: Utility) -> Floats:
    """The seller with opposite directions but equal weights for all issues."""
    weight = 1.0 / len(utility.tables)
    return np.concatenate([weight * (1.0 - np.asarray(t)) for t in utility.tables])


@lru_cache(maxsize=32)
def base_pool(utility: Utility, cap: int = CAP) -> Pool:
    """The pool before the seller has said anything; kept, since it depends on our preferences alone."""
    return build(utility, (mirrored(utility), levelled(utility)), cap)

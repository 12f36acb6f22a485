"""How good an outcome is for us: additive by default, with what breaks additivity named explicitly.

`u(o) = sum_i w_i * table_i[o_i] + sum_pairs term`, weights scaled to sum 1, clipped to 0..1. A weight may be an
interval when the person is unsure: `value` uses the middle, `lower` the worst case over all weights in the
intervals that sum to 1. A forbidden value is a hard constraint: no outcome with it is ever sent or accepted.
A `shape` replaces the sum for preferences that are not additive; the tables then only guide the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from negotiators.bargaining.errors import UtilityError
from negotiators.bargaining.space import Space, Values

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PairTerm:
    """What two values together add or cost beyond their own worth (a long term *with* a high price)."""

    first_issue: int
    first_value: int
    second_issue: int
    second_value: int
    worth: float

    def applies(self, values: Values) -> bool:
        return values[self.first_issue] == self.first_value and values[self.second_issue] == self.second_value


@dataclass(frozen=True, slots=True)
class Utility:
    """Our preferences over a space.

    `tables[i][v]` in 0..1 is the worth of value v of issue i, `weights[i]` a number or an interval (lo, hi),
    `forbidden` pairs (issue, value) that no deal may contain.
    """

    tables: tuple[tuple[float, ...], ...]
    weights: tuple[float | Interval, ...]
    pairs: tuple[PairTerm, ...] = ()
    forbidden: tuple[tuple[int, int], ...] = ()
    shape: Callable[[Values], float] | None = None

    def __post_init__(self) -> None:
        if len(self.tables) != len(self.weights):
            raise UtilityError(f"{len(self.tables)} tables but {len(self.weights)} weights")
        for i, table in enumerate(self.tables):
            if not table or not all(0.0 <= worth <= 1.0 for worth in table):
                raise UtilityError(f"table of issue {i} must hold worths in 0..1")
        for i, (lo, hi) in enumerate(self._intervals()):
            if not 0.0 <= lo <= hi:
                raise UtilityError(f"weight of issue {i} must be 0 <= lo <= hi, not ({lo}, {hi})")
        if sum(hi for _, hi in self._intervals()) <= 0:
            raise UtilityError("all weights are 0: nothing to tell outcomes apart by")

    def _intervals(self) -> tuple[Interval, ...]:
        return tuple(w if isinstance(w, tuple) else (w, w) for w in self.weights)

    def fits(self, space: Space) -> None:
        """Raises `UtilityError` when tables, pairs or forbidden values do not belong to the space."""
        if tuple(len(table) for table in self.tables) != space.shape:
            raise UtilityError("the tables do not have the shape of the space")
        cells = [(p.first_issue, p.first_value) for p in self.pairs]
        cells += [(p.second_issue, p.second_value) for p in self.pairs]
        for issue, value in [*cells, *self.forbidden]:
            if not (0 <= issue < len(space.shape) and 0 <= value < space.shape[issue]):
                raise UtilityError(f"value number {value} of issue number {issue} is not in the space")
        for i, table in enumerate(self.tables):
            if all((i, v) in self.forbidden for v in range(len(table))):
                raise UtilityError(f"every value of issue `{space.issues[i].name}` is forbidden")

    @property
    def middle_weights(self) -> tuple[float, ...]:
        """Weights used for ranking: the middle of each interval, scaled to sum 1."""
        middles = [(lo + hi) / 2 for lo, hi in self._intervals()]
        total = sum(middles)
        return tuple(w / total for w in middles)

    @property
    def uncertain(self) -> bool:
        """Whether any weight is an interval, so that `lower` can be below `value`."""
        return any(lo < hi for lo, hi in self._intervals())

    def weight_box(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Lower and upper weights, scaled so that the middles sum to 1."""
        total = sum((lo + hi) / 2 for lo, hi in self._intervals())
        lows, highs = zip(*((lo / total, hi / total) for lo, hi in self._intervals()), strict=True)
        return tuple(lows), tuple(highs)

    def allowed(self, values: Values) -> bool:
        """Whether the outcome respects every hard constraint."""
        return all(values[issue] != value for issue, value in self.forbidden)

    def value(self, values: Values) -> float:
        """Worth of an outcome in 0..1 (0 when a hard constraint is broken)."""
        if not self.allowed(values):
            return 0.0
        if self.shape is not None:
            return _clip(self.shape(values))
        total = sum(w * table[v] for w, table, v in zip(self.middle_weights, self.tables, values, strict=True))
        return _clip(total + self._pairs(values))

    def lower(self, values: Values) -> float:
        """Worst-case worth over all weights in the intervals that sum to 1; equals `value` without intervals."""
        if not self.uncertain or self.shape is not None or not self.allowed(values):
            return self.value(values)
        return _clip(self.worst([table[v] for table, v in zip(self.tables, values, strict=True)]) + self._pairs(values))

    def worst(self, worths: Sequence[float]) -> float:
        """The least weighted sum of these worths, one per issue, over all weights in the intervals that sum to 1."""
        lows, highs = self.weight_box()
        weights, spare = list(lows), 1.0 - sum(lows)
        for i in sorted(range(len(worths)), key=lambda i: worths[i]):
            extra = min(spare, highs[i] - lows[i])
            weights[i] += extra
            spare -= extra
        return sum(w * x for w, x in zip(weights, worths, strict=True))

    def _pairs(self, values: Values) -> float:
        return sum(pair.worth for pair in self.pairs if pair.applies(values))


def _clip(x: float) -> float:
    return min(1.0, max(0.0, x))

"""Which question tells most? At most fifteen: one about limits, then pairs of offers that differ in two or three
aspects, each pair chosen for the greatest expected information about the weights (Lindley 1956).

Pure: the state is the list of answers; the same answers give the same next question. It can be stopped after any of
them, and what was learned so far stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import TYPE_CHECKING

from memory.elicitation.beliefs import Beliefs, Choice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

MOST_QUESTIONS = 15
_ENOUGH = 0.02  # bits: when the best pair tells less, asking on is not worth the person's time
_TRIPLES = 400  # pairs differing in three aspects that are looked at
_LIMIT_STEPS = 2  # questions to find where one limit lies


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing offers differ in: `levels` are the worths of the values that are shown, worst first (0 to 1).

    `usual` is the weight the category gives it. Only an aspect that `may_limit` is asked about as a limit.
    """

    name: str
    levels: tuple[float, ...]
    usual: float
    may_limit: bool = True


@dataclass(frozen=True, slots=True)
class Never:
    """Which of these would never do? Each aspect stands for its worst level."""

    aspects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StillGood:
    """Would this level of an aspect do?"""

    aspect: int
    level: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two offers that differ in `aspects` only: the levels of the first and of the second."""

    aspects: tuple[int, ...]
    first: tuple[int, ...]
    second: tuple[int, ...]


Question = Never | StillGood | Pair


@dataclass(frozen=True, slots=True)
class Named:
    """Answer to `Never`: the aspects whose worst level would never do."""

    aspects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class YesNo:
    """Answer to `StillGood`."""

    yes: bool


@dataclass(frozen=True, slots=True)
class Preferred:
    """Answer to `Pair`: 1, 2, or 0 when both are alike."""

    which: int


Answer = Named | YesNo | Preferred


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the interview fixed: a share per aspect (they sum to 1) with its standard deviation, and for each limit the
    lowest level that still does."""

    shares: tuple[float, ...]
    unsure: tuple[float, ...]
    limits: tuple[tuple[int, int], ...]
    answers: int


class Interview:
    """The questions about one kind of deal. Immutable: `answered` gives the next state."""

    def __init__(
        self, aspects: Sequence[Aspect], given: Sequence[tuple[Question, Answer]] = (), *, seed: int = 0
    ) -> None:
        self.aspects = tuple(aspects)
        self.given = tuple(given)
        self._seed = seed

    def answered(self, question: Question, answer: Answer) -> Interview:
        """The interview with one answer more. Raises `ValueError` for an answer of another kind."""
        fits = isinstance(answer, {Never: Named, StillGood: YesNo, Pair: Preferred}[type(question)])
        if not fits:
            raise ValueError(f"{type(answer).__name__} does not answer {type(question).__name__}")
        return Interview(self.aspects, (*self.given, (question, answer)), seed=self._seed)

    @cached_property
    def beliefs(self) -> Beliefs:
        """What the pairs answered so far say of the weights."""
        return Beliefs([aspect.usual for aspect in self.aspects], self._choices(), seed=self._seed)

    def question(self) -> Question | None:
        """The next question; `None` when there is none worth asking."""
        if len(self.given) >= MOST_QUESTIONS:
            return None
        if not self.given:
            limiting = tuple(at for at, aspect in enumerate(self.aspects) if aspect.may_limit)
            return Never(limiting) if limiting else self._best_pair()
        return self._next_limit() or self._best_pair()

    def outcome(self) -> Outcome:
        """What stands now, after however many answers."""
        limits = tuple((at, self._lowest_good(at)) for at in self._named())
        mean, unsure = self.beliefs.mean, self.beliefs.spread()
        return Outcome(tuple(map(float, mean)), tuple(map(float, unsure)), limits, len(self.given))

    # -- limits ----------------------------------------------------------------------------------------------------

    def _named(self) -> tuple[int, ...]:
        return next((answer.aspects for _, answer in self.given if isinstance(answer, Named)), ())

    def _range_of_limit(self, aspect: int) -> tuple[int, int, int]:
        """The highest level known not to do, the lowest known to do, and how often was asked."""
        bad, good, asked = 0, len(self.aspects[aspect].levels) - 1, 0
        for question, answer in self.given:
            if isinstance(question, StillGood) and isinstance(answer, YesNo) and question.aspect == aspect:
                asked += 1
                bad, good = (bad, question.level) if answer.yes else (question.level, good)
        return bad, good, asked

    def _next_limit(self) -> StillGood | None:
        for aspect in self._named():
            bad, good, asked = self._range_of_limit(aspect)
            if good - bad > 1 and asked < _LIMIT_STEPS:
                return StillGood(aspect, (bad + good) // 2)
        return None

    def _lowest_good(self, aspect: int) -> int:
        """The lowest level that may still do: the person said no to everything below it."""
        return self._range_of_limit(aspect)[0] + 1

    # -- pairs -----------------------------------------------------------------------------------------------------

    def _choices(self) -> list[Choice]:
        made = []
        for question, answer in self.given:
            if isinstance(question, Pair) and isinstance(answer, Preferred):
                first, second = self._worths(question, question.first), self._worths(question, question.second)
                better, worse = (second, first) if answer.which == 2 else (first, second)
                made.append(Choice(better, worse, alike=answer.which == 0))
        return made

    def _worths(self, pair: Pair, levels: Sequence[int]) -> tuple[float, ...]:
        worths = [0.0] * len(self.aspects)
        for aspect, level in zip(pair.aspects, levels, strict=True):
            worths[aspect] = self.aspects[aspect].levels[level]
        return tuple(worths)

    def _best_pair(self) -> Pair | None:
        """The pair with the greatest expected information; equal ones in the order they are made."""
        import numpy as np

        asked = {question for question, _ in self.given}
        pairs = [pair for pair in self._candidates() if pair not in asked]
        if not pairs:
            return None
        differences = np.array(
            [
                np.subtract(self._worths(pair, pair.first), self._worths(pair, pair.second))
                for pair in pairs
            ]
        )  # fmt: skip
        chances = self.beliefs.probability(differences)
        gains = _entropy(chances.mean(axis=0)) - _entropy(chances).mean(axis=0)
        best = int(np.argmax(gains))
        return pairs[best] if gains[best] >= _ENOUGH else None

    def _candidates(self) -> list[Pair]:
        """Trade-offs between acceptable levels: all in two aspects, some in three; neither offer is better in all."""
        import numpy as np

        lowest = {aspect: self._lowest_good(aspect) for aspect in self._named()}
        steps = {
            at: [(low, high) for low, high in combinations(_shown(len(aspect.levels)), 2) if low >= lowest.get(at, 0)]
            for at, aspect in enumerate(self.aspects)
        }
        made = [
            Pair((one, other), (a[1], b[0]), (a[0], b[1]))
            for one, other in combinations(range(len(self.aspects)), 2)
            for a, b in product(steps[one], steps[other])
        ]
        triples = [
            Pair((one, other, third), (a[1], b[0], c[0]), (a[0], b[1], c[1]))
            for one in range(len(self.aspects))
            for other, third in combinations([at for at in range(len(self.aspects)) if at != one], 2)
            for a, b, c in product(steps[one][-1:], steps[other][-1:], steps[third][-1:])
        ]
        if len(triples) > _TRIPLES:
            picked = np.random.default_rng(self._seed).choice(len(triples), _TRIPLES, replace=False)
            triples = [triples[at] for at in sorted(picked.tolist())]
        return made + triples


def _shown(levels: int) -> tuple[int, ...]:
    """Worst, middle and best: three values of one aspect are enough to tell apart."""
    return tuple(dict.fromkeys((0, levels // 2, levels - 1)))


def _entropy(chances: Rows) -> Rows:
    """In bits."""
    import numpy as np

    made: Rows = -(chances * np.log2(chances) + (1 - chances) * np.log2(1 - chances))
    return made

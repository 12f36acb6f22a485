"""What we believe of a person's weights after some choices of theirs: a cloud of weights, each as likely as the rest.

The worth of an offer is additive: the sum of weight times worth over its aspects. The weights are lognormal around the
usual ones; a choice between two offers follows a logistic model with a share of plain slips, so that one odd answer
moves the cloud a little and never empties it. How steady the person is, is learned beside the weights. The cloud is
moved by Metropolis steps over all choices after each one (Chopin 2002: resample and move).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

_PARTICLES, _MOVES = 600, 12
_SPREAD = 1.1  # of a log weight around the usual one: two thirds lie between a third and three times of it
_STEADINESS, _STEADINESS_SPREAD = 12.0, 0.6  # slope of the choice: at 12 a tenth of the scale is right 3 times in 4
_SLIP = 0.03  # share of answers that say nothing
_LEAST = 0.02  # a weight the category leaves at 0 may still matter to somebody


@dataclass(frozen=True, slots=True)
class Choice:
    """One offer was preferred to another; both as worths in 0..1, in the order of the aspects.

    `alike` says that neither was better. `counts` (0 to 1) is how much the choice counts: an accepted offer was seldom
    held against each of its rivals.
    """

    better: tuple[float, ...]
    worse: tuple[float, ...]
    alike: bool = False
    counts: float = 1.0


class Beliefs:
    """A cloud of weights. The same usual weights, choices and seed give the same cloud."""

    def __init__(self, usual: Sequence[float], choices: Sequence[Choice] = (), *, seed: int = 0) -> None:
        """`usual` are the category's weights of the aspects, in any scale."""
        import numpy as np

        self._rng = np.random.default_rng(seed)
        shares = np.maximum(np.asarray(usual, dtype=float), 0.0)
        shares = np.maximum(shares / max(float(shares.sum()), 1e-9), _LEAST)
        self._centre = np.append(np.log(shares / shares.sum()), np.log(_STEADINESS))
        self._scale = np.append(np.full(len(shares), _SPREAD), _STEADINESS_SPREAD)
        self._cloud = self._centre + self._scale * self._rng.standard_normal((_PARTICLES, len(self._centre)))
        self._differences: Rows = np.zeros((0, len(shares)))
        self._alike: Rows = np.zeros(0)
        self._counts: Rows = np.zeros(0)
        for choice in choices:
            self.learn(choice)

    @property
    def weights(self) -> Rows:
        """A row of weights per particle; each row sums to 1."""
        import numpy as np

        raw = np.exp(self._cloud[:, :-1])
        made: Rows = raw / raw.sum(axis=1, keepdims=True)
        return made

    @property
    def mean(self) -> Rows:
        """The expected weights; with an additive worth the best offer under them is the best bet."""
        made: Rows = self.weights.mean(axis=0)
        return made

    def spread(self) -> Rows:
        """The standard deviation of each weight."""
        made: Rows = self.weights.std(axis=0)
        return made

    def learn(self, choice: Choice) -> None:
        """Takes one choice into account."""
        import numpy as np

        difference = np.asarray(choice.better, dtype=float) - np.asarray(choice.worse, dtype=float)
        self._differences = np.vstack([self._differences, difference])
        self._alike = np.append(self._alike, float(choice.alike))
        self._counts = np.append(self._counts, choice.counts)
        last = slice(len(self._counts) - 1, None)
        fits = self._log_likelihood(self._cloud, last)
        chances = np.exp(fits - fits.max())
        at = self._rng.choice(len(self._cloud), size=len(self._cloud), p=chances / chances.sum())
        self._cloud = self._cloud[at]
        self._move()

    def probability(self, differences: Rows) -> Rows:
        """How likely each particle holds the first of two offers for better: a row per particle."""
        return self._chances(self._cloud, differences)

    def _move(self) -> None:
        """Metropolis steps with the cloud's own shape as proposal, so that copies part again."""
        import numpy as np

        count, dimension = self._cloud.shape
        shape = np.cov(self._cloud, rowvar=False) + 1e-4 * np.eye(dimension)
        steps = np.linalg.cholesky(shape) * (2.0 / np.sqrt(dimension))
        here = self._log_posterior(self._cloud)
        for _ in range(_MOVES):
            proposed = self._cloud + self._rng.standard_normal((count, dimension)) @ steps.T
            there = self._log_posterior(proposed)
            taken = np.log(self._rng.random(count)) < there - here
            self._cloud[taken], here[taken] = proposed[taken], there[taken]

    def _log_posterior(self, cloud: Rows) -> Rows:
        prior: Rows = -0.5 * (((cloud - self._centre) / self._scale) ** 2).sum(axis=1)
        return prior + self._log_likelihood(cloud, slice(None))

    def _log_likelihood(self, cloud: Rows, which: slice) -> Rows:
        import numpy as np

        chances = self._chances(cloud, self._differences[which])
        chances = np.where(self._alike[which] > 0, 4 * chances * (1 - chances), chances)
        total: Rows = (self._counts[which] * np.log(chances)).sum(axis=1)
        return total

    @staticmethod
    def _chances(cloud: Rows, differences: Rows) -> Rows:
        import numpy as np

        raw = np.exp(cloud[:, :-1])
        worths = (raw / raw.sum(axis=1, keepdims=True)) @ differences.T
        slope = np.exp(cloud[:, -1:])
        made: Rows = _SLIP + (1 - 2 * _SLIP) / (1 + np.exp(-np.clip(slope * worths, -60, 60)))
        return made

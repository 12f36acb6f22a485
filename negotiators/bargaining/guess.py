"""What we believe of a seller's preferences before it has spoken: a Gaussian over its worth per issue value.

The seller is taken as additive. Where our own tastes run in one direction over an issue (cheap to dear), the seller's
are guessed to run the other way, with unknown weight and curvature; where they do not (a weekday), its tastes are
free. The belief stays Gaussian, so that what offers teach has a closed form (Bayesian linear regression).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from negotiators.bargaining.pool import Floats, Ints
from negotiators.bargaining.profile import SellerPrior
from negotiators.bargaining.space import Space
from negotiators.bargaining.utility import Utility

WEIGHT_SPREAD = 0.5
CURVATURE_SPREAD = 0.30
VALUE_SPREAD = 0.04
FREE_SPREAD = 0.35
OWN_SHARE = 0.5
"""How much the seller's weights are guessed to resemble ours, against equal weights."""


@dataclass(frozen=True, slots=True)
class Guess:
    """Mean (D,) and covariance (D, D) of the seller's worth per issue value, D = sum of values over issues.

    `starts` is the place of each issue's first value. `span` are the features of what it is guessed to like most among
    issues with a direction, `span_mean` what that is worth to it.
    """

    mean: Floats
    spread: Floats
    starts: Ints
    span: Floats
    span_mean: float

    def rows(self, outcomes: Ints) -> Floats:
        """Feature rows (K, D) of outcomes: one 1 per issue."""
        features = np.zeros((len(outcomes), len(self.mean)))
        features[np.arange(len(outcomes))[:, None], outcomes + self.starts] = 1.0
        return features


@lru_cache(maxsize=32)
def first_guess(space: Space, utility: Utility, prior: SellerPrior | None) -> Guess:
    """The belief before the first offer; depends on our tastes and on what earlier talks taught."""
    sizes = space.shape
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    total = int(sum(sizes))
    mean, spread, span, span_mean = np.zeros(total), np.zeros((total, total)), np.zeros(total), 0.0
    for i, weight in enumerate(_weights(space, utility, prior)):
        part = slice(int(starts[i]), int(starts[i]) + sizes[i])
        shape = _direction(np.asarray(utility.tables[i]))
        if shape is None:
            mean[part] = 0.5 * weight
            spread[part, part] = (FREE_SPREAD * weight) ** 2 * np.eye(sizes[i])
            continue
        mean[part] = weight * shape
        bump = 4.0 * shape * (1.0 - shape)
        block = WEIGHT_SPREAD**2 * np.outer(shape, shape) + (CURVATURE_SPREAD / 2) ** 2 * np.outer(bump, bump)
        spread[part, part] = weight**2 * (block + VALUE_SPREAD**2 * np.diag(shape > 0))
        span[int(starts[i]) + int(np.argmax(shape))] = 1.0
        span_mean += weight
    return Guess(mean, spread, starts, span, span_mean)


def _weights(space: Space, utility: Utility, prior: SellerPrior | None) -> list[float]:
    """Guessed weights: between ours and equal ones, drawn towards what earlier talks taught."""
    count = len(space.issues)
    weights = [OWN_SHARE * w + (1 - OWN_SHARE) / count for w in utility.middle_weights]
    if prior is not None and prior.weights:
        known = dict(prior.weights)
        trust = prior.talks / (prior.talks + 2.0)
        weights = [
            (1 - trust) * w + trust * known.get(issue.name, w) for w, issue in zip(weights, space.issues, strict=True)
        ]
    total = sum(weights) or 1.0
    return [w / total for w in weights]


def _direction(table: Floats) -> Floats | None:
    """The seller's guessed worth per value, 0..1, when ours runs one way; None when its tastes are free."""
    if len(table) == 1:
        return np.zeros(1)
    steps = np.diff(table)
    if not (np.all(steps >= -1e-9) or np.all(steps <= 1e-9)) or float(np.ptp(table)) < 1e-9:
        return None
    position = np.linspace(0.0, 1.0, len(table))
    place = position if steps.sum() > 0 else position[::-1]
    ours = (table - table.min()) / float(np.ptp(table))
    mixed: Floats = 1.0 - 0.5 * (ours + place)
    return mixed

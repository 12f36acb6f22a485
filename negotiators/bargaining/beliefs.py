"""What the seller's offers teach: samples of (its preferences, its way of moving), weighted by how well they explain.

For each style the offers are linear equations on the seller's worth per value: worth of its offer = level at that
time, plus noise. With a Gaussian prior the evidence of each style and the posterior of the preferences are closed
forms. Rejections weigh the samples: what was rejected lay below the level. All from the transcript, at a cost that
does not grow with the space or the length of the talk.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from negotiators.bargaining.fits import HEARD, Fit, fits, seller_time
from negotiators.bargaining.guess import Guess, first_guess
from negotiators.bargaining.pool import Floats, Ints, product
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.styles import STYLES, Paths, families
from negotiators.bargaining.talk import Offered, Talk

SAMPLES = 160
BLUR = 0.02
"""How sharply a rejection rules out samples that would have accepted, in worth to the seller."""
REFUSED = 24
"""At most this many of our rejected bids weigh the samples: the ones that say most."""
STALL = 0.05
"""Chance that the seller goes no further from now on, whatever its curve promised."""
GOES_ON = 0.6
"""Chance that a script has one more step."""
HIDES, HIDDEN_FROM, HIDDEN_TO = 0.4, 0.6, 0.45
"""Chance that a seller whose level would end above HIDDEN_FROM takes less than it asks for: down to HIDDEN_TO."""
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Weighted samples of a seller: `worths` (N, D) its worth per issue value, `paths` its way of moving.

    `weights` sum to 1; `styles`: probability per style; `mean` (D,): expected worth per value. `raised` (N,): how much
    more than its way of moving says each sample asks for, since the seller refused what it should have taken.
    """

    guess: Guess
    worths: Floats
    paths: Paths
    weights: Floats
    styles: dict[str, float]
    mean: Floats
    raised: Floats

    def seller_worth(self, outcomes: Ints) -> Floats:
        """Worth to the seller (N, K) of outcomes under each sample."""
        return product(self.worths, self.guess.rows(outcomes).T)

    def mean_worth(self, outcomes: Ints) -> Floats:
        """Expected worth to the seller (K,) of outcomes."""
        worth: Floats = self.mean[outcomes + self.guess.starts].sum(axis=1)
        return worth


def believe(profile: Profile, talk: Talk) -> Beliefs:
    """Beliefs after everything heard so far; deterministic under the profile's seed."""
    guess = first_guess(profile.space, profile.utility, profile.prior)
    tried = fits(profile, guess, talk, _selected(talk.theirs))
    scores = np.concatenate([fit.score for fit in tried])
    chance = np.exp(scores - scores.max())
    chance /= chance.sum()
    offset, noise = _noise(profile.seed, len(guess.mean) + HEARD)
    picked = np.searchsorted(np.cumsum(chance), (np.arange(SAMPLES) + offset) / SAMPLES)
    worths, paths = _draw(guess, talk, tried, np.minimum(picked, len(chance) - 1), noise)
    weights, raised = _unrejected(profile, guess, talk, worths, paths)
    style = paths.style()
    styles: dict[str, float] = {name: round(float(weights[style == i].sum()), 4) for i, name in enumerate(STYLES)}
    return Beliefs(guess, worths, paths, weights, styles, weights @ worths, raised)


@lru_cache(maxsize=128)
def _noise(seed: int, size: int) -> tuple[float, Floats]:
    """The random numbers of a talk: the same in every round, so that beliefs change only with what was heard."""
    rng = np.random.default_rng(seed)
    return float(rng.random()), rng.standard_normal((SAMPLES, size))


def _selected(theirs: tuple[Offered, ...]) -> list[Offered]:
    """Their offers that enter the regression: the last dozen, and earlier ones evenly.

    Of a run of equal offers only the first and the last: saying the same again is not new evidence.
    """
    said = [offer.values for offer in theirs]
    edges = [i for i in range(len(said)) if not 0 < i < len(said) - 1 or said[i - 1 : i + 2] != [said[i]] * 3]
    theirs = tuple(theirs[i] for i in edges)
    if len(theirs) <= HEARD:
        return list(theirs)
    recent = 12
    places = np.unique(np.linspace(0, len(theirs) - recent - 1, HEARD - recent).round().astype(int))
    return [theirs[int(i)] for i in places] + list(theirs[-recent:])


def _draw(guess: Guess, talk: Talk, tried: list[Fit], picked: Ints, noise: Floats) -> tuple[Floats, Paths]:
    """One sample per pick: preferences from the posterior of its style, and how it goes on."""
    size, values = len(picked), len(guess.mean)
    worths = np.empty((size, values))
    family, reaction = np.full(size, -1), np.full(size, -1)
    level, step, since, period = np.zeros(size), np.zeros(size), np.zeros(size), np.ones(size)
    start = 0
    for fit in tried:
        rows = np.flatnonzero((picked >= start) & (picked < start + len(fit.score)))
        member = picked[rows] - start
        start += len(fit.score)
        if not len(rows):
            continue
        drawn = fit.posterior(member, noise[rows])
        worths[rows] = np.maximum(drawn[:, :values], 0.0)
        family[rows] = member if fit.kind == "clock" else -1
        reaction[rows] = fit.reaction + member if fit.kind == "reaction" else -1
        if fit.kind == "script":
            falls = np.maximum(drawn[:, values + 1 :], 0.0)
            level[rows] = drawn[:, values] - falls.sum(axis=1)
            step[rows] = np.maximum(falls.mean(axis=1), 0.02)
            since[rows], period[rows] = fit.since, fit.period
    spin = np.arange(size) * _GOLDEN % 1.0
    more = np.floor(np.log(1.0 - spin) / np.log(GOES_ON))
    opening = np.array([talk.ours[0].values], dtype=np.int64) if talk.ours else None
    first = np.zeros(size) if opening is None else product(worths, guess.rows(opening).T)[:, 0]
    hidden = np.full(size, 2.0)
    end = np.where(family >= 0, families().end[np.maximum(family, 0)], 0.0)
    hides = (end >= HIDDEN_FROM) & (spin[::-1] < HIDES)
    hidden[hides] = HIDDEN_TO + (end[hides] - HIDDEN_TO) * spin[::-1][hides] / HIDES
    used, place = np.unique(np.maximum(family, 0), return_inverse=True)
    stalled = spin < STALL
    return worths, Paths(family, reaction, level, step, since, period, more, stalled, first, hidden, used, place)


def _unrejected(profile: Profile, guess: Guess, talk: Talk, worths: Floats, paths: Paths) -> tuple[Floats, Floats]:
    """Weights of the samples: what they say the seller should have taken, it did not take; and by how much they err."""
    if not talk.ours:
        return np.full(len(worths), 1.0 / len(worths)), np.zeros(len(worths))
    refused = sorted(talk.ours, key=lambda o: (o.worth, -o.index))[: 2 * REFUSED]
    outcomes = np.array([o.values for o in refused], dtype=np.int64)
    times = seller_time(profile, np.array([o.round for o in refused]), True)
    levels = paths.thresholds(times, None)
    script = paths.step > 0
    levels[script] = np.where(times[None, :] >= paths.since[script, None], levels[script], 1.0)
    margin = product(worths, guess.rows(outcomes).T) - levels
    telling = np.argsort(-margin.mean(axis=0), kind="stable")[:REFUSED]
    logs = -np.logaddexp(0.0, np.clip(margin[:, telling] / BLUR, -30, 30) * 1.7)
    total = np.maximum(logs, -4.0).sum(axis=1)
    total[paths.random] = len(telling) * np.log(0.95)
    weights = np.exp(total - total.max()) + 1e-9
    return weights / weights.sum(), np.maximum(margin.max(axis=1) - BLUR, 0.0)

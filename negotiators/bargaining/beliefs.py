"""What the seller's offers teach: samples of (its preferences, its way of moving), weighted by how well they explain.

For each family of level curves the offers are linear equations on the seller's worth per value: worth of its offer =
level at that time, plus noise. With a Gaussian prior the evidence of each family and the posterior of the preferences
are closed forms. Rejections weigh the samples: what was rejected lay below the level. All from the transcript, at a cost
that does not grow with the space or the length of the talk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from negotiators.bargaining.guess import Guess, first_guess
from negotiators.bargaining.pool import Floats, Ints
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.styles import PRIOR, STYLES, families
from negotiators.bargaining.talk import Offered, Talk

SAMPLES = 192
HEARD = 36
"""At most this many of their offers enter the regression (first, last and evenly between)."""
NOISES = (0.015, 0.045)
REACTIONS = ((1.0, 1.0), (0.5, 1.0), (1.0, 1.3))
"""(k, a): a reactive seller's offer is worth a - k * (worth to it of our last bid) to it."""
RANDOM_NOISE = 0.22
BLUR = 0.02
REFUSED = 24
"""At most this many of our rejected bids weigh the samples: the ones that say most."""
STALL = 0.05
"""Chance that the seller goes no further from now on, whatever its curve promised."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Weighted samples of a seller.

    `worths` (N, D): its worth per issue value; `family` (N,): its level curve, -1 when it does not go by the clock;
    `reaction` (N,): index into REACTIONS, or -1; `stalled` (N,): it goes no further from now on; `weights` sum to 1.
    `styles`: probability per style. `mean` (D,): expected worth per value.
    """

    guess: Guess
    worths: Floats
    family: Ints
    reaction: Ints
    stalled: npt.NDArray[np.bool_]
    weights: Floats
    styles: dict[str, float]
    mean: Floats

    def seller_worth(self, outcomes: Ints) -> Floats:
        """Worth to the seller (N, K) of outcomes under each sample."""
        worth: Floats = self.worths @ self.guess.rows(outcomes).T
        return worth

    def mean_worth(self, outcomes: Ints) -> Floats:
        """Expected worth to the seller (K,) of outcomes."""
        worth: Floats = self.mean[outcomes + self.guess.starts].sum(axis=1)
        return worth

    @property
    def random(self) -> npt.NDArray[np.bool_]:
        """Samples of a seller that answers at random."""
        return (self.family < 0) & (self.reaction < 0)

    def thresholds(self, times: Floats, now: float) -> Floats:
        """Least worth (N, T) the seller accepts at these shares of the talk, as seen at `now`."""
        return _thresholds(self.family, self.reaction, self.stalled, times, now)


def _thresholds(family: Ints, reaction: Ints, stalled: npt.NDArray[np.bool_], times: Floats, now: float) -> Floats:
    curves = families().levels(np.concatenate([times, [now]]))
    found: Floats = np.where(family[:, None] >= 0, curves[np.maximum(family, 0), :-1], 2.0)
    frozen = curves[np.maximum(family, 0), -1][:, None]
    found = np.where(stalled[:, None] & (family[:, None] >= 0), np.maximum(found, frozen), found)
    for index, (k, a) in enumerate(REACTIONS):
        found[reaction == index] = a / (1.0 + k)
    return found


def believe(profile: Profile, talk: Talk) -> Beliefs:
    """Beliefs after everything heard so far; deterministic under the profile's seed."""
    guess = first_guess(profile.space, profile.utility, profile.prior)
    heard = _selected(talk.theirs)
    fits = _fits(profile, guess, talk, heard)
    scores = np.concatenate([fit.score for fit in fits])
    chance = np.exp(scores - scores.max())
    chance /= chance.sum()
    rng = np.random.default_rng(profile.seed)
    offset, noise = float(rng.random()), rng.standard_normal((SAMPLES, len(guess.mean)))
    picked = np.searchsorted(np.cumsum(chance), (np.arange(SAMPLES) + offset) / SAMPLES)
    picked = np.minimum(picked, len(chance) - 1)
    worths = np.empty((SAMPLES, len(guess.mean)))
    family, reaction = np.full(SAMPLES, -1), np.full(SAMPLES, -1)
    start = 0
    for fit in fits:
        rows = np.flatnonzero((picked >= start) & (picked < start + len(fit.score)))
        if len(rows):
            member = picked[rows] - start
            worths[rows] = fit.posterior(guess, member, noise[rows])
            family[rows] = member if fit.clocked else -1
            reaction[rows] = fit.reaction
        start += len(fit.score)
    stalled = (np.arange(SAMPLES) * 0.6180339887 % 1.0) < STALL
    weights = _unrejected(profile, guess, talk, worths, family, reaction)
    styles = _style_chances(family, reaction, weights)
    return Beliefs(guess, worths, family, reaction, stalled, weights, styles, weights @ worths)


@dataclass(frozen=True, slots=True)
class _Fit:
    """One linear regression with many targets: features (T, D), residuals (T, F), the inverse of their covariance."""

    features: Floats
    residual: Floats
    inverse: Floats
    score: Floats
    clocked: bool
    reaction: int

    def posterior(self, guess: Guess, member: Ints, noise: Floats) -> Floats:
        """A draw of the seller's worth per value for each chosen target."""
        gain = guess.spread @ self.features.T @ self.inverse
        spread = guess.spread - gain @ self.features @ guess.spread
        root = np.linalg.cholesky(spread + 1e-9 * np.eye(len(spread)))
        drawn: Floats = guess.mean + (gain @ self.residual[:, member]).T + noise @ root.T
        return np.maximum(drawn, 0.0)


def _fit(
    guess: Guess, features: Floats, targets: Floats, noise: float, log_prior: Floats, clocked: bool, reaction: int
) -> _Fit:
    """Evidence of each target column, with one more row: the worth of the seller's favourite is known to be about 1."""
    features = np.concatenate([features, guess.span[None, :]])
    targets = np.concatenate([targets, np.full((1, targets.shape[1]), guess.span_mean)])
    spread = features @ guess.spread @ features.T
    spread[np.diag_indices_from(spread)] += np.append(np.full(len(features) - 1, noise**2), 0.03**2)
    inverse = np.linalg.inv(spread)
    residual = targets - (features @ guess.mean)[:, None]
    logdet = float(np.linalg.slogdet(spread)[1])
    score = log_prior - 0.5 * np.einsum("tf,tf->f", residual, inverse @ residual) - 0.5 * logdet
    return _Fit(features, residual, inverse, score, clocked, reaction)


def _fits(profile: Profile, guess: Guess, talk: Talk, heard: list[Offered]) -> list[_Fit]:
    issues = len(profile.space.issues)
    outcomes = np.array([o.values for o in heard], dtype=np.int64).reshape(len(heard), issues)
    features = guess.rows(outcomes)
    clock = Clock(profile)
    times = np.array([float(clock(o.round, False)) for o in heard])
    grid = families()
    levels = grid.levels(times).T
    half = np.log(1.0 / len(NOISES))
    fits = [_fit(guess, features, levels, noise, grid.log_prior + half, True, -1) for noise in NOISES]
    answered = _answered(talk, heard)
    bids = np.array([o.values if o else heard[0].values for o in answered], dtype=np.int64).reshape(len(heard), issues)
    known = np.array([o is not None for o in answered], dtype=np.float64)
    bid_features = guess.rows(bids) * known[:, None]
    prior = np.log(PRIOR["reactive"] / len(REACTIONS))
    for index, (k, a) in enumerate(REACTIONS):
        target = np.where(known > 0, a, 1.0)[:, None]
        fits.append(_fit(guess, features + k * bid_features, target, 0.03, np.array([prior]), False, index))
    middle = np.full((len(heard), 1), 0.5)
    fits.append(_fit(guess, features, middle, RANDOM_NOISE, np.log(np.array([PRIOR["random"]])), False, -1))
    return fits


def _unrejected(profile: Profile, guess: Guess, talk: Talk, worths: Floats, family: Ints, reaction: Ints) -> Floats:
    """Weights of the samples: what they say the seller should have taken, it did not take."""
    bids = talk.ours[-1:] if talk.last is None else talk.ours
    if not bids:
        return np.full(len(worths), 1.0 / len(worths))
    outcomes = np.array([o.values for o in bids], dtype=np.int64)
    clock = Clock(profile)
    times = np.array([float(clock(o.round, True)) for o in bids])
    never = np.zeros(len(worths), dtype=bool)
    margin = worths @ guess.rows(outcomes).T - _thresholds(family, reaction, never, times, 0.0)
    logs = -np.logaddexp(0.0, np.clip(margin / BLUR, -30, 30) * 1.7)
    telling = np.argsort(-(margin.mean(axis=0)), kind="stable")[:REFUSED]
    total = np.maximum(logs[:, telling], -4.0).sum(axis=1)
    random = (family < 0) & (reaction < 0)
    total[random] = len(telling) * np.log(0.95)
    weights = np.exp(total - total.max()) + 1e-9
    normal: Floats = weights / weights.sum()
    return normal


def _style_chances(family: Ints, reaction: Ints, weights: Floats) -> dict[str, float]:
    style = np.where(family >= 0, families().style[np.maximum(family, 0)], STYLES.index("random"))
    style = np.where(reaction >= 0, STYLES.index("reactive"), style)
    return {name: round(float(weights[style == i].sum()), 4) for i, name in enumerate(STYLES)}


class Clock:
    """The seller's share of the talk at a round, as it decides about our bid or makes its own offer."""

    def __init__(self, profile: Profile) -> None:
        self.rounds, self.first = profile.n_rounds, profile.first

    def __call__(self, round: int | Floats, about_our_bid: bool) -> float | Floats:
        shift = 1 if about_our_bid and not self.first else 0
        if self.rounds is None:
            return (round + shift) / (round + shift + 12.0)
        return np.minimum(1.0, (round + shift + 1.0) / (self.rounds + 1.0))


def _selected(theirs: tuple[Offered, ...]) -> list[Offered]:
    if len(theirs) <= HEARD:
        return list(theirs)
    recent = 12
    places = np.unique(np.linspace(0, len(theirs) - recent - 1, HEARD - recent).round().astype(int))
    return [theirs[int(i)] for i in places] + list(theirs[-recent:])


def _answered(talk: Talk, heard: list[Offered]) -> list[Offered | None]:
    """For each of their offers, our bid it answered."""
    found: list[Offered | None] = []
    position = -1
    for offer in heard:
        while position + 1 < len(talk.ours) and talk.ours[position + 1].index < offer.index:
            position += 1
        found.append(talk.ours[position] if position >= 0 else None)
    return found

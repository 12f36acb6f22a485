"""Linear regressions of the seller's preferences, one per style, each with its evidence (Bishop 2006, ch. 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from negotiators.bargaining.guess import Guess
from negotiators.bargaining.pool import Floats, Ints, product
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.styles import PRIOR, REACTIONS, STYLES, Style, families
from negotiators.bargaining.talk import PATIENCE, Offered, Talk

HEARD = 36
"""At most this many of their offers enter the regressions."""
NOISES = (0.015, 0.045, 0.10)
RANDOM_NOISE = 0.22
REACTION_NOISE = 0.03
SCRIPT_NOISE = 0.025
FAVOURITE_NOISE = 0.03
STEP_PENALTY = 3.0
"""Log cost of one more step of a script: its place among about twenty offers."""
FALL, FALL_SPREAD = 0.12, 0.06
"""Usual size of a script's step, in worth to the seller."""


Kind = Literal["clock", "reaction", "script", "random"]


@dataclass(frozen=True, slots=True)
class Fit:
    """One regression with one or more targets: features (T, D), residuals (T, F), inverse covariance (T, T).

    `score` (F,) is log prior plus log evidence. A script knows when it last stepped and how often it does.
    """

    kind: Kind
    mean: Floats
    spread: Floats
    features: Floats
    residual: Floats
    inverse: Floats
    score: Floats
    reaction: int = -1
    since: float = 0.0
    period: float = 1.0

    def posterior(self, member: Ints, noise: Floats) -> Floats:
        """A draw of the coefficients for each chosen target."""
        shared = product(self.features, self.spread)
        gain = product(shared.T, self.inverse)
        spread = self.spread - product(gain, shared)
        root = _root(0.5 * (spread + spread.T))
        drawn: Floats = self.mean + product(gain, self.residual[:, member]).T + product(noise[:, : len(root)], root.T)
        return drawn


def _root(spread: Floats) -> Floats:
    """A matrix whose square is the covariance; rounding may have made it slightly indefinite."""
    try:
        root: Floats = np.linalg.cholesky(spread + 1e-8 * np.eye(len(spread))).astype(np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(spread)
        root = (vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float64)
    return root


def seller_time(profile: Profile, rounds: Ints, about_our_bid: bool) -> Floats:
    """The seller's share of the talk when it makes its offer of these rounds, or decides about our bid of them."""
    shift = 1.0 if about_our_bid and not profile.first else 0.0
    if profile.n_rounds is None:
        open_end: Floats = (rounds + shift) / (rounds + shift + PATIENCE)
        return open_end
    share: Floats = np.minimum(1.0, (rounds + shift + 1.0) / (profile.n_rounds + 1.0))
    return share


def fits(profile: Profile, guess: Guess, talk: Talk, heard: list[Offered]) -> list[Fit]:
    """Every style, tried on the offers heard."""
    issues = len(profile.space.issues)
    outcomes = np.array([o.values for o in heard], dtype=np.int64).reshape(len(heard), issues)
    features = guess.rows(outcomes)
    times = seller_time(profile, np.array([o.round for o in heard], dtype=np.int64), False)
    grid = families()
    levels = grid.levels(times).T
    prior = style_prior(profile)
    shift = np.array([np.log(prior[name] / PRIOR[name]) for name in STYLES])
    log_prior = grid.log_prior + shift[grid.style] - np.log(len(NOISES))
    tasks = [_Task("clock", features, levels, noise, log_prior) for noise in NOISES]
    tasks += _reactions(guess, talk, heard, features, prior["reactive"])
    middle = np.full((len(heard), 1), 0.5)
    tasks.append(_Task("random", features, middle, RANDOM_NOISE, np.log(np.array([prior["random"]]))))
    tried = _regress(guess, tasks)
    smooth = max(tried[: len(NOISES)], key=lambda f: float(f.score.max()))
    script = _script(guess, features, times, smooth, prior["ladder"])
    return tried if script is None else [*tried, script]


def style_prior(profile: Profile) -> dict[Style, float]:
    """How sellers move in general, drawn towards how this one moved in earlier talks."""
    if profile.prior is None or not profile.prior.styles:
        return PRIOR
    known, trust = dict(profile.prior.styles), profile.prior.talks / (profile.prior.talks + 2.0)
    return {name: max(0.01, (1 - trust) * PRIOR[name] + trust * known.get(name, 0.0)) for name in STYLES}


@dataclass(frozen=True, slots=True)
class _Task:
    """A regression to be done: features (T, D), targets (T, F), noise, log prior (F,)."""

    kind: Kind
    features: Floats
    targets: Floats
    noise: float
    log_prior: Floats
    reaction: int = -1


def _regress(guess: Guess, tasks: list[_Task]) -> list[Fit]:
    """Evidence of each target column, with one more row: the seller's favourite is worth about 1 to it."""
    heard = len(tasks[0].features)
    features = np.stack([np.concatenate([task.features, guess.span[None, :]]) for task in tasks])
    noise = np.full((len(tasks), heard + 1), FAVOURITE_NOISE**2)
    noise[:, :heard] = np.array([task.noise**2 for task in tasks])[:, None]
    spread = np.stack([product(product(one, guess.spread), one.T) for one in features])
    inverse, logdet = _inverted(spread, noise)
    expected = features @ guess.mean
    found = []
    for i, task in enumerate(tasks):
        favourite = np.full((1, task.targets.shape[1]), guess.span_mean)
        residual = np.concatenate([task.targets, favourite]) - expected[i][:, None]
        score = task.log_prior - 0.5 * (product(inverse[i], residual) * residual).sum(axis=0) - 0.5 * logdet[i]
        found.append(Fit(task.kind, guess.mean, guess.spread, features[i], residual, inverse[i], score, task.reaction))
    return found


def _inverted(spread: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Inverses (B, T, T) and log determinants (B,) of covariances with noise added on their diagonals."""
    diagonal = np.arange(spread.shape[-1])
    spread[:, diagonal, diagonal] += noise
    inverse: Floats = np.linalg.inv(spread).astype(np.float64, copy=False)
    return inverse, np.linalg.slogdet(spread)[1]


def _reactions(guess: Guess, talk: Talk, heard: list[Offered], features: Floats, chance: float) -> list[_Task]:
    """A seller that answers our bids: linear in its worth of what it offers and of what we bid."""
    if not talk.ours or not heard:
        return []
    bids = guess.rows(np.array([o.values for o in talk.ours], dtype=np.int64))
    generous = np.minimum.accumulate(np.array([o.worth for o in talk.ours]))
    best = np.searchsorted(-generous, -generous, side="left")
    before = np.searchsorted([o.index for o in talk.ours], [o.index for o in heard]) - 1
    moved_yet = np.array([o.values != talk.theirs[0].values for o in heard])
    known = (before >= 0) & moved_yet
    last = bids[np.maximum(before, 0)] * known[:, None]
    given = (bids[best[np.maximum(before, 0)]] - bids[0]) * known[:, None]
    tasks = []
    for start, (k, which) in _reaction_groups():
        ends = [a for a_k, a, a_which in REACTIONS if (a_k, a_which) == (k, which)]
        moved = last if which == "last" else given
        targets = np.where(known[:, None], np.array(ends)[None, :], 1.0)
        prior = np.full(len(ends), np.log(chance / len(REACTIONS)))
        tasks.append(_Task("reaction", features + k * moved, targets, REACTION_NOISE, prior, start))
    return tasks


def _reaction_groups() -> list[tuple[int, tuple[float, str]]]:
    """Reactions that share their features, with the index of the first; REACTIONS lists them side by side."""
    groups: dict[tuple[float, str], int] = {}
    for index, (k, _, which) in enumerate(REACTIONS):
        groups.setdefault((k, which), index)
    return [(index, key) for key, index in groups.items()]


def _script(guess: Guess, features: Floats, times: Floats, smooth: Fit, chance: float) -> Fit | None:
    """A seller that goes down in steps: places from a segmentation, heights unknown and solved for."""
    if len(times) < 5:
        return None
    best = int(np.argmax(smooth.score))
    fitted = smooth.mean + smooth.spread @ (smooth.features.T @ (smooth.inverse @ smooth.residual[:, best]))
    cuts = _segments(features @ fitted)
    if not cuts:
        return None
    size, falls = len(guess.mean), len(cuts)
    mean = np.concatenate([guess.mean, [0.97], np.full(falls, FALL)])
    spread = np.zeros((size + 1 + falls, size + 1 + falls))
    spread[:size, :size] = guess.spread
    spread[size:, size:] = np.diag([0.03**2, *[FALL_SPREAD**2] * falls])
    after = np.arange(len(times))[:, None] >= np.array(cuts)[None, :]
    rows = np.concatenate([features, -np.ones((len(times), 1)), after.astype(np.float64)], axis=1)
    rows = np.concatenate([rows, np.append(guess.span, np.zeros(1 + falls))[None, :]])
    targets = np.append(np.zeros(len(times)), guess.span_mean)[:, None]
    prior = np.array([np.log(chance) - STEP_PENALTY * falls])
    noise = np.full((1, len(rows)), SCRIPT_NOISE**2)
    noise[0, -1] = FAVOURITE_NOISE**2
    inverse, logdet = _inverted(product(product(rows, spread), rows.T)[None], noise)
    residual = targets - (rows @ mean)[:, None]
    score = prior - 0.5 * ((inverse[0] @ residual) * residual).sum(axis=0) - 0.5 * logdet
    since = float(times[cuts[-1]])
    period = (since - float(times[0])) / falls
    return Fit("script", mean, spread, rows, residual, inverse[0], score, -1, since, max(period, 0.02))


def _segments(levels: Floats) -> list[int]:
    """Places where a piecewise constant series changes: optimal partitioning (Jackson et al. 2005)."""
    size = len(levels)
    total, square = np.append(0.0, np.cumsum(levels)), np.append(0.0, np.cumsum(levels**2))
    cost, origin = np.zeros(size + 1), np.zeros(size + 1, dtype=np.int64)
    cost[0] = -STEP_PENALTY
    for end in range(1, size + 1):
        starts = np.arange(end)
        spread = square[end] - square[starts] - (total[end] - total[starts]) ** 2 / (end - starts)
        tried = cost[starts] + spread / (2 * SCRIPT_NOISE**2) + STEP_PENALTY
        origin[end] = int(np.argmin(tried))
        cost[end] = tried[origin[end]]
    cuts, end = [], size
    while origin[end] > 0:
        end = int(origin[end])
        cuts.append(end)
    return cuts[::-1]

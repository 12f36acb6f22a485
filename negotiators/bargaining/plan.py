"""What to send until the end: a plan over the bids that are left, made backwards from the last.

For each sample of the seller `v` is what the rest of the plan is worth. Going back from the last bid: choose the
outcome with the largest expected gain `sum w * accepted * (worth - v)`, then let `v` be its worth in the samples that
accept it. One seller's answers to several bids are correlated; independent shots would overrate the future. The same
`v` gives acceptance by optimal stopping: take an offer worth at least what the plan still promises (Baarslag and
Hindriks 2013, here with a learned seller).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from negotiators.bargaining.beliefs import BLUR, Beliefs
from negotiators.bargaining.fits import seller_time
from negotiators.bargaining.pool import Floats, Ints, Pool
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.retreat import higher, refused_own
from negotiators.bargaining.talk import Talk

NEAR_END = 9
RANDOM_ACCEPTS = 0.15
RANDOM_STAYS = 0.90
STAYS = 0.997
PER_BAND = 3
BANDS = 50
OFFERS = 8
SURE = 0.02
SHARPNESS = 0.045
REFUSAL = 0.03
"""What a seller refused was worth this much less to it than it asked for, at least."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The bid to make now, its expected gain over waiting, and what the plan is worth (with and without it).

    `expected` and `closing`: worth of the deal if it closes, and the chance that it does. `moving`: chance that the
    seller comes down by itself. `waiting` (N,): what each sample promises if this bid is not taken; `least` (N,): what
    it asks for now.
    """

    row: int
    gain: float
    worth: float
    closing: float
    expected: float
    moving: float
    waiting: Floats
    least: Floats


def candidates(pool: Pool, seller: Floats, least: float, most: float, keep: Ints) -> Ints:
    """Rows worth planning with: in thin bands of our worth those best for the seller; `keep` rows stay."""
    rows = np.flatnonzero((pool.ours >= least) & (pool.ours <= most + 1e-9))
    if not len(rows):
        rows = np.flatnonzero(pool.ours >= min(least, float(pool.ours[0])))[-PER_BAND:]
    band = np.floor(pool.ours[rows] * BANDS)
    order = np.argsort(4.0 * band - np.clip(seller[rows], 0.0, 2.0), kind="stable")
    ordered = band[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    chosen: Ints = np.unique(np.concatenate([rows[order[rank < PER_BAND]], keep]))
    return chosen


def make(profile: Profile, talk: Talk, pool: Pool, beliefs: Beliefs, rows: Ints, nothing: float) -> Plan:
    """Plan with the outcomes in `rows`; `nothing` is what no deal is worth."""
    ours = pool.ours[rows]
    theirs = beliefs.seller_worth(pool.outcomes[rows])
    rounds = _stages(profile, talk)
    times = seller_time(profile, rounds, True)
    now = float(seller_time(profile, np.array([max(0, talk.round - 1)]), True)[0])
    least = beliefs.paths.thresholds(times, now) + beliefs.raised[:, None]
    least = higher(profile, talk, beliefs.paths, least, times, now)
    theirs = _own_offers(profile, talk, pool, beliefs, rows, theirs)
    theirs = _refused(profile, talk, pool, beliefs, rows, theirs)
    random = beliefs.paths.random
    scaled, room = theirs * (1.0 / SHARPNESS), np.empty_like(theirs)
    worth = np.full(len(beliefs.weights), nothing)
    deal = np.zeros(len(beliefs.weights))
    stays = np.where(random, RANDOM_STAYS, STAYS if profile.n_rounds is not None else 0.93)
    best, gain, waiting = 0, 0.0, worth
    for stage in range(len(rounds) - 1, -1, -1):
        if stage < len(rounds) - 1:
            gap = float(rounds[stage + 1] - rounds[stage])
            worth = nothing + (worth - nothing) * stays**gap
            deal = deal * stays**gap
            worth[random], deal[random] = _tried(worth[random], deal[random], gap, float(ours.max()), nothing)
        waiting = worth
        accepted = _accepted(scaled, least[:, stage], random, room)
        added = _added(beliefs.weights, accepted, ours, worth)
        best = int(np.argmax(added))
        gain = float(added[best])
        if gain > 0:
            worth = worth + accepted[:, best] * (ours[best] - worth)
            deal = deal + accepted[:, best] * (1.0 - deal)
    total = float(beliefs.weights @ worth)
    closing = float(beliefs.weights @ deal)
    expected = nothing + (total - nothing) / closing if closing > 1e-6 else nothing
    moving = float(beliefs.weights @ beliefs.paths.moving(times, now))
    return Plan(int(rows[best]), gain, total, closing, expected, moving, waiting, least[:, 0])


def _tried(worth: Floats, deal: Floats, gap: float, top: float, nothing: float) -> tuple[Floats, Floats]:
    """Worth and closing chance of samples that answer at random, with the bids between two stages added."""
    passed = (1.0 - RANDOM_ACCEPTS) ** (gap - 1.0)
    again = RANDOM_STAYS * (1.0 - RANDOM_ACCEPTS)
    taken = RANDOM_STAYS * RANDOM_ACCEPTS * (1.0 - again ** (gap - 1.0)) / (1.0 - again)
    return nothing + (worth - nothing) * passed + taken * (top - nothing), deal * passed + taken


def gains(plan: Plan, pool: Pool, beliefs: Beliefs, rows: Ints) -> Floats:
    """What bidding each row now adds to waiting. Below zero: who would take it would have given more later."""
    scaled = beliefs.seller_worth(pool.outcomes[rows]) * (1.0 / SHARPNESS)
    taken = _accepted(scaled, plan.least, beliefs.paths.random, scaled)
    return _added(beliefs.weights, taken, pool.ours[rows], plan.waiting)


def _added(weights: Floats, accepted: Floats, ours: Floats, waiting: Floats) -> Floats:
    """Expected gain of each outcome over what its takers promise otherwise."""
    added: Floats = ours * (weights @ accepted) - (weights * waiting) @ accepted
    return added


def hope(profile: Profile, talk: Talk, pool: Pool, beliefs: Beliefs, rows: Ints) -> float:
    """Chance that the seller ever takes anything above our floor.

    The only place besides the clip where the limit is looked at: it decides whether to leave.
    """
    above = rows[pool.lower[rows] >= profile.floor]
    if not len(above):
        return 0.0
    theirs = _own_offers(profile, talk, pool, beliefs, above, beliefs.seller_worth(pool.outcomes[above]))
    least = beliefs.paths.thresholds(seller_time(profile, _stages(profile, talk), True), None).min(axis=1)
    taken = (theirs >= least[:, None] - BLUR).any(axis=1)
    return float(beliefs.weights @ np.where(beliefs.paths.random, 1.0, taken))


def _own_offers(profile: Profile, talk: Talk, pool: Pool, beliefs: Beliefs, rows: Ints, theirs: Floats) -> Floats:
    """What the seller offered is worth at least what it asked for then; one that answers our bids may change back, and
    once it refuses an offer of its own, only what it offered since counts."""
    recent = talk.theirs[-OFFERS:]
    refused = refused_own(talk)
    if refused:
        recent = tuple(offer for offer in recent if offer.index > refused[-1][1].index)
    place = np.flatnonzero(np.isin(rows, pool.rows_of(offer.values for offer in recent)))
    if not len(place):
        return theirs
    steady = beliefs.paths.reaction < 0
    times = seller_time(profile, np.array([offer.round for offer in recent]), False)
    asked = beliefs.paths.thresholds(times, None)
    for column in place:
        values = pool.values(int(rows[column]))
        since = max(i for i, offer in enumerate(recent) if offer.values == values)
        sure = np.minimum(asked[steady, since] + SURE, 1.0)
        theirs[steady, column] = np.maximum(theirs[steady, column], sure)
    return theirs


def _refused(profile: Profile, talk: Talk, pool: Pool, beliefs: Beliefs, rows: Ints, theirs: Floats) -> Floats:
    """What the seller refused is worth less than it asked for then: only one that has come down since takes it."""
    columns = np.flatnonzero(np.isin(rows, pool.rows_of(bid.values for bid in talk.ours)))
    if not len(columns):
        return theirs
    latest = {bid.values: bid.round for bid in talk.ours}
    steady = np.flatnonzero(beliefs.paths.reaction < 0)
    times = seller_time(profile, np.array([latest[pool.values(int(row))] for row in rows[columns]]), True)
    asked = (beliefs.paths.thresholds(times, None) + beliefs.raised[:, None])[steady]
    block = np.ix_(steady, columns)
    theirs[block] = np.minimum(theirs[block], asked - REFUSAL)
    return theirs


def _accepted(scaled: Floats, least: Floats, random: npt.NDArray[np.bool_], room: Floats) -> Floats:
    """Chance (N, K) that each sample takes each outcome, written to `room`; `scaled` is its worth in SHARPNESS."""
    np.add(scaled, (0.5 - least / SHARPNESS)[:, None], out=room)
    np.clip(room, 0.0, 1.0, out=room)
    room[random] = RANDOM_ACCEPTS
    return room


def _stages(profile: Profile, talk: Talk) -> Ints:
    """Rounds of the bids the plan looks at: this one, the last nine, and some between."""
    left = talk.bids_left if talk.bids_left is not None else max(8, min(40, talk.round + 4))
    left = max(1, left)
    back = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 17, 23, 31, 42, 57, 77, 104, 140]
    offsets = sorted({left - 1 - b for b in back if b < left} | {0})
    return np.array([talk.round + o for o in offsets], dtype=np.int64)

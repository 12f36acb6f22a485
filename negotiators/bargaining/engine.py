"""`decide`: profile, transcript, round -> what to do now, and why. Pure and deterministic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negotiators.bargaining.curve import aspiration
from negotiators.bargaining.moves import Decision, Reason, TheirMove, Transcript
from negotiators.bargaining.pool import Pool, base_pool, mirrored
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.talk import Talk, read


def decide(profile: Profile, transcript: Transcript, round: int) -> Decision:
    """The move to make in `round` (0-based). Never proposes or accepts below `profile.floor`."""
    talk = read(profile, transcript, round)
    closed = _closed(profile, talk)
    if closed is not None:
        return closed
    pool = base_pool(profile.utility)
    if not len(pool.ours) or pool.lower[0] < profile.floor:
        return Decision("leave", Reason("limit-above-best", {"floor": profile.floor}))
    return _by_curve(profile, talk, pool)


def _closed(profile: Profile, talk: Talk) -> Decision | None:
    """Talks the seller has ended: by leaving, or by accepting our latest proposal."""
    if not isinstance(talk.last, TheirMove):
        return None
    if talk.last.act == "leave":
        return Decision("leave", Reason("they-left"))
    if talk.last.act == "accept" and talk.ours:
        taken = talk.ours[-1]
        if profile.utility.lower(taken.values) < profile.floor:
            return Decision("leave", Reason("accepted-below-floor", {"worth": taken.worth, "floor": profile.floor}))
        return Decision("accept", Reason("they-accepted", {"worth": taken.worth}), taken.values, taken.index)
    return None


def _by_curve(profile: Profile, talk: Talk, pool: Pool) -> Decision:
    ask = aspiration(profile, talk.time, float(pool.ours[0]))
    numbers: dict[str, float | str] = {"ask": ask, "time": talk.time}
    live = talk.live
    if live is not None and live.worth >= profile.floor and profile.utility.allowed(live.values):
        last_word = talk.bids_left == 0
        if live.worth >= ask or last_word or live.final:
            rule = "last-word" if last_word else "final-offer" if live.final else "at-aspiration"
            return Decision("accept", Reason(rule, {**numbers, "worth": live.worth}), live.values, live.index)
    best = talk.best
    if best is not None and profile.utility.lower(best.values) >= max(ask, profile.floor):
        return Decision("propose", Reason("re-offer", numbers), best.values)
    level = max(ask, profile.floor)
    rows = np.flatnonzero(pool.lower >= profile.floor)
    near = rows[pool.ours[rows] >= min(level, float(pool.ours[rows[0]]))]
    band = near[pool.ours[near] <= level + 0.05]
    rows = band if len(band) else near[-1:]
    used = {offer.values for offer in talk.ours}
    fresh = [r for r in rows if pool.values(int(r)) not in used] or list(rows)
    seller = mirrored(profile.utility)
    starts = np.concatenate([[0], np.cumsum(profile.space.shape[:-1])])
    gains = [float(seller[starts + pool.outcomes[r]].sum()) for r in fresh]
    return Decision("propose", Reason("curve", numbers), pool.values(int(fresh[int(np.argmax(gains))])))


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a talk still promises: `expected` worth of the deal if it closes, and the chance that it does."""

    expected: float
    closing: float


def outlook(profile: Profile, transcript: Transcript, round: int) -> Outlook:
    """A talk's promise, for `rivals`: independent of the limit, so it may be compared across talks."""
    talk = read(profile, transcript, round)
    best = talk.best
    held = 0.0 if best is None else best.worth
    if isinstance(talk.last, TheirMove) and talk.last.act == "leave":
        return Outlook(held, 0.0)
    return Outlook(max(held, aspiration(profile, 0.9, 1.0)), 0.5)

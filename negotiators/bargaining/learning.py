"""What a finished talk teaches about a seller: a small visible value, passed back in the next profile."""

from __future__ import annotations

import itertools

import numpy as np

from negotiators.bargaining.beliefs import believe
from negotiators.bargaining.moves import Transcript
from negotiators.bargaining.profile import Profile, SellerPrior
from negotiators.bargaining.retreat import witnessed
from negotiators.bargaining.talk import read


def learn(prior: SellerPrior | None, profile: Profile, transcript: Transcript) -> SellerPrior:
    """The prior after one more talk: running means of the seller's weights per issue and of its style, and whether it
    took offers back.

    Pure: the caller stores, shows and erases it. A talk in which the seller offered nothing teaches nothing.
    """
    known = prior or SellerPrior()
    last = max((move.round for move in transcript), default=0)
    talk = read(profile, transcript, last)
    if not talk.theirs:
        return known
    beliefs = believe(profile, talk)
    starts = [*beliefs.guess.starts.tolist(), len(beliefs.mean)]
    spans = [float(np.ptp(beliefs.mean[a:b])) for a, b in itertools.pairwise(starts)]
    total = sum(spans) or 1.0
    names = [issue.name for issue in profile.space.issues]
    weights = _mean(known.weights, dict(zip(names, (s / total for s in spans), strict=True)), known.talks)
    styles = _mean(known.styles, beliefs.styles, known.talks)
    back, until = witnessed(profile, talk)
    stood = known.stood_by if back is not None else (*known.stood_by, round(until, 4))
    taken = known.taken_back if back is None else (*known.taken_back, round(back, 4))
    return SellerPrior(weights, styles, known.talks + 1, taken, stood)


def _mean(old: tuple[tuple[str, float], ...], new: dict[str, float], talks: int) -> tuple[tuple[str, float], ...]:
    """Running mean by name; a name seen for the first time starts at its new value."""
    before = dict(old)
    merged = {**before, **{n: (before.get(n, x) * talks + x) / (talks + 1) for n, x in new.items()}}
    return tuple((name, round(merged[name], 6)) for name in sorted(merged))

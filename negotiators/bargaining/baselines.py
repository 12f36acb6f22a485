"""Published buyer strategies to measure the engine against: they know the limit, read nothing, and never leave.

Time-based concession (Faratin, Sierra, Jennings 1998) from the best outcome to the limit, and tit for tat in own
utility; both take an offer that is worth at least what they would ask next (AC_next, Baarslag et al. 2014). They
have `decide`'s signature, so that anything that runs the engine can run them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import numpy as np

from negotiators.bargaining.moves import Decision, Reason, TheirMove, Transcript
from negotiators.bargaining.pool import base_pool
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.talk import Talk, read

Chooser = Callable[[Profile, Transcript, int], Decision]
"""Who picks the numbers of a talk: `engine.decide`, or one of these."""

BAND = 0.04
"""Width of the iso-utility band above the target in which a bid is drawn."""


def _paced(exponent: float) -> Callable[[Talk, float, float], float]:
    def target(talk: Talk, top: float, floor: float) -> float:
        return top - (top - floor) * float(talk.time**exponent)

    return target


def _mirrored(talk: Talk, top: float, floor: float) -> float:
    """Give back what the seller's offers have come towards us."""
    given = talk.best.worth - talk.theirs[0].worth if talk.best is not None else 0.0
    return max(floor, top - given)


def _strategy(name: str, target: Callable[[Talk, float, float], float]) -> Chooser:
    def decide(profile: Profile, transcript: Transcript, round: int) -> Decision:
        talk, pool = read(profile, transcript, round), base_pool(profile.utility)
        if isinstance(talk.last, TheirMove) and talk.last.act == "leave":
            return Decision("leave", Reason("they-left"))
        if isinstance(talk.last, TheirMove) and talk.last.act == "accept" and talk.ours:
            return Decision("accept", Reason("they-accepted"), talk.ours[-1].values, talk.ours[-1].index)
        if not len(pool.ours) or float(pool.lower.max()) < profile.floor:
            return Decision("leave", Reason("limit-above-best"))
        asked = max(profile.floor, target(talk, float(pool.ours[0]), profile.floor))
        rows = np.flatnonzero((pool.lower >= asked) & (pool.ours <= asked + BAND))
        if not len(rows):
            rows = np.flatnonzero(pool.lower >= min(asked, float(pool.lower.max())))[-1:]
        row = int(random.Random(f"{profile.seed}:{round}").choice(rows.tolist()))
        live = talk.live
        if live is not None and live.worth >= max(profile.floor, asked):
            return Decision("accept", Reason(name, {"ask": asked}), live.values, live.index)
        return Decision("propose", Reason(name, {"ask": asked}), pool.values(row))

    return decide


BASELINES: Mapping[str, Chooser] = {
    "boulware": _strategy("boulware", _paced(4.0)),
    "linear": _strategy("linear", _paced(1.0)),
    "conceder": _strategy("conceder", _paced(0.25)),
    "tit_for_tat": _strategy("tit_for_tat", _mirrored),
}
"""The exponents are those of NegMAS' negotiators of these names."""

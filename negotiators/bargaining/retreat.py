"""Sellers that take offers back: seen when one refuses what it had offered, learned per seller, reckoned with.

Most sellers come down and stay there, so what one offered is taken for granted later. Some do not: a sale ends, a level
jumps back up. The sign is that it refuses its own offer when we send it back. In the next talk a share of the samples,
as large as earlier talks say, asks for more again from the same part of the talk on; so what lies on the table before
it is worth more than waiting.
"""

from __future__ import annotations

import numpy as np

from negotiators.bargaining.fits import seller_time
from negotiators.bargaining.pool import Floats
from negotiators.bargaining.profile import Profile, SellerPrior
from negotiators.bargaining.space import Values
from negotiators.bargaining.styles import Paths
from negotiators.bargaining.talk import Offered, Talk

RISE = 0.05
"""How much more than before, in worth to it, a seller asks for to the end once it has taken its offers back."""
EARLY = 0.03
"""It is reckoned with this share of the talk sooner than it was seen: the last good offer came before."""
USUAL, TALKS = 0.03, 1.0
"""The chance with a seller that is not known, and how many talks that counts for."""
_PLASTIC = 0.7548776662466927


def refused_own(talk: Talk) -> list[tuple[Offered, Offered]]:
    """What the seller offered, as it last did, and our bid of the same that it answered with less; in order."""
    offered: dict[Values, Offered] = {}
    ours = {bid.index for bid in talk.ours}
    asked: Offered | None = None
    found = []
    for said in sorted((*talk.theirs, *talk.ours), key=lambda one: one.index):
        if said.index in ours:
            asked = said if said.values in offered else None
            continue
        if asked is not None and said.values != asked.values and said.worth < asked.worth:
            found.append((offered[asked.values], asked))
        offered[said.values], asked = said, None
    return found


def witnessed(profile: Profile, talk: Talk) -> tuple[float | None, float]:
    """When (share of the talk) the seller last offered what it then refused for the first time; how much was seen."""
    refused = refused_own(talk)
    rounds = np.array([refused[0][0].round if refused else 0, talk.round])
    back, until = seller_time(profile, rounds, False).tolist()
    return (back if refused else None), until


def chance(prior: SellerPrior | None) -> float:
    """How likely the seller is to take its offers back."""
    back = prior.taken_back if prior is not None else ()
    if prior is None or not back:
        return USUAL
    stood = sum(share >= sum(back) / len(back) for share in prior.stood_by)
    return (len(back) + USUAL * TALKS) / (len(back) + stood + TALKS)


def higher(profile: Profile, talk: Talk, paths: Paths, least: Floats, times: Floats, now: float) -> Floats:
    """What each sample asks for (N, T) at these shares of the talk, with those in it that take their offers back."""
    prior = profile.prior
    if prior is None or not prior.taken_back or refused_own(talk):
        return least
    likely, spin = chance(prior), np.arange(len(least)) * _PLASTIC % 1.0
    turns = np.sort(np.array(prior.taken_back)) - EARLY
    which = np.minimum((spin / likely * len(turns)).astype(np.int64), len(turns) - 1)
    before = paths.thresholds(turns, now)[np.arange(len(least)), which]
    back = (spin < likely) & (turns[which] > now)
    after = back[:, None] & (times[None, :] > turns[which][:, None])
    found: Floats = np.where(after, np.maximum(least, before[:, None] + RISE), least)
    return found

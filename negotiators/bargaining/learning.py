"""What a finished talk teaches about a seller: a small visible value, passed back in the next profile."""

from __future__ import annotations

from negotiators.bargaining.moves import Transcript
from negotiators.bargaining.profile import Profile, SellerPrior


def learn(prior: SellerPrior | None, profile: Profile, transcript: Transcript) -> SellerPrior:
    """The prior after one more talk. Pure: the caller stores, shows and erases it."""
    known = prior or SellerPrior()
    return SellerPrior(known.weights, known.styles, known.talks + 1)

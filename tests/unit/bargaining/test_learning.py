"""What earlier talks teach."""

from __future__ import annotations

from dataclasses import replace

from bargaining_sellers import boulware, gym, talk

from negotiators.bargaining import SellerPrior, learn


def test_a_talk_leaves_a_visible_prior_that_the_next_can_use() -> None:
    profile = gym(2)
    _, transcript = talk(profile, boulware(profile, 2), 30, 2)
    prior = learn(None, profile, tuple(transcript))
    assert prior.talks == 1
    assert abs(sum(w for _, w in prior.weights) - 1) < 1e-3
    assert abs(sum(p for _, p in prior.styles) - 1) < 1e-2
    assert max(prior.styles, key=lambda s: s[1])[0] == "time"
    decisions, _ = talk(replace(profile, prior=prior), boulware(profile, 2), 30, 3)
    assert decisions[-1].act == "accept"


def test_a_silent_talk_teaches_nothing() -> None:
    known = SellerPrior(weights=(("issue0", 1.0),), talks=3)
    assert learn(known, gym(), ()) == known

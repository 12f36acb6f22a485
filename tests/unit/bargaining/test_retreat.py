"""Sellers that take offers back."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from bargaining_sellers import boulware, fixed, gym, retreating, talk

from negotiators.bargaining import OurMove, SellerPrior, TheirMove, Transcript, decide, learn
from negotiators.bargaining.beliefs import believe
from negotiators.bargaining.plan import candidates, make
from negotiators.bargaining.pool import base_pool
from negotiators.bargaining.retreat import chance, refused_own
from negotiators.bargaining.talk import read

SEEDS = (2, 3, 4, 5)


def test_a_seller_that_takes_offers_back_is_known_by_it_afterwards() -> None:
    when: list[float] = []
    for seed in SEEDS:
        profile = gym(seed)
        _, said = talk(profile, retreating(profile, seed), 30, seed)
        prior = learn(None, profile, tuple(said))
        when += prior.taken_back
        assert len(prior.taken_back) + len(prior.stood_by) == 1
        for other in (boulware(profile, seed), fixed(profile, seed)):
            _, said = talk(profile, other, 30, seed)
            assert learn(None, profile, tuple(said)).taken_back == ()
    assert len(when) == len(SEEDS) and all(0.3 < share < 0.55 for share in when)


def test_what_lies_on_the_table_before_it_does_so_again_is_taken() -> None:
    for seed in SEEDS:
        profile = gym(seed)
        _, said = talk(profile, retreating(profile, seed), 30, seed)
        known = replace(profile, prior=SellerPrior(talks=3, taken_back=(0.484, 0.484, 0.484)))
        until = max(i for i, move in enumerate(said) if move.round == 13) + 1
        plan, feared = (
            decide(replace(one, reservation_value=1.0), tuple(said[:until]), 14).reason.numbers
            for one in (profile, known)
        )
        assert float(feared["plan"]) < float(plan["plan"]) - 0.01, "waiting promises less"
        between = 0.5 * (float(plan["plan"]) + float(feared["plan"]))
        last = said[until - 1]
        assert isinstance(last, TheirMove)
        offered = (*said[: until - 1], replace(last, utility=between + 0.02))
        assert decide(known, offered, 14).act == "accept" and decide(profile, offered, 14).act == "propose"


@pytest.mark.parametrize(
    ("answer", "counted"), [((4, 2, 1, 1, 2), True), ((2, 1, 0, 0, 1), False), ((0, 0, 0, 0, 0), False)]
)
def test_only_an_answer_worth_less_to_us_is_a_refusal_of_its_own_offer(answer: tuple[int, ...], counted: bool) -> None:
    offer = (2, 1, 0, 0, 1)
    said: Transcript = (
        OurMove("propose", (0, 0, 0, 0, 1), 0), TheirMove("propose", offer, round=0),
        OurMove("propose", offer, 1), TheirMove("propose", answer, round=1),
    )  # fmt: skip
    assert bool(refused_own(read(gym(2), said, 2))) is counted


def test_the_chance_grows_with_talks_that_showed_it_and_falls_with_those_that_did_not() -> None:
    once = SellerPrior(talks=1, taken_back=(0.5,))
    thrice = SellerPrior(talks=3, taken_back=(0.5, 0.48, 0.52))
    assert chance(None) < 0.05 < 0.4 < chance(once) < 0.7 < chance(thrice) < 1
    assert chance(replace(thrice, stood_by=(0.3, 0.4))) == chance(thrice), "those ended before it could have been seen"
    assert chance(replace(thrice, stood_by=(1.0, 1.0))) < chance(thrice)


def test_a_seller_that_stands_is_not_asked_twice_in_a_row_for_what_it_refused() -> None:
    for seed in SEEDS:
        profile = gym(seed, reservation_value=0.0)
        decisions, _ = talk(profile, fixed(profile, seed, 0.75), 30, seed)
        planned = [(d.reason.rule, d.values) for d in decisions if d.act == "propose"]
        for (_, before), (rule, values) in pairwise(planned):
            assert rule != "plan" or values != before


def test_a_seller_that_refuses_more_than_it_asked_for_is_counted_on_less() -> None:
    """The later bids are better for it, in every issue, than what it goes on offering."""
    profile, offer, raised = gym(2), (2, 1, 0, 0, 1), []
    better = [(4, 2, 0, 0, 1), (3, 1, 0, 0, 2), (4, 1, 1, 0, 1), (4, 2, 0, 0, 2)]
    for bids in ([(0, 0, 0, 0, v) for v in range(4)], better):
        said: list[OurMove | TheirMove] = []
        for now, bid in enumerate(bids):
            said += [OurMove("propose", bid, now), TheirMove("propose", offer, round=now)]
        heard = read(profile, tuple(said), len(bids))
        raised.append(float(believe(profile, heard).raised.mean()))
    assert raised[0] < 0.01 and raised[1] > 0.05
    _, said = talk(profile, boulware(profile, 2), 20, 2)
    heard = read(profile, tuple(said), 20)
    beliefs, pool = believe(profile, heard), base_pool(profile.utility)
    rows = candidates(pool, beliefs.mean_worth(pool.outcomes), 0.3, 1.0, pool.rows_of([offer]))
    wary = replace(beliefs, raised=np.full(len(beliefs.raised), 0.2))
    plans = [make(profile, heard, pool, one, rows, 0.3) for one in (beliefs, wary)]
    assert plans[1].worth < plans[0].worth - 0.05

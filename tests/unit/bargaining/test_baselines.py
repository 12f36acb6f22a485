"""The published strategies the engine is measured against: they keep the limit and do what their names say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bargaining_sellers import gym

from negotiators.bargaining import OurMove, TheirMove
from negotiators.bargaining.baselines import BASELINES

PACED = ("boulware", "linear", "conceder")


@pytest.mark.parametrize("name", BASELINES)
def test_no_bid_lies_below_the_limit(name: str) -> None:
    profile = gym(3, reservation_value=0.55, n_rounds=12)
    said: tuple[OurMove | TheirMove, ...] = ()
    for number in range(12):
        chosen = BASELINES[name](profile, said, number)
        assert chosen.act == "propose" and chosen.values is not None
        assert profile.utility.value(chosen.values) >= 0.55 - 1e-9
        generous = TheirMove("propose", (8 - number // 2, 3, 1, 1, 3), round=number)
        said += (OurMove("propose", chosen.values, number), generous)


def test_they_concede_in_the_order_of_their_names() -> None:
    profile = gym(1, n_rounds=11)
    asked = [BASELINES[name](profile, (), 5).reason.numbers["ask"] for name in PACED]
    assert asked == sorted(asked, reverse=True) and asked[0] > asked[-1] + 0.2
    assert BASELINES["linear"](profile, (), 5).reason.numbers["ask"] == pytest.approx((1.0 + 0.35) / 2, abs=0.01)


def test_they_take_what_they_would_ask_and_nothing_less() -> None:
    profile = gym(1, n_rounds=11)
    for worth, act in ((0.9, "accept"), (0.5, "propose")):
        offer = TheirMove("propose", (4, 1, 0, 0, 1), worth, round=4)
        assert BASELINES["linear"](profile, (offer,), 5).act == act


def test_tit_for_tat_gives_back_what_it_was_given() -> None:
    profile = gym(1, n_rounds=11)
    nothing = (TheirMove("propose", (8, 3, 1, 1, 3), 0.0, round=0),)
    given = (*nothing, TheirMove("propose", (5, 2, 1, 1, 3), 0.3, round=1))
    before = BASELINES["tit_for_tat"](profile, nothing, 1).reason.numbers["ask"]
    assert BASELINES["tit_for_tat"](profile, given, 2).reason.numbers["ask"] == pytest.approx(float(before) - 0.3)


def test_they_hold_what_was_accepted_and_leave_when_left() -> None:
    profile = gym(1)
    said = (OurMove("propose", (0, 1, 0, 0, 0), 0), TheirMove("accept", round=0))
    assert BASELINES["boulware"](profile, said, 1).accept_index == 0
    assert BASELINES["boulware"](profile, (TheirMove("leave", round=0),), 1).act == "leave"
    assert BASELINES["boulware"](replace(profile, reservation_value=1.01), (), 0).act == "leave"

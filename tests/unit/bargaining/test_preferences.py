"""Preferences that are more than a weighted sum reach the engine's moves: pair terms, shapes, weights it is unsure of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bargaining_sellers import boulware, gym, talk

from negotiators.bargaining import OurMove, PairTerm, TheirMove, Utility, decide
from negotiators.bargaining.pool import base_pool, lower_worth, worth

BEST = (0, 0, 0, 0, 0)


def test_a_pair_that_costs_is_not_asked_for() -> None:
    profile = gym()
    assert decide(profile, (), 0).values == BEST
    bad = PairTerm(0, 0, 1, 0, -0.5)
    chosen = decide(replace(profile, utility=replace(profile.utility, pairs=(bad,))), (), 0).values
    assert chosen is not None and chosen[:2] != (0, 0)


def test_an_offer_with_a_pair_that_costs_is_refused_where_it_falls_below_the_limit() -> None:
    profile = gym(first=False, n_rounds=1)
    offer = (4, 1, 0, 0, 1)
    plain = profile.utility.value(offer)
    said = (TheirMove("propose", offer, round=0),)
    at_limit = replace(profile, reservation_value=plain - 0.05)
    assert decide(at_limit, said, 0).act == "accept"
    costly = replace(profile.utility, pairs=(PairTerm(0, 4, 4, 1, -0.1),))
    assert decide(replace(at_limit, utility=costly), said, 0).act != "accept"


def test_preferences_that_are_no_sum_are_followed_to_a_deal() -> None:
    """Only outcomes with an even first value are worth anything: none other is ever sent or taken."""
    profile = gym(2)
    plain = profile.utility

    def shape(values: tuple[int, ...]) -> float:
        total = sum(w * t[v] for w, t, v in zip(plain.middle_weights, plain.tables, values, strict=True))
        return float(total) if values[0] % 2 == 0 else 0.0

    shaped = replace(profile, utility=Utility(plain.tables, plain.weights, shape=shape))
    decisions, said = talk(shaped, boulware(profile, 2), 30)
    assert decisions[-1].act == "accept" and decisions[-1].values is not None
    assert shape(decisions[-1].values) >= shaped.floor
    sent = [move.values for move in said if isinstance(move, OurMove) and move.values is not None]
    assert sent and all(values[0] % 2 == 0 for values in sent)


def test_weights_it_is_unsure_of_are_taken_at_their_worst_for_us() -> None:
    """An offer good in what we may hardly care for counts less, and is below the limit, when the weight is open."""
    profile = gym(first=False, n_rounds=1)
    sure = replace(profile.utility, weights=(1.0, 1.0, 1.0, 1.0, 1.0))
    unsure = replace(profile.utility, weights=((0.2, 1.8), (0.2, 1.8), 1.0, 1.0, 1.0))
    offer = (0, 3, 1, 0, 2)
    middle, worst = sure.value(offer), unsure.lower(offer)
    assert unsure.value(offer) == pytest.approx(middle) and worst < middle - 0.05
    said = (TheirMove("propose", offer, round=0),)
    limit = (middle + worst) / 2
    assert decide(replace(profile, utility=sure, reservation_value=limit), said, 0).act == "accept"
    assert decide(replace(profile, utility=unsure, reservation_value=limit), said, 0).act != "accept"


@pytest.mark.parametrize("rounds", [6, 20])
def test_no_deal_is_below_the_limit_under_any_weights_in_the_intervals(rounds: int) -> None:
    profile = gym(4, n_rounds=rounds)
    wide = tuple((0.5 * w, 1.5 * w) for w in profile.utility.middle_weights)
    unsure = replace(profile, utility=replace(profile.utility, weights=wide), reservation_value=0.4)
    decisions, said = talk(unsure, boulware(profile, 4), rounds)
    sent = [move.values for move in said if isinstance(move, OurMove) and move.values is not None]
    assert all(unsure.utility.lower(values) >= 0.4 - 1e-9 for values in sent)
    assert decisions[-1].act != "accept" or unsure.utility.lower(decisions[-1].values or BEST) >= 0.4 - 1e-9


def test_the_pool_values_pairs_and_intervals_as_single_outcomes_are() -> None:
    utility = replace(
        gym(3).utility, weights=((0.1, 0.9), 0.5, (0.3, 0.4), 0.2, 0.6), pairs=(PairTerm(0, 2, 4, 1, 0.2),)
    )
    pool = base_pool(utility)
    rows = np.arange(0, len(pool.ours), 37)
    for row in rows:
        values = pool.values(int(row))
        assert pool.ours[row] == pytest.approx(utility.value(values))
        assert pool.lower[row] == pytest.approx(utility.lower(values))
    assert (lower_worth(utility, pool.outcomes) <= worth(utility, pool.outcomes) + 1e-9).all()

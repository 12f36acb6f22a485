"""What the engine does in the cases a conversation meets."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from bargaining_sellers import boulware, by_level, fixed, gym, talk, their_worth

from negotiators.bargaining import OurMove, Profile, Space, SpaceIssue, TheirMove, Utility, decide, outlook
from negotiators.bargaining.errors import ProfileError


def test_importing_the_package_does_not_load_numpy() -> None:
    code = "import sys, negotiators.bargaining; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_first_bid_is_the_best_for_us_and_says_why() -> None:
    decision = decide(gym(), (), 0)
    assert decision.act == "propose"
    assert decision.values == (0, 0, 0, 0, 0)
    assert decision.reason.rule
    assert {"ask", "plan", "style-time"} <= set(decision.reason.numbers)


def test_a_limit_above_everything_leaves_at_once() -> None:
    decision = decide(gym(reservation_value=1.01), (), 0)
    assert (decision.act, decision.reason.rule) == ("leave", "limit-above-best")


def test_an_outside_option_above_everything_leaves_too() -> None:
    assert decide(gym(outside_option=1.2), (), 5).act == "leave"


def test_when_they_accept_our_offer_is_held() -> None:
    said = (OurMove("propose", (0, 1, 0, 0, 0), 0), TheirMove("accept", round=0))
    decision = decide(gym(), said, 1)
    assert (decision.act, decision.accept_index, decision.values) == ("accept", 0, (0, 1, 0, 0, 0))


def test_an_acceptance_below_a_risen_outside_option_is_not_taken() -> None:
    said = (OurMove("propose", (8, 3, 0, 0, 0), 0), TheirMove("accept", round=0))
    decision = decide(gym(outside_option=0.9), said, 1)
    assert (decision.act, decision.reason.rule) == ("leave", "accepted-below-floor")


def test_when_they_leave_we_leave() -> None:
    assert decide(gym(), (TheirMove("leave", round=0),), 1).act == "leave"


def test_the_second_mover_takes_anything_above_its_limit_at_the_very_end() -> None:
    profile = gym(first=False, n_rounds=10)
    said = (TheirMove("propose", (5, 1, 0, 0, 1), 0.4, round=9),)
    assert decide(profile, said, 9).act == "accept"
    assert decide(replace(profile, reservation_value=0.41), said, 9).act != "accept"


def test_the_exact_worth_of_an_off_grid_offer_decides() -> None:
    profile = gym(first=False, n_rounds=10)
    grid = (8, 3, 1, 1, 3)
    assert profile.utility.value(grid) < 0.1
    assert decide(profile, (TheirMove("propose", grid, 0.99, round=0),), 0).act == "accept"


def test_a_first_final_offer_is_a_claim_and_a_second_one_counts() -> None:
    profile = gym(first=False, n_rounds=20, reservation_value=0.1)
    poor = TheirMove("propose", (6, 2, 1, 1, 2), final=True, round=0)
    assert profile.utility.value(poor.values or ()) > 0.1
    first = decide(profile, (poor,), 0)
    assert first.act == "propose"
    said = (poor, OurMove("propose", first.values, 0), replace(poor, round=1))
    assert decide(profile, said, 1).reason.rule == "final-offer"


def test_a_forbidden_value_is_never_accepted_or_sent() -> None:
    profile = gym(first=False, n_rounds=6)
    barred = replace(profile, utility=replace(profile.utility, forbidden=((0, 0),)))
    said = (TheirMove("propose", (0, 0, 0, 0, 0), 1.0, round=5),)
    assert decide(barred, said, 5).act != "accept"
    decisions, _ = talk(barred, boulware(barred), 6)
    assert all(d.values is None or d.values[0] != 0 for d in decisions)


def test_a_seller_that_only_talks_gets_bids_until_the_end() -> None:
    profile = gym(n_rounds=12)
    said: list[OurMove | TheirMove] = []
    for now in range(12):
        decision = decide(profile, tuple(said), now)
        assert decision.act == "propose"
        said += [OurMove("propose", decision.values, now), TheirMove("reject", round=now)]


def test_with_an_unknown_deadline_a_silent_seller_is_left() -> None:
    profile = gym(n_rounds=None)
    said: list[OurMove | TheirMove] = []
    for now in range(40):
        decision = decide(profile, tuple(said), now)
        if decision.act == "leave":
            break
        said += [OurMove("propose", decision.values, now), TheirMove("reject", round=now)]
    assert decision.reason.rule == "gone-quiet"


def test_with_an_unknown_deadline_a_moving_seller_ends_in_a_deal() -> None:
    profile = gym(n_rounds=None)
    decisions, _ = talk(profile, boulware(profile), 40)
    assert decisions[-1].act == "accept"


def test_a_seller_that_repeats_one_offer_does_not_break_anything() -> None:
    profile = gym(n_rounds=20)
    said: list[OurMove | TheirMove] = []
    for now in range(20):
        decision = decide(profile, tuple(said), now)
        if decision.act != "propose":
            break
        said += [OurMove("propose", decision.values, now), TheirMove("propose", (8, 3, 1, 1, 3), round=now)]
    assert decision.act in ("propose", "leave")


def test_conceding_sellers_nearly_always_end_in_a_good_deal() -> None:
    worths = []
    for seed in range(5):
        for first in (True, False):
            profile = gym(seed, first=first)
            last = talk(profile, boulware(profile, seed), 30, seed)[0][-1]
            worths.append(profile.utility.value(last.values) if last.act == "accept" and last.values else 0.0)
    assert sum(w > 0 for w in worths) >= 9
    assert sum(worths) / len(worths) > 0.6


def test_a_fixed_price_worth_taking_is_found_by_asking() -> None:
    profile = gym()
    decisions, _ = talk(profile, fixed(profile, level=0.45), 30)
    assert decisions[-1].act == "accept"


def test_where_no_deal_is_possible_it_leaves_early() -> None:
    profile = gym(reservation_value=0.8)
    decisions, transcript = talk(profile, fixed(profile, level=0.7), 30)
    assert decisions[-1].act == "leave"
    assert transcript[-1].round < 24


@pytest.mark.parametrize("rounds", [10, 40])
def test_a_seller_that_gives_way_but_not_far_enough_is_left_before_four_fifths(rounds: int) -> None:
    profile = gym(n_rounds=rounds, reservation_value=0.8)
    decisions, _ = talk(profile, boulware(profile, end=0.55), rounds)
    assert decisions[-1].reason.rule == "no-deal-in-sight"
    assert len(decisions) < 0.8 * rounds


def test_a_seller_that_stands_still_for_three_quarters_of_the_talk_is_waited_for() -> None:
    """Nobody knows what it hides: a slim chance keeps us where one that has shown its way would be left."""
    for seed in (0, 2):
        profile = gym(seed, n_rounds=40)
        late = by_level(profile, seed, lambda t: 0.85 - 0.5 * min(1.0, max(0.0, (t - 0.72) / 0.2)))
        assert talk(profile, late, 40, seed)[0][-1].act == "accept"


def test_among_equals_bids_that_suit_the_seller_are_sent() -> None:
    ahead = []
    for seed in range(3):
        profile = gym(seed)
        decisions, _ = talk(profile, boulware(profile, seed), 30, seed)
        worth = their_worth(profile, seed)
        rng = np.random.default_rng(0)
        others = [tuple(int(rng.integers(n)) for n in profile.space.shape) for _ in range(2000)]
        for bid in [d.values for d in decisions if d.act == "propose" and d.values is not None][-8:]:
            same = [worth(o) for o in others if abs(profile.utility.value(o) - profile.utility.value(bid)) < 0.02]
            ahead.append(float(np.mean([worth(bid) >= w for w in same])) if same else 0.5)
    assert np.mean(ahead) > 0.6


def test_a_held_offer_lets_the_outlook_rise() -> None:
    profile = gym()
    empty = outlook(profile, (), 0)
    offer = (TheirMove("propose", (0, 1, 0, 0, 0), round=0),)
    assert 0.0 <= empty.closing <= 1.0
    assert outlook(profile, offer, 1).expected >= profile.utility.value((0, 1, 0, 0, 0))
    assert outlook(profile, (*offer, TheirMove("leave", round=1)), 1).closing == 0.0


def test_profiles_that_decide_nothing_are_refused() -> None:
    for wrong in ({"n_rounds": 0}, {"target": 0.0}, {"public_range": (0.5, 0.5)}):
        with pytest.raises(ProfileError):
            gym(**wrong)


def test_one_issue_with_two_values_is_enough() -> None:
    space = Space((SpaceIssue("price", ("low", "high")),))
    profile = Profile(space, Utility(((1.0, 0.0),), (1.0,)), 0.2, n_rounds=5)
    said: list[OurMove | TheirMove] = []
    for now in range(5):
        decision = decide(profile, tuple(said), now)
        assert decision.act in ("propose", "leave")
        assert decision.values in ((0,), None)
        said += [OurMove("propose", decision.values, now), TheirMove("propose", (1,), round=now)]


def _milliseconds(sizes: tuple[int, ...], rounds: int = 30) -> float:
    space = Space(tuple(SpaceIssue(f"i{i}", tuple(str(v) for v in range(n))) for i, n in enumerate(sizes)))
    tables = tuple(tuple(v / (n - 1) for v in range(n)) for n in sizes)
    profile = Profile(space, Utility(tables, tuple(1.0 + i for i in range(len(sizes)))), 0.3, n_rounds=rounds)
    said: list[OurMove | TheirMove] = []
    for now in range(rounds - 4):
        said.append(OurMove("propose", tuple(n - 1 - (now + i) % 2 for i, n in enumerate(sizes)), now))
        said.append(TheirMove("propose", tuple((now // 6 + i) % n for i, n in enumerate(sizes)), round=now))
    spent = []
    for _ in range(5):
        start = time.process_time()
        decide(profile, tuple(said), rounds - 4)
        spent.append(time.process_time() - start)
    return 1000 * min(spent)


def test_a_million_outcomes_cost_little_more_than_a_thousand() -> None:
    small, large = _milliseconds((10, 5, 5, 4)), _milliseconds((10,) * 6)
    assert large < 5 * small + 5
    assert large < 50

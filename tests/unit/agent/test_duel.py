"""Duels in the arena: what the engine reaches beside published strategies, and what is drawn of it."""

from __future__ import annotations

import pytest

from agent.kernel.errors import ConfigInvalid
from agent.runtime.duel import BUYERS, ENGINE, bout, draw_buyer, duel, frontier, report
from negotiators.arena.settings import roster, style_names
from negotiators.categories import shipped

PHONE = shipped()["mobile_plan"]


def test_every_style_that_answers_can_be_met() -> None:
    silent = {"unreachable", "malformed"}
    assert set(style_names()) == {spec.style for spec in roster()} - silent


@pytest.mark.parametrize("style", style_names())
def test_a_duel_ends_with_a_deal_above_the_limit_and_at_most_the_best(style: str) -> None:
    done = bout(style, PHONE, 3, 12, BUYERS[ENGINE])
    assert done.deal is not None and done.best is not None and done.possible
    assert done.limit <= done.deal.worth <= done.best + 1e-9
    assert 0.0 <= done.share <= 1.0
    assert {point.ours for point in done.points} == {True, False}


def test_equal_seeds_give_equal_duels_and_others_others() -> None:
    first = duel("tough", "internet", 4, 10)
    assert duel("tough", "internet", 4, 10) == first
    assert duel("tough", "internet", 5, 10)["points"] != first["points"]


def test_the_engine_does_not_hear_of_the_limit_before_it_binds() -> None:
    """Two buyers who differ only in the limit see the same company do the same."""
    from dataclasses import replace

    from agent.runtime import duel as module

    seller = module._Seller("tit_for_tat", PHONE, 2)
    buyer = draw_buyer(PHONE, 2)
    profile = buyer.table.profile(12, seed=2, reservation=0.05, outside=None)
    best = module.best_utility(seller.company, PHONE, buyer.worth)
    one = module._run(buyer, seller, profile, BUYERS[ENGINE], best)
    again = module._Seller("tit_for_tat", PHONE, 2)
    other = module._run(buyer, again, replace(profile, reservation_value=0.15), BUYERS[ENGINE], best)
    assert one.deal is not None and one.deal.worth > 0.15
    assert [point.terms for point in one.points] == [point.terms for point in other.points]


def test_the_engine_reaches_more_than_every_published_strategy_here() -> None:
    found = report(4, 12, ("tough", "ladder", "fixed", "tit_for_tat"))
    percents = {name: float(mean["percent"]) for name, mean in found["all"].items()}
    assert percents[ENGINE] >= 1.1 * max(value for name, value in percents.items() if name != ENGINE)
    assert found["all"][ENGINE]["below_limit"] == 0
    assert [row["style"] for row in found["styles"]] == ["tough", "ladder", "fixed", "tit_for_tat"]
    assert all(row["buyers"][ENGINE]["talks"] == 4 for row in found["styles"])


def test_the_frontier_falls_as_the_company_gains() -> None:
    worths = [worth for worth, _ in frontier("flexible", PHONE, 1)]
    assert worths == sorted(worths, reverse=True) and worths[0] > worths[-1]


def test_unknown_styles_buyers_and_categories_are_said() -> None:
    for arguments in (("rude", "gym", 1, 5), ("tough", "yachts", 1, 5), ("tough", "gym", 1, 5, "shark")):
        with pytest.raises(ConfigInvalid) as raised:
            duel(*arguments)  # type: ignore[arg-type]
        assert raised.value.params["known"]

"""Pair terms of a need: written in NEED.toml, kept on the ledger, counted by the engine, said on the card."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from agent.kernel.errors import NeedInvalid
from agent.market.table import Table
from agent.needs.need import Need, need_from_table
from agent.needs.valuation import Valuation
from agent.reading import Reading
from agent.runtime.runner import Runner
from negotiators.adapter import ClearedMove
from negotiators.bargaining.pool import worth
from negotiators.categories import shipped
from negotiators.dialogue import Reply
from negotiators.money import Period
from tests.support.house import Company, eur, living, phone_terms

PHONE = shipped()["mobile_plan"]
LONG_AND_DEAR = """
category = "mobile_plan"
[issues.price_monthly]
weight = [2, 6]
[issues.data_gb]
min = 20
hard = true
[[issues.term.with]]
min = "P12M"
price_monthly = { min = "15.00" }
worth = "-0.15"
"""


def stated(text: str = LONG_AND_DEAR) -> Need:
    return need_from_table(tomllib.loads(text), shipped(), "need-1", "NEED.toml")


def test_a_long_term_with_a_high_price_is_worth_less_than_both_alone() -> None:
    both, plain = Valuation(PHONE, stated()), Valuation(PHONE, stated(LONG_AND_DEAR.split("[[")[0]))
    for price, term, cost in (("15.00", "P12M", 0.15), ("14.99", "P12M", 0.0), ("30.00", "P1M", 0.0)):
        terms = phone_terms(price, "20", term)
        assert plain.utility(terms) - both.utility(terms) == pytest.approx(cost)
        assert Table.of(plain).utility(terms) - Table.of(both).utility(terms) == pytest.approx(cost)
        assert Table.of(plain).secured(terms) - Table.of(both).secured(terms) == pytest.approx(cost)


def test_on_every_grid_point_the_engine_counts_what_the_valuation_counts() -> None:
    import numpy as np

    table = Table.of(Valuation(PHONE, stated()))
    chance = np.random.default_rng(3)
    points = np.stack([chance.integers(0, len(entry.values), 200) for entry in table.grids], axis=1)
    points[:, 1] = np.maximum(points[:, 1], 2)  # 20 GB is a condition
    exact = [table.utility(table.terms(tuple(int(at) for at in point))) for point in points]
    assert worth(table.utilities, points) == pytest.approx(exact)
    assert {table.valuation.together(table.terms(tuple(int(at) for at in point))) for point in points} == {0.0, -0.15}


def test_the_reservation_value_lies_below_the_worst_deal_that_a_pair_makes_worse() -> None:
    table = Table.of(Valuation(PHONE, stated()))
    worst = table.terms(tuple(min(range(len(row)), key=row.__getitem__) for row in table.utilities.tables))
    assert table.floor() <= table.secured(worst) or table.floor() == 0.0


@pytest.mark.parametrize(
    "broken",
    [
        'min = "P12M"\nworth = "-0.15"',
        'min = "P12M"\nprice_monthly = { min = "15.00" }\nworth = "2"',
        'min = "P12M"\nprice_monthly = { min = "15.00" }',
        'price_monthly = { min = "15.00" }\nworth = "0.1"',
        'min = "P12M"\nprice_monthly = { min = "15.00" }\ndata_gb = { min = 5 }\nworth = "0.1"',
        'min = "P12M"\nprice = { min = "15.00" }\nworth = "0.1"',
        'min = "P12M"\nprice_monthly = { min = "cheap" }\nworth = "0.1"',
    ],
)
def test_a_pair_that_is_not_one_is_refused(broken: str) -> None:
    with pytest.raises(NeedInvalid):
        stated(f'category = "mobile_plan"\n[[issues.term.with]]\n{broken}\n')


async def test_pairs_are_kept_and_the_card_says_which_counted_and_where_the_person_was_unsure(tmp_path: Path) -> None:
    def insists(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        return [company.propose(phone_terms("16.00", "20", "P12M"))]

    async with living(tmp_path / "h", [Company("acme", insists)]) as house:
        need = house.state_need(stated())
        (pair,) = house.market._desk.book.need(need.id).pairs
        assert pair.first.minimum == Period.parse("P12M") and pair.second.minimum == eur("15.00")
        assert pair.worth == Decimal("-0.15")
        await Runner(house).tick(digest=True)
        (item,) = Reading(house.home.root).digest().items
        reasons = {reason.code: dict(reason.params) for reason in item.because}
        assert reasons["unsure_weight"] == {"issue": "price_monthly"}
        assert reasons["together"] == {"issue": "term", "other": "price_monthly", "worth": "-0.15"}

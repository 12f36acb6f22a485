"""Needs, valuations, contracts and bundles: read strictly, valued exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.kernel.errors import ConfigInvalid, NeedInvalid
from agent.market.table import Table
from agent.needs.bundle import Candidate, choose
from agent.needs.contracts import Contract, cost_today
from agent.needs.need import mandate_from, read_need_file, wishes_from
from agent.needs.valuation import Valuation
from agent.runtime.config import load_config
from negotiators.categories import shipped
from negotiators.dialogue import Terms
from negotiators.money import Money, Period
from tests.requirements import requirement
from tests.support.house import eur, phone_need, phone_terms

GOOD = """
category = "mobile_plan"
text = "phone"
[issues.data_gb]
min = 20
hard = true
[issues.price_monthly]
max = "20.00"
hard = true
[mandate]
max_total = "260.00"
max_term_months = 12
expires = 2026-12-31
providers = ["acme"]
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "need.toml"
    path.write_text(text)
    return read_need_file(path, shipped(), "n-1")


def test_a_need_file_is_read_and_survives_the_ledger(tmp_path: Path) -> None:
    need = read(tmp_path, GOOD)
    stored = {wish.issue: wish.texts() for wish in need.wishes}
    assert wishes_from(stored, shipped()["mobile_plan"], "EUR") == need.wishes
    assert mandate_from(need.mandate.texts()) == need.mandate
    assert need.mandate.expires == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


@requirement("mandate:bad-need-is-refused")
@pytest.mark.parametrize(
    ("change", "code", "nearest"),
    [
        (("category", "categry"), "unknown_key", "category"), (("mobile_plan", "mobil_plan"), "unknown_category", "mobile_plan"),
        (("data_gb", "data_bg"), "unknown_key", "data_gb"), (("max_total", "max_totl"), "unknown_key", "max_total"),
        (("hard = true", "hrad = true"), "unknown_key", "hard"), (('"260.00"', '"a lot"'), "bad_value", None),
        (('"20.00"', '"20,00"'), "bad_value", None), (("min = 20", "min = 30\nmax = 10"), "bad_value", None),
        (("max_term_months = 12", "max_term_months = -1"), "bad_value", None), (("[mandate]", "[mandate"), "not_toml", None),
        (('["acme"]', '"acme"'), "bad_value", None), (("hard = true", 'hard = "yes"'), "bad_value", None),
        (('max_total = "260.00"', 'max_total = "260.00"\ncurrency = "EURO"'), "bad_value", None),
        (("expires = 2026-12-31", 'expires = "soon"'), "bad_value", None),
        (('max_total = "260.00"', 'max_total = "260.00"\nautonomy = "always"'), "bad_value", None),
    ],
)  # fmt: skip
def test_a_need_that_is_not_in_order_is_one_error_with_the_nearest_key(tmp_path: Path, change, code, nearest) -> None:
    with pytest.raises(NeedInvalid) as refused:
        read(tmp_path, GOOD.replace(*change, 1))
    assert refused.value.code == code
    assert nearest is None or refused.value.params["nearest"] == nearest


def test_a_missing_or_binary_need_file_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(NeedInvalid):
        read_need_file(tmp_path / "none.toml", shipped(), "n")
    (tmp_path / "need.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NeedInvalid):
        read_need_file(tmp_path / "need.toml", shipped(), "n")


@pytest.mark.parametrize(
    ("text", "code", "nearest"),
    [("zoen = 'UTC'", "unknown_key", "zone"), ("[digest]\nhuors = []", "unknown_key", "hours"), ("zone = 'Mars'", "bad_value", None),
     ("[digest]\nhours = []", "bad_value", None), ("[negotiation]\nrounds = 'many'", "bad_value", None), ("a = ", "not_toml", None)],
)  # fmt: skip
def test_a_config_that_is_not_in_order_is_one_error_with_the_nearest_key(tmp_path: Path, text, code, nearest) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigInvalid) as refused:
        load_config(path)
    assert refused.value.code == code and (nearest is None or refused.value.params["nearest"] == nearest)


PRICES = st.integers(0, 6000).map(lambda cents: Decimal(cents) / 100)


@given(PRICES, PRICES, st.sampled_from(["5", "20", "50", "100"]), st.sampled_from(["P0D", "P1M", "P12M", "P24M"]))
def test_a_lower_price_is_never_worth_less_and_worth_stays_between_0_and_1(low, high, gb, term) -> None:
    low, high = min(low, high), max(low, high)
    valuation = Valuation(shipped()["mobile_plan"], replace(phone_need(), wishes=()))
    cheap, dear = (valuation.utility(phone_terms(str(price), gb, term)) for price in (low, high))
    assert 0 <= dear <= cheap <= 1


@given(PRICES, st.sampled_from(["5", "20", "100"]), st.sampled_from(["P0D", "P1M", "P24M"]))
def test_terms_that_break_a_hard_wish_are_worth_nothing(price, gb, term) -> None:
    valuation = Valuation(shipped()["mobile_plan"], phone_need())
    terms = phone_terms(str(price), gb, term)
    if price > 20 or Decimal(gb) < 20:
        assert valuation.utility(terms) == 0 and valuation.unmet(terms)


@requirement("secret:limit-is-a-clip")
@given(st.integers(0, 10**9))
def test_the_clip_changes_nothing_while_the_limit_holds_and_never_leaves_a_proposal_above_it(seed: int) -> None:
    table = Table.of(Valuation(shipped()["mobile_plan"], phone_need()))
    point = tuple(seed // (7**at + 1) % len(entry.values) for at, entry in enumerate(table.grids))
    now = datetime(2026, 11, 22, tzinfo=UTC)
    clipped = table.within_limit(point, "acme", now)

    def broken(at) -> set[str]:
        found = table.valuation.violations(table.terms(at), "acme", now)
        return {v.code for v in found if v.code in ("above_limit", "term_too_long")} | {
            v.params["issue"] for v in found if v.code == "hard_constraint" and v.params["issue"] == "price_monthly"
        }

    assert clipped is None or not broken(clipped)
    if not broken(point):
        assert clipped == point


def test_what_going_on_costs_is_summed_month_by_month() -> None:
    steps = ((0, eur("10.00")), (12, eur("30.00")))
    contract = Contract("c", "mobile_plan", "acme", "Acme", "EUR", steps, Terms(), start=date(2026, 6, 1))
    cost = cost_today(contract, date(2026, 12, 1))
    assert (cost.year1, cost.year2) == (eur("240.00"), eur("360.00"))
    ending = replace(contract, end=date(2027, 3, 31), notice=Period(months=1))
    assert ending.notice_by() == date(2027, 2, 28)


CANDIDATES = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 300), st.booleans(), st.sampled_from("abcdef")),
    min_size=1,
    max_size=4,
)


@given(st.lists(CANDIDATES, min_size=1, max_size=3), st.integers(50, 700))
def test_a_bundle_is_the_best_combination_within_its_cap_by_brute_force(drawn, cap: int) -> None:
    legs = [
        [Candidate(f"n{n}", f"{n}-{at}", who, worth / 100, Money.of(total, "EUR"), firm) for at, (worth, total, firm, who) in enumerate(leg)]
        for n, leg in enumerate(drawn)
    ]  # fmt: skip
    chosen = choose(legs, eur(str(cap)), "EUR")
    assert chosen is not None

    def key(combo):
        return (sum(not c.firm for c in combo), -sum(c.utility for c in combo))

    fitting = [combo for combo in product(*legs) if sum(c.total.amount for c in combo) <= cap]
    assert chosen.within_cap == bool(fitting)
    if fitting:
        assert key(chosen.candidates)[0] == min(key(combo) for combo in fitting)[0]
        assert abs(key(chosen.candidates)[1] - min(key(combo) for combo in fitting)[1]) < 1e-9
    reordered = choose([list(reversed(leg)) for leg in legs], eur(str(cap)), "EUR")
    assert reordered is not None and reordered.total == chosen.total

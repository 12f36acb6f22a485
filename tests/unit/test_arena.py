"""The arena's files and its yardstick."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiators.arena.company import Company
from negotiators.arena.log import CompanyLog
from negotiators.arena.optimum import best_terms, best_utility
from negotiators.arena.settings import CompanySpec, Profile, crowd, draw_profile, roster
from negotiators.arena.tactics import Tactic, Track, asked_price, at_last, next_share
from negotiators.categories import cost_of, shipped
from negotiators.clock import SimClock
from negotiators.dialogue import Terms
from negotiators.money import Money

TODAY = date(2026, 11, 22)
BARGAINING = [spec for spec in roster() if spec.style not in {"unreachable", "malformed"}]


def profile(name: str, seed: int = 1) -> Profile:
    return draw_profile(next(spec for spec in roster() if spec.name == name), seed, TODAY)


def test_the_roster_covers_every_category_and_style() -> None:
    categories = Counter(spec.category for spec in roster())
    bargained = set(shipped()) - {"purchase"}  # shops have fixed prices: their channels have mock shops of their own
    assert set(categories) == bargained
    assert min(categories[one] for one in ("removal", "contents_insurance", "electricity")) >= 3
    assert {spec.style for spec in roster()} >= {
        "flexible", "tough", "fixed", "ladder", "tit_for_tat", "pressure", "nosy", "late", "inconsistent", "plain",
        "old", "unreachable", "malformed",
    }  # fmt: skip
    assert any(not spec.zone for spec in roster()) and any(spec.incumbent for spec in roster())
    assert {spec.language for spec in roster()} == {"de", "en"}


def test_equal_seeds_draw_equal_companies_and_others_others() -> None:
    assert profile("simsalabim", 5) == profile("simsalabim", 5)
    assert profile("simsalabim", 5).catalogue.floor != profile("simsalabim", 6).catalogue.floor


def test_a_crowd_has_unique_names() -> None:
    specs = crowd(100)
    assert len({spec.name for spec in specs}) == 100
    assert draw_profile(specs[-1], 1, TODAY).catalogue.floor


@pytest.mark.parametrize("spec", BARGAINING, ids=lambda spec: spec.name)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_every_drawn_offer_is_complete_and_costed(spec: CompanySpec, seed: int) -> None:
    drawn = draw_profile(spec, seed, TODAY)
    catalogue = drawn.catalogue
    configuration = catalogue.configure({}, {})
    terms = catalogue.terms(configuration, catalogue.listed(configuration))
    assert catalogue.sells(terms) and catalogue.acceptable(terms)
    assert cost_of(catalogue.category, terms).total is not None
    assert set(catalogue.category.mandatory) <= set(terms)
    price = terms[catalogue.headline]
    assert isinstance(price, Money)
    assert not catalogue.acceptable(
        terms.with_(**{catalogue.headline: Money(catalogue.lowest(configuration) - catalogue.tick, "EUR")})
    )
    assert not catalogue.acceptable(terms.with_(**{catalogue.headline: Money(price.amount, "USD")}))


@given(st.sampled_from(["conceder", "boulware"]), st.integers(1, 9), st.integers(1, 30), st.integers(0, 20))
def test_time_dependent_tactics_only_give(name: str, patience: int, tenths: int, rest: int) -> None:
    tactic = Tactic(name, patience, Decimal(tenths) / 10, Decimal(rest) / 100)  # type: ignore[arg-type]
    shares = [next_share(tactic, Track(offers=turn)) for turn in range(patience + 2)]
    assert shares == sorted(shares, reverse=True)
    assert (shares[0], shares[-1]) == (1, tactic.rest)


@pytest.mark.parametrize(
    ("tactic", "share"),
    [
        (Tactic("boulware", 9, Decimal("0.2"), Decimal("0.3")), "0.3"),
        (Tactic("conceder", 9, Decimal(4), Decimal("0.1")), "0.1"),
        (Tactic("ladder", steps=(Decimal("0.05"), Decimal("0.1"), Decimal("0.25"))), "0.75"),
        (Tactic("fixed"), "1"),
    ],
)
def test_asked_for_its_last_offer_a_company_goes_to_the_end_of_its_own_curve(tactic: Tactic, share: str) -> None:
    assert next_share(tactic, at_last(tactic, Track(offers=1))) == Decimal(share)
    assert next_share(tactic, at_last(tactic, Track(offers=99))) == Decimal(share)


def test_no_tactic_asks_less_than_the_floor() -> None:
    catalogue = profile("lindenhof").catalogue
    configuration = catalogue.configure({}, {})
    for share in (Decimal(0), Decimal("0.5"), Decimal(1)):
        for name in ("ladder", "conceder"):
            assert asked_price(catalogue, Tactic(name), share, configuration) >= catalogue.lowest(configuration)  # type: ignore[arg-type]


def test_the_optimum_is_what_trying_everything_finds() -> None:
    catalogue = profile("hanse").catalogue

    def utility(terms: Terms) -> float | None:
        price, deductible = terms["price_monthly"], terms["deductible"]
        assert isinstance(price, Money) and isinstance(deductible, Money)
        return float(20 - price.amount - deductible.amount / 100) if price.amount < 30 else None

    best = best_terms(catalogue, utility)
    assert best is not None and catalogue.acceptable(best.terms)
    tried = [
        utility(catalogue.terms(configuration, catalogue.lowest(configuration) + more * catalogue.tick))
        for configuration in catalogue.configurations()
        for more in range(3)
    ]
    assert utility(best.terms) == max(value for value in tried if value is not None)
    company = Company(profile("hanse"), SimClock(datetime(2026, 11, 22, tzinfo=UTC)), CompanyLog("hanse"))
    assert best_utility(company, shipped()["contents_insurance"], utility) == utility(best.terms)
    assert best_utility(company, shipped()["gym"], utility) is None


def test_there_is_no_optimum_without_a_zone() -> None:
    catalogue = profile("eiche").catalogue
    high = catalogue.category.headline().high
    assert isinstance(high, Money)

    def utility(terms: Terms) -> int | None:
        price = terms["price_monthly"]
        return 1 if isinstance(price, Money) and price <= high else None

    assert best_terms(catalogue, utility) is None


def test_a_simulated_clock_does_not_run_backwards_by_itself() -> None:
    clock = SimClock(datetime(2026, 11, 22, tzinfo=UTC))
    assert clock.advance(timedelta(hours=1)) == clock.now() == datetime(2026, 11, 22, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="aware"):
        clock.set(datetime(2026, 11, 22))  # noqa: DTZ001 - the point of the test


def test_the_channel_and_the_arena_load_nothing_heavy_until_they_are_used() -> None:
    program = (
        "import sys, negotiators.arena, negotiators.registry as r; r.load('a2a'); "
        "print([m for m in ('a2a', 'httpx', 'uvicorn', 'starlette', 'pydantic', 'negotiators.bargaining') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"

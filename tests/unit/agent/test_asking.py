"""What we ask for, and how often we say yes: no cost nobody named, a credible opening, one acceptance per agreement."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.market.desk import MarketRules
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from negotiators.adapter import ClearedMove
from negotiators.dialogue import Accept, Propose, Reply, Terms
from negotiators.money import Money
from tests.requirements import requirement
from tests.support.house import Behaviour, Company, eur, living, phone_need, phone_terms, seller

ROUNDS = 8


def proposals(company: Company) -> list[Terms]:
    return [one.move.offer.terms for one in company.heard if isinstance(one.move, Propose)]


def accepts(company: Company) -> int:
    return sum(isinstance(one.move, Accept) for one in company.heard)


def ever(prices: Iterable[str], *, text: bool = False) -> Behaviour:
    """Answers whatever it hears with the next of these prices."""
    left = iter(prices)

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        price = next(left)
        if text:
            words = f"We can offer you 20 GB for {price} EUR a month with a minimum term of 1 month, no setup fee."
            return [company.reply(text=words)]
        return [company.propose(phone_terms(price))]

    return behave


def falling() -> Iterable[str]:
    """Always a cent cheaper."""
    return (f"{Decimal('12.00') - Decimal(step) / 100:.2f}" for step in range(500))


async def talked(home: Path, company: Company) -> dict[str, Any]:
    async with living(home, [company], rules=MarketRules(rounds=ROUNDS)) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        row = house.ledger.row("SELECT state, held FROM negotiations")
        assert row is not None
        replayed = replay_ledger(house.home.root)
    assert replayed["equal"] == replayed["decisions"] and not replayed["different"]
    return dict(row)


@requirement("mandate:one-acceptance-per-agreement")
@pytest.mark.parametrize("text", [False, True])
async def test_improving_what_we_accepted_again_and_again_brings_no_further_message(tmp_path: Path, text: bool) -> None:
    company = Company("acme", ever(falling(), text=text))
    row = await talked(tmp_path / "h", company)
    assert accepts(company) == 1 and len(company.heard) <= ROUNDS + 2
    best = f"{Decimal('12.00') - Decimal(len(company.heard) - 1) / 100:.2f}"
    assert row["state"] in ("held", "waiting_person") and best.rstrip("0") in row["held"]


@requirement("mandate:one-acceptance-per-agreement")
async def test_taking_back_what_we_accepted_uses_up_the_rounds_of_a_talk(tmp_path: Path) -> None:
    company = Company("acme", ever(itertools.cycle(["12.00", "12.50"])))
    await talked(tmp_path / "h", company)
    assert accepts(company) >= 1 and len(company.heard) <= ROUNDS + 2


@requirement("mandate:no-cost-nobody-named")
async def test_a_fee_that_no_offer_named_is_never_offered(tmp_path: Path) -> None:
    company = Company("acme", seller("30.00", "9.00", "0.50"))
    await talked(tmp_path / "h", company)
    asked = proposals(company)
    assert len(asked) >= 3 and all(terms.get("setup_fee", eur("0")) == eur("0") for terms in asked)


@requirement("mandate:no-cost-nobody-named")
async def test_a_fee_that_they_named_may_be_bargained_about(tmp_path: Path) -> None:
    def dear(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        return [company.propose(phone_terms("30.00", setup_fee=eur("40.00")))]

    company = Company("acme", dear)
    await talked(tmp_path / "h", company)
    assert {terms.get("setup_fee") for terms in proposals(company)} != {eur("0")}


async def test_a_company_that_talks_in_words_hears_a_first_counter_near_what_it_offered(tmp_path: Path) -> None:
    company = Company("acme", ever(itertools.repeat("18.99"), text=True))
    await talked(tmp_path / "h", company)
    first = proposals(company)[0]
    price, volume = first["price_monthly"], first["data_gb"]
    assert isinstance(price, Money) and isinstance(volume, Decimal)
    assert Decimal("18.99") * Decimal("0.6") <= price.amount < Decimal("15") and volume <= 30


async def test_a_company_that_talks_in_typed_terms_hears_the_best_we_can_name(tmp_path: Path) -> None:
    company = Company("acme", ever(itertools.repeat("18.99")))
    await talked(tmp_path / "h", company)
    assert proposals(company)[0]["price_monthly"] == eur("5.00")

"""Nothing outside the mandate is ever committed: random and mutated proposals against an oracle that shares no
code with the valuation."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from agent.kernel.errors import GateRefused
from agent.runtime.runner import Runner
from negotiators.dialogue import Terms
from negotiators.money import Money
from tests.requirements import requirement
from tests.support.gating import acting, bench, commit
from tests.support.house import Company, eur, living
from tests.support.proposals import proposal, shifty

LIMIT, MONTHS, PROVIDERS = Decimal(260), 12, ("acme", "best")
MANDATE = {"max_total": eur("260.00"), "max_term_months": MONTHS, "providers": PROVIDERS}


def month_by_month(values: dict) -> Decimal:
    """What the first twelve months, or the whole minimum term, cost: counted month by month."""
    months = max(12, values["term"].months + (1 if values["term"].days else 0))
    promo, after = values.get("promo_months"), values.get("price_after")
    due = Decimal(0)
    for month in range(months):
        stepped = promo is not None and after is not None and month >= promo.months
        due += (after if stepped else values["price_monthly"]).amount
    due += values["setup_fee"].amount if "setup_fee" in values else 0
    return due - (values["bonus"].amount if "bonus" in values else 0)


def allowed(terms: Terms, provider: str, expired: bool) -> bool:
    values = dict(terms.items())
    if not {"price_monthly", "data_gb", "term"} <= values.keys() or expired or provider not in PROVIDERS:
        return False
    if any(isinstance(value, Money) and value.currency != "EUR" for value in values.values()):
        return False
    if values["price_monthly"].amount > 20 or values["data_gb"] < 20:
        return False
    if values["term"].months + (1 if values["term"].days else 0) > MONTHS:
        return False
    return month_by_month(values) <= LIMIT + Decimal("0.005")


def judge_many(home: Path, count: int, seed: int) -> tuple[int, int]:
    """Runs `count` proposals through the gate. Returns how many passed, and how many the oracle would let pass."""
    chance, desk, passed, right = random.Random(seed), bench(home), 0, 0
    for number in range(count):
        terms, provider = proposal(chance), chance.choice(["acme", "best", "other"])
        expired, foreign = chance.random() < 0.1, chance.random() < 0.1
        ends = desk.clock.now() + timedelta(seconds=-1 if expired else 60)
        need = acting(**MANDATE, expires=ends)
        locked = proposal(chance) if foreign else terms
        desk.lock(locked, provider=provider)
        try:
            desk.gate.clear(desk.outgoing(need, commit(terms, provider), provider=provider))
            got = True
        except GateRefused:
            got = False
        desk.unlock(provider=provider)
        fine = allowed(terms, provider, expired) and locked == terms
        assert not got or fine, (number, terms.texts(), provider, expired)
        passed, right = passed + got, right + fine
    desk.ledger.close()
    return passed, right


@requirement("mandate:random-proposals", "mandate:fee-added-later", "mandate:above-limit", "mandate:longer-term",
             "mandate:other-provider", "mandate:expired", "mandate:other-currency", "mandate:missing-amount")  # fmt: skip
def test_no_random_or_mutated_proposal_outside_the_mandate_passes_the_gate(tmp_path: Path) -> None:
    passed, right = judge_many(tmp_path / "home", 500, 1)
    assert passed == right > 30


@pytest.mark.soak
def test_none_of_ten_thousand_proposals_outside_the_mandate_passes_the_gate(tmp_path: Path) -> None:
    passed, right = judge_many(tmp_path / "home", 10_000, 2)
    assert passed == right > 500


async def whole_market(home: Path, seed: int) -> int:
    """A need that may sign by itself meets six shifty companies. Returns how many commitments were sent."""
    companies = [Company(name, shifty(f"{seed}{name}")) for name in ("acme", "best", "carl", "dora", "evil", "fata")]
    async with living(home, companies) as house:
        need = house.state_need(acting(**MANDATE))
        runner = Runner(house)
        await runner.tick()
        for row in house.ledger.rows("SELECT id FROM items"):
            await house.signing.carry_out(row["id"], by_mandate=True)
        await runner.tick()
        commits = [(company.name, sent) for company in companies for sent in company.commits]
        for name, sent in commits:
            assert allowed(sent.move.terms, name, False), sent.move.terms.texts()
        confirmed = house.ledger.events(kinds=("Confirmed",))
        assert len({sent.message_id for _, sent in commits}) <= 1 and len(confirmed) <= 1
        for event in confirmed:
            assert event.payload["terms_hash"] == commits[0][1].move.hash
        assert need.id
    return len(commits)


@requirement("mandate:one-deal-per-need")
async def test_a_market_of_shifty_companies_gets_no_commitment_outside_the_mandate(tmp_path: Path) -> None:
    sent = [await whole_market(tmp_path / str(seed), seed) for seed in range(4)]
    assert sum(sent) >= 1


@pytest.mark.soak
async def test_a_hundred_shifty_markets_get_no_commitment_outside_the_mandate(tmp_path: Path) -> None:
    sent = [await whole_market(tmp_path / str(seed), seed) for seed in range(100)]
    assert sum(sent) >= 20

"""The best-and-final round: rivals of one need are asked for their last offer together, in a message like any other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from agent.market.desk import MarketRules
from agent.runtime.replay import replay_ledger
from negotiators.adapter import ClearedMove
from negotiators.dialogue import Accept, Ask, Commit, Confirm, Propose, Reply
from tests.requirements import requirement
from tests.support.house import Behaviour, Company, living, phone_need, phone_terms

ROUNDS = 8


def keeping_back(shown: str, best: str) -> Behaviour:
    """Shows one price, and another only when asked for its best and final offer."""

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        match cleared.move:
            case Ask() | Propose(final=False):
                return [company.propose(phone_terms(shown))]
            case Propose(final=True):
                return [company.propose(phone_terms(best))]
            case Accept(offer_id=offer_id, terms=terms):
                return [company.reply(Accept(offer_id, terms))]
            case Commit(terms=terms, offer_id=offer_id):
                return [company.reply(Confirm(terms, offer_id, "r"))]
            case _:
                return []

    return behave


async def market(home: Path, companies: list[Company]) -> tuple[list[str], dict[str, str | None]]:
    """Held prices by provider, and the reasons of choices that called for last offers."""
    async with living(home, companies, rules=MarketRules(rounds=ROUNDS)) as house:
        need = house.state_need(phone_need())
        await house.market.open(need)
        await house.market.advance(need)
        rows = house.ledger.rows("SELECT numbers FROM choices WHERE numbers LIKE '%best_and_final%'")
        counts = [json.loads(row["numbers"])["best_and_final"] for row in rows]
        held = {
            row["provider"]: json.loads(row["held"])["total"] if row["held"] else None
            for row in house.ledger.rows("SELECT provider, held FROM negotiations")
        }
    replayed = replay_ledger(home)
    assert replayed["equal"] == replayed["decisions"] and not replayed["different"]
    return counts, held


def last_calls(company: Company) -> list[int]:
    return [at for at, one in enumerate(company.heard) if isinstance(one.move, Propose) and one.move.final]


@requirement("order:best-and-final-at-once")
async def test_rivals_are_asked_for_their_best_and_final_offer_in_one_round_and_nothing_is_proposed_after_it(
    tmp_path: Path,
) -> None:
    companies = [
        Company(name, keeping_back(shown, best))
        for name, shown, best in (("acme", "19.90", "15.00"), ("bolt", "19.50", "11.00"), ("calm", "19.00", "18.50"))
    ]
    counts, held = await market(tmp_path / "h", companies)
    assert counts and set(counts) == {"3"}, "who shows enough is taken at the same barrier instead"
    rounds = set()
    for company in companies:
        bids = [at for at, one in enumerate(company.heard) if isinstance(one.move, Propose)]
        asked = last_calls(company)
        assert asked in ([], bids[-1:]), "a question for the last offer is our last bid"
        end = company.heard[asked[0] if asked else bids[-1] + 1]
        rounds.add(end.round)
        if asked:
            assert end.payload["final"] is True and "best and final offer" in end.text
        else:
            assert isinstance(end.move, Accept)
    assert len(rounds) == 1
    assert held["bolt"] == "132.00"


async def test_a_company_without_a_rival_is_not_asked_for_its_last_word(tmp_path: Path) -> None:
    alone = Company("acme", keeping_back("19.90", "15.00"))
    counts, _ = await market(tmp_path / "h", [alone])
    assert not counts and not last_calls(alone)
    assert sum(isinstance(one.move, Propose) for one in alone.heard) >= ROUNDS - 1

"""The attention budget, and that nothing is dropped in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from agent.digest.attention import make_digest
from agent.kernel.events import IncidentNoted
from agent.reading import Reading
from agent.runtime.runner import Runner
from tests.requirements import requirement
from tests.support.house import Company, leaves, living, phone_need, phone_terms, seller


def needs(count: int):
    """So many needs, each with a provider of its own."""
    return [phone_need(f"need-{number}", providers=(f"c{number}",)) for number in range(count)]


@requirement("attention:budget-kept", "attention:held-back-counted")
@pytest.mark.parametrize(("decisions", "notes"), [(3, 4), (1, 0), (9, 9)])
async def test_a_digest_never_asks_for_more_than_the_person_allows(tmp_path: Path, decisions: int, notes: int) -> None:
    count = 6
    companies = [Company(f"c{number}", seller("16.00", "12.00")) for number in range(count)]
    async with living(tmp_path / "h", companies) as house:
        for need in needs(count):
            house.state_need(need)
        for number in range(12):
            note = IncidentNoted("provider_unreachable", {"provider": str(number)}, [], f"p{number}")
            house.ledger.append(house.clock.now(), [note])
        await Runner(house).tick()
        now = house.clock.now()
        shown = make_digest(house.ledger, now, now.date(), house.new_id, decisions=decisions, notes=notes)
        assert len(shown.items) == min(decisions, count) and len(shown.notes) == min(notes, 12)
        reasons = Counter(entry["ref"].partition(":")[0] for entry in shown.held_back)
        assert reasons["item"] == count - len(shown.items)
        assert reasons["event"] == 12 - len(shown.notes)
        assert all(entry["reason"] for entry in shown.held_back)


@requirement("attention:held-back-counted", "why:every-talk-accounted-for")
async def test_every_talk_is_on_a_card_still_running_or_counted_with_a_reason(tmp_path: Path) -> None:
    def worse(company: Company, cleared):
        return [company.propose(phone_terms("45.00"))]

    companies = [
        Company("best", seller("14.00", "9.00")), Company("rival", seller("18.00", "14.00")), Company("gone", leaves),
        Company("dear", worse), Company("mute", lambda company, cleared: []),
    ]  # fmt: skip
    async with living(tmp_path / "h", companies) as house:
        house.know_provider("void", "Void", "https://nobody.example", ["mobile_plan"], "allowed")
        house.state_need(phone_need())
        await Runner(house).tick(digest=True)
        running = {"open", "waiting_them", "waiting_us", "reopened"}
        rows = {row["id"]: row for row in house.ledger.rows("SELECT * FROM negotiations")}
        (event,) = house.ledger.events(kinds=("DigestShown",))
        held = {entry["ref"].partition(":")[2]: entry["reason"] for entry in event.payload["held_back"]}
        on_cards = {
            row["negotiation"]
            for row in house.ledger.rows(
                "SELECT negotiation FROM (SELECT json_extract(value,'$.negotiation') AS negotiation FROM items, json_each(items.legs))"
            )
        }
        for talk, row in rows.items():
            assert talk in on_cards or talk in held or row["state"] in running, dict(row)
        view = Reading(house.home.root).digest()
        assert view.held_back.total == len(event.payload["held_back"])
        assert sum(view.held_back.by_reason.values()) == view.held_back.total
        by_name = {rows[talk]["provider"]: reason for talk, reason in held.items() if talk in rows}
        assert by_name["void"] == "unreachable" and by_name["gone"] == "no_agreement"


@requirement("honest:unknown-is-null")
async def test_a_saving_is_null_without_a_contract_and_the_card_says_what_was_compared(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("14.00", "9.00"))]) as house:
        house.state_need(replace(phone_need()))
        await Runner(house).tick(digest=True)
        (item,) = Reading(house.home.root).digest().items
        assert item.saving is None and item.legs[0].year1 is not None and item.legs[0].year2 == item.legs[0].year1
        assert {reason.code for reason in item.because} >= {"compared", "only_offer"}


@requirement("honest:unknown-is-null", "honest:year-one-and-two")
async def test_savings_are_stated_for_both_years_against_todays_contract(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("14.00", "9.00"))], persona=True) as house:
        house.state_need(phone_need())
        await Runner(house).tick(digest=True)
        (item,) = Reading(house.home.root).digest().items
        assert item.saving is not None and item.saving.against
        assert item.saving.year1 is not None and item.saving.year2 is not None

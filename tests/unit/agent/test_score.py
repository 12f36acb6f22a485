"""A provider's score: counts of recorded events that a person can add up; and the same thing at two prices."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.digest.parity import WITHIN, Quote, differing, findings
from agent.digest.score import FELT, FELT_MOST, RANK_SPAN, WEIGHTS, Score, ranked, score_of
from agent.kernel.codec import terms_json
from agent.kernel.events import (
    AgreementHeld,
    Decided,
    Event,
    IncidentNoted,
    NegotiationOpened,
    ProviderKnown,
    Received,
    Refused,
)
from agent.kernel.ledger import Ledger
from agent.reading import Reading
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from agent.views import DecisionError
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, phone_terms, seller

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path)
    yield opened
    opened.close()


def talk(number: int, provider: str, need: str, total: str | None) -> list[Event]:
    made: list[Event] = [
        NegotiationOpened(f"t{number}", need, provider, f"https://{provider}.example", "mobile_plan", 8)
    ]
    if total is not None:
        made.append(AgreementHeld(f"t{number}", f"o{number}", "h", {}, total, "EUR", "0.5", "firm", None))
    return made


def noted(code: str, provider: str, times: int = 1) -> list[Event]:
    return [IncidentNoted(code, {}, [], provider)] * times


def part(score: Score, name: str) -> tuple[int | None, int, int]:
    return next((one.value, one.good, one.bad) for one in score.parts if one.name == name)


@requirement("why:score-by-hand")
def test_every_part_is_a_count_of_events_and_the_sum_can_be_done_by_hand(ledger: Ledger) -> None:
    refused = Refused("r", "t1", "acme", "pd:Income", "p", "quote", "no_rule", [], None)
    ledger.append(NOW, [
        *talk(1, "acme", "n1", "100.00"), *talk(2, "best", "n1", "80.00"),
        *talk(3, "acme", "n2", "60.00"), *talk(4, "best", "n2", "90.00"),
        *noted("confirmed", "acme", 3), *noted("confirmation_differs", "acme"),
        *noted("late_answer", "acme", 2), refused, *noted("card_changed", "acme"),
    ])  # fmt: skip
    score = score_of(ledger.rows, "acme")
    assert part(score, "price") == (90, 1, 1)  # (80/100 + 60/60) / 2
    assert part(score, "promises") == (80, 3, 1)  # 100 * 4/5
    assert part(score, "effort") == (60, 2, 2)  # 100 * 3/5
    assert part(score, "privacy") == (75, 2, 1)  # 100 * 3/4
    assert part(score, "stability") == (75, 2, 1)
    by_hand = (90 * 30 + 80 * 30 + 60 * 10 + 75 * 15 + 75 * 15) / 100
    assert score.total == round(by_hand)
    assert sum(WEIGHTS.values()) == 100


def test_a_company_without_history_has_no_score_and_no_part_counts_without_evidence(ledger: Ledger) -> None:
    assert score_of(ledger.rows, "acme").total is None
    ledger.append(NOW, talk(1, "acme", "n1", "10.00"))
    score = score_of(ledger.rows, "acme")
    assert part(score, "price")[0] is None and part(score, "promises")[0] is None
    assert score.total == 100


def test_two_bad_feelings_lower_the_score_by_the_documented_amount(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.append(NOW, [ProviderKnown("acme", "Acme", "allowed", "https://acme.example", "a2a", ["mobile_plan"])])
    ledger.append(NOW, [*talk(1, "acme", "n1", None), *noted("late_answer", "acme")])
    before = score_of(ledger.rows, "acme").total
    for _ in range(2):
        Deciding(tmp_path).felt("Acme", "bad")
    after = score_of(ledger.rows, "acme")
    assert before is not None and after.total == before + 2 * FELT["bad"]
    for _ in range(9):
        Deciding(tmp_path).felt("acme", "bad")
    assert score_of(ledger.rows, "acme").felt == -FELT_MOST
    with pytest.raises(DecisionError, match="no_such_provider"):
        Deciding(tmp_path).felt("nobody", "bad")
    reads = Reading(tmp_path)
    view = reads.provider("ACME")
    reads.close()
    assert view.score == max(0, before - FELT_MOST) and view.felt == -FELT_MOST
    ledger.close()


def test_only_what_was_recorded_before_a_need_decides_it(ledger: Ledger) -> None:
    ledger.append(NOW, talk(1, "acme", "n1", "10.00"))
    before = score_of(ledger.rows, "acme", (NOW + timedelta(hours=1)).isoformat(timespec="milliseconds"))
    ledger.append(NOW + timedelta(hours=2), noted("confirmation_differs", "acme", 5))
    assert score_of(ledger.rows, "acme", (NOW + timedelta(hours=1)).isoformat(timespec="milliseconds")) == before
    assert score_of(ledger.rows, "acme") != before


def test_the_score_moves_an_offer_by_little_and_never_lifts_what_breaks_a_condition() -> None:
    assert ranked(0.7, None) == ranked(0.7, 50) == 0.7
    assert ranked(0.7, 100) == pytest.approx(0.7 + RANK_SPAN)
    assert ranked(0.7, 0) == pytest.approx(0.7 - RANK_SPAN)
    assert ranked(0.0, 100) == 0.0


@requirement("attention:score-decides-between-equals")
async def test_of_two_equal_offers_the_one_of_the_provider_that_keeps_its_word_wins(tmp_path: Path) -> None:
    companies = [Company(name, seller("15.00", "15.00")) for name in ("aaa-evasive", "zzz-clear")]
    async with living(tmp_path / "home", companies) as house:
        house.ledger.append(house.clock.now(), [
            *talk(1, "aaa-evasive", "old", None), *talk(2, "zzz-clear", "old", None),
            *noted("confirmation_differs", "aaa-evasive", 3), *noted("confirmed", "zzz-clear", 3),
        ])  # fmt: skip
        house.clock.advance(timedelta(minutes=1))
        house.state_need(phone_need())
        runner = Runner(house)
        for _ in range(3):
            await runner.tick(digest=True)
            house.clock.advance(timedelta(hours=30))
        reads = Reading(tmp_path / "home")
        row = house.ledger.row("SELECT id FROM items")
        item = reads.item(row["id"])
        assert item is not None and item.legs[0].provider_id == "zzz-clear"
        assert item.legs[0].provider_score is not None
        assert reads.why(item.id).share_of_best == "100"
        reads.close()


def card_of(house: House, need: str, prices: Mapping[str, str]) -> tuple[str, str, set[str]]:
    """Item, provider and reasons of the card that is made when these prices are held; nobody is talked to."""
    house.clock.advance(timedelta(hours=1))
    stated, now = house.state_need(phone_need(need)), house.clock.now()
    for name, price in prices.items():
        terms = phone_terms(price)
        worth, total = house.book.valuation(stated).utility(terms), house.book.valuation(stated).cost(terms).total
        assert total is not None
        house.ledger.append(now, [
            NegotiationOpened(f"{need}-{name}", need, name, f"https://{name}.example", "mobile_plan", 8),
            AgreementHeld(f"{need}-{name}", f"{need}-o-{name}", "h", terms_json(terms), str(total.amount), "EUR",
                          f"{worth:.6f}", "firm", None),
        ])  # fmt: skip
    (done,) = house.composer.settled(now)
    item = house.composer.item(done, now)
    assert item is not None
    house.ledger.append(now, [item])
    return item.item, item.legs[0]["provider"], {one["code"] for one in item.because}


@pytest.mark.parametrize(
    ("price", "winner", "said"),
    [("15.00", "bbb", "fresh_offer"), ("9.00", "aaa", None), ("12.60", "aaa", None)],
    ids=["the same again", "much better", "a little better"],
)
async def test_what_was_shown_and_not_taken_falls_behind_unless_it_became_better(
    tmp_path: Path, price: str, winner: str, said: str | None
) -> None:
    async with living(tmp_path / "home", [Company(name, seller("15.00", "15.00")) for name in ("aaa", "bbb")]) as house:
        first, provider, codes = card_of(house, "need-1", {"aaa": "15.00", "bbb": "15.40"})
        assert provider == "aaa" and not codes & {"fresh_offer", "shown_before"}
        house.ledger.append(house.clock.now(), [Decided(first, "reject", "not_now")])
        _, provider, codes = card_of(house, "need-2", {"aaa": price, "bbb": "15.40"})
        assert provider == winner
        assert codes & {"fresh_offer", "shown_before"} == ({said} if said else set())


async def test_a_repeated_offer_that_is_still_the_best_says_that_it_was_shown_before(tmp_path: Path) -> None:
    async with living(tmp_path / "home", [Company("aaa", seller("15.00", "15.00"))]) as house:
        first, _, _ = card_of(house, "need-1", {"aaa": "15.00"})
        house.ledger.append(house.clock.now(), [Decided(first, "reject", "not_now")])
        second, _, _ = card_of(house, "need-2", {"aaa": "15.00"})
        because = json.loads(house.ledger.row("SELECT because FROM items WHERE id=?", (second,))["because"])
        (again,) = [one for one in because if one["code"] == "shown_before"]
        assert again["refs"] == [f"item:{first}"]


# -- the same thing at two prices -------------------------------------------------------------------------------------


def quote(channel: str, total: str, thing: str = "20 GB", provider: str = "acme") -> Quote:
    return Quote(provider, channel, thing, Decimal(total), "EUR", f"message:{channel}", channel)


def test_the_same_thing_at_two_prices_on_two_channels_is_found_with_both_as_proof() -> None:
    web, app, letter = quote("web", "29.99"), quote("app", "34.99"), quote("letter", "39.99")
    (found,) = differing([app, letter, web])
    assert (found.cheaper, found.dearer) == (web, letter)


def test_other_things_other_providers_and_one_channel_are_no_finding() -> None:
    web = quote("web", "29.99")
    assert differing([web, quote("app", "39.99", thing="50 GB")]) == ()
    assert differing([web, quote("app", "39.99", provider="other")]) == ()
    assert differing([web, replace(web, total=Decimal("39.99"))]) == ()
    assert differing([web, replace(web, door="app")]) == ()


def asked(number: int, channel: str, total: str) -> list[Event]:
    """A talk on a channel whose first offer has this total."""
    terms = terms_json(phone_terms(total))
    return [
        NegotiationOpened(f"t{number}", f"n{number}", "acme", f"https://{channel}.example", "mobile_plan", 8),
        Received(f"t{number}", 0, f"m{number}", [{"act": "propose", "offer": {"terms": terms}}], "answered", [], total),
    ]


def test_a_provider_that_asks_more_on_another_channel_is_noted_once_with_both_messages(ledger: Ledger) -> None:
    ledger.append(NOW, [*asked(1, "web", "29.99"), *asked(2, "app", "34.99"), *asked(3, "web", "29.99")])
    later = NOW + timedelta(days=1)
    (note,) = findings(ledger.rows, "mobile_plan", later)
    assert note.refs == ["message:m1", "message:m2"] and note.provider == "acme"
    told = {"cheaper": "29.99 EUR", "dearer": "34.99 EUR"}
    assert note.params == {**told, "here": "", "there": ""}, "nothing says what kind of door these are"
    ledger.append(later, [note])
    assert findings(ledger.rows, "mobile_plan", later) == []
    assert findings(ledger.rows, "gym", later) == []


def test_a_price_that_changed_with_time_is_no_finding(ledger: Ledger) -> None:
    ledger.append(NOW, asked(1, "web", "29.99"))
    ledger.append(NOW + WITHIN, asked(2, "app", "34.99"))
    assert findings(ledger.rows, "mobile_plan", NOW + WITHIN + timedelta(hours=1)) == []

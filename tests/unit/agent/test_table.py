"""Terms on the engine's grid: the nearest point, its worth, and that looking twice costs nothing and changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from agent.kernel.errors import NeedInvalid
from agent.market import table as module
from agent.market.conversation import Talk
from agent.market.seen import engine_view
from agent.market.table import Table, profile_from, profile_json
from agent.needs.need import need_from_table, wishes_from
from agent.needs.valuation import Valuation
from negotiators.bargaining import TheirMove
from negotiators.categories import shipped
from negotiators.dialogue import MessageId, NegotiationId, Party, Propose, ProviderId, Terms, TranscriptEntry
from negotiators.money import Money, Period
from tests.support.house import START, phone_need, phone_terms, typed_offer

PHONE = shipped()["mobile_plan"]


def made() -> Table:
    return Table.of(Valuation(PHONE, phone_need()))


@pytest.mark.parametrize(("price", "nearest"), [("15.00", "15"), ("15.30", "15"), ("15.80", "16"), ("99.00", "45")])
def test_a_price_off_the_grid_stands_at_the_nearest_point(price: str, nearest: str) -> None:
    table = made()
    found = table.terms(table.indices(phone_terms(price)))
    assert found["price_monthly"] == Money.of(nearest, "EUR")


def test_what_terms_leave_open_stands_at_its_worst_and_a_flag_is_no_number() -> None:
    table = made()
    found = table.terms(table.indices(Terms.of({"price_monthly": Money.of("15", "EUR"), "five_g": True})))
    assert found["data_gb"] == Decimal(5) and found["term"] == Period.parse("P24M") and found["five_g"] is True


def test_terms_seen_before_are_looked_up_and_others_are_not_mistaken_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    table, asked = made(), []
    original = module.worth
    monkeypatch.setattr(module, "worth", lambda *given: asked.append(given) or original(*given))
    first, dearer = phone_terms("15.00"), phone_terms("25.00")
    once = (table.indices(first), table.utility(first))
    count = len(asked)
    assert count
    assert (table.indices(phone_terms("15.00")), table.utility(phone_terms("15.00"))) == once
    assert len(asked) == count
    assert table.utility(dearer) < once[1] and table.indices(dearer) != once[0]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PLACED", 4)
    table = made()
    worths = [table.utility(phone_terms(f"{10 + n}.00")) for n in range(12)]
    assert len(table._placed) <= 4
    assert worths == sorted(worths, reverse=True) == [table.utility(phone_terms(f"{10 + n}.00")) for n in range(12)]


def unsure() -> Table:
    """Whoever wrote this need does not know how much the price counts against the volume."""
    text = {
        "category": "mobile_plan", "text": "a phone plan",
        "issues": {"price_monthly": {"weight": [1, 7]}, "data_gb": {"weight": ["1", "5"]}},
    }  # fmt: skip
    return Table.of(Valuation(PHONE, need_from_table(text, shipped(), "n-1", "test")))


def test_weights_as_intervals_reach_the_engine_and_make_an_offer_worth_its_worst() -> None:
    table = unsure()
    at = [entry.issue.name for entry in table.grids].index("price_monthly")
    assert table.utilities.weights[at] == (1.0, 7.0) and table.utilities.uncertain
    cheap = table.terms(table.indices(phone_terms("5.00", "5")))
    assert table.secured(cheap) < table.utility(cheap) - 0.05
    assert table.secured(cheap) == pytest.approx(table.utilities.lower(table.indices(cheap)))
    assert made().secured(cheap) == made().utility(cheap)
    assert table.floor() <= table.secured(cheap)


def test_the_engine_is_told_the_worst_of_their_offer_and_the_record_keeps_the_intervals() -> None:
    table, offer = unsure(), typed_offer("acme", phone_terms("5.00", "5"))
    entry = TranscriptEntry(1, Party.THEM, Propose(offer), MessageId("m-1"))
    talk = replace(Talk(NegotiationId("t"), "n-1", ProviderId("acme"), "mobile_plan", 8), transcript=(entry,))
    (move,), _ = engine_view(talk, table, START)
    assert isinstance(move, TheirMove) and move.utility == pytest.approx(table.secured(offer.terms))
    profile = table.profile(8, seed=1, reservation=0.1, outside=None)
    assert profile_from(json.loads(json.dumps(profile_json(profile)))) == profile


def test_an_interval_is_kept_on_the_ledgers_terms_and_read_again() -> None:
    wish = unsure().valuation.need.wish("price_monthly")
    assert wish is not None and (wish.weight, wish.spread) == (Decimal(4), Decimal(3))
    (again,) = wishes_from({"price_monthly": wish.texts()}, PHONE, "EUR")
    assert again == wish


@pytest.mark.parametrize("given", [[3, 1], [1], [1, 2, 3], ["x", 2], [-1, 2], ["nan", 2], "much"])
def test_an_interval_that_is_none_is_refused_by_name(given: object) -> None:
    table = {"category": "mobile_plan", "text": "x", "issues": {"data_gb": {"weight": given}}}
    with pytest.raises(NeedInvalid) as refused:
        need_from_table(table, shipped(), "n-1", "test")
    assert refused.value.params["key"] == "data_gb.weight"


def test_what_speaks_against_terms_is_looked_up_but_not_past_the_mandates_end() -> None:
    need = phone_need(expires=START + timedelta(days=1))
    table = Table.of(Valuation(PHONE, need))
    dear = phone_terms("40.00")
    for now in (START, START + timedelta(hours=1), START + timedelta(days=2)):
        for terms, provider in ((phone_terms("15.00"), "acme"), (dear, "acme"), (dear, "bolt")):
            expected = {violation.code for violation in table.valuation.violations(terms, provider, now)}
            assert table.against(terms, provider, now) == expected
    assert "mandate_expired" in table.against(phone_terms("15.00"), "acme", START + timedelta(days=2))
    assert "mandate_expired" not in table.against(phone_terms("15.00"), "acme", START)
    assert "hard_constraint" in table.against(dear, "acme", START)

"""Terms on the engine's grid: the nearest point, its worth, and that looking twice costs nothing and changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.market import table as module
from agent.market.table import Table
from agent.needs.valuation import Valuation
from negotiators.categories import shipped
from negotiators.dialogue import Terms
from negotiators.money import Money, Period
from tests.support.house import phone_need, phone_terms

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

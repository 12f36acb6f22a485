"""Quotes beside figures the person sees: each difference explained to the cent, or said to be unexplained."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent.market.shadow import explain
from negotiators.categories import shipped
from negotiators.dialogue import Terms
from negotiators.money import Money, Period

PHONE = shipped()["mobile_plan"]
TERMS = Terms.of(
    {
        "price_monthly": Money.of("20.00", "EUR"), "bonus": Money.of("60.00", "EUR"), "setup_fee": Money.of("12.00", "EUR"),
        "price_after": Money.of("29.99", "EUR"), "promo_months": Period(12), "data_gb": Decimal(20),
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("figure", "codes"),
    [
        ("20.00", ()), ("23.80", ("vat_added",)), ("16.81", ("vat_left_out",)), ("240.00", ("month_as_year",)),
        ("15.00", ("bonus_spread",)), ("32.00", ("fee_counted",)), ("29.99", ("later_price",)),
        ("285.60", ("vat_added", "month_as_year")), ("252.00", ("month_as_year", "fee_counted")),
    ],
)  # fmt: skip
def test_a_difference_is_explained_to_the_cent(figure: str, codes: tuple[str, ...]) -> None:
    found = explain(TERMS, PHONE, Money.of(figure, "EUR"))
    assert found is not None and tuple(step.code for step in found.steps) == codes
    assert found.difference == Money.of(figure, "EUR") - Money.of("20.00", "EUR")


@pytest.mark.parametrize("figure", ["16.06", "16.07"])
def test_half_a_cent_may_be_rounded_either_way(figure: str) -> None:
    found = explain(Terms.of({"price_monthly": Money.of("13.50", "EUR")}), PHONE, Money.of(figure, "EUR"))
    assert found is not None and [step.code for step in found.steps] == ["vat_added"]


def test_what_nothing_explains_is_said_so_and_other_currencies_are_not_compared() -> None:
    found = explain(TERMS, PHONE, Money.of("21.37", "EUR"))
    assert found is not None and found.steps == () and found.difference.amount
    assert explain(TERMS, PHONE, Money.of("20.00", "USD")) is None
    assert explain(Terms(), PHONE, Money.of("20.00", "EUR")) is None

"""Amounts, percentages and price fields of our own, German and English: `tests/fixtures/amounts.txt`.

The rules were not changed for the lines that begin with `held`.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from agent.language.amounts import find_amounts, find_percentages
from agent.language.pricetags import read_price_tag

LINES = (Path(__file__).parents[2] / "fixtures/amounts.txt").read_text("utf-8").splitlines()


def sentence_is_right(text: str, expected: str) -> bool:
    if "%" in expected:
        wanted = expected.replace("%", "").split()
        return sorted(found.value for found in find_percentages(text)) == sorted(map(Decimal, wanted))
    amounts = [money.amount if (money := found.money()) else found.value for found in find_amounts(text, "EUR")]
    return sorted(amounts) == sorted(map(Decimal, expected.replace("-", "").split()))


def price_is_right(field: str, expected: str) -> bool:
    amount, currency = expected.split()
    tag = read_price_tag(field)
    return tag.amount == (None if amount == "None" else Decimal(amount)) and currency in ("-", tag.currency)


@pytest.mark.parametrize(("kind", "floor"), [("tuned sentence", 0.98), ("held sentence", 0.97), ("held price", 0.95)])
def test_amounts_people_write_are_read(kind: str, floor: float) -> None:
    check = price_is_right if kind.endswith("price") else sentence_is_right
    cases = [[cell.strip() for cell in line.split("|")][1:] for line in LINES if line.startswith(kind)]
    wrong = [(text, expected) for text, expected in cases if not check(text, expected)]
    assert cases and 1 - len(wrong) / len(cases) >= floor, wrong

"""Days as people name them, German and English: `tests/fixtures/days.txt`, read on Thursday, 15 October 2026.

What is expected: days that must all be found (`+`), each in one of its readings (`/`), or none (`-`). The rules were not
changed for the half `held`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from agent.language.dateranges import find_ranges
from agent.language.dates import find_days
from agent.language.validity import read_validity

LINES = (Path(__file__).parents[2] / "fixtures/days.txt").read_text("utf-8").splitlines()
TODAY = date(2026, 10, 15)


def is_right(text: str, expected: str, *, german: bool) -> bool:
    days = find_days(text, TODAY, day_first=german)
    ranges = find_ranges(text, TODAY, day_first=german)
    if expected == "-":
        return not days and not ranges
    found = {day.day for day in days} | {end for one in ranges for end in (one.start, one.end) if end}
    return all(any(date.fromisoformat(day) in found for day in one.split("/")) for one in expected.split("+"))


@pytest.mark.parametrize(
    ("half", "floor"), [("tuned de", 0.98), ("tuned en", 0.98), ("held de", 0.9), ("held en", 0.95)]
)
def test_days_in_sentences_are_found(half: str, floor: float) -> None:
    cases = [[cell.strip() for cell in line.split("|")][1:] for line in LINES if line.startswith(half)]
    wrong = [(text, expected) for text, expected in cases if not is_right(text, expected, german=half.endswith("de"))]
    assert cases and 1 - len(wrong) / len(cases) >= floor, wrong


@pytest.mark.parametrize(
    ("text", "day", "quote"),
    [
        ("Das Angebot gilt bis Monatsende.", date(2026, 10, 31), "Monatsende"),
        ("Angebot gültig bis Ende Februar", date(2027, 2, 28), "Ende Februar"),
        ("Gültig bis einschließlich 31.", date(2026, 10, 31), "31."),
        ("Valid through the 28th.", date(2026, 10, 28), "28th"),
        ("Offer valid until the end of next month.", date(2026, 11, 30), "end of next month"),
        ("Dieses Angebot gilt bis Freitag in einer Woche.", date(2026, 10, 23), "Freitag in einer Woche"),
    ],
)
def test_an_offer_holds_until_a_day_that_is_counted_out(text: str, day: date, quote: str) -> None:
    found = read_validity(text, TODAY)
    assert found is not None and (found[0], found[1].quote) == (day, quote)

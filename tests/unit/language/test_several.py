"""One sentence that wants several things is cut into needs; what is said of all of them is the cap."""

from __future__ import annotations

from datetime import date

import pytest

from agent.language.several import ReadSeveral, read_several
from negotiators.categories import shipped
from negotiators.dialogue import term_text

TODAY = date(2026, 11, 22)


def read(text: str) -> ReadSeveral | None:
    return read_several(text, shipped(), today=TODAY)


def told(text: str) -> list[tuple[str, dict[str, str], str | None]]:
    found = read(text)
    assert found is not None
    return [
        (
            part.need.category.id if part.need.category else "",
            {wish.issue: term_text(next(v for v in (wish.minimum, wish.maximum, wish.want) if v is not None))
             for wish in part.need.wishes},
            part.only_if_slips,
        )
        for part in found.parts
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cap", "expected"),
    [
        (
            "Moving on 12 December, contents insurance with at least 40,000 euros and a hotel night in case the move "
            "slips, 1900 euros at most in total",
            "1900.00 EUR",
            [
                ("removal", {"day": "2026-12-12"}, None),
                ("contents_insurance", {"sum_insured": "40000 EUR"}, None),
                ("hotel_night", {"check_in": "2026-12-12"}, "removal"),
            ],
        ),
        (
            "Ich ziehe am 12.12.2026 um und brauche eine Umzugsfirma für höchstens 1500 Euro, dazu eine "
            "Hausratversicherung für maximal 16 Euro im Monat sowie als Reserve eine Hotelnacht bis 140 Euro. Alles "
            "zusammen höchstens 1900 Euro.",
            "1900.00 EUR",
            [
                ("removal", {"day": "2026-12-12", "price": "1500 EUR"}, None),
                ("contents_insurance", {"price_monthly": "16 EUR"}, None),
                ("hotel_night", {"price_night": "140 EUR", "check_in": "2026-12-12"}, "removal"),
            ],
        ),
        (
            "We need movers on 12 December and, as a backup, a hotel for 2 nights; also contents insurance without bicycle "
            "cover",
            None,
            [
                ("removal", {"day": "2026-12-12"}, None),
                ("hotel_night", {"check_in": "2026-12-12"}, "removal"),
                ("contents_insurance", {"bicycle": "false"}, None),
            ],
        ),
        (
            "Umzug mit Klavier am 3. Januar; eine Hausratversicherung für die neue Wohnung; ein Hotelzimmer für den Fall, "
            "dass die Möbelspedition nicht kommt; insgesamt maximal 2.000 €",
            "2000.00 EUR",
            [
                ("removal", {"day": "2027-01-03"}, None),
                ("contents_insurance", {}, None),
                ("hotel_night", {"check_in": "2027-01-03"}, "removal"),
            ],
        ),
        (
            "mobile plan with 20 GB at most 20 EUR a month, and internet with 100 Mbit/s",
            None,
            [
                ("mobile_plan", {"data_gb": "20", "price_monthly": "20 EUR"}, None),
                ("internet", {"down_mbit": "100"}, None),
            ],
        ),
    ],
)
def test_a_sentence_is_cut_between_what_it_wants(text: str, cap: str | None, expected: object) -> None:
    found = read(text)
    assert found is not None and found.not_understood == ()
    assert (str(found.cap) if found.cap is not None else None) == cap
    assert told(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Handyvertrag mit 20 GB, höchstens 20 Euro im Monat",
        "Handyvertrag oder Internet",
        "electricity for the new flat after the move",
        "Hotel in Köln, 2 Nächte ab 5. Dezember, insgesamt höchstens 200 Euro",
        "",
    ],
)
def test_one_thing_or_a_choice_of_two_is_not_several(text: str) -> None:
    assert read(text) is None


def test_what_nobody_understood_keeps_its_place_in_the_sentence() -> None:
    text = "Internet mit 100 Mbit und ein Handyvertrag mit goldenem Blubb"
    found = read(text)
    assert found is not None
    assert (
        [text[span.start : span.end] for span in found.not_understood] == [s.quote for s in found.not_understood] != []
    )

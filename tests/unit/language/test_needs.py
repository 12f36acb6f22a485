"""A sentence of the person becomes a need; what is not understood is handed back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from agent.language.reading import ReadNeed, read_need
from negotiators.categories import shipped
from negotiators.dialogue import term_text

TODAY = date(2026, 11, 22)


def read(text: str) -> ReadNeed:
    return read_need(text, shipped(), today=TODAY)


def wishes(need: ReadNeed) -> dict[str, str]:
    found = {}
    for wish in need.wishes:
        bounds = [
            sign + term_text(value)
            for sign, value in ((">=", wish.minimum), ("<=", wish.maximum), ("", wish.want))
            if value is not None
        ]
        found[wish.issue] = " ".join(bounds) + ("!" if wish.hard else "")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "Phone plan, 20 GB or more, at most 20 EUR a month, no 24-month terms",
        "Handyvertrag mit mindestens 20 GB, höchstens 20 Euro im Monat, keine 24 Monate Laufzeit",
    ],
)
def test_the_need_of_the_design_is_read_in_both_languages(text: str) -> None:
    need = read(text)
    assert need.category is not None and need.category.id == "mobile_plan"
    assert wishes(need) == {"data_gb": ">=20!", "price_monthly": "<=20 EUR!", "term": "<=P12M!"}
    assert [(hint.name, hint.value) for hint in need.mandate] == [("max_term_months", Decimal(12))]
    assert need.not_understood == ()


@pytest.mark.parametrize(
    ("text", "category", "expected"),
    [
        (
            "Ich suche einen Stromtarif, Ökostrom, keine Vorkasse, unter 30 Cent pro kWh, Preisgarantie mindestens 12 Monate",
            "electricity",
            {"green": "true!", "prepayment": "false!", "unit_price": "<=0.3 EUR!", "price_guarantee": ">=P12M!"},
        ),
        (
            "Gym with sauna and courses, monthly cancellable, max 35 EUR a month",
            "gym",
            {"sauna": "true!", "courses": "true!", "term": "<=P1M!", "price_monthly": "<=35 EUR!"},
        ),
        (
            "Hausrat mit Fahrrad, am liebsten ohne Selbstbeteiligung, 50.000 Euro Versicherungssumme",
            "contents_insurance",
            {"bicycle": "true!", "deductible": "<=0 EUR", "sum_insured": "50000 EUR"},
        ),
        (
            "Umzug am 3.12.2026 von Berlin nach Leipzig, höchstens 900 Euro insgesamt",
            "removal",
            {"day": "2026-12-03", "price": "<=900 EUR!"},
        ),
    ],
)
def test_needs_of_other_kinds(text: str, category: str, expected: dict[str, str]) -> None:
    need = read(text)
    assert need.category is not None and need.category.id == category
    assert wishes(need) == expected


def test_what_is_not_understood_is_handed_back_as_spans() -> None:
    text = "Hotel on 4 December 2026, at most 100 EUR per night, with a view of the sea"
    need = read(text)
    assert [span.quote for span in need.not_understood] == ["with a view of the sea"]
    for span in need.not_understood:
        assert text[span.start : span.end] == span.quote


def test_an_unknown_kind_of_need_has_no_category() -> None:
    assert read("something nice for my mother").category is None


def test_a_total_becomes_a_mandate_hint_and_no_monthly_price() -> None:
    need = read("Internet, 100 Mbit/s, höchstens 800 Euro insgesamt")
    assert [(hint.name, str(hint.value)) for hint in need.mandate] == [("max_total", "800.00 EUR")]
    assert need.wish("price_monthly") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("phone plan 20 GB at most 20 EUR a month", {"data_gb": "20", "price_monthly": "<=20 EUR!"}),
        ("Handytarif 20 GB höchstens 15 Euro im Monat", {"data_gb": "20", "price_monthly": "<=15 EUR!"}),
        ("internet at least 100 Mbit/s at most 40 EUR", {"down_mbit": ">=100!", "price_monthly": "<=40 EUR!"}),
        ("internet 100 Mbit/s maximum, 40 EUR max", {"down_mbit": "<=100!", "price_monthly": "<=40 EUR!"}),
        ("phone plan no less than 20 GB", {"data_gb": ">=20!"}),
        (
            "Handytarif nicht mehr als 15 Euro und nicht weniger als 10 GB",
            {"price_monthly": "<=15 EUR!", "data_gb": ">=10!"},
        ),
        ("gym no longer than 12 months", {"term": "<=P12M!"}),
    ],
)
def test_a_word_of_comparison_speaks_of_the_number_it_stands_before(text: str, expected: dict[str, str]) -> None:
    assert wishes(read(text)) == expected


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("Umzug 3 Zimmer höchstens 1200 Euro am 12.12.2026", "removal"),
        ("Hotel für den Umzug am 12.12.2026", "hotel_night"),
        ("Wir brauchen zum Umzug eine Hausratversicherung", "contents_insurance"),
        ("a room for the night after my move", "hotel_night"),
        ("removal firm, internet", None),
        ("Hotel, Hausratversicherung", None),
    ],
)
def test_what_is_named_as_a_circumstance_is_not_what_is_wanted(text: str, category: str | None) -> None:
    need = read(text)
    assert (need.category.id if need.category else None) == category
    assert len(need.candidates) == 2


@pytest.mark.parametrize(
    "text", ["Hausratversicherung, höchstens 80 Euro im Jahr", "contents insurance at most 80 EUR a year"]
)
def test_a_bound_for_a_year_bounds_the_whole(text: str) -> None:
    assert [(hint.name, str(hint.value)) for hint in read(text).mandate] == [("max_total", "80.00 EUR")]


def test_a_value_no_issue_takes_is_handed_back() -> None:
    assert [span.quote for span in read("Hausratversicherung 80 Euro im Jahr").not_understood] == ["80 Euro"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("phone plan 20 GB at most 15 EUR and a pony", "a pony"),
        ("Handytarif 20 GB höchstens 15 EUR und ein Pony", "ein Pony"),
        ("gym with sauna and a moat, max 30 euros", "a moat"),
    ],
)
def test_what_is_wanted_beside_what_was_understood_is_handed_back_too(text: str, left: str) -> None:
    need = read(text)
    assert len(need.wishes) == 2
    assert [span.quote for span in need.not_understood] == [left]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Handyvertrag höchstens 19,99 Euro im Monat", {"price_monthly": "<=19.99 EUR!"}),
        ("Umzug am 12. Dezember, höchstens 1.500 Euro", {"day": "2026-12-12", "price": "<=1500 EUR!"}),
        ("contents insurance, at least 40,000 euros insured", {"sum_insured": ">=40000 EUR!"}),
        ("Hausratversicherung, Beitrag höchstens 12 Euro", {"price_monthly": "<=12 EUR!"}),
        ("Mobilfunk, 12,50 € mtl. max", {"price_monthly": "<=12.5 EUR!"}),
        ("internet, 12 month contract maximum", {"term": "<=P12M!"}),
        ("movers, budget 1,200 euros", {"price": "<=1200 EUR!"}),
        ("Handyvertrag, max. 40 Euro im Monat, min. 10 GB", {"price_monthly": "<=40 EUR!", "data_gb": ">=10!"}),
    ],
)
def test_a_comma_in_a_number_a_day_before_a_month_and_a_sum_far_beyond_a_price_are_read_as_such(
    text: str, expected: dict[str, str]
) -> None:
    need = read(text)
    assert wishes(need) == expected and need.not_understood == ()


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Hotel in Köln, 2 Nächte ab 5. Dezember, höchstens 120 Euro pro Nacht", 2),
        ("a hotel for three nights", 3),
        ("Hotelzimmer in München vom 3. bis 5. Mai", 2),
        ("hotel, 30 December to 2 January, breakfast", 3),
        ("eine Übernachtung am 5.12.2026", 1),
        ("Ökostrom, 2.100 kWh im Jahr, höchstens 30 Cent pro kWh", 2100),
        ("Hotel, höchstens 120 Euro pro Nacht", None),
    ],
)
def test_how_many_of_a_unit_are_wanted_is_read(text: str, units: int | None) -> None:
    need = read(text)
    assert need.units == units and need.not_understood == ()


def test_a_stay_named_by_both_days_begins_on_the_first() -> None:
    assert wishes(read("Hotelzimmer vom 3. bis 5. Mai, höchstens 150 Euro pro Nacht")) == {
        "check_in": "2027-05-03", "price_night": "<=150 EUR!",
    }  # fmt: skip


def test_what_is_paid_on_account_is_no_bonus() -> None:
    need = read("Ökostrom, Abschlag höchstens 80 Euro")
    assert wishes(need) == {"green": "true!"} and [span.quote for span in need.not_understood] == [
        "Abschlag höchstens 80 Euro"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Move my two rooms in Berlin on 12 December, at most 1200 EUR",
        "Umzug am 12. Dezember, zwei Zimmer, höchstens 1200 EUR",
        "Zwei Zimmer umziehen am 12. Dezember, höchstens 1200 EUR",
    ],
)
def test_a_move_of_so_many_rooms_is_a_move_on_its_day(text: str) -> None:
    need = read(text)
    assert need.category is not None and need.category.id == "removal"
    assert wishes(need)["day"] == "2026-12-12" and wishes(need)["price"] == "<=1200 EUR!"


def test_a_room_and_a_night_are_still_a_hotel() -> None:
    for text in ("zwei Zimmer in Hamburg für zwei Nächte", "a room in Hamburg", "Hotel am 12. Dezember"):
        need = read(text)
        assert need.category is not None and need.category.id == "hotel_night", text
    assert wishes(read("Hotel am 12. Dezember"))["check_in"] == "2026-12-12"

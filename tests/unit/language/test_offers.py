"""A company's plain words become claimed terms, or stay open; never a guess."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from agent.language.reading import ReadOffer, read_offer
from negotiators.categories import shipped
from negotiators.dialogue import Standing
from negotiators.text import UntrustedText

TODAY = date(2026, 11, 22)


def read(text: str, category: str = "mobile_plan") -> ReadOffer:
    return read_offer(UntrustedText(text, "them"), shipped()[category], today=TODAY)


@pytest.mark.parametrize(
    ("category", "text", "terms"),
    [
        (
            "mobile_plan",
            "We can offer you 20 GB for 17.50 EUR per month with a 24-month contract. One-off fee 10 EUR.",
            {"data_gb": "20", "price_monthly": "17.5 EUR", "setup_fee": "10 EUR", "term": "P24M"},
        ),
        (
            "mobile_plan",
            "Unser Angebot: 20 GB für 17,50 € im Monat, Mindestlaufzeit 24 Monate, Anschlussgebühr entfällt. Kündigungsfrist 1 Monat.",
            {"data_gb": "20", "notice": "P1M", "price_monthly": "17.5 EUR", "setup_fee": "0 EUR", "term": "P24M"},
        ),
        (
            "mobile_plan",
            "9,99 €/Monat in den ersten 6 Monaten, danach 19,99 €/Monat. Monatlich kündbar. Bonus 50 Euro.",
            {
                "bonus": "50 EUR",
                "price_after": "19.99 EUR",
                "price_monthly": "9.99 EUR",
                "promo_months": "P6M",
                "term": "P1M",
            },
        ),
        (
            "electricity",
            "Arbeitspreis 28,49 ct/kWh, Grundpreis 12,90 €/Monat, Preisgarantie 12 Monate, Ökostrom, keine Vorkasse.",
            {
                "base_price": "12.9 EUR",
                "green": "true",
                "prepayment": "false",
                "price_guarantee": "P12M",
                "unit_price": "0.2849 EUR",
            },
        ),
        (
            "internet",
            "Bis zu 1 Gbit/s download and 50 Mbit/s upload, 44.99 EUR per month.",
            {"down_mbit": "1000", "price_monthly": "44.99 EUR"},
        ),
        (
            "removal",
            "Umzug am 03.12.2026 zum Festpreis von 1.250 €, ohne Einpacken, kostenlos stornierbar bis 7 Tage vorher.",
            {"day": "2026-12-03", "free_cancel": "P7D", "packing": "none", "price": "1250 EUR"},
        ),
        (
            "hotel_night",
            "Superior room for 95 EUR per night incl. breakfast, arrival on 4 December 2026, free cancellation until 2 days before arrival.",
            {
                "breakfast": "true",
                "check_in": "2026-12-04",
                "free_cancel": "P2D",
                "price_night": "95 EUR",
                "room": "superior",
            },
        ),
        (
            "contents_insurance",
            "Premium 7.90 EUR per month, cover up to 50,000 EUR, no deductible, 12 months term, no bicycle cover.",
            {
                "bicycle": "false",
                "deductible": "0 EUR",
                "price_monthly": "7.9 EUR",
                "sum_insured": "50000 EUR",
                "term": "P12M",
            },
        ),
        (
            "gym",
            "29,90 € im Monat, 12 Monate Laufzeit, Sauna inklusive, keine Kurse. Aufnahmegebühr 20 €.",
            {"courses": "false", "price_monthly": "29.9 EUR", "sauna": "true", "setup_fee": "20 EUR", "term": "P12M"},
        ),
    ],
)
def test_terms_are_read_from_prose_in_both_languages(category: str, text: str, terms: dict[str, str]) -> None:
    found = read(text, category)
    assert found.terms.texts() == terms
    assert not found.ambiguous


def test_every_value_has_its_span_as_evidence_and_is_only_claimed() -> None:
    text = "We can do 17.50 EUR per month for 20 GB."
    found = read(text)
    assert {item.issue for item in found.evidence} == set(found.terms)
    for item in found.evidence:
        assert item.standing is Standing.CLAIMED
        assert item.span is not None and text[item.span.start : item.span.end] == item.span.quote
        assert item.text_digest == UntrustedText(text, "them").digest


@pytest.mark.parametrize(
    "text",
    [
        "We cannot do 15 EUR per month.",
        "You asked for 15 EUR per month.",
        "Your offer of 15 EUR per month is too low.",
        "Ihr Vorschlag von 15 EUR im Monat liegt unter unseren Kosten.",
        "You save 5 EUR per month.",
        "Sie sparen 5 Euro im Monat.",
        "Statt 29,99 € im Monat.",
        "Wir können 15 EUR im Monat leider nicht anbieten.",
        "10 EUR per month off",
        "In total you pay 480 EUR over 24 months.",
    ],
)
def test_what_is_not_offered_is_not_read_as_a_price(text: str) -> None:
    assert "price_monthly" not in read(text).terms


def test_a_negated_price_beside_a_real_one_leaves_the_real_one() -> None:
    assert read("We cannot do 15 EUR, but 17 EUR per month is possible.").terms.texts() == {"price_monthly": "17 EUR"}
    assert read("19,99 € mtl. statt 29,99 € mtl.").terms.texts() == {"price_monthly": "19.99 EUR"}


def test_two_values_for_one_issue_are_ambiguous_and_left_out() -> None:
    found = read("Option A: 10 GB for 9.99 EUR a month. Option B: 20 GB for 14.99 EUR a month.")
    assert len(found.terms) == 0
    assert {(entry.issue, entry.reason) for entry in found.ambiguous} == {
        ("price_monthly", "conflict"),
        ("data_gb", "conflict"),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("20 GB ab 14,99 € im Monat", "bound"),
        ("about 15 EUR per month", "approximate"),
        ("15 EUR per month plus VAT", "net"),
        ("15 kr per month", "currency"),
    ],
)
def test_an_imprecise_price_is_announced_instead_of_taken(text: str, reason: str) -> None:
    found = read(text)
    assert "price_monthly" not in found.terms
    assert [(entry.issue, entry.reason) for entry in found.ambiguous] == [("price_monthly", reason)]


def test_a_price_without_a_period_is_taken_only_with_an_announcement() -> None:
    found = read("I can go down to 18.50 EUR.")
    assert found.terms.texts() == {"price_monthly": "18.5 EUR"}
    assert found.problems == ("period_assumed:price_monthly",)
    assert len(read("The total is 18.50 EUR or 21 EUR.").terms) == 0


def test_optional_and_paid_extras_stay_open() -> None:
    found = read("Router 4.99 EUR per month extra.", "internet")
    assert "router" not in found.terms
    assert ("router", "optional") in {(entry.issue, entry.reason) for entry in found.ambiguous}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("This offer is valid until 30 November 2026.", date(2026, 11, 30)),
        ("Das Angebot gilt bis zum 30.11.2026.", date(2026, 11, 30)),
        ("Gültig bis 5. Dezember.", date(2026, 12, 5)),
        ("The offer expires tomorrow.", date(2026, 11, 23)),
        ("Das Angebot ist 14 Tage gültig für 14 Tage.", date(2026, 12, 6)),
        ("Die Aktion läuft bis Monatsende.", date(2026, 11, 30)),
    ],
)
def test_validity_is_the_end_of_the_named_day(text: str, day: date) -> None:
    assert read(text).valid_until == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def test_the_begin_of_a_validity_is_not_its_end() -> None:
    assert read("Prices valid from 1 January 2027.").valid_until is None


def test_a_slash_date_with_two_readings_is_not_guessed() -> None:
    found = read("Moving day: we can come on 5/12/2026 for 800 EUR.", "removal")
    assert found.terms.texts() == {"price": "800 EUR"}
    assert ("day", "day_or_month") in {(entry.issue, entry.reason) for entry in found.ambiguous}


def test_our_own_quoted_words_are_not_the_company_s_offer() -> None:
    text = "We will think about it.\n\n> - price per month: 12.00 EUR\n> 10 GB\n\nOn 20 Nov 2026 Gegenbot wrote:\n- term: 12 months"
    assert len(read(text).terms) == 0


def test_hostile_and_huge_texts_are_read_in_bounded_time() -> None:
    for text in (
        "9" * 200_000,
        "1.1" * 60_000,
        "€" * 100_000,
        "per month " * 20_000,
        "a" * 300_000,
        "keine " * 30_000,
        "(" * 50_000,
    ):
        assert len(read(text).terms) == 0


@pytest.mark.parametrize(
    "text",
    [
        "20 GB für 10,00 Euro im Monat zzgl. 19 % MwSt.",
        "20 GB für 10,00 Euro im Monat zzgl. MwSt.",
        "20 GB for 10.00 euros a month plus VAT",
    ],
)
def test_a_price_before_tax_is_no_price_also_where_the_rate_is_named(text: str) -> None:
    offer = read(text)
    assert "price_monthly" not in offer.terms and [one.reason for one in offer.ambiguous] == ["net"]


def test_what_comes_to_over_many_months_is_no_price_per_month() -> None:
    assert "price_monthly" not in read("20 GB, 240 Euro über 24 Monate").terms

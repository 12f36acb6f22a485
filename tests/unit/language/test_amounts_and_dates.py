"""Numbers, money, durations and days in running text, German and English."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from agent.language.amounts import find_amounts, find_percentages
from agent.language.calendars import easter, holiday
from agent.language.dateranges import find_ranges
from agent.language.dates import find_days
from agent.language.durations import find_durations
from agent.language.numerals import read_digits, read_words
from agent.language.pricetags import read_price_tag
from negotiators.money import Period

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"), ("1,234.56", "1234.56"), ("12.345", "12345"), ("0.285", "0.285"), ("1 234,5", "1234.5"),
        ("1'049.95", "1049.95"), ("12,34,567.89", "1234567.89"), (".75", "0.75"), ("34.992001", "34.992001"), ("7", "7"),
    ],
)  # fmt: skip
def test_digits_are_read_with_every_grouping(text: str, value: str) -> None:
    assert read_digits(text) == Decimal(value)


@pytest.mark.parametrize(("text", "minor", "value"), [("423.923", 3, "423.923"), ("423.923", 2, "423923")])
def test_three_digits_after_a_dot_depend_on_the_currency(text: str, minor: int, value: str) -> None:
    assert read_digits(text, minor_digits=minor) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("siebenunddreißig", 37), ("einhundert", 100), ("zweitausenddreihundert", 2300), ("forty-five", 45), ("three hundred and one", 301), ("und", None), ("twenty thirty", None)],
)  # fmt: skip
def test_number_words_have_one_value_or_none(text: str, value: int | None) -> None:
    assert read_words(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("It costs $ 75 million.", ["75000000 USD"]),
        ("75 Millionen Dollar", ["75000000 USD"]),
        ("zwei Euro fünfzig", ["2.50 EUR"]),
        ("15 Dollar und 15 Cent", ["15.15 USD"]),
        ("rent is $1,995 a month", ["1995.00 USD"]),
        ("for $50 or 40€", ["50.00 USD", "40.00 EUR"]),
        ("10 EUR 20 USD", ["10.00 EUR", "20.00 USD"]),
        ("1.198,- €", ["1198.00 EUR"]),
        ("99 Cent", ["0.99 EUR"]),
        ("neunzehn Euro neunundneunzig im Monat", ["19.99 EUR"]),
        ("zwanzig Euro fünfzig Gäste", ["20.00 EUR"]),
        ("ein halber Euro Aufpreis", ["0.50 EUR"]),
        ("eine halbe Million Euro", ["500000 EUR"]),
        ("a two and a half million dollar deal", ["2500000 USD"]),
        ("All 70 of us paid nothing", []),
        ("see https://shop.example/?p=20€", []),
    ],
)
def test_amounts_in_sentences(text: str, amounts: list[str]) -> None:
    found = find_amounts(text, "EUR")
    assert [str(amount.money()) for amount in found] == [
        str(a) for a in (f"{Decimal(x.split()[0]):.2f} {x.split()[1]}" for x in amounts)
    ]
    for amount in found:
        assert text[amount.span.start : amount.span.end] == amount.span.quote


def test_percentage_points_are_percentages() -> None:
    assert [found.value for found in find_percentages("ein Plus von 0,25 Prozentpunkten")] == [Decimal("0.25")]


def test_a_sign_of_many_currencies_belongs_to_the_default_or_to_none() -> None:
    assert find_amounts("150 kr")[0].currency is None
    assert find_amounts("150 kr", "SEK")[0].currency == "SEK"
    assert find_amounts("150 $", "CAD")[0].currency == "CAD"


def test_percentages_are_read_and_addresses_are_not() -> None:
    assert [percent.value for percent in find_percentages("19 % MwSt, siebenunddreißig Prozent")] == [
        Decimal(19),
        Decimal(37),
    ]
    assert find_percentages("https://x.example/?q=30%25 ") == ()


@pytest.mark.parametrize(
    ("text", "period"),
    [("24-monatige Laufzeit", Period(24)), ("ein Jahr und sechs Monate", Period(18)), ("two weeks", Period(0, 14)), ("48 hours", Period(0, 2)), ("zweijährig", Period(24)), ("90 minutes", None)],
)  # fmt: skip
def test_durations_become_contract_periods(text: str, period: Period | None) -> None:
    assert [duration.period() for duration in find_durations(text)] == [period]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("bis zum 30.11.", date(2026, 11, 30)), ("am neunundzwanzigsten Mai", date(2027, 5, 29)), ("November 30, 2026", date(2026, 11, 30)),
        ("2027-01-05", date(2027, 1, 5)), ("morgen", date(2026, 11, 23)), ("in drei Wochen", date(2026, 12, 13)), ("an Heiligabend", date(2026, 12, 24)),
        ("Karfreitag 2027", date(2027, 3, 26)), ("nächsten Dienstag", date(2026, 11, 24)), ("Dienstag, der 24.", date(2026, 11, 24)),
        ("Sep-23-2027", date(2027, 9, 23)), ("December, 1st", date(2026, 12, 1)),
        ("the twenty third of May", date(2027, 5, 23)), ("february twenty second", date(2027, 2, 22)), ("thirty-first of May", date(2027, 5, 31)),
        ("the 21st of next month", date(2026, 12, 21)), ("am 15. des nächsten Monats", date(2026, 12, 15)), ("the 3rd this month", date(2026, 11, 3)),
        ("coming Sunday", date(2026, 11, 29)), ("am kommenden Sonntag", date(2026, 11, 29)), ("Sonntag", date(2026, 11, 22)),
    ],
)  # fmt: skip
def test_days_are_read_in_both_languages(text: str, day: date) -> None:
    assert [found.day for found in find_days(text, TODAY)] == [day]


def test_the_order_of_a_slash_date_is_never_guessed() -> None:
    (found,) = find_days("5/12/2026", TODAY)
    assert found.alternatives == (date(2026, 5, 12),)
    assert find_days("5/12/2026", TODAY, day_first=True)[0].alternatives == ()
    assert find_days("13/5/2026", TODAY)[0].alternatives == ()
    assert find_days("30.02.2026", TODAY) == ()


def test_easter_and_its_holidays_move_together() -> None:
    assert (easter(2026), holiday("pfingsten", 2026), holiday("4. advent", 2026)) == (
        date(2026, 4, 5),
        date(2026, 5, 24),
        date(2026, 12, 20),
    )


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("vom 12. Januar 2027 bis zum 22.01.2027", date(2027, 1, 12), date(2027, 1, 22)),
        ("nächsten Monat", date(2026, 12, 1), date(2027, 1, 1)),
        ("letztes Jahr", date(2025, 1, 1), date(2026, 1, 1)),
        ("the next 3 days", date(2026, 11, 23), date(2026, 11, 26)),
        ("KW 50", date(2026, 12, 7), date(2026, 12, 14)),
    ],
)
def test_ranges_of_days(text: str, start: date, end: date) -> None:
    assert (start, end) in {(found.start, found.end) for found in find_ranges(text, TODAY)}


@pytest.mark.parametrize(
    ("field", "amount", "raw"),
    [
        ("1.198,- Kr", "1198", "Kr"), ("From 26 to 50 €", "26", "€"), ("40% OFF", None, None), ("15.08.2017", None, None), ("SGD$4.90", "4.90", "SGD"),
        ("1250€ 60", "1250.60", "€"), ("3 Ausgaben für nur 14,85 EUR", "14.85", "EUR"), ("16.00 ft", None, None), ("Preis auf Anfrage", None, None),
        ("19⁹⁹ €", "19.99", "€"), ("$12K", "12000", "$"), ("£1.2m", "1200000", "£"), ("12 km", None, None),
        ("Was $50.00 Now $35.00", "35.00", "$"), ("Was $50.00 Now $0.00", "50.00", "$"), ("statt 39,95 € jetzt 24,95 €", "24.95", "€"),
    ],
)  # fmt: skip
def test_price_fields(field: str, amount: str | None, raw: str | None) -> None:
    tag = read_price_tag(field)
    assert tag.amount == (None if amount is None else Decimal(amount))
    assert tag.raw_currency == raw

"""Money, dates and periods as people write them."""

from __future__ import annotations

import pytest

from agent.views import JobView, TermView
from tests.tui import story
from tui.widgets.fields import field_of
from tui.wording import Wording, phrases
from tui.wording.clean import REMOVED, clean
from tui.wording.formats import Formats

EN, DE = Formats("en"), Formats("de")


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        ("1018.48", "EUR", "€1,018.48", "1.018,48 €"),
        ("0.2849", "EUR", "€0.2849", "0,2849 €"),
        ("-38", "EUR", "−€38.00", "−38,00 €"),
        ("12.5", "CHF", "12.50 CHF", "12,50 CHF"),
        ("0", "EUR", "€0.00", "0,00 €"),
        (None, "EUR", "?", "?"),
        ("many", "EUR", "€many", "many €"),
    ],
)
def test_money(amount, currency, english, german) -> None:
    assert EN.money(amount, currency).replace("\xa0", " ") == english
    assert DE.money(amount, currency).replace("\xa0", " ") == german


@pytest.mark.parametrize(
    ("text", "english", "german"),
    [
        ("P24M", "24 months", "24 Monate"),
        ("P1M", "1 month", "1 Monat"),
        ("P0D", "none", "keine"),
        ("P1Y6M", "1 year 6 months", "1 Jahr 6 Monate"),
        ("soon", "soon", "soon"),
    ],
)
def test_periods(text, english, german) -> None:
    assert EN.period(text).replace("\xa0", " ") == english
    assert DE.period(text).replace("\xa0", " ") == german


def test_moments_are_shown_in_the_usual_zone_where_no_home_says_another() -> None:
    assert EN.moment("2026-11-24T17:00:00+00:00") == "Tue 24 Nov, 18:00"
    assert DE.moment("2026-11-24T17:00:00+00:00", year=True) == "Di 24. Nov. 2026, 18:00"
    assert EN.moment("2026-12-12") == "Sat 12 Dec"
    assert EN.moment("tomorrow") == "tomorrow"


def test_unknown_is_never_zero() -> None:
    assert phrases.saving(Wording("en"), None, "EUR") == ""
    assert "0" not in EN.money(None, "EUR")


def test_a_dearer_second_year_says_so() -> None:
    from agent.views import Saving

    said = phrases.saving(Wording("en"), Saving("227.00", "-100.00", "old"), "EUR")
    assert said == "saves €227.00 in year 1 · year 2: €100.00 more"


def test_data_cost_names_fields_granularity_firms_and_end() -> None:
    said = phrases.data_cost(Wording("en"), story.MOVE)
    assert said == (
        "they learn: postal code (region only), floor (roughly), address, size of the flat (roughly); 2 firms, until Tue 12 Jan"
    )


@pytest.mark.parametrize(
    "bad", ["\x1b[2J", "\x9b31m", "\u202e", "\u200b", "\x07", "\ue000", "\U000e0041", "\ufe0f", "\r"]
)
def test_no_steering_character_passes_the_last_look(bad: str) -> None:
    shown = clean(f"a{bad}b")
    assert REMOVED in shown
    assert not set(bad) & set("\x1b\x9b\u202e\u200b\x07\ue000\U000e0041\ufe0f\r") & set(shown)


def test_ordinary_text_passes_the_last_look_unchanged() -> None:
    text = "Möbelwagen24: „1.018,48\xa0€“ – ja, 東京 👍\nzweite Zeile"
    assert clean(text) == text


@pytest.mark.parametrize(
    ("language", "shown", "typed"), [("en", "1,016.50", "1,010.25"), ("de", "1.016,50", "1.010,25")]
)
def test_an_amount_of_a_counter_proposal_is_typed_as_people_write_it_and_keeps_its_currency(
    language: str, shown: str, typed: str
) -> None:
    w = Wording(language)
    term = TermView("price", {"en": "price", "de": "Preis"}, "money", "1016.50 CHF", "", "typed")
    field = field_of(term, w)
    assert (field.shown, field.label(w)[-5:]) == (shown, "(CHF)")
    assert field.read(shown, w) is None
    assert field.read(typed, w) == "1010.25 CHF"
    assert field.read("16.50", w) == field.read("16,50", w) == "16.50 CHF"
    assert field.read("cheap", w) == "cheap", "what is no number is refused by the one who reads it"


def test_a_day_of_a_counter_proposal_is_typed_as_it_is_written_in_german() -> None:
    term = TermView("day", {"en": "day", "de": "Tag"}, "date", "2026-12-12", "", "typed")
    field = field_of(term, Wording("de"))
    assert field.shown == "12.12.2026" and field.read("12.12.2026", Wording("de")) is None
    assert field.read("3.1.2027", Wording("de")) == "2027-01-03"
    assert field_of(term, Wording("en")).shown == "2026-12-12"


@pytest.mark.parametrize(("kind", "result", "english", "german"), [
    ("digest", "1 items", "1 decision", "1 Entscheidung"), ("digest", "3 items", "3 decisions", "3 Entscheidungen"),
    ("mail", "5 new", "5 new mails", "5 neue Mails"), ("mail", "off", "switched off", "abgeschaltet"),
    ("retender", "need-1~ab12cd", "asked again", "neu gefragt"), ("watch", "done", "done", "erledigt"),
])  # fmt: skip
def test_what_a_job_did_last_is_said_in_words(kind: str, result: str, english: str, german: str) -> None:
    job = JobView("j", kind, "", None, "2026-11-22T06:30:00+00:00", result)
    assert [phrases.job_outcome(Wording(name), job) for name in ("en", "de")] == [english, german]

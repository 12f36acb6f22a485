"""What a message does, and what it asks for."""

from __future__ import annotations

import pytest

from agent.language.questions import PHRASED_CATEGORIES
from agent.language.reading import ReadIntent, Signal, read_intent
from negotiators.categories import shipped
from negotiators.text import UntrustedText


def read(text: str, category: str | None = None) -> ReadIntent:
    return read_intent(UntrustedText(text, "them"), shipped()[category] if category else None)


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("We accept your offer.", {Signal.ACCEPT}),
        ("Einverstanden, so machen wir es.", {Signal.ACCEPT}),
        ("We cannot accept your offer.", {Signal.REFUSE}),
        ("Do you accept this offer?", set()),
        ("If you accept, we will confirm your order.", set()),
        ("Leider können wir diesen Preis nicht anbieten.", {Signal.REFUSE}),
        ("This is our final offer, only ten minutes left!", {Signal.FINAL, Signal.PRESSURE}),
        ("Nur noch heute: 15 Euro im Monat.", {Signal.PRESSURE}),
        ("Your order has been confirmed under number 123.", {Signal.CONFIRM}),
        ("Wir bestätigen hiermit Ihren Auftrag.", {Signal.CONFIRM}),
        ("We will get back to you tomorrow.", {Signal.WORKING}),
        ("Damit ist das Gespräch für uns beendet.", {Signal.END}),
        ("We withdraw our offer. Goodbye.", {Signal.END}),
        ("20 GB for 15 EUR per month.", set()),
    ],
)
def test_signals_are_read_with_negation_and_condition(text: str, signals: set[Signal]) -> None:
    found = read(text)
    assert {signal for signal, _ in found.signals} == signals
    for _, span in found.signals:
        assert text[span.start : span.end] == span.quote


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("What do you take home each month?", "pd:Income"),
        ("Wie hoch ist Ihr Nettoeinkommen?", "pd:Income"),
        ("When were you born?", "pd:BirthDate"),
        ("Bitte teilen Sie uns Ihr Geburtsdatum mit.", "pd:BirthDate"),
        ("Who is your employer?", "pd:CurrentEmployment"),
        ("Bei welchem Arbeitgeber sind Sie?", "pd:CurrentEmployment"),
        ("What is the most you would pay?", "gb:Budget"),
        ("Wie viel möchten Sie höchstens zahlen?", "gb:Budget"),
        ("Which other offers do you have?", "gb:RivalOffers"),
        ("Please send us your IBAN.", "pd:BankAccount"),
        ("Wie viele Personen leben in Ihrem Haushalt?", "gb:HouseholdSize"),
        ("In welcher Etage wohnen Sie?", "gb:Floor"),
        ("What is your postcode?", "pd:PostalCode"),
    ],
)
def test_data_questions_reach_their_category(text: str, category: str) -> None:
    found = read(text).questions
    assert [question.inquire.category for question in found] == [category]
    assert text[found[0].span.start : found[0].span.end] == found[0].span.quote


def test_two_data_in_one_sentence_are_two_questions() -> None:
    found = read("Bitte teilen Sie uns Ihr Geburtsdatum und Ihre Postleitzahl mit.").questions
    assert [question.inquire.category for question in found] == ["pd:BirthDate", "pd:PostalCode"]
    assert all(question.inquire.required for question in found)


def test_a_question_that_matches_nothing_stays_a_question_without_category() -> None:
    found = read("What is your favourite colour?").questions
    assert [(question.inquire.field, question.inquire.category) for question in found] == [("text:1", None)]


def test_a_question_about_a_wish_names_the_issue_and_no_datum() -> None:
    found = read("How many GB do you need?", "mobile_plan").questions
    assert [(question.inquire.field, question.inquire.category) for question in found] == [("issue:data_gb", None)]


@pytest.mark.parametrize("text", ["Would 17.50 EUR per month work for you?", "Do we have a deal?", "Wie klingt das?"])
def test_haggling_is_no_data_question(text: str) -> None:
    assert read(text).questions == ()


def test_fields_are_machine_names() -> None:
    for name in PHRASED_CATEGORIES:
        assert len(name) <= 64 and name.replace(":", "").isalnum()


def test_every_phrased_category_is_a_category_of_memory() -> None:
    from memory.facts import CATEGORIES

    assert [name for name in PHRASED_CATEGORIES if name not in CATEGORIES] == []

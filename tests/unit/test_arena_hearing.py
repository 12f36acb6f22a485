"""What plain companies understand of a buyer's sentences."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from negotiators.arena.hearing import read_terms, reads_commitment, reads_goodbye, reads_yes
from negotiators.categories import shipped
from negotiators.money import Money, Period


def test_a_list_of_labels_is_read() -> None:
    text = """Könnten wir uns auf diese Bedingungen einigen?

- Preis: 1.250,50 EUR
- Tag: 12. Dezember 2026
- Einpacken: Küche
- Haftung: 20000,00 EUR
- kostenlos stornierbar bis: 7 Tage
"""
    assert read_terms(text, shipped()["removal"], "de") == {
        "price": Money.of("1250.50", "EUR"),
        "day": date(2026, 12, 12),
        "packing": "kitchen",
        "liability": Money.of("20000.00", "EUR"),
        "free_cancel": Period(days=7),
    }


def test_english_sentences_are_read() -> None:
    text = "minimum term: 12 months; data volume: 20 GB; 5G: yes. Would you do 11.50 EUR?"
    assert read_terms(text, shipped()["mobile_plan"], "en") == {
        "term": Period(12),
        "data_gb": Decimal(20),
        "five_g": True,
        "price_monthly": Money.of("11.50", "EUR"),
    }
    assert read_terms("A room on 2026-12-12 for €80?", shipped()["hotel_night"], "en") == {
        "check_in": date(2026, 12, 12),
        "price_night": Money.of("80.0", "EUR"),
    }


@pytest.mark.parametrize("text", ["Agreed!", "Wir nehmen Ihr Angebot gerne an.", "I accept your offer."])
def test_a_yes_is_heard(text: str) -> None:
    assert reads_yes(text) and not reads_goodbye(text)


@pytest.mark.parametrize("text", ["Goodbye.", "Wir führen dieses Gespräch nicht weiter.", "We will not continue."])
def test_a_goodbye_is_heard(text: str) -> None:
    assert reads_goodbye(text) and not reads_yes(text)


def test_only_a_binding_yes_is_a_commitment() -> None:
    assert reads_commitment("Ich nehme Ihr Angebot verbindlich an.")
    assert reads_commitment("I accept your offer bindingly.")
    assert not reads_commitment("Ich nehme Ihr Angebot unverbindlich an.")
    assert not reads_commitment("Diese Anfrage ist unverbindlich.")

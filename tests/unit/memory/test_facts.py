import subprocess
import sys

import pytest

from memory.errors import UnknownTermError
from memory.facts import CATEGORIES, NEVER_CLASSES, Granularity, Shape, ancestors, category, coarsen, covers, ladder
from memory.facts.words import mentions, phrases

G = Granularity


@pytest.mark.parametrize(
    ("term", "value", "granularity", "told"),
    [
        ("pd:PostalCode", "10439", G.REGION, "10xxx"),
        ("pd:PostalCode", "10439", G.BAND, "1xxxx"),
        ("pd:PostalCode", "10439", G.CITY, "10439"),
        ("pd:BirthDate", "1992-04-17", G.BAND, "1990-1999"),
        ("pd:Income", "2870 EUR/month", G.BAND, "2000-2999 EUR"),
        ("pd:Income", "2.870,50 €", G.BAND, "2000-2999 EUR"),
        ("pd:Income", "2,870.50", G.BAND, "2000-2999"),
        ("pd:PhysicalAddress", "Wichertstrasse 118, 10439 Berlin", G.CITY, "Berlin"),
        ("pd:PhysicalAddress", "Am Weg 3, 60311 Frankfurt am Main", G.CITY, "Frankfurt am Main"),
        ("gb:FloorArea", "62 m2", G.BAND, "60-79 m2"),
        ("gb:ElectricityUse", "2100 kWh", G.BAND, "2000-2499 kWh"),
        ("gb:MovingDate", "2026-12-12", G.BAND, "2026-12"),
        ("pd:Name", "Mira", G.CITY, "known"),
        ("pd:Name", "Mira", G.EXISTS, "known"),
        ("pd:Name", "Mira", G.NONE, None),
    ],
)
def test_each_shape_is_told_on_its_rung(term, value, granularity, told):
    assert coarsen(category(term).id, value, granularity) == told


def test_words_around_a_number_never_pass_below_exact():
    assert coarsen(category("pd:Income").id, "2870 EUR from Atelier Krumbiegel", G.BAND) == "known"
    assert coarsen(category("pd:Income").id, "2870 Krumbiegel", G.BAND) == "2000-2999"


def test_every_parent_is_a_known_category_and_every_category_has_both_labels():
    for kind in CATEGORIES.values():
        assert all(parent in CATEGORIES for parent in kind.parents)
        assert kind.en
        assert kind.de
        assert kind.band > 0 or kind.shape is not Shape.NUMBER


def test_credentials_and_bargaining_secrets_are_never_classes():
    for term in ("gb:Budget", "gb:RivalOffers", "gb:Mandate", "gb:Rules", "pd:Password", "pd:PINCode"):
        assert category(term).id in NEVER_CLASSES
    assert category("pd:Income").id not in NEVER_CLASSES


def test_a_salary_is_an_income_and_an_address_covers_its_street():
    assert covers(category("pd:Income").id, category("pd:Salary").id)
    assert covers(category("pd:PhysicalAddress").id, category("pd:Street").id)
    assert not covers(category("pd:Street").id, category("pd:PhysicalAddress").id)
    assert category("pd:MedicalHealth").special
    assert category("gb:Diet").special


def test_an_unknown_term_is_named_with_the_nearest_one():
    with pytest.raises(UnknownTermError, match="did you mean `pd:PostalCode`"):
        category("pd:PostlCode")


def test_every_ladder_starts_at_none_and_ends_at_exact():
    for term in CATEGORIES:
        rungs = ladder(term)
        assert (rungs[0], rungs[-1]) == (G.NONE, G.EXACT)
        assert list(rungs) == sorted(rungs)
        assert term in ancestors(term)


def test_every_category_has_words_in_both_languages_except_the_two_roots():
    roots = {"gb:NeverTold", "dpv:SpecialCategoryPersonalData"}
    assert set(CATEGORIES) - set(phrases()) == roots


def test_a_noun_is_found_inside_a_german_compound():
    assert [hit.category for hit in mentions("Ihr Haushaltsnettoeinkommen")] == ["pd:Income"]
    assert "pd:Income" in [hit.category for hit in mentions("ein Einkommensnachweis")]


def test_importing_the_words_of_the_room_loads_nothing_heavy():
    code = (
        "import sys, memory, memory.facts, memory.rules, memory.preferences, memory.store;"
        "print([m for m in ('numpy', 'chromadb', 'cryptography', 'pydantic', 'tokenizers') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "[]"

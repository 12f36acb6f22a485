import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from memory.errors import PersonaError
from memory.persona import Persona, demo_persona, export_persona, import_persona, persona_of, read_persona
from memory.rules import Effect

GERMAN = re.compile(
    r"\b(ich|meine?n?|nicht|nur|keine|ein|bei|was|wer|wenn|und|umziehen|zieht|reichen|die|bitte|für)\b", re.I
)
"""Words that German sentences of this length have and English ones have not."""

DOCUMENT = Path(__file__).parents[3] / "docs" / "persona.md"


def test_export_is_what_import_reads(mira, vault):
    persona = demo_persona()
    assert read_persona(export_persona(persona), "x") == persona
    assert persona_of(mira, vault, persona.person) == persona


def test_importing_twice_changes_nothing(mira, vault):
    demo_persona().load_into(mira, vault)
    assert persona_of(mira, vault, demo_persona().person) == demo_persona()


def test_miras_third_rule_keeps_income_and_employer_in():
    third = [rule for rule in demo_persona().rules if rule.number == 3]
    assert {rule.category for rule in third} == {"pd:Income", "pd:CurrentEmployment"}
    assert all(rule.effect is Effect.FORBID for rule in third)


def test_the_documented_example_loads_and_survives_export():
    example = re.search(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)[1]
    persona = read_persona(example, "docs/persona.md")
    assert read_persona(export_persona(persona), "x") == persona
    for section in ("facts", "preferences", "rules", "contracts", "decisions"):
        assert getattr(persona, section), section


def test_mira_is_the_same_person_in_both_languages():
    english, german = demo_persona(), demo_persona("de")
    told = {"facts": ("label", "value"), "preferences": ("words",), "rules": ("text",), "contracts": ("label",)}
    for section, words in told.items():
        for one, other in zip(getattr(english, section), getattr(german, section), strict=True):
            if section == "facts":
                assert replace(one.fact, label="") == replace(other.fact, label="")
            else:
                assert replace(one, **dict.fromkeys(words, "")) == replace(other, **dict.fromkeys(words, ""))


def test_every_sentence_of_mira_is_in_her_language():
    english, german = demo_persona(), demo_persona("de")
    for section, name in (("preferences", "words"), ("rules", "text")):
        pairs = [
            (getattr(one, name), getattr(other, name))
            for one, other in zip(getattr(english, section), getattr(german, section), strict=True)
        ]
        assert all(one != other for one, other in pairs)
        assert not [one for one, _ in pairs if GERMAN.search(one)]
        assert all(GERMAN.search(other) for _, other in pairs)
    assert GERMAN.search(german.person.about) and not GERMAN.search(english.person.about)


def test_every_german_word_of_mira_belongs_to_something_of_hers():
    table = tomllib.loads((Path(__file__).parents[3] / "memory/personas/mira.de.toml").read_text("utf-8"))
    for section in set(table) - {"person"}:
        ids = {
            entry.fact.id if section == "facts" else entry.id.rsplit("/", 1)[0]
            for entry in getattr(demo_persona(), section)
        }
        assert set(table[section]) <= ids | {one.rsplit("-", 1)[0] for one in ids}, section


def test_values_do_not_show_in_a_repr():
    assert "Sommerfeldt" not in repr(demo_persona())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = 2", "`format`: must be 1"),
        ("format = 1\n[[fakts]]\nid='a'", "`fakts`: no such section; did you mean `facts`"),
        ("format = 1\n[[facts]]\nid='a'\ncategory='pd:Name'\nvalu='x'", r"`facts\[0\]\.value`"),
        (
            "format = 1\n[[facts]]\nid='a'\ncategry='pd:Name'\nvalue='x'",
            r"`facts\[0\]\.categry`: no such key; did you mean `category`",
        ),
        (
            "format = 1\n[[facts]]\nid='a'\ncategory='pd:Nmae'\nvalue='x'",
            r"`facts\[0\]\.category`.*did you mean `pd:Name`",
        ),
        ("format = 1\n[[preferences]]\nid='a'\nwords='x'\nweight=0.5", "write exact numbers as text"),
        ("format = 1\n[[preferences]]\nid='a'\nwords='x'\nweight='7'", "not between 0 and 1"),
        ("format = 1\n[[preferences]]\nid='a'\nwords='x'\nvalid_from=2026-01-01T00:00:00", "needs a zone"),
        ("format = 1\n[[preferences]]\nid='a'\nwords='x'\nhard='yes'", "bool was expected, not str"),
        (
            "format = 1\n[[preferences]]\nid='a'\nwords='x'\nterms=[{issue='p', op='=<'}]",
            r"terms\[0\]\.op`: `=<` is not one of",
        ),
        ("format = 1\n[[rules]]\nid='a'\ntext='I like cats and dogs'", "could not be read as a rule"),
        (
            "format = 1\n[[rules]]\nid='a'\neffect='permit'\ncategory='pd:City'\ngranularity='TOWN'",
            "`TOWN` is not one of",
        ),
        (
            "format = 1\n[[contracts]]\nid='a'\ncategory='gym'\nprovider='x'\ncurrency='EUR'\nprice_steps=[]",
            "begin at month 0",
        ),
        (
            "format = 1\n[[facts]]\nid='a'\ncategory='pd:Name'\nvalue='x'\n[[facts]]\nid='a'\ncategory='pd:Name'\nvalue='y'",
            "stands there twice",
        ),
        ("format = ", "is not TOML"),
        ("format = 1\nfacts = 3", r"write \[\[facts\]\]"),
    ],
)
def test_a_wrong_file_is_one_error_naming_file_and_key(text, message):
    with pytest.raises(PersonaError, match=message) as wrong:
        read_persona(text, "someone.toml")
    assert "someone.toml" in str(wrong.value)


def test_a_missing_file_is_an_error_of_the_same_kind(tmp_path):
    with pytest.raises(PersonaError, match="cannot be read"):
        import_persona(tmp_path / "none.toml")


def test_odd_letters_survive_export():
    persona = read_persona('format = 1\n[person]\nname = "a\\"b\\\\c\\u0007\\u202e\\nä"', "x")
    assert read_persona(export_persona(persona), "x") == persona
    assert isinstance(persona, Persona)

"""Letters: layout, completeness, and that a paragraph without its facts is left out."""

from datetime import date

import pytest

from agent.language.letters import Letter, LetterIncomplete, LetterKind, Postal, write_letter
from agent.language.letterwords import WORDS
from agent.language.results import Language

MIRA = Postal("Mira Sommerfeldt", ("Wichertstraße 118", "10439 Berlin"))
FIRM = Postal("Funkturm Mobil GmbH", ("Sendeweg 4", "10589 Berlin"))
DAY = date(2026, 11, 22)
LANGUAGES: tuple[Language, ...] = ("de", "en")


def letter(kind: LetterKind, **more: object) -> Letter:
    return Letter(kind, MIRA, FIRM, DAY, **{"contract": "Mobilfunk", **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_keeps_the_layout_and_says_no_field_name(kind: LetterKind, language: Language) -> None:
    text = write_letter(letter(kind, number="471", by=date(2028, 1, 14), points=("x" * 90,)), language)
    lines = text.split("\n")
    assert max(map(len, lines)) <= 92 and all(len(line) <= 72 for line in lines if "x" * 90 not in line)
    assert lines[:3] == [MIRA.name, *MIRA.lines]
    assert lines[5] == "Mira Sommerfeldt · Wichertstraße 118 · 10439 Berlin"
    assert lines[7:10] == [FIRM.name, *FIRM.lines]
    assert lines[13].strip() == ("22. November 2026" if language == "de" else "22 November 2026")
    assert "{" not in text and "471" in text and text.rstrip().endswith(MIRA.name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paragraph_whose_facts_are_unknown_is_left_out(language: Language) -> None:
    with_day = write_letter(letter(LetterKind.CANCELLATION, by=date(2028, 1, 14)), language)
    without = write_letter(letter(LetterKind.CANCELLATION), language)
    assert "2028" in with_day and "2028" not in without
    assert len(without.split("\n\n")) == len(with_day.split("\n\n"))
    assert "- " not in write_letter(letter(LetterKind.ERASURE), language)


def test_a_day_is_not_torn_over_two_lines() -> None:
    assert "14. Januar 2028" in write_letter(letter(LetterKind.CANCELLATION, by=date(2028, 1, 14)), "de")


@pytest.mark.parametrize("kind", [LetterKind.DATA_REQUEST, LetterKind.ERASURE, LetterKind.OBJECT_MARKETING])
def test_a_data_letter_names_its_article(kind: LetterKind) -> None:
    article = {"data_request": "15", "erasure": "17", "object_marketing": "21"}[kind.value]
    assert f"Artikel {article}" in write_letter(letter(kind), "de")
    assert f"Article {article}" in write_letter(letter(kind), "en")


def test_a_letter_without_its_essentials_is_refused() -> None:
    with pytest.raises(LetterIncomplete) as nobody:
        write_letter(Letter(LetterKind.ERASURE, Postal(" "), FIRM, DAY), "de")
    assert nobody.value.missing == "sender"
    with pytest.raises(LetterIncomplete) as nothing:
        write_letter(Letter(LetterKind.CANCELLATION, MIRA, FIRM, DAY), "de")
    assert nothing.value.missing == "contract"


def test_both_languages_know_every_kind() -> None:
    assert WORDS["de"].keys() == WORDS["en"].keys() == {kind.value for kind in LetterKind}


def test_a_brace_in_a_fact_is_text() -> None:
    assert "{by}" in write_letter(letter(LetterKind.ERASURE, points=("{by}",)), "en")

"""Letters as PDF: the address stands in the window, every word is there, and what no font has is said."""

from __future__ import annotations

import stat
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from agent.language.letterpdf import LetterIncomplete, LetterUnprintable, draw_letter
from agent.language.letters import LetterKind, Postal, write_letter
from agent.language.results import Language
from agent.views import FacadeError
from tests.unit.language.test_letters import DAY, FIRM, LANGUAGES, MIRA, letter
from tui.cli.root import gegenbot
from tui.errors import CODES, Exit

POINT_MM = 25.4 / 72


def placed(pdf: bytes) -> dict[str, tuple[int, float, float]]:
    """Page, and mm from the left and the top, of every line of a PDF."""
    found: dict[str, tuple[int, float, float]] = {}
    for number, page in enumerate(PdfReader(BytesIO(pdf)).pages):
        height = float(page.mediabox.height)

        def note(
            text: str, cm: list[float], tm: list[float], *rest: object, at: int = number, top: float = height
        ) -> None:
            if text.strip():
                found.setdefault(" ".join(text.split()), (at, tm[4] * POINT_MM, (top - tm[5]) * POINT_MM))

        page.extract_text(visitor_text=note)
    return found


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_says_on_paper_what_it_says_as_text(kind: LetterKind, language: Language) -> None:
    made = letter(kind, number="471", points=("Preis: 19,99 €", "„Neu“"), enclosures=("Vertrag",))
    pdf = draw_letter(made, language)
    shown = " ".join("".join(page.extract_text() + " " for page in PdfReader(BytesIO(pdf)).pages).split())
    for line in write_letter(made, language).split("\n"):
        assert " ".join(line.split()) in shown, line


def test_the_address_stands_in_the_window_of_form_b() -> None:
    firm = Postal("Funkturm Mobil GmbH", ("Abteilung", "z. H.", "Postfach 7", "10589 Berlin", "Deutschland"))
    made = letter(LetterKind.CANCELLATION)
    places = placed(draw_letter(type(made)(LetterKind.CANCELLATION, MIRA, firm, DAY, "Mobilfunk"), "de"))
    for line in (firm.name, *firm.lines):
        _, across, down = places[line]
        assert 20 <= across <= 105 and 62.7 < down < 90
    _, across, down = places["Mira Sommerfeldt · Wichertstraße 118 · 10439 Berlin"]
    assert across >= 20 and 45 < down < 62.7
    assert places["22. November 2026"][1] > 110 and places["22. November 2026"][2] < 98.5
    assert places["Kündigung: Mobilfunk"][2] == pytest.approx(102, abs=2)


def test_a_long_letter_goes_on_and_keeps_its_signature() -> None:
    pdf = draw_letter(letter(LetterKind.DATA_REQUEST, points=tuple(f"Punkt {n}" for n in range(30))), "de")
    pages = PdfReader(BytesIO(pdf)).pages
    assert len(pages) == 2 and pages[1].extract_text().rstrip().endswith(MIRA.name)


def test_the_same_letter_is_the_same_file_and_names_no_program_of_the_person() -> None:
    first, again = (draw_letter(letter(LetterKind.ERASURE), "de") for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", ["Łukasz", "Mira \x1b[31m", "愛"])
def test_characters_without_a_font_are_said(name: str) -> None:
    made = letter(LetterKind.ERASURE)
    with pytest.raises(LetterUnprintable) as refused:
        draw_letter(type(made)(made.kind, Postal(name), FIRM, DAY), "de")
    assert refused.value.characters in name


def test_a_letter_that_lacks_something_is_not_drawn() -> None:
    with pytest.raises(LetterIncomplete):
        draw_letter(letter(LetterKind.CANCELLATION, contract=""), "de")


def test_the_verb_makes_a_file_only_its_owner_reads(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o700)
    out = tmp_path / "letter.pdf"
    argv = ["--home", str(tmp_path / "home"), "letter", "erasure", "--to", "Funkturm", "--out", str(out), "--from"]
    done = CliRunner().invoke(gegenbot, [*argv, "Mira"])
    assert done.exit_code == 0 and out.read_bytes().startswith(b"%PDF") and stat.S_IMODE(out.stat().st_mode) == 0o600
    out.unlink()
    refused = CliRunner().invoke(gegenbot, [*argv, "Łukasz"])
    assert isinstance(refused.exception, FacadeError) and refused.exception.params["characters"] == "Ł"
    assert CODES[refused.exception.code] is Exit.USAGE and not out.exists()

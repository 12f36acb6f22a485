"""The same letters as a page to print: A4 after DIN 5008 form B, the address where a window envelope shows it.

fpdf2 draws it, with the fonts every reader has; they hold the letters of Western Europe. Loaded when a letter is drawn.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from agent.language.letters import Letter, LetterIncomplete, checked, paragraphs, subject_of, written_day
from agent.language.letterwords import CLOSING, ENCLOSURES, SALUTATION
from agent.language.results import Language

if TYPE_CHECKING:
    from fpdf import FPDF

_LEFT, _RIGHT, _BOTTOM = 25.0, 20.0, 20.0
"""Margins in mm, as every measure here."""

_RETURN_LINE, _WINDOW, _WINDOW_LINE = 58.5, 62.7, 4.55
"""Form B: the return address in the window's upper part, then six lines for the recipient."""

_DATE_ACROSS, _DATE_DOWN, _SUBJECT = 125.0, 88.0, 98.5
_LINE = 5.0
_SIGNATURE = 18.0
_FOLDS, _PUNCH = (105.0, 210.0), 148.5
_ENCODING = "cp1252"


class LetterUnprintable(ValueError):
    """The letter holds characters the fonts do not; `characters` names them."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        super().__init__(f"no font for {characters!r}")


def draw_letter(letter: Letter, language: Language) -> bytes:
    """The letter as a PDF, the same bytes for the same letter. Raises `LetterIncomplete`, `LetterUnprintable`."""
    from fpdf import FPDF

    checked(letter)
    pdf = FPDF("P", "mm", "A4")
    pdf.core_fonts_encoding = _ENCODING
    pdf.set_creation_date(datetime.combine(letter.day, time(), UTC))
    pdf.set_title(_printable(subject_of(letter, language)))
    pdf.set_lang(language)
    pdf.set_margins(_LEFT, _LEFT, _RIGHT)
    pdf.set_auto_page_break(True, _BOTTOM)
    pdf.add_page()
    _marks(pdf)
    _addresses(pdf, letter)
    _at(pdf, _DATE_ACROSS, _DATE_DOWN, written_day(letter.day, language))
    _text(pdf, letter, language)
    return bytes(pdf.output())


def _marks(pdf: FPDF) -> None:
    """Where to fold for the envelope and where to punch."""
    pdf.set_line_width(0.1)
    for down in _FOLDS:
        pdf.line(3, down, 7, down)
    pdf.line(3, _PUNCH, 9, _PUNCH)


def _addresses(pdf: FPDF, letter: Letter) -> None:
    sender = [letter.sender.name, *letter.sender.lines]
    pdf.set_font("Helvetica", size=10)
    for number, line in enumerate(sender[:5]):
        _at(pdf, _LEFT, 15 + number * _WINDOW_LINE, line)
    pdf.set_font("Helvetica", size=7)
    _at(pdf, _LEFT, _RETURN_LINE, " · ".join(sender))
    pdf.set_font("Helvetica", size=10)
    for number, line in enumerate([letter.recipient.name, *letter.recipient.lines][:6]):
        _at(pdf, _LEFT, _WINDOW + number * _WINDOW_LINE, line)


def _text(pdf: FPDF, letter: Letter, language: Language) -> None:
    pdf.set_xy(_LEFT, _SUBJECT)
    pdf.set_font("Helvetica", "B", 11)
    _block(pdf, subject_of(letter, language))
    pdf.ln(_LINE * 2)
    pdf.set_font("Helvetica", size=11)
    for part in (SALUTATION[language], *paragraphs(letter, language), CLOSING[language]):
        _block(pdf, part)
        pdf.ln(_LINE)
    if pdf.get_y() + _SIGNATURE + _LINE > pdf.h - _BOTTOM:
        pdf.add_page()
    pdf.ln(_SIGNATURE - _LINE)
    _block(pdf, letter.sender.name)
    if letter.enclosures:
        pdf.ln(_LINE)
        _block(pdf, "\n".join([ENCLOSURES[language], *letter.enclosures]))


def _block(pdf: FPDF, text: str) -> None:
    pdf.multi_cell(0, _LINE, _printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _at(pdf: FPDF, across: float, down: float, text: str) -> None:
    """One line whose cell begins there."""
    pdf.set_xy(across, down)
    pdf.cell(0, _WINDOW_LINE, _printable(text))


def _printable(text: str) -> str:
    missing = "".join(dict.fromkeys(char for char in text if not _known(char)))
    if missing:
        raise LetterUnprintable(missing[:20])
    return text


def _known(char: str) -> bool:
    try:
        char.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return char == "\n" or char.isprintable() or char == "\N{NO-BREAK SPACE}"


__all__ = ["LetterIncomplete", "LetterUnprintable", "draw_letter"]

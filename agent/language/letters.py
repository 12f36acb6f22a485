"""Formal letters of the person as text, laid out after DIN 5008 (form B), in German and English.

A letter is the person's own: they sign and post it, so nothing here passes the gate and no bot speaks in it. What
every letter asserts lies in `letterwords`; this module only lays it out: sender, address field of nine lines, date,
subject, salutation, text in lines of at most 72 characters, signature, enclosures.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import Formatter

from agent.language.letterwords import CLOSING, ENCLOSURES, SALUTATION, WORDS
from agent.language.phrases import MONTH_NAMES
from agent.language.results import Language

WIDTH = 72
"""Characters in a line of text: 165 mm of a ten-pitch type, as DIN 5008 has it."""

_ADDRESS_LINES = 9
_DATE_COLUMN = 50
_TOGETHER = "\N{NO-BREAK SPACE}"


class LetterKind(StrEnum):
    """What a letter asks for. The data letters name their article of the GDPR."""

    CANCELLATION = "cancellation"
    OBJECTION = "objection"
    """Against a price rise or another change of a running contract."""
    DATA_REQUEST = "data_request"
    ERASURE = "erasure"
    WITHDRAW_CONSENT = "withdraw_consent"
    OBJECT_MARKETING = "object_marketing"


@dataclass(frozen=True, slots=True)
class Postal:
    """Name and postal lines of one side, top to bottom (`street 1`, `10115 Berlin`)."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a letter says. `points` are data or changes named one by one; `number` is the person's customer or
    contract number; `by` is the day a contract shall end, or the day the company announced its change on."""

    kind: LetterKind
    sender: Postal
    recipient: Postal
    day: date
    contract: str = ""
    number: str = ""
    by: date | None = None
    points: tuple[str, ...] = ()
    enclosures: tuple[str, ...] = ()


class LetterIncomplete(ValueError):
    """A letter without something it cannot do without; `missing` names the field."""

    def __init__(self, missing: str) -> None:
        self.missing = missing
        super().__init__(f"the letter has no `{missing}`")


def checked(letter: Letter) -> None:
    """Raises `LetterIncomplete` for a letter without something it cannot do without."""
    for name, part in (("sender", letter.sender), ("recipient", letter.recipient)):
        if not part.name.strip():
            raise LetterIncomplete(name)
    if letter.kind in (LetterKind.CANCELLATION, LetterKind.OBJECTION) and not letter.contract:
        raise LetterIncomplete("contract")


def write_letter(letter: Letter, language: Language) -> str:
    """The whole letter, ready to print and sign. Raises `LetterIncomplete`."""
    checked(letter)
    blocks = [
        _address_field(letter),
        f"{'':<{_DATE_COLUMN}}{written_day(letter.day, language)}",
        "\n",
        *_wrapped(subject_of(letter, language)),
        "\n",
        SALUTATION[language],
        "",
        *_body(letter, language),
        CLOSING[language],
        "\n\n",
        letter.sender.name,
    ]
    if letter.enclosures:
        blocks += ["", ENCLOSURES[language], *letter.enclosures]
    return "\n".join(blocks).replace(_TOGETHER, " ") + "\n"


def written_day(day: date, language: Language) -> str:
    """`22. November 2026` or `22 November 2026`, kept together on one line."""
    point = "." if language == "de" else ""
    return f"{day.day}{point}{_TOGETHER}{MONTH_NAMES[language][day.month - 1]}{_TOGETHER}{day.year}"


def _address_field(letter: Letter) -> str:
    """The sender's lines, the one-line return address, and the recipient in the nine lines of the window."""
    sender = [letter.sender.name, *letter.sender.lines]
    window = [letter.recipient.name, *letter.recipient.lines][: _ADDRESS_LINES - 3]
    padding = [""] * (_ADDRESS_LINES - 3 - len(window))
    return "\n".join([*sender, "", "", " · ".join(sender), "", *window, *padding])


def _values(letter: Letter, language: Language) -> dict[str, str]:
    found = {
        "contract": letter.contract,
        "number": letter.number,
        "by": written_day(letter.by, language) if letter.by else "",
        "points": "\n".join(f"- {point}" for point in letter.points),
    }
    return {name: value for name, value in found.items() if value}


def subject_of(letter: Letter, language: Language) -> str:
    words, values = WORDS[language][letter.kind.value], _values(letter, language)
    head = words.subject.format(contract=letter.contract)
    return f"{head}, {words.reference.format(**values)}" if letter.number else head


def paragraphs(letter: Letter, language: Language) -> list[str]:
    """Every paragraph whose fields are known; of alternatives (a tuple) the first that is."""
    values = _values(letter, language)
    found: list[str] = []
    for entry in WORDS[language][letter.kind.value].paragraphs:
        choices = (entry,) if isinstance(entry, str) else entry
        chosen = next((text for text in choices if _fields(text) <= values.keys()), None)
        if chosen is not None:
            found.append(chosen.format(**values))
    return found


def _body(letter: Letter, language: Language) -> list[str]:
    return [line for part in paragraphs(letter, language) for line in (*_wrapped(part), "")]


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _wrapped(text: str) -> list[str]:
    found: list[str] = []
    for line in text.split("\n"):
        indent = "  " if line.startswith("- ") else ""
        found += textwrap.wrap(line, WIDTH, subsequent_indent=indent, break_on_hyphens=False) or [""]
    return found

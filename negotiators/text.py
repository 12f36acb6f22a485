"""Counterpart text: wrapped from the socket on, and the one sanitiser that lets it reach a person.

`UntrustedText` is deliberately not a `str`: it cannot be concatenated, formatted or printed by accident.
There are two ways out: a closed typed reader (`agent.language`), which returns values with `Span`s as
evidence, and `safe_text`, which makes a harmless copy for the eye.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass

MAX_COMBINING = 2
"""Combining marks kept after one base character; more is a rendering attack ("zalgo")."""

REMOVED = "\N{SYMBOL FOR SUBSTITUTE FORM TWO}"
"""What stands where a run of unsafe characters was removed."""

_LINE_BREAKS = {"\n", "\u2028", "\u2029", "\x85", "\v", "\f"}
_INVISIBLE = {
    "\u00ad",
    "\u034f",
    "\u115f",
    "\u1160",
    "\u17b4",
    "\u17b5",
    "\u180e",
    "\u2800",
    "\u3164",
    "\ufeff",
    "\uffa0",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Where in a text a value was read: character offsets `[start, end)` and the characters themselves."""

    start: int
    end: int
    quote: str


class UntrustedText:
    """Text that a counterpart wrote, with the key of the provider or channel it came from.

    `str()` and formatting raise `TypeError`; `reveal()` is for closed readers and storage only.
    """

    __slots__ = ("_raw", "source")

    def __init__(self, raw: str, source: str) -> None:
        self._raw = raw
        self.source = source

    def reveal(self) -> str:
        """The raw characters. Only a typed reader, the body store and the sanitiser may call this."""
        return self._raw

    @property
    def digest(self) -> str:
        """sha256 of the raw characters, for evidence and duplicates."""
        return hashlib.sha256(self._raw.encode("utf-8", "surrogatepass")).hexdigest()

    def __len__(self) -> int:
        return len(self._raw)

    def __bool__(self) -> bool:
        return bool(self._raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntrustedText) and (other._raw, other.source) == (self._raw, self.source)

    def __hash__(self) -> int:
        return hash((self._raw, self.source))

    def __str__(self) -> str:
        raise TypeError("untrusted text has no str(): use safe_text() for people or a typed reader for values")

    def __format__(self, spec: str) -> str:
        raise TypeError("untrusted text cannot be formatted: use safe_text()")

    def __repr__(self) -> str:
        return f"UntrustedText({len(self._raw)} characters from {self.source!r})"


def _is_unsafe(char: str) -> bool:
    category = unicodedata.category(char)
    return category in {"Cc", "Cf", "Cs", "Co", "Cn"} or char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f"


def safe_text(text: UntrustedText | str, *, limit: int = 2000, multiline: bool = True) -> str:
    """A copy of `text` that is harmless on a terminal.

    Removed: C0/C1 controls with the escape sequences they would start, bidirectional and other format
    characters, zero-width and tag characters, variation selectors, surrogates, unassigned and private-use
    code points, and combining marks beyond `MAX_COMBINING`. A run of removed characters leaves one visible
    `REMOVED` sign. Line breaks become `\\n` (or a space when `multiline` is false); tabs become spaces.
    The result has at most `limit` characters; a cut is shown by an ellipsis.
    Markup is not interpreted here: widgets get the result as plain content only.
    """
    raw = text.reveal() if isinstance(text, UntrustedText) else text
    kept: list[str] = []
    marks = 0
    for char in raw[: limit * 8].replace("\r\n", "\n").replace("\r", "\n"):
        if char in _LINE_BREAKS:
            kept.append("\n" if multiline else " ")
        elif char == "\t":
            kept.append(" ")
        elif _is_unsafe(char):
            if not kept or kept[-1] != REMOVED:
                kept.append(REMOVED)
        elif unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
            marks += 1
            if marks <= MAX_COMBINING:
                kept.append(char)
            continue
        else:
            kept.append(char)
        marks = 0
    shown = "".join(kept).strip()
    return shown if len(shown) <= limit else shown[: limit - 1].rstrip() + "…"

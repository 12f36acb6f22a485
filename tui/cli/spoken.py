"""`--plain`: text to be heard. One fact a line, no columns, no marks, no indents, no folding.

Whether this call wants it is known here and nowhere else: `fold` and `table` of `tui.cli.plain` ask, and
`Session.lines` gives every line the last stroke.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextvars import ContextVar

_WANTED: ContextVar[bool] = ContextVar("spoken", default=False)

_MARKS = re.compile(r"^[\s\-*+>=!•·→─■]+(?=\S)")
_GAP = re.compile(r"(?<=:)\s{2,}")
_JOINT = re.compile(r"\s+·\s+|(?<=\S)\s{2,}(?=\S)")


def spoken() -> bool:
    """Whether this call speaks."""
    return _WANTED.get()


def speak(wanted: bool = True) -> None:
    _WANTED.set(wanted)


def begin() -> None:
    """A new call: the person's `GEGENBOT_PLAIN` holds until `--plain` is read."""
    speak(bool(os.environ.get("GEGENBOT_PLAIN")))


def heard(lines: Iterable[str]) -> Iterator[str]:
    """The lines without what a voice would stumble over; empty ones are left out."""
    for line in lines:
        words = _JOINT.sub(", ", _GAP.sub(" ", _MARKS.sub("", line))).strip()
        if words:
            yield words


def row(cells: Iterable[str], header: Iterable[str] = ()) -> str:
    """A row of a table as one line: each cell with the name of its column, empty ones left out."""
    names = [*header]
    said = list(cells)
    parts = [f"{name}: {cell}" for name, cell in zip(names, said, strict=True)] if names else said
    return "; ".join(part for part, cell in zip(parts, said, strict=True) if cell)

"""Reads gettext `.po` files directly: no build step, no compiled file that can lag behind, stdlib only.

`gettext` itself wants compiled `.mo` files; a wheel built by hatchling has no place to make them, and a parser for
the subset translators' tools write (comments, msgid, msgid_plural, msgstr, msgstr[n], continued strings) is short
and costs about two milliseconds for our files. Keys are dotted ids; English is a catalogue like any other.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

LANGUAGES = ("en", "de")
"""Both have one form for 1 and one for every other number."""

_LOCALE = Path(__file__).with_name("locale")


class Entry(NamedTuple):
    """One sentence; `many` is there when it counts something."""

    one: str
    many: str | None = None


def parse_po(text: str) -> dict[str, Entry]:
    """The entries of a `.po` text by msgid. Raises `ValueError` with the line for anything not understood."""
    entries: dict[str, Entry] = {}
    fields: dict[str, str] = {}
    current = ""
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("msg"):
            current, _, rest = line.partition(" ")
            if current == "msgid":
                _close(entries, fields)
            fields[current] = _string(rest, number)
        elif line.startswith('"') and current:
            fields[current] += _string(line, number)
        elif not line:
            current = ""
        elif line[0] != "#":
            raise ValueError(f"line {number} is not a part of a .po file")
    _close(entries, fields)
    return entries


def _string(quoted: str, number: int) -> str:
    if len(quoted) < 2 or quoted[0] != '"' or quoted[-1] != '"':
        raise ValueError(f"line {number} is not a quoted string")
    if "\\" not in quoted:
        return quoted[1:-1]
    return str(ast.literal_eval(quoted))


def _close(entries: dict[str, Entry], fields: dict[str, str]) -> None:
    key = fields.get("msgid")
    if key:
        if key in entries:
            raise ValueError(f"`{key}` is there twice")
        one = fields.get("msgstr")
        entries[key] = Entry(one) if one is not None else Entry(fields.get("msgstr[0]", ""), fields.get("msgstr[1]"))
    fields.clear()


@cache
def load(language: str) -> Mapping[str, Entry]:
    """The catalogue of one of `LANGUAGES`."""
    folder = _LOCALE / language / "LC_MESSAGES"
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.po")):
        entries.update(parse_po(path.read_text("utf-8")))
    return entries

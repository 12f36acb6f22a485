"""Names on the record that the person may want forgotten: who sent the mail and offers that came in, what a contract
is called. Events hold a tag alone; the name lies in the tag's body. A name met again after it was forgotten gets
another tag.

Records of the formats before 9 hold the name itself where the tag stands now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from sqlite3 import Row
from typing import TYPE_CHECKING, Any

from agent.kernel.chain import Rows, canonical

if TYPE_CHECKING:
    from agent.kernel.ownevents import NameMet

TAG = "name:"
_CONTRACT = "contract:"

_ALL = "SELECT id, body FROM bodies WHERE id>='name:' AND id<'name;' ORDER BY id"
_QUOTED = re.compile(r'"name:\w+(?:, name:\w+)*"')
"""One tag, or those of several contracts that one card is compared with."""


@dataclass(frozen=True, slots=True)
class Name:
    """`text` is what is shown: of a sender the domain of the mail, else the file. `of` says whose it is: the company's
    key where sorted mail is compared, or `contract:ID`."""

    text: str
    of: str = ""


def names(rows: Rows) -> dict[str, Name]:
    """Every name on record, by tag."""
    return {str(row["id"]): Name(**json.loads(row["body"])) for row in rows(_ALL, ())}


def contract_ref(contract: str) -> str:
    """Whose name a contract's is."""
    return f"{_CONTRACT}{contract}"


def senders(rows: Rows) -> dict[str, Name]:
    """The names of those who sent something, by tag."""
    return {tag: name for tag, name in names(rows).items() if not name.of.startswith(_CONTRACT)}


def name_at(rows: Rows, tag: str) -> Name | None:
    """What a tag stands for; `None` when it was forgotten. What only looks like a tag, since a company calls itself so,
    is its own name."""
    if not tag.startswith(TAG):
        return Name(tag)
    found = rows("SELECT body FROM bodies WHERE id=?", (tag,))
    if found:
        return Name(**json.loads(found[0]["body"]))
    return None if rows("SELECT 1 FROM events WHERE type='NameMet' AND body=?", (tag,)) else Name(tag)


def with_names(rows: Rows, stored: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Entries with `params` as they are shown, names for tags; without those whose company was forgotten."""
    for entry in stored:
        found = {key: name_at(rows, str(value)) for key, value in entry["params"].items()}
        if "provider" not in found or found["provider"] is not None:
            yield {**entry, "params": {key: name.text if name is not None else "" for key, name in found.items()}}


def row_with_names(rows: Rows, row: Row) -> dict[str, Any]:
    """A table's row as it is shown: its JSON with names for tags, and nothing where a name was forgotten."""

    def said(tags: re.Match[str]) -> str:
        found = (name_at(rows, tag) for tag in json.loads(tags[0]).split(", "))
        return json.dumps(", ".join(name.text for name in found if name is not None))

    return {key: _QUOTED.sub(said, row[key]) if isinstance(row[key], str) else row[key] for key in row.keys()}  # noqa: SIM118


class Naming:
    """Gives names their tags."""

    def __init__(self, rows: Rows, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._tags = {name: tag for tag, name in names(rows).items()}
        self._new: list[tuple[NameMet, str]] = []

    def new(self) -> list[tuple[NameMet, str]]:
        """Events with their bodies, to be recorded before what holds the tags given since the last call."""
        new, self._new = self._new, []
        return new

    def tag(self, text: str, of: str = "") -> str:
        """The name's tag; one that is not on record is given one."""
        from agent.kernel.ownevents import NameMet

        name = Name(text, of)
        if name not in self._tags:
            self._tags[name] = tag = f"{TAG}{self._new_id()[:12]}"
            self._new.append((NameMet(tag), canonical({"of": of, "text": text})))
        return self._tags[name]

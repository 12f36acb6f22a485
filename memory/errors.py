"""Everything this room raises on purpose. `tui/errors.py` turns these into sentences and exit codes.

::

    MemoryRoomError
    ├── UnknownTermError          a data category or purpose that the vocabulary does not hold (with the nearest one)
    ├── EntryNotFoundError        no entry with that id
    ├── EntryInvalidError         a record that cannot be read, or that contradicts itself
    ├── StoreError
    │   ├── StoreUnsafeError      folder or file open to others, or a symbolic link
    │   ├── StoreTooNewError      written by a newer version of the program
    │   └── StoreUnavailableError the disk is full, the folder read-only, the file locked or damaged
    ├── VaultError
    │   ├── VaultLockedError      no key source gave a key, or the key does not fit
    │   └── VaultDamagedError     a sealed value was altered
    ├── EmbedderError
    │   ├── WeightsMissingError   the model's files are not on this machine
    │   └── WeightsWrongError     the files are there but are not the published weights
    ├── VectorIndexError          the vector index cannot be used (it can always be rebuilt)
    └── PersonaError              a persona file that does not follow docs/persona.md (file, key, nearest key)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, or None when nothing is close."""
    from difflib import get_close_matches

    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


class MemoryRoomError(Exception):
    """Base of every error this room raises on purpose."""


class UnknownTermError(MemoryRoomError):
    """A term that the vocabulary does not hold."""

    def __init__(self, term: str, *, nearest_term: str | None = None) -> None:
        self.term, self.nearest_term = term, nearest_term
        hint = f"; did you mean `{nearest_term}`?" if nearest_term else ""
        super().__init__(f"`{term}` is not in the vocabulary{hint}")


class EntryNotFoundError(MemoryRoomError):
    """There is no entry with this id."""

    def __init__(self, kind: str, entry_id: str) -> None:
        self.kind, self.entry_id = kind, entry_id
        super().__init__(f"there is no {kind} `{entry_id}`")


class EntryInvalidError(MemoryRoomError):
    """A record cannot be read, or contradicts itself."""


class StoreError(MemoryRoomError):
    """The memory file or its folder cannot be used."""


class StoreUnsafeError(StoreError):
    """Others could read the folder or file, or it is a symbolic link."""


class StoreTooNewError(StoreError):
    """The memory file was written by a newer version of the program."""


class StoreUnavailableError(StoreError):
    """SQLite could not do its work: full disk, read-only folder, locked or damaged file."""


class VaultError(MemoryRoomError):
    """The values of facts cannot be read or written."""


class VaultLockedError(VaultError):
    """No key source gave a key, or the key is not the one that sealed these values.

    `tried` names each source and why it gave nothing.
    """

    def __init__(self, message: str, *, tried: tuple[tuple[str, str], ...] = ()) -> None:
        self.tried = tried
        super().__init__(message)


class VaultDamagedError(VaultError):
    """A sealed value was altered or belongs to another fact."""


class EmbedderError(MemoryRoomError):
    """Texts cannot be turned into vectors."""


class WeightsMissingError(EmbedderError):
    """The model's files are not on this machine."""


class WeightsWrongError(EmbedderError):
    """The model's files are not the published ones."""


class VectorIndexError(MemoryRoomError):
    """The vector index cannot be used. Nothing is lost: it is rebuilt from SQLite."""


class PersonaError(MemoryRoomError):
    """A persona file does not follow docs/persona.md."""

    def __init__(self, path: str, key: str, what: str, *, nearest_key: str | None = None) -> None:
        self.path, self.key, self.nearest_key = path, key, nearest_key
        hint = f"; did you mean `{nearest_key}`?" if nearest_key else ""
        super().__init__(f"{path}: `{key}`: {what}{hint}")

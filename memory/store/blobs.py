"""The byte side of the memory file: sealed values, vectors by content hash, and a few named values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from memory.facts import FactId

if TYPE_CHECKING:
    from memory.store.store import Store

_IN_ONE_PASS = 5000
_AT_ONCE = 500  # SQLite allows at least 999 parameters in a statement


def content_hash(text: str) -> bytes:
    """The key of a text's vector."""
    return sha256(text.encode()).digest()


class Blobs:
    """Sealed values, vectors and named values of one `Store`. All methods raise `StoreUnavailableError`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def seal(self, fact_id: FactId, box: bytes) -> None:
        """Keeps the encrypted value of a fact."""
        with self._store.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO sealed (fact_id, box) VALUES (?, ?)", (fact_id, box))

    def sealed(self) -> dict[FactId, bytes]:
        """Every encrypted value."""
        return {FactId(str(i)): cast("bytes", box) for i, box in self._store.rows("SELECT fact_id, box FROM sealed")}

    def sealed_one(self, fact_id: FactId) -> bytes | None:
        """The encrypted value of one fact, if there is one."""
        found = self._store.rows("SELECT box FROM sealed WHERE fact_id = ?", (fact_id,))
        return cast("bytes", found[0][0]) if found else None

    def vectors(self, embedder: str, texts: Iterable[str]) -> dict[str, bytes]:
        """The stored vectors (float32 bytes) of those texts that have one from this embedder."""
        by_hash = {content_hash(text): text for text in texts}
        return {by_hash[key]: vector for key, vector in self.vectors_by_hash(embedder, by_hash).items()}

    def vectors_by_hash(self, embedder: str, hashes: Iterable[bytes]) -> dict[bytes, bytes]:
        """The same by hash; many at once are read in one pass over the table, which is faster than many look-ups."""
        wanted = set(hashes)
        found: dict[bytes, bytes] = {}
        if len(wanted) > _IN_ONE_PASS:
            rows = self._store.rows("SELECT hash, vector FROM embedding WHERE embedder = ?", (embedder,))
            return {key: cast("bytes", vector) for key, vector in rows if isinstance(key, bytes) and key in wanted}
        keys = list(wanted)
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(part))
            rows = self._store.rows(
                f"SELECT hash, vector FROM embedding WHERE embedder = ? AND hash IN ({marks})", (embedder, *part)
            )
            found.update((cast("bytes", key), cast("bytes", vector)) for key, vector in rows)
        return found

    def keep_vectors(self, embedder: str, vectors: Mapping[str, bytes]) -> None:
        """Stores vectors by the hash of their text."""
        with self._store.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO embedding (hash, embedder, vector) VALUES (?, ?, ?)",
                [(content_hash(text), embedder, vector) for text, vector in vectors.items()],
            )

    def drop_vectors_of(self, texts: Iterable[str]) -> None:
        """Deletes the vectors of texts, of every embedder."""
        with self._store.transaction() as connection:
            connection.executemany("DELETE FROM embedding WHERE hash = ?", [(content_hash(text),) for text in texts])

    def drop_vectors_except(self, embedder: str) -> int:
        """Deletes the vectors of every other embedder (after a change of model); returns how many."""
        with self._store.transaction() as connection:
            return connection.execute("DELETE FROM embedding WHERE embedder <> ?", (embedder,)).rowcount

    def meta(self, key: str) -> str | None:
        """A named value."""
        found = self._store.rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(found[0][0]) if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Stores a named value."""
        with self._store.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))

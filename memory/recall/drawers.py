"""The drawers that have vectors, and one drawer's vectors in memory for exact search."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, cast

from memory.store import EntryKind, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.embedding import Vectors


class Drawer(StrEnum):
    """One vector collection each. Facts have none: their values and labels are never embedded."""

    PREFERENCES = "preferences"
    RULES = "rules"
    DECISIONS = "decisions"
    LIKED = "offers-liked"
    REFUSED = "offers-refused"


_VERDICTS = {
    Drawer.DECISIONS: ("accepted", "later", "countered"),
    Drawer.LIKED: ("liked", "should_have_shown"),
    Drawer.REFUSED: ("rejected",),
}
_KINDS = {Drawer.PREFERENCES: EntryKind.PREFERENCE, Drawer.RULES: EntryKind.RULE}


def kind_of_drawer(drawer: Drawer) -> EntryKind:
    """The kind of entry a drawer holds."""
    return _KINDS.get(drawer, EntryKind.DECISION)


def condition(drawer: Drawer) -> str:
    """The SQL condition on `entry` that picks the drawer's rows (constants of this module only)."""
    made = f"entry.kind = '{kind_of_drawer(drawer)}' AND entry.text_hash IS NOT NULL"
    verdicts = _VERDICTS.get(drawer)
    if verdicts:
        listed = ", ".join(f"'{verdict}'" for verdict in verdicts)
        made += f" AND json_extract(entry.body, '$.verdict') IN ({listed})"
    return made


class ExactDrawer:
    """Ids and vectors of one drawer, kept in step with the store: new rows are appended, deletions reload."""

    def __init__(self, store: Store, embedder_id: str, dimension: int, drawer: Drawer) -> None:
        self._store, self._embedder, self._dimension, self._drawer = store, embedder_id, dimension, drawer
        self._revision: tuple[int, int] | None = None
        self._waiting: dict[str, bytes] = {}  # entries without a vector yet
        self._start_over()

    def _start_over(self) -> None:
        import numpy as np

        self.ids: list[str] = []
        self._place: dict[str, int] = {}
        self.rows: Vectors = np.zeros((0, self._dimension), dtype=np.float32)
        self._last = 0
        self._waiting = {}
        self.generation = getattr(self, "generation", -1) + 1

    def refresh(self) -> None:
        """Reads what changed since the last call."""
        revision = self._store.revision
        if revision != self._revision:
            self._read_new()
            self._revision = revision
        if self._waiting:
            self._read_vectors()

    def _read_new(self) -> None:
        where = condition(self._drawer)
        total = cast("int", self._store.rows(f"SELECT count(*) FROM entry WHERE {where}")[0][0])
        sql = f"SELECT no, id, text_hash FROM entry WHERE {where} AND no > ? ORDER BY no"
        fresh = self._store.rows(sql, (self._last,))
        if len(fresh) + len(self.ids) + len(self._waiting) != total:
            self._start_over()
            fresh = self._store.rows(sql, (0,))
        if fresh:
            self._waiting.update((str(entry_id), cast("bytes", key)) for _, entry_id, key in fresh)
            self._last = cast("int", fresh[-1][0])

    def _read_vectors(self) -> None:
        import numpy as np

        vectors = self._store.blobs.vectors_by_hash(self._embedder, self._waiting.values())
        ready = [entry_id for entry_id, key in self._waiting.items() if key in vectors]
        if not ready:
            return
        joined = b"".join(vectors[self._waiting.pop(entry_id)] for entry_id in ready)
        rows = np.frombuffer(joined, dtype=np.float32).reshape(len(ready), self._dimension)
        self._place.update((entry_id, at) for at, entry_id in enumerate(ready, len(self.ids)))
        self.ids = [*self.ids, *ready]
        self.rows = np.concatenate([self.rows, rows]) if len(self.rows) else rows
        self.generation += 1

    def top(self, query: Vectors, k: int) -> list[tuple[str, float]]:
        """The ids of the k highest cosines, best first."""
        import numpy as np

        if not self.ids:
            return []
        cosines = self.rows @ query
        count = min(k, len(self.ids))
        best = np.argpartition(-cosines, count - 1)[:count]
        ordered = best[np.argsort(-cosines[best], kind="stable")]
        return [(self.ids[at], float(cosines[at])) for at in ordered]

    def cosines_of(self, query: Vectors, ids: list[str]) -> dict[str, float]:
        """Exact cosines of some entries (those without a vector are left out)."""
        places = [self._place[entry_id] for entry_id in ids if entry_id in self._place]
        values: NDArray[np.float32] = self.rows[places] @ query
        return {self.ids[at]: float(value) for at, value in zip(places, values, strict=True)}

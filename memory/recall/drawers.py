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
        self._last = 0
        self.ids: list[str] = []
        self.rows: Vectors = self._empty()
        self.generation = 0

    def refresh(self) -> None:
        """Reads what changed since the last call."""
        revision = self._store.revision
        if revision == self._revision:
            return
        where = condition(self._drawer)
        join = f"FROM entry JOIN embedding ON embedding.hash = entry.text_hash AND embedding.embedder = ? WHERE {where}"
        total = cast("int", self._store.rows(f"SELECT count(*) {join}", (self._embedder,))[0][0])
        columns = f"SELECT entry.no, entry.id, embedding.vector {join} AND entry.no > ? ORDER BY entry.no"
        fresh = self._store.rows(columns, (self._embedder, self._last))
        if len(fresh) + len(self.ids) != total:
            self.ids, self.rows, self._last = [], self._empty(), 0
            fresh = self._store.rows(columns, (self._embedder, 0))
            self.generation += 1
        if fresh:
            self._append(fresh)
        self._revision = revision

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
        wanted = set(ids)
        places = [at for at, known in enumerate(self.ids) if known in wanted]
        values: NDArray[np.float32] = self.rows[places] @ query
        return {self.ids[at]: float(value) for at, value in zip(places, values, strict=True)}

    def _append(self, fresh: list[tuple[object, ...]]) -> None:
        import numpy as np

        self.ids = [*self.ids, *(str(entry_id) for _, entry_id, _ in fresh)]
        joined = b"".join(cast("bytes", vector) for _, _, vector in fresh)
        rows = np.frombuffer(joined, dtype=np.float32).reshape(len(fresh), self._dimension)
        self.rows = np.concatenate([self.rows, rows]) if len(self.rows) else rows
        self._last = cast("int", fresh[-1][0])
        self.generation += 1

    def _empty(self) -> Vectors:
        import numpy as np

        return np.zeros((0, self._dimension), dtype=np.float32)

"""Texts to vectors: a port and two ways to fill it on this machine (a remote one is injected by `agent`).

Vectors are rows of float32 of unit length, so that a dot product is a cosine. numpy is loaded on first use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol
from zlib import crc32

from memory.facts.words import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.store import Store

    Vectors = NDArray[np.float32]

_BATCH = 256  # texts embedded between two writes to the cache: an interruption loses at most this much


class Embedder(Protocol):
    """Turns texts into vectors. `id` names model and version: vectors of different ids are never mixed."""

    @property
    def id(self) -> str:
        """Model and version."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers per vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text; an empty text may give a zero row. Raises the `EmbedderError` family."""
        ...


class NGram:
    """Hashed character 3- to 5-grams: no files, no model, good across endings and compounds, blind to meaning."""

    dimension = 1024
    id = "ngram-3-5-1024-v1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit row per text (a zero row for a text without letters)."""
        import numpy as np

        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in fold(text).split():
                padded = f" {word} ".encode()
                for size in (3, 4, 5):
                    for at in range(len(padded) - size + 1):
                        mixed = crc32(padded[at : at + size])
                        row[mixed % self.dimension] += 1.0 if mixed & 0x80000000 else -1.0
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        np.divide(rows, norms, out=rows, where=norms > 0)
        return rows


class Cached:
    """An embedder that keeps every vector in the memory file by the hash of its text."""

    def __init__(self, embedder: Embedder, store: Store) -> None:
        self._embedder, self._store = embedder, store

    @property
    def id(self) -> str:
        """The wrapped embedder's id."""
        return self._embedder.id

    @property
    def dimension(self) -> int:
        """The wrapped embedder's dimension."""
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embeds only what was never embedded; new vectors are kept batch by batch."""
        import numpy as np

        known = self._store.blobs.vectors(self.id, texts)
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            fresh = {text: row.tobytes() for text, row in zip(part, self._embedder.embed(part), strict=True)}
            self._store.blobs.keep_vectors(self.id, fresh)
            known.update(fresh)
        joined = b"".join(known[text] for text in texts)
        return np.frombuffer(joined, dtype=np.float32).reshape(len(texts), self.dimension)

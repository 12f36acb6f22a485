"""The vector index on disk: chromadb, embedded, ids and vectors only. It can be deleted at any time.

Opened in the child process of `memory.recall.indexer` only: two openers hang or crash, and a torn index can end its
opener with a segmentation fault instead of an exception (notes/dependencies.md, 4).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from memory.errors import VectorIndexError
from memory.recall.drawers import Drawer
from memory.store import INDEX_FOLDER

if TYPE_CHECKING:
    from memory.embedding import Vectors


def current_folder(data_folder: Path) -> Path | None:
    """The index folder in use, if there is one."""
    found = sorted(data_folder.glob(f"{INDEX_FOLDER}-*"))
    return found[-1] if found else None


def new_folder(data_folder: Path) -> Path:
    """A name no index had before: forgetting and rebuilding always move to a new folder."""
    return data_folder / f"{INDEX_FOLDER}-{uuid4().hex[:12]}"


def drop_all(data_folder: Path) -> None:
    """Deletes every index folder."""
    for folder in data_folder.glob(f"{INDEX_FOLDER}-*"):
        shutil.rmtree(folder, ignore_errors=True)


class ChromaIndex:
    """One index folder. Every failure of chromadb becomes `VectorIndexError`."""

    def __init__(self, folder: Path, embedder_id: str, dimension: int) -> None:
        self.folder, self.dimension = folder, dimension
        with _as_index_error(folder):
            import chromadb
            from chromadb.config import Settings

            self._client: Any = chromadb.PersistentClient(
                path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
            )
            self._collections = {
                drawer: self._client.get_or_create_collection(
                    drawer.value,
                    embedding_function=None,  # the default would download a model
                    metadata={"embedder": embedder_id},
                    configuration={"hnsw": {"space": "cosine"}},
                )
                for drawer in Drawer
            }
        for drawer, collection in self._collections.items():
            if (collection.metadata or {}).get("embedder") != embedder_id:
                raise VectorIndexError(f"collection `{drawer}` was made by another embedder")
        _make_private(folder)

    def check(self) -> None:
        """Touches every collection the way real queries do."""
        with _as_index_error(self.folder):
            for collection in self._collections.values():
                if collection.count():
                    collection.query(query_embeddings=[[1.0] + [0.0] * (self.dimension - 1)], n_results=1, include=[])

    def count(self, drawer: Drawer) -> int:
        """How many entries the collection holds."""
        with _as_index_error(self.folder):
            return int(self._collections[drawer].count())

    def ids(self, drawer: Drawer) -> set[str]:
        """Every id in the collection."""
        with _as_index_error(self.folder):
            return set(self._collections[drawer].get(include=[])["ids"])

    def put(self, drawer: Drawer, ids: Sequence[str], rows: Vectors) -> None:
        """Adds or replaces entries; ids are deterministic, so a repeated batch does no harm."""
        with _as_index_error(self.folder):
            self._collections[drawer].upsert(ids=list(ids), embeddings=rows)
        _make_private(self.folder)

    def candidates(self, drawer: Drawer, query: Vectors, k: int) -> list[str]:
        """Ids near the query; the caller scores them exactly."""
        with _as_index_error(self.folder):
            collection = self._collections[drawer]
            count = min(k, collection.count())
            if not count:
                return []
            found = collection.query(query_embeddings=[query], n_results=count, include=[])
            return [str(entry_id) for entry_id in found["ids"][0]]


def _make_private(folder: Path) -> None:
    """chromadb makes folders 0755 and files 0644; vectors can be inverted, so they are personal."""
    if os.name != "posix":
        return
    folder.chmod(0o700)
    for root, folders, names in os.walk(folder):
        for name in folders:
            Path(root, name).chmod(0o700)
        for name in names:
            Path(root, name).chmod(0o600)


@contextmanager
def _as_index_error(folder: Path) -> Iterator[None]:
    try:
        yield
    except VectorIndexError:
        raise
    except Exception as err:  # chromadb raises bare and own exceptions of many kinds
        raise VectorIndexError(f"the index in `{folder}` cannot be used ({type(err).__name__}: {err})") from err

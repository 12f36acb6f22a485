"""The vector index in a process of its own: ids and vectors go in, ids come out.

chromadb 1.5 writes uninitialised memory into its files (hnswlib saves unused slots as they lie). In this process that
memory would hold what the person had forgotten, or worse; the child has never seen a key, a word or a fact, and after a
forget it is ended and a new one starts with an empty memory. A torn index that crashes its opener crashes the child.

The child holds a lock on the data folder for as long as it lives and ends with this process or after `IDLE_SECONDS`.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from memory.errors import VectorIndexError
from memory.recall.drawers import Drawer

if TYPE_CHECKING:
    from memory.embedding import Vectors
    from memory.recall.chroma import ChromaIndex

ANSWER_SECONDS = 60.0
"""How long one call may take; chromadb writes 1,000 vectors in about two on a slow machine."""

IDLE_SECONDS = 600.0
"""After so long without a question the child ends and gives its 80 MiB back; the next one starts another."""

AT_ONCE = 1000
"""Vectors in one call; chromadb flushes its graph at this size."""

LOCK_FILE = "recall.lock"

_HEAD = struct.Struct("<II")
_CODE = "import sys; sys.path[:] = sys.argv[5:]; from memory.recall.indexer import main; main(sys.argv[1:5])"
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "OMP_NUM_THREADS")


class IndexProcess:
    """One index folder, used over pipes. Every failure, a dead or silent child included, becomes `VectorIndexError`."""

    def __init__(self, folder: Path, embedder_id: str, dimension: int) -> None:
        """Starts the child, which opens and checks the index, or makes it."""
        self.folder = folder
        self._turn = threading.Lock()
        arguments = [str(folder), embedder_id, str(dimension), str(IDLE_SECONDS)]
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-c", _CODE, *arguments, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=folder.parent,
            )
        except OSError as err:
            raise VectorIndexError(f"the index process cannot be started: {err}") from err
        try:
            self._answer()
        except VectorIndexError:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether the child still runs; it ends by itself when nobody asks."""
        return self._child.poll() is None

    def count(self, drawer: Drawer) -> int:
        """How many entries the collection holds."""
        return int(str(self._call({"do": "count", "drawer": drawer.value})))

    def ids(self, drawer: Drawer) -> set[str]:
        """Every id in the collection."""
        found = self._call({"do": "ids", "drawer": drawer.value})
        return set(found) if isinstance(found, list) else set()

    def put(self, drawer: Drawer, ids: Sequence[str], rows: Vectors) -> None:
        """Adds or replaces entries; ids are deterministic, so a repeated batch does no harm."""
        for start in range(0, len(ids), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            vectors = rows[part].astype("<f4").tobytes()
            self._call({"do": "put", "drawer": drawer.value, "ids": list(ids[part])}, vectors)

    def candidates(self, drawer: Drawer, query: Vectors, k: int) -> list[str]:
        """Ids near the query; the caller scores them exactly."""
        found = self._call({"do": "near", "drawer": drawer.value, "k": k}, query.astype("<f4").tobytes())
        return [str(entry_id) for entry_id in found] if isinstance(found, list) else []

    def close(self) -> None:
        """Lets go of the files: the child ends, at once if it does not by itself."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _call(self, order: Mapping[str, object], vectors: bytes = b"") -> object:
        assert self._child.stdin is not None
        with self._turn:
            try:
                write_frame(self._child.stdin, order, vectors)
            except (OSError, ValueError) as err:
                raise VectorIndexError("the index process ended") from err
            return self._answer()

    def _answer(self) -> object:
        """The child's next word. A watch ends a child that says nothing in time: pipes cannot be waited for alike on
        all systems."""
        assert self._child.stdout is not None
        watch = threading.Timer(ANSWER_SECONDS, self._child.kill)
        watch.start()
        try:
            answer, _ = read_frame(self._child.stdout)
        except (OSError, ValueError) as err:
            raise VectorIndexError("the index process ended") from err
        finally:
            watch.cancel()
        if "error" in answer:
            raise VectorIndexError(str(answer["error"]))
        return answer["done"]


def write_frame(pipe: IO[bytes], order: Mapping[str, object], vectors: bytes = b"") -> None:
    """One message: the lengths, a JSON object, raw vectors of 32-bit floats."""
    head = json.dumps(order, separators=(",", ":")).encode()
    pipe.write(_HEAD.pack(len(head), len(vectors)) + head + vectors)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> tuple[dict[str, object], bytes]:
    """The next message. Raises `ValueError` when the pipe has ended."""
    lengths = _HEAD.unpack(_whole(pipe, _HEAD.size))
    order = json.loads(_whole(pipe, lengths[0]))
    return order, _whole(pipe, lengths[1])


def _whole(pipe: IO[bytes], count: int) -> bytes:
    found = pipe.read(count)
    if len(found) != count:
        raise ValueError("the pipe has ended")
    return found


# -- the child's side -------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str]) -> None:
    """What the child runs: `[folder, embedder id, dimension, idle seconds]`. Ends with its input."""
    folder, embedder_id, dimension = Path(arguments[0]), arguments[1], int(arguments[2])
    asked, said = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # what a library prints is no answer
    _end_with_parent()
    lock = _owned(folder.parent)
    if lock is None:
        write_frame(said, {"error": "another process holds the index"})
        return
    try:
        index = _opened(folder, embedder_id, dimension)
        write_frame(said, {"done": True})
        while True:
            order, vectors = _next(asked, float(arguments[3]))
            write_frame(said, _carried_out(index, order, vectors))
    except (ValueError, OSError):
        return  # the parent ended, or nobody asked for long
    except VectorIndexError as err:
        with suppress(OSError):
            write_frame(said, {"error": str(err)})
    finally:
        lock.close()


def _next(asked: IO[bytes], idle: float) -> tuple[dict[str, object], bytes]:
    watch = threading.Timer(idle, os._exit, (0,))
    watch.daemon = True
    watch.start()
    try:
        return read_frame(asked)
    finally:
        watch.cancel()


def _end_with_parent() -> None:
    """On Linux the kernel ends us with the parent; elsewhere the closed pipe does, after the call under way."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)


def _owned(data_folder: Path) -> IO[bytes] | None:
    """The lock of the one process that may open the index; a child of an ended runner may need a moment to go."""
    try:
        import fcntl
    except ImportError:
        return (data_folder / LOCK_FILE).open("ab")  # Windows: the runner's own lock has to do
    import time

    opened = os.fdopen(os.open(data_folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600), "ab")
    for _ in range(50):
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.1)
        else:
            return opened
    opened.close()
    return None


def _opened(folder: Path, embedder_id: str, dimension: int) -> ChromaIndex:
    from memory.recall.chroma import ChromaIndex

    index = ChromaIndex(folder, embedder_id, dimension)
    index.check()
    return index


def _carried_out(index: ChromaIndex, order: Mapping[str, object], vectors: bytes) -> dict[str, object]:
    import numpy as np

    drawer = Drawer(str(order["drawer"]))
    rows = np.frombuffer(vectors, dtype="<f4").reshape(-1, index.dimension)
    try:
        match order["do"]:
            case "count":
                return {"done": index.count(drawer)}
            case "ids":
                return {"done": sorted(index.ids(drawer))}
            case "put":
                ids = order["ids"]
                assert isinstance(ids, list)
                index.put(drawer, ids, rows)
                return {"done": True}
            case _:
                return {"done": index.candidates(drawer, rows[0], int(str(order["k"])))}
    except VectorIndexError as err:
        return {"error": str(err)}

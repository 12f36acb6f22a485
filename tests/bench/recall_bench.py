"""Recall among 100,000 memories, the query's vector already known. Prints the median in ms on the last line.

Vectors are drawn at random once per text, so that filling takes minutes and not hours; full text, structure and
exact cosines are the real ones.
"""

import sys
import tempfile
import time
import zlib
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from memory.recall import Drawer, Recall
from memory.store import DecisionId, PastDecision, Store, Verdict

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
SYLLABLES = [
    "ba",
    "ke",
    "lor",
    "min",
    "stu",
    "tra",
    "wen",
    "zim",
    "pol",
    "hag",
    "fer",
    "dux",
    "gri",
    "nal",
    "sop",
    "quet",
]
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
"""About 4,000 words, as a person's notes would have."""


class Drawn:
    """An embedder with a fixed random vector for each text."""

    id, dimension = "bench-random", 384

    def embed(self, texts):  # type: ignore[no-untyped-def]
        rows = [np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dimension) for text in texts]
        vectors = np.asarray(rows, dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "h") as store:
        at = datetime(2026, 11, 22, tzinfo=UTC)
        for start in range(0, COUNT, 5000):
            store.add(
                *(
                    PastDecision(DecisionId(f"d{n}"), Verdict.ACCEPTED, f"{' '.join(rng.choice(WORDS, 6))} {n}", at)
                    for n in range(start, min(start + 5000, COUNT))
                )
            )
        recall = Recall(store, Drawn())
        recall.catch_up()
        queries = [" ".join(rng.choice(WORDS, 4)) for _ in range(21)]
        recall.search(queries[0], [Drawer.DECISIONS], 10)
        times = []
        for query in queries[1:]:
            recall.embedder.embed([query])
            began = time.perf_counter()
            found = recall.search(query, [Drawer.DECISIONS], 10)
            times.append(1000 * (time.perf_counter() - began))
            assert len(found) == 10
        print(f"{median(times):.1f} ms median, {max(times):.1f} ms slowest of {len(times)}, {COUNT} entries")


if __name__ == "__main__":
    main()

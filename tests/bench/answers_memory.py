"""Answers of the relevance, digest and memory tasks of the evaluation data (its README names formats and licences).

    python tests/bench/answers_memory.py TASK DATA_DIR SPLIT [--embedder ngram] [--cache DIR] > ANSWERS.jsonl

The questions of a task are put to the program together, as `memory search --queries` does. Gold fields (`labels, wanted, hard_negatives, evidence, answer`) are dropped while reading. Vectors are cached in
DIR, by default a folder that ends with the process.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from memory.embedding import Cached, Embedder, NGram
from memory.errors import WeightsMissingError
from memory.minilm import MiniLm
from memory.relevance import NeedText, OfferText, OfferTexts, SearchableEntries, TextEntry
from memory.store import Store

TASKS = ("relevance_rerank", "relevance_funnel", "digest", "memory_prefeval", "memory_persona", "memory_locomo")
_GOLD = {"labels", "wanted", "hard_negatives", "evidence", "answer", "label"}


def answer(task: str, data_dir: Path, split: str, embedder: Embedder | None = None) -> Iterable[dict[str, Any]]:
    """The answers of one task, item by item. Without an embedder MiniLM is used, or n-grams where it is not installed."""
    if embedder is None:
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "cache") as store:
            yield from answer(task, data_dir, split, Cached(best_embedder(), store))
        return
    rows = _Rows(Path(data_dir) / split)
    match task:
        case "relevance_rerank" | "relevance_funnel":
            yield from _relevance(rows, embedder, None if task == "relevance_rerank" else 50)
        case "digest":
            yield from _digest(rows, embedder)
        case "memory_prefeval":
            yield from _preferences(rows, embedder)
        case "memory_persona":
            yield from _personas(rows, embedder)
        case "memory_locomo":
            yield from _conversations(rows, embedder)
        case _:
            raise ValueError(f"unknown task `{task}`; one of {', '.join(TASKS)}")


def best_embedder() -> Embedder:
    """MiniLM, or n-grams with one line on stderr."""
    try:
        return MiniLm.find()
    except WeightsMissingError as err:
        print(f"{err}; answering with n-grams", file=sys.stderr)
        return NGram()


class _Rows:
    """The files of one split without their gold fields."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> Iterator[dict[str, Any]]:
        with (self._folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield {key: value for key, value in json.loads(line).items() if key not in _GOLD}


def _offers(rows: _Rows) -> dict[str, OfferText]:
    return {
        row["offer_id"]: OfferText(row["offer_id"], row["title"], row["description"])
        for row in rows("relevance_offers")
    }


def _relevance(rows: _Rows, embedder: Embedder, k: int | None) -> Iterator[dict[str, Any]]:
    offers = OfferTexts(list(_offers(rows).values()), embedder)
    for row in rows("relevance_queries"):
        ranked = offers.rank(NeedText(row["qid"], row["need"]), k or len(offers.offers))
        yield {"qid": row["qid"], "ranking": [one.id for one in ranked]}


def _digest(rows: _Rows, embedder: Embedder) -> Iterator[dict[str, Any]]:
    """Picks come from the person's stream; feedback and word statistics from every offer the program has seen."""
    offers = OfferTexts(list(_offers(rows).values()), embedder)
    for row in rows("relevance_digest"):
        needs = [NeedText(need["qid"], need["need"]) for need in row["needs"]]
        yield {"pid": row["pid"], "picks": [one.id for one in offers.rank_over(needs, 5, among=row["stream"])]}


def _preferences(rows: _Rows, embedder: Embedder) -> Iterator[dict[str, Any]]:
    known = list(rows("memory_prefeval"))
    asked = [row["question"] for row in known]
    entries = SearchableEntries([TextEntry(row["id"], row["preference"]) for row in known], embedder, asked)
    for row in known:
        yield {"id": row["id"], "ranking": [found for found, _ in entries.search(row["question"], 20)]}


def _personas(rows: _Rows, embedder: Embedder) -> Iterator[dict[str, Any]]:
    known = {row["id"]: row for row in rows("memory_prefeval")}
    for persona in rows("memory_prefeval_personas"):
        own = [known[entry_id] for entry_id in persona["memory_ids"]]
        asked = [row["question"] for row in own]
        entries = SearchableEntries([TextEntry(row["id"], row["preference"]) for row in own], embedder, asked)
        for row in own:
            ranking = [found for found, _ in entries.search(row["question"], 20)]
            yield {"persona": persona["persona"], "id": row["id"], "ranking": ranking}


def _conversations(rows: _Rows, embedder: Embedder) -> Iterator[dict[str, Any]]:
    for row in rows("memory_locomo"):
        turns = [TextEntry(turn["turn_id"], turn["text"], turn["when"], turn["speaker"]) for turn in row["turns"]]
        entries = SearchableEntries(turns, embedder)
        for question in row["qa"]:
            yield {"id": question["id"], "ranking": [found for found, _ in entries.search(question["question"], 20)]}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("split")
    parser.add_argument("--embedder", choices=["minilm", "ngram"], default="minilm")
    parser.add_argument("--cache", type=Path)
    chosen = parser.parse_args()
    inner = NGram() if chosen.embedder == "ngram" else best_embedder()
    with tempfile.TemporaryDirectory() as folder, Store(chosen.cache or Path(folder) / "cache") as store:
        for row in answer(chosen.task, chosen.data_dir, chosen.split, Cached(inner, store)):
            print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()

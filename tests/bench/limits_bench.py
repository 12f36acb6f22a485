"""How sure the relevance figures are, and whether anything learned from one part of the data helps on the other.

    python tests/bench/limits_bench.py DATA_DIR SPLIT [--cache DIR]

Reads the labels: nothing here answers a task, and nothing learned here is used anywhere. One JSON line for each part:

* `order`: NDCG@10 of one need's offers with its bootstrap interval; the parts of the score weighed anew by pairs of
  offers, drawn to the present weights, strength of the draw chosen inside the training needs (nested, five folds);
  pairs of offers with the same text and how many of them carry different grades.
* `digest`: the same interval over the persons; then many persons made the same way (three needs, five offers rated
  best, everything rated 1 or 2 as bait, a thousand in all) out of either half of the needs: with and without what comes
  off a crowded need, in how many halves it is better, and what it brings when its strength is chosen on the other half.
* `preferences`: recall@5 where so many questions are asked together, over random parts of all.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from answers_memory import best_embedder

from memory.embedding import Cached, Embedder
from memory.relevance import OfferText, OfferTexts, SearchableEntries, TextEntry
from memory.relevance.offers import _CROWD, _crowding
from memory.store import Store

Row = dict[str, Any]
Floats = NDArray[np.float64]
_DRAWS = 4000
_STRENGTHS = (1e6, 100.0, 10.0, 1.0)
_CROWDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)


def read(folder: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines() if line.strip()]


def ndcg(scores: Floats, gains: Floats) -> float:
    places = 1 / np.log2(np.arange(10) + 2)
    best, ideal = gains[np.argsort(-scores, kind="stable")[:10]], np.sort(gains)[::-1][:10]
    return float((best * places[: len(best)]).sum() / (ideal * places[: len(ideal)]).sum())


def interval(values: Floats, asked: float, rng: np.random.Generator) -> Row:
    """Mean, standard error, 95 of 100 bootstrap means, and the share of them that reaches what was asked."""
    means = values[rng.integers(0, len(values), (_DRAWS, len(values)))].mean(axis=1)
    return {
        "mean": round(float(values.mean()), 4), "se": round(float(values.std() / len(values) ** 0.5), 4),
        "95%": [round(float(x), 3) for x in np.percentile(means, [2.5, 97.5])],
        "reaches": round(float(np.mean(means >= asked if asked >= 0 else -means >= asked)), 2),
    }  # fmt: skip


class Judged:
    """Needs with the offers judged for them: parts of the score, and grades."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self.offers = read(folder, "relevance_offers")
        self.needs = read(folder, "relevance_queries")
        texts = [OfferText(row["offer_id"], row["title"], row["description"]) for row in self.offers]
        self.ready = OfferTexts(texts, embedder)
        self.place = {row["offer_id"]: at for at, row in enumerate(self.offers)}
        self.judged = [np.array([self.place[name] for name in need["labels"]]) for need in self.needs]
        self.grades = [np.array(list(need["labels"].values())) for need in self.needs]
        self.gains = [2.0 ** (grades - 1) - 1 for grades in self.grades]

    def parts(self, at: int) -> Floats:
        """Meaning, feedback and words of the offers judged for one need, as they are added up."""
        parts = self.ready._parts(self.needs[at]["need"], alone=True)
        rows: Floats = np.stack([parts.meaning, parts.feedback, parts.words], axis=1, dtype=np.float64)
        return rows[self.judged[at]]

    def over_needs(self) -> Floats:
        """The score of every offer for every need, as the digest compares them."""
        totals: Floats = np.stack([self.ready._parts(need["need"], alone=False).total for need in self.needs])
        return totals


def order(judged: Judged, rng: np.random.Generator) -> Row:
    every = np.arange(len(judged.needs))
    parts = [judged.parts(at) for at in range(len(every))]
    spread = np.mean([part.std(axis=0) for part in parts], axis=0)
    scaled = [(part - part.mean(axis=0)) / spread for part in parts]
    now = scores_of(scaled, judged.gains, every, spread)
    nested = np.zeros(len(every))
    for held in np.array_split(rng.permutation(every), 5):
        rest = np.setdiff1d(every, held)
        inner = np.array_split(rest, 4)

        def inside(strength: float, rest: Any = rest, inner: Any = inner) -> float:
            found = [
                scores_of(scaled, judged.gains, part, fitted(scaled, judged.gains, np.setdiff1d(rest, part), spread, strength))
                for part in inner
            ]  # fmt: skip
            return float(np.concatenate(found).mean())

        chosen = fitted(scaled, judged.gains, rest, spread, max(_STRENGTHS, key=inside))
        nested[held] = scores_of(scaled, judged.gains, held, chosen)
    alike, apart = same_text(judged)
    return {
        "part": "order", **interval(now, 0.875, rng), "nested": round(float(nested.mean()), 4),
        "se_of_gain": round(float((nested - now).std() / len(now) ** 0.5), 4),
        "same_text_pairs": alike, "other_grade": round(apart / alike, 2),
    }  # fmt: skip


def scores_of(parts: Sequence[Floats], gains: Sequence[Floats], needs: Any, weights: Floats) -> Floats:
    return np.array([ndcg(parts[at] @ weights, gains[at]) for at in needs])


def fitted(parts: Sequence[Floats], gains: Sequence[Floats], needs: Any, prior: Floats, strength: float) -> Floats:
    """Weights under which the better of two offers scores higher (logistic), drawn to the prior; Newton's method."""
    better, weight = [], []
    for at in needs:
        one, two = np.nonzero(gains[at][:, None] > gains[at][None, :])
        apart = gains[at][one] - gains[at][two]
        better.append(parts[at][one] - parts[at][two])
        weight.append(apart / max(apart.sum(), 1e-9))
    rows, shares = np.concatenate(better), np.concatenate(weight)
    scale = min((1, 2, 4, 8, 16, 32), key=lambda s: float((shares * np.logaddexp(0, -s * (rows @ prior))).sum()))
    weights = scale * prior
    for _ in range(12):
        wrong = 1 / (1 + np.exp(rows @ weights))
        slope = strength * (weights - scale * prior) - (rows * (shares * wrong)[:, None]).sum(axis=0)
        bend = (rows * (shares * wrong * (1 - wrong))[:, None]).T @ rows + strength * np.eye(len(prior))
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def same_text(judged: Judged) -> tuple[int, int]:
    """Pairs of offers of one need with the same title and description, and those of them graded differently."""
    alike = apart = 0
    for places, grades in zip(judged.judged, judged.grades, strict=True):
        groups: dict[tuple[str, str], list[int]] = {}
        for place, grade in zip(places.tolist(), grades.tolist(), strict=True):
            row = judged.offers[place]
            groups.setdefault((row["title"].strip().lower(), row["description"].strip().lower()), []).append(grade)
        for group in groups.values():
            pairs = [(a, b) for at, a in enumerate(group) for b in group[at + 1 :]]
            alike, apart = alike + len(pairs), apart + sum(a != b for a, b in pairs)
    return alike, apart


Person = tuple[Any, Any, int]
"""Needs, the stream's offers with the five wanted first, and how many after them are bait."""


def picks(scores: Floats, persons: Sequence[Person], crowd: float) -> Floats:
    """Share of wanted and of bait among the five picked, for each person."""
    found = []
    for needs, here, bait in persons:
        rows = scores[np.ix_(needs, here)]
        off = np.array([_crowding(row.astype(np.float32)) for row in rows]) * (crowd / _CROWD)
        best = np.argsort(-(rows + off[:, None]).max(axis=0), kind="stable")[:5]
        found.append(((best < 5).sum() / 5, ((best >= 5) & (best < 5 + bait)).sum() / 5))
    return np.array(found)


def made_person(judged: Judged, pool: Any, rng: np.random.Generator) -> Person:
    while True:
        needs = rng.choice(pool, 3, replace=False)
        grades = {
            place: grade
            for at in needs.tolist()
            for place, grade in zip(judged.judged[at].tolist(), judged.grades[at].tolist(), strict=True)
        }
        best = [place for place, grade in grades.items() if grade == 4]
        if len(best) < 5:
            continue
        wanted = rng.choice(best, 5, replace=False)
        bait = [place for place, grade in grades.items() if grade <= 2]
        others = np.setdiff1d(np.arange(len(judged.offers)), np.array(list(grades)))
        rest = rng.choice(others, 995 - len(bait), replace=False)
        return needs, np.concatenate([wanted, np.array(bait, dtype=int), rest]), len(bait)


def digest(judged: Judged, folder: Path, rng: np.random.Generator) -> Row:
    number = {need["qid"]: at for at, need in enumerate(judged.needs)}
    persons = []
    for row in read(folder, "relevance_digest"):
        needs = np.array([number[need["qid"]] for need in row["needs"]])
        first = [*row["wanted"], *row["hard_negatives"]]
        rest = [name for name in row["stream"] if name not in set(first)]
        persons.append((needs, np.array([judged.place[name] for name in [*first, *rest]]), len(row["hard_negatives"])))
    scores = judged.over_needs()
    real = picks(scores, persons, _CROWD)
    used = np.array(sorted({int(at) for needs, _, _ in persons for at in needs}))
    means = []
    for _ in range(6):
        mixed = rng.permutation(used)
        for pool in (mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]):
            made = [made_person(judged, pool, rng) for _ in range(200)]
            means.append([picks(scores, made, crowd).mean(axis=0) for crowd in _CROWDS])
    halves = np.array(means)  # halves, strengths, recall and bait
    here = _CROWDS.index(_CROWD)
    gain = halves[:, here] - halves[:, 0]
    elsewhere = []
    for at in range(len(halves)):
        other = at + 1 if at % 2 == 0 else at - 1
        best = int(np.argmax(halves[other, :, 0] - halves[other, :, 1]))
        elsewhere.append(halves[at, best] - halves[at, 0])
    return {
        "part": "digest", "recall": interval(real[:, 0], 0.58, rng), "bait": interval(real[:, 1], -0.38, rng),
        "made_persons": 200 * len(halves), "made": halves[:, here].mean(axis=0).round(4).tolist(),
        "made_without_crowd": halves[:, 0].mean(axis=0).round(4).tolist(),
        "recall_better_in_halves": f"{int((gain[:, 0] > 0).sum())} of {len(gain)}",
        "gain_chosen_on_the_other_half": np.mean(elsewhere, axis=0).round(4).tolist(),
    }  # fmt: skip


def preferences(folder: Path, embedder: Embedder, rng: np.random.Generator) -> Row:
    rows = read(folder, "memory_prefeval")
    entries = [TextEntry(row["id"], row["preference"]) for row in rows]

    def recall(part: Sequence[Row], asked: Sequence[str]) -> float:
        ready = SearchableEntries(entries, embedder, asked)
        return float(np.mean([row["id"] in [name for name, _ in ready.search(row["question"], 5)] for row in part]))

    found: Row = {"part": "preferences"}
    for count in (10, 50, 100, 200, len(rows)):
        drawn = [
            [rows[at] for at in rng.permutation(len(rows))[:count]] for _ in range(1 if count == len(rows) else 12)
        ]
        alone = np.mean([recall(part, ()) for part in drawn])
        together = np.mean([recall(part, [row["question"] for row in part]) for part in drawn])
        found[str(count)] = {"alone": round(float(alone), 4), "together": round(float(together), 4)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("split")
    parser.add_argument("--cache", type=Path)
    chosen = parser.parse_args()
    folder, rng = chosen.data_dir / chosen.split, np.random.default_rng(20261122)
    with tempfile.TemporaryDirectory() as own, Store(chosen.cache or Path(own) / "cache") as store:
        embedder = Cached(best_embedder(), store)
        judged = Judged(folder, embedder)
        for made in (order(judged, rng), digest(judged, folder, rng), preferences(folder, embedder, rng)):
            print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()

"""Cases of our own: which offers fit a German need, which stored preference a question needs, of which kind a mail is.

    python tests/bench/german_bench.py [--embedder ngram]

Figures of the same kind as for the public English sets: NDCG@10 among all offers, recall@5 among all preferences; and the
class of mails as they come today, German and English, the half the signs were tuned on apart from the other.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from answers_memory import best_embedder

from agent.language.mailclass import classify_mail
from agent.language.mailfile import parse_mail
from memory.embedding import Cached, Embedder, NGram
from memory.relevance import NeedText, OfferText, OfferTexts, SearchableEntries, TextEntry
from memory.store import Store
from tests.support.mails import todays_mails

CASES = Path(__file__).parents[1] / "fixtures/german/relevance.toml"


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """With gains of two to the grade, as for the public sets."""
    gains = {name: 2 ** (grade - 1) - 1 for name, grade in grades.items()}
    found = sum(gains.get(name, 0) / math.log2(at + 2) for at, name in enumerate(ranking[:k]))
    return found / sum(gain / math.log2(at + 2) for at, gain in enumerate(sorted(gains.values(), reverse=True)[:k]))


def figures(embedder: Embedder) -> dict[str, float]:
    """NDCG@10 over the needs, recall@5 and @1 over the questions."""
    cases = tomllib.loads(CASES.read_text("utf-8"))
    offers, grades = [], []
    for number, need in enumerate(cases["needs"]):
        graded = [(text, 4) for text in need["fits"]] + [(text, 2) for text in need["like"]]
        named = {f"{number}-{at}": (text, grade) for at, (text, grade) in enumerate(graded)}
        grades.append({name: grade for name, (_, grade) in named.items()})
        for name, (text, _) in named.items():
            title, _, description = text.partition(". ")
            offers.append(OfferText(name, title, description))
    ready = OfferTexts(offers, embedder)
    scores = [
        ndcg([one.id for one in ready.rank(NeedText(str(at), need["need"]), 10)], grades[at])
        for at, need in enumerate(cases["needs"])
    ]
    entries = SearchableEntries(
        [TextEntry(str(n), one["said"]) for n, one in enumerate(cases["preferences"])], embedder
    )
    ranks = [
        [name for name, _ in entries.search(one["asked"], 5)].index(str(n))
        if str(n) in [name for name, _ in entries.search(one["asked"], 5)]
        else 9
        for n, one in enumerate(cases["preferences"])
    ]
    return {
        "needs": len(scores), "ndcg@10": round(sum(scores) / len(scores), 3), "preferences": len(ranks),
        "recall@5": round(sum(rank < 5 for rank in ranks) / len(ranks), 3),
        "recall@1": round(sum(rank == 0 for rank in ranks) / len(ranks), 3),
    }  # fmt: skip


def mails(held_out: bool) -> str:
    """How many mails of one half are decided right."""
    half = [mail for mail in todays_mails() if mail.held_out is held_out]
    return f"{sum(classify_mail(parse_mail(mail.raw)) == mail.label for mail in half)}/{len(half)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embedder", choices=["minilm", "ngram"], default="minilm")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "cache") as store:
        inner = NGram() if chosen.embedder == "ngram" else best_embedder()
        print(json.dumps({"embedder": inner.id, **figures(Cached(inner, store))}))
    print(json.dumps({"mails of today": {"tuned half": mails(False), "other half": mails(True)}}))


if __name__ == "__main__":
    main()

"""Two thousand labelled messages over thirty days, sorted day by day, for three persons.

    python tests/bench/stream_bench.py [--seed 1]

`ada` is made of the phrases the sorting was written with, `bo` of phrases it was then checked with, `cy` of phrases it was
never changed for.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from agent.digest.stream import DayDigest, Shown
from tests.support.stream import DAYS, MESSAGES, PERSONAS, START, Label, Persona, made_stream, stream_of


def run(persona: Persona, seed: int, count: int = MESSAGES) -> tuple[list[DayDigest], dict[str, Label]]:
    """Every day's digest, and the labels by message."""
    made, stream = made_stream(persona, seed=seed, count=count), stream_of(persona)
    digests = []
    for day in range(DAYS):
        begin, end = START + timedelta(days=day), START + timedelta(days=day + 1)
        today = [message for message, _ in made if begin <= message.at < end]
        digests.append(stream.day(today, end))
    return digests, {label.id: label for _, label in made}


def figures(digests: list[DayDigest], labels: dict[str, Label]) -> dict[str, object]:
    """What is asked of a stream, counted against the labels."""
    shown: list[Shown] = [one for digest in digests for one in (*digest.decisions, *digest.notes)]
    first = [labels[one.sources[0]] for one in shown]
    things = Counter(label.same for label in first if label.same)
    must = {label.same for label in labels.values() if label.must_see}
    relevant = {label.same for label in labels.values() if label.relevant}
    wrong = [label for label in first if not (label.must_see or label.relevant)]
    held = sum((digest.by_reason for digest in digests), Counter[str]())
    return {
        "messages": len(labels), "shown": len(shown),
        "most_decisions": max(len(digest.decisions) for digest in digests),
        "most_notes": max(len(digest.notes) for digest in digests),
        "must_see": len(must), "must_see_recall": round(len(must & set(things)) / len(must), 4),
        "offers": len(relevant), "offers_recall": round(len(relevant & set(things)) / len(relevant), 4),
        "irrelevant_shown": len(wrong), "irrelevant": sorted(Counter(label.kind for label in wrong).items()),
        "duplicates_shown": sum(times - 1 for times in things.values()),
        "missed": sorted(must - set(things)), "held_back": dict(held),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    for persona in PERSONAS:
        began = time.perf_counter()
        digests, labels = run(persona, chosen.seed)
        row = {"persona": persona.id, **figures(digests, labels), "seconds": round(time.perf_counter() - began, 1)}
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()

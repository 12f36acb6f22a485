"""How well do the interview's answers predict what a person would take? Simulated persons with hidden utilities.

    python tests/bench/interview_bench.py [--persons 40] [--seed 1] > FIGURES.jsonl

A person has hidden weights (near the usual ones, anything, or a few that matter), bent value curves, and limits below
which nothing is worth anything; answers follow a logistic choice with a given noise. After n questions the learned
weights and limits choose among offers never asked about. `efficiency` is the worth of that choice over the best one's;
`gain` the part of the way from a random acceptable... choice (0) to the best one (1). `noise` is the share of pair
questions that the person answers against their own utility.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from agent.needs.eliciting import asked_issues, aspects
from memory.elicitation import (
    MOST_QUESTIONS,
    Answer,
    Aspect,
    Interview,
    Named,
    Never,
    Outcome,
    Pair,
    Preferred,
    Question,
    StillGood,
    YesNo,
)
from negotiators.categories import load_categories

CURVE = (0, 3, 5, 7, 10, 12, 15)
STEADY = {"none": math.inf, "some": 25.0, "much": 6.0}
"""Slope of the answers' logistic choice."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """A person nobody may look into."""

    weights: tuple[float, ...]
    bends: tuple[float, ...]
    limits: dict[int, int]
    """Aspect and lowest level that still does."""
    slope: float

    def worth(self, aspects: Sequence[Aspect], levels: Sequence[int]) -> float:
        if any(levels[at] < least for at, least in self.limits.items()):
            return 0.0
        return self.bare(aspects, levels)

    def bare(self, aspects: Sequence[Aspect], levels: Sequence[int]) -> float:
        rows = zip(self.weights, self.bends, aspects, levels, strict=True)
        return sum(weight * aspect.levels[level] ** bend for weight, bend, aspect, level in rows)

    def answer(self, aspects: Sequence[Aspect], question: Question, random: Random) -> Answer:
        match question:
            case Never(listed):
                return Named(tuple(at for at in listed if at in self.limits))
            case StillGood(aspect, level):
                return YesNo(level >= self.limits.get(aspect, 0))
            case Pair(which, first, second):
                middle = [len(aspect.levels) // 2 for aspect in aspects]
                one, other = list(middle), list(middle)
                for at, a, b in zip(which, first, second, strict=True):
                    one[at], other[at] = a, b
                difference = self.bare(aspects, one) - self.bare(aspects, other)
                sure = 1.0 if math.isinf(self.slope) else 1 / (1 + math.exp(-self.slope * abs(difference)))
                right = random.random() < sure
                return Preferred(1 if (difference >= 0) == right else 2)


def person(aspects: Sequence[Aspect], kind: str, slope: float, random: Random) -> Simulated:
    usual = [aspect.usual / sum(one.usual for one in aspects) for aspect in aspects]
    match kind:
        case "near":
            raw = [share * math.exp(random.gauss(0, 0.6)) for share in usual]
        case "any":
            raw = [random.expovariate(1) for _ in aspects]
        case _:
            raw = [random.gammavariate(0.35, 1) for _ in aspects]
    bends = [random.uniform(0.6, 1.7) for _ in aspects]
    limits = {at: random.randrange(1, len(aspect.levels)) for at, aspect in enumerate(aspects) if random.random() < 0.1}
    return Simulated(tuple(one / sum(raw) for one in raw), tuple(bends), limits, slope)


def offers(aspects: Sequence[Aspect], random: Random, count: int = 60) -> list[list[int]]:
    """Offers nobody was asked about: better in some things, dearer in others."""
    made = []
    for _ in range(count):
        lean = random.random()
        made.append(
            [
                min(len(a.levels) - 1, int(len(a.levels) * (0.6 * random.random() + 0.4 * (lean if at else 1 - lean))))
                for at, a in enumerate(aspects)
            ]
        )
    return made


def efficiency(
    who: Simulated, aspects: Sequence[Aspect], found: Outcome, market: Sequence[Sequence[int]]
) -> tuple[float, float]:
    true = [who.worth(aspects, one) for one in market]
    best, usual = max(true), sum(true) / len(true)
    if best <= 0 or best == usual:
        return 1.0, 1.0

    def believed(levels: Sequence[int]) -> tuple[bool, float]:
        good = all(levels[at] >= least for at, least in found.limits)
        return good, sum(w * a.levels[at] for w, a, at in zip(found.shares, aspects, levels, strict=True))

    chosen = max(range(len(market)), key=lambda at: believed(market[at]))
    return true[chosen] / best, (true[chosen] - usual) / (best - usual)


def measure(persons: int, seed: int) -> Iterator[dict[str, object]]:
    for category in load_categories(None).values():
        asked = aspects(asked_issues(category))
        for noise, slope in STEADY.items():
            for kind in ("near", "any", "few"):
                rows: dict[int, list[tuple[float, float]]] = {count: [] for count in CURVE}
                for number in range(persons):
                    random = Random(f"{seed}|{category.id}|{noise}|{kind}|{number}")
                    who = person(asked, kind, slope, random)
                    markets = [offers(asked, random) for _ in range(3)]
                    interview = Interview(asked, seed=number)
                    for count in range(MOST_QUESTIONS + 1):
                        if count in rows:
                            found = interview.outcome()
                            rows[count] += [efficiency(who, asked, found, market) for market in markets]
                        question = interview.question()
                        if question is not None:
                            interview = interview.answered(question, who.answer(asked, question, random))
                for count, pairs in rows.items():
                    yield {
                        "category": category.id, "noise": noise, "persons": kind, "questions": count,
                        "efficiency": round(sum(a for a, _ in pairs) / len(pairs), 4),
                        "gain": round(sum(b for _, b in pairs) / len(pairs), 4),
                    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rows = []
    for row in measure(chosen.persons, chosen.seed):
        rows.append(row)
        print(json.dumps(row), flush=True)
    for noise in STEADY:
        for count in CURVE:
            own = [row for row in rows if row["questions"] == count and row["noise"] == noise]
            line = {
                key: round(sum(float(str(row[key])) for row in own) / len(own), 3) for key in ("efficiency", "gain")
            }
            print(json.dumps({"noise": noise, "questions": count, **line}))


if __name__ == "__main__":
    main()

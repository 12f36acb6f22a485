#!/usr/bin/env python3
"""Rules against rules with a language model, on our German offers: offers read whole, calls, tokens, seconds.

Uses the endpoint in GEGENBOT_MODEL_URL (any OpenAI-compatible one; GEGENBOT_MODEL names the model) and says in one line
when none is configured. The half the rules were tuned on and the other one are told apart.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from agent.language.model import ModelReader
from agent.language.modelcall import DayBudget, ModelSetting
from agent.language.reading import read_offer
from agent.language.results import ReadOffer
from negotiators.categories import shipped
from negotiators.text import UntrustedText
from tests.unit.language.test_german_set import TODAY, half_of, lines, pairs


def whole(found: ReadOffer, expected: str) -> bool:
    return {f"{name}={value}" for name, value in found.terms.texts().items()} == pairs(expected)


async def measure(url: str, name: str) -> list[str]:
    budget = DayBudget(10_000, 10_000_000)
    model = ModelReader(ModelSetting(name, url), budget)
    rules, both, sizes, problems = [0, 0], [0, 0], [0, 0], 0
    began = time.perf_counter()
    for cells in lines("offers"):
        category, text, expected = (*cells, "")[:3]
        half = half_of(cells)
        sizes[half] += 1
        words, kind = UntrustedText(text, "them"), shipped()[category]
        rules[half] += whole(read_offer(words, kind, today=TODAY), expected)
        read = await model.read_offer(words, kind, today=TODAY)
        both[half] += whole(read.offer, expected)
        problems += bool(read.problems)
    tokens = sum(call.input_tokens + call.output_tokens for call in budget.booked)
    told = [
        f"offers read whole, {half}: rules {rules[at]}/{sizes[at]}, rules + model {both[at]}/{sizes[at]}"
        for at, half in enumerate(("half the rules were tuned on", "other half"))
    ]
    spent = (
        f"{len(budget.booked)} calls, {tokens} tokens, {time.perf_counter() - began:.1f} s, {problems} with problems"
    )
    return [*told, f"model `{name}`: {spent}"]


def main() -> None:
    url = os.environ.get("GEGENBOT_MODEL_URL", "")
    if not url:
        print("language model: none configured (GEGENBOT_MODEL_URL), so rules only")
        return
    print("\n".join(asyncio.run(measure(url, os.environ.get("GEGENBOT_MODEL", "default")))))


if __name__ == "__main__":
    main()

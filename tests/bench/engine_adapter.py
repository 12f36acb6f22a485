"""The engine behind the bench's plain interface: `__init__(case)`, `propose(state)`, `respond(state, offer)`.

Loaded by `tournament.py` in the bench's own environment, which has numpy but none of Gegenbot's other dependencies:

    PYTHONPATH=. python tests/bench/tournament.py --custom tests/bench/engine_adapter.py:Engine --buyers custom

`Engine` is what ships (guarded: the public range is utility 0..1, the reservation value only clips). `OpenEngine`
lets the curve know the limit and exists to measure what secrecy costs.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from negotiators.bargaining import Decision, OurMove, Profile, Space, SpaceIssue, TheirMove, Utility, decide

Case = dict[str, Any]
Outcome = tuple[str, ...]


def additive(space: Space, worth: Callable[[Outcome], float]) -> Utility:
    """Our tables, recovered by changing one issue at a time; a shape beside them when that does not explain all."""
    middle = [issue.values[0] for issue in space.issues]
    base = worth(tuple(middle))
    tables, weights = [], []
    for i, issue in enumerate(space.issues):
        row = []
        for value in issue.values:
            row.append(worth((*middle[:i], value, *middle[i + 1 :])) - base)
        low, span = min(row), max(row) - min(row)
        base += low
        weights.append(span)
        tables.append(tuple((x - low) / span if span > 0 else 0.0 for x in row))
    rng = random.Random(0)
    plain = Utility(tuple(tables), tuple(weights)) if sum(weights) > 0 else None
    for _ in range(30):
        values = tuple(rng.randrange(len(issue.values)) for issue in space.issues)
        words = tuple(issue.values[v] for issue, v in zip(space.issues, values, strict=True))
        if plain is None or abs(plain.value(values) - worth(words)) > 1e-6:
            return Utility(
                tuple(tables),
                tuple(w or 1e-6 for w in weights),
                shape=lambda v: worth(tuple(issue.values[k] for issue, k in zip(space.issues, v, strict=True))),
            )
    assert plain is not None
    return plain


class Engine:
    """The guarded engine."""

    mode = "guarded"

    def __init__(self, case: Case) -> None:
        self.space = Space(tuple(SpaceIssue(name, tuple(values)) for name, values in case["issues"]))
        self.profile = Profile(
            self.space,
            additive(self.space, case["utility"]),
            case["reservation"],
            n_rounds=case["n_rounds"],
            first=case["first"],
            mode=self.mode,  # type: ignore[arg-type]
        )
        self.transcript: list[OurMove | TheirMove] = []
        self.counter: Decision | None = None

    def _indices(self, offer: Outcome) -> tuple[int, ...]:
        return tuple(issue.index(value) for issue, value in zip(self.space.issues, offer, strict=True))

    def _words(self, values: tuple[int, ...]) -> Outcome:
        return tuple(issue.values[v] for issue, v in zip(self.space.issues, values, strict=True))

    def respond(self, state: dict[str, Any], offer: Outcome) -> str:
        self.transcript.append(TheirMove("propose", self._indices(offer), round=state["round"]))
        self.counter = decide(self.profile, tuple(self.transcript), state["round"])
        if self.counter.act == "accept":
            return "accept"
        return "end" if self.counter.act == "leave" else "reject"

    def propose(self, state: dict[str, Any]) -> Outcome | None:
        decision = self.counter or decide(self.profile, tuple(self.transcript), state["round"])
        self.counter = None
        if decision.act != "propose" or decision.values is None:
            return None
        self.transcript.append(OurMove("propose", decision.values, state["round"]))
        return self._words(decision.values)


class OpenEngine(Engine):
    """The curve may know the limit: the price of secrecy is Engine minus OpenEngine."""

    mode = "open"

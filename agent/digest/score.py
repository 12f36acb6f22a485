"""A provider's score: five parts, each a count of recorded events, so that a person can do the sum again by hand.

* price fairness: how near its price came to the best offer for the same need (100 = it was the best);
* kept promises: confirmations that held against those that differed, were declined, or changed afterwards;
* effort: talks without trouble (silence, nonsense, late answers, pressure, questions passed on to the person);
* privacy: talks against questions about the person that had to be refused;
* stability: talks against changed identities and slipped agreements.

Counts are smoothed by one on each good side, so that one event is no verdict. A part without evidence takes no share.
What the person said of a contact moves the sum by a fixed amount. Only sqlite3 and the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Row
from typing import Any

from agent.kernel.chain import Rows

WEIGHTS: Mapping[str, int] = {"price": 30, "promises": 30, "effort": 10, "privacy": 15, "stability": 15}
"""What the parts count, of 100."""

FELT = {"good": 2, "bad": -5}
"""What one verdict of the person on a contact moves the score by, and the most that all of them may move it."""
FELT_MOST = 20

RANK_SPAN = 0.05
"""How much of the utility scale the score may move an offer up or down: less than a price a tenth lower."""

_TROUBLE = ("late_answer", "provider_malformed", "provider_unreachable", "pressure_ignored", "question_asked_person")
_BROKEN = ("confirmation_differs", "commit_declined", "price_text_differs", "confirmation_not_binding")
_UNSTEADY = ("card_changed", "leg_slipped", "offers_differ")


@dataclass(frozen=True, slots=True)
class Part:
    """One part with the counts it is made of; `value` is 0 to 100, `None` without evidence."""

    name: str
    value: int | None
    good: int
    bad: int

    @property
    def weight(self) -> int:
        return WEIGHTS[self.name] if self.value is not None else 0


@dataclass(frozen=True, slots=True)
class Score:
    """`total` is 0 to 100, `None` for a company we never talked to."""

    parts: tuple[Part, ...]
    felt: int
    total: int | None


def score_of(rows: Rows, provider: str, before: str | None = None) -> Score:
    """The score from everything recorded before a moment (ISO-8601), or until now.

    A need is decided with the score of before it was stated: what happens in its own talks, and in which order it
    arrives, moves nothing.
    """
    until = before or "9"
    talks = rows("SELECT id, need, held FROM negotiations WHERE provider=? AND opened_at<?", (provider, until))
    counted = _incidents(rows, provider, until)
    kept = rows(
        "SELECT COUNT(*) AS n FROM incidents WHERE provider=? AND code='confirmed' AND at<?", (provider, until)
    )[0]["n"]
    refused = rows("SELECT COUNT(*) AS n FROM releases WHERE provider=? AND released=0 AND at<?", (provider, until))[0][
        "n"
    ]
    count = len(talks)
    broken, trouble, unsteady = (
        sum(counted.get(code, 0) for code in codes) for codes in (_BROKEN, _TROUBLE, _UNSTEADY)
    )
    parts = (
        _price(rows, provider, talks, until),
        _share("promises", kept, broken) if kept + broken else Part("promises", None, 0, 0),
        _share("effort", count, trouble) if count else Part("effort", None, 0, 0),
        _share("privacy", count, refused) if count else Part("privacy", None, 0, 0),
        _share("stability", count, unsteady) if count else Part("stability", None, 0, 0),
    )
    felt = _felt(rows, provider, until)
    weight = sum(part.weight for part in parts)
    if not weight:
        return Score(parts, felt, None)
    points = sum(part.weight * (part.value or 0) for part in parts)
    return Score(parts, felt, min(100, max(0, round(points / weight) + felt)))


def ranked(utility: float, score: int | None) -> float:
    """The utility moved by the score: 50, or no score, moves nothing; 0 is worth nothing whoever offers it."""
    if score is None or utility <= 0:
        return utility
    return utility + RANK_SPAN * (score - 50) / 50


def _share(name: str, good: int, bad: int) -> Part:
    return Part(name, round(100 * (good + 1) / (good + bad + 1)), good, bad)


def _incidents(rows: Rows, provider: str, until: str) -> dict[str, int]:
    found = rows("SELECT code, COUNT(*) AS n FROM incidents WHERE provider=? AND at<? GROUP BY code", (provider, until))
    return {row["code"]: row["n"] for row in found}


def _price(rows: Rows, provider: str, talks: Sequence[Row], until: str) -> Part:
    """The mean over needs of best total / own total, the company's best where it was asked at several doors; needs
    with one bidder say nothing."""
    best: dict[str, tuple[float, str]] = {}
    for talk in talks:
        total = _total(talk["held"])
        if total is not None:
            best[talk["need"]] = min(total, best.get(talk["need"], total))
    shares = []
    for need, own in best.items():
        others = rows(
            "SELECT held FROM negotiations WHERE need=? AND provider<>? AND opened_at<?", (need, provider, until)
        )
        rivals = [total for row in others if (total := _total(row["held"])) is not None and total[1] == own[1]]
        if rivals and own[0] > 0:
            shares.append(min(own[0], *(total for total, _ in rivals)) / own[0])
    if not shares:
        return Part("price", None, 0, 0)
    cheapest = sum(share >= 1 for share in shares)
    return Part("price", round(100 * sum(shares) / len(shares)), cheapest, len(shares) - cheapest)


def _total(held: str | None) -> tuple[float, str] | None:
    """A held offer's all-in total as a number for a ratio, with its currency."""
    stored: dict[str, Any] = json.loads(held) if held else {}
    return (float(stored["total"]), stored["currency"]) if stored.get("total") else None


def _felt(rows: Rows, provider: str, until: str) -> int:
    found = rows(
        "SELECT reason, COUNT(*) AS n FROM decisions WHERE decision='felt' AND item=? AND at<? GROUP BY reason",
        (f"provider:{provider}", until),
    )
    moved: int = sum(FELT.get(row["reason"], 0) * row["n"] for row in found)
    return max(-FELT_MOST, min(FELT_MOST, moved))

"""One need, many sellers: what each talk may count on from the others, and who wins. Pure coordinator functions.

The caller runs rounds: when every asked seller answered or passed the deadline (a round barrier), it builds one
`Thread` per seller and calls `market`. Outside options change only there, so order and speed of arrival inside a
round cannot matter; every function sorts by provider id first. Nothing here signs: the one signing lock is the
caller's. After Li, Giampapa, Sycara 2006 (outside options that foresee other talks).

The expected best of independent talks follows from sorting them: with worths v1 >= v2 >= ... and closing chances c,
E[max] = c1 v1 + (1 - c1)(c2 v2 + (1 - c2)(...)), ending in the limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["open", "final", "held", "closed"]

LAST_BIDS = 1
"""Asked for best and final offers with our last bid: a round earlier gives away bids that still bring something."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One talk, seen from outside.

    `held`: worth of the offer or non-binding agreement we could still take, None without one; `holds`: chance that
    it still stands when we sign (1 for a firm offer, less for a soft one); `expires`: the last round in which it
    stands. `expected`, `closing`: what going on is worth when it closes, and the chance that it does
    (`engine.outlook`).
    """

    provider: str
    status: Status = "open"
    held: float | None = None
    holds: float = 1.0
    expires: int | None = None
    expected: float = 0.0
    closing: float = 0.0


@dataclass(frozen=True, slots=True)
class MarketPlan:
    """What the market does in the coming round.

    `outside`: outside option per provider still talking (pass it in that talk's `Profile`). `best_and_final`:
    sellers to ask for their last offer, all at once. `stop`: talks whose expected gain is below the price of
    attention. `sign_now`: a provider whose held offer expires and beats what the others promise.
    """

    outside: Mapping[str, float] = field(default_factory=dict)
    best_and_final: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()
    sign_now: str | None = None


def expected_best(chances: Iterable[tuple[float, float]], limit: float) -> float:
    """Expected best of independent (worth, chance) pairs, falling back to `limit`."""
    total, none_yet = 0.0, 1.0
    for worth, chance in sorted(chances, reverse=True):
        if worth <= limit:
            break
        total += none_yet * chance * worth
        none_yet *= 1.0 - chance
    return total + none_yet * limit


def outside_option(threads: Iterable[Thread], provider: str, limit: float, round: int, switching: float = 0.0) -> float:
    """What the other talks are worth to the one with `provider`; never below `limit`."""
    others = [t for t in _sorted(threads) if t.provider != provider]
    return max(limit, expected_best((pair for t in others for pair in _chances(t, round, switching)), limit))


def market(
    threads: Iterable[Thread],
    limit: float,
    round: int,
    n_rounds: int | None,
    *,
    switching: float = 0.0,
    attention: float = 0.0,
    finalists: int = 5,
) -> MarketPlan:
    """The plan for the coming round, from what lies on the table at the barrier before it."""
    ordered = _sorted(threads)
    talking = [t for t in ordered if t.status in ("open", "final")]
    outside = {t.provider: outside_option(ordered, t.provider, limit, round, switching) for t in talking}
    stop = tuple(t.provider for t in talking if round > 0 and _gain(t, outside[t.provider]) < attention)
    asked: tuple[str, ...] = ()
    if n_rounds is not None and n_rounds - round <= LAST_BIDS:
        going = [t for t in talking if t.status == "open" and t.provider not in stop]
        ranked = sorted(going, key=lambda t: (-_promise(t, limit), t.provider))
        asked = tuple(sorted(t.provider for t in ranked[:finalists]))
    return MarketPlan(outside, asked, stop, _expiring(ordered, limit, round, switching))


def winner(threads: Iterable[Thread], limit: float, round: int) -> str | None:
    """The provider to sign with when the window closes: best worth, then the surer offer, then the lower id."""
    held = [t for t in _sorted(threads) if t.held is not None and t.held >= limit and _stands(t, round)]
    if not held:
        return None
    return min(held, key=lambda t: (-(t.held or 0.0), -t.holds, t.provider)).provider


def _sorted(threads: Iterable[Thread]) -> list[Thread]:
    return sorted(threads, key=lambda t: t.provider)


def _stands(thread: Thread, round: int) -> bool:
    return thread.expires is None or round <= thread.expires


def _chances(thread: Thread, round: int, switching: float) -> list[tuple[float, float]]:
    """(worth, chance) pairs a thread contributes to the others: what is held, and what may still come."""
    pairs = []
    if thread.held is not None and thread.status != "closed" and _stands(thread, round):
        pairs.append((thread.held - switching, thread.holds))
    if thread.status in ("open", "final"):
        pairs.append((thread.expected - switching, thread.closing))
    return pairs


def _promise(thread: Thread, limit: float) -> float:
    return max(thread.held or limit, thread.closing * thread.expected + (1 - thread.closing) * limit)


def _gain(thread: Thread, outside: float) -> float:
    return thread.closing * max(0.0, thread.expected - outside)


def _expiring(threads: list[Thread], limit: float, round: int, switching: float) -> str | None:
    """The best held offer that stands for the last time, when it beats what all others promise."""
    last_call = [t for t in threads if t.held is not None and t.expires == round and t.held >= limit]
    for t in sorted(last_call, key=lambda t: (-(t.held or 0.0), t.provider)):
        if (t.held or 0.0) >= outside_option(threads, t.provider, limit, round, switching):
            return t.provider
    return None

"""Small simulated sellers and a talk loop for the tests. First mover: we bid, the seller answers in the same round."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from negotiators.bargaining import Decision, OurMove, Profile, Space, SpaceIssue, TheirMove, Utility, decide

Seller = Callable[[float, tuple[int, ...] | None, random.Random], tuple[bool, tuple[int, ...] | None]]


def gym(seed: int = 0, **changes: object) -> Profile:
    """A profile over five issues with weights drawn from the seed."""
    rng = random.Random(seed)
    sizes = (9, 4, 2, 2, 4)
    space = Space(tuple(SpaceIssue(f"issue{i}", tuple(f"v{v}" for v in range(n))) for i, n in enumerate(sizes)))
    tables = tuple(tuple((1 - v / (n - 1)) ** rng.uniform(0.7, 1.6) for v in range(n)) for n in sizes)
    utility = Utility(tables, tuple(rng.uniform(0.5, 2.0) for _ in sizes))
    base = Profile(space, utility, 0.35, n_rounds=30, first=True, seed=seed)
    return replace(base, **changes)  # type: ignore[arg-type]


def their_worth(profile: Profile, seed: int) -> Callable[[tuple[int, ...]], float]:
    """The seller's worth: opposite directions, its own weights."""
    rng = random.Random(seed + 1000)
    weights = [rng.uniform(0.5, 2.0) for _ in profile.space.shape]
    total = sum(weights)
    return lambda o: sum(w * v / (n - 1) for w, v, n in zip(weights, o, profile.space.shape, strict=True)) / total


def by_level(profile: Profile, seed: int, level: Callable[[float], float]) -> Seller:
    """A seller that offers near its level and accepts at it."""
    worth = their_worth(profile, seed)

    def answer(time: float, bid: tuple[int, ...] | None, rng: random.Random) -> tuple[bool, tuple[int, ...] | None]:
        asked = level(time)
        if bid is not None and worth(bid) >= asked:
            return True, None
        tried = [tuple(rng.randrange(n) for n in profile.space.shape) for _ in range(200)]
        good = [o for o in tried if worth(o) >= asked]
        return False, min(good, key=worth) if good else tuple(n - 1 for n in profile.space.shape)

    return answer


def boulware(profile: Profile, seed: int = 0, end: float = 0.3) -> Seller:
    return by_level(profile, seed, lambda t: 1 - (1 - end) * t**3)


def fixed(profile: Profile, seed: int = 0, level: float = 0.6) -> Seller:
    return by_level(profile, seed, lambda _t: level)


def talk(
    profile: Profile, seller: Seller, rounds: int, seed: int = 0
) -> tuple[list[Decision], list[OurMove | TheirMove]]:
    """Play a talk to its end; returns our decisions and the transcript."""
    rng = random.Random(seed)
    transcript: list[OurMove | TheirMove] = []
    decisions: list[Decision] = []
    for now in range(rounds):
        if not profile.first:
            _, offer = seller((now + 1) / (rounds + 1), None, rng)
            transcript.append(TheirMove("propose", offer, round=now))
        decision = decide(profile, tuple(transcript), now)
        decisions.append(decision)
        if decision.act != "propose":
            break
        transcript.append(OurMove("propose", decision.values, now))
        taken, offer = seller((now + 1) / (rounds + 1), decision.values, rng)
        if taken:
            transcript.append(TheirMove("accept", round=now))
            decisions.append(decide(profile, tuple(transcript), now))
            break
        if profile.first:
            transcript.append(TheirMove("propose", offer, round=now))
    return decisions, transcript


def retreating(profile: Profile, seed: int = 0, turn: float = 0.5) -> Seller:
    """Comes down like others until `turn`, asks for more again then, and stays there."""
    return by_level(profile, seed, lambda t: 1 - 0.55 * t / turn if t < turn else 0.8)

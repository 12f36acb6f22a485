"""One need, N sellers: the coordinator against N independent engines and a reverse auction.

    PYTHONPATH=. python tests/bench/rivals_bench.py --draws 24

Needs numpy only. Each seller has its own preferences, limit and style; the buyer is the same in all. The coordinator is
the main job's: hope raises what is asked for, only an agreement held makes it leave, and near the end it asks for best and
final offers at one barrier. Sellers may go to the end of their clock when asked (`final`) or take it for a bid like any
other (`unmoved`); `unasked` is the same without asking, `alone` are engines that know nothing of one another. The reverse
auction is a descending clock on the first issue with the others at the buyer's wish: the last but one to leave sets the
price. It is held twice: with sellers that go down to their limit when they see others (`ideal`: not how these bargain), and
with the same sellers, who go no lower than they would in a talk (`same`). Advantage = (u - r) / (max - r) of the deal
signed, 0 without one.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from domains import Draw, draw

from negotiators.bargaining import OurMove, Profile, Space, SpaceIssue, TheirMove, Utility, decide
from negotiators.bargaining.rivals import Thread, market, winner

ROUNDS = 20
STYLES = {
    "boulware": (4.0, 0.0),
    "linear": (1.0, 0.0),
    "conceder": (0.5, 0.0),
    "stops": (3.0, 0.35),
    "fixed": (1.0, 0.6),
}


class Seller:
    """Goes by the clock: 1 - (1 - end) t^e of its surplus; `fixed` stands at its end."""

    def __init__(self, d: Draw, outcomes: np.ndarray, style: str, seed: int) -> None:
        self.worth = sum(np.asarray(t)[outcomes[:, i]] for i, t in enumerate(d.theirs))
        self.outcomes, self.limit, self.style = outcomes, d.their_limit, style
        self.rng = random.Random(seed)

    def level(self, now: int) -> float:
        e, end = STYLES[self.style]
        share = end if self.style == "fixed" else 1 - (1 - end) * ((now + 1) / (ROUNDS + 1)) ** e
        return self.limit + share * (1 - self.limit)

    def answer(self, at: int, row: int) -> int | None:
        """None = accepted; else the row of its offer. `at`: where on its clock it stands."""
        asked = self.level(at)
        if self.worth[row] >= asked:
            return None
        near = np.flatnonzero((self.worth >= asked) & (self.worth <= asked + 0.04))
        return int(self.rng.choice(near.tolist())) if len(near) else int(np.argmax(self.worth))


def setting(name: str, seed: int, n: int) -> tuple[Draw, Profile, np.ndarray, list[Seller]]:
    d = draw(name, seed)
    space = Space(tuple(SpaceIssue(i, v) for i, v in d.issues))
    weights = tuple(max(t) for t in d.ours)
    tables = tuple(tuple(x / w for x in t) for t, w in zip(d.ours, weights, strict=True))
    profile = Profile(space, Utility(tables, weights), d.our_limit, n_rounds=ROUNDS)
    outcomes = np.array(list(itertools.product(*(range(k) for k in space.shape))))
    names = list(STYLES)
    rivals = [
        Seller(draw(name, 10_000 + 100 * seed + i), outcomes, names[(seed + i) % len(names)], i) for i in range(n)
    ]
    return d, profile, outcomes, rivals


class Table:
    """All talks for one need: transcripts, what is held, and what the last decision said of each."""

    def __init__(self, profile: Profile, outcomes: np.ndarray, rivals: list[Seller]) -> None:
        self.profile, self.outcomes, self.rivals = profile, outcomes, rivals
        self.place = {tuple(o): i for i, o in enumerate(outcomes.tolist())}
        self.said: list[list[OurMove | TheirMove]] = [[] for _ in rivals]
        self.held: list[float | None] = [None] * len(rivals)
        self.live = [True] * len(rivals)
        self.rounds = [ROUNDS] * len(rivals)
        self.promise = [(0.0, 0.0)] * len(rivals)
        self.messages = 0

    def threads(self, foresight: bool) -> list[Thread]:
        found = []
        for i, (held, live) in enumerate(zip(self.held, self.live, strict=True)):
            called = "final" if self.rounds[i] < ROUNDS else "open"
            status = called if live else "held" if held is not None else "closed"
            expected, closing = self.promise[i] if foresight and live else (0.0, 0.0)
            found.append(Thread(f"{i:02d}", status, held, expected=expected, closing=closing))
        return found

    def barrier(self, now: int, how: str) -> tuple[dict[str, float], dict[str, float]]:
        """Outside options with hope and without it; finalists' talks end with the coming round."""
        if how == "alone":
            return {}, {}
        limit = self.profile.reservation_value
        hoped, sure = (market(self.threads(hope), limit, now, ROUNDS) for hope in (True, False))
        if how != "unasked" and len(self.rivals) > 1:
            for provider in hoped.best_and_final:
                self.rounds[int(provider)] = now + 1
        return dict(hoped.outside), dict(sure.outside)

    def move(self, i: int, now: int, hoped: float | None, sure: float | None, heeds: bool) -> None:
        profile = replace(self.profile, outside_option=hoped, n_rounds=self.rounds[i])
        decision = decide(profile, tuple(self.said[i]), now)
        if decision.act == "leave" and hoped != sure:
            decision = decide(replace(profile, outside_option=sure), tuple(self.said[i]), now)
        numbers = decision.reason.numbers
        self.promise[i] = (float(numbers.get("expected", 0.0)), float(numbers.get("closing", 0.0)))
        if decision.act != "propose" or decision.values is None or now >= self.rounds[i]:
            self.live[i] = False
            if decision.act == "accept" and decision.values is not None:
                self.held[i] = self.profile.utility.value(decision.values)
            return
        self.messages += 1
        self.said[i].append(OurMove("propose", decision.values, now))
        at = ROUNDS - 1 if heeds and self.rounds[i] == now + 1 else now
        row = self.rivals[i].answer(at, self.place[decision.values])
        if row is None:
            self.held[i], self.live[i] = self.profile.utility.value(decision.values), False
        else:
            self.said[i].append(TheirMove("propose", tuple(int(v) for v in self.outcomes[row]), round=now))


def negotiate(profile: Profile, outcomes: np.ndarray, rivals: list[Seller], how: str) -> tuple[float | None, int]:
    """The worth of the deal signed and the number of messages; one acceptance may follow the last round."""
    table = Table(profile, outcomes, rivals)
    for now in range(ROUNDS + 1):
        hoped, sure = table.barrier(now, how)
        for i in range(len(rivals)):
            if table.live[i]:
                table.move(i, now, hoped.get(f"{i:02d}"), sure.get(f"{i:02d}"), how == "final")
    chosen = winner(table.threads(False), profile.reservation_value, ROUNDS)
    return (table.held[int(chosen)] if chosen is not None else None), table.messages


def auction(profile: Profile, rivals: list[Seller], outcomes: np.ndarray, ideal: bool) -> float | None:
    """The price clock: the second-last seller to leave sets the first issue, the others stay at our wish."""
    tables = profile.utility.tables
    wish = [int(np.argmax(t)) for t in tables]
    prices = sorted(range(len(tables[0])), key=lambda v: tables[0][v])
    place = {tuple(o): i for i, o in enumerate(outcomes.tolist())}

    def stays(seller: Seller, price: int) -> bool:
        least = seller.limit if ideal else seller.level(ROUNDS - 1)
        return bool(seller.worth[place[(price, *wish[1:])]] >= least)

    last = None
    for price in prices:
        inside = [s for s in rivals if stays(s, price)]
        if not inside:
            break
        last = price
        if len(inside) == 1 and len(rivals) > 1:
            break
        if len(rivals) == 1:
            break
    return None if last is None else profile.utility.value((last, *wish[1:]))


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--draws", type=int, default=24)
    ap.add_argument("--sizes", default="1,2,5,10,20")
    ap.add_argument("--mode", default="guarded", choices=["guarded", "open"])
    a = ap.parse_args()
    domains = ("mobile_plan", "hotel", "gym", "sofa")
    ways = ("final", "unmoved", "unasked", "alone")
    print(
        "N   final unmoved unasked alone | auction same  ideal | final - alone, - unasked, - same, - ideal | messages"
    )
    for n in (int(x) for x in a.sizes.split(",")):
        rows = []
        for k in range(a.draws):
            got, sent = [], []
            for how in ways:
                _, profile, outcomes, rivals = setting(domains[k % len(domains)], 700 + k, n)
                deal, messages = negotiate(replace(profile, mode=a.mode), outcomes, rivals, how)
                got.append(deal)
                sent.append(messages)
            got += [auction(profile, rivals, outcomes, ideal) for ideal in (False, True)]
            r = profile.reservation_value
            rows.append([*(max(0.0, (r if x is None else x) - r) / (1 - r) for x in got), *sent])
        table = np.array(rows)
        m = table.mean(axis=0)
        less = ", ".join(_paired(table[:, 0] - table[:, other]) for other in (3, 2, 4, 5))
        print(
            f"{n:2d}  {m[0]:.3f} {m[1]:.3f}   {m[2]:.3f}   {m[3]:.3f} | {m[4]:.3f}         {m[5]:.3f} | {less} | "
            + " / ".join(f"{x:.0f}" for x in m[6:]),
            flush=True,
        )


def _paired(differences: np.ndarray) -> str:
    """Mean with the half width of its 95 % interval, over draws."""
    return f"{differences.mean():+.3f} ± {1.96 * differences.std(ddof=1) / np.sqrt(len(differences)):.3f}"


if __name__ == "__main__":
    main()

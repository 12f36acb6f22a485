"""What leaving in time, and taking an offer sooner, would cost: talks that never leave, judged afterwards.

    PYTHONPATH=. python tests/bench/hindsight.py --draws 4 [--forest]
    PYTHONPATH=. python tests/bench/hindsight.py --draws 15 --told NL.AhBuNe
    PYTHONPATH=. python tests/bench/hindsight.py --draws 60 --random

Tuning domains and sellers. Each talk is held with leaving switched off and notes, round by round, the chance of a deal,
what the seller is read as, its offer and what the plan promised. Any rule of leaving can then be tried on the same talks:
how many that end without a deal where none is possible it would have left in time, and which deals it would have lost
where one is (`zone`; `narrow`: the best reachable deal lies .15 of advantage above the limit). `--forest` asks what
anybody could know: a random forest (scikit-learn) that has seen the other draws, judged by draw. Last, what it would bring
to take offers that come within a margin of the plan's promise: from AgentGG, which takes its best ones back at half time,
and from all others. `--told` asks what any rule of acceptance could reach against one seller: talks in which the engine
bids and takes nothing, judged afterwards by thresholds and curves chosen for this seller in hindsight, and by somebody who
foresees all of its offers; beside Linear, and Linear a second time. `--random` compares with the optimum against the random
seller, which takes any bid with a chance of .15, ends the talk with .10 and offers anything: our best bid each time, and an
offer is taken when it is worth more than going on (optimal stopping, without a last round). Runs in the environment of `tournament.py`.
"""

from __future__ import annotations

import argparse
import math
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import sellers as panel
import tournament
from domains import HELD_OUT, TUNED, Draw, draw

from negotiators.bargaining import engine

RULES = ((0.10, 0.70), (0.15, 0.80), (0.15, 0.85), (0.15, 0.90), (0.20, 0.95), (0.30, 0.99), (0.40, 1.0))
SEEDS = {"zone": 2101, "narrow": 2301, "none": 5101}


@dataclass
class Talk:
    """One talk without leaving. `seen`: (round, time, chance, chance that it stands still, features) of each look;
    `offers`: (round, worth of their offer, what the engine asked of it)."""

    draw: str
    steps: int
    seller: str
    floor: float
    seen: list[tuple[int, float, float, float, list[float]]] = field(default_factory=list)
    offers: list[tuple[int, float, float]] = field(default_factory=list)
    rounds: int = 0
    agreed: bool = False
    advantage: float = 0.0

    @property
    def last_look(self) -> int:
        return math.ceil(0.8 * self.steps) - 2

    def leaves(self, standing: float, moving: float) -> int | None:
        """The round in which the engine's rule, with these numbers, would have left."""
        for now, time, chance, fixed, features in self.seen:
            look, heard = now == self.last_look, features[-1]
            needed = standing + (moving - standing) * (1.0 - fixed) ** engine.DOUBT if look else engine.LEAVE_CHANCE
            ready = heard >= (engine.WARM_UP if look else engine.LEAVE_HEARD) and time >= engine.LEAVE_AT
            if now < self.rounds and ready and chance < needed:
                return now
        return None

    def eager(self, margin: float) -> float:
        """The advantage if an offer had been taken that comes within `margin` of what was asked of it."""
        for now, worth, asked in self.offers:
            if now < self.rounds and worth >= self.floor and worth >= asked - margin:
                return (worth - self.floor) / (1.0 - self.floor)
        return self.advantage


def narrowed(d: Draw) -> Draw:
    """Both limits raised until little is left."""
    ours, theirs = d.grid()
    mine, its = d.our_limit, d.their_limit
    while (float(ours[theirs >= its].max()) - mine) / (float(ours.max()) - mine) >= 0.16:
        mine, its = mine + 0.01, its + 0.01
    return replace(d, key=f"{d.key}-narrow", our_limit=round(mine, 2), their_limit=round(its, 2))


def record(kind: str, draws: int) -> list[Talk]:
    """Every tuning seller on these draws, the deadlines in rotation."""
    names = [n for n in {**panel.PANEL, **panel.TUNING_STYLES, **panel.CHECK_STYLES, "NL.AhBuNe": 0} if n != "Random"]
    custom = tournament.custom_class(str(Path(__file__).parent / "engine_adapter.py:Engine"), False)
    found: list[Talk] = []

    def look(profile: Any, view: Any) -> None:
        said = view.talk
        if len(said.theirs) >= engine.WARM_UP and said.time >= 0.3:
            if said.live is not None:
                found[-1].offers.append((said.round, said.live.worth, engine._enough(profile, view)))
            keep = view.pool.rows_of({offer.values for offer in said.theirs})
            rows = engine.candidates(view.pool, view.seller, profile.floor, profile.target, keep)
            chance = engine.hope(profile, said, view.pool, view.beliefs, rows)
            found[-1].seen.append(
                (said.round, said.time, chance, view.beliefs.styles["fixed"], features(profile, view))
            )

    engine._leave = look
    for i, (seed, name) in enumerate((s, n) for s in range(SEEDS[kind], SEEDS[kind] + draws) for n in TUNED):
        d = draw(name, seed, zone=kind != "none")
        d = narrowed(d) if kind == "narrow" else d
        for j, seller in enumerate(names):
            steps = (40, 80, 160)[(i + i // 3 + j) % 3]
            steps = 40 if steps == 160 and seller == "NL.AhBuNe" else steps
            found.append(Talk(d.key, steps, seller, d.our_limit))
            first = zlib.crc32(f"{d.key}|{seller}".encode()) % 2 == 0
            row = tournament.run(d, steps, seller, "Engine", custom, first)
            found[-1].rounds, found[-1].agreed, found[-1].advantage = row["rounds"], bool(row["agreed"]), row["adv_b"]
    return found


def told(seller: str, draws: int) -> None:
    """What acceptance could reach against a seller that is known to be this one, against plain Linear in the same talk."""
    custom = tournament.custom_class(str(Path(__file__).parent / "engine_adapter.py:Engine"), False)
    accept = engine._accept
    offers: list[tuple[int, float]] = []
    played: dict[str, list[float]] = {"Linear": [], "Linear again": [], "Engine": []}
    held: list[tuple[float, int, list[tuple[int, float]], float]] = []

    def note(_profile: Any, view: Any) -> None:
        if view.talk.live is not None:
            offers.append((view.talk.round, view.talk.live.worth))

    for i, (seed, name) in enumerate((s, n) for s in range(2501, 2501 + draws) for n in (*TUNED, *HELD_OUT[:2])):
        d, steps, first = draw(name, seed), (40, 80)[i % 2], i // 2 % 2 == 0
        for buyer, found in played.items():
            made = custom if buyer == "Engine" else None
            found.append(tournament.run(d, steps, seller, buyer.split()[0], made, first)["adv_b"])
        engine._accept, leave, engine._leave = note, engine._leave, lambda _profile, _view: None
        offers.clear()
        row = tournament.run(d, steps, seller, "Engine", custom, first)
        held.append((d.our_limit, steps, list(offers), row["adv_b"]))
        engine._accept, engine._leave = accept, leave

    def taken(rule: Callable[[float, int, int], float]) -> list[float]:
        """Advantage per talk if the first offer at `rule(limit, round, rounds)` or above is taken."""
        found = []
        for limit, steps, heard, otherwise in held:
            good = (w for now, w in heard if w >= max(limit, rule(limit, now, steps)))
            found.append(next(((w - limit) / (1 - limit) for w in good), otherwise))
        return found

    curves = {e: taken(lambda r, now, n, e=e: 1 - (1 - r) * ((now + 1) / n) ** e) for e in (0.5, 1, 1.5, 2, 3, 4, 8)}
    levels = {level: taken(lambda _r, _now, _n, level=level: level) for level in np.arange(0.3, 0.7, 0.05)}
    best = [max([o, 0.0, *((w - r) / (1 - r) for _, w in heard)]) for r, _, heard, o in held]
    for name, group in (("best curve to our limit", curves), ("best threshold", levels)):
        played[name] = max(group.values(), key=np.mean)
    played["all offers foreseen"] = best
    linear = np.array(played["Linear"])
    print(f"{seller}, {len(held)} talks; 95 % of the difference over all of them, and over 30")
    for name, found in played.items():
        d = np.array(found) - linear
        wide = 1.96 * d.std(ddof=1)
        print(f"{name:24s} {np.mean(found):.3f}  {d.mean():+.3f} ± {wide / len(d) ** 0.5:.3f}, ± {wide / 30**0.5:.3f}")


def at_random(draws: int) -> None:
    """The engine and two public agents against the random seller, beside the optimum."""
    tournament.anl_2026()
    custom = tournament.custom_class(str(Path(__file__).parent / "engine_adapter.py:Engine"), False)
    rows: list[list[float]] = []
    for i, (seed, name) in enumerate((s, n) for s in range(2601, 2601 + draws) for n in (*TUNED, *HELD_OUT[:2])):
        d, first = draw(name, seed), i % 2 == 0
        ours, _ = d.grid()
        offers, value = (ours - d.our_limit) / (float(ours.max()) - d.our_limit), 0.0
        for _ in range(200):
            bidding = 0.15 + 0.75 * value
            value = float(np.maximum(offers, bidding).mean())
        row = [bidding if first else value]
        for buyer in ("Engine", "Boulware", "26.AnchorNegotiator"):
            made = custom if buyer == "Engine" else None
            row.append(tournament.run(d, (40, 80, 160)[i // 2 % 3], "Random", buyer, made, first)["adv_b"])
        rows.append(row)
    found = np.array(rows)
    half = 1.96 * found.std(axis=0, ddof=1) / len(found) ** 0.5
    print(f"random seller, {len(found)} talks: optimum {found[:, 0].mean():.3f}")
    for k, buyer in enumerate(("Engine", "Boulware", "AnchorNegotiator"), 1):
        print(f"{buyer:18s} {found[:, k].mean():.3f} ± {half[k]:.3f}")


def features(profile: Any, view: Any) -> list[float]:
    """What a judge could look at: the plan, the styles, their offers over time; how many were heard comes last."""
    floor, said, plan = profile.floor, view.talk, view.plan
    best = []
    for part in range(8):
        inside = [o.worth for o in said.theirs if part <= 10 * o.round / profile.n_rounds < part + 1] or [0.0]
        best += [max(inside) - floor, float(np.mean(inside))]
    styles = [*view.beliefs.styles.values()]
    told = [plan.closing, plan.expected - floor, plan.worth - floor, plan.moving, floor, float(profile.n_rounds)]
    ours = min((o.worth for o in said.ours), default=1.0) - floor
    return [*told, *styles, *best, ours, float(len({o.values for o in said.theirs})), float(len(said.theirs))]


def judged(name: str, left: list[bool], lost: list[bool], zone: list[Talk]) -> str:
    deals = sum(talk.agreed for talk in zone)
    gone = [talk for talk, out in zip(zone, lost, strict=True) if out and talk.agreed]
    return (
        f"{name:18s} none left in time {np.mean(left):.2f}; deals lost {len(gone)} of {deals}, "
        f"advantage lost {sum(talk.advantage for talk in gone) / len(zone):.4f} of {np.mean([t.advantage for t in zone]):.3f}"
    )


def forest(zone: list[Talk], none: list[Talk]) -> list[str]:
    """The same trade for a classifier trained on the other draws, at the last look."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GroupKFold

    def at_look(talk: Talk) -> list[float] | None:
        return next(([chance, *f] for now, _, chance, _, f in reversed(talk.seen) if now <= talk.last_look), None)

    open_then = [talk for talk in (*zone, *none) if talk.rounds > talk.last_look and at_look(talk) is not None]
    x, y = np.array([at_look(t) for t in open_then]), np.array(["none" not in t.draw for t in open_then])
    group, promise = [zlib.crc32(t.draw.encode()) for t in open_then], np.zeros(len(y))
    for train, test in GroupKFold(8).split(x, y, group):
        judge = RandomForestClassifier(600, min_samples_leaf=3, random_state=0).fit(x[train], y[train])
        promise[test] = judge.predict_proba(x[test])[:, 1]
    lines, hopeless = [], np.sort(promise[~y])
    for share in (0.85, 0.90, 0.95, 1.0):
        bar = hopeless[math.ceil(share * len(hopeless)) - 1]
        out = {id(t) for t, p in zip(open_then, promise, strict=True) if p <= bar}
        lines.append(judged(f"forest {share:.2f}", list(promise[~y] <= bar), [id(t) in out for t in zone], zone))
    return lines


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--draws", type=int, default=4, help="draws per domain and kind")
    ap.add_argument("--forest", action="store_true")
    ap.add_argument("--told", help="a seller")
    ap.add_argument("--random", action="store_true", help="against the random seller")
    a = ap.parse_args()
    if a.random:
        at_random(a.draws)
        return
    if a.told:
        told(a.told, a.draws)
        return
    talks = {kind: record(kind, a.draws) for kind in SEEDS}
    none = [talk for talk in talks["none"] if not talk.agreed]
    for kind in ("zone", "narrow"):
        print(kind, len(talks[kind]), "talks; none", len(none))
        for rule in RULES:
            left, lost = ([talk.leaves(*rule) for talk in group] for group in (none, talks[kind]))
            in_time = [now is not None and now + 1 < 0.8 * t.steps for now, t in zip(left, none, strict=True)]
            print(judged(f"{rule[0]:.2f} to {rule[1]:.2f}", in_time, [now is not None for now in lost], talks[kind]))
    for margin in (0.02, 0.04, 0.06):
        gain = [(talk.seller == "NL.AgentGG", talk.eager(margin) - talk.advantage) for talk in talks["zone"]]
        back, other = ([x for retracts, x in gain if retracts is one] for one in (True, False))
        print(f"taken within {margin}: AgentGG {np.mean(back):+.3f}, all others {np.mean(other):+.4f}")
    if a.forest:
        print(*forest(talks["zone"], none), sep="\n")


if __name__ == "__main__":
    main()

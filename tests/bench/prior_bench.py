"""Whether what earlier talks with a seller taught is worth anything in the next one.

    PYTHONPATH=. python tests/bench/prior_bench.py --draws 16 --rounds 8
    PYTHONPATH=. python tests/bench/prior_bench.py --draws 15 --set fresh5 --sellers NL.AgentGG,NL.AhBuNe,Linear

Each seller is met three times, which makes a prior; then once more with and once without it, the same seed on both sides.
Advantage = (u - r) / (max - r), 0 without a deal. Without `--sellers` those of `rivals_bench.py` (needs numpy only); with
it those of `tournament.py`, in its environment: three talks with the seller of each draw under other seeds, then one under
the draw's own, beside plain Linear in the same talk.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import rivals_bench
from rivals_bench import STYLES, Seller, setting

from negotiators.bargaining import OurMove, Profile, SellerPrior, TheirMove, Transcript, decide, learn

DOMAINS = ("mobile_plan", "gym", "hotel", "sofa")
TALKS = 3


def talk(profile: Profile, outcomes: np.ndarray, seller: Seller, seed: int) -> tuple[float | None, Transcript]:
    """Worth of the deal, and what was said."""
    place = {tuple(outcome): row for row, outcome in enumerate(outcomes.tolist())}
    said: list[OurMove | TheirMove] = []
    seller.rng = random.Random(seed)
    for now in range(rivals_bench.ROUNDS):
        chosen = decide(profile, tuple(said), now)
        if chosen.act != "propose" or chosen.values is None:
            taken = chosen.act == "accept" and chosen.values is not None
            return (profile.utility.value(chosen.values) if taken else None), tuple(said)  # type: ignore[arg-type]
        said.append(OurMove("propose", chosen.values, now))
        row = seller.answer(now, place[chosen.values])
        if row is None:
            return profile.utility.value(chosen.values), tuple(said)
        said.append(TheirMove("propose", tuple(int(v) for v in outcomes[row]), round=now))
    return None, tuple(said)


def again(profile: Profile, outcomes: np.ndarray, seller: Seller) -> tuple[float, float]:
    """Advantage of the fourth talk without and with what three taught."""
    prior: SellerPrior | None = None
    for number in range(TALKS):
        known = replace(profile, seed=100 + number, prior=prior)
        _, said = talk(known, outcomes, seller, number)
        prior = learn(prior, replace(known, prior=None), said)
    limit, found = profile.reservation_value, []
    for given in (None, prior):
        deal, _ = talk(replace(profile, seed=7, prior=given), outcomes, seller, 99)
        found.append(max(0.0, ((limit if deal is None else deal) - limit) / (1 - limit)))
    return found[0], found[1]


def met(which: str, draws: int, names: list[str]) -> dict[str, list[tuple[float, float, float]]]:
    """Advantage of Linear, and of the fourth talk without and with what three taught, per seller of the tournament."""
    import tournament

    made = tournament.custom_class(str(Path(__file__).parent / "engine_adapter.py:Engine"), False)
    engine, start = made.engine_class, made.engine_class.__init__
    held: list[Any] = []
    given: list[SellerPrior | None] = [None]

    def knowing(self: Any, case: Any) -> None:
        start(self, case)
        self.profile = replace(self.profile, prior=given[0])
        held.append(self)

    engine.__init__ = knowing
    base, _, domains, *_ = tournament.SETS[which]
    keys = [(name, seed) for seed in range(base, base + draws) for name in domains]
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    for i, (domain, seed) in enumerate(keys):
        d = tournament.draw(domain, seed)
        for j, name in enumerate(names):
            lengths = (40, 80, 40) if name == "NL.AhBuNe" else (40, 80, 160)
            given[0] = None
            for number in range(TALKS):
                earlier = replace(d, key=f"{d.key}-before{number}")
                tournament.run(earlier, lengths[(i + number) % 3], name, "Engine", made, number % 2 == 0)
                given[0] = learn(given[0], replace(held[-1].profile, prior=None), tuple(held[-1].transcript))
            steps, first, known = lengths[(i + i // 3 + j) % 3], (i + j) % 2 == 0, given[0]
            row = [tournament.run(d, steps, name, "Linear", None, first)["adv_b"]]
            for given[0] in (None, known):
                row.append(tournament.run(d, steps, name, "Engine", made, first)["adv_b"])
            found[name].append((row[0], row[1], row[2]))
    return found


def show(rows: dict[str, list[tuple[float, float, float]]]) -> None:
    print("seller       Linear  without  with   without - Linear   with - Linear   with - without (95 %)")
    for name, found in rows.items():
        linear, less, more = np.array(found).T
        gaps = [
            f"{d.mean():+.3f} ± {1.96 * d.std(ddof=1) / len(d) ** 0.5:.3f}"
            for d in (less - linear, more - linear, more - less)
        ]
        print(
            f"{name:12s} {linear.mean():.3f}   {less.mean():.3f}    {more.mean():.3f} ",
            *gaps,
            f"({len(found)})",
            sep="  ",
        )


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--draws", type=int, default=16)
    ap.add_argument("--rounds", type=int, default=20)
    ap.add_argument("--sellers", help="of the tournament, comma separated")
    ap.add_argument("--set", default="tune", help="of the tournament: whose draws and domains")
    a = ap.parse_args()
    if a.sellers:
        show(met(a.set, a.draws, a.sellers.split(",")))
        return
    rivals_bench.ROUNDS = a.rounds
    rows: dict[str, list[tuple[float, float]]] = {style: [] for style in STYLES}
    for k in range(a.draws):
        _, profile, outcomes, sellers = setting(DOMAINS[k % len(DOMAINS)], 3000 + k, len(STYLES))
        for seller in sellers:
            rows[seller.style].append(again(replace(profile, n_rounds=a.rounds), outcomes, seller))
    draws = np.array([rows[style] for style in rows])
    print("style      without  with   with - without (95 %, by draw)")
    for style, found in [*zip(rows, draws, strict=True), ("all", draws.mean(axis=0))]:
        less, more = found.mean(axis=0)
        d = found[:, 1] - found[:, 0]
        print(f"{style:10s} {less:.3f}    {more:.3f}  {d.mean():+.3f} ± {1.96 * d.std(ddof=1) / len(d) ** 0.5:.3f}")


if __name__ == "__main__":
    main()

"""Figures from result files: advantage per buyer, paired differences clustered by domain draw, and per seller.

python tests/bench/report.py mine.csv public.csv [--me Engine] [--sellers]
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd


def paired(df: pd.DataFrame, me: str, other: str) -> tuple[float, float, int]:
    """Mean difference, half width of the 95 % interval clustered by draw, number of cells."""
    key = ["draw", "steps", "seller"]
    x = df[df.buyer == me].set_index(key).adv_b
    y = df[df.buyer == other].set_index(key).adv_b
    d = (x - y).dropna().reset_index()
    per = d.groupby("draw").adv_b.agg(["sum", "size"])
    mean = per["sum"].sum() / per["size"].sum()
    n = len(per)
    spread = ((per["sum"] - mean * per["size"]) ** 2).sum() * n / max(1, n - 1)
    return float(mean), float(1.96 * np.sqrt(spread) / per["size"].sum()), int(per["size"].sum())


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("files", nargs="+")
    ap.add_argument("--me")
    ap.add_argument("--only", help="sellers, comma separated")
    ap.add_argument("--sellers", action="store_true")
    a = ap.parse_args()
    df = pd.concat([pd.read_csv(f, keep_default_na=False) for f in a.files])
    me = a.me or df.buyer.iloc[0]
    if a.only:
        df = df[df.seller.isin(a.only.split(","))]
    cell = df.draw + "|" + df.steps.astype(str) + "|" + df.seller
    shared = set.intersection(*[set(cell[df.buyer == b]) for b in df.buyer.unique()])
    df = df[cell.isin(shared)]
    no_random = df[df.seller != "Random"]
    print(
        f"{'buyer':22s} adv    nR     agree  agree|zone below err   sec   | {me} minus it (95 %, by draw), without Random, ratio"
    )
    table = df.groupby("buyer").adv_b.mean().sort_values(ascending=False)
    for b, adv in table.items():
        x = df[df.buyer == b]
        r = no_random[no_random.buyer == b].adv_b.mean()
        reach = x[x.bound >= 0.05]
        below = (x.adv_b < -1e-9).mean()
        line = f"{b:22s} {adv:.3f}  {r:.3f}  {x.agreed.mean():.2f}   {reach.agreed.mean():.2f}       {below:.2f}  {(x.error != '').mean():.2f}  {x.sec.mean():.2f}  |"
        if b != me:
            d, w, n = paired(df, me, b)
            d2, w2, _ = paired(no_random, me, b)
            line += f" {d:+.3f} ± {w:.3f}  {d2:+.3f} ± {w2:.3f}  x{table[me] / adv:.2f}  ({n})"
        print(line)
    m = df[df.buyer == me]
    if m.moves.sum() > 0:
        left = m[m.agreed == 0]
        early = (left.rounds < 0.8 * left.steps).mean()
        print(
            f"{me}: slowest move {1000 * m.slowest.max():.1f} ms, mean slowest {1000 * m.slowest.mean():.1f} ms; no-deal talks left before 80 %: {early:.2f} of {len(left)}"
        )
    best = df[df.buyer != me].groupby(["draw", "steps", "seller"]).adv_b.max().mean()
    print(f"best other buyer of each cell, in hindsight: {best:.3f}")
    if a.sellers:
        p = df.pivot_table(index="seller", columns="buyer", values="adv_b")
        p = p[[me, *[b for b in table.index if b != me]][:7]]
        p.loc[:, "agree"] = m.groupby("seller").agreed.mean()
        if "Linear" in set(df.buyer):
            for s in p.index:
                d, w, _ = paired(df[df.seller == s], me, "Linear")
                p.loc[s, "lowerVsLinear"] = d - w
        print(p.round(3).to_string())


if __name__ == "__main__":
    main()

"""Buyers against sellers under NegMAS' alternating offers: the shared bench, grown.

    python tests/bench/tournament.py --set tune --buyers Linear,Boulware --out public_tune.csv
    PYTHONPATH=. python tests/bench/tournament.py --set check --custom tests/bench/engine_adapter.py:Engine --out e.csv
    python tests/bench/report.py e.csv public_check.csv

A cell is a domain draw x seller; seat and deadline (40, 80, 160; `short`: 10, 14, 18) rotate over cells. Runs in an
environment of its own: pip install negmas anl anl-agents negmas-negolog negmas-genius-agents pandas numpy
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import logging
import multiprocessing
import os
import random
import signal
import sys
import time
import warnings
import zlib
from pathlib import Path
from typing import Any

if __name__ == "__main__" and "PYTHONHASHSEED" not in os.environ:  # some sellers break ties in the order of a set
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
sys.path.insert(0, str(Path(__file__).parent))  # before numpy: one thread each, or forked workers deadlock

import numpy as np
import sellers as panel
from domains import FRESH, HELD_OUT, LATEST, NEW, TUNED, Draw, draw
from negmas import ResponseType, make_issue, make_os
from negmas.preferences import LinearAdditiveUtilityFunction
from negmas.preferences.value_fun import TableFun
from negmas.sao import SAOMechanism, SAONegotiator

TIMEOUT = 300.0
PUBLIC = {
    **{n: f"negmas.sao.negotiators:{n}TBNegotiator" for n in ("Boulware", "Linear", "Conceder")},
    **{n: f"negmas.sao.negotiators:{n}Negotiator" for n in ("MiCRO", "FastMiCRO")},
    **{
        f"NL.{n}": f"negmas_negolog:{n}"
        for n in ("HybridAgent", "AgentGG", "AhBuNeAgent", "LuckyAgent2022", "SAGAAgent", "PonPokoAgent")
    },
    **{f"GA.{n}": f"negmas_genius_agents:{n}" for n in ("BetaOne", "AgentM")},
    "24.UOAgent-guess": "anl_agents.anl2024.team_moto.uoagent:UOAgent",
}
ANL_2026 = ("AnchorNegotiator", "SBDANL", "Hallucinators", "Badiron", "StaBornNeg", "AaNanteLucky")
FIELDS = [
    *("draw", "domain", "steps", "seller", "buyer", "first", "agreed", "u_b", "adv_b", "adv_s", "bound"),
    *("sec", "rounds", "moves", "slowest", "error"),
]


def anl_2026() -> None:
    from anl_agents.registry import get_participants

    for c in get_participants(2026, finalists_only=True):
        module, name = c.rsplit(".", 1) if isinstance(c, str) else (c.__module__, c.__name__)
        if name in ANL_2026:
            PUBLIC[f"26.{name}"] = f"{module}:{name}"


class EngineNegotiator(SAONegotiator):
    """Wraps a plain engine class (see engine_adapter.py) and times its moves."""

    engine_class: Any = None

    def boot(self) -> None:
        if getattr(self, "engine", None) is None:
            issues = self.nmi.outcome_space.issues
            self.mine: list[Any] = []
            self.theirs: list[Any] = []
            self.moves, self.slowest = 0, 0.0
            self.engine = type(self).engine_class(
                {
                    "issues": [(i.name, list(i.all)) for i in issues],
                    "utility": lambda o: float(self.ufun(o)),
                    "reservation": float(self.ufun.reserved_value or 0),
                    "n_rounds": self.nmi.n_steps if not getattr(self, "hide_deadline", False) else None,
                    "first": self.moves_first,
                }
            )

    def facts(self, s: Any) -> dict[str, Any]:
        return {
            "round": s.step,
            "n_rounds": self.nmi.n_steps,
            "t": s.relative_time,
            "last_offer": s.current_offer,
            "my_offers": self.mine,
            "their_offers": self.theirs,
        }

    def timed(self, call: Any, *args: Any) -> Any:
        start = time.perf_counter()
        answer = call(*args)
        self.slowest = max(self.slowest, time.perf_counter() - start)
        self.moves += 1
        return answer

    def propose(self, state: Any, dest: Any = None) -> Any:
        self.boot()
        o = self.timed(self.engine.propose, self.facts(state))
        self.mine.append(o)
        return o

    def respond(self, state: Any, source: Any = None) -> Any:
        self.boot()
        if state.current_offer is None:
            return ResponseType.REJECT_OFFER
        self.theirs.append(state.current_offer)
        answer = self.timed(self.engine.respond, self.facts(state), state.current_offer)
        return {
            "accept": ResponseType.ACCEPT_OFFER,
            "reject": ResponseType.REJECT_OFFER,
            "end": ResponseType.END_NEGOTIATION,
        }[answer]


def ufun(tables: Any, issues: Any, limit: float) -> Any:
    return LinearAdditiveUtilityFunction(
        {i.name: TableFun(dict(zip(i.all, t, strict=True))) for i, t in zip(issues, tables, strict=True)},
        weights={i.name: 1.0 for i in issues},
        outcome_space=make_os(issues),
        reserved_value=limit,
    )


class TimedOut(Exception):
    pass


def _alarm(*_: Any) -> None:
    raise TimedOut


def buyer_of(name: str, custom: Any, d: Draw, issues: Any) -> Any:
    if custom is not None:
        return custom(name="buyer")
    kw: dict[str, Any] = {}
    if name.startswith("24."):
        tables = [[max(t) - x for x in t] for t in d.ours]
        kw["private_info"] = {"opponent_ufun": ufun(tables, issues, 0.0)}
    return panel.load(PUBLIC[name])(name="buyer", **kw)


def run(d: Draw, steps: int, seller: str, buyer: str, custom: Any, first: bool) -> dict[str, Any]:
    seed = zlib.crc32(f"{d.key}|{seller}".encode()) % 2**31
    random.seed(seed)
    np.random.seed(seed)
    issues = [make_issue(list(v), n) for n, v in d.issues]
    b, s = d.grid()
    span = float(b.max()) - d.our_limit
    zone = b[s >= d.their_limit]
    bound = (float(zone.max()) - d.our_limit) / span if len(zone) else -1.0
    row: dict[str, Any] = {
        "draw": d.key,
        "domain": d.key.split("-")[0],
        "steps": steps,
        "seller": seller,
        "buyer": buyer,
    }
    row |= {"first": int(first), "agreed": 0, "error": "", "bound": round(bound, 4)}
    start, m, deal, us = time.perf_counter(), None, None, None
    signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    try:
        them = panel.load(panel.ALL[seller])(name="seller")
        us = buyer_of(buyer, custom, d, issues)
        us.moves_first = first
        m = SAOMechanism(issues=issues, n_steps=steps, ignore_negotiator_exceptions=False)
        pair = [(us, ufun(d.ours, issues, d.our_limit)), (them, ufun(d.theirs, issues, d.their_limit))]
        for who, u in pair if first else pair[::-1]:
            m.add(who, ufun=u)
        m.run()
        deal = m.agreement
    except TimedOut:
        row["error"] = "timeout"
    except Exception as e:
        row["error"] = f"{type(e).__name__}:{str(e)[:80]}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    ub = d.our_limit if deal is None else d.our_worth(deal)
    uo = (
        d.their_limit
        if deal is None
        else sum(t[v.index(x)] for t, (_, v), x in zip(d.theirs, d.issues, deal, strict=True))
    )
    row |= {"agreed": int(deal is not None), "u_b": round(ub, 4), "adv_b": round((ub - d.our_limit) / span, 4)}
    row |= {
        "adv_s": round((uo - d.their_limit) / (float(s.max()) - d.their_limit), 4),
        "sec": round(time.perf_counter() - start, 4),
    }
    row |= {
        "rounds": m.state.step if m else 0,
        "moves": getattr(us, "moves", 0),
        "slowest": round(getattr(us, "slowest", 0.0), 5),
    }
    return row


# set: (first seed, draws per domain, domains, sellers, deadlines, whether a deal is possible)
_LONG, _SHORT = (40, 80, 160), (10, 14, 18)
SETS: dict[str, Any] = {
    "tune": (1, 12, TUNED, {**panel.PANEL, **panel.TUNING_STYLES}, _LONG, True),
    "tune-more": (1, 12, TUNED, panel.CHECK_STYLES, _LONG, True),
    "none-tune": (5001, 6, TUNED, {**panel.PANEL, **panel.TUNING_STYLES}, _LONG, False),
    "check": (1000, 15, HELD_OUT, {**panel.PANEL, **panel.TUNING_STYLES, **panel.CHECK_STYLES}, _LONG, True),
    "short": (3000, 6, HELD_OUT, {**panel.PANEL, **panel.TUNING_STYLES, **panel.CHECK_STYLES}, _SHORT, True),
    "none": (5000, 6, HELD_OUT, panel.PANEL, _LONG, False),
    "final": (9000, 15, FRESH, {**panel.PANEL, **panel.FRESH_STYLES}, _LONG, True),
    "final-none": (9500, 3, FRESH, {**panel.PANEL, **panel.FRESH_STYLES}, _LONG, False),
    "last": (12000, 15, FRESH, {**panel.PANEL, **panel.FRESH_STYLES}, _LONG, True),
    "last-none": (12500, 3, FRESH, {**panel.PANEL, **panel.FRESH_STYLES}, _LONG, False),
    "fresh4": (16000, 15, NEW, {**panel.PANEL, **panel.NEW_STYLES}, _LONG, True),
    "fresh5": (21000, 15, LATEST, {**panel.PANEL, **panel.LATEST_STYLES}, _LONG, True),
    "fresh5-none": (21500, 3, LATEST, {**panel.PANEL, **panel.LATEST_STYLES}, _LONG, False),
    "fresh4-none": (16500, 3, NEW, {**panel.PANEL, **panel.NEW_STYLES}, _LONG, False),
}


def cells(
    which: str, draws: int, names: list[str] | None, skip: int = 0, half: bool = False
) -> list[tuple[Draw, int, str, bool]]:
    """The cells of a set: draws x sellers, the deadlines in rotation. `half`: every draw with every other seller."""
    base, seeds, domains, styles, deadlines, zone = SETS[which]
    keys = [(n, s) for s in range(base, base + (draws or seeds)) for n in domains]
    keys = keys[skip * len({n for n, _ in keys}) :]
    out = []
    for i, (name, seed) in enumerate(keys, skip * len({n for n, _ in keys})):
        d = draw(name, seed, zone=zone)
        for j, seller in enumerate(styles):
            if (names is None or seller in names) and not (half and (i + j) % 2):
                out.append(
                    (d, deadlines[(i + i // 3 + j) % 3], seller, zlib.crc32(f"{d.key}|{seller}".encode()) % 2 == 0)
                )
    return out


def custom_class(spec: str, hide: bool) -> Any:
    file, name = spec.rsplit(":", 1)
    module_spec = importlib.util.spec_from_file_location("custom_engine", file)
    assert module_spec is not None and module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    sys.modules["custom_engine"] = module
    module_spec.loader.exec_module(module)
    made = type("Custom_" + name, (EngineNegotiator,), {"engine_class": getattr(module, name), "hide_deadline": hide})
    globals()[made.__name__] = made
    return made


_CUSTOM: Any = None


def _work(job: tuple[Draw, int, str, bool, str]) -> dict[str, Any]:
    d, steps, seller, first, buyer = job
    return run(d, steps, seller, buyer, _CUSTOM, first)


def main() -> None:
    global _CUSTOM
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--set", default="tune", choices=list(SETS))
    ap.add_argument("--draws", type=int, default=0, help="draws per domain")
    ap.add_argument("--skip", type=int, default=0, help="draws per domain left out at the beginning")
    ap.add_argument("--half", action="store_true", help="every draw with every other seller")
    ap.add_argument("--sellers")
    ap.add_argument("--buyers")
    ap.add_argument("--custom")
    ap.add_argument("--label")
    ap.add_argument("--hide-deadline", action="store_true")
    ap.add_argument("--procs", type=int, default=1)
    ap.add_argument("--out", default="results.csv")
    a = ap.parse_args()
    if a.custom:
        _CUSTOM = custom_class(a.custom, a.hide_deadline)
        names = [a.label or a.custom.rsplit(":", 1)[1]]
    else:
        anl_2026()
        names = a.buyers.split(",") if a.buyers else list(PUBLIC)
    todo = [
        (*c, b)
        for c in cells(a.set, a.draws, a.sellers.split(",") if a.sellers else None, a.skip, a.half)
        for b in names
    ]
    print(len(todo), "negotiations", flush=True)
    start = time.time()
    for _, _, seller, _, _ in todo:
        panel.load(panel.ALL[seller])
    with Path(a.out).open("w", newline="") as fh:
        writer = csv.DictWriter(fh, FIELDS)
        writer.writeheader()
        with multiprocessing.get_context("fork").Pool(a.procs) as pool:
            for n, row in enumerate(pool.imap(_work, todo, chunksize=8), 1):
                writer.writerow(row)
                fh.flush()
                if n % 500 == 0:
                    print(n, round(time.time() - start), "s", flush=True)
    print("done in", round(time.time() - start), "s")


if __name__ == "__main__":
    main()

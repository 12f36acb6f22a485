"""The budgets of the design, measured on this machine: `make bench`.

Ratios are taken in one run against a bare interpreter or a bare Textual app, so that they hold on any machine;
milliseconds are reported beside them. Nothing here fails: a figure that misses its budget is marked.
"""

import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
PYTHON = sys.executable
RUNS = 5


@dataclass(frozen=True)
class Figure:
    name: str
    value: float
    unit: str
    budget: float
    detail: str = ""

    def line(self) -> str:
        mark = "ok  " if self.value <= self.budget else "OVER"
        return f"{mark} {self.name:<58} {self.value:>10.2f} {self.unit:<4} (budget {self.budget:g})  {self.detail}"


def _cpu(command: list[str], env: dict[str, str] | None = None) -> float:
    """CPU seconds of one run of a command, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def _ratio(command: list[str], other: list[str], env: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Median ratio of CPU seconds, run in turn; with both medians in milliseconds."""
    _cpu(command, env), _cpu(other, env)
    pairs = [(_cpu(command, env), _cpu(other, env)) for _ in range(RUNS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    return ratio, *(1000 * statistics.median(column) for column in zip(*pairs, strict=True))


@contextmanager
def _home() -> Iterator[Path]:
    """A folder with a finished demo in it."""
    from agent.running import run_demo

    with tempfile.TemporaryDirectory() as folder:
        run_demo(7, home=Path(folder))
        yield Path(folder) / "demo"


def command_line(home: Path) -> Iterator[Figure]:
    bare = [PYTHON, "-c", "pass"]
    ours = [PYTHON, "-c", "from tui.cli import main; import sys; sys.argv=['gegenbot','--help']; main()"]
    ratio, mine, base = _ratio(ours, bare)
    yield Figure("gegenbot --help, times a bare interpreter", ratio, "x", 8, f"{mine:.0f} ms / {base:.0f} ms CPU")
    digest = [
        PYTHON, "-c",
        f"from tui.cli import main; import sys; sys.argv=['gegenbot','--home','{home}','digest','--json']; main()",
    ]  # fmt: skip
    ratio, mine, base = _ratio(digest, bare)
    yield Figure(
        "gegenbot digest --json, times a bare interpreter", ratio, "x", 12, f"{mine:.0f} ms / {base:.0f} ms CPU"
    )


_FRAME = """
import asyncio, sys
from pathlib import Path
async def main(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
"""
_BARE = _FRAME + "from textual.app import App\nasyncio.run(main(App()))"
_OURS = (
    _FRAME + "from tui.app import GegenbotApp\nfrom tui.house import LocalHouse\nfrom tui.wording import Wording\n"
    "asyncio.run(main(GegenbotApp(LocalHouse(Path(sys.argv[1])), Wording('en'))))"
)


def first_frame(home: Path) -> Iterator[Figure]:
    """With the folder's lock held here: the app finds a runner and starts none that would outlive the bench."""
    from agent.runtime.lock import RunnerLock
    from agent.runtime.paths import Home

    lock = RunnerLock(Home(home)).take()
    try:
        ratio, mine, base = _ratio([PYTHON, "-c", _OURS, str(home)], [PYTHON, "-c", _BARE])
    finally:
        lock.release()
    yield Figure("TUI first frame, times a bare Textual app", ratio, "x", 2, f"{mine:.0f} ms / {base:.0f} ms CPU")


def _talk(issues: int, values: int = 10) -> Iterator[float]:
    """A talk of up to 15 moves over values^issues outcomes: CPU milliseconds of each."""
    from negotiators.bargaining import OurMove, Profile, Space, SpaceIssue, TheirMove, Utility, decide

    rng = random.Random(7)
    space = Space(tuple(SpaceIssue(f"i{n}", tuple(str(v) for v in range(values))) for n in range(issues)))
    utility = Utility(tuple(tuple(1 - v / (values - 1) for v in range(values)) for _ in range(issues)),
                      tuple(rng.uniform(0.5, 2) for _ in range(issues)))  # fmt: skip
    profile = Profile(space, utility, 0.3, None, 20, True)
    talk: tuple[OurMove | TheirMove, ...] = ()
    for number in range(15):
        began = time.process_time()
        chosen = decide(profile, talk, number)
        yield 1000 * (time.process_time() - began)
        if chosen.values is None:
            break
        theirs = tuple(max(0, values - 1 - number // 2 - rng.randrange(2)) for _ in range(issues))
        talk += (OurMove("propose", chosen.values, number), TheirMove("propose", theirs, None, False, number))


def moves() -> Iterator[Figure]:
    for issues, budget in ((3, 5.0), (6, 50.0)):
        times = list(_talk(issues))
        yield Figure(f"one bargaining move at 10^{issues} outcomes (median)", statistics.median(times), "ms", budget,
                     f"slowest {max(times):.1f} ms CPU, first included")  # fmt: skip


def memory_of_a_talk() -> Iterator[Figure]:
    """Peak of what Python and numpy allocate in a talk, by the size of the outcome space."""
    import tracemalloc

    from negotiators.bargaining import engine, guess, pool

    peaks = {}
    for issues in (2, 3, 6, 9):
        for kept in (pool.base_pool, guess.first_guess, engine._view):
            kept.cache_clear()
        tracemalloc.start()
        list(_talk(issues))
        peaks[issues] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    detail = ", ".join(f"10^{issues} {peaks[issues]:.1f} MiB" for issues in (3, 6, 9))
    yield Figure("peak memory of a talk at 10^9 outcomes, times 10^6", peaks[9] / peaks[6], "x", 2, detail)


def gate() -> Iterator[Figure]:
    """Gate and scan of a message with twelve answers, over a vault of 26 facts; the ledger's writing included."""
    from agent.kernel.egress import Scanner
    from memory.persona import demo_persona
    from negotiators.dialogue import Inform
    from tests.support.gating import bench
    from tests.support.house import phone_need

    values = [(entry.fact.id, entry.fact.category, entry.value) for entry in demo_persona().facts]
    with tempfile.TemporaryDirectory() as folder:
        desk, times = bench(Path(folder) / "h", Scanner.of(values)), []
        rest = tuple(Inform(f"field_{letter}", "roughly " * 8, "band") for letter in "abcdefghijk")
        for _ in range(100):
            outgoing = desk.outgoing(phone_need(), Inform("postal_code", "10xxx", "region"), informs=rest)
            began = time.process_time()
            desk.gate.clear(outgoing)
            times.append(1000 * (time.process_time() - began))
        desk.ledger.close()
    yield Figure(
        "gate and scan of one message (median)", statistics.median(times), "ms", 5, f"slowest {max(times):.1f} ms CPU"
    )


def hundred_providers() -> Iterator[Figure]:
    """One need, 100 providers in a second process, 10 rounds each."""
    arena = subprocess.Popen(
        [PYTHON, "-m", "negotiators.arena", "--seed", "5", "--companies", "100", "--json"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert arena.stdout is not None
        endpoints = json.loads(arena.stdout.readline())["endpoints"]
        began = time.process_time()
        asyncio.run(_one_need(endpoints))
        yield Figure(
            "a need with 100 providers, 10 rounds each", time.process_time() - began, "s", 30, "CPU, our process"
        )
    finally:
        arena.terminate()
        arena.wait(20)


async def _one_need(endpoints: list[dict[str, str]]) -> None:
    from agent.market.desk import MarketRules
    from agent.needs.need import need_from_table
    from agent.runtime.config import Config, Memory, Negotiation
    from agent.runtime.wiring import build
    from memory.keys import ThrowawayKey

    with tempfile.TemporaryDirectory() as folder:
        config = Config(negotiation=Negotiation(allow_loopback=True), memory=Memory(embedder="ngram"))
        house = build(Path(folder) / "h", config=config, sources=[ThrowawayKey()], rules=MarketRules(rounds=10))
        kind = max({e["category"] for e in endpoints}, key=lambda c: sum(e["category"] == c for e in endpoints))
        for number, endpoint in enumerate(endpoints):
            house.know_provider(f"p{number:03}", endpoint["title"], endpoint["url"], [kind], "allowed")
        need = house.state_need(need_from_table({"category": kind, "text": "bench"}, house.categories, "n", "bench"))
        await house.market.open(need)
        await house.market.advance(need)
        await house.close()


def ranking() -> Iterator[Figure]:
    from memory.embedding import Cached, NGram
    from memory.relevance import NeedText, OfferText, rank_offers
    from memory.store import Store

    rng = random.Random(3)
    words = [
        f"{a}{b}" for a in ("phone", "strom", "sofa", "lamp", "bike", "gym") for b in ("", "s", "plan", "set", "pro")
    ]
    offers = [
        OfferText(str(n), " ".join(rng.choices(words, k=6)), " ".join(rng.choices(words, k=25))) for n in range(10_000)
    ]
    needs = [NeedText(str(n), " ".join(rng.choices(words, k=3))) for n in range(5)]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "h") as store:
        embedder = Cached(NGram(), store)
        rank_offers(needs, offers, embedder, k=5)
        began = time.process_time()
        rank_offers(needs, offers, embedder, k=5)
        yield Figure(
            "ranking 10,000 offers for a digest, embeddings cached", time.process_time() - began, "s", 2, "5 needs, CPU"
        )


def idle_runner() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "h"
        runner = subprocess.Popen([PYTHON, "-m", "agent.runtime.runner", "--home", str(home)], cwd=ROOT)
        try:
            peak, deadline = 0.0, time.monotonic() + 30
            while time.monotonic() < deadline and not (home / "ledger.sqlite3").exists():
                time.sleep(0.2)
            time.sleep(4)
            status = Path(f"/proc/{runner.pid}/status").read_text()
            peak = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024
            yield Figure("idle runner, resident memory", peak, "MiB", 80)
        finally:
            runner.terminate()
            runner.wait(20)


def recall_of_many() -> Iterator[Figure]:
    """Recall among 100,000 entries, the query already embedded; takes minutes to fill."""
    bench = ROOT / "tests" / "bench" / "recall_bench.py"
    if bench.exists():
        out = subprocess.run([PYTHON, str(bench)], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        yield Figure("recall among 100,000 memories", float(out.strip().splitlines()[-1].split()[0]), "ms", 50)


def data_tasks() -> None:
    """Every task of the evaluation data, scored by the data's own script."""
    data = Path(os.environ.get("GEGENBOT_DATA", ROOT.parent / "shared" / "data"))
    if not (data / "score.py").exists():
        print(f"no evaluation data at {data}: those figures are left out (GEGENBOT_DATA names another folder)")
        return
    tasks = ("price terms listing_price markup shop_page mail deal_casino deal_dond priority relevance_rerank "
             "relevance_funnel digest memory_prefeval memory_persona memory_locomo")  # fmt: skip
    for task in tasks.split():
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as answers:
            command = [PYTHON, str(ROOT / "tests/bench/answers.py"), task, str(data), "dev"]
            subprocess.run(command, stdout=answers, check=True)
            scored = subprocess.run(
                [PYTHON, "score.py", task, "dev", answers.name], cwd=data, capture_output=True, text=True
            )
            print(scored.stdout.strip()[:400])


def key_presses() -> Iterator[Figure]:
    """The screen beside a runner with 50 conversations under way."""
    from tests.bench.keys import PRESSES, waits

    found, talks = waits()
    found.sort()
    detail = f"{PRESSES} presses, median {1000 * statistics.median(found):.0f} ms, {talks} talks under way"
    yield Figure("slowest key press while conversations run", 1000 * found[-1], "ms", 100, detail)


def main() -> None:
    chosen = sys.argv[1:]
    groups: dict[str, Callable[[], Iterator[Figure]]] = {
        "moves": moves, "memory": memory_of_a_talk, "gate": gate, "providers": hundred_providers, "ranking": ranking, "runner": idle_runner, "keys": key_presses,
        "recall": recall_of_many,
    }  # fmt: skip
    with _home() as home:
        groups = {"cli": lambda: command_line(home), "frame": lambda: first_frame(home), **groups}
        for name, group in groups.items():
            if chosen and name not in chosen:
                continue
            for figure in group():
                print(figure.line(), flush=True)
    if not chosen or "data" in chosen:
        data_tasks()


if __name__ == "__main__":
    main()

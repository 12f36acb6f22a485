"""The facade's work side: the demo, the runner, one negotiation, the arena, the workshop. Heavy parts load inside the
functions."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from agent.edge import facade_errors
from agent.runtime.lock import runner_pid
from agent.runtime.paths import default_home as _default_home
from agent.views import FacadeError, IncidentView, Reason

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """`report` is the object of `demo --json`; `story` the same in order, for at most 60 lines."""

    report: dict[str, Any]
    story: tuple[Reason, ...]


def default_home() -> Path:
    return _default_home()


def run_demo(
    seed: int,
    *,
    home: Path | None = None,
    language: str = "en",
    model: str | None = None,
    on_progress: Callable[[IncidentView], None] | None = None,
) -> DemoOutcome:
    """Run the whole story without a person. Blocking; prints nothing."""
    from agent.runtime.demo import run_story

    with facade_errors(), TemporaryDirectory(prefix="gegenbot-demo-") as folder:
        root = home / "demo" if home is not None else Path(folder) / "demo"
        report, story = asyncio.run(
            run_story(seed, root, language=language, model_url=model or "", on_progress=on_progress)
        )
    return DemoOutcome(report, tuple(story))


def start_demo_process(seed: int, home: Path, language: str = "en") -> int:
    """A child process that runs the market live in `home`; returns its process id.

    Its standard input is a pipe that only we hold open, and stays open as long as we live: however we end, `kill -9`
    included, the child reads the end of it and ends too.
    """
    command = [sys.executable, "-m", "agent.runtime.demo", "--home", str(home), "--seed", str(seed), "--lang", language,
               "--with-parent"]  # fmt: skip
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    theirs, _ours = os.pipe()
    try:
        with (home / "runner.log").open("ab") as log:
            child = subprocess.Popen(command, stdin=theirs, stdout=log, stderr=log, start_new_session=True)
    finally:
        os.close(theirs)
    return child.pid


def run_forever(home: Path) -> int:
    """Run the folder until a signal ends it."""
    from agent.runtime.runner import serve
    from agent.runtime.update import start_again

    with facade_errors():
        again = asyncio.run(serve(home))
    if again:
        start_again()
    return 0


def start_runner(home: Path) -> int | None:
    """Start a runner of its own for this folder unless one lives; returns its process id."""
    alive = runner_pid(home)
    if alive is not None:
        return alive
    command = [sys.executable, "-m", "agent.runtime.runner", "--home", str(home)]
    with (home / "runner.log").open("ab") as log:
        os.chmod(home / "runner.log", 0o600)  # noqa: PTH101 - the open file's own path
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    return child.pid


def background(home: Path, verb: str = "status") -> Mapping[str, object]:
    """The runner as a service of the person's session: `on`, `off` or `status`. Where no manager is known, `on` starts
    a runner and tells the `line` that would start it after the next boot. Raises `FacadeError` (`service_failed`)."""
    from dataclasses import asdict

    from agent.runtime.paths import Home
    from agent.runtime.service import Background, end_runner

    with facade_errors():
        service = Background(Home(home).make().root if verb == "on" else home)
        found = {"on": service.on, "off": service.off, "status": service.status}[verb]()
        if found.manager == "none" and verb != "status":
            start_runner(home) if verb == "on" else end_runner(home)
            found = service.status()
        if verb == "on":
            _wait_for(lambda: runner_alive(home) is not None)
            found = service.status()
    return asdict(found)


def _wait_for(true: Callable[[], bool]) -> None:
    """Give a process that was just started a moment to take its lock."""
    until = time.monotonic() + 5
    while not true() and time.monotonic() < until:
        time.sleep(0.05)


def runner_alive(home: Path) -> int | None:
    return runner_pid(home)


def negotiate(
    home: Path, url: str, need_file: Path, *, max_rounds: int | None, allow_loopback: bool
) -> tuple[dict[str, Any], int]:
    """One talk with one company. Returns the JSON object and the exit code."""
    from agent.runtime.single import negotiate_once

    with facade_errors():
        return asyncio.run(negotiate_once(home, url, need_file, max_rounds=max_rounds, allow_loopback=allow_loopback))


def arena_duel(style: str, seed: int, *, category: str, buyer: str, rounds: int) -> Mapping[str, Any]:
    """One talk with a simulated company in this process; nothing is stored or sent."""
    from agent.runtime.duel import duel

    with facade_errors():
        return duel(style, category, seed, rounds, buyer)


def arena_report(
    styles: tuple[str, ...], *, seeds: int, first: int, rounds: int, on_style: Callable[[str], None]
) -> Mapping[str, Any]:
    """The engine and published strategies against every style of simulated company, or the named ones."""
    from agent.runtime.duel import report

    with facade_errors():
        return report(seeds, rounds, styles, first, on_style)


def seller_known(home: Path, provider: str) -> Mapping[str, Any]:
    """A company as the talks with it show it: doors, talks, and what they taught the engine, by category."""
    from agent.kernel.ledger import Ledger
    from agent.market.acquaintance import known_of

    with facade_errors():
        ledger = Ledger(home)
        try:
            row = ledger.row("SELECT * FROM providers WHERE id=? OR name=? ORDER BY id=? DESC", (provider,) * 3)
            if row is None:
                raise FacadeError("no_such_provider", provider=provider)
            doors = ledger.rows("SELECT url, channel FROM endpoints WHERE provider=? ORDER BY url", (row["id"],))
            states = ledger.rows("SELECT state FROM negotiations WHERE provider=?", (row["id"],))
            return {
                "id": row["id"], "name": row["name"], "trust": row["trust"], "doors": [dict(door) for door in doors],
                "talks": len(states),
                "known": {
                    category: {
                        "talks": prior.talks,
                        "styles": {name: f"{share:.2f}" for name, share in prior.styles},
                        "weights": {name: f"{share:.2f}" for name, share in prior.weights},
                        "taken_back": [f"{share:.2f}" for share in prior.taken_back],
                    }
                    for category, prior in known_of(ledger, row["id"]).items()
                },
            }  # fmt: skip
        finally:
            ledger.close()


def adapters(home: Path) -> tuple[Mapping[str, str], ...]:
    """Every channel with its origin, what it carries and its health."""
    from agent.runtime.workshop import list_adapters

    with facade_errors():
        return list_adapters(home)


def new_adapter(name: str, where: Path) -> Path:
    """A new adapter's folder: manifest, class, working mock company, contract test."""
    from agent.runtime.workshop import new_adapter as make

    with facade_errors():
        return make(name, where)


def check_adapter(folder: Path) -> Mapping[str, Any]:
    """Run an adapter's contract test and write its quality card."""
    from agent.runtime.workshop import check_adapter as check

    with facade_errors():
        return check(folder)


def record_adapter(folder: Path) -> Path:
    """One talk with the contract's company as a redacted fixture."""
    from agent.runtime.workshop import record_adapter as record

    with facade_errors():
        return record(folder)


def shadow(home: Path, company: str, figure: str) -> Mapping[str, Any]:
    """A company's newest quote beside a figure the person sees elsewhere, and what explains the difference."""
    from agent.runtime.workshop import shadow as compare

    with facade_errors():
        return compare(home, company, figure)


def prices(home: Path, company: str = "") -> tuple[Mapping[str, str], ...]:
    """What fixed-price companies cost at each look, all-in, the latest first."""
    from agent.runtime.workshop import price_history

    with facade_errors():
        return price_history(home, company)


def run_once(home: Path) -> None:
    """Do what is due now and return; raises `FacadeError` (`runner_alive`) where a runner does that already."""
    from agent.runtime.runner import tick_once

    with facade_errors():
        asyncio.run(tick_once(home))


def replay(home: Path) -> Mapping[str, object]:
    """Decide every recorded move again from its own record; `{decisions, equal, erased, different}`."""
    from agent.runtime.replay import replay_ledger

    with facade_errors():
        return replay_ledger(home)


def rebuild_ledger(home: Path) -> int:
    """Write the tables beside the record anew where they are not as its events say; returns the number of rows."""
    from agent.kernel.ledger import Ledger

    with facade_errors():
        ledger = Ledger(home)
        try:
            return ledger.rebuild()
        finally:
            ledger.close()


def sign_ledger(home: Path, *, anew: bool = False) -> Mapping[str, object]:
    """The signed head of the record as it stands, for keeping elsewhere. `anew` signs a record that is not the one that
    was signed, on the person's word. Raises `FacadeError` (`vault_locked`, `ledger_broken`)."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from agent.runtime.sealing import sign_now

    with facade_errors():
        return asdict(sign_now(home, datetime.now(UTC), anew=anew))


def doctor(home: Path) -> tuple[Mapping[str, str], ...]:
    """What is in order on this machine and what is not: `{check, state, detail}` each."""
    from agent.runtime.doctor import examine

    return examine(home)


def rebuild_memory(home: Path, progress: Callable[[int, int], None]) -> int:
    """Embed what is missing and make the vector index anew from SQLite; returns how many entries it holds.

    Raises `FacadeError` (`runner_alive`) while a runner holds the index.
    """
    from agent.runtime.embedding import rebuild
    from agent.runtime.lock import RunnerLock
    from agent.runtime.paths import Home
    from agent.runtime.wiring import build

    with facade_errors():
        lock = RunnerLock(Home(home).make()).take()
        try:
            house = build(home, holds_lock=True)
            try:
                return rebuild(house, progress)
            finally:
                house.shut()
        finally:
            lock.release()

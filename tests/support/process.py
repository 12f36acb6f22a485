"""A real runner process on a data folder, and bounded waits for what it does."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from agent.kernel.events import ProviderKnown
from agent.kernel.ledger import Ledger
from agent.needs.need import Need
from agent.runtime.config import Config, Memory
from agent.runtime.wiring import build
from memory.keys import ThrowawayKey
from negotiators.clock import SystemClock

ROOT = Path(__file__).parents[2]
T = TypeVar("T")

CONFIG = """zone = "{zone}"
[memory]
embedder = "ngram"
[negotiation]
allow_loopback = true
patience_seconds = {patience}
rounds = {rounds}
[digest]
hours = [{hours}]
[vault]
key_sources = ["file"]
key_file = "{key}"
"""


def make_home(
    root: Path,
    need: Need | None,
    providers: dict[str, str],
    *,
    rounds: int = 4,
    hours: str = '"04:00"',
    patience: float = 20.0,
    zone: str = "UTC",
) -> Path:
    """A data folder ready for a runner: config, providers by name and address, one need."""
    home = root / "home"
    home.mkdir(mode=0o700)
    config = CONFIG.format(zone=zone, patience=patience, rounds=rounds, hours=hours, key=root / "vault.key")
    (home / "config.toml").write_text(config)
    (home / "config.toml").chmod(0o600)
    ledger = Ledger(home)
    for name, url in providers.items():
        ledger.append(SystemClock().now(), [ProviderKnown(name, name.title(), "allowed", url, "a2a", ["mobile_plan"])])
    ledger.close()
    if need is not None:
        house = build(home, config=Config(memory=Memory(embedder="ngram")), sources=[])
        house.state_need(need)
        house.person.store.close()
        house.ledger.close()
    return home


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


def start_runner(home: Path) -> subprocess.Popen[bytes]:
    log = (home.parent / "runner.out").open("ab")
    command = [sys.executable, "-m", "agent.runtime.runner", "--home", str(home)]
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)


def gegenbot(*arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from tui.cli import main; main()", *arguments], cwd=ROOT, env=environment(),
        capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def ending(process: subprocess.Popen[bytes]) -> Any:
    """Kills the process when the test is over."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=30)


async def until(found: Callable[[], T | None], seconds: float = 60.0) -> T:
    """The first truthy answer of `found`; fails after `seconds`."""
    ends = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > ends:
            raise AssertionError("waited in vain")
        await asyncio.sleep(0.03)


def throwaway() -> list[Any]:
    return [ThrowawayKey(b"k" * 32)]

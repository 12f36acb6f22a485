"""How long a key press waits for the screen while 50 conversations run on the same machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pexpect

from agent.reading import Reading
from tests.support.house import phone_need
from tests.support.process import ROOT, environment, make_home
from tests.support.shop import Shop, opened
from tests.tui.terminal import Terminal, terminal

TALKS = 50
PRESSES = 40
KEYS = ("i", "\x1b", "d", "\x1b", "t", "\x1b", "p", "\x1b")


async def _serve(number: int) -> None:
    """So many companies that concede slowly, each answering after a moment, until standard input ends."""
    shops = [Shop(f"firm{at:02}", Decimal(400), Decimal(90)) for at in range(number)]

    async def pause(shop: Shop, when: str) -> None:
        if when == "before":
            await asyncio.sleep(0.2)

    async with contextlib.AsyncExitStack() as stack:
        for shop in shops:
            shop.hook = pause
            await stack.enter_async_context(opened(shop))
        sys.stdout.write(json.dumps({shop.name: shop.url for shop in shops}) + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


def _step_back() -> None:
    os.nice(19)


@contextlib.contextmanager
def companies(number: int) -> Iterator[dict[str, str]]:
    """The companies in a process of their own that steps back behind all others: theirs are other machines."""
    command = [sys.executable, "-m", "tests.bench.keys", str(number)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    served = subprocess.Popen(command, cwd=ROOT, env=environment(), preexec_fn=_step_back, **pipes)
    assert served.stdin is not None and served.stdout is not None
    try:
        yield json.loads(served.stdout.readline())
    finally:
        served.stdin.close()
        served.wait(20)


DRAWN = 300
"""Bytes that are a new screen and no mere change of the cursor."""


def _answered(term: Terminal, key: str) -> float:
    """Seconds until what a key press draws is there. The emulator, which is ours, reads it afterwards."""
    term.read(0.25)
    drawn, began = "", time.perf_counter()
    term.press(key)
    while len(drawn) < DRAWN and time.perf_counter() - began < 5:
        with contextlib.suppress(pexpect.TIMEOUT):
            drawn += term.child.read_nonblocking(65536, timeout=0.002)
    took = time.perf_counter() - began
    term.feed(drawn)
    return took


def waits() -> tuple[list[float], int]:
    """Every wait in seconds, the first opening of each screen among them, and how many talks ran at the end."""
    with tempfile.TemporaryDirectory() as folder, companies(TALKS) as known:
        home = make_home(Path(folder), phone_need(), known, rounds=200)
        command = [sys.executable, "-m", "agent.runtime.runner", "--home", str(home)]
        runner = subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            end = time.monotonic() + 90
            while _running(home) < TALKS and time.monotonic() < end:
                time.sleep(0.3)
            code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tui.cli import main; main()"
            with terminal(command=["-c", code, "--home", str(home)], HOME=folder) as term:
                term.wait(lambda: "v look now" in term.text, "the digest", 60)
                return [_answered(term, KEYS[at % len(KEYS)]) for at in range(PRESSES)], _running(home)
        finally:
            runner.kill()
            runner.wait(20)


def _running(home: Path) -> int:
    reads = Reading(home)
    try:
        return reads.digest().running
    finally:
        reads.close()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))

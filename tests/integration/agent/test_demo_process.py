"""The demo's market lives no longer than the program that shows it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.process import ROOT, ending, environment, until

SHOWS = """
import sys
from pathlib import Path
from agent.running import start_demo_process
print(start_demo_process(7, Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def lives(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in {"Z", "X"}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGHUP], ids=["kill -9", "hang-up"])
@pytest.mark.parametrize("when", ["at once", "in the middle of its talks"])
async def test_the_market_ends_with_the_program_that_shows_it(tmp_path: Path, how: signal.Signals, when: str) -> None:
    home = tmp_path / "demo"
    command = [sys.executable, "-c", SHOWS, str(home)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with ending(subprocess.Popen(command, cwd=ROOT, env=environment(), **pipes)) as shows:  # type: ignore[call-overload]
        market = int(shows.stdout.readline())
        try:
            if when != "at once":
                await until(lambda: (home / "ledger.sqlite3").exists())
            assert lives(market)
            os.kill(shows.pid, how)
            await until(lambda: not lives(market), 30)
        finally:
            if lives(market):
                os.kill(market, signal.SIGKILL)

"""The runner in the background: the machine sleeps, settings change, wants end, limits let it act alone."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest

from agent.deciding import Deciding
from agent.editing import Editing
from agent.entering import add_need
from agent.kernel.chain import FILE
from agent.reading import Reading
from agent.runtime.runner import Runner, follow
from agent.runtime.schedule import Alarms
from agent.runtime.update import Update
from agent.runtime.wiring import House
from memory.facts import CategoryId, Fact, FactId
from negotiators.clock import SimClock
from tests.requirements import requirement
from tests.support.house import Company, living, open_house, phone_need, seller
from tests.support.process import ROOT, ending, environment, gegenbot, make_home, start_runner, until

NIGHT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


async def nothing() -> None:
    """An alarm that rings nobody: the clock alone has to wake the runner."""


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """The runner's loop over a house, ended at the end."""
    wake, done = asyncio.Event(), asyncio.Event()
    loop = asyncio.ensure_future(follow(house, Runner(house), Alarms(nothing), wake, done))
    try:
        yield
    finally:
        done.set()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(loop, 20)


class Interrupted(Runner):
    """A runner during whose first tick another process asks for a digest, after all its work."""

    ticks = 0

    async def tick(self, *, digest: bool = False) -> datetime:
        due = await super().tick(digest=digest)
        self.ticks += 1
        if self.ticks == 1:
            await asyncio.to_thread(Deciding(self.house.home.root).look_now)
        return due


async def test_what_another_process_writes_during_a_tick_is_looked_at_after_it(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("14.00", "9.00"))]) as house:
        wake, done = asyncio.Event(), asyncio.Event()
        runner = Interrupted(house)
        loop = asyncio.ensure_future(follow(house, runner, Alarms(nothing), wake, done))
        await until(lambda: runner.ticks > 1 and digests(house) == 1, 20)
        done.set()
        await asyncio.wait_for(loop, 20)


def digests(house: House) -> int:
    return int(house.ledger.rows("SELECT COUNT(*) AS n FROM digests")[0]["n"])


@requirement("attention:missed-digest-is-made-up-once")
async def test_a_machine_that_slept_through_three_digests_makes_one_when_it_wakes(tmp_path: Path) -> None:
    clock = SimClock(NIGHT)
    async with living(tmp_path / "h", clock=clock) as house:
        house.state_need(phone_need())
        async with running(house):
            await until(lambda: house.ledger.row("SELECT 1 FROM jobs WHERE id='digest' AND next_run IS NOT NULL"), 20)
            assert digests(house) == 0
            clock.advance(timedelta(days=3, hours=1))  # no alarm rings: waking seconds did not pass
            await until(lambda: digests(house) > 0, 20)
            planned = house.ledger.row("SELECT next_run FROM jobs WHERE id='digest'")
            await until(lambda: _planned(house) > clock.now(), 20)
        assert planned is not None
        assert digests(house) == 1


def _planned(house: House) -> datetime:
    row = house.ledger.row("SELECT next_run FROM jobs WHERE id='digest'")
    return datetime.fromisoformat(row["next_run"]) if row and row["next_run"] else NIGHT


async def test_a_changed_hour_is_planned_without_a_restart_and_a_broken_file_keeps_the_old_one(tmp_path: Path) -> None:
    async with living(tmp_path / "h", clock=SimClock(NIGHT)) as house:
        house.state_need(phone_need())
        async with running(house):
            await until(lambda: _planned(house) > NIGHT, 20)
            Editing(house.home.root).set_setting("digest.hours", "06:15")
            await until(lambda: f"{_planned(house):%H:%M}" == "05:15", 20)  # Berlin is an hour ahead
            (house.home.root / "config.toml").write_text("digest = 3\n")
            Deciding(house.home.root).look_now()
            await until(lambda: digests(house) > 0, 20)
            assert f"{_planned(house):%H:%M}" == "05:15"


async def test_a_digest_can_be_asked_for_and_is_made_once(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))]) as house:
        house.state_need(phone_need())
        Deciding(house.home.root).look_now()
        for _ in range(3):
            await Runner(house).tick()
        assert digests(house) == 1


async def test_ending_a_want_ends_its_talks_and_its_card(tmp_path: Path) -> None:
    acme = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [acme]) as house:
        house.state_need(phone_need())
        runner = Runner(house)
        for _ in range(4):
            await runner.tick()
        assert house.ledger.row("SELECT 1 FROM items WHERE state='waiting'")
        Editing(house.home.root).close_need("need-1")
        await runner.tick()
        assert [row["state"] for row in house.ledger.rows("SELECT state FROM negotiations")] == ["superseded"]
        assert [row["state"] for row in house.ledger.rows("SELECT state FROM items")] == ["expired"]
        assert acme.commits == []


@requirement("mandate:act-inside-limits")
@pytest.mark.parametrize(("limit", "signed"), [("260", 1), ("100", 0)])
async def test_standing_limits_let_the_runner_say_yes_inside_them_only(tmp_path: Path, limit: str, signed: int) -> None:
    acme = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [acme]) as house:
        Editing(house.home.root).set_limits("mobile_plan", max_total=limit, max_term_months="12", autonomy="act")
        house.state_need(phone_need())
        runner = Runner(house)
        for _ in range(4):
            await runner.tick()
        await runner.tick(digest=True)
        assert len(acme.commits) == signed
        reads = Reading(house.home.root)
        notes = [note.reason.code for note in reads.digest().notes]
        reads.close()
        assert ("signing_alone" in notes) == bool(signed)


@requirement("approval:explicit-leave")
async def test_without_such_limits_the_runner_waits_for_the_person(tmp_path: Path) -> None:
    acme = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [acme]) as house:
        Editing(house.home.root).set_limits("mobile_plan", max_total="260", max_term_months="12", autonomy="propose")
        house.state_need(phone_need())
        for _ in range(5):
            await Runner(house).tick()
        assert acme.commits == []


@requirement("disclosure:egress-scan")
async def test_a_fact_added_while_the_runner_runs_is_looked_for_in_what_leaves(tmp_path: Path) -> None:
    house = open_house(tmp_path / "h", [])
    try:
        runner = Runner(house)
        await runner.tick()
        assert not house.gate.scanner.scan("my name is Alba Sonnenberg", "acme")
        other = open_house(tmp_path / "h")  # another process, with the same key
        other.person.unlock().put(Fact(FactId("f-1"), CategoryId("pd:Name")), "Alba Sonnenberg")
        other.shut()
        await runner.tick()
        assert house.gate.scanner.scan("my name is Alba Sonnenberg", "acme")
    finally:
        await house.close()


@pytest.mark.timeout(180)
async def test_the_runner_outlives_its_terminal_and_ends_when_asked(tmp_path: Path) -> None:
    home = make_home(tmp_path, phone_need(), {})
    code = "from tui.cli import main; main()"
    child = pexpect.spawn(
        sys.executable, ["-c", code, "--home", str(home), "run"], cwd=str(ROOT), env=environment(), timeout=60
    )
    lock = home / "runner.lock"
    await until(lambda: lock.exists() and lock.read_text().strip() == str(child.pid), 60)
    await until(lambda: _status(home) == "alive", 30)
    os.kill(child.pid, signal.SIGHUP)
    os.close(child.child_fd)
    child.closed = True
    Deciding(home).look_now()
    reads = Reading(home)
    await until(lambda: reads.digest().made_at, 30)
    reads.close()
    os.kill(child.pid, signal.SIGTERM)
    assert await asyncio.to_thread(os.waitpid, child.pid, 0) == (child.pid, 0)


def _status(home: Path) -> str:
    reads = Reading(home)
    try:
        return reads.status().runner
    finally:
        reads.close()


@pytest.mark.timeout(180)
async def test_after_a_crash_the_next_runner_goes_on_and_status_says_so(tmp_path: Path) -> None:
    home = make_home(tmp_path, phone_need(), {})
    with ending(start_runner(home)) as first:
        await until(lambda: _status(home) == "alive", 60)
        first.kill()
        await until(lambda: _status(home) == "none", 20)
    with ending(start_runner(home)) as second:
        await until(lambda: _status(home) == "alive", 60)
        shown = await asyncio.to_thread(gegenbot, "--home", str(home), "status", "--json")
        assert f'"runner_pid": {second.pid}' in shown.stdout


@pytest.mark.timeout(180)
async def test_an_updated_program_takes_over_from_the_runner_that_lives(tmp_path: Path) -> None:
    """What an installer does: the record of the installed version is another one."""
    home, site = make_home(tmp_path, phone_need(), {}), tmp_path / "site"

    def install(version: str) -> None:
        folder = site / "gegenbot-0.dist-info"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gegenbot\nVersion: {version}\n")

    install("0.1.0")
    log = tmp_path / "log"
    command = [sys.executable, "-m", "agent.runtime.runner", "--home", str(home)]
    environ = environment() | {"PYTHONPATH": f"{site}:{ROOT}"}
    with log.open("wb") as out, ending(subprocess.Popen(command, cwd=ROOT, env=environ, stderr=out)) as runner:
        await until(lambda: _status(home) == "alive", 60)
        await until(lambda: _has_jobs(home), 60)
        install("9.0.0")
        await until(lambda: "updated from 0.1.0 to 9.0.0" in log.read_text(), 30)
        await until(lambda: _status(home) == "none", 30)
        await until(lambda: _status(home) == "alive", 60)
        assert (home / "runner.lock").read_text().strip() == str(runner.pid)
        assert log.read_text().count("updated from") == 1


def _has_jobs(home: Path) -> bool:
    """The first tick has ended: the loop runs."""
    reads = Reading(home)
    try:
        return bool(reads.status().jobs)
    finally:
        reads.close()


async def test_a_folder_in_a_newer_format_ends_the_old_runner(tmp_path: Path) -> None:
    house = open_house(tmp_path / "h", [])
    try:
        update = Update(house.ledger.ahead, lambda: "0.1.0")
        assert not update.look()
        other = sqlite3.connect(tmp_path / "h" / FILE)  # the new program, in another process
        other.execute("PRAGMA user_version=999")
        other.close()
        done = asyncio.Event()
        await asyncio.wait_for(update.watch(done), 20)
        assert done.is_set() and update.found
    finally:
        await house.close()


def test_an_installer_at_work_is_waited_for() -> None:
    seen = iter(["0.1.0", "", "0.2.0"])
    update = Update(lambda: False, lambda: next(seen))
    assert [update.look(), update.look()] == [False, True]


def test_a_need_stated_by_hand_waits_for_the_background(tmp_path: Path) -> None:
    home = make_home(tmp_path, None, {})
    add_need(home, text="phone plan, 20 GB or more")
    done = gegenbot("--home", str(home), "background", "status", "--json")
    assert done.returncode == 0 and '"running": false' in done.stdout

"""`stop` halts everything outgoing in under a second, also with a full disk, and nothing is lost by it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import time
from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.kernel.errors import Halted, LedgerUnwritable
from agent.kernel.ledger import FILE, Ledger, connect, verify
from agent.reading import Reading
from agent.runtime.runner import Runner
from agent.views import FacadeError
from negotiators.adapter import ClearedMove, ClearedProbe, Delivery, EndpointCard
from tests.requirements import requirement
from tests.support.house import Company, FakeAdapter, FakeSession, leaves, living, phone_need, seller
from tests.support.process import ending, make_home, start_runner, until
from tests.support.shop import Shop, opened

FIFTY = 50


class Hanging(FakeSession):
    """Takes the message and never answers."""

    async def send(self, cleared: ClearedMove) -> Delivery:
        self.company.heard.append(cleared)
        await asyncio.Event().wait()
        raise AssertionError


class HangingAdapter(FakeAdapter):
    """`at` says where a request hangs: at the card, at a message, at listening."""

    at = "send"
    hanging = 0

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        if self.at == "discover":
            type(self).hanging += 1
            await asyncio.Event().wait()
        return await FakeAdapter.discover(self, probe)

    async def open(self, card, negotiation, category, resume=""):
        made = Hanging if self.at == "send" else FakeSession
        return self.sessions.setdefault(negotiation, made(self.companies[card.url]))


@requirement("stop:under-a-second", "stop:resume-goes-on")
@pytest.mark.parametrize("at", ["discover", "send"])
async def test_fifty_hanging_conversations_end_in_under_a_second_and_go_on_after_resume(
    tmp_path: Path, at: str
) -> None:
    companies = [Company(f"c{number:02}", leaves) for number in range(FIFTY)]
    channel = HangingAdapter({f"https://{company.name}.example": company for company in companies})
    channel.at, HangingAdapter.hanging = at, 0
    async with living(tmp_path / "h", companies, adapter=channel) as house:
        house.state_need(phone_need())
        tick = asyncio.ensure_future(Runner(house).tick())

        def under_way() -> bool:
            busy = HangingAdapter.hanging if at == "discover" else sum(bool(company.heard) for company in companies)
            return busy == FIFTY or tick.done()

        await until(under_way)
        assert not tick.done()
        began = time.monotonic()
        Deciding(house.home.root).stop()
        house.gate.halt()  # what the runner does on the signal
        await tick
        assert time.monotonic() - began < 1.0
        heard = sum(len(company.heard) for company in companies)
        await Runner(house).tick()
        assert sum(len(company.heard) for company in companies) == heard
        with pytest.raises(Halted):
            house.gate.check_running()
        Deciding(house.home.root).resume()
        channel.at = "answers"
        channel.sessions.clear()
        await Runner(house).tick()
        acts = [[type(one.move).__name__ for one in {o.message_id: o for o in c.heard}.values()] for c in companies]
        assert all(one.count("Ask") == 1 for one in acts), "a resumed talk asked again under another id"
        states = {row["state"] for row in house.ledger.rows("SELECT state FROM negotiations")}
        assert states == {"declined"}
        assert verify(house.ledger.conn)[1] is None


@requirement("stop:under-a-second")
@pytest.mark.timeout(240)
async def test_stop_reaches_a_runner_process_whose_peers_hang(tmp_path: Path) -> None:
    shops = [Shop(f"s{number}", Decimal(18), Decimal(12), hang=True) for number in range(8)]
    async with AsyncExitStack() as stack:
        for shop in shops:
            await stack.enter_async_context(opened(shop))
        home = make_home(tmp_path, phone_need(), {shop.name: shop.url for shop in shops}, patience=100)
        with ending(start_runner(home)) as process:
            served = [stack for stack in shops if stack.url]
            assert served
            await until(lambda: Reading(home).status().runner == "alive", 60)
            conn = connect(home / FILE, readonly=True)
            await asyncio.to_thread(_wait_for_connections, process.pid, 8)
            began = time.monotonic()
            Deciding(home).stop()
            await asyncio.to_thread(_wait_for_connections, process.pid, 0, 1.0)
            assert time.monotonic() - began < 1.5  # a second, and the loaded machine's own delay in looking
            assert conn.execute("SELECT 1 FROM events WHERE type='Stopped'").fetchone()
            assert Reading(home).status().stopped
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 30) is not None
            conn.close()


def _wait_for_connections(pid: int, wanted: int, seconds: float = 60) -> None:
    """Until the process has so many (or, for 0, no) established TCP connections."""
    ends = time.monotonic() + seconds
    while True:
        count = _established(pid)
        if (count >= wanted) if wanted else count == 0:
            return
        assert time.monotonic() < ends, f"{count} connections"
        time.sleep(0.01)


def _established(pid: int) -> int:
    inodes = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[3] == "01" and row[9] in inodes for row in rows)


@requirement("stop:full-disk")
async def test_stop_holds_although_the_record_of_it_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))]) as house:
        house.state_need(phone_need())

        def full(*_: object) -> None:
            raise LedgerUnwritable(path="ledger", why="database or disk is full")

        monkeypatch.setattr(Ledger, "append", full)
        Deciding(house.home.root).stop()
        monkeypatch.undo()
        await Runner(house).tick()
        assert house.ledger.row("SELECT 1 FROM outbox") is None
        assert Reading(house.home.root).status().stopped


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to mount a small tmpfs")
@requirement("stop:full-disk", "durable:full-disk-loses-nothing")
def test_stop_works_on_a_disk_without_a_free_byte(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=2m,mode=700 tmpfs {disk} 2>/dev/null") != 0:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        home = disk / "home"
        home.mkdir(mode=0o700)
        Ledger(home).close()
        with (disk / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(b"x" * 4096)
            except OSError:
                pass
        began = time.monotonic()
        Deciding(home).stop()
        assert time.monotonic() - began < 1.0
        assert (home / "STOP").exists()
        (disk / "filler").unlink()
        Deciding(home).resume()
        conn = connect(home / FILE)
        assert verify(conn)[1] is None and not (home / "STOP").exists()
        conn.close()
    finally:
        os.system(f"umount -l {disk}")


@requirement("stop:full-disk")
def test_stop_on_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(FacadeError) as refused:
        Deciding(tmp_path / "nowhere").stop()
    assert refused.value.code == "no_home"


def test_the_record_of_a_stop_is_not_waited_for_when_the_ledger_is_busy(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    Ledger(home).close()
    other = sqlite3.connect(home / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    Deciding(home).stop()
    assert time.monotonic() - began < 1.0 and (home / "STOP").exists()
    other.execute("ROLLBACK")
    other.close()

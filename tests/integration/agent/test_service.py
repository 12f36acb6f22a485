"""The runner as a process of its own on the wall clock."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from agent.kernel.ledger import FILE, connect, verify
from agent.reading import Reading
from tests.requirements import requirement
from tests.support.house import phone_need
from tests.support.process import ending, gegenbot, make_home, start_runner, until
from tests.support.shop import Shop, opened


@requirement("attention:digest-without-a-screen", "durable:second-runner")
@pytest.mark.timeout(300)
async def test_a_digest_appears_at_its_hour_although_no_screen_is_open(tmp_path: Path) -> None:
    shop = Shop("acme", Decimal(16), Decimal(9))
    async with opened(shop):
        home = make_home(tmp_path, phone_need(), {"acme": shop.url})
        conn = connect(home / FILE, readonly=True)
        with ending(start_runner(home)) as process:
            await until(lambda: conn.execute("SELECT 1 FROM items").fetchone(), 90)
            second = await asyncio.to_thread(gegenbot, "--home", str(home), "run")
            assert second.returncode == 2 and str(process.pid) in second.stderr, second
            assert len(second.stderr.strip().splitlines()) <= 2 and "Traceback" not in second.stderr
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 60) == 0
        assert conn.execute("SELECT 1 FROM digests").fetchone() is None
        soon = (datetime.now(UTC) + timedelta(seconds=12)).replace(microsecond=0)
        config = (home / "config.toml").read_text().replace("04:00", f"{soon:%H:%M:%S}")
        (home / "config.toml").write_text(config)
        with ending(start_runner(home)) as process:
            await until(lambda: conn.execute("SELECT 1 FROM digests").fetchone(), 90)
            made = datetime.fromisoformat(conn.execute("SELECT at FROM digests").fetchone()[0])
            assert made >= soon
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, 60) == 0
        digest = Reading(home).digest()
        assert [item.provider for item in digest.items] == ["Acme"]
        jobs = {job.id: job for job in Reading(home).status().jobs}
        assert jobs["digest"].last_run and jobs["digest"].next_run
        assert verify(conn)[1] is None
        conn.close()

"""What is due when: derived from ledger and configuration, across summer time, once for every missed alarm."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from agent.kernel.ledger import Ledger
from agent.runtime.config import Config, Digest, Memory
from agent.runtime.runner import Runner
from agent.runtime.schedule import Alarms, Job, next_digest, planned_jobs
from tests.requirements import requirement
from tests.support.house import Company, SimClock, living, phone_need, seller


def config(*hours: str, zone: str = "Europe/Berlin") -> Config:
    return Config(zone=zone, digest=Digest(hours=list(hours)), memory=Memory(embedder="ngram"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "hours", "due"),
    [
        ("2026-11-22T10:00+00:00", ("18:00",), "2026-11-22T17:00+00:00"),
        ("2026-11-22T17:00+00:00", ("18:00",), "2026-11-23T17:00+00:00"),
        ("2026-07-01T10:00+00:00", ("18:00",), "2026-07-01T16:00+00:00"),
        ("2026-11-22T06:00+00:00", ("18:00", "07:30"), "2026-11-22T06:30+00:00"),
        ("2026-03-28T18:00+00:00", ("18:00",), "2026-03-29T16:00+00:00"),  # summer time begins in between
        ("2026-10-24T17:00+00:00", ("18:00",), "2026-10-25T17:00+00:00"),  # and ends
        ("2026-03-28T23:00+00:00", ("02:30",), "2026-03-29T01:30+00:00"),  # 02:30 does not exist that night
        ("2026-10-24T23:00+00:00", ("02:30",), "2026-10-25T00:30+00:00"),  # 02:30 comes twice: the first counts
        ("2026-10-25T00:45+00:00", ("02:30",), "2026-10-26T01:30+00:00"),  # and only the first
    ],
)
def test_digest_hours_are_meant_in_the_persons_zone(now: str, hours: tuple[str, ...], due: str) -> None:
    assert next_digest(config(*hours), at(now)) == at(due)


@requirement("attention:missed-digest-is-made-up-once")
async def test_digests_missed_while_nothing_ran_are_made_up_for_by_one(tmp_path: Path) -> None:
    clock = SimClock(at("2026-11-20T10:00+00:00"))
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))], clock=clock) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        assert house.ledger.row("SELECT 1 FROM digests") is None
        clock.advance(timedelta(days=3, hours=1))
        for _ in range(3):
            await Runner(house).tick()
        assert house.ledger.row("SELECT COUNT(*) AS n FROM digests")["n"] == 1


def kinds(ledger: Ledger, settings: Config, now: datetime) -> set[str]:
    return {job.kind for job in planned_jobs(ledger, settings, now)}


async def test_jobs_follow_from_what_is_true_and_go_when_it_is_not_any_more(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))]) as house:
        now = house.clock.now()
        assert kinds(house.ledger, house.config, now) == {"digest"}
        house.state_need(phone_need())
        assert kinds(house.ledger, house.config, now) == {"digest", "window_end"}
        await Runner(house).tick()
        assert kinds(house.ledger, house.config, now) == {"digest", "item_expiry"}
        rows = {row["id"]: row["next_run"] for row in house.ledger.rows("SELECT id, next_run FROM jobs")}
        assert rows["digest"]


async def test_a_need_nobody_answered_does_not_ring_for_ever(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("mute", lambda company, cleared: [])]) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        house.clock.advance(timedelta(days=30))
        for _ in range(3):
            await Runner(house).tick()
        events = len(house.ledger.events())
        for _ in range(3):
            await Runner(house).tick()
        assert len(house.ledger.events()) == events
        rung = set()
        alarms = Alarms(lambda: None)  # type: ignore[arg-type, return-value]
        alarms._scheduler.add_job = lambda *_, id, **__: rung.add(id)
        alarms.set(planned_jobs(house.ledger, house.config, house.clock.now()), house.clock.now())
        due = {
            job.id
            for job in planned_jobs(house.ledger, house.config, house.clock.now())
            if job.due_at <= house.clock.now()
        }
        assert not rung & due


async def test_alarms_of_the_past_ring_once_and_replace_each_other() -> None:
    import asyncio

    rung, heard = [], asyncio.Event()

    async def ring() -> None:
        rung.append(1)
        heard.set()

    alarms = Alarms(ring)
    alarms.start()
    began = datetime.now(UTC) - timedelta(hours=2)
    past = began + timedelta(hours=1)
    jobs = [Job("digest", "digest", "", past), Job("old", "x", "", began - timedelta(days=1))]
    alarms.set(jobs, began)
    alarms.set(jobs, began)
    async with asyncio.timeout(20):
        await heard.wait()
    alarms.set([], began)
    assert alarms._scheduler.get_jobs() == [] and len(rung) <= 2
    alarms.stop()


def test_hours_of_a_config_may_carry_seconds() -> None:
    assert config("18:00:30").digest.hours == (time(18, 0, 30),)

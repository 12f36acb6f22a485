"""Slow companies keep neither a digest nor a decision waiting: talks stand back between two rounds and go on after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from agent.deciding import Deciding
from agent.runtime.pause import LONGEST
from agent.runtime.runner import Runner
from negotiators.adapter import ClearedMove
from negotiators.clock import SimClock
from negotiators.dialogue import Reply
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, seller

BEFORE_THE_DIGEST = datetime.fromisoformat("2026-11-22T16:59:00+00:00")


def slow(clock: SimClock, wait: timedelta):
    """A seller that needs its time for every answer."""
    sells = seller("18.00", "15.00", "0.30")

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        clock.advance(wait)
        return sells(company, cleared)

    return behave


@requirement("attention:slow-companies-keep-nothing-waiting")
async def test_a_digest_is_made_while_a_slow_company_is_still_talking(tmp_path: Path) -> None:
    clock = SimClock(BEFORE_THE_DIGEST)
    company = Company("acme", slow(clock, timedelta(minutes=1)))
    async with living(tmp_path / "h", [company], clock=clock) as house:
        house.state_need(phone_need())
        runner = Runner(house)
        due = await runner.tick()
        heard = len(company.heard)
        assert due <= clock.now() and clock.now() - BEFORE_THE_DIGEST <= LONGEST + timedelta(minutes=1)
        await runner.tick()
        (digest,) = house.ledger.rows("SELECT at FROM digests")
        assert datetime.fromisoformat(digest["at"]) - BEFORE_THE_DIGEST <= 3 * LONGEST
        assert house.ledger.row("SELECT 1 FROM negotiations WHERE state IN ('waiting_us','waiting_them')")
        for _ in range(9):
            await runner.tick()
        assert len(company.heard) > heard
        assert house.ledger.row("SELECT 1 FROM items WHERE state='waiting'")


@requirement("attention:slow-companies-keep-nothing-waiting")
async def test_a_decision_made_while_companies_talk_is_carried_out_before_they_end(tmp_path: Path) -> None:
    clock = SimClock(BEFORE_THE_DIGEST - timedelta(hours=5))
    sells, root = seller("18.00", "15.00", "0.30"), tmp_path / "h"

    def deciding(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        if len(company.heard) == 2:
            Deciding(root).look_now()
        return sells(company, cleared)

    company = Company("acme", deciding)
    async with living(root, [company], clock=clock) as house:
        house.state_need(phone_need())
        runner = Runner(house)
        assert await runner.tick() <= clock.now()
        assert len(company.heard) == 2
        assert house.ledger.row("SELECT 1 FROM digests")
        assert await runner.tick() > clock.now()
        assert len(company.heard) > 2


async def test_quick_companies_are_heard_to_the_end_in_one_tick(tmp_path: Path) -> None:
    company = Company("acme", seller("18.00", "15.00", "0.30"))
    async with living(tmp_path / "h", [company], clock=SimClock(BEFORE_THE_DIGEST - timedelta(hours=5))) as house:
        house.state_need(phone_need())
        due = await Runner(house).tick()
        assert due > house.clock.now() and house.ledger.row("SELECT 1 FROM items WHERE state='waiting'")

"""A settled need goes to the market again when its time has come, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.kernel.events import NeedClosed
from agent.needs.need import need_from_table
from agent.runtime.config import Config, Memory, Negotiation
from agent.runtime.runner import Runner
from agent.runtime.wiring import build
from memory.keys import ThrowawayKey
from negotiators.clock import SimClock


async def test_an_agreed_need_is_tendered_again_after_the_configured_days_and_only_once(tmp_path: Path) -> None:
    clock = SimClock(datetime(2026, 11, 22, 8, tzinfo=UTC))
    config = Config(negotiation=Negotiation(retender_days=30), memory=Memory(embedder="ngram"))
    house = build(tmp_path / "h", clock=clock, config=config, sources=[ThrowawayKey()])
    try:
        table = {"category": "gym", "text": "a gym near me", "issues": {"sauna": {"want": True, "hard": True}}}
        need = house.state_need(need_from_table(table, house.categories, "need-1", "test"))
        house.ledger.append(clock.now(), [NeedClosed(need.id, "agreed")])
        runner = Runner(house)
        await runner.tick()
        assert [row["id"] for row in house.ledger.rows("SELECT id FROM needs")] == ["need-1"]
        planned = {row["kind"]: row["next_run"] for row in house.ledger.rows("SELECT * FROM jobs")}
        assert planned["retender"] is not None

        clock.advance(timedelta(days=32))
        await runner.tick()
        await runner.tick()
        again = house.ledger.rows("SELECT id, issues, state FROM needs WHERE id<>'need-1'")
        assert len(again) == 1
        assert again[0]["id"].startswith("need-1~")
        assert '"sauna"' in again[0]["issues"]
    finally:
        await house.close()

"""In the demo the days pass only when nothing waits for the person any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from agent.kernel.events import ItemMade
from agent.kernel.ledger import Ledger
from agent.runtime.demo import everything_decided

AT = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def test_the_days_pass_when_the_move_is_agreed_and_every_other_card_is_decided(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    try:
        for name, ref in (("i1", "move"), ("i2", "phone"), ("i3", "flat")):
            ledger.append(AT, [ItemMade(name, "need", ref, [], "h", [], None, None, "EUR", None, [])])

        def decide(item: str, state: str) -> bool:
            ledger.conn.execute("UPDATE items SET state=? WHERE id=?", (state, item))
            return everything_decided(ledger)

        assert not everything_decided(ledger)
        assert not decide("i1", "agreed"), "two cards wait"
        assert not decide("i2", "rejected"), "one card waits"
        assert decide("i3", "later")
        assert not decide("i3", "approved"), "a yes is on its way"
        assert decide("i3", "agreed")
        assert not decide("i1", "undone"), "without the move nothing happens in ten days"
    finally:
        ledger.close()

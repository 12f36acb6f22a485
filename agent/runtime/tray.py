"""The tray of talks by hand: the person's word as it stands on the ledger."""

from __future__ import annotations

from agent.kernel.ledger import Ledger
from negotiators.channels.byhand import BroughtText


class LedgerTray:
    """See `negotiators.channels.byhand.Tray`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def carried(self, message_id: str) -> bool:
        row = self._ledger.row("SELECT 1 FROM outbox WHERE message_id=? AND state='delivered'", (message_id,))
        return row is not None

    def brought(self, negotiation: str) -> list[BroughtText]:
        rows = self._ledger.rows(
            "SELECT message_id, body FROM brought WHERE negotiation=? ORDER BY rowid", (negotiation,)
        )
        texts = ((row["message_id"], self._ledger.body(row["body"])) for row in rows)
        return [BroughtText(message_id, text) for message_id, text in texts if text is not None]

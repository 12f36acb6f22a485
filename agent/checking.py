"""The facade's check of the record: chain, tables beside it, signatures."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from agent.kernel.chain import verify
from agent.kernel.rebuild import differing
from agent.runtime.sealing import head_check
from agent.views import FacadeError, LedgerCheck


def ledger_check(conn: sqlite3.Connection, home: Path, head: Path | None) -> LedgerCheck:
    """See `Reading.ledger_check`."""
    events, broken = verify(conn)
    if broken is not None:  # what is signed on a chain that does not hold says nothing
        return LedgerCheck(events, False, broken)
    rows = differing(conn)
    try:
        signed = head_check(home, head)
    except (ValueError, OSError) as err:
        raise FacadeError("not_a_head", path=str(head)) from err
    return LedgerCheck(events, not rows and not signed.problem, None, rows, signed.seq, signed.at, signed.problem)

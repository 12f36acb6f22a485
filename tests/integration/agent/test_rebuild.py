"""The tables beside the chain: a change of any cell is found, and written anew from the events."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from agent.kernel.chain import FILE, verify
from agent.kernel.errors import LedgerBroken
from agent.kernel.ledger import Ledger
from agent.kernel.rebuild import differences, differing, implied
from agent.reading import Reading
from agent.runtime.doctor import examine
from tests.integration.agent.test_formats import written
from tests.requirements import requirement
from tui.cli import main

KEPT_HERE = {("outbox", "attempts"), ("jobs", "ref"), ("jobs", "next_run")}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with talks, an item, a digest and jobs in it."""
    written(tmp_path / "home", FILE, "ledger", 1)
    Ledger(tmp_path / "home").close()
    return tmp_path / "home"


def cells(conn: sqlite3.Connection) -> list[tuple[str, str, int]]:
    found = []
    for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
        if table in ("events", "bodies", "meta"):
            continue
        columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})") if (table, row[1]) not in KEPT_HERE]
        ran = "WHERE last_run IS NOT NULL" if table == "jobs" else ""  # the others are the alarm clock's own plan
        rows = [row[0] for row in conn.execute(f"SELECT rowid FROM {table} {ran}")]
        found += [(table, column, row) for column in columns for row in rows]
    return found


def changed(value: object) -> object:
    match value:
        case None:
            return "x"
        case int() | float():
            return value + 64
        case _:
            text = str(value)
            return chr(ord(text[0]) ^ 1) + text[1:] if text else "x"


@requirement("why:tampering-is-found")
def test_a_change_of_any_cell_beside_the_chain_is_found(home: Path) -> None:
    ledger = Ledger(home)
    fresh = implied(ledger.conn)
    missed = []
    try:
        tried = cells(ledger.conn)
        for table, column, row in tried:
            ledger.conn.execute("SAVEPOINT flip")
            before = ledger.conn.execute(f"SELECT {column} FROM {table} WHERE rowid=?", (row,)).fetchone()[0]
            try:
                ledger.conn.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", (changed(before), row))
                found = any(differences(ledger.conn, fresh))
            except sqlite3.IntegrityError:
                found = True
            finally:
                ledger.conn.execute("ROLLBACK TO flip")
                ledger.conn.execute("RELEASE flip")
            if not found:
                missed.append((table, column, row))
        assert missed == []
        assert {"needs", "providers", "negotiations", "turns", "items", "digests"} <= {table for table, _, _ in tried}
        assert differing(ledger.conn) == ()
    finally:
        fresh.close()
        ledger.close()


@requirement("why:tampering-is-found")
def test_what_differs_is_said_and_written_anew_but_what_only_this_machine_knows_is_kept(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(home / FILE) as conn:
        conn.execute("UPDATE outbox SET attempts=7")
        before = conn.execute("SELECT * FROM turns ORDER BY seq").fetchall()
        conn.execute("UPDATE turns SET total='1.00' WHERE seq=(SELECT MIN(seq) FROM turns)")
        conn.execute("DELETE FROM digests")
        conn.execute("INSERT INTO providers VALUES('p-x','Stranger','trusted','[]')")
    for verb, code in (("verify", 1), ("rebuild", 0), ("verify", 0)):
        with pytest.raises(SystemExit) as left:
            main(["--home", str(home), "ledger", verb])
        assert int(left.value.code or 0) == code
        said = capsys.readouterr().out
        if code:
            assert "providers p-x" in said
            assert any(found["check"] == "ledger" and found["state"] == "bad" for found in examine(home))
    with sqlite3.connect(home / FILE) as conn:
        assert conn.execute("SELECT * FROM turns ORDER BY seq").fetchall() == before
        assert conn.execute("SELECT COUNT(*) FROM digests").fetchone()[0] > 0
        assert {row[0] for row in conn.execute("SELECT attempts FROM outbox")} == {7}


@requirement("why:tampering-is-found")
def test_nothing_is_built_on_a_chain_that_does_not_hold(home: Path) -> None:
    ledger = Ledger(home)
    try:
        ledger.conn.execute("UPDATE events SET payload=replace(payload, 'Acme', 'Bcme')")
        assert verify(ledger.conn)[1] is not None
        with pytest.raises(LedgerBroken):
            ledger.rebuild()
    finally:
        ledger.close()


def test_a_newer_program_reads_the_events_anew(tmp_path: Path) -> None:
    written(tmp_path / "home", FILE, "ledger", 1)
    with sqlite3.connect(tmp_path / "home" / FILE) as conn:
        conn.execute("UPDATE negotiations SET rounds=rounds+1")
    reads = Reading(tmp_path / "home")
    try:
        assert reads.ledger_check().verified
    finally:
        reads.close()

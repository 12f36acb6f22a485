"""The ledger: one chain, every byte of it checked, all or nothing, forgettable bodies."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.kernel.chain import connect
from agent.kernel.errors import LedgerBroken, LedgerConflict, LedgerTooNew, LedgerUnsafe, LedgerUnwritable
from agent.kernel.events import Forgotten, IncidentNoted, MoveChosen, NeedStated, Received
from agent.kernel.ledger import FILE, Draft, Ledger, verify
from tests.requirements import requirement

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def note(code: str = "x") -> IncidentNoted:
    return IncidentNoted(code, {"a": "1"}, ["talk:n"], "acme")


def chosen(body: str | None) -> MoveChosen:
    return MoveChosen("n-1", 1, "propose", "curve", {"target": "0.9"}, body)


@pytest.fixture
def ledger(tmp_path: Path):
    made = Ledger(tmp_path)
    made.append(NOW, [note(), Draft(chosen("choice:1"), "the inputs"), note("y")])
    made.append(NOW, [Draft(chosen("choice:2"), "more inputs")])
    yield made
    made.close()


def test_what_was_appended_is_read_back_in_order_and_verifies(ledger: Ledger) -> None:
    assert [event.type for event in ledger.events()] == ["IncidentNoted", "MoveChosen", "IncidentNoted", "MoveChosen"]
    assert ledger.body("choice:1") == "the inputs"
    assert verify(ledger.conn) == (4, None)


def cells(path: Path) -> list[tuple[str, str, int]]:
    """Every column of every row of the chain and the bodies."""
    with sqlite3.connect(path) as conn:
        found = []
        for table in ("events", "bodies"):
            columns = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
            rows = [row[0] for row in conn.execute(f"SELECT rowid FROM {table}")]
            found += [(table, column, row) for column in columns for row in rows]
    return found


def flipped(value: object) -> object:
    """The value with one bit of one byte changed; an absent value becomes a present one."""
    match value:
        case None:
            return "x"
        case int():
            return value ^ 64
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case _:
            text = str(value)
            return text[:-1] + chr(ord(text[-1]) ^ 1)


@requirement("why:tampering-is-found")
def test_verify_finds_one_flipped_byte_in_any_column_of_chain_and_bodies(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / FILE
    missed = []
    for table, column, row in cells(path):
        ledger.conn.execute("SAVEPOINT flip")
        before = ledger.conn.execute(f"SELECT {column} FROM {table} WHERE rowid=?", (row,)).fetchone()[0]
        try:
            ledger.conn.execute(f"UPDATE {table} SET {column}=? WHERE rowid=?", (flipped(before), row))
            found = verify(ledger.conn)[1] is not None
        except (LedgerBroken, sqlite3.IntegrityError):
            found = True
        finally:
            ledger.conn.execute("ROLLBACK TO flip")
            ledger.conn.execute("RELEASE flip")
        if not found:
            missed.append((table, column, row))
    assert missed == []
    assert verify(ledger.conn) == (4, None)


@requirement("why:tampering-is-found")
@pytest.mark.parametrize("statement", ["DELETE FROM events WHERE seq=2", "DELETE FROM bodies WHERE id='choice:1'"])
def test_a_removed_event_or_body_is_found(ledger: Ledger, statement: str) -> None:
    ledger.conn.execute(statement)
    assert verify(ledger.conn)[1] is not None


def test_a_file_that_is_damaged_as_a_file_is_said_to_be_broken(tmp_path: Path, ledger: Ledger) -> None:
    for number in range(200):
        ledger.append(NOW, [note(f"code-{number}")])
    ledger.checkpoint()
    ledger.close()
    raw = bytearray((tmp_path / FILE).read_bytes())
    raw[4096:] = b"\x7f" * (len(raw) - 4096)
    (tmp_path / FILE).write_bytes(raw)
    with pytest.raises((LedgerBroken, LedgerUnwritable)):
        opened = Ledger(tmp_path)
        verify(opened.conn)


@requirement("forget:chain-still-verifies")
def test_a_forgotten_body_is_gone_and_the_chain_still_verifies(tmp_path: Path, ledger: Ledger) -> None:
    assert ledger.forget_bodies(NOW, Forgotten("fact:x", ["choice:1"]))
    assert ledger.body("choice:1") is None and ledger.body("choice:2") == "more inputs"
    assert verify(ledger.conn) == (5, None)
    ledger.close()
    assert all(b"the inputs" not in path.read_bytes() for path in tmp_path.iterdir())


@requirement("durable:all-or-nothing")
def test_a_refused_event_takes_its_whole_batch_back(ledger: Ledger) -> None:
    received = Received("n-1", 1, "m-1", [], "answered", [])
    ledger.append(NOW, [received])
    with pytest.raises(LedgerConflict):
        ledger.append(NOW, [note("before"), Draft(chosen("choice:3"), "lost"), received])
    assert verify(ledger.conn) == (5, None)
    assert ledger.body("choice:3") is None
    assert ledger.row("SELECT 1 FROM incidents WHERE code='before'") is None


def test_an_old_file_is_migrated_and_a_newer_one_is_refused(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as conn:
        conn.execute("PRAGMA user_version=999")
    with pytest.raises(LedgerTooNew) as refused:
        Ledger(tmp_path)
    assert refused.value.params["version"] == "999"
    other = tmp_path / "older"
    other.mkdir()
    sqlite3.connect(other / FILE).close()
    (other / FILE).chmod(0o600)
    Ledger(other).append(NOW, [note()])
    with sqlite3.connect(other / FILE) as conn:
        assert conn.execute("PRAGMA user_version").fetchone()[0] >= 1


def test_the_file_is_readable_by_its_owner_only(tmp_path: Path, ledger: Ledger) -> None:
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o600"}


@pytest.mark.parametrize("how", ["open to others", "a link"])
@pytest.mark.parametrize("readonly", [False, True])
def test_a_file_that_is_not_ours_alone_is_refused(tmp_path: Path, ledger: Ledger, how: str, readonly: bool) -> None:
    ledger.close()
    path = tmp_path / FILE
    if how == "a link":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.chmod(0o640)
    with pytest.raises(LedgerUnsafe):
        connect(path, readonly=readonly)


def test_something_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database at all, just words" * 40)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(LedgerUnwritable):
        Ledger(tmp_path)


AS_NOBODY = """
import os, sys
from pathlib import Path
from agent.kernel.errors import LedgerUnwritable
from agent.kernel.ledger import Ledger
home = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    Ledger(home)
except LedgerUnwritable as err:
    print(err.code, err.params["path"])
"""


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    for parent in list(tmp_path.parents)[:3]:
        if parent.stat().st_uid == os.geteuid() and parent != Path("/tmp"):
            parent.chmod(0o755)
    tmp_path.chmod(0o755)
    root = Path(__file__).parents[3]
    told = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, str(home)], cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.stdout.split() == ["ledger_unwritable", str(home / FILE)], told.stderr


@requirement("durable:full-disk-loses-nothing")
def test_a_full_disk_is_one_clear_error_and_what_was_recorded_stays(ledger: Ledger) -> None:
    pages = ledger.conn.execute("PRAGMA page_count").fetchone()[0]
    ledger.conn.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LedgerUnwritable):
        for number in range(2000):
            ledger.append(NOW, [Draft(chosen(f"big:{number}"), "x" * 4000)])
    ledger.conn.execute("PRAGMA max_page_count=100000")
    count, broken = verify(ledger.conn)
    assert broken is None and count >= 4
    ledger.append(NOW, [note("after")])
    assert verify(ledger.conn) == (count + 1, None)


def test_two_processes_may_append_in_turn(tmp_path: Path, ledger: Ledger) -> None:
    other = Ledger(tmp_path)
    for number in range(10):
        (ledger, other)[number % 2].append(NOW, [note(f"turn-{number}")])
    assert verify(other.conn) == (14, None)
    other.close()


def test_a_need_states_its_text_in_a_body_only(tmp_path: Path, ledger: Ledger) -> None:
    need = NeedStated("n", "mobile_plan", {}, {}, NOW.isoformat(), body="need:n")
    ledger.append(NOW, [Draft(need, "words of the person")])
    row = ledger.row("SELECT payload FROM events WHERE type='NeedStated'")
    assert row is not None and "words" not in row["payload"]

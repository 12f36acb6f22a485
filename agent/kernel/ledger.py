"""The ledger: an append-only chain of events in SQLite, with projections and bodies in one transaction.

Each event's hash is sha256 over the previous hash and the canonical record, so that one flipped byte breaks the
chain (`verify`). Bodies (texts, payloads, decision inputs) lie beside it; the chain covers sha256(salt + body),
and forgetting deletes body and salt while the chain still verifies. `synchronous=FULL`: what was recorded before
an effect is on disk before the effect.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.kernel.chain import FILE, GENESIS, canonical, connect, link_of, verify
from agent.kernel.errors import LedgerBroken, LedgerConflict, LedgerError, LedgerTooNew, LedgerUnwritable
from agent.kernel.events import Event, Forgotten, payload_of
from agent.kernel.projections import project
from agent.kernel.rebuild import implied, mend
from agent.kernel.schema import MIGRATIONS


@dataclass(frozen=True, slots=True)
class Draft:
    """An event about to be appended, with the text that belongs in its body, if any."""

    event: Event
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    seq: int
    at: str
    type: str
    payload: dict[str, Any]
    body: str | None
    hash: str


class Ledger:
    """Appends events and answers for their chain. One per process; safe to call from several threads."""

    def __init__(self, home: Path, *, patience: float = 10) -> None:
        """Open or create `home/ledger.sqlite3`. Raises `LedgerUnwritable`, `LedgerTooNew`."""
        self.path = home / FILE
        self._lock = threading.RLock()
        self.conn = connect(self.path, patience=patience)
        self._migrate()

    def _migrate(self) -> None:
        with self._transaction():
            version = self.conn.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise LedgerTooNew(path=str(self.path), version=str(version))
            for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
                for statement in filter(str.strip, script.split(";")):
                    self.conn.execute(statement)
                self.conn.execute(f"PRAGMA user_version={number}")
            if 0 < version < len(MIGRATIONS):  # a newer program may read more out of the same events
                self._mend()

    def ahead(self) -> bool:
        """Whether a newer program brought the file to a format we do not know, while we had it open."""
        return int(self.conn.execute("PRAGMA user_version").fetchone()[0]) > len(MIGRATIONS)

    def rebuild(self) -> int:
        """Write every row of the derived tables that is not as the events imply anew; returns how many there were.
        Raises `LedgerBroken` when the chain itself does not hold."""
        _, broken = verify(self.conn)
        if broken is not None:
            raise LedgerBroken(seq=str(broken), why="the chain does not hold")
        with self._transaction():
            return self._mend()

    def _mend(self) -> int:
        fresh = implied(self.conn)
        try:
            return mend(self.conn, fresh)
        finally:
            fresh.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            try:
                self.conn.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as err:
                raise LedgerUnwritable(path=str(self.path), why=str(err)) from err
            try:
                yield
                self.conn.execute("COMMIT")
            except sqlite3.IntegrityError as err:
                self._rollback()
                raise LedgerConflict(why=str(err)) from err
            except sqlite3.Error as err:
                self._rollback()
                raise LedgerUnwritable(path=str(self.path), why=str(err)) from err
            except BaseException:
                self._rollback()
                raise

    def _rollback(self) -> None:
        if self.conn.in_transaction:
            self.conn.execute("ROLLBACK")

    def append(self, at: datetime, drafts: Sequence[Draft | Event]) -> list[int]:
        """Append events in one transaction with their projections; all or none. Returns their sequence numbers.

        A draft's body is stored under the id in the event's `body` field. Raises `LedgerUnwritable`.
        """
        with self._transaction():
            return self._append_all(at, drafts)

    def _append_all(self, at: datetime, drafts: Sequence[Draft | Event]) -> list[int]:
        stamp = at.isoformat(timespec="milliseconds")
        row = self.conn.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        seq, prev = (row["seq"], row["hash"]) if row else (0, GENESIS)
        numbers = []
        for item in drafts:
            draft = item if isinstance(item, Draft) else Draft(item)
            seq += 1
            prev = self._append_one(seq, stamp, prev, draft)
            numbers.append(seq)
        return numbers

    def _append_one(self, seq: int, at: str, prev: str, draft: Draft) -> str:
        kind = type(draft.event).__name__
        fields = payload_of(draft.event)
        payload = canonical(fields)
        digest = None
        if draft.body is not None:
            digest = self._store_body(fields["body"], draft.body)
        link = link_of(prev, seq, at, kind, payload, digest)
        self.conn.execute(
            "INSERT INTO events VALUES(?,?,?,?,?,?,?,?)",
            (seq, at, kind, payload, fields.get("body"), digest, prev, link),
        )
        project(self.conn, seq, at, draft.event)
        return link

    def _store_body(self, body_id: str, text: str) -> str:
        salt, raw = secrets.token_bytes(16), text.encode()
        self.conn.execute("INSERT INTO bodies VALUES(?,?,?)", (body_id, salt, raw))
        return hashlib.sha256(salt + raw).hexdigest()

    def body(self, body_id: str | None) -> str | None:
        """The text of a body; `None` when there is none or it was forgotten."""
        if body_id is None:
            return None
        row = self.conn.execute("SELECT body FROM bodies WHERE id=?", (body_id,)).fetchone()
        return bytes(row["body"]).decode() if row else None

    def events(self, after: int = 0, kinds: Iterable[str] = ()) -> list[Recorded]:
        """Events after a sequence number, oldest first, optionally of some types only."""
        wanted = tuple(kinds)
        query = "SELECT * FROM events WHERE seq>?"
        if wanted:
            query += f" AND type IN ({','.join('?' * len(wanted))})"
        rows = self.conn.execute(query + " ORDER BY seq", (after, *wanted)).fetchall()
        return [_recorded(row) for row in rows]

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        """Rows of a projection."""
        with self._lock:
            return self.conn.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: Sequence[object] = ()) -> sqlite3.Row | None:
        found = self.rows(query, parameters)
        return found[0] if found else None

    def now(self, wall: datetime) -> datetime:
        """The time of this folder: `wall`, or the last event's in a demo's folder, whose time is simulated."""
        simulated = self.row("SELECT value FROM meta WHERE key='simulated'")
        last = self.row("SELECT at FROM events ORDER BY seq DESC LIMIT 1")
        if simulated is not None and simulated["value"] and last is not None:
            return datetime.fromisoformat(last["at"])
        return wall

    def set_meta(self, key: str, value: str) -> None:
        """A small fact about this folder that no promise rests on (embedder id, runner note)."""
        with self._transaction():
            self.conn.execute("INSERT OR REPLACE INTO meta VALUES(?,?)", (key, value))

    def plan_jobs(self, planned: Sequence[tuple[str, str, str, str | None]]) -> None:
        """Write the derived jobs `(id, kind, ref, next_run)`; jobs no longer planned keep their last run only."""
        with self._transaction():
            self.conn.execute("UPDATE jobs SET next_run=NULL")
            for job, kind, ref, due in planned:
                self.conn.execute(
                    "INSERT INTO jobs(id,kind,ref,next_run) VALUES(?,?,?,?) "
                    "ON CONFLICT(id) DO UPDATE SET next_run=excluded.next_run, ref=excluded.ref",
                    (job, kind, ref, due),
                )
            self.conn.execute("DELETE FROM jobs WHERE next_run IS NULL AND last_run IS NULL")

    def claim(self, message_id: str, *, again: bool = False) -> bool:
        """Count one attempt to send an outbox row. False when it is not waiting any more.

        `again` also claims one that was delivered: a resend under the same id whose answer was lost.
        """
        states = "'pending','unknown','sending'" + (",'delivered'" if again else "")
        with self._transaction():
            done = self.conn.execute(
                f"UPDATE outbox SET attempts=attempts+1, state='sending' WHERE message_id=? AND state IN ({states})",
                (message_id,),
            )
            return done.rowcount == 1

    def forget_bodies(self, at: datetime, event: Forgotten) -> bool:
        """Delete the event's bodies with their salts and record it, all or none; then clear the write-ahead log of
        them. False when another process still reads an older state of the file."""
        with self._transaction():
            self.conn.executemany("DELETE FROM bodies WHERE id=?", [(body,) for body in event.bodies])
            self._append_all(at, [event])
        return self.checkpoint()

    def checkpoint(self) -> bool:
        """Empty the write-ahead log into the file; False when a reader kept part of it."""
        with self._lock:
            busy = self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    def close(self) -> None:
        with self._lock:
            self.conn.close()


def _recorded(row: sqlite3.Row) -> Recorded:
    return Recorded(row["seq"], row["at"], row["type"], json.loads(row["payload"]), row["body"], row["hash"])


__all__ = ["Draft", "Ledger", "LedgerError", "Recorded", "canonical", "connect", "verify"]

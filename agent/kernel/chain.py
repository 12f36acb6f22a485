"""The ledger's file and its hash chain, standard library only: what read verbs need of it.

Each event's hash is sha256 over the previous hash and the canonical record, so that one flipped byte breaks the
chain. Bodies lie beside it; the chain covers sha256(salt + body).
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from agent.kernel.errors import LedgerBroken, LedgerUnsafe, LedgerUnwritable
from memory.errors import StoreUnavailableError, StoreUnsafeError
from memory.files import check_private

FILE = "ledger.sqlite3"
GENESIS = "0" * 64

Rows = Callable[[str, Sequence[object]], Sequence[sqlite3.Row]]
"""A query with its parameters, answered by a ledger or by a reader of its file."""


def canonical(record: object) -> str:
    """The one JSON text of a record: sorted keys, no spaces, ASCII."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def link_of(prev: str, seq: int, at: str, kind: str, payload: str, body_digest: str | None) -> str:
    return hashlib.sha256(canonical([prev, seq, at, kind, payload, body_digest]).encode()).hexdigest()


def connect(path: Path, *, readonly: bool = False, patience: float = 10) -> sqlite3.Connection:
    """Open the ledger's file. `patience` is how many seconds to wait for another writer. Raises `LedgerUnwritable`
    when the folder or file cannot be used, `LedgerUnsafe` when it is not ours alone."""
    try:
        if path.exists() or path.is_symlink():
            check_private(path)
        if readonly:
            address = f"{path.absolute().as_uri()}?mode=ro"
            conn = sqlite3.connect(address, uri=True, timeout=patience, check_same_thread=False)
        else:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            conn = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
            conn.execute("PRAGMA journal_mode=WAL")
            conn.execute("PRAGMA synchronous=FULL")
            conn.execute("PRAGMA secure_delete=ON")
        conn.execute("PRAGMA foreign_keys=ON")
    except StoreUnsafeError as err:
        raise LedgerUnsafe(path=str(path), why=str(err)) from err
    except (sqlite3.Error, OSError, StoreUnavailableError) as err:
        raise LedgerUnwritable(path=str(path), why=str(err)) from err
    conn.row_factory = sqlite3.Row
    return conn


def verify(conn: sqlite3.Connection) -> tuple[int, int | None]:
    """Check the whole chain and every body. Returns the number of events and the first broken sequence number, or
    `None`. A body may be missing only where a `Forgotten` event names it, and none may lie beside the chain."""
    prev, expected = GENESIS, 0
    missing: dict[str, int] = {}
    named: set[str] = set()
    try:
        rows = conn.execute("SELECT * FROM events ORDER BY seq")
        for row in rows:
            expected += 1
            link = link_of(prev, row["seq"], row["at"], row["type"], row["payload"], row["body_digest"])
            if row["seq"] != expected or row["prev"] != prev or row["hash"] != link:
                return expected, expected
            fields = json.loads(row["payload"])
            if row["body"] != fields.get("body"):
                return expected, expected
            if row["type"] == "Forgotten":
                missing = {body: seq for body, seq in missing.items() if body not in fields["bodies"]}
            if row["body_digest"] is not None:
                holds = _body_holds(conn, row["body"], row["body_digest"])
                if holds is False:
                    return expected, expected
                if holds is None:
                    missing[row["body"]] = expected
                named.add(row["body"])
            prev = link
        stray = [row["id"] for row in conn.execute("SELECT id FROM bodies") if row["id"] not in named]
    except (sqlite3.DatabaseError, UnicodeDecodeError, ValueError, TypeError) as err:
        raise LedgerBroken(seq=str(expected + 1), why=str(err)) from err
    if missing:
        return expected, min(missing.values())
    return expected, expected if stray else None


def _body_holds(conn: sqlite3.Connection, body_id: str, digest: str) -> bool | None:
    """Whether a body has its digest; `None` when it is not there."""
    row = conn.execute("SELECT salt, body FROM bodies WHERE id=?", (body_id,)).fetchone()
    if row is None:
        return None
    return hashlib.sha256(bytes(row["salt"]) + bytes(row["body"])).hexdigest() == digest

"""The derived tables against what the chain implies: every event applied again to empty tables in memory.

The chain's hashes cover events and bodies; screens and the runner read the tables beside them. `differences` finds
a row of theirs that the events do not imply, `mend` writes it anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from agent.kernel.errors import LedgerBroken
from agent.kernel.events import Event
from agent.kernel.projections import project
from agent.kernel.schema import MIGRATIONS

_KINDS = {kind.__name__: kind for kind in get_args(Event)}
_CHAIN = ("events", "bodies")
_LOCAL: Mapping[str, frozenset[str]] = {"outbox": frozenset({"attempts"}), "jobs": frozenset({"ref", "next_run"})}
"""Columns no event implies: how often a message was tried, and when the alarm clock rings next."""
_UNDER_WAY = "sending"
"""The state of a message between its claim and the event that says what came of it."""

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that the chain implies otherwise, not at all, or that is missing."""

    table: str
    key: Key


def implied(conn: sqlite3.Connection) -> sqlite3.Connection:
    """An own database in memory with every table as the events of `conn` imply it. Raises `LedgerBroken` with the
    number of an event that cannot be read or applied."""
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    fresh.row_factory = sqlite3.Row
    for script in MIGRATIONS:
        fresh.executescript(script)
    fresh.execute("BEGIN")
    for row in conn.execute("SELECT seq, at, type, payload FROM events ORDER BY seq"):
        try:
            project(fresh, row["seq"], row["at"], _KINDS[row["type"]](**json.loads(row["payload"])))
        except (KeyError, TypeError, ValueError, sqlite3.Error) as err:
            fresh.close()
            raise LedgerBroken(seq=str(row["seq"]), why=str(err)) from err
    fresh.execute("COMMIT")
    return fresh


def differences(conn: sqlite3.Connection, fresh: sqlite3.Connection) -> Iterator[Difference]:
    """Every row of `conn` that is another than in `fresh`, of `implied`; and every page the file itself misplaced."""
    for table, columns, keys in _tables(fresh):
        if not _has(conn, table):  # a folder of an older format gets the table with its next migration
            continue
        stored, wanted = (_rows(one, table, columns, keys) for one in (conn, fresh))
        for key in sorted(stored.keys() | wanted.keys(), key=repr):
            if not _same(table, stored.get(key), wanted.get(key)):
                yield Difference(table, key)
    for (line,) in conn.execute("PRAGMA integrity_check(20)"):
        if line != "ok":
            yield Difference("file", (line,))


def differing(conn: sqlite3.Connection) -> tuple[str, ...]:
    """`table key` of every row that is not as the events imply. Raises `LedgerBroken`."""
    fresh = implied(conn)
    try:
        return tuple(f"{one.table} {'/'.join(map(str, one.key))}" for one in differences(conn, fresh))
    except sqlite3.DatabaseError as err:
        raise LedgerBroken(seq="0", why=str(err)) from err
    finally:
        fresh.close()


def mend(conn: sqlite3.Connection, fresh: sqlite3.Connection) -> int:
    """Write each differing row as implied, in the caller's transaction; what no event implies is kept. Returns how
    many rows differed."""
    found = [one for one in differences(conn, fresh) if one.table != "file"]
    tables = {table: keys for table, _, keys in _tables(fresh)}
    for one in found:
        keys = tables[one.table]
        where = " AND ".join(f"{key} IS ?" for key in keys)
        kept = conn.execute(f"SELECT * FROM {one.table} WHERE {where}", one.key).fetchone()
        row = fresh.execute(f"SELECT * FROM {one.table} WHERE {where}", one.key).fetchone()
        conn.execute(f"DELETE FROM {one.table} WHERE {where}", one.key)
        if row is not None:
            local = _LOCAL.get(one.table, frozenset())
            values = [kept[name] if kept is not None and name in local else row[name] for name in row.keys()]  # noqa: SIM118
            conn.execute(f"INSERT INTO {one.table} VALUES({','.join('?' * len(values))})", values)
    conn.execute("REINDEX")
    return len(found)


def _tables(fresh: sqlite3.Connection) -> list[tuple[str, list[str], list[str]]]:
    """Each derived table with its compared columns and its key (all compared columns where it has none)."""
    found = []
    for (table,) in fresh.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name").fetchall():
        if table in _CHAIN:
            continue
        info = fresh.execute(f"PRAGMA table_info({table})").fetchall()
        columns = [row["name"] for row in info if row["name"] not in _LOCAL.get(table, ())]
        found.append((table, columns, [row["name"] for row in info if row["pk"]] or columns))
    return found


def _has(conn: sqlite3.Connection, table: str) -> bool:
    return conn.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (table,)).fetchone() is not None


def _rows(conn: sqlite3.Connection, table: str, columns: list[str], keys: list[str]) -> dict[Key, tuple[Any, ...]]:
    """The table's rows by key, with how many are alike; of the small facts only those that events write."""
    only = {"meta": "WHERE key='stopped'", "jobs": "WHERE last_run IS NOT NULL OR last_result IS NOT NULL"}.get(
        table, ""
    )
    found: dict[Key, tuple[Any, ...]] = {}
    for row in conn.execute(f"SELECT {','.join(columns)} FROM {table} {only}"):
        key = tuple(row[name] for name in keys)
        count = found[key][-1] + 1 if key in found else 1
        found[key] = (*(_value(cell) for cell in row), count)
    return found


def _value(cell: object) -> object:
    """A cell as it is compared: of a JSON object the order of its keys means nothing."""
    if isinstance(cell, str) and cell[:1] in ("{", "["):
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


def _same(table: str, stored: tuple[Any, ...] | None, wanted: tuple[Any, ...] | None) -> bool:
    if table != "outbox" or stored is None or wanted is None:
        return stored == wanted
    return all(mine in (theirs, _UNDER_WAY) for mine, theirs in zip(stored, wanted, strict=True))

"""Agreements on data (IEEE 7012, MyTerms): what was proffered, answered and ended. Part of the union in `events`."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

MYTERMS = """
CREATE TABLE myterms(
  negotiation TEXT PRIMARY KEY, provider TEXT NOT NULL, agreement TEXT NOT NULL, status TEXT NOT NULL,
  record TEXT NOT NULL, at TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class MyTermsMoved:
    """One step of the agreement of a talk. `status`: `proffered` by us; `accepted` by them, or by us where they offered
    an alternative; `taking` or `declining`, their alternative that our next message answers; `refused` by either side;
    `ended` by them or with their identity. `record` is the digest of what both sides keep."""

    negotiation: str
    provider: str
    agreement: str
    status: str
    by: str
    record: str


def project_myterms(conn: sqlite3.Connection, at: str, event: MyTermsMoved) -> None:
    """A talk has one agreement, where it stands now."""
    row = (event.negotiation, event.provider, event.agreement, event.status, event.record, at)
    conn.execute("INSERT OR REPLACE INTO myterms VALUES(?,?,?,?,?,?)", row)

"""The facade's look back: what prices were held out, and what agreed deals save. Standard library only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agent.kernel.chain import FILE, connect
from agent.views import FacadeError

Rows = tuple[Mapping[str, str], ...]


@contextmanager
def _ledger(home: Path) -> Iterator[sqlite3.Connection]:
    if not (home / FILE).exists():
        raise FacadeError("no_home", path=str(home))
    conn = connect(home / FILE, readonly=True)
    try:
        yield conn
    finally:
        conn.close()


def savings(home: Path) -> Rows:
    """Every agreed deal with what it saves in its first year, oldest first: `{at, category, provider, year1,
    currency}`; `year1` is empty where nothing is known to compare with."""
    with _ledger(home) as conn:
        rows = conn.execute(
            "SELECT i.made_at, i.saving, i.currency, i.legs FROM items i WHERE i.state IN ('agreed','partly') "
            "ORDER BY i.made_at, i.number"
        ).fetchall()
    found = []
    for row in rows:
        saved = json.loads(row["saving"]) if row["saving"] else None
        legs = json.loads(row["legs"])
        found.append(
            {
                "at": row["made_at"], "category": legs[0]["category"] if legs else "",
                "provider": ", ".join(leg["name"] for leg in legs), "currency": row["currency"],
                "year1": str(saved["year1"]) if saved and saved.get("year1") is not None else "",
            }
        )  # fmt: skip
    return tuple(found)


def prices(home: Path) -> Rows:
    """The lowest total each company held out in a talk, oldest first: `{at, category, provider, total, currency}`."""
    with _ledger(home) as conn:
        rows = conn.execute(
            "SELECT MIN(t.at) AS at, n.category, p.name, MIN(CAST(t.total AS REAL)) AS low, t.total, "
            "json_extract(d.mandate, '$.currency') AS currency FROM turns t JOIN negotiations n ON n.id=t.negotiation "
            "JOIN needs d ON d.id=n.need JOIN providers p ON p.id=n.provider "
            "WHERE t.party='them' AND t.total IS NOT NULL GROUP BY n.id ORDER BY at"
        ).fetchall()
    return tuple(
        {"at": row["at"], "category": row["category"], "provider": row["name"], "total": row["total"],
         "currency": row["currency"]}
        for row in rows
    )  # fmt: skip

"""Offers found in mails and files, in the digest: those worth a line are incidents, every other one is held back."""

from __future__ import annotations

from typing import Any

from agent.kernel.ledger import Ledger

FOUND_NOTES = frozenset({"found_saves", "found_fits", "price_differs"})
"""Notes that are told for each offer, not once for each company."""


def found_held_back(ledger: Ledger) -> list[dict[str, Any]]:
    """What was found since the last digest and is not told, with the reason."""
    last = ledger.row("SELECT MAX(at) AS at FROM digests")
    rows = ledger.rows(
        "SELECT * FROM found_offers WHERE at>? AND verdict NOT IN ('saves','fits') ORDER BY at, id",
        ((last["at"] or "") if last else "",),
    )
    return [
        {"ref": f"found:{row['id']}", "reason": row["verdict"],
         "params": {"provider": row["sender"], "total": row["price"], "currency": row["currency"],
                    **({"category": row["category"]} if row["category"] else {})}}
        for row in rows
    ]  # fmt: skip

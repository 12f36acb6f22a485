"""The doors of one company within one need: which are asked, and which of them bargains.

The most direct one bargains. Every other that answers at once is asked for its offer and no more, so that the same
thing at two prices is seen while it matters: the cheaper price is an offer like any other, and the difference a
finding with both messages as proof. What somebody has to carry is not asked beside a door that answers by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sqlite3 import Row
from typing import Any

from agent.kernel.ledger import Ledger
from agent.market.endpoints import answers_at_once
from negotiators.registry import names

_UNSURE = "state='failed' AND reason IN ('identity_changed','identity_look_alike','identity_unproven')"
_CHANNEL = "SELECT n.id, n.endpoint, e.channel FROM negotiations n JOIN endpoints e ON e.url=n.endpoint "


def directness(channel: str, url: str) -> tuple[int, str]:
    """The order in which a company's doors count: what answers by itself before what somebody has to carry."""
    known = names()
    return (known.index(channel) if channel in known else len(known)), url


def doors_to_ask(ledger: Ledger, need: str, doors: Sequence[Row]) -> list[Row]:
    """Of one company's doors those a need has still to ask; `doors` are rows with url and channel. None beside a talk
    the person moved: they chose the door."""
    ordered = sorted(doors, key=lambda row: directness(row["channel"], row["url"]))
    talks = ledger.rows(
        f"SELECT id, endpoint FROM negotiations WHERE need=? AND provider=? AND NOT ({_UNSURE})",
        (need, ordered[0]["id"]),
    )
    asked = {row["endpoint"] for row in talks}
    further = [
        row for row in ordered if row["url"] not in asked and answers_at_once(ledger, row["url"], row["channel"])
    ]
    if not talks:
        return [ordered[0], *(row for row in further if row is not ordered[0])]
    if further and any(_moved(ledger, row["id"]) for row in talks):
        return []
    return further


def _moved(ledger: Ledger, negotiation: str) -> bool:
    query = "SELECT 1 FROM events WHERE type='DoorChanged' AND json_extract(payload,'$.negotiation')=?"
    return ledger.row(query, (negotiation,)) is not None


def leads(ledger: Ledger, need: str, provider: str, negotiation: str) -> bool:
    """Whether this talk is the one that bargains: the company's most direct one in this need that has not failed."""
    rows = ledger.rows(f"{_CHANNEL} WHERE n.need=? AND n.provider=? AND n.state<>'failed'", (need, provider))
    first = min(rows, key=lambda row: directness(row["channel"], row["endpoint"]), default=None)
    return first is None or first["id"] == negotiation


def offered_once(held: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Held agreements with what one company offers alike at several doors told once, under the first; `doors` are the
    channels it stands at."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in held:
        alike = found.setdefault((one["provider"], one["hash"], one["standing"]), {**one, "doors": []})
        alike["doors"].append(one["channel"])
    return list(found.values())

"""Mail in the digest: notices of companies the person deals with wait until told, offers while they are worth it.

The rules are those of `agent.digest.stream`; what waits lies on the ledger.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from sqlite3 import Row
from typing import Any

from agent.kernel.ledger import Ledger
from agent.kernel.mailevents import WAITS_FOR_ROOM
from agent.kernel.names import name_at

SOON = timedelta(days=2)
"""What names a day this near is told before anything else."""

WAITED = timedelta(hours=20)
"""A notice that found no room in an earlier digest comes before what is new."""

_INTERRUPTED = (
    "SELECT substr(r.value, 6) AS mail FROM incidents i, json_each(i.refs) r WHERE i.code='interrupted' "
    "AND r.value LIKE 'mail:%'"
)

Line = dict[str, Any]


def mail_lines(ledger: Ledger, now: datetime, today: date) -> tuple[list[Line], list[Line], list[Line], list[Line]]:
    """What waits to be told, as lines: what can wait no longer, other notices, offers; and what is held back."""
    from agent.digest.channels import hosts_of, provider_at
    from agent.digest.stream import WAITS
    from agent.language.notices import NoticeKind

    order = list(NoticeKind)
    rows = ledger.rows("SELECT * FROM mails WHERE state='waiting' ORDER BY came, id")
    others = [row for row in rows if row["kind"] not in set(order)]
    notices = [row for row in rows if row not in others]
    notices.sort(key=lambda row: (_days_left(row, today), order.index(NoticeKind(row["kind"])), row["came"]))
    best = {need: _best([row for row in others if row["need"] == need]) for need in {row["need"] for row in others}}
    held = [
        _held(row, row["reason"]) for row in ledger.rows("SELECT * FROM mails WHERE state='held' ORDER BY came, id")
    ]
    hosts, agreed = hosts_of(ledger), _agreed(ledger)
    open_needs = {row["id"] for row in ledger.rows("SELECT id FROM needs WHERE state='open'")}
    kept = []
    for row in others:
        if row["kind"] == "offer" and row["need"] not in open_needs:
            held.append(_held(row, "no_need"))
        elif row["kind"] == "offer" and row["id"] != best[row["need"]]:
            held.append(_held(row, "below_other_offer"))
        elif row["kind"] == "offer" and (row["need"], provider_at(hosts, _domain(ledger, row)), row["total"]) in agreed:
            held.append(_held(row, "other_door"))
        elif now - datetime.fromisoformat(row["at"]) > WAITS:
            held.append(_held(row, "over_budget_of_attention"))
        else:
            kept.append(row)
    interrupt = {row["mail"] for row in ledger.rows(_INTERRUPTED)}
    first = [row for row in notices if row["id"] in interrupt or _presses(row, now, today)]
    first.sort(key=lambda row: row["id"] not in interrupt)
    rest = [row for row in notices if row not in first]
    return _lines(ledger, first), _lines(ledger, rest), _lines(ledger, kept), held


def _domain(ledger: Ledger, row: Row) -> str:
    sender = name_at(ledger.rows, row["sender"])
    return sender.text if sender is not None else ""


def _agreed(ledger: Ledger) -> set[tuple[str, str | None, str]]:
    """Need, company and total of every offer that a talk holds: by mail it is the same offer once more."""
    rows = ledger.rows("SELECT need, provider, held FROM negotiations WHERE state IN ('held','waiting_person')")
    found = ((row["need"], row["provider"], json.loads(row["held"] or "{}")) for row in rows)
    return {(need, name, f"{held['total']} {held['currency']}") for need, name, held in found if held.get("total")}


def no_room(lines: list[Line]) -> list[Line]:
    """Lines that were not told this time: a notice and an offer wait on."""
    return [{"ref": line["refs"][0], "reason": WAITS_FOR_ROOM, "params": dict(line["params"])} for line in lines]


def _days_left(row: Row, today: date) -> int:
    """Of what is further away than `SOON` the kind decides, not the day."""
    days = (date.fromisoformat(row["day"]) - today).days if row["day"] else 30
    return min(days, SOON.days + 1)


def _presses(row: Row, now: datetime, today: date) -> bool:
    soon = row["day"] is not None and date.fromisoformat(row["day"]) - today <= SOON
    return soon or now - datetime.fromisoformat(row["at"]) > WAITED


def _best(rows: list[Row]) -> str:
    """The offer worth most of those that wait for one need."""
    return str(max(rows, key=lambda row: (float(row["worth"]), row["id"]))["id"])


def _lines(ledger: Ledger, rows: list[Row]) -> list[Line]:
    return [
        {"id": f"mail:{row['id']}", "code": _code(row), "params": _params(ledger, row),
         "refs": [f"mail:{row['id']}", *_copies(ledger, row["id"])], "at": row["at"]}
        for row in rows
    ]  # fmt: skip


def _code(row: Row) -> str:
    return "mail_price_rise_by" if row["kind"] == "price_rise" and row["rise"] else f"mail_{row['kind']}"


def _copies(ledger: Ledger, mail: str) -> list[str]:
    return [f"mail:{row['id']}" for row in ledger.rows("SELECT id FROM mails WHERE repeats=? ORDER BY id", (mail,))]


def _params(ledger: Ledger, row: Row) -> dict[str, str]:
    need = ledger.row("SELECT category FROM needs WHERE id=?", (row["need"],))
    params = {"provider": row["sender"], "day": row["day"] or "", "rise": row["rise"] or "", "total": row["total"]}
    found = {name: value for name, value in params.items() if value}
    return {**found, "category": need["category"]} if need is not None else found


def _held(row: Row, reason: str) -> Line:
    return {"ref": f"mail:{row['id']}", "reason": reason, "params": {"provider": row["sender"]}}

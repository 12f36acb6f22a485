"""What a finished demo says of itself: the object of `gegenbot demo --json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.kernel.chain import verify
from agent.kernel.codec import terms_from
from agent.kernel.names import row_with_names, with_names
from negotiators.dialogue import Terms

if TYPE_CHECKING:
    from agent.runtime.wiring import House
    from negotiators.arena import Arena


def report_of(house: House, arena: Arena, seconds: float) -> dict[str, Any]:
    """`digest, held_back, negotiations, disclosures, refusals, schedule, embedder, ledger, seconds`."""
    events, broken = verify(house.ledger.conn)
    digest = house.ledger.row("SELECT * FROM digests ORDER BY at LIMIT 1")
    return {
        "digest": _items(house, json.loads(digest["items"]) if digest else []),
        "held_back": list(with_names(house.ledger.rows, json.loads(digest["held_back"]))) if digest else [],
        "negotiations": _negotiations(house, arena),
        "disclosures": _releases(house, released=True),
        "refusals": _releases(house, released=False),
        "schedule": [
            {"kind": row["kind"], "ref": row["ref"], "next_run": row["next_run"], "last_run": row["last_run"]}
            for row in house.ledger.rows("SELECT * FROM jobs ORDER BY kind, next_run, last_run")
        ],
        "incidents": [
            {"code": row["code"], "params": json.loads(row["params"]), "provider": row["provider"]}
            for row in house.ledger.rows("SELECT * FROM incidents ORDER BY seq")
        ],
        "commitments": [
            {"need": row["need"], "state": row["state"], "reference": bool(row["reference"])}
            for row in house.ledger.rows("SELECT * FROM commitments ORDER BY need")
        ],
        "embedder": house.person.embedder_id,
        "model": _model(house),
        "ledger": {"events": events, "verified": broken is None},
        "seconds": round(seconds, 2),
    }


def _model(house: House) -> dict[str, Any] | None:
    """Calls and tokens of a configured model, and which values came from it; `None` without one."""
    if not house.config.model.model:
        return None
    calls = house.ledger.events(kinds=("ModelCalled",))
    notes = house.ledger.rows("SELECT params, provider FROM incidents WHERE code='model_read' ORDER BY seq")
    return {
        "calls": len(calls),
        "tokens": sum(call.payload["input_tokens"] + call.payload["output_tokens"] for call in calls),
        "read": [{"provider": note["provider"], **json.loads(note["params"])} for note in notes],
    }


def _items(house: House, shown: list[str]) -> list[dict[str, Any]]:
    found = []
    for item in shown:
        stored = house.ledger.row("SELECT * FROM items WHERE id=?", (item,))
        if stored is None:
            continue
        row = row_with_names(house.ledger.rows, stored)
        legs = json.loads(row["legs"])
        found.append(
            {
                "title": " + ".join(house.categories[leg["category"]].labels["en"] for leg in legs),
                "provider": ", ".join(leg["name"] for leg in legs),
                "category": legs[0]["category"] if len(legs) == 1 else "bundle",
                "legs": [_leg(leg) for leg in legs],
                "total": row["total"], "currency": row["currency"],
                "saving": json.loads(row["saving"]) if row["saving"] else None,
                "because": json.loads(row["because"]), "state": row["state"],
                "over_limit": json.loads(row["over_limit"]),
            }
        )  # fmt: skip
    return found


def _leg(leg: dict[str, Any]) -> dict[str, Any]:
    terms = {name: entry["value"] for name, entry in leg["terms"].items()}
    kept = ("category", "role", "total", "currency", "year1", "year2", "saving", "standing", "cancel_until")
    return {"provider": leg["name"], "terms": terms, **{key: leg[key] for key in kept}}


def _negotiations(house: House, arena: Arena) -> list[dict[str, Any]]:
    rows = house.ledger.rows(
        "SELECT n.*, e.protocol FROM negotiations n LEFT JOIN endpoints e ON e.url=n.endpoint "
        "ORDER BY n.need, n.provider"
    )
    return [
        {
            "provider": row["provider"], "category": row["category"], "state": row["state"], "rounds": row["round"],
            "protocol": row["protocol"] or "", "reason": row["reason"],
            "own_utility": _own_utility(house, row),
            "best_possible_utility": _best(house, arena, row),
        }
        for row in rows
    ]  # fmt: skip


def _own_utility(house: House, row: Any) -> str | None:
    """The worth of what is held or agreed, on the scale of `best_possible_utility`; `None` without a deal."""
    if not row["held"]:
        return None
    need = house.book.need(row["need"])
    return f"{house.book.valuation(need).utility(terms_from(json.loads(row['held'])['terms'])):.4f}"


def _best(house: House, arena: Arena, row: Any) -> str | None:
    """The most this talk could have been worth to us, by brute force over what the company would have signed."""
    from negotiators.arena.optimum import best_utility

    need = house.book.need(row["need"])
    valuation = house.book.valuation(need)
    now = house.clock.now()

    def worth(terms: Terms) -> float | None:
        broken = {v.code for v in valuation.violations(terms, row["provider"], now)} - {"incomplete", "hard_missing"}
        return None if broken else valuation.utility(terms)

    company = arena.companies.get(row["provider"])
    if company is None:
        return None
    best = best_utility(company, house.categories[row["category"]], worth)
    return None if best is None else f"{best:.4f}"


def _releases(house: House, *, released: bool) -> list[dict[str, Any]]:
    rows = house.ledger.rows("SELECT * FROM releases WHERE released=? ORDER BY rowid", (int(released),))
    return [
        {
            "provider": row["provider"], "data_category": row["data_category"], "granularity": row["granularity"],
            "purpose": row["purpose"], "stage": row["stage"], "rules": json.loads(row["rules"]),
            "reason": row["reason"], "similarity": row["similarity"], "until": row["until"], "ended": row["ended"],
        }
        for row in rows
    ]  # fmt: skip

"""The demo as a story: the ledger's incidents in order, each kind once per company, with digest and reasons in
their place. Reasons only; `tui/wording` makes at most 60 lines of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.views import Reason

if TYPE_CHECKING:
    from agent.runtime.wiring import House

RULES_TOLD = 4
BECAUSE_TOLD = 4

MODEL_TOLD = 6

_ONCE = {"pressure_ignored", "price_text_differs", "late_answer"}
"""Told once for each company, however often it happens."""

_QUESTIONS = {"question_answered", "question_refused", "question_asked_person"}
"""Told once for each kind of data, whoever asks."""

_UNTOLD = {
    "model_read", "offer_received", "digest_made", "persona_rule", "agreement_held", "commit_sent", "item_expired",
    "left_no_zone",
}  # fmt: skip


def story_of(house: House) -> list[Reason]:
    """The whole story so far, oldest first."""
    names = {row["id"]: row["name"] for row in house.ledger.rows("SELECT id, name FROM providers")}
    digest = house.ledger.row("SELECT MIN(seq) AS seq FROM incidents WHERE code='digest_made'")
    shown_at = digest["seq"] if digest and digest["seq"] else None
    lines: list[Reason] = []
    told: set[tuple[str, str]] = set()
    for row in house.ledger.rows("SELECT * FROM incidents ORDER BY seq"):
        if row["seq"] == shown_at:
            lines += _digest(house)
        params = json.loads(row["params"])
        if row["provider"]:
            params.setdefault("provider", names.get(row["provider"], row["provider"]))
        about = params.get("data_category", "") if row["code"] in _QUESTIONS else row["provider"] or ""
        key = (row["code"], about)
        if row["code"] == "persona_rule" and sum(line.code == "persona_rule" for line in lines) < RULES_TOLD:
            lines.append(Reason("persona_rule", params))
        if row["code"] in _UNTOLD or (row["code"] in _ONCE | _QUESTIONS and key in told):
            continue
        told.add(key)
        if row["code"] == "leg_slipped":
            lines.append(Reason("story_days", {"days": "10"}))
        lines.append(Reason(row["code"], params))
        if row["code"] in ("embedder_used", "embedder_fallback"):
            lines.append(_market(house))
    lines += _model(house)
    lines.append(Reason("story_yours", {}))
    return lines


def _model(house: House) -> list[Reason]:
    """What a configured language model was asked, and the values that came from it."""
    if not house.config.model.model:
        return []
    calls = [call.payload for call in house.ledger.events(kinds=("ModelCalled",))]
    tokens = sum(call["input_tokens"] + call["output_tokens"] for call in calls)
    told = [Reason("story_model", {"calls": str(len(calls)), "tokens": str(tokens)})]
    rows = house.ledger.rows(
        "SELECT i.params, p.name FROM incidents i JOIN providers p ON p.id=i.provider WHERE i.code='model_read' "
        "ORDER BY i.seq"
    )
    read = [(row["name"], json.loads(row["params"])["added"]) for row in rows]
    values = [Reason("story_model_read", {"provider": name, "issues": added}) for name, added in read if added]
    return told + values[:MODEL_TOLD]


def _market(house: House) -> Reason:
    row = house.ledger.row("SELECT COUNT(*) AS n FROM providers")
    kinds = house.ledger.row("SELECT COUNT(DISTINCT category) AS n FROM needs")
    return Reason("story_market", {"companies": str(row["n"] if row else 0), "needs": str(kinds["n"] if kinds else 0)})


def _digest(house: House) -> list[Reason]:
    """The first digest: how much was weighed, its cards, and why the first one."""
    row = house.ledger.row("SELECT * FROM digests ORDER BY at LIMIT 1")
    if row is None:
        return []
    held = len(json.loads(row["held_back"]))
    items = [house.ledger.row("SELECT * FROM items WHERE id=?", (item,)) for item in json.loads(row["items"])]
    lines = [Reason("story_digest", {"count": str(len(items)), "held_back": str(held)})]
    for number, item in enumerate(items, 1):
        if item is not None:
            lines += _card(item, number, with_reasons=number == 1)
    return lines


def _card(item: Any, number: int, *, with_reasons: bool) -> list[Reason]:
    legs = json.loads(item["legs"])
    saving = json.loads(item["saving"]) if item["saving"] else None
    params = {
        "number": str(number), "categories": ", ".join(leg["category"] for leg in legs), "total": item["total"] or "",
        "currency": item["currency"],
    }  # fmt: skip
    code = "story_item"
    if saving and saving["year1"] is not None:
        code, params["saving"] = "story_item_saving", saving["year1"]
    lines = [Reason(code, params)]
    for leg in legs:
        fields = {"category": leg["category"], "provider": leg["name"], "total": leg["total"] or "",
                  "currency": leg["currency"]}  # fmt: skip
        lines.append(Reason("story_leg_fallback" if leg["role"] == "fallback" else "story_leg", fields))
    if with_reasons:
        found = [Reason(e["code"], dict(e["params"]), tuple(e["refs"])) for e in json.loads(item["because"])]
        lines += [Reason("story_why", {}), *found[:BECAUSE_TOLD]]
    return lines

"""The attention budget: which items and notes are shown now, and what is held back for what reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.digest.found import FOUND_NOTES, found_held_back
from agent.digest.mails import mail_lines, no_room
from agent.kernel.events import DigestShown
from agent.kernel.ledger import Ledger

DECISIONS = 3
NOTES = 4

SOON = timedelta(hours=48)
"""What has to be decided within this time comes before what is worth more."""

_BECAME = {
    "approved": "card_under_way", "committing": "card_under_way", "agreed": "card_signed", "undone": "card_undone",
    "expired": "card_expired", "declined": "card_declined",
    "replaced": "card_answered",
}  # fmt: skip
"""What is told of a card that was shown and needs nothing any more. What went wrong is a note of its own."""

_NOTE_CODES = (
    "ledger_not_as_signed",
    "confirmation_differs", "signing_alone", "counter_not_taken", "commit_declined", "drift_asked", "leg_slipped",
    "fallback_used",
    "offers_differ", "fallback_released", "egress_stopped", "question_asked_person",
    "price_text_differs",
    "question_refused", "provider_unreachable", "provider_malformed", "adapter_changed", "adapter_missing",
    "adapter_no_mailbox",
    "adapter_secret_missing", "adapter_failed", "mailbox_shut", "handover_ready", "price_dropped", "found_saves",
    "price_differs", "found_fits",
)  # fmt: skip
"""Incidents worth one line, most important first."""

_LESS_THAN_SERVICE = _NOTE_CODES.index("offers_differ")
"""From here on incidents come after the service messages of companies."""


def make_digest(
    ledger: Ledger, now: datetime, today: date, new_id: Callable[[], str], *, decisions: int, notes: int
) -> DigestShown:
    """Choose what is shown. Waiting items first, what ends soon before what is worth more; the rest is held back.
    What was postponed, or countered and not answered, can still be decided and comes after. What
    became of cards that were shown before is told among what was done quietly. `today` is the person's day."""
    rows = ledger.rows("SELECT * FROM items WHERE state IN ('waiting','later','countered') ORDER BY number")
    soon = (now + SOON).isoformat()
    ranked = sorted(
        rows, key=lambda row: (row["state"] != "waiting", (row["deadline"] or "9") > soon, -_stake(row), row["number"])
    )
    shown, over = ranked[:decisions], ranked[decisions:]
    held = [{"ref": f"item:{row['id']}", "reason": "over_budget_of_attention", "params": _about(row)} for row in over]
    cards = ledger.rows("SELECT legs FROM items WHERE state NOT IN ('rejected','expired','declined','undone')")
    held += _not_chosen(ledger, [leg for row in cards for leg in json.loads(row["legs"])])
    lines, rest = _lines(ledger, notes, now, today)
    held += rest + found_held_back(ledger)
    watched = ledger.rows("SELECT COUNT(DISTINCT contract) AS n FROM needs WHERE contract IS NOT NULL")[0]["n"]
    talks = ledger.rows(
        "SELECT COUNT(*) AS n FROM negotiations WHERE state IN ('open','waiting_them','waiting_us','reopened')"
    )[0]["n"]
    quiet = [
        {"code": "contracts_watched", "params": {"count": str(watched)}, "refs": []},
        {"code": "talks_running", "params": {"count": str(talks)}, "refs": []},
        *_became(ledger),
    ]
    return DigestShown(new_id(), [row["id"] for row in shown], lines, quiet, held)


def _became(ledger: Ledger) -> list[dict[str, Any]]:
    """Cards of earlier digests that no longer wait: each told once for every state it comes to."""
    digests = ledger.rows("SELECT items, quiet FROM digests ORDER BY rowid")
    shown = dict.fromkeys(name for row in digests for name in json.loads(row["items"]))
    told = {(one["code"], ref) for row in digests for one in json.loads(row["quiet"]) for ref in one["refs"]}
    found = []
    for name in shown:
        row = ledger.row("SELECT * FROM items WHERE id=?", (name,))
        code = _BECAME.get(row["state"]) if row is not None else None
        if row is None or code is None or (code, f"item:{name}") in told:
            continue
        providers = ", ".join(leg["name"] for leg in json.loads(row["legs"]))
        params = {"provider": providers, "total": f"{row['total']} {row['currency']}"}
        found.append({"code": code, "params": params, "refs": [f"item:{name}"]})
    return found


def _about(card: Any) -> dict[str, str]:
    """Whose card it is, about what, and what it costs."""
    legs = json.loads(card["legs"])
    about = {"provider": ", ".join(leg["name"] for leg in legs), "currency": card["currency"]}
    if legs:
        about["category"] = legs[0]["category"] if len(legs) == 1 else "bundle"
    return {**about, "total": card["total"]} if card["total"] else about


def _stake(row: Any) -> Decimal:
    """What deciding is worth in money: the first year's saving, else the total."""
    saved = json.loads(row["saving"]) if row["saving"] else None
    if saved and saved.get("year1") is not None:
        return abs(Decimal(saved["year1"]))
    return Decimal(row["total"] or 0)


def _not_chosen(ledger: Ledger, legs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every talk that is not on a card, with the reason; what a company offers alike at several doors is counted once,
    and then as that."""
    found = []
    chosen = {leg["negotiation"] for leg in legs}
    told = {(leg["need"], leg["provider"], leg["terms_hash"]) for leg in legs}
    rows = ledger.rows(
        "SELECT n.*, p.name FROM negotiations n JOIN providers p ON p.id=n.provider ORDER BY n.provider, n.id"
    )
    unplaced = _unplaced(ledger)
    for row in rows:
        if row["id"] in chosen or row["state"] in ("agreed", "committing", "mismatch"):
            continue
        held = json.loads(row["held"]) if row["held"] else None
        reason = exclusion(row["state"], row["reason"], held)
        if reason is not None:
            params = {"provider": row["name"], "category": row["category"]}
            if held is not None:
                if held["total"]:
                    params |= {"total": held["total"], "currency": held["currency"]}
                offer = (row["need"], row["provider"], held["hash"])
                reason = "other_door" if offer in told else reason
                told.add(offer)
            if reason in ("incomplete", "no_agreement") and (names := unplaced.get(row["id"])):
                reason, params = "amount_unread", {**params, "names": names}
            found.append({"ref": f"talk:{row['id']}", "reason": reason, "params": params})
    return found


def _unplaced(ledger: Ledger) -> dict[str, str]:
    """By talk, the names of amounts nobody could place in what it brought last."""
    noted = ledger.rows("SELECT params, refs FROM incidents WHERE code='amount_unread' ORDER BY seq", ())
    return {
        ref.removeprefix("talk:"): str(json.loads(row["params"])["names"])
        for row in noted
        for ref in json.loads(row["refs"])
        if ref.startswith("talk:")
    }


def exclusion(state: str, reason: str, held: Mapping[str, Any] | None) -> str | None:
    """The code of why a talk is not on a card; `None` while it is still going on."""
    if state == "failed":
        return reason if reason in ("unreachable", "malformed", "refused") else "no_agreement"
    if held is not None and state in ("held", "waiting_person", "superseded"):
        if held["standing"] != "firm":
            return "claimed_only" if held["standing"] == "claimed" else "incomplete"
        return "below_other_offer"
    if state in ("declined", "superseded"):
        return "no_agreement"
    if state in ("expired", "dormant"):
        return "expired"
    return None


def _lines(
    ledger: Ledger, budget: int, now: datetime, today: date
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines of this digest within the budget, and what is held back: mail that can wait no longer, what went wrong
    in our own talks, service mail, everything else. Mail without room waits; an incident is told now or counted."""
    pressing, service, offers, held = mail_lines(ledger, now, today)
    incidents = _incidents(ledger)
    grave = [line for line in incidents if _NOTE_CODES.index(line["code"]) < _LESS_THAN_SERVICE]
    ordered = [*pressing, *grave, *service, *(line for line in incidents if line not in grave), *offers]
    over = ordered[budget:]
    counted = [
        {"ref": line["id"], "reason": "over_budget_of_attention", "params": {**line["params"], "code": line["code"]}}
        for line in over
        if line in incidents
    ]
    return ordered[:budget], [*held, *counted, *no_room([line for line in over if line not in incidents])]


def _incidents(ledger: Ledger) -> list[dict[str, Any]]:
    """Incidents since the last digest that deserve a line, most important first."""
    last = ledger.row("SELECT MAX(at) AS at FROM digests")
    since = last["at"] if last and last["at"] else ""
    marks = ",".join("?" * len(_NOTE_CODES))
    rows: Sequence[Any] = ledger.rows(
        f"SELECT i.*, p.name FROM incidents i LEFT JOIN providers p ON p.id=i.provider WHERE i.at>? "
        f"AND i.code IN ({marks}) ORDER BY i.seq",
        (since, *_NOTE_CODES),
    )
    unique: dict[tuple[str, str], Any] = {}
    for row in rows:
        asked = json.loads(row["params"]).get("data_category") if row["code"] == "question_refused" else None
        asked = json.loads(row["refs"])[0] if row["code"] in FOUND_NOTES else asked
        unique.setdefault((row["code"], asked or row["provider"] or ""), row)
    ordered = sorted(unique.values(), key=lambda row: (_NOTE_CODES.index(row["code"]), row["seq"]))
    return [
        {"id": f"event:{row['seq']}", "code": row["code"], "params": _with_name(row),
         "refs": json.loads(row["refs"]), "at": row["at"]}
        for row in ordered
    ]  # fmt: skip


def _with_name(row: Any) -> dict[str, str]:
    """An incident's parameters with the company's name."""
    params: dict[str, str] = json.loads(row["params"])
    if row["name"] and "provider" not in params:
        params["provider"] = row["name"]
    return params

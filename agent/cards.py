"""Rows of the ledger's projections as the facade's view values. Stdlib only; used by `agent.reading`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from sqlite3 import Row
from typing import Any

from agent.digest.score import score_of
from agent.kernel.chain import Rows
from agent.views import (
    ComparedView,
    ItemView,
    LegView,
    NoteView,
    ProviderView,
    Reason,
    Saving,
    ScorePartView,
    TermView,
)
from negotiators.categories import Category

Categories = Mapping[str, Category]


def reason_of(stored: Mapping[str, Any]) -> Reason:
    return Reason(str(stored["code"]), {k: str(v) for k, v in stored.get("params", {}).items()},
                  tuple(stored.get("refs", ())))  # fmt: skip


def saving_of(stored: Mapping[str, Any] | None) -> Saving | None:
    return Saving(stored["year1"], stored["year2"], stored["against"]) if stored else None


def terms_of(stored: Mapping[str, Mapping[str, str]], category: Category | None, standing: str) -> tuple[TermView, ...]:
    """Terms in the category's own order."""
    order = [issue.name for issue in category.issues] if category else []
    names = sorted(stored, key=lambda name: (order.index(name) if name in order else len(order), name))
    found = []
    for name in names:
        issue = category.issue(name) if category else None
        labels = dict(issue.labels) if issue else {"en": name, "de": name}
        found.append(TermView(name, labels, stored[name]["kind"], stored[name]["value"], issue.unit if issue else "",
                              standing))  # fmt: skip
    return tuple(found)


def leg_view(
    leg: Mapping[str, Any], state: str, categories: Categories, data: Sequence[Mapping[str, str]], score: int | None
) -> LegView:
    category = categories.get(leg["category"])
    labels = dict(category.labels) if category else {"en": leg["category"], "de": leg["category"]}
    standing = "typed" if leg["standing"] == "firm" else "claimed"
    return LegView(
        need=leg["need"], negotiation=leg["negotiation"], category=leg["category"], category_label=labels,
        provider=leg["name"], provider_id=leg["provider"], provider_score=score, role=leg["role"],
        terms=terms_of(leg["terms"], category, standing), total=leg["total"], currency=leg["currency"],
        year1=leg["year1"], year2=leg["year2"], saving=saving_of(leg["saving"]), terms_hash=leg["terms_hash"],
        valid_until=leg["valid_until"], state=state, certainty=leg["standing"], data=tuple(data),
        cancel_until=leg["cancel_until"], fallback_for=leg["fallback_for"], channel=leg.get("channel", "a2a"),
    )  # fmt: skip


def item_view(row: Mapping[str, Any], number: int, legs: tuple[LegView, ...], event: str | None) -> ItemView:
    """One card. A bundle's title is its event; a single deal's its category; a doubt about a company's identity has no
    legs and is titled by the company."""
    if not legs:
        return _doubt_view(row, number)
    first = legs[0]
    said = {tongue: " + ".join(leg.category_label[tongue] for leg in legs) for tongue in first.category_label}
    title = {"en": event, "de": event} if event else said
    untils = [leg.cancel_until for leg in legs]
    undo = None if None in untils else min(until for until in untils if until)
    claimed = min((leg.valid_until for leg in legs if leg.valid_until), default=None)
    return ItemView(
        id=row["id"], number=number, title=title, category=first.category if len(legs) == 1 else "bundle",
        provider=", ".join(leg.provider for leg in legs), legs=legs, total=row["total"], currency=row["currency"],
        saving=saving_of(json.loads(row["saving"])) if row["saving"] else None,
        because=tuple(reason_of(entry) for entry in json.loads(row["because"])), deadline=row["deadline"],
        claimed_deadline=claimed, undo_until=undo, state=row["state"],
        approval_hash=row["approval_hash"],
        over_limit=tuple(reason_of(entry) for entry in json.loads(row["over_limit"])),
    )  # fmt: skip


def share_of_best(legs: Sequence[Mapping[str, Any]], talks: Sequence[Row]) -> str | None:
    """Percent of what could have been reached: of the best that anybody held out for each need, signable or not."""
    own = {leg["negotiation"]: float(leg["utility"]) for leg in legs if leg["role"] != "fallback"}
    best: dict[str, float] = {}
    for talk in talks:
        held = json.loads(talk["held"]) if talk["held"] else None
        if held is not None:
            best[talk["need"]] = max(best.get(talk["need"], 0.0), float(held["utility"]))
    possible = sum(best.get(talk["need"], 0.0) for talk in talks if talk["id"] in own)
    return str(min(100, round(100 * sum(own.values()) / possible))) if possible > 0 else None


def provider_view(rows: Rows, provider: Row) -> ProviderView:
    """A provider with the sum of its score."""
    score = score_of(rows, provider["id"])
    parts = tuple(ScorePartView(one.name, one.value, one.weight, one.good, one.bad) for one in score.parts)
    talks = rows("SELECT state FROM negotiations WHERE provider=?", (provider["id"],))
    agreed = sum(talk["state"] == "agreed" for talk in talks)
    return ProviderView(
        provider["id"], provider["name"], provider["trust"], score.total, parts, score.felt, len(talks), agreed
    )


def _doubt_view(row: Mapping[str, Any], number: int) -> ItemView:
    because = tuple(reason_of(entry) for entry in json.loads(row["because"]))
    name = because[0].params.get("provider", "")
    return ItemView(
        id=row["id"], number=number, title={"en": name, "de": name}, category=row["kind"], provider=name, legs=(),
        total=None, currency=row["currency"], saving=None, because=because, deadline=None, claimed_deadline=None,
        undo_until=None, state=row["state"], approval_hash=row["approval_hash"],
    )  # fmt: skip


def note_of(stored: Mapping[str, Any]) -> NoteView:
    return NoteView(stored["id"], reason_of(stored), stored["at"])


def before(moment: str | None, now: datetime) -> bool:
    """Whether a stored moment lies in the past."""
    return moment is not None and datetime.fromisoformat(moment) <= now


def compared(rows: Rows, talk: Row, item: ItemView, talks: Sequence[Row], categories: Categories) -> ComparedView:
    """What became of one talk beside the card; `talks` are all of the card's needs."""
    from agent.digest.attention import exclusion

    held = json.loads(talk["held"]) if talk["held"] else None
    chosen = any(leg.negotiation == talk["id"] for leg in item.legs)
    told = {(leg.need, leg.provider_id, leg.terms_hash) for leg in item.legs}
    told |= {_offer(one) for one in talks[: talks.index(talk)]}
    alike = held is not None and _offer(talk) in told
    last = rows(
        "SELECT total FROM turns WHERE negotiation=? AND party='them' AND total IS NOT NULL ORDER BY seq DESC LIMIT 1",
        (talk["id"],),
    )
    code = None if chosen else "other_door" if alike else exclusion(talk["state"], talk["reason"], held)
    params = {"provider": talk["name"]}
    if code == "incomplete" and held is not None and (category := categories.get(talk["category"])) is not None:
        params["missing"] = ", ".join(name for name in category.mandatory if name not in held["terms"])
    excluded = Reason(code, params, (f"talk:{talk['id']}",)) if code else None
    total = held["total"] if held else last[0]["total"] if last else None
    return ComparedView(
        talk["name"], talk["state"], talk["round"], total, held["currency"] if held else talk["currency"],
        held["utility"] if held else None, excluded, _door(talk, talks),
    )  # fmt: skip


def _offer(talk: Row) -> tuple[str, str, str]:
    """What a talk holds, by need, company and terms; alike at two doors, it is one offer."""
    held = json.loads(talk["held"]) if talk["held"] else {}
    return talk["need"], talk["provider"], held.get("hash", talk["id"])


def _door(talk: Row, talks: Sequence[Row]) -> str:
    """By which channel, or at which address, a company was asked that was asked at several doors; else nothing."""
    doors = [one for one in talks if (one["need"], one["provider"]) == (talk["need"], talk["provider"])]
    if len(doors) == 1:
        return ""
    alone = sum(one["channel"] == talk["channel"] for one in doors) == 1
    return str(talk["channel"] if alone and talk["channel"] else talk["endpoint"])

"""The same thing at two prices: what one provider asks on one channel and on another, with both offers as proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.kernel.chain import Rows
from agent.kernel.events import IncidentNoted

WITHIN = timedelta(days=14)
"""Prices of two channels further apart in time are a change of price, not a difference."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a provider asked for something at one of its doors. `thing` names what is offered, everything but money;
    `ref` is where it was said, `over` the kind of door."""

    provider: str
    door: str
    thing: str
    total: Decimal
    currency: str
    ref: str
    over: str


@dataclass(frozen=True, slots=True)
class Differing:
    """The cheapest and the dearest quote for the same thing by the same provider."""

    cheaper: Quote
    dearer: Quote


def differing(quotes: Iterable[Quote]) -> tuple[Differing, ...]:
    """Every provider's thing that has two prices at two doors, in the order of the quotes."""
    groups: dict[tuple[str, str, str], list[Quote]] = {}
    for quote in quotes:
        groups.setdefault((quote.provider, quote.thing, quote.currency), []).append(quote)
    found = []
    for group in groups.values():
        low, high = (pick(group, key=lambda quote: quote.total) for pick in (min, max))
        if low.total < high.total and low.door != high.door:
            found.append(Differing(low, high))
    return tuple(found)


def first_quotes(rows: Rows, category: str, since: str) -> list[Quote]:
    """The first complete offer of every talk about a category since a moment: before any haggling the same thing
    should cost the same, whichever channel it is asked on."""
    found: dict[str, Quote] = {}
    turns = rows(
        "SELECT t.negotiation, t.message_id, t.moves, t.total, n.provider, n.endpoint, e.channel FROM turns t "
        "JOIN negotiations n ON n.id=t.negotiation LEFT JOIN endpoints e ON e.url=n.endpoint "
        "WHERE n.category=? AND t.at>? AND t.party='them' "
        "AND t.total IS NOT NULL ORDER BY t.seq",
        (category, since),
    )
    for turn in turns:
        offer = next((move["offer"] for move in json.loads(turn["moves"]) if "offer" in move), None)
        if offer is not None and not offer.get("unread") and turn["negotiation"] not in found:
            thing, currency = _thing(offer["terms"])
            found[turn["negotiation"]] = Quote(
                turn["provider"], turn["endpoint"], thing, Decimal(turn["total"]), currency,
                f"message:{turn['message_id']}", turn["channel"] or "",
            )  # fmt: skip
    return list(found.values())


def _thing(terms: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """Everything but money, in one text, and the currency of the money."""
    other = {name: term["value"] for name, term in terms.items() if term["kind"] != "money"}
    currencies = [term["value"].rpartition(" ")[2] for term in terms.values() if term["kind"] == "money"]
    return json.dumps(other, sort_keys=True), next(iter(currencies), "")


def findings(rows: Rows, category: str, now: datetime) -> list[IncidentNoted]:
    """One incident per provider that differs from itself about a category; none that was noted before."""
    since = (now - WITHIN).isoformat(timespec="milliseconds")
    noted = rows("SELECT refs FROM incidents WHERE code='offers_differ'", ())
    seen = {ref for row in noted for ref in json.loads(row["refs"])}
    return [
        IncidentNoted(
            "offers_differ",
            {"cheaper": f"{one.cheaper.total} {one.cheaper.currency}",
             "dearer": f"{one.dearer.total} {one.dearer.currency}",
             "here": one.cheaper.over, "there": one.dearer.over},
            [one.cheaper.ref, one.dearer.ref], one.cheaper.provider,
        )
        for one in differing(first_quotes(rows, category, since))
        if one.dearer.ref not in seen
    ]  # fmt: skip

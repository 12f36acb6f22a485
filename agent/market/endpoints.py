"""What is known of a company's endpoint beside its talks: the person's provider file, and what its channel carries.

`order` goes to the company, through the gate, in the payload; `reading` stays here and reaches the channel only as
settings. Both are tables by category, kept in a body, because codes are the person's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.kernel.ledger import Ledger
from negotiators import registry
from negotiators.adapter import Pace


def settings_of(ledger: Ledger, endpoint: str) -> Mapping[str, Any]:
    """The endpoint's tables `order` and `reading`; empty where the person's file has none or it was forgotten."""
    row = ledger.row("SELECT body FROM endpoint_settings WHERE endpoint=?", (endpoint,))
    body = ledger.body(row["body"]) if row is not None else None
    return json.loads(body) if body is not None else {}


def order_of(ledger: Ledger, endpoint: str, category: str) -> Mapping[str, Any]:
    table = settings_of(ledger, endpoint).get("order", {}).get(category, {})
    return dict(table)


def reading_of(ledger: Ledger, endpoint: str, category: str) -> Mapping[str, Any]:
    table = settings_of(ledger, endpoint).get("reading", {}).get(category, {})
    return dict(table)


def _pinned(ledger: Ledger, endpoint: str) -> Mapping[str, str]:
    row = ledger.row("SELECT details FROM endpoints WHERE url=?", (endpoint,))
    return json.loads(row["details"]) if row is not None and row["details"] else {}


def carries(ledger: Ledger, endpoint: str, channel: str, act: str) -> bool:
    """Whether an act of ours can be said there: by the channel's table, a third-party adapter's by its manifest."""
    if channel in registry.names():
        return registry.carries(channel, act)
    acts = _pinned(ledger, endpoint).get("acts", "")
    return not acts or act in acts.split(",")


def bargains(ledger: Ledger, endpoint: str, channel: str) -> bool:
    """Whether terms can be countered there; otherwise an offer is taken or left."""
    if channel in registry.names():
        return registry.bargains(channel)
    return carries(ledger, endpoint, channel, "propose")


def speaks_payload(ledger: Ledger, endpoint: str, channel: str) -> bool:
    """Whether what the payload says beside the terms is read there: the company declared our extension."""
    return (
        channel in registry.names()
        and bargains(ledger, endpoint, channel)
        and (not registry.says_words(channel) and _pinned(ledger, endpoint).get("extension") == "yes")
    )


def commits(ledger: Ledger, endpoint: str, channel: str) -> bool:
    """Whether a deal can be closed there; otherwise the person closes it."""
    if channel in registry.names():
        return registry.commits(channel)
    return _pinned(ledger, endpoint).get("commits") != "no"


def pace(ledger: Ledger, endpoint: str, channel: str) -> Pace:
    """How fast answers come there: by the channel's table, a third-party adapter's by its manifest, as pinned."""
    if channel in registry.names():
        return registry.pace_of(channel)
    return Pace(_pinned(ledger, endpoint).get("pace", Pace.SYNCHRONOUS.value))


def answers_at_once(ledger: Ledger, endpoint: str, channel: str) -> bool:
    """Whether answers are known to come at once there; of a third-party adapter only once it was met."""
    return (channel in registry.names() or bool(_pinned(ledger, endpoint))) and (
        pace(ledger, endpoint, channel) is Pace.SYNCHRONOUS
    )

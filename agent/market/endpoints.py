"""What the person's provider file says of a company's endpoint: what is ordered there, and how its answers are read.

`order` goes to the company, through the gate, in the payload; `reading` stays here and reaches the channel only as
settings. Both are tables by category, kept in a body, because codes are the person's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agent.kernel.ledger import Ledger


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

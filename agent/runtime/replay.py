"""Deciding again: every recorded choice of the engine from its own record, which needs nothing that moved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agent.kernel.ledger import Ledger
from agent.market.acquaintance import view_from
from agent.market.table import profile_from
from negotiators.bargaining import OurMove, decide

_OWN_RULES = {
    "call_for_proposals", "policy", "rounds_used_up", "limit_cannot_hold", "ask_for_missing_terms", "incomplete_offer",
    "approved", "released", "fixed_price", "no_fixed_price_fits", "price_watch",
    "amount_unread",
}  # fmt: skip
"""Choices the reducer makes without the engine."""

_OURS = {"clipped", "best_and_final", "cited", "cited_from", "cited_on"}
"""Numbers beside the engine's: the limit that clipped it, a last call, the argument put to the company."""


def replay_ledger(home: Path) -> dict[str, object]:
    """How many decisions come out the same: `{decisions, equal, erased, different}`; `different` lists sequence
    numbers. A record whose body the person erased is counted as erased."""
    ledger = Ledger(home)
    try:
        total = equal = erased = 0
        different = []
        for event in ledger.events(kinds=("MoveChosen",)):
            fields = event.payload
            if fields["body"] is None or fields["rule"] in _OWN_RULES:
                continue
            total += 1
            body = ledger.body(fields["body"])
            if body is None:
                erased += 1
            elif _same(json.loads(body), fields):
                equal += 1
            else:
                different.append(event.seq)
        return {"decisions": total, "equal": equal, "erased": erased, "different": different}
    finally:
        ledger.close()


def _same(record: dict[str, Any], chosen: dict[str, Any]) -> bool:
    view = view_from(record["view"])
    bids = sum(1 for move in view if isinstance(move, OurMove))
    again = decide(profile_from(record["profile"]), view, bids)
    numbers = {key: value if isinstance(value, str) else f"{value:.4f}" for key, value in again.reason.numbers.items()}
    recorded = {key: value for key, value in chosen["numbers"].items() if key not in _OURS}
    return again.reason.rule == chosen["rule"] and numbers == recorded

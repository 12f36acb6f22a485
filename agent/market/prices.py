"""Prices of fixed-price companies over time: what was seen, and whether it fell since."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from agent.kernel.events import Event, IncidentNoted
from agent.kernel.handevents import PriceSeen
from agent.kernel.ledger import Ledger
from agent.market.endpoints import bargains
from agent.market.threads import Thread
from agent.needs.valuation import Valuation
from negotiators.dialogue import Move, Propose
from negotiators.money import Money


def seen(ledger: Ledger, thread: Thread, valuation: Valuation, moves: Iterable[Move]) -> list[Event]:
    """What one look at a fixed-price company adds to the record: its cheapest complete total, and a note when that is
    lower than at the look before."""
    if bargains(ledger, thread.endpoint, thread.channel):
        return []
    costs = [valuation.cost(move.offer.terms).total for move in moves
             if isinstance(move, Propose) and not move.offer.unread]  # fmt: skip
    totals = [total for total in costs if total is not None and total.currency == valuation.category.currency]
    totals = totals or [total for total in costs if total is not None]
    if not totals:
        return []
    now = min(totals, key=lambda total: total.amount)
    talk = thread.talk
    found: list[Event] = [PriceSeen(thread.endpoint, talk.provider, talk.category, str(now.amount), now.currency)]
    before = ledger.row(
        "SELECT total, currency FROM prices WHERE endpoint=? AND category=? ORDER BY rowid DESC LIMIT 1",
        (thread.endpoint, talk.category),
    )
    if before is not None and before["currency"] == now.currency and Decimal(before["total"]) > now.amount:
        fell = {"provider": thread.name, "before": str(Money(Decimal(before["total"]), now.currency)), "now": str(now)}
        found.append(IncidentNoted("price_dropped", fell, [f"talk:{talk.id}"], talk.provider))
    return found

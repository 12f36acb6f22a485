"""What a company asks for the same thing in public, where that is less: an argument it gave itself.

Only prices anybody can see are cited (a page, a price list, a catalogue), only the company's own, and only to itself. A
price got with a code of the person's, or named in a talk, is no argument.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from agent.kernel.citing import Cited
from agent.kernel.codec import offer_from
from agent.kernel.ledger import Ledger
from agent.market.endpoints import reading_of
from negotiators.categories import Category
from negotiators.dialogue import Offer, Terms
from negotiators.money import Money
from negotiators.registry import BUILT_IN

RECENT = timedelta(days=14)
PUBLIC = tuple(info.name for info in BUILT_IN if info.acts == ("ask",))
"""Channels that only look: what stands there is shown to anybody."""


def may_argue(ledger: Ledger, endpoint: str, category: str) -> bool:
    """Whether the person lets public prices be cited there (`argue = false` in the provider file forbids it)."""
    return reading_of(ledger, endpoint, category).get("argue", True) is True


def own_public_price(ledger: Ledger, provider: str, live: Offer, category: Category, now: datetime) -> Cited | None:
    """The company's lowest public price for what it offers here now, where that is lower; of equal ones the newest."""
    asked = live.terms.get(category.headline().name)
    if not isinstance(asked, Money):
        return None
    marks = ",".join("?" * len(PUBLIC))
    rows = ledger.rows(
        "SELECT t.message_id, t.moves, t.at, e.url, e.channel FROM turns t JOIN negotiations n ON n.id=t.negotiation "
        "JOIN endpoints e ON e.url=n.endpoint AND e.provider=n.provider WHERE n.provider=? AND n.category=? "
        f"AND t.party='them' AND t.at>? AND e.channel IN ({marks}) ORDER BY t.seq DESC",
        (provider, category.id, (now - RECENT).isoformat(timespec="milliseconds"), *PUBLIC),
    )
    found: list[Cited] = []
    for row in rows:
        for move in json.loads(row["moves"]):
            offer = offer_from(move["offer"]) if "offer" in move else None
            if offer is None or offer.unread or (offer.valid_until is not None and offer.valid_until <= now):
                continue
            price = offer.terms.get(category.headline().name)
            cheaper = isinstance(price, Money) and price.currency == asked.currency and price < asked
            if isinstance(price, Money) and cheaper and _same(offer.terms, live.terms, category):
                seen = datetime.fromisoformat(row["at"]).date()
                found.append(Cited(row["channel"], row["url"], price, seen, row["message_id"]))
    return min(found, key=lambda one: one.price.amount, default=None)


def _same(public: Terms, live: Terms, category: Category) -> bool:
    """Whether a public offer is of what is offered here: complete, all but money as here, no fee above one here."""
    if not set(category.mandatory) <= set(public):
        return False
    for name, value in public.items():
        here = live.get(name)
        if isinstance(value, Money):
            if name != category.headline().name and value.amount > (here.amount if isinstance(here, Money) else 0):
                return False
        elif here != value:
            return False
    return True

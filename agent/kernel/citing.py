"""A company's own public price, cited to itself: what it holds, and whether the ledger bears it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from agent.kernel.codec import offer_from
from agent.kernel.ledger import Ledger
from negotiators.money import Money


@dataclass(frozen=True, slots=True)
class Cited:
    """One public price of a company: where and when it was seen, and in which message of the ledger."""

    source: str
    url: str
    price: Money
    day: date
    message: str

    def payload(self) -> Mapping[str, object]:
        price = {"type": "money", "value": self.price.text(), "unit": self.price.currency}
        return {"source": self.source, "url": self.url, "price": price, "date": self.day.isoformat()}

    def numbers(self) -> dict[str, str]:
        """For the reason record."""
        return {"cited": str(self.price), "cited_from": self.url, "cited_on": self.day.isoformat()}


def is_own(ledger: Ledger, provider: str, cited: Cited) -> bool:
    """Whether the ledger holds the cited message as this company's, from that address, with that price."""
    row = ledger.row(
        "SELECT t.moves FROM turns t JOIN negotiations n ON n.id=t.negotiation JOIN endpoints e ON e.url=n.endpoint "
        "WHERE t.message_id=? AND t.party='them' AND n.provider=? AND e.provider=? AND e.url=?",
        (cited.message, provider, provider, cited.url),
    )
    offers = [offer_from(move["offer"]) for move in json.loads(row["moves"]) if "offer" in move] if row else []
    return any(cited.price in offer.terms.values() for offer in offers)

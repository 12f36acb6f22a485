"""Fixed prices: the best of what was offered last. Pure."""

from __future__ import annotations

from datetime import datetime

from agent.market.table import Table
from negotiators.dialogue import Offer, Party, Propose, ProviderId, Transcript


def last_offers(transcript: Transcript) -> list[Offer]:
    """The offers of their latest message that made any."""
    theirs = [(entry.message_id, entry.move.offer) for entry in transcript
              if entry.party is Party.THEM and isinstance(entry.move, Propose)]  # fmt: skip
    return [offer for message_id, offer in theirs if message_id == theirs[-1][0]]


def best_of(
    usable: list[Offer], table: Table, provider: ProviderId, now: datetime, reservation: float
) -> tuple[Offer | None, bool]:
    """The offer to hold, and whether it is complete. Complete offers inside the wishes and worth the reservation value
    come first; an incomplete one, or one with an amount nobody can place, is held only where no complete one is usable;
    `None` where nothing fits."""

    def worth(offer: Offer) -> tuple[float, str]:
        return table.valuation.utility(offer.terms), offer.id

    whole = [
        offer for offer in usable
        if not offer.unread and not table.valuation.violations(offer.terms, provider, now)
    ]  # fmt: skip
    worthwhile = [offer for offer in whole if table.utility(offer.terms) >= reservation]
    if worthwhile:
        return max(worthwhile, key=worth), True
    return (None if whole or not usable else max(usable, key=worth)), False

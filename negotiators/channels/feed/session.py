"""Talks of channels whose offers are rows under a mapping: a price list, or the answer of a company's own tool."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from negotiators.adapter import ClearedMove
from negotiators.categories import Category
from negotiators.channels.faults import ExchangeFailed
from negotiators.channels.feed.mapping import Mapped, Row
from negotiators.channels.payload.fields import Problems
from negotiators.channels.quotes import for_one_piece, stated_terms
from negotiators.channels.readonly import VALID, LookingSession, reply_id
from negotiators.clock import Clock
from negotiators.dialogue import (
    Evidence,
    MessageId,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reply,
    Standing,
    Terms,
    TermValue,
)
from negotiators.money import Money
from negotiators.text import UntrustedText

MAX_OFFERS = 40
"""Rows put forward at most, the cheapest ones: a list may hold thousands."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose rows are read, how, and what the person's file states for each of them."""

    source: str
    category: Category
    provider: ProviderId
    mapping: Mapped
    stated: object
    clock: Clock
    name: str = "feed"


class RowsSession(LookingSession):
    """See `negotiators.adapter.Session`."""

    def __init__(self, resume: str, reader: Reader) -> None:
        super().__init__(resume)
        self._reader = reader

    @abstractmethod
    async def _rows(self, cleared: ClearedMove, problems: Problems) -> tuple[list[Row], bytes]:
        """The rows there are now, and what makes this answer another one. Raises `ExchangeFailed`."""

    async def close(self) -> None:
        return None

    async def _look(self, cleared: ClearedMove) -> Reply:
        reader, problems = self._reader, Problems()
        stated = stated_terms(reader.stated, reader.category, problems)
        rows, content = await self._rows(cleared, problems)
        if not rows:
            raise ExchangeFailed("no_row_fits", sent=False, refused=True)
        message_id = reply_id(cleared.message_id, content)
        rows.sort(key=self._price, reverse=True)
        if len(rows) > MAX_OFFERS:
            problems.add("dearer_rows_left_out", len(rows) - MAX_OFFERS)
        offers = [self._offer(row, message_id, stated) for row in rows[-MAX_OFFERS:]]
        words = "\n".join(row.title for row in rows[-MAX_OFFERS:] if row.title)
        return Reply(
            message_id,
            tuple(Propose(offer) for offer in offers),
            text=UntrustedText(words[:4000], reader.source) if words else None,
            problems=problems.codes(),
            hand_over=reader.source,
        )

    def _price(self, row: Row) -> tuple[str, object]:
        """Rows of one currency are ordered by price; those of others stay apart."""
        price = row.terms[self._reader.category.headline().name]
        assert isinstance(price, Money)
        return price.currency, price.amount

    def _offer(self, row: Row, message_id: MessageId, stated: Mapping[str, TermValue]) -> Offer:
        reader = self._reader
        terms = {**stated, **row.terms}
        terms |= for_one_piece(reader.category, terms)
        evidence = tuple(
            Evidence(name, Standing.TYPED, _place(name, row, reader.mapping.columns), reader=reader.name)
            for name in sorted(terms)
        )
        name = hashlib.sha256(f"{reader.source}|{row.name}".encode()).hexdigest()[:16]
        return Offer(
            OfferId(f"{reader.name[0]}-{name}"), reader.provider, reader.category.id, Terms.of(terms),
            row.valid_until or reader.clock.now() + VALID, False, evidence, message_id, row.unread,
        )  # fmt: skip


def _place(name: str, row: Row, columns: Mapping[str, str]) -> str:
    return f"column {list(columns).index(name) + 1}" if name in row.terms else f"provider file: {name}"

"""Discovery and sessions of the feed channel."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping

from negotiators.adapter import (
    ClearedMove,
    ClearedProbe,
    EndpointCard,
    Refused,
    Session,
)
from negotiators.categories import Category
from negotiators.channels.faults import ExchangeFailed
from negotiators.channels.feed.mapping import Mapped, MappingError, Row, read_mapping, rows_in
from negotiators.channels.fixedprice import FixedPriceAdapter
from negotiators.channels.payload.fields import Problems
from negotiators.channels.polite import Guest, text_of
from negotiators.channels.quotes import stated_terms
from negotiators.channels.readonly import VALID, LookingSession, reply_id
from negotiators.clock import Clock
from negotiators.dialogue import (
    Evidence,
    MessageId,
    NegotiationId,
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
from negotiators.wire import AddressRules, Limits

MAX_OFFERS = 40
"""Rows put forward at most, the cheapest ones: a list may hold thousands."""


class FeedAdapter(FixedPriceAdapter):
    """The channel to price lists."""

    channel = "feed"

    def __init__(
        self,
        *,
        rules: AddressRules | None = None,
        limits: Limits | None = None,
        categories: Mapping[str, Category] | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(rules=rules, limits=limits, categories=categories, clock=clock)
        self._guest = Guest(self._rules, self._limits, self._clock)

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        origin = await self._guest.welcome(probe.url)
        digest = hashlib.sha256(origin.encode()).hexdigest()
        return self._card(probe.url, origin, "price list", digest, {"list": probe.url})

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        known = self._category(category)
        settings = json.loads(card.details.get("settings", "{}"))
        try:
            mapping = read_mapping(settings, known)
        except MappingError as err:
            raise Refused(f"the provider file's mapping: {err}") from err
        provider = ProviderId(card.details.get("provider", card.origin))
        return _FeedSession(
            resume, self._guest, card.details["list"], known, provider, mapping, settings.get("terms"),
            self._clock,
        )  # fmt: skip


class _FeedSession(LookingSession):
    def __init__(
        self,
        resume: str,
        guest: Guest,
        url: str,
        category: Category,
        provider: ProviderId,
        mapping: Mapped,
        stated: object,
        clock: Clock,
    ) -> None:
        super().__init__(resume)
        self._guest = guest
        self._url = url
        self._category = category
        self._provider = provider
        self._mapping = mapping
        self._stated = stated
        self._clock = clock

    async def close(self) -> None:
        return None

    async def _look(self, cleared: ClearedMove) -> Reply:
        page = await self._guest.fetch(self._url)
        problems = Problems()
        stated = stated_terms(self._stated, self._category, problems)
        content = page.body if self._mapping.format == "xml" else text_of(page)
        rows = await asyncio.to_thread(lambda: list(rows_in(content, self._mapping, self._category, problems)))
        if not rows:
            raise ExchangeFailed("no_row_fits", sent=False, refused=True)
        message_id = reply_id(cleared.message_id, page.body)
        rows.sort(key=self._price, reverse=True)
        if len(rows) > MAX_OFFERS:
            problems.add("dearer_rows_left_out", len(rows) - MAX_OFFERS)
        offers = [self._offer(row, message_id, stated) for row in rows[-MAX_OFFERS:]]
        words = "\n".join(row.title for row in rows[-MAX_OFFERS:] if row.title)
        return Reply(
            message_id,
            tuple(Propose(offer) for offer in offers),
            text=UntrustedText(words[:4000], self._url) if words else None,
            problems=problems.codes(),
            hand_over=self._url,
        )

    def _price(self, row: Row) -> tuple[str, object]:
        """Rows of one currency are ordered by price; those of others stay apart."""
        price = row.terms[self._category.headline().name]
        assert isinstance(price, Money)
        return price.currency, price.amount

    def _offer(self, row: Row, message_id: MessageId, stated: Mapping[str, TermValue]) -> Offer:
        terms = {**stated, **row.terms}
        columns = self._mapping.columns
        evidence = tuple(
            Evidence(name, Standing.TYPED, _place(name, row, columns), reader="feed") for name in sorted(terms)
        )
        name = hashlib.sha256(f"{self._url}|{row.name}".encode()).hexdigest()[:16]
        return Offer(
            OfferId(f"f-{name}"), self._provider, self._category.id, Terms.of(terms),
            row.valid_until or self._clock.now() + VALID, False, evidence, message_id, row.unread,
        )  # fmt: skip


def _place(name: str, row: Row, columns: Mapping[str, str]) -> str:
    return f"column {list(columns).index(name) + 1}" if name in row.terms else f"provider file: {name}"

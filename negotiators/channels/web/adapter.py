"""Discovery and sessions of the web channel.

The channel fetches and makes offers; what stands on a page is read by the agent's own readers, which are handed in
(`PageReader`), because reading text belongs to the language room.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Unpack

from negotiators.adapter import (
    ClearedMove,
    ClearedProbe,
    EndpointCard,
    Session,
)
from negotiators.categories import Category
from negotiators.channels.faults import ExchangeFailed
from negotiators.channels.fixedprice import FixedPriceAdapter, Given
from negotiators.channels.payload.charges import names_of
from negotiators.channels.payload.fields import Problems
from negotiators.channels.payload.schema_offer import DELIVERY
from negotiators.channels.polite import Guest
from negotiators.channels.quotes import Quote, issue_named, offer_of, stated_terms
from negotiators.channels.readonly import VALID, LookingSession, reply_id
from negotiators.clock import Clock
from negotiators.dialogue import MessageId, NegotiationId, Offer, Propose, ProviderId, Reply, Standing
from negotiators.money import MoneyError
from negotiators.text import UntrustedText

DELIVERY_CHARGE = "DeliveryChargeSpecification"
"""What `PageCharge.name` says of a delivery, schema.org's word."""


@dataclass(frozen=True, slots=True)
class PageCharge:
    """A component charged on top of a price: schema.org's name for it, and its amount where it is one exact figure in
    the price's own currency."""

    name: str
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class PagePrice:
    """One price a reader found. `source` is the markup's syntax, or `visible` for what only a visitor sees; `main`
    that the page is about this product."""

    name: str
    amount: Decimal
    currency: str | None
    source: str
    quote: str
    valid_until: str | None = None
    main: bool = False
    charges: tuple[PageCharge, ...] = ()
    """What the markup charges on top of it."""


PageReader = Callable[[bytes, str], Sequence[PagePrice]]
"""Reads a page's bytes, given its media type. Never raises for what a page holds."""


class WebAdapter(FixedPriceAdapter):
    """The channel to shop pages. `reader` reads what stands on one."""

    channel = "web"

    def __init__(self, *, reader: PageReader, **given: Unpack[Given]) -> None:
        super().__init__(**given)
        self._reader = reader
        self._guest = Guest(self._rules, self._limits, self._clock)

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        """Whether the site lets programs look. The page itself is fetched when it is asked for."""
        origin = await self._guest.welcome(probe.url)
        digest = hashlib.sha256(origin.encode()).hexdigest()
        return self._card(probe.url, origin, "web page", digest, {"page": probe.url})

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        known = self._category(category)
        settings = json.loads(card.details.get("settings", "{}"))
        provider = ProviderId(card.details.get("provider", card.origin))
        return _WebSession(
            resume, self._guest, self._reader, card.details["page"], known, provider, settings, self._clock
        )


class _WebSession(LookingSession):
    def __init__(
        self,
        resume: str,
        guest: Guest,
        reader: PageReader,
        url: str,
        category: Category,
        provider: ProviderId,
        settings: Mapping[str, object],
        clock: Clock,
    ) -> None:
        super().__init__(resume)
        self._guest = guest
        self._reader = reader
        self._url = url
        self._category = category
        self._provider = provider
        self._title = str(settings.get("title") or "").casefold()
        self._problems = Problems()
        self._stated = stated_terms(settings.get("terms"), category, self._problems)
        self._clock = clock

    async def close(self) -> None:
        return None

    async def _look(self, cleared: ClearedMove) -> Reply:
        page = await self._guest.fetch(self._url)
        found = await asyncio.to_thread(self._reader, page.body, page.kind)
        message_id = reply_id(cleared.message_id, page.body)
        chosen = self._chosen(found)
        if chosen is None:
            raise ExchangeFailed("no_price_on_page", sent=False, refused=True)
        problems = list(self._problems.codes())
        offer = self._offer(chosen, message_id, problems)
        words = UntrustedText(f"{chosen.name}: {chosen.quote}"[:2000], self._url)
        moves = (Propose(offer),) if offer is not None else ()
        return Reply(message_id, moves, text=words, problems=tuple(problems), hand_over=self._url)

    def _chosen(self, found: Sequence[PagePrice]) -> PagePrice | None:
        """The price the person's file names by title, else the product the page is about."""
        named = [one for one in found if self._title and self._title in one.name.casefold()]
        return next(iter(named or ([] if self._title else [one for one in found if one.main] or list(found))), None)

    def _offer(self, chosen: PagePrice, message_id: MessageId, problems: list[str]) -> Offer | None:
        """Markup is a machine's statement; a price that only a visitor sees, or without a currency, is a claim."""
        typed = chosen.source != "visible" and chosen.currency is not None
        delivery, unread = self._charged(chosen.charges)
        if chosen.currency is None:
            problems.append("currency_assumed")
        quote = Quote(
            currency=chosen.currency or self._category.currency,
            goods=chosen.amount,
            delivery=delivery,
            valid_until=self._until(chosen.valid_until),
            path=chosen.source,
            standing=Standing.TYPED if typed else Standing.CLAIMED,
            unread=unread,
        )
        try:
            return offer_of(quote, self._category, self._provider, f"w-{message_id}", message_id, self._stated)
        except MoneyError:
            problems.append("bad_price")
            return None

    def _charged(self, charges: Sequence[PageCharge]) -> tuple[Decimal | None, tuple[str, ...]]:
        """What the delivery costs, and the names of charges without a place. Deliveries at several prices are placed
        only where the person's file says which one counts."""
        deliveries = {charge.amount for charge in charges if charge.name == DELIVERY_CHARGE}
        others = [charge.name for charge in charges if charge.name != DELIVERY_CHARGE]
        issue = issue_named(self._category, DELIVERY)
        exact = next(iter(deliveries)) if len(deliveries) == 1 else None
        if deliveries and exact is None and (issue is None or issue.name not in self._stated):
            others.append(DELIVERY_CHARGE)
        return exact, names_of(others)

    def _until(self, stated: str | None) -> datetime:
        """The end of the stated day, else of our own patience."""
        day = re.match(r"\d{4}-\d\d-\d\d", stated or "")
        next_look = self._clock.now() + VALID
        if day is None:
            return next_look
        try:
            ends = datetime.combine(datetime.fromisoformat(day.group()).date(), time(23, 59, 59), UTC)
        except ValueError:
            return next_look
        return min(ends, next_look)

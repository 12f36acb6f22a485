"""One thread with one shop: a checkout (or cart) that is tried in several configurations, and never paid."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

from negotiators.adapter import ClearedMove, Delivery, DeliveryState, Session, Unsupported
from negotiators.categories import Category
from negotiators.channels.faults import ExchangeFailed, delivery_of, raise_for
from negotiators.channels.payload.fields import Problems, safe_id
from negotiators.channels.quotes import Quote, offer_of, stated_terms
from negotiators.channels.ucp.client import Client, key_of
from negotiators.channels.ucp.order import (
    Configuration,
    Order,
    bases,
    not_as_asked,
    read_order,
    request_body,
    with_codes,
)
from negotiators.channels.ucp.profile import Profile
from negotiators.channels.ucp.reading import Session as ShopSession
from negotiators.channels.ucp.reading import quote_of, read_session
from negotiators.clock import Clock
from negotiators.dialogue import (
    Accept,
    Ask,
    Inform,
    Inquire,
    Leave,
    MessageId,
    Move,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reply,
    Withdraw,
)
from negotiators.money import MoneyError
from negotiators.text import UntrustedText

MAX_TRIES = 14
"""Configurations tried in one search: a shop is asked, not combed through."""

MAX_OFFERS = 6
MAX_TEXT = 16 << 10
LIFETIME = timedelta(hours=6)
"""How long a checkout without a stated end lasts (UCP's default)."""

DESTINATION = {"address_country": "pd:Country", "postal_code": "pd:PostalCode", "address_locality": "pd:City"}
"""What a shop needs to know before it prices a delivery, coarsest first, and the data category of each."""


@dataclass(slots=True)
class Thread:
    """What a thread needs to go on after a restart. What was told of the person is not in it: the shop holds it."""

    checkout: str = ""
    offers: dict[str, list[object]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    context: str = ""
    platform: str = ""
    """The address of the person's UCP profile, which goes with every request."""

    @classmethod
    def from_token(cls, token: str) -> Thread:
        """Read a `resume_token`. Raises `ValueError` for one that is not ours."""
        value = json.loads(token)
        if not isinstance(value, dict) or value.get("v") != 1:
            raise ValueError("not a resume token of the UCP channel")
        kept = list(value["seen"]), list(value["asked"]), str(value.get("context", "")), str(value.get("platform", ""))
        return cls(value["checkout"], dict(value["offers"]), *kept)

    def token(self) -> str:
        value = {"v": 1, "checkout": self.checkout, "offers": self.offers, "seen": self.seen[-200:],
                 "asked": self.asked}  # fmt: skip
        value |= {key: held for key, held in (("context", self.context), ("platform", self.platform)) if held}
        return json.dumps(value, separators=(",", ":"))


@dataclass(slots=True)
class Search:
    """One search: the order, the message it belongs to, what was tried and what came of it."""

    order: Order
    message_id: str
    step: int = 0
    tried: list[tuple[Configuration, ShopSession, Quote]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def key(self) -> str:
        self.step += 1
        return key_of(self.message_id, self.step)

    def cheapest(self) -> Configuration:
        """The cheapest complete configuration so far, else the cheapest."""
        return min(self.tried, key=lambda one: (one[2].delivery is None, _total(one[2])))[0]


def _total(quote: Quote) -> object:
    return quote.goods + (quote.delivery or 0) + quote.extras


class UcpSession(Session):
    """See `negotiators.adapter.Session`."""

    def __init__(
        self,
        *,
        client: Client,
        profile: Profile,
        thread: Thread,
        category: Category,
        provider: ProviderId,
        source: str,
        stated: object,
        clock: Clock,
    ) -> None:
        self._client = client
        self._profile = profile
        self._thread = thread
        self._category = category
        self._provider = provider
        self._source = source
        self._problems = Problems()
        self._stated = stated_terms(stated, category, self._problems)
        self._clock = clock
        self._path = "/checkout-sessions" if profile.can("checkout") or not profile.can("cart") else "/carts"
        self._known: ShopSession | None = None
        self._told: dict[str, str] = {}
        self._waiting: list[Reply] = []
        self._broken: ExchangeFailed | None = None

    async def send(self, cleared: ClearedMove) -> Delivery:
        move = cleared.move
        if not isinstance(move, Ask | Inform | Accept | Withdraw | Leave):
            raise Unsupported("a shop's prices are taken or left")
        try:
            reply = await self._do(move, cleared)
        except ExchangeFailed as err:
            self._broken = err if err.malformed else self._broken
            return delivery_of(err, cleared.message_id)
        if reply is not None and reply.message_id not in self._thread.seen:
            self._waiting.append(reply)
        return Delivery(DeliveryState.DELIVERED, cleared.message_id, reference=self._thread.checkout)

    async def _do(self, move: Ask | Inform | Accept | Withdraw | Leave, cleared: ClearedMove) -> Reply | None:
        match move:
            case Ask():
                return await self._quote(cleared)
            case Inform(field=name, value=value):
                if name not in DESTINATION or not value:
                    return None
                self._told[name] = value
                return await self._quote(cleared)
            case Accept(offer_id=offer_id):
                return await self._take(cleared, str(offer_id or ""))
            case _:
                await self._cancel(cleared.message_id)
                return None

    async def receive(self) -> list[Reply]:
        if self._broken is not None:
            raise_for(self._broken)
        replies, self._waiting = self._waiting, []
        self._thread.seen += [reply.message_id for reply in replies]
        return replies

    async def status(self, reference: str) -> Delivery:
        """Whether the shop still holds the checkout; a message of unknown outcome is safe to send again."""
        if not self._thread.checkout or reference != self._thread.checkout:
            return Delivery(DeliveryState.UNKNOWN, MessageId(reference), error="not_listed")
        try:
            await self._get(Search(Order(()), f"status-{reference}"))
        except ExchangeFailed as err:
            return Delivery(DeliveryState.UNKNOWN, MessageId(reference), error=err.code)
        return Delivery(DeliveryState.DELIVERED, MessageId(reference), reference=self._thread.checkout)

    async def cancel(self, reference: str) -> None:
        if reference == self._thread.checkout and reference:
            await self._cancel(f"cancel-{reference}")

    def resume_token(self) -> str:
        return self._thread.token()

    async def close(self) -> None:
        await self._client.close()

    # -- searching ----------------------------------------------------------------------------------------------

    async def _quote(self, cleared: ClearedMove) -> Reply:
        """Try what the order allows, and hand over every different offer, the cheapest last."""
        search = self._search(cleared)
        search.problems += self._problems.codes()
        if not search.order.lines:
            search.order = await self._found(search)
        for number, base in enumerate(bases(search.order)):
            try:
                await self._explore(search, base)
            except ExchangeFailed as err:
                if number == 0 and not search.tried:
                    raise
                search.problems.append(f"search_cut:{err.code}")
                break
        return self._reply(search)

    def _search(self, cleared: ClearedMove) -> Search:
        search = Search(read_order(cleared.payload), str(cleared.message_id))
        self._thread.platform = search.order.profile
        return search

    async def _call(self, method: str, path: str, body: Mapping[str, object] | None, key: str) -> object:
        return await self._client.call(method, path, body, key=key, profile=self._thread.platform)

    async def _found(self, search: Search) -> Order:
        """The order with the items a catalogue search gives for the person's words."""
        if not self._profile.can("catalog.search"):
            raise Unsupported("the shop has no catalogue to search, and the provider file names no item")
        asked = {"query": search.order.search, "pagination": {"limit": 10}}
        value = await self._call("POST", "/catalog/search", asked, search.key())
        items = tuple(variants_in(value))
        if not items:
            raise ExchangeFailed("nothing_found", sent=False, refused=True)
        return replace(search.order, lines=((items[:3], (1,)),))

    async def _explore(self, search: Search, base: Configuration) -> None:
        """Delivery options first, because only with one a total is complete; then codes; then an allowed consent."""
        got = await self._try(search, base)
        for choice in got.choices if got is not None else ():
            await self._try(search, replace(base, option=choice.option))
        if not search.tried:
            return
        mine = [one for one in search.tried if one[0].lines == base.lines]
        best = min(mine, key=lambda one: (one[2].delivery is None, _total(one[2])))[0] if mine else base
        for chosen in with_codes(best, search.order) if self._profile.can("discount") else ():
            await self._try(search, chosen)
        if search.order.consents and self._profile.can("buyer_consent"):
            await self._try(search, replace(search.cheapest(), consents=True))

    async def _try(self, search: Search, chosen: Configuration) -> ShopSession | None:
        """One configuration at the shop. What the shop does otherwise than asked is noted; other goods, or an order
        nobody placed, make no offer."""
        if len(search.tried) >= MAX_TRIES:
            return None
        got = await self._put(search, chosen)
        different = not_as_asked(search.order, chosen, got)
        search.problems += [*different, *got.problems, *(f"shop:{code}" for code in got.codes)]
        quote = quote_of(got, delivers=self._profile.can("fulfillment") and got.awaits_delivery)
        if isinstance(quote, str):
            search.problems.append(quote)
        elif not {"order_changed", "ordered_unasked", "delivery_changed"} & set(different):
            search.tried.append((chosen, got, quote))
        return got

    async def _put(self, search: Search, chosen: Configuration) -> ShopSession:
        if self._known is None and self._thread.checkout:
            await self._get(search)
        body = request_body(search.order, chosen, self._profile, self._known, self._told)
        method, path = ("PUT", f"{self._path}/{self._thread.checkout}") if self._known else ("POST", self._path)
        value = await self._call(method, path, body, search.key())
        self._known = read_session(value)
        self._thread.checkout, self._thread.context = self._known.id, self._client.context
        return self._known

    async def _get(self, search: Search) -> None:
        path = f"{self._path}/{self._thread.checkout}"
        self._known = read_session(await self._call("GET", path, None, search.key()))

    # -- answers --------------------------------------------------------------------------------------------------

    def _reply(self, search: Search) -> Reply:
        message_id = self._message_id(search)
        offers: dict[object, tuple[Configuration, Offer]] = {}
        for chosen, _, quote in sorted(search.tried, key=lambda one: _total(one[2]), reverse=True):  # type: ignore[arg-type,return-value]
            offer = self._offer(chosen, quote, message_id)
            if offer is not None:
                offers[offer.terms] = chosen, offer
        listed = _worth_showing(self._complete(list(offers.values())))
        for chosen, offer in listed:
            self._thread.offers[offer.id] = chosen.stored()
        moves: list[Move] = [Propose(offer) for _, offer in listed]
        moves += self._questions(search)
        words = "\n".join(dict.fromkeys(got.words for _, got, _ in search.tried if got.words))
        return Reply(
            message_id,
            tuple(moves),
            text=UntrustedText(words[:MAX_TEXT], self._source) if words else None,
            problems=tuple(dict.fromkeys(search.problems)),
            hand_over=self._hand_over(),
        )

    def _complete(self, offers: list[tuple[Configuration, Offer]]) -> list[tuple[Configuration, Offer]]:
        """Offers that name every mandatory term, where there are any."""
        whole = [one for one in offers if set(self._category.mandatory) <= set(one[1].terms)]
        return whole or offers

    def _message_id(self, search: Search) -> MessageId:
        return MessageId(f"u-{key_of(f'{self._thread.checkout}|{search.message_id}', 0)[:24]}")

    def _offer(self, chosen: Configuration, quote: Quote, message_id: MessageId) -> Offer | None:
        until = quote.valid_until or (self._clock.now() + LIFETIME)
        seed = json.dumps([self._thread.checkout, chosen.stored()])
        offer_id = f"u-{hashlib.sha256(seed.encode()).hexdigest()[:16]}"
        try:
            quote = replace(quote, valid_until=until)
            return offer_of(quote, self._category, self._provider, offer_id, message_id, self._stated)
        except MoneyError:
            return None

    def _questions(self, search: Search) -> list[Move]:
        """The next thing the shop must know before it can price the delivery."""
        if not search.tried or any(quote.delivery is not None for _, _, quote in search.tried):
            return []
        for name, category in DESTINATION.items():
            if name not in self._thread.asked:
                self._thread.asked.append(name)
                return [Inquire(name, category, None, required=True)]
        return []

    def _hand_over(self) -> str:
        """Where the person goes on by hand: the shop's own address, on the shop's own host, or nothing."""
        stated = self._known.hand_over if self._known is not None else ""
        if not stated.isascii() or not safe_id(stated.replace("?", "").replace("&", "").replace("%", "")):
            return ""
        own, there = urlsplit(self._profile.endpoint), urlsplit(stated)
        return stated if (own.scheme, own.hostname) == (there.scheme, there.hostname) else ""

    async def _take(self, cleared: ClearedMove, offer_id: str) -> Reply:
        """Put the accepted configuration once more and compare: the same terms are accepted, others are a new offer."""
        stored = self._thread.offers.get(offer_id)
        move = cleared.move
        assert isinstance(move, Accept)
        if stored is None:
            raise ExchangeFailed("unknown_offer", sent=False, refused=True)
        search = self._search(cleared)
        chosen = Configuration.read(stored)
        if any(at >= len(search.order.codes) for at in chosen.codes):
            raise ExchangeFailed("order_file_changed", sent=False, refused=True)
        await self._try(search, chosen)
        message_id = self._message_id(search)
        offer = self._offer(chosen, search.tried[0][2], message_id) if search.tried else None
        if offer is not None and offer.terms == move.terms:
            moves: tuple[Move, ...] = (Accept(OfferId(offer_id), offer.terms),)
        elif offer is not None:
            search.problems.append("terms_changed")
            self._thread.offers[offer.id] = chosen.stored()
            moves = (Propose(offer),)
        else:
            moves = ()
        return Reply(message_id, moves, problems=tuple(dict.fromkeys(search.problems)), hand_over=self._hand_over())

    async def _cancel(self, message_id: str) -> None:
        """Close the checkout at the shop, if there is one. A shop that cannot will let it run out."""
        if not self._thread.checkout:
            return
        path = f"{self._path}/{self._thread.checkout}/cancel"
        try:
            await self._call("POST", path, {}, key_of(message_id, 1))
        except ExchangeFailed as err:
            if not err.refused:
                raise


def _worth_showing(offers: list[tuple[Configuration, Offer]]) -> list[tuple[Configuration, Offer]]:
    """The cheapest offers, and of each alternative of items and quantities at least its cheapest one."""
    by_lines = {chosen.lines: offer.id for chosen, offer in offers}
    kept = {offer.id for _, offer in offers[-(MAX_OFFERS - len(by_lines)) :]} | set(by_lines.values())
    return [one for one in offers if one[1].id in kept]


def variants_in(value: object) -> list[str]:
    """Ids of what can be bought in a catalogue's answer, best match first."""
    products = value.get("products") if isinstance(value, Mapping) else None
    found = []
    for product in products[:20] if isinstance(products, list) else []:
        variants = product.get("variants") if isinstance(product, Mapping) else None
        for variant in variants[:5] if isinstance(variants, list) else []:
            available = variant.get("availability") if isinstance(variant, Mapping) else None
            gone = isinstance(available, Mapping) and available.get("available") is False
            name = safe_id(variant.get("id")) if isinstance(variant, Mapping) else None
            if name is not None and not gone:
                found.append(name)
    return found

"""Discovery and sessions of the MCP channel."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Unpack
from urllib.parse import urljoin, urlsplit

from negotiators.adapter import (
    ClearedMove,
    ClearedProbe,
    EndpointCard,
    Malformed,
    Refused,
    Session,
    Unreachable,
    Unsupported,
)
from negotiators.categories import Category
from negotiators.channels.cards import card_hash, followed
from negotiators.channels.faults import ExchangeFailed, as_adapter_error
from negotiators.channels.fixedprice import FixedPriceAdapter, Given
from negotiators.channels.mcp.catalogue import TOOLS, Goods, call_of, goods_in, item_ids, profile_for, tool_for
from negotiators.channels.payload.fields import Problems
from negotiators.channels.quotes import Quote, offer_of, stated_terms
from negotiators.channels.readonly import VALID, LookingSession, reply_id
from negotiators.channels.ucp.order import read_order
from negotiators.clock import Clock
from negotiators.dialogue import NegotiationId, Propose, ProviderId, Reply
from negotiators.text import UntrustedText
from negotiators.wire import WireError, target_of

if TYPE_CHECKING:
    from negotiators.channels.mcp.exchange import Asker, Exchange
    from negotiators.channels.ucp.signing import Signing

MAX_OFFERS = 20


class McpAdapter(FixedPriceAdapter):
    """The channel to catalogues over MCP. `signing` gives the key that requests to UCP's catalogues are signed with:
    UCP has had catalogues for as long as it has had signatures, so no version is asked."""

    channel = "mcp"

    def __init__(self, *, signing: Signing | None = None, **given: Unpack[Given]) -> None:
        super().__init__(**given)
        self._signing = signing

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        """The tools at the address itself, or at the address a UCP profile of its host names."""
        from negotiators.channels.mcp.exchange import Exchange

        url = probe.url if urlsplit(probe.url).path.strip("/") else await self._named_by_profile(probe.url)
        try:
            origin = target_of(url, self._rules).origin
        except WireError as err:
            raise as_adapter_error(err) from err
        try:
            tools = await Exchange(url, self._rules, self._limits).tools()
        except ExchangeFailed as err:
            raise refusal_of(err) from err
        usable = tuple(tool for tool in TOOLS if tool in tools)
        if not usable:
            raise Unsupported("the server has no catalogue tool we know")
        details = {"endpoint": url, "tools": "\n".join(usable)}
        return self._card(probe.url, origin, "mcp", card_hash(sorted(tools)), details, extensions=usable)

    async def _named_by_profile(self, url: str) -> str:
        from negotiators.wire.httpx_edge import fetch_json, guarded_client

        async with guarded_client(self._rules, self._limits) as client:
            try:
                document, answered = await fetch_json(client, urljoin(url, "/.well-known/ucp"))
            except LookupError as err:
                raise Malformed(f"no UCP profile at `{url}`; name the MCP address itself") from err
            except WireError as err:
                raise as_adapter_error(err) from err
        found = _mcp_endpoint(document)
        if found is None:
            raise Unsupported("the shop's profile names no MCP service")
        return followed(found, followed(answered, url, self._rules), self._rules)

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        from negotiators.channels.mcp.exchange import Exchange

        known = self._category(category)
        settings = json.loads(card.details.get("settings", "{}"))
        exchange = Exchange(card.details["endpoint"], self._rules, self._limits)
        provider = ProviderId(card.details.get("provider", card.origin))
        tools = tuple(card.details["tools"].split("\n"))
        return _McpSession(resume, exchange, tools, known, provider, settings, card.origin, self._clock, self._signing)


def _mcp_endpoint(document: object) -> str | None:
    ucp = document.get("ucp", document) if isinstance(document, Mapping) else {}
    services = ucp.get("services") if isinstance(ucp, Mapping) else None
    listed = services.get("dev.ucp.shopping") if isinstance(services, Mapping) else None
    for entry in listed[:20] if isinstance(listed, list) else []:
        if isinstance(entry, Mapping) and entry.get("transport") == "mcp" and isinstance(entry.get("endpoint"), str):
            return str(entry["endpoint"])
    return None


def refusal_of(err: ExchangeFailed) -> Exception:
    """What a failure at discovery means."""
    if err.malformed:
        return Malformed(f"not an MCP server: {err.code}")
    return Refused(f"the server refuses: {err.code}") if err.refused else Unreachable(err.code)


class _McpSession(LookingSession):
    def __init__(
        self,
        resume: str,
        exchange: Exchange,
        tools: tuple[str, ...],
        category: Category,
        provider: ProviderId,
        settings: Mapping[str, object],
        source: str,
        clock: Clock,
        signing: Signing | None,
    ) -> None:
        super().__init__(resume)
        self._exchange = exchange
        self._tools = tools
        self._category = category
        self._provider = provider
        self._stated = settings.get("terms")
        self._source = source
        self._clock = clock
        self._signing = signing

    async def close(self) -> None:
        return None

    async def _look(self, cleared: ClearedMove) -> Reply:
        read_order(cleared.payload)
        order = cleared.payload["order"]
        assert isinstance(order, Mapping)
        tool = tool_for(self._tools, order)
        if tool is None:
            raise Unsupported("the server has no tool for what the provider file orders")
        problems = Problems()
        answers = await self._exchange.call(tool, call_of(tool, order), await self._asker(profile_for(tool, order)))
        found = [goods for one in answers for goods in goods_in(one.data, problems)]
        asked = set(item_ids(order))
        wanted = [one for one in found if not asked or {one.id, one.product} & asked]
        if not wanted:
            raise ExchangeFailed("nothing_found", sent=False, refused=True)
        return self._reply(cleared, wanted, read_order(cleared.payload).lines, problems)

    async def _asker(self, profile: str) -> Asker | None:
        from negotiators.channels.mcp.exchange import Asker
        from negotiators.channels.ucp.signing import SIGNED_SINCE, key_for

        return Asker(profile, await key_for(self._signing, SIGNED_SINCE)) if profile else None

    def _reply(self, cleared: ClearedMove, found: list[Goods], lines: object, problems: Problems) -> Reply:
        stated = stated_terms(self._stated, self._category, problems)
        seen = json.dumps([[one.id, str(one.price)] for one in found])
        message_id = reply_id(cleared.message_id, seen.encode())
        count = lines[0][1][0] if isinstance(lines, tuple) and lines else 1
        found.sort(key=lambda one: (one.price.currency, one.price.amount), reverse=True)
        moves = []
        for one in found[-MAX_OFFERS:]:
            quote = Quote(
                currency=one.price.currency, goods=one.price.amount * count, quantity=count,
                valid_until=self._clock.now() + VALID, path="products.variants.price", unread=one.unread,
            )  # fmt: skip
            name = hashlib.sha256(f"{self._source}|{one.id}|{count}".encode()).hexdigest()[:16]
            offer = offer_of(quote, self._category, self._provider, f"c-{name}", message_id, stated)
            moves.append(Propose(offer))
        if len(found) > MAX_OFFERS:
            problems.add("dearer_goods_left_out", len(found) - MAX_OFFERS)
        words = "\n".join(dict.fromkeys(one.title for one in found[-MAX_OFFERS:] if one.title))
        text = UntrustedText(words[:4000], self._source) if words else None
        return Reply(message_id, tuple(moves), text=text, problems=problems.codes())

"""Discovery and sessions of the ACP channel."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Unpack
from urllib.parse import urljoin, urlsplit

from negotiators.adapter import ClearedProbe, EndpointCard, Malformed, Refused, Session
from negotiators.channels.acp.documents import KNOWN
from negotiators.channels.cards import card_hash, followed
from negotiators.channels.faults import as_adapter_error, of_status
from negotiators.channels.fixedprice import FixedPriceAdapter, Given
from negotiators.channels.ucp.profile import KNOWN as UCP_KNOWN
from negotiators.channels.ucp.profile import SERVICE, Profile
from negotiators.dialogue import NegotiationId, ProviderId
from negotiators.wire import NotStrictJson, WireError, target_of

WELL_KNOWN = "/.well-known/acp.json"
CAN = tuple(f"{SERVICE}.{name}" for name in ("checkout", "discount", "fulfillment"))

Tokens = Callable[[str], Awaitable[str | None]]


class AcpAdapter(FixedPriceAdapter):
    """The channel to ACP shops. `tokens` gives the key a shop's host gave the person; without one nobody is asked."""

    channel = "acp"
    acts = frozenset({"ask", "accept", "withdraw", "leave"})

    def __init__(self, *, tokens: Tokens | None = None, **given: Unpack[Given]) -> None:
        super().__init__(**given)
        self._tokens = tokens

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        """What the shop says of itself; a shop that says nothing is taken at the address of the person's file."""
        try:
            origin = target_of(probe.url, self._rules).origin
        except WireError as err:
            raise as_adapter_error(err) from err
        document = await self._document(urljoin(probe.url, WELL_KNOWN))
        base, version = _service(document, probe.url) if document is not None else (probe.url, KNOWN[0])
        base = followed(base, probe.url, self._rules)
        if target_of(base, self._rules).origin != origin:  # the key is for this door of the host only
            raise Refused(f"`{origin}` sends us to another port")
        details = {"endpoint": base, "version": version}
        return self._card(probe.url, origin, f"acp/{version}", card_hash(document or origin), details)

    async def _document(self, url: str) -> object:
        from negotiators.wire.httpx_edge import fetch_json, guarded_client

        async with guarded_client(self._rules, self._limits) as client:
            try:
                document, _ = await fetch_json(client, url)
            except LookupError as err:
                refusal = of_status(int(str(err)))
                if refusal is not None:
                    raise refusal from err
                return None
            except NotStrictJson as err:
                raise Malformed(f"no ACP document at `{url}`: {err.code}") from err
            except WireError as err:
                raise as_adapter_error(err) from err
        return document

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        from negotiators.channels.acp.client import AcpClient
        from negotiators.channels.acp.session import AcpSession
        from negotiators.channels.ucp.session import Thread

        known = self._category(category)
        base = card.details["endpoint"]
        token = await self._tokens(urlsplit(base).hostname or "") if self._tokens is not None else None
        if not token:
            raise Refused("no key of this shop is kept; `gegenbot adapters secret acp HOST` keeps one")
        settings = json.loads(card.details.get("settings", "{}"))
        return AcpSession(
            client=AcpClient(base, card.details["version"], self._rules, self._limits, token, known.currency),
            profile=Profile(base, UCP_KNOWN[-1], CAN),
            thread=Thread.from_token(resume) if resume else Thread(),
            category=known,
            provider=ProviderId(card.details.get("provider", card.origin)),
            source=card.origin,
            stated=settings.get("terms"),
            clock=self._clock,
        )


def _service(document: object, url: str) -> tuple[str, str]:
    """The address of the interface and the version to speak: the newest both know, else the shop's own."""
    body = document if isinstance(document, Mapping) else {}
    protocol = body.get("protocol")
    stated = protocol if isinstance(protocol, Mapping) else {}
    base, own = body.get("api_base_url"), stated.get("version")
    if not isinstance(base, str) or not isinstance(own, str) or len(own) > 20:
        raise Malformed(f"no ACP document at `{url}`")
    supported = stated.get("supported_versions")
    offered = {own, *(supported if isinstance(supported, list) else [])}
    shared = [version for version in KNOWN if version in offered]
    return urljoin(url, base).rstrip("/"), shared[-1] if shared else own

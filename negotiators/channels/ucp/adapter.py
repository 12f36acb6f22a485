"""Discovery and sessions of the UCP channel."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Unpack
from urllib.parse import urljoin, urlsplit

from negotiators.adapter import (
    ClearedProbe,
    EndpointCard,
    Malformed,
    Session,
)
from negotiators.channels.cards import card_hash, followed
from negotiators.channels.faults import as_adapter_error, of_status
from negotiators.channels.fixedprice import FixedPriceAdapter, Given
from negotiators.channels.ucp.client import Client, ShopClient
from negotiators.channels.ucp.overa2a import AgentClient, endpoint_of, extension_of
from negotiators.channels.ucp.profile import KNOWN, Profile, read_profile
from negotiators.dialogue import NegotiationId, ProviderId
from negotiators.wire import NotStrictJson, WireError, target_of

if TYPE_CHECKING:
    from negotiators.channels.ucp.signing import Signing

WELL_KNOWN = "/.well-known/ucp"


Tokens = Callable[[str], Awaitable[str | None]]
"""The key a host gave the person for its interface, if any: sent to that host only."""


class UcpAdapter(FixedPriceAdapter):
    """The channel to UCP shops. `tokens` gives the key a host gave the person, `signing` the one they sign with."""

    channel = "ucp"
    acts = frozenset({"ask", "inform", "accept", "withdraw", "leave"})

    def __init__(self, *, tokens: Tokens | None = None, signing: Signing | None = None, **given: Unpack[Given]) -> None:
        super().__init__(**given)
        self._tokens = tokens
        self._signing = signing

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        address = probe.url if probe.url.endswith(WELL_KNOWN) else urljoin(probe.url, WELL_KNOWN)
        document, answered = await self._fetch(address)
        profile = read_profile(document, answered, self._rules)
        for version, place in sorted(profile.older, reverse=True):
            if profile.version in KNOWN:
                break
            document, answered = await self._fetch(followed(place, address, self._rules))
            profile = read_profile(document, answered, self._rules)
            if profile.version == version:
                break
        card = self._profiled(profile, answered, document)
        if profile.transport != "a2a":
            return card
        agent, at = await self._fetch(profile.endpoint)
        endpoint, wire = endpoint_of(agent, at, self._rules)
        return replace(card, details={**card.details, "endpoint": endpoint, "a2a": f"{wire} {extension_of(agent)}"})

    async def _fetch(self, url: str) -> tuple[object, str]:
        from negotiators.wire.httpx_edge import fetch_json, guarded_client

        async with guarded_client(self._rules, self._limits) as client:
            try:
                document, answered = await fetch_json(client, url)
            except LookupError as err:
                refusal = of_status(int(str(err)))
                raise refusal or Malformed(f"no UCP profile at `{url}`") from err
            except NotStrictJson as err:
                raise Malformed(f"no UCP profile at `{url}`: {err.code}") from err
            except WireError as err:
                raise as_adapter_error(err) from err
        return document, followed(answered, url, self._rules)

    def _profiled(self, profile: Profile, url: str, document: object) -> EndpointCard:
        origin = target_of(url, self._rules).origin
        details = {"endpoint": profile.endpoint, "version": profile.version, "can": "\n".join(profile.capabilities)}
        return self._card(
            url, origin, f"ucp/{profile.version}", card_hash(document), details,
            name=urlsplit(origin).hostname or origin, extensions=profile.capabilities,
        )  # fmt: skip

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        from negotiators.channels.ucp.session import Thread, UcpSession

        known = self._category(category)
        details = card.details
        profile = Profile(details["endpoint"], details["version"], tuple(details["can"].split("\n")))
        settings = json.loads(details.get("settings", "{}"))
        thread = Thread.from_token(resume) if resume else Thread()
        return UcpSession(
            client=await self._client(profile, details.get("a2a", ""), thread.context),
            profile=profile,
            thread=thread,
            category=known,
            provider=ProviderId(details.get("provider", card.origin)),
            source=card.origin,
            stated=settings.get("terms"),
            clock=self._clock,
        )

    async def _client(self, profile: Profile, wire: str, context: str) -> Client:
        from negotiators.channels.ucp.signing import key_for

        token = await self._token(profile.endpoint)
        key = await key_for(self._signing, profile.version)
        if not wire:
            return ShopClient(profile.endpoint, profile.version, self._rules, self._limits, token, key)
        form, _, extension = wire.partition(" ")
        client = AgentClient(profile.endpoint, form, extension, profile.version, self._rules, self._limits, token, key)
        client.context = context
        return client

    async def _token(self, endpoint: str) -> str:
        host = urlsplit(endpoint).hostname
        return (await self._tokens(host) if self._tokens is not None and host else None) or ""

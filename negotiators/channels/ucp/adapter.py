"""Discovery and sessions of the UCP channel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

from negotiators.adapter import (
    Adapter,
    Capabilities,
    ClearedProbe,
    EndpointCard,
    Malformed,
    Pace,
    Refused,
    Session,
    Unsupported,
)
from negotiators.categories import Category, shipped
from negotiators.channels.cards import card_hash
from negotiators.channels.faults import as_adapter_error, of_status
from negotiators.channels.ucp.profile import KNOWN, Profile, read_profile
from negotiators.clock import Clock, SystemClock
from negotiators.dialogue import NegotiationId, ProviderId
from negotiators.text import UntrustedText
from negotiators.wire import AddressRules, Limits, NotStrictJson, WireError, target_of

WELL_KNOWN = "/.well-known/ucp"
ACTS = frozenset({"ask", "inform", "accept", "withdraw", "leave"})


class UcpAdapter(Adapter):
    """The channel to UCP shops. See `A2AAdapter` for `rules`, `limits` and `categories`; `clock` ends offers whose
    shop names no end."""

    def __init__(
        self,
        *,
        rules: AddressRules | None = None,
        limits: Limits | None = None,
        categories: Mapping[str, Category] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._rules = rules or AddressRules()
        self._limits = limits or Limits()
        self._categories = categories
        self._clock = clock or SystemClock()

    def capabilities(self) -> Capabilities:
        return Capabilities("ucp", ACTS, typed_terms=True, commits=False, pace=Pace.SYNCHRONOUS, idempotent=True)

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        address = probe.url if probe.url.endswith(WELL_KNOWN) else urljoin(probe.url, WELL_KNOWN)
        document, answered = await self._fetch(address)
        profile = read_profile(document, answered, self._rules)
        for version, place in sorted(profile.older, reverse=True):
            if profile.version in KNOWN:
                break
            document, answered = await self._fetch(self._beside(address, place))
            profile = read_profile(document, answered, self._rules)
            if profile.version == version:
                break
        return self._card(profile, answered, document)

    def _beside(self, address: str, place: str) -> str:
        if urlsplit(address).hostname != urlsplit(place).hostname:
            raise Refused("the shop keeps an older profile on another host")
        return place

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
        before, after = target_of(url, self._rules), target_of(answered, self._rules)
        if before.host != after.host:
            raise Refused(f"`{before.origin}` sends us to `{after.origin}`")
        return document, answered

    def _card(self, profile: Profile, url: str, document: object) -> EndpointCard:
        origin = target_of(url, self._rules).origin
        host = urlsplit(origin).hostname or origin
        details = {"endpoint": profile.endpoint, "version": profile.version, "can": "\n".join(profile.capabilities)}
        return EndpointCard(
            url=url,
            origin=origin,
            channel="ucp",
            protocol=f"ucp/{profile.version}",
            card_hash=card_hash(document),
            name=UntrustedText(host, origin),
            description=UntrustedText("", origin),
            capabilities=self.capabilities(),
            extensions=profile.capabilities,
            details=details,
        )

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        from negotiators.channels.ucp.client import ShopClient
        from negotiators.channels.ucp.session import Thread, UcpSession

        known = self._categories or shipped()
        if category not in known:
            raise Unsupported(f"`{category}` is not a category we know")
        details = card.details
        profile = Profile(details["endpoint"], details["version"], tuple(details["can"].split("\n")))
        settings = json.loads(details.get("settings", "{}"))
        return UcpSession(
            client=ShopClient(profile.endpoint, profile.version, self._rules, self._limits),
            profile=profile,
            thread=Thread.from_token(resume) if resume else Thread(),
            category=known[category],
            provider=ProviderId(details.get("provider", card.origin)),
            source=card.origin,
            stated=settings.get("terms"),
            clock=self._clock,
        )

"""Discovery and sessions of the A2A channel."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

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
from negotiators.channels.a2a.card import TYPED_ACTS, read_card
from negotiators.channels.a2a.signatures import check_signatures
from negotiators.channels.cards import card_hash, signed_by
from negotiators.channels.faults import as_adapter_error, of_status
from negotiators.dialogue import NegotiationId, ProviderId
from negotiators.wire import (
    AddressRefused,
    AddressRules,
    Limits,
    NotStrictJson,
    WireError,
    target_of,
)

WELL_KNOWN = "/.well-known/agent-card.json"
LEGACY_WELL_KNOWN = "/.well-known/agent.json"


class A2AAdapter(Adapter):
    """The channel to A2A bots.

    `rules` say where we may connect, `limits` bound every exchange, `allowed_origins` are origins a card may
    send us to beyond its own host, `categories` are those a session reads terms by (default: the shipped ones).
    """

    def __init__(
        self,
        *,
        rules: AddressRules | None = None,
        limits: Limits | None = None,
        allowed_origins: frozenset[str] = frozenset(),
        categories: dict[str, Category] | None = None,
    ) -> None:
        self._rules = rules or AddressRules()
        self._limits = limits or Limits()
        self._allowed = allowed_origins
        self._categories = categories

    def capabilities(self) -> Capabilities:
        return Capabilities("a2a", TYPED_ACTS, typed_terms=True, commits=True, pace=Pace.SYNCHRONOUS, idempotent=True)

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        from negotiators.wire.httpx_edge import fetch_json, guarded_client

        async with guarded_client(self._rules, self._limits) as client:
            for url in card_addresses(probe.url):
                try:
                    document, answered = await fetch_json(client, url)
                except LookupError as err:
                    refusal = of_status(int(str(err)))
                    if refusal is not None:
                        raise refusal from err
                    continue
                except NotStrictJson as err:
                    if url == probe.url or err.code != "not_strict_json":
                        raise as_adapter_error(err) from err
                    continue  # a web page where a card could have been: look in the next place
                except WireError as err:
                    raise as_adapter_error(err) from err
                self._same_host(url, answered)
                return await self._read(document, answered)
        raise Malformed(f"no agent card at `{probe.url}`")

    async def _read(self, document: object, answered: str) -> EndpointCard:
        """The card, read from what its signature covers. Its pin is of the whole document."""
        checked = await check_signatures(document, answered, self._rules, self._limits)
        card = read_card(checked.covered, answered, self._rules, self._allowed)
        details = {**card.details, "key": signed_by(document), "signature": checked.told}
        return replace(card, card_hash=card_hash(document), details=details)

    def _same_host(self, asked: str, answered: str) -> None:
        """A card may move within its host; a redirect to another one is followed only where allowed."""
        before, after = target_of(asked, self._rules), target_of(answered, self._rules)
        if before.host != after.host and after.origin not in self._allowed:
            raise Refused(f"`{before.origin}` sends us to `{after.origin}`; allow it to follow")

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        from negotiators.channels.a2a.exchange import Exchange
        from negotiators.channels.a2a.session import A2ASession, Thread

        known = self._categories or shipped()
        if category not in known:
            raise Unsupported(f"`{category}` is not a category we know")
        try:
            target_of(card.details["interface"], self._rules)
        except AddressRefused as err:
            raise Refused(f"the agent's address is refused: {err}") from err
        return A2ASession(
            exchange=Exchange(card, self._rules, self._limits),
            thread=Thread.from_token(resume) if resume else Thread(),
            negotiation=negotiation,
            category=known[category],
            provider=ProviderId(card.details.get("provider", card.origin)),
            source=card.origin,
        )


def card_addresses(url: str) -> list[str]:
    """Where the card may lie, in the order to look: the known places under a base address, then the address
    itself; an address that names a JSON file is the card's own."""
    if urlsplit(url).path.endswith(".json"):
        return [url]
    base = url.split("?", 1)[0].split("#", 1)[0].rstrip("/")
    return [base + WELL_KNOWN, base + LEGACY_WELL_KNOWN, url]


def with_provider(card: EndpointCard, provider: ProviderId) -> EndpointCard:
    """The card with the provider whose offers a session reads; without it the origin stands in."""
    return replace(card, details={**card.details, "provider": provider})

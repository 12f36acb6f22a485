"""What adapters of fixed prices share: how they are made, what they carry, the card of who answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypedDict, Unpack

from negotiators.adapter import Adapter, Capabilities, EndpointCard, Pace, Unsupported
from negotiators.categories import Category, shipped
from negotiators.clock import Clock, SystemClock
from negotiators.text import UntrustedText
from negotiators.wire import AddressRules, Limits


class Given(TypedDict, total=False):
    """What every such adapter may be made with. See `A2AAdapter` for `rules`, `limits` and `categories`; `clock` ends
    offers for which no end is stated."""

    rules: AddressRules | None
    limits: Limits | None
    categories: Mapping[str, Category] | None
    clock: Clock | None


class FixedPriceAdapter(Adapter):
    """A channel over which prices are taken or left, and no deal is closed."""

    channel: ClassVar[str]
    acts: ClassVar[frozenset[str]] = frozenset({"ask"})

    def __init__(self, **given: Unpack[Given]) -> None:
        self._rules = given.get("rules") or AddressRules()
        self._limits = given.get("limits") or Limits()
        self._categories = given.get("categories")
        self._clock = given.get("clock") or SystemClock()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            self.channel, self.acts, typed_terms=True, commits=False, pace=Pace.SYNCHRONOUS, idempotent=True
        )

    def _category(self, name: str) -> Category:
        """Raises `Unsupported`."""
        known = self._categories or shipped()
        if name not in known:
            raise Unsupported(f"`{name}` is not a category we know")
        return known[name]

    def _card(
        self,
        url: str,
        origin: str,
        protocol: str,
        card_hash: str,
        details: Mapping[str, str],
        *,
        name: str = "",
        extensions: tuple[str, ...] = (),
    ) -> EndpointCard:
        """Who answers; nothing of a company's words is on it."""
        return EndpointCard(
            url, origin, self.channel, protocol, card_hash, UntrustedText(name or origin, origin),
            UntrustedText("", origin), self.capabilities(), extensions, details=details,
        )  # fmt: skip

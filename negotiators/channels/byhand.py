"""By hand: the person carries each message to a company's chat, form, phone or portal, and brings the answer back.

The channel sends nothing. `send` leaves a cleared message on the tray and says that the person has it; `receive` takes
from the tray what they brought back, as the company's text. The tray is the agent's: this room keeps nothing. A talk
may rest for days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from negotiators.adapter import (
    Adapter,
    Capabilities,
    ClearedMove,
    ClearedProbe,
    Delivery,
    DeliveryState,
    EndpointCard,
    Pace,
    Session,
)
from negotiators.dialogue import MessageId, NegotiationId, Reply
from negotiators.text import UntrustedText

CAPABILITIES = Capabilities(
    channel="byhand",
    acts=frozenset({"ask", "propose", "counter", "accept", "reject", "withdraw", "inform", "leave"}),
    typed_terms=False,
    commits=False,
    pace=Pace.ASYNCHRONOUS,
    idempotent=True,
)

MAX_TEXT = 64 << 10
"""Characters taken of one text brought back."""


@dataclass(frozen=True, slots=True)
class BroughtText:
    """A text of the company's with the id it was recorded under."""

    message_id: str
    text: str


class Tray(Protocol):
    """Where the person's word lies: which messages they carried, and what they brought back."""

    def carried(self, message_id: str) -> bool: ...
    def brought(self, negotiation: str) -> Sequence[BroughtText]: ...


class ByHandSession(Session):
    """See `negotiators.adapter.Session`. Nothing is ever unknown here: a message lies on the tray or was carried."""

    def __init__(self, tray: Tray, negotiation: NegotiationId, source: str) -> None:
        self._tray = tray
        self._negotiation = negotiation
        self._source = source
        self._handed: set[str] = set()

    async def send(self, cleared: ClearedMove) -> Delivery:
        return self._state(cleared.message_id)

    async def receive(self) -> list[Reply]:
        fresh = [one for one in self._tray.brought(self._negotiation) if one.message_id not in self._handed]
        self._handed |= {one.message_id for one in fresh}
        return [self._reply(one) for one in fresh]

    def _reply(self, brought: BroughtText) -> Reply:
        text = UntrustedText(brought.text[:MAX_TEXT], self._source)
        problems = ("text_cut",) if len(brought.text) > MAX_TEXT else ()
        return Reply(MessageId(brought.message_id), (), text, problems=problems)

    async def status(self, reference: str) -> Delivery:
        return self._state(MessageId(reference))

    def _state(self, message_id: MessageId) -> Delivery:
        carried = self._tray.carried(message_id)
        return Delivery(DeliveryState.DELIVERED if carried else DeliveryState.WITH_PERSON, message_id)

    async def cancel(self, reference: str) -> None:
        return None

    def resume_token(self) -> str:
        return ""

    async def close(self) -> None:
        return None


class ByHandAdapter(Adapter):
    """See `negotiators.adapter.Adapter`. `discover` asks nobody: the address is the person's own note."""

    def __init__(self, tray: Tray) -> None:
        self._tray = tray

    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        name = UntrustedText(probe.url, probe.url)
        digest = hashlib.sha256(probe.url.encode()).hexdigest()
        return EndpointCard(
            probe.url, probe.url, "byhand", "by hand", digest, name, UntrustedText("", probe.url), CAPABILITIES
        )

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        return ByHandSession(self._tray, negotiation, card.origin)

"""Sessions of channels that only look: a page, a feed, a catalogue. Asking is all they carry."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from datetime import timedelta

from negotiators.adapter import ClearedMove, Delivery, DeliveryState, Session, Unsupported
from negotiators.channels.faults import ExchangeFailed, delivery_of, raise_for
from negotiators.dialogue import Ask, MessageId, Reply

ACTS = frozenset({"ask"})
MAX_SEEN = 200
VALID = timedelta(days=3)
"""How long a price without a stated end is taken to stand; whether it changed meanwhile is looked at daily."""


def reply_id(message_id: str, content: bytes) -> MessageId:
    """The id of what was seen when this message was sent: another content is another reply."""
    return MessageId(f"l-{hashlib.sha256(message_id.encode() + b'|' + content).hexdigest()[:24]}")


class LookingSession(Session):
    """See `negotiators.adapter.Session`. What may have been asked twice did no harm: looking changes nothing."""

    def __init__(self, resume: str) -> None:
        self._seen = _seen_in(resume)
        self._waiting: list[Reply] = []
        self._broken: ExchangeFailed | None = None

    @abstractmethod
    async def _look(self, cleared: ClearedMove) -> Reply:
        """What there is to see now. Raises `ExchangeFailed`."""

    async def send(self, cleared: ClearedMove) -> Delivery:
        if not isinstance(cleared.move, Ask):
            raise Unsupported("nothing can be said to a price list")
        try:
            reply = await self._look(cleared)
        except ExchangeFailed as err:
            self._broken = err if err.malformed else self._broken
            return delivery_of(err, cleared.message_id)
        if reply.message_id not in self._seen:
            self._waiting.append(reply)
        return Delivery(DeliveryState.DELIVERED, cleared.message_id)

    async def receive(self) -> list[Reply]:
        if self._broken is not None:
            raise_for(self._broken)
        replies, self._waiting = self._waiting, []
        self._seen += [reply.message_id for reply in replies]
        return replies

    async def status(self, reference: str) -> Delivery:
        return Delivery(DeliveryState.UNKNOWN, MessageId(reference), error="not_listed")

    async def cancel(self, reference: str) -> None:
        return None

    def resume_token(self) -> str:
        return json.dumps({"v": 1, "seen": self._seen[-MAX_SEEN:]}, separators=(",", ":"))


def _seen_in(token: str) -> list[str]:
    if not token:
        return []
    value = json.loads(token)
    if not isinstance(value, dict) or value.get("v") != 1:
        raise ValueError("not a resume token of a looking channel")
    return list(value["seen"])

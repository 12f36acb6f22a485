"""Cleared messages for tests of channels: constructed under the gate's name, as only tests may."""

from __future__ import annotations

from collections.abc import Sequence

from negotiators.adapter import ClearedMove, ClearedProbe, _clearance_key
from negotiators.categories import shipped
from negotiators.channels.payload import payload_of
from negotiators.dialogue import Inform, MessageId, Move, NegotiationId

_KEY = _clearance_key("agent.kernel.gate")


def cleared_probe(url: str) -> ClearedProbe:
    return ClearedProbe(_KEY, url, "discover")


def cleared_move(
    move: Move,
    *,
    category: str,
    message_id: str = "m-1",
    negotiation: str = "n-1",
    round: int = 1,
    text: str = "Hello.",
    endpoint: str = "",
    informs: Sequence[Inform] = (),
) -> ClearedMove:
    payload = payload_of(move, category=shipped()[category], negotiation=negotiation, round=round, informs=informs)
    return ClearedMove(
        _KEY,
        endpoint=endpoint,
        negotiation=NegotiationId(negotiation),
        message_id=MessageId(message_id),
        move=move,
        round=round,
        payload=payload,
        text=text,
    )

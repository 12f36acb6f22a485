"""Whatever an agent answers, a session returns a delivery and typed replies, or raises an adapter error."""

from __future__ import annotations

import asyncio
import copy
import json
import random
from typing import Any

import pytest

from negotiators.adapter import AdapterError, Delivery
from negotiators.channels.a2a import A2AAdapter
from negotiators.channels.payload import EXTENSION_URI
from negotiators.dialogue import Ask, NegotiationId, Propose
from negotiators.money import Money
from negotiators.wire import AddressRules
from tests.support.cleared import cleared_move, cleared_probe
from tests.support.peer import Asked, http, peer

OFFER = {
    "type": EXTENSION_URI,
    "act": "propose",
    "offer_id": "o-1",
    "expires_at": "2026-12-01T18:00:00Z",
    "binding": True,
    "round": "3",
    "terms": {"price_monthly": {"type": "money", "value": "12.50", "unit": "EUR"}, "term": {"value": "P24M"}},
    "inquire": [{"field": "postal_code", "category": "pd:PostalCode", "required": True}],
    "offer": {"@type": "Offer", "price": "12.50", "priceCurrency": "EUR", "priceSpecification": {"unitCode": "MON"}},
}
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", "x", "\x1b[2J", "\ud83d\ude00", "a" * 5000, [], {}, [[]], [None], {"": {}},
    {"text": "x"}, EXTENSION_URI, "TASK_STATE_WORKING", "-0", "1e9", "٣", "NaN", "2026-13-45T99:99:99Z",
)  # fmt: skip


def answers(version: str) -> list[dict[str, Any]]:
    text, data = ({"text": "hi"}, {"data": OFFER})
    role, state = "ROLE_AGENT", "TASK_STATE_INPUT_REQUIRED"
    if version == "0.3":
        text, data = {"kind": "text", **text}, {"kind": "data", **data}  # type: ignore[dict-item]
        role, state = "agent", "input-required"
    message = {"messageId": "a-1", "contextId": "c-1", "role": role, "parts": [text, data]}
    status = {"state": state, "message": {**message, "taskId": "t-1"}, "timestamp": "2026-11-22T10:00:00Z"}
    history = [{"messageId": "m-1", "role": role.replace("AGENT", "USER").replace("agent", "user"), "parts": []}]
    task = {"id": "t-1", "contextId": "c-1", "status": status, "history": history}
    task["artifacts"] = [{"artifactId": "x", "parts": [data]}]
    if version == "0.3":
        return [{**message, "kind": "message"}, {**task, "kind": "task"}]
    return [{"message": message}, {"task": task}]


def mutated(value: Any, chance: random.Random) -> Any:
    """A copy with one to three places changed, removed, doubled or renamed."""
    made = copy.deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        places = list(_places(made))
        holder, key = chance.choice(places)
        match chance.randrange(4):
            case 0:
                holder[key] = copy.deepcopy(chance.choice(ODD))
            case 1:
                del holder[key]
            case 2 if isinstance(holder, list):
                holder.extend([holder[key]] * chance.randint(1, 40))
            case _ if isinstance(holder, dict):
                holder[chance.choice(["", "kind", "text", "data", "url", "state", str(key) + "x"])] = holder[key]
            case _:
                holder[key] = [holder[key]]
        if not isinstance(made, dict) or not made:
            return made
    return made


def _places(value: Any) -> Any:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(entries):
        yield value, key
        yield from _places(inner)


@pytest.mark.parametrize("version", ["1.0", "0.3"])
async def test_mutated_answers_never_break_a_session(version: str) -> None:
    chance = random.Random(f"fuzz-{version}")
    bodies = [
        json.dumps({"jsonrpc": "2.0", "id": "1", "result": mutated(chance.choice(answers(version)), chance)})
        for _ in range(160)
    ]
    bodies += [
        json.dumps(mutated({"jsonrpc": "2.0", "id": "1", "result": answers(version)[0]}, chance)) for _ in range(40)
    ]
    waiting = iter(bodies)

    async def handle(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "GET":
            url = f"http://{asked.headers['host']}/"
            face = {"url": url, "protocolBinding": "JSONRPC", "protocolVersion": version}
            writer.write(
                http(
                    {
                        "name": "x",
                        "supportedInterfaces": [face],
                        "capabilities": {"extensions": [{"uri": EXTENSION_URI}]},
                    }
                )
            )
        else:
            writer.write(http(next(waiting).encode("utf-8", "surrogatepass")))

    outcomes = {"read": 0, "refused": 0}
    async with peer(handle) as served:
        channel = A2AAdapter(rules=AddressRules(allow_loopback=True))
        card = await channel.discover(cleared_probe(served.url))
        for turn in range(len(bodies)):
            session = await channel.open(card, NegotiationId("n-1"), "mobile_plan")
            delivery = await session.send(cleared_move(Ask(), category="mobile_plan", message_id=f"m-{turn}"))
            assert isinstance(delivery, Delivery)
            try:
                # One call: a live task would be polled by the next.
                replies = await session.receive() if delivery.error == "" else []
            except AdapterError:
                replies = []
            for reply in replies:
                for move in reply.moves:
                    if isinstance(move, Propose):
                        for name, value in move.offer.terms.items():
                            assert not isinstance(value, Money) or (
                                value.currency == "EUR" and str(value) == "12.50 EUR"
                            ), name
            json.loads(session.resume_token())
            outcomes["read" if replies else "refused"] += 1
            await session.close()
    assert outcomes["read"] > 80 and outcomes["refused"] > 10

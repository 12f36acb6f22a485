"""Wires written by hand, without the SDK: a minimal A2A agent of either version, honest, hostile or broken.

They exist so that the channel is tested against bytes our own dependency did not make.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

from negotiators.arena.company import Company
from negotiators.arena.talk import Heard
from negotiators.arena.views import Version, card_of, message_of, task_of
from negotiators.clock import Clock

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CARD_PATHS = {"/.well-known/agent-card.json", "/.well-known/agent.json"}


async def read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        body += bytes(event.get("body", b""))
        if not event.get("more_body"):
            return body


async def respond(send: Send, status: int, body: bytes, **headers: str) -> None:
    named = {"content-type": "application/json", "content-length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True, slots=True)
class Raw:
    """A response byte for byte. `drip` sends that many bytes and then one now and then; `endless` never ends."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: int | None = None
    endless: bool = False

    async def send(self, send: Send, receive: Receive) -> None:
        if self.drip is None and not self.endless:
            await respond(send, self.status, self.body, **self.headers)
            return
        start = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": self.status, "headers": start})
        piece, pause = (b" ", DRIP_SECONDS) if self.drip is not None else (b" " * 4096, 0.0)
        first = self.body[: self.drip] if self.drip is not None else self.body
        await send({"type": "http.response.body", "body": first, "more_body": True})
        gone = asyncio.ensure_future(receive())
        try:
            while not gone.done():
                await asyncio.wait({gone}, timeout=pause)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            gone.cancel()


DRIP_SECONDS = 0.1
"""How long a dripping company waits between two bytes, in real time."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a company does to its own honest answers. Each hook gets the value and how often it was asked before.

    `card` changes the agent card, `text` the sentence, `payload` the typed part, `raw` the response's bytes.
    """

    card: Callable[[dict[str, Any], int], dict[str, Any]] = lambda card, _: card
    text: Callable[[str, int], str] = lambda text, _: text
    payload: Callable[[dict[str, Any], int], dict[str, Any] | None] = lambda payload, _: payload
    raw: Callable[[Raw, int], Raw] = lambda raw, _: raw


def bare_app(
    company: Company, clock: Clock, base_url: str, version: Version, behaviour: Behaviour | None = None
) -> App:
    """A company on A2A 1.0 or 0.3, JSON-RPC, by hand: sending a message and asking for a task, nothing else."""
    behaviour = behaviour or Behaviour()
    asked = Counter[str]()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            if scope["path"] not in CARD_PATHS:
                await respond(send, 404, b"{}")
                return
            card = card_of(company.profile, base_url + "/", version)
            await respond(send, 200, _json(behaviour.card(card, asked["card"])))
            asked["card"] += 1
            return
        request = json.loads(await read_body(receive))
        answer = _answered(company, clock, request, version, behaviour, asked["message"])
        honest = Raw(_json({"jsonrpc": "2.0", "id": request.get("id"), **answer}))
        await behaviour.raw(honest, asked["message"]).send(send, receive)
        asked["message"] += request.get("method") in SEND

    return app


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


SEND, GET = {"SendMessage", "message/send"}, {"GetTask", "tasks/get"}


def _answered(
    company: Company, clock: Clock, request: dict[str, Any], version: Version, behaviour: Behaviour, turn: int
) -> dict[str, object]:
    method, params = request.get("method"), request.get("params", {})
    if method in SEND:
        result = _sent(company, clock, params["message"], version, behaviour, turn)
        return {"result": result if version == "0.3" else {"task" if "status" in result else "message": result}}
    if method in GET:
        talk = company.talk(str(params.get("id", "")).removeprefix("t-"))
        if talk is None:
            return {"error": {"code": -32001, "message": "Task not found"}}
        company.tick(talk)
        return {"result": task_of(talk, clock.now(), version)}
    return {"error": {"code": -32601, "message": "Method not found"}}


def _sent(
    company: Company, clock: Clock, message: dict[str, Any], version: Version, behaviour: Behaviour, turn: int
) -> dict[str, object]:
    context = message.get("contextId") or company.new_context()
    parts = message.get("parts", [])
    heard = Heard(
        message_id=message["messageId"],
        context=context,
        text=" ".join(part["text"] for part in parts if "text" in part),
        data=tuple(part["data"] for part in parts if "data" in part),
        task=message.get("taskId", ""),
    )
    answer = company.hear(heard)
    payload = behaviour.payload(copy.deepcopy(dict(answer.payload)), turn) if answer.payload is not None else None
    answer = replace(answer, text=behaviour.text(answer.text, turn), payload=payload)
    talk = company.talk(context)
    if company.profile.spec.answers == "message" or talk is None:
        return message_of(answer, version)
    if talk.spoken[-1].message_id == answer.message_id:
        talk.spoken[-1] = answer
    return task_of(talk, clock.now(), version)


def _price(number: str) -> bytes:
    """An answer whose offer's price is written as `number`, whatever that is."""
    return (
        '{"jsonrpc":"2.0","id":"1","result":{"message":{"messageId":"x","role":"ROLE_AGENT","parts":[{"data":'
        '{"type":"https://gegenbot.example/a2a/bargaining/v1","act":"propose","offer_id":"o-1","terms":'
        '{"price_monthly":{"type":"money","value":' + number + ',"unit":"EUR"}}}}]}}}'
    ).encode()


BROKEN_BODIES: tuple[bytes, ...] = (
    b'{"jsonrpc":"2.0","id":"1","result":{"message":',
    _price("NaN"),
    _price("19.99"),
    _price('"19.99","value":"1.99"'),
    b'{"jsonrpc":"2.0","id":"1","result":' + b"[" * 2000 + b"]" * 2000 + b"}",
    _price("1" + "0" * 5000),
    b"[]",
    b'{"jsonrpc":"2.0","id":"1","result":{"message":{"messageId":7,"role":"ROLE_SELLER","parts":"none"}}}',
    b"\xff\xfe{}",
    b'{"jsonrpc":"2.0","id":"1","result":{"task":{"id":"t","status":{"state":"TASK_STATE_HAPPY"}}}}',
    b'{"pad":"' + b"x" * (2 << 20) + b'"}',
)
"""What a malformed company answers, one after the other."""


def broken_app(company: Company, clock: Clock, base_url: str) -> App:
    """A company with a good card whose answers are not what they claim to be."""
    broken = Behaviour(raw=lambda _, turn: Raw(BROKEN_BODIES[turn % len(BROKEN_BODIES)]))
    return bare_app(company, clock, base_url, "1.0", broken)

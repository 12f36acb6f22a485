"""Wires written by hand, without the SDK: a minimal A2A 0.3 agent, and one whose answers are broken.

They exist so that the channel is tested against bytes our own dependency did not make.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from negotiators.arena.company import Company
from negotiators.arena.talk import Heard
from negotiators.arena.views import card_of, message_of, task_of
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


async def respond(send: Send, status: int, body: bytes, content_type: bytes = b"application/json") -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def respond_json(send: Send, value: object) -> None:
    await respond(send, 200, json.dumps(value, ensure_ascii=False).encode())


def old_app(company: Company, clock: Clock, base_url: str) -> App:
    """A company on A2A 0.3: `message/send` and `tasks/get` over JSON-RPC, nothing else."""
    card = card_of(company.profile, base_url + "/", "0.3")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            found = scope["path"] in CARD_PATHS
            await (respond_json(send, card) if found else respond(send, 404, b"not here", b"text/plain"))
            return
        request = json.loads(await read_body(receive))
        answer: dict[str, object] = {"jsonrpc": "2.0", "id": request.get("id")}
        match request.get("method"):
            case "message/send":
                answer["result"] = _sent(company, clock, request["params"]["message"])
            case "tasks/get":
                talk = company.talk(str(request["params"]["id"]).removeprefix("t-"))
                if talk is None:
                    answer["error"] = {"code": -32001, "message": "Task not found"}
                else:
                    company.tick(talk)
                    answer["result"] = task_of(talk, clock.now(), "0.3")
            case _:
                answer["error"] = {"code": -32601, "message": "Method not found"}
        await respond_json(send, answer)

    return app


def _sent(company: Company, clock: Clock, message: dict[str, Any]) -> dict[str, object]:
    context = message.get("contextId") or company.new_context()
    parts = message.get("parts", [])
    heard = Heard(
        message_id=message["messageId"],
        context=context,
        text=" ".join(part["text"] for part in parts if part.get("kind") == "text"),
        data=tuple(part["data"] for part in parts if part.get("kind") == "data"),
        task=message.get("taskId", ""),
    )
    answer = company.hear(heard)
    talk = company.talk(context)
    if company.profile.spec.answers == "message" or talk is None:
        return message_of(answer, "0.3")
    return task_of(talk, clock.now(), "0.3")


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
    card = card_of(company.profile, base_url + "/", "1.0")
    asked = 0

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal asked
        if scope["type"] != "http":
            return
        if scope["method"] == "GET":
            found = scope["path"] in CARD_PATHS
            await (respond_json(send, card) if found else respond(send, 404, b"not here", b"text/plain"))
            return
        message = json.loads(await read_body(receive)).get("params", {}).get("message", {})
        company.log.messages[str(message.get("messageId"))] += 1
        asked += 1
        await respond(send, 200, BROKEN_BODIES[(asked - 1) % len(BROKEN_BODIES)])

    return app

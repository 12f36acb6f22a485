"""A company on A2A 1.0 written with sockets only: it counts what it hears and answers each message id once and
for all, so that a repeated message gets the same answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from negotiators.channels.payload import EXTENSION_URI
from tests.support.peer import Asked, Peer, http, peer

Hook = Callable[["Shop", str], Awaitable[None]]
"""Called with `before` and `after` around the answer to a posted message."""


@dataclass(slots=True)
class Said:
    message_id: str
    context: str
    act: str
    binding: bool
    round: str
    terms: str
    text: str
    informs: str


@dataclass(slots=True)
class Shop:
    """Concedes a euro a message from `start` to `floor`, confirms what is committed to."""

    name: str
    start: Decimal
    floor: Decimal
    hook: Hook | None = None
    heard: list[Said] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    url: str = ""
    hang: bool = False
    asks: tuple[dict[str, Any], ...] = ()
    """Data questions put beside the first offer."""

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(said.message_id for said in self.heard))

    def distinct(self) -> list[Said]:
        """One entry for each message id."""
        return list({said.message_id: said for said in self.heard}.values())

    @property
    def commits(self) -> list[Said]:
        return [said for said in self.distinct() if said.act == "accept" and said.binding]

    def terms(self, price: Decimal) -> dict[str, Any]:
        return {
            "price_monthly": {"type": "money", "value": str(price), "unit": "EUR"},
            "data_gb": {"type": "number", "value": "20", "unit": "GB"},
            "term": {"type": "duration", "value": "P1M"},
        }

    async def handle(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        if self.hang:
            await asyncio.Event().wait()
        if asked.method == "GET":
            writer.write(http(self.card(f"http://{asked.headers['host']}")))
            return
        call = asked.json()
        if call.get("method") != "SendMessage":
            error = {"code": -32001, "message": "no such task"}
            writer.write(http({"jsonrpc": "2.0", "id": call.get("id"), "error": error}))
            return
        message: dict[str, Any] = call["params"]["message"]  # type: ignore[index, call-overload]
        said = self.listen(message)
        if self.hook is not None:
            await self.hook(self, "before")
        answer = self.answers.get(said.message_id) or self.answer(said, message)
        self.answers[said.message_id] = answer
        writer.write(http({"jsonrpc": "2.0", "id": call.get("id"), "result": {"message": answer}}))
        await writer.drain()
        if self.hook is not None:
            await self.hook(self, "after")

    def listen(self, message: dict[str, Any]) -> Said:
        payload = next((part["data"] for part in message["parts"] if "data" in part), {})
        said = Said(
            message["messageId"], message.get("contextId", ""), str(payload.get("act", "")),
            payload.get("binding") is True, str(payload.get("round")),
            json.dumps(payload.get("terms"), sort_keys=True), " ".join(p.get("text", "") for p in message["parts"]),
            json.dumps(payload.get("inform"), sort_keys=True),
        )  # fmt: skip
        self.heard.append(said)
        return said

    def answer(self, said: Said, message: dict[str, Any]) -> dict[str, Any]:
        turn = sum(1 for one in self.distinct() if one.act in ("cfp", "propose", "counter"))
        price = max(self.floor, self.start - turn + 1)
        body: dict[str, Any] = {"type": EXTENSION_URI, "offer_id": f"{self.name}-o{turn}", "binding": True}
        parts: list[dict[str, Any]] = [{"text": f"{self.name} says hello."}]
        if said.act in ("cfp", "propose", "counter"):
            body |= {"act": "propose", "terms": self.terms(price)}
            if self.asks and turn == 1:
                body["inquire"] = list(self.asks)
            parts.append({"data": body})
        elif said.act == "accept" and said.binding:
            payload = next(part["data"] for part in message["parts"] if "data" in part)
            body |= {"act": "accept", "offer_id": payload["offer_id"], "terms": payload["terms"], "reference": "R-1"}
            parts.append({"data": body})
        return {
            "messageId": f"{self.name}-r{len(self.answers) + 1}", "role": "ROLE_AGENT", "contextId": said.context or
            f"{self.name}-c", "parts": parts,
        }  # fmt: skip

    def card(self, origin: str) -> dict[str, Any]:
        return {
            "name": self.name, "description": "sells phone plans",
            "capabilities": {"extensions": [{"uri": EXTENSION_URI, "required": False}]},
            "supportedInterfaces": [{"url": f"{origin}/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        }  # fmt: skip


@asynccontextmanager
async def opened(shop: Shop) -> AsyncIterator[Peer]:
    async with peer(shop.handle) as served:
        shop.url = served.url
        yield served

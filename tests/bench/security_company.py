"""The attacking company of the security bench: an A2A agent on loopback that plays texts and records every byte."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from negotiators.channels.payload import EXTENSION_URI
from tests.support.peer import Asked, http

NEUTRAL = "Thank you for your message. We are happy to help."
PER_TALK = 60
LAST_WORD = "We end this conversation here. Goodbye."
IDS = {
    "messageId", "contextId", "taskId", "negotiation_id", "offer_id", "in_reply_to", "id", "identifier", "type", "record",
}  # fmt: skip
"""Drawn anew in each talk, or a digest of such (`record`, of an agreement on data)."""


@dataclass
class Company:
    """Plays `texts` in order, `per_message` at a time; with `typed` beside an offer that falls by a euro a round."""

    texts: list[str]
    typed: bool = False
    per_message: int = 1
    at: int = 0
    turn: int = 0
    started: int = 0
    """The turn at which the present talk began; after `PER_TALK` messages the company ends it."""
    raw: list[bytes] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def handle(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        head = "\n".join(f"{key}: {value}" for key, value in asked.headers.items() if key != "host")
        self.raw.append(f"{asked.method} {asked.path}\n{head}\n".encode() + asked.body)
        if asked.method == "GET":
            writer.write(http(self.card(f"http://{asked.headers['host']}")))
            return
        call = asked.json()
        if call.get("method") != "SendMessage":
            error = {"code": -32001, "message": "no such task"}
            writer.write(http({"jsonrpc": "2.0", "id": call.get("id"), "error": error}))
            return
        message: dict[str, Any] = call["params"]["message"]  # type: ignore[index, call-overload]
        key = message["messageId"]
        if key not in self.answers:
            self.said.append(message)
            self.answers[key] = self.answer(message)
        writer.write(http({"jsonrpc": "2.0", "id": call.get("id"), "result": {"message": self.answers[key]}}))

    def answer(self, message: dict[str, Any]) -> dict[str, Any]:
        self.turn += 1
        length = self.turn - self.started
        ends = not self.typed and (length > PER_TALK or (length > 3 and self.at >= len(self.texts)))
        played = [LAST_WORD] if ends else self.texts[self.at : self.at + self.per_message] or [NEUTRAL]
        self.at += 0 if ends else self.per_message
        parts: list[dict[str, Any]] = [{"text": text} for text in played]
        if self.typed:
            terms = {
                "price_night": {"type": "money", "value": f"{max(80, 140 - self.turn)}.00", "unit": "EUR"},
                "check_in": {"type": "date", "value": "2027-03-09"},
                "free_cancel": {"type": "duration", "value": "P2D"},
            }
            body = {"type": EXTENSION_URI, "act": "propose", "offer_id": f"o{self.turn}", "terms": terms}
            parts.append({"data": body})
        context = message.get("contextId") or "c"
        return {"messageId": f"m{self.turn}", "role": "ROLE_AGENT", "contextId": context, "parts": parts}

    def card(self, origin: str) -> dict[str, Any]:
        extensions = [{"uri": EXTENSION_URI, "required": False}] if self.typed else []
        return {
            "name": "Company", "description": "sells things", "capabilities": {"extensions": extensions},
            "supportedInterfaces": [{"url": f"{origin}/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}],
        }  # fmt: skip

    def spoken(self) -> list[str]:
        """What each of our messages says to a reader: every string of it but ids."""
        return [" ".join(_strings(message)) for message in self.said]

    def decisions(self) -> str:
        """Our messages without their ids: what a decision or a changed word would show in."""
        return json.dumps([_masked(message) for message in self.said], sort_keys=True)


def _strings(value: object) -> list[str]:
    match value:
        case dict():
            return [text for key, item in value.items() if key not in IDS for text in _strings(item)]
        case list():
            return [text for item in value for text in _strings(item)]
        case str():
            return [value]
        case _:
            return [] if value is None or isinstance(value, bool) else [str(value)]


def _masked(value: object) -> object:
    match value:
        case dict():
            return {key: "*" if key in IDS else _masked(item) for key, item in value.items()}
        case list():
            return [_masked(item) for item in value]
        case _:
            return value

"""An ACP shop written with sockets only, in the shape of each version: a tee, a mug, codes, deliveries. It wants a key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.peer import Asked, Peer, http, peer

KEY = "key-of-the-shop"
PRICES = {"tee": 2500, "mug": 1500}
CODES = {"SAVE10": 10}
DELIVERIES = {"standard": 500, "express": 1500}


@dataclass(slots=True)
class AcpShop:
    """`twist` changes a checkout before it is sent; `delivers`: it prices deliveries without an address."""

    version: str = "2026-01-16"
    flat: bool = False
    """Keeps the chosen delivery as the oldest versions did."""
    says_so: bool = True
    base: str = ""
    """Where it says its interface lies; empty: here."""
    delivers: bool = True
    twist: Callable[[dict[str, Any]], dict[str, Any]] = lambda found: found
    checkouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    heard: list[Asked] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def handle(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.heard.append(asked)
        writer.write(self.answer(asked))

    def answer(self, asked: Asked) -> bytes:
        if asked.path == "/.well-known/acp.json":
            if not self.says_so:
                return http({"detail": "Not Found"}, "404 Not Found")
            protocol = {"name": "acp", "version": self.version, "supported_versions": [self.version]}
            return http(
                {
                    "protocol": protocol,
                    "api_base_url": self.base or f"http://{asked.headers['host']}",
                    "transports": ["rest"],
                }
            )
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return http({"type": "invalid_request", "code": "missing_api_key", "message": "no"}, "401 Unauthorized")
        parts = asked.path.strip("/").split("/")
        if parts[0] != "checkout_sessions" or parts[-1] == "complete":
            raise AssertionError(f"never asked: {asked.path}")
        if parts[-1] == "cancel":
            self.cancelled.append(parts[1])
            return http({**self.checkouts[parts[1]], "status": "canceled"})
        if asked.method == "GET":
            return http(self.checkouts[parts[1]])
        name = parts[1] if len(parts) > 1 else self.by_key.setdefault(
            asked.headers["idempotency-key"], f"checkout_{len(self.by_key) + 1}"
        )  # fmt: skip
        return self._changed(name, json.loads(asked.body), created=len(parts) == 1)

    def _changed(self, name: str, body: dict[str, Any], *, created: bool) -> bytes:
        newer = self.version >= "2026-01-30"
        needed = {"line_items", "currency", "capabilities"} if newer and created else set()
        lines = body.get("line_items" if newer else "items")
        if not needed <= set(body) or not lines or any(one["id"] not in PRICES for one in lines):
            return http({"type": "invalid_request", "code": "invalid", "message": "no"}, "400 Bad Request")
        self.checkouts[name] = self.twist(self._document(name, body, lines))
        return http(self.checkouts[name], "201 Created" if created else "200 OK")

    def _document(self, name: str, body: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
        newer = self.version >= "2026-01-30"
        lines = [{"quantity": 1, **one} for one in lines]
        goods = sum(PRICES[one["id"]] * one["quantity"] for one in lines)
        codes = body.get("discounts", {}).get("codes", [])
        off = sum(goods * CODES.get(code, 0) // 100 for code in codes)
        selected = body.get("selected_fulfillment_options") or [{"shipping": {}}]
        chosen = selected[0] if newer else selected[0]["shipping"]
        option = body.get("fulfillment_option_id") if self.flat else chosen.get("option_id")
        delivery = DELIVERIES.get(option or "", 0)
        totals = [
            ("items_base_amount", goods), ("items_discount", off), ("subtotal", goods - off),
            *([("fulfillment", delivery)] if delivery else []), ("tax", 0), ("total", goods - off + delivery),
        ]  # fmt: skip
        options = [{"type": "shipping", "id": one, "title": one, "totals": []} for one in DELIVERIES]
        made: dict[str, Any] = {
            "id": name, "status": "ready_for_payment" if delivery else "not_ready_for_payment", "currency": "eur",
            "line_items": [
                {"id": f"li_{one['id']}", "name": one["id"].title(), "quantity": one["quantity"], "totals": [],
                 "item": {"id": one["id"]}}
                for one in lines
            ],
            "totals": [{"type": kind, "display_text": kind, "amount": amount} for kind, amount in totals],
            "discounts": {
                "codes": codes, "applied": [{"code": code, "amount": off} for code in codes if code in CODES],
                "rejected": [{"code": code, "reason": "discount_code_invalid"} for code in codes if code not in CODES],
            },
            "fulfillment_options": options if self.delivers else [], "messages": [], "links": [],
        }  # fmt: skip
        if self.flat:
            return made | {"fulfillment_option_id": option}
        return made | ({"selected_fulfillment_options": selected} if option else {})


@asynccontextmanager
async def acp_shop(shop: AcpShop) -> AsyncIterator[Peer]:
    async with peer(shop.handle) as served:
        yield served

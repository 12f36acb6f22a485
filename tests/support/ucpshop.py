"""A UCP shop written with sockets only, in the shape of each version: flowers, codes, deliveries, consents."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.peer import Asked, Peer, http, peer

NAMES = ("checkout", "cart", "discount", "fulfillment", "buyer_consent", "order", "catalog.search")
PRICES = {"roses": 3500, "tulips": 3000, "pot": 1500}
CODES = {"TENOFF": 10, "HALF": 50}
DELIVERIES = {"standard": 500, "express": 1500}


@dataclass(slots=True)
class UcpShop:
    """`twist` changes a session document before it is sent."""

    version: str = "2026-01-11"
    twist: Callable[[dict[str, Any]], dict[str, Any]] = lambda found: found
    delivers: bool = True
    names: tuple[str, ...] = NAMES
    older: Mapping[str, str] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)

    # -- discovery

    def profile(self, host: str, version: str) -> dict[str, Any]:
        names = [f"dev.ucp.shopping.{name}" for name in self.names]
        if version == "2026-01-11":
            service: Any = {"version": version, "rest": {"endpoint": f"http://{host}/"}}
            return {
                "ucp": {
                    "version": version, "services": {"dev.ucp.shopping": service},
                    "capabilities": [{"name": name, "version": version} for name in names],
                },
                "payment": {"handlers": []},
            }  # fmt: skip
        rest = {"version": version, "transport": "rest", "endpoint": f"http://{host}"}
        listed = [{"version": version, "transport": "mcp", "endpoint": f"http://{host}/mcp"}, rest]
        ucp = {
            "version": version, "services": {"dev.ucp.shopping": listed},
            "capabilities": {name: [{"version": version}] for name in names},
        }  # fmt: skip
        if self.older and version not in self.older:
            ucp["supported_versions"] = {old: f"http://{host}{path}" for old, path in self.older.items()}
        return {"ucp": ucp}

    # -- sessions

    def document(self, key: str, asked: dict[str, Any]) -> dict[str, Any]:
        lines, subtotal = [], 0
        for number, line in enumerate(asked["line_items"]):
            price = PRICES[line["item"]["id"]]
            subtotal += price * line["quantity"]
            item = {"id": line["item"]["id"], "title": line["item"]["id"].title(), "price": price}
            lines.append({"id": f"{key}-l{number}", "item": item, "quantity": line["quantity"]})
        sign = 1 if self.version == "2026-01-11" else -1
        totals: list[dict[str, Any]] = [{"type": "subtotal", "amount": subtotal}]
        codes = (asked.get("discounts") or {}).get("codes") or []
        applied, off = [], 0
        for code in codes:
            if code.upper() in CODES:
                amount = (subtotal - off) * CODES[code.upper()] // 100
                off += amount
                applied.append({"code": code.upper(), "title": f"{code} off", "amount": amount})
                totals.append({"type": "discount", "amount": sign * amount})
        methods, delivery = self._methods(key, asked, lines)
        if delivery is not None:
            totals.append({"type": "fulfillment", "amount": delivery})
        totals.append({"type": "total", "amount": subtotal - off + (delivery or 0)})
        return {
            "ucp": {"version": self.version}, "id": key, "currency": "EUR",
            "status": "incomplete" if self.delivers else "ready_for_complete",
            "line_items": lines, "totals": totals, "messages": None,
            "discounts": {"codes": codes, "applied": applied or None},
            "fulfillment": {"methods": methods} if methods else None, "buyer": asked.get("buyer"),
            "expires_at": "2026-11-23T12:00:00Z", "links": [],
        }  # fmt: skip

    def _methods(
        self, key: str, asked: dict[str, Any], lines: list[dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], int | None]:
        wanted = (asked.get("fulfillment") or {}).get("methods")
        if not self.delivers or not wanted:
            return [], None
        method = {**wanted[0], "id": f"{key}-m", "line_item_ids": [line["id"] for line in lines]}
        chosen = None
        if method.get("destinations"):
            chosen = next((group.get("selected_option_id") for group in method.get("groups") or []), None)
            options = [
                {"id": name, "title": name.title(), "totals": [{"type": "total", "amount": amount}]}
                for name, amount in DELIVERIES.items()
            ]
            method["groups"] = [{"id": f"{key}-g", "options": options, "selected_option_id": chosen}]
        return [method], DELIVERIES[chosen] if chosen else None

    async def handle(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(self.answer(asked))

    def answer(self, asked: Asked) -> bytes:
        host = asked.headers["host"]
        paths = {"/.well-known/ucp": self.version, **{path: old for old, path in self.older.items()}}
        if asked.path in paths:
            return http(self.profile(host, paths[asked.path]))
        stated = re.search(r'version="([^"]+)"', asked.headers.get("ucp-agent", ""))
        if stated is None or stated[1] > self.version:
            return http({"detail": {"status": "error", "errors": [{"code": "VERSION_UNSUPPORTED"}]}}, "400 Bad")
        if asked.path == "/catalog/search":
            return http({"products": self._products(asked.json())})
        return self._session(asked)

    def _products(self, query: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"id": f"p-{name}", "title": name, "variants": [{"id": name, "availability": {"available": True}}]}
            for name in PRICES
            if str(query["query"]).lower() in name
        ]

    def _session(self, asked: Asked) -> bytes:
        parts = asked.path.strip("/").split("/")
        if parts[0] not in ("checkout-sessions", "carts") or (parts[0] == "carts" and "cart" not in self.names):
            return http({"detail": "Not Found"}, "404 Not Found")
        if parts[-1] == "complete":
            self.completed.append(parts[1])
        if parts[-1] == "cancel":
            self.cancelled.append(parts[1])
            return http({**self.sessions[parts[1]], "status": "canceled"})
        if asked.method == "GET":
            found = self.sessions.get(parts[1])
            return http(found) if found else http({"code": "NOT_FOUND"}, "404 Not Found")
        body: dict[str, Any] = json.loads(asked.body)
        key = parts[1] if len(parts) > 1 else self.by_key.setdefault(
            asked.headers["idempotency-key"], f"chk_{len(self.by_key) + 1}"
        )  # fmt: skip
        if any(line["item"]["id"] not in PRICES for line in body["line_items"]):
            return http({"detail": "Product not found", "code": "INVALID_REQUEST"}, "400 Bad Request")
        self.sessions[key] = self.twist(self.document(key, body))
        return http(self.sessions[key], "201 Created" if len(parts) == 1 else "200 OK")


@asynccontextmanager
async def ucp_shop(shop: UcpShop) -> AsyncIterator[Peer]:
    async with peer(shop.handle) as served:
        yield served

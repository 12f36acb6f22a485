"""Requests to one shop over ACP: the calls of a UCP checkout in ACP's words. There is none that completes an order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from negotiators.channels.acp.documents import checkout_of, is_flat, request_of
from negotiators.channels.ucp.client import answered
from negotiators.wire import AddressRules, Limits

if TYPE_CHECKING:
    import httpx

SESSIONS = "/checkout_sessions"


class AcpClient:
    """See `negotiators.channels.ucp.client.Client`. `close` it."""

    def __init__(self, base: str, version: str, rules: AddressRules, limits: Limits, token: str, currency: str) -> None:
        self._base = base.rstrip("/")
        self._version = version
        self._rules = rules
        self._limits = limits
        self._token = token
        self._currency = currency
        self._flat = False
        self._http: httpx.AsyncClient | None = None
        self.context = ""

    async def call(
        self, method: str, path: str, body: Mapping[str, object] | None, *, key: str, profile: str = ""
    ) -> object:
        """The checkout of a successful answer. Raises `ExchangeFailed`."""
        from negotiators.wire.httpx_edge import guarded_client

        if self._http is None:
            self._http = guarded_client(self._rules, self._limits)
        verb, place, asked = self._request(method, path, body)
        headers = {"API-Version": self._version, "Request-Id": key, "Authorization": f"Bearer {self._token}"}
        content = None
        if asked is not None:
            content = json.dumps(asked, separators=(",", ":")).encode()
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        value = await answered(self._http, verb, self._base + place, content, headers)
        self._flat = is_flat(value)
        return checkout_of(value)

    def _request(
        self, method: str, path: str, body: Mapping[str, object] | None
    ) -> tuple[str, str, dict[str, object] | None]:
        """The verb, the path and the document: a change is a POST to the checkout, leaving is a POST of nothing."""
        parts = path.strip("/").split("/")
        place = "/".join([SESSIONS, *parts[1:]])
        if method == "GET":
            return "GET", place, None
        if parts[-1] == "cancel":
            return "POST", place, {}
        create = len(parts) == 1
        asked = request_of(body or {}, self._version, self._currency, create=create, flat=self._flat)
        return "POST", place, asked

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

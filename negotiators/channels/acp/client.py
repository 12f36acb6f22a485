"""Requests to one shop over ACP: the calls of a UCP checkout in ACP's words. There is none that completes an order."""

from __future__ import annotations

import json
from collections.abc import Mapping

from negotiators.channels.acp.documents import checkout_of, is_flat, request_of
from negotiators.channels.ucp.client import HttpClient, answered
from negotiators.wire import AddressRules, Limits

SESSIONS = "/checkout_sessions"


class AcpClient(HttpClient):
    """See `negotiators.channels.ucp.client.Client`. `close` it."""

    def __init__(self, base: str, version: str, rules: AddressRules, limits: Limits, token: str, currency: str) -> None:
        super().__init__(rules, limits)
        self._base = base.rstrip("/")
        self._version = version
        self._token = token
        self._currency = currency
        self._flat = False

    async def call(
        self, method: str, path: str, body: Mapping[str, object] | None, *, key: str, profile: str = ""
    ) -> object:
        """The checkout of a successful answer. Raises `ExchangeFailed`."""
        verb, place, asked = self._request(method, path, body)
        headers = {"API-Version": self._version, "Request-Id": key, "Authorization": f"Bearer {self._token}"}
        content = None
        if asked is not None:
            content = json.dumps(asked, separators=(",", ":")).encode()
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        value = await answered(self._opened(), verb, self._base + place, content, headers)
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

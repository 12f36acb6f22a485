"""Requests to one shop: headers of the protocol, idempotent keys from message ids, errors in the channel's form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from negotiators.channels.faults import UNSURE, ExchangeFailed, of_wire
from negotiators.channels.payload.fields import safe_code
from negotiators.channels.ucp.profile import KNOWN
from negotiators.wire import AddressRules, Limits, WireError, strict_json

if TYPE_CHECKING:
    import httpx

    from negotiators.channels.ucp.signing import SigningKey


def key_of(message_id: str, step: int) -> str:
    """The idempotency key of one request of a message: the same at every attempt, and nobody's id in clear."""
    return hashlib.sha256(f"{message_id}|{step}".encode()).hexdigest()[:40]


def agent_headers(version: str, key: str, profile: str, token: str) -> dict[str, str]:
    """Headers of every request: who asks, and the key the shop gave the person, where it gave one."""
    named = f'profile="{profile}"; ' if profile else ""
    headers = {"UCP-Agent": f'{named}version="{version}"', "Request-Id": key}
    if version == KNOWN[0]:
        headers["Request-Signature"] = "unsigned"  # this version requires the header; we have no key to sign with
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


class Client(Protocol):
    """Requests to one shop, over whichever transport. `context` is what the transport must keep between them."""

    context: str

    async def call(
        self, method: str, path: str, body: Mapping[str, object] | None, *, key: str, profile: str = ""
    ) -> object: ...

    async def close(self) -> None: ...


class HttpClient:
    """What clients over HTTP share: one guarded connection pool, opened at the first request. `close` it."""

    def __init__(self, rules: AddressRules, limits: Limits) -> None:
        self._rules = rules
        self._limits = limits
        self._http: httpx.AsyncClient | None = None
        self.context = ""

    def _opened(self) -> httpx.AsyncClient:
        from negotiators.wire.httpx_edge import guarded_client

        if self._http is None:
            self._http = guarded_client(self._rules, self._limits)
        return self._http

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None


class ShopClient(HttpClient):
    """Requests to one REST service, signed where there is a key and a profile that names it. `close` it."""

    def __init__(
        self, endpoint: str, version: str, rules: AddressRules, limits: Limits, token: str = "",
        signing: SigningKey | None = None,
    ) -> None:  # fmt: skip
        super().__init__(rules, limits)
        self._endpoint = endpoint
        self._version = version
        self._token = token
        self._signing = signing

    async def call(
        self, method: str, path: str, body: Mapping[str, object] | None, *, key: str, profile: str = ""
    ) -> object:
        """The JSON of a successful answer. Raises `ExchangeFailed`."""
        headers = agent_headers(self._version, key, profile, self._token)
        content = None
        if body is not None:
            content = json.dumps(body, separators=(",", ":")).encode()
            headers |= {"Content-Type": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key
        url = self._endpoint + path
        if self._signing is not None and profile:
            headers |= self._signing.headers(method, url, headers, content)
        return await answered(self._opened(), method, url, content, headers)


async def answered(
    http: httpx.AsyncClient, method: str, url: str, content: bytes | None, headers: Mapping[str, str]
) -> object:
    """The strict JSON of a shop's successful answer. Raises `ExchangeFailed` with the shop's own code."""
    try:
        response = await http.request(method, url, content=content, headers=dict(headers))
        value = strict_json(response.content) if response.content else None
    except WireError as err:
        raise of_wire(err) from err
    if not response.is_success:
        unsure = response.status_code in UNSURE
        raise ExchangeFailed(error_code(value) or f"http_{response.status_code}", sent=unsure, refused=not unsure)
    return value


def error_code(value: object) -> str:
    """The machine's name of an error, wherever shops put it."""
    for entry in _nested(value, 3):
        code = safe_code(str(entry.get("code") or "").lower())
        if code:
            return code
    return ""


def _nested(value: object, depth: int) -> list[Mapping[str, object]]:
    if depth < 0:
        return []
    if isinstance(value, Mapping):
        inner = (value.get(key) for key in ("detail", "errors", "messages", "error"))
        return [value, *(entry for one in inner for entry in _nested(one, depth - 1))]
    return [entry for one in value[:5] for entry in _nested(one, depth - 1)] if isinstance(value, list) else []

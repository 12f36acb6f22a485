"""The requests an adapter yields, made by the host: named hosts, few headers, all limits of the wire."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from negotiators.manifest import Manifest
from negotiators.wire import AddressRefused, AddressRules, Limits, WireError, target_of

if TYPE_CHECKING:
    import httpx

MAX_REQUESTS = 20
MAX_BODY = 1 << 20
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_HEADERS = ("accept", "accept-language", "authorization", "content-type", "idempotency-key", "if-none-match", "prefer")
_SHOWN = ("content-type", "etag", "location", "retry-after")
_MAX_HEADER = 4096


class Requests:
    """The requests of one call. `sent`: something other than a question may have reached the company."""

    def __init__(self, manifest: Manifest, rules: AddressRules, limits: Limits, endpoint_host: str) -> None:
        self._manifest = manifest
        self._rules = rules
        self._limits = limits
        self._endpoint_host = endpoint_host
        self._client: httpx.AsyncClient | None = None
        self._count = 0
        self.sent = False

    async def __aenter__(self) -> Requests:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def make(self, request: object) -> dict[str, object]:
        """The line that answers a request line: a response, or why there is none."""
        try:
            method, url, headers, body = self._checked(request)
            return {"response": await self._answer(method, url, headers, body)}
        except WireError as err:
            return {"failed": {"code": err.code, "sent": err.sent}}

    def _checked(self, request: object) -> tuple[str, str, dict[str, str], str | None]:
        """Raises `AddressRefused` for a host, method or header that is not for an adapter."""
        self._count += 1
        if not isinstance(request, Mapping) or self._count > MAX_REQUESTS:
            raise AddressRefused("too many requests in one call", "too_many_requests")
        method, url, headers, body = (request.get(key) for key in ("method", "url", "headers", "body"))
        if method not in METHODS or not isinstance(url, str) or not isinstance(headers, Mapping):
            raise AddressRefused("no request we make", "bad_request")
        if body is not None and (not isinstance(body, str) or len(body) > MAX_BODY or method == "GET"):
            raise AddressRefused("a body we do not send", "bad_body")
        host = target_of(url, self._rules).host
        if not self._manifest.allows(host, self._endpoint_host):
            raise AddressRefused(f"the manifest does not name `{host}`", "host_not_named")
        return str(method), url, _kept(headers), body

    async def _answer(self, method: str, url: str, headers: dict[str, str], body: str | None) -> dict[str, object]:
        from negotiators.wire.httpx_edge import FINAL_URL, guarded_client

        if self._client is None:
            self._client = guarded_client(self._rules, self._limits)
        if body is not None:
            headers.setdefault("content-type", "application/json")
        try:
            response = await self._client.request(method, url, headers=headers, content=body)
        except WireError as err:
            self.sent = self.sent or (err.sent and method != "GET")
            raise
        self.sent = self.sent or method != "GET"
        final = target_of(str(response.extensions.get(FINAL_URL, url)), self._rules).host
        if not self._manifest.allows(final, self._endpoint_host):
            raise AddressRefused(f"a redirect to `{final}`, which the manifest does not name", "host_not_named")
        shown = {name: response.headers[name][:_MAX_HEADER] for name in _SHOWN if name in response.headers}
        return {"status": response.status_code, "headers": shown, "text": response.text}


def _kept(headers: Mapping[object, object]) -> dict[str, str]:
    """The headers an adapter may set: those that say what is asked and by whom, never cookies, hosts or framing."""
    kept = {}
    for name, value in headers.items():
        lower = str(name).lower()
        plain = isinstance(value, str) and len(value) <= _MAX_HEADER and value.isascii() and value.isprintable()
        if not plain or not (lower in _HEADERS or lower.startswith("x-")):
            raise AddressRefused("a header an adapter may not set", "bad_header")
        kept[lower] = str(value)
    return kept

"""The guard as an httpx transport: what a vendor SDK that wants an `httpx.AsyncClient` gets from us.

Each origin is resolved once and pinned; each has its own connection pool, because a pool keyed by address would
reuse one host's TLS connection for another. A connection carries one request: a bot on a single-threaded server
would answer nobody else while we keep one open, and a stale one makes a message's fate unknown. Bodies arrive
whole, bounded and as strict JSON, or not at all.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import cache

import httpx

from negotiators.wire.addresses import Address, AddressRules, Target, checked, pinned, redirected
from negotiators.wire.bodies import bounded, checked_events, inflate
from negotiators.wire.errors import (
    AddressRefused,
    Limits,
    NotStrictJson,
    PeerBroke,
    PeerTooSlow,
    PeerUnreachable,
    RedirectRefused,
)
from negotiators.wire.strict import strict_json

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

FINAL_URL = "gegenbot_final_url"
"""Response extension: the address that answered, after redirects."""

_DROPPED_REQUEST = ("cookie", "referer")
_DROPPED_RESPONSE = {"set-cookie", "content-encoding", "content-length", "transfer-encoding", "refresh", "link"}
_KEEP_METHOD = {307, 308}
_REDIRECTS = {301, 302, 303, 307, 308}


async def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of `host` by the system's resolver. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def _tls() -> ssl.SSLContext:
    """One context for all pools: loading the roots costs tens of milliseconds."""
    return httpx.create_ssl_context()


def _noting(sent: list[bool]) -> Callable[[str, object], Awaitable[None]]:
    """A trace that notes when the first byte of a request leaves: from there on its outcome is unknown."""

    async def trace(event: str, info: object) -> None:
        if event.endswith("send_request_headers.started"):
            sent.append(True)

    return trace


class GuardTransport(httpx.AsyncBaseTransport):
    """See the module. Raises `WireError`s, which no httpx or SDK handler swallows."""

    def __init__(
        self,
        rules: AddressRules,
        limits: Limits,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`resolver` and `tls` default to the system's resolver and the public roots."""
        self._rules = rules
        self._limits = limits
        self._resolver = resolver
        self._context = tls
        self._pins: dict[Target, tuple[Address, ...]] = {}
        self._pools: dict[Target, httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent: list[bool] = []
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._exchange(request, sent)
        except TimeoutError as err:
            if sent:
                raise PeerTooSlow(f"no whole answer within {self._limits.total:g} s") from err
            raise PeerUnreachable(f"no connection within {self._limits.total:g} s") from err

    async def aclose(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    async def _exchange(self, request: httpx.Request, sent: list[bool]) -> httpx.Response:
        """One request with its redirects."""
        body = await request.aread()
        url, method = str(request.url), request.method
        for _ in range(self._limits.redirects + 1):
            response = await self._once(request, url, method, body, sent)
            location = response.headers.get("location")
            if response.status_code not in _REDIRECTS or location is None:
                return await self._finish(request, response, url)
            await response.aclose()
            if response.status_code not in _KEEP_METHOD and method not in {"GET", "HEAD"}:
                raise RedirectRefused("a redirect would turn the message into a question")
            url = redirected(url, location, carries_body=bool(body), rules=self._rules)
        raise RedirectRefused(f"more than {self._limits.redirects} redirects")

    async def _once(
        self, request: httpx.Request, url: str, method: str, body: bytes, sent: list[bool]
    ) -> httpx.Response:
        """Send to the pinned addresses, the next one when a connection is refused."""
        asked = httpx.URL(url)
        netloc = asked.netloc.decode("ascii", "replace")
        userinfo = "@" if asked.userinfo else ""
        target = checked(asked.scheme, userinfo + netloc, asked.host, asked.port, self._rules)
        failure: httpx.TransportError | None = None
        for address in await self._addresses(target):
            try:
                outgoing = self._outgoing(request, asked, target, address, method, body)
                outgoing.extensions["trace"] = _noting(sent)
                return await self._pool(target).handle_async_request(outgoing)
            except (httpx.ConnectError, httpx.ConnectTimeout) as err:
                failure = err
            except httpx.PoolTimeout as err:
                raise PeerUnreachable("no free connection") from err
            except httpx.TimeoutException as err:
                raise (PeerTooSlow if sent else PeerUnreachable)("no answer in time") from err
            except (httpx.TransportError, httpx.InvalidURL) as err:
                raise PeerBroke(f"the connection broke: {type(err).__name__}") from err
        raise PeerUnreachable(f"nobody answers at {target.origin}") from failure

    def _outgoing(
        self, request: httpx.Request, asked: httpx.URL, target: Target, address: Address, method: str, body: bytes
    ) -> httpx.Request:
        """The request to the pinned address, under the host's name in `Host` and TLS."""
        headers = httpx.Headers(request.headers)
        for name in _DROPPED_REQUEST:
            headers.pop(name, None)
        headers.update({"Host": asked.netloc.decode("ascii"), "Sec-GPC": "1", "Accept-Encoding": "identity"})
        headers.update({"User-Agent": "Gegenbot", "Connection": "close"})
        timeout = httpx.Timeout(self._limits.total, connect=self._limits.connect).as_dict()
        extensions = {"timeout": timeout, "sni_hostname": target.host}
        url = asked.copy_with(host=str(address), fragment=None)
        return httpx.Request(method, url, headers=headers, content=body, extensions=extensions)

    async def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target not in self._pins:
            try:
                resolved = await self._resolver(target.host, target.port)
            except (OSError, UnicodeError) as err:
                raise PeerUnreachable(f"no such host: {target.host}", "no_such_host") from err
            self._pins[target] = pinned(target, resolved, self._rules)
        return self._pins[target]

    def _pool(self, target: Target) -> httpx.AsyncHTTPTransport:
        if target not in self._pools:
            verify: ssl.SSLContext | bool = (self._context or _tls()) if target.scheme == "https" else False
            bound = httpx.Limits(max_connections=self._limits.connections, max_keepalive_connections=0)
            self._pools[target] = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=bound)
        return self._pools[target]

    async def _finish(self, request: httpx.Request, response: httpx.Response, url: str) -> httpx.Response:
        """The answer with its body read, inflated and checked; an event stream is checked as it flows."""
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _DROPPED_RESPONSE]
        extensions = {FINAL_URL: url}
        if response.headers.get("content-type", "").startswith("text/event-stream"):
            stream = _Events(response, self._limits)
            return httpx.Response(response.status_code, headers=headers, stream=stream, extensions=extensions)
        try:
            body = await self._body(response)
        finally:
            await response.aclose()
        return httpx.Response(
            response.status_code, headers=headers, content=body, request=request, extensions=extensions
        )

    async def _body(self, response: httpx.Response) -> bytes:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        try:
            raw = await bounded(aiter(response.stream), self._limits, asyncio.get_running_loop().time)
        except httpx.TimeoutException as err:
            raise PeerTooSlow("the answer stopped") from err
        except httpx.TransportError as err:
            raise PeerBroke(f"the answer broke off: {type(err).__name__}") from err
        body = inflate(raw, response.headers.get("content-encoding", "").strip().lower(), self._limits)
        if response.is_success:
            if body:
                strict_json(body, self._limits.json)
            return body
        try:
            strict_json(body, self._limits.json)
        except NotStrictJson:
            return b"{}"  # an error page says nothing to a program
        return body


class _Events(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, limits: Limits) -> None:
        self._response = response
        self._limits = limits

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._response.stream, httpx.AsyncByteStream)
        events = checked_events(aiter(self._response.stream), self._limits)
        while True:
            try:
                async with asyncio.timeout(self._limits.total):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as err:
                raise PeerTooSlow(f"no event within {self._limits.total:g} s") from err
            yield event

    async def aclose(self) -> None:
        await self._response.aclose()


def guarded_client(
    rules: AddressRules,
    limits: Limits | None = None,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """An httpx client behind the guard: no proxies, no cookies, no redirects of its own."""
    limits = limits or Limits()
    return httpx.AsyncClient(
        transport=GuardTransport(rules, limits, resolver, tls),
        timeout=httpx.Timeout(limits.total, connect=limits.connect),
        follow_redirects=False,
        trust_env=False,
        headers={"Accept": "application/json"},
    )


async def fetch_json(client: httpx.AsyncClient, url: str) -> tuple[object, str]:
    """GET a JSON document and the address that answered. Raises `WireError` and, by status, `LookupError`."""
    try:
        response = await client.get(url)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as err:
        raise AddressRefused("not an address of the web", "bad_url") from err
    if not response.is_success:
        raise LookupError(str(response.status_code))
    if not response.content:
        raise NotStrictJson("an empty body")
    return strict_json(response.content), str(response.extensions.get(FINAL_URL, url))

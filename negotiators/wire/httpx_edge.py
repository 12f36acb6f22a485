"""The guard as an httpx transport: what a vendor SDK that wants an `httpx.AsyncClient` gets from us.

Each origin has its own connection pool, because a pool keyed by address would reuse one host's TLS connection for
another. A connection carries one request: a bot on a single-threaded server would answer nobody else while we keep one
open, and a stale one makes a message's fate unknown.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache

import httpx

from negotiators.wire.addresses import Address, AddressRules, Target
from negotiators.wire.errors import AddressRefused, Limits, NotStrictJson, PeerBroke, PeerTooSlow, PeerUnreachable
from negotiators.wire.guard import Asked, Guard, Heard, NotConnected, Place, Resolver, system_resolver
from negotiators.wire.strict import strict_json

FINAL_URL = "gegenbot_final_url"
"""Response extension: the address that answered, after redirects."""


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


class Dialler:
    """See `guard.Dialler`: a pool for each origin, one request for each connection."""

    def __init__(self, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._limits = limits
        self._context = tls
        self._pools: dict[Target, httpx.AsyncHTTPTransport] = {}

    def place(self, url: str) -> Place:
        asked = httpx.URL(url)
        userinfo = "@" if asked.userinfo else ""
        return Place(asked.scheme, userinfo + asked.netloc.decode("ascii", "replace"), asked.host, asked.port)

    async def dial(self, asked: Asked, target: Target, address: Address, sent: list[bool]) -> Heard:
        timeout = httpx.Timeout(self._limits.total, connect=self._limits.connect).as_dict()
        extensions = {"timeout": timeout, "sni_hostname": target.host, "trace": _noting(sent)}
        try:
            url = httpx.URL(asked.url).copy_with(host=str(address), fragment=None)
            headers = list(asked.headers)
            request = httpx.Request(asked.method, url, headers=headers, content=asked.body, extensions=extensions)
            response = await self._pool(target).handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as err:
            raise NotConnected("no connection") from err
        except httpx.PoolTimeout as err:
            raise PeerUnreachable("no free connection") from err
        except httpx.TimeoutException as err:
            raise (PeerTooSlow if sent else PeerUnreachable)("no answer in time") from err
        except (httpx.TransportError, httpx.InvalidURL) as err:
            raise PeerBroke(f"the connection broke: {type(err).__name__}") from err
        return Heard(response.status_code, response.headers.multi_items(), _chunks(response), response.aclose)

    def _pool(self, target: Target) -> httpx.AsyncHTTPTransport:
        if target not in self._pools:
            verify: ssl.SSLContext | bool = (self._context or _tls()) if target.scheme == "https" else False
            bound = httpx.Limits(max_connections=self._limits.connections, max_keepalive_connections=0)
            self._pools[target] = httpx.AsyncHTTPTransport(verify=verify, trust_env=False, limits=bound)
        return self._pools[target]

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    """The raw body as it comes. Raises `WireError`s."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    try:
        async for chunk in response.stream:
            yield chunk
    except httpx.TimeoutException as err:
        raise PeerTooSlow("the answer stopped") from err
    except httpx.TransportError as err:
        raise PeerBroke(f"the answer broke off: {type(err).__name__}") from err


class GuardTransport(httpx.AsyncBaseTransport):
    """See `guard.Guard`. Raises `WireError`s, which no httpx or SDK handler swallows."""

    def __init__(
        self,
        rules: AddressRules,
        limits: Limits,
        resolver: Resolver = system_resolver,
        tls: ssl.SSLContext | None = None,
        kinds: frozenset[str] = frozenset(),
    ) -> None:
        """`resolver` and `tls` default to the system's resolver and the public roots."""
        self._dialler = Dialler(limits, tls)
        self._guard = Guard(rules, limits, resolver, self._dialler, kinds)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = Asked(request.method, str(request.url), request.headers.multi_items(), await request.aread())
        answer = await self._guard.exchange(asked)
        extensions = {FINAL_URL: answer.url}
        headers = list(answer.headers)
        if answer.events is not None and answer.close is not None:
            stream = _Events(answer.events, answer.close)
            return httpx.Response(answer.status, headers=headers, stream=stream, extensions=extensions)
        return httpx.Response(
            answer.status, headers=headers, content=answer.body, request=request, extensions=extensions
        )

    async def aclose(self) -> None:
        await self._dialler.close()


class _Events(httpx.AsyncByteStream):
    def __init__(self, events: AsyncIterator[bytes], close: Callable[[], Awaitable[None]]) -> None:
        self._events = events
        self._close = close

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events

    async def aclose(self) -> None:
        await self._close()


def guarded_client(
    rules: AddressRules,
    limits: Limits | None = None,
    resolver: Resolver = system_resolver,
    tls: ssl.SSLContext | None = None,
    kinds: frozenset[str] = frozenset(),
) -> httpx.AsyncClient:
    """An httpx client behind the guard: no proxies, no cookies, no redirects of its own."""
    limits = limits or Limits()
    return httpx.AsyncClient(
        transport=GuardTransport(rules, limits, resolver, tls, kinds),
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

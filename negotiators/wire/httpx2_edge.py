"""The guard as an httpx2 transport: what an SDK on httpx2 (`mcp`), the library that took httpx over, gets from us.

The two cannot share their types; what goes out is dialled as in `httpx_edge`.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx2

from negotiators.wire.addresses import AddressRules
from negotiators.wire.errors import Limits
from negotiators.wire.guard import Asked, Guard, Resolver, system_resolver
from negotiators.wire.httpx_edge import FINAL_URL, Dialler


class GuardTransport(httpx2.AsyncBaseTransport):
    """See `guard.Guard`. Raises `WireError`s, which no httpx2 or SDK handler swallows."""

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

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        asked = Asked(request.method, str(request.url), request.headers.multi_items(), await request.aread())
        answer = await self._guard.exchange(asked)
        extensions = {FINAL_URL: answer.url}
        headers = list(answer.headers)
        if answer.events is not None and answer.close is not None:
            stream = _Events(answer.events, answer.close)
            return httpx2.Response(answer.status, headers=headers, stream=stream, extensions=extensions)
        return httpx2.Response(
            answer.status, headers=headers, content=answer.body, request=request, extensions=extensions
        )

    async def aclose(self) -> None:
        await self._dialler.close()


class _Events(httpx2.AsyncByteStream):
    def __init__(self, events: AsyncIterator[bytes], close: Callable[[], Awaitable[None]]) -> None:
        self._events = events
        self._close = close

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events

    async def aclose(self) -> None:
        await self._close()

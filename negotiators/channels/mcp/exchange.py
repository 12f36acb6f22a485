"""One exchange with an MCP server: the only code that touches the SDK.

The SDK speaks both revisions (2026-07-28 without sessions, older ones with a handshake). It talks through our guard, so
it sees no byte that was not strict JSON. What the guard ends is noted and given to the SDK as an error answer: an
exception inside its background tasks would leave the caller waiting.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from negotiators.channels.faults import ExchangeFailed, of_wire
from negotiators.wire import AddressRules, Limits, NotStrictJson, PeerTooSlow, PeerUnreachable, WireError, strict_json
from negotiators.wire.httpx2_edge import GuardTransport

if TYPE_CHECKING:
    from negotiators.channels.ucp.signing import SigningKey

logging.getLogger("mcp").setLevel(logging.WARNING)
"""Below it the SDK writes whole messages to its log."""

MAX_TOOLS = 200
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, for shops that want to know: the person's UCP profile, and the key it names."""

    profile: str
    key: SigningKey | None = None

    def headers(self, method: str, url: str, sent: Mapping[str, str], content: bytes) -> dict[str, str]:
        named = {"UCP-Agent": f'profile="{self.profile}"'}
        if self.key is None:
            return named
        return named | self.key.headers(method, url, {**sent, **named}, content or None)


class _Noting(httpx2.AsyncBaseTransport):
    """The guard, with what it ended kept beside. Streams the server opens by itself are not listened to."""

    def __init__(self, rules: AddressRules, limits: Limits, asker: Asker | None) -> None:
        self._guard = GuardTransport(rules, limits)
        self._asker = asker
        self.fault: WireError | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            return httpx2.Response(405, request=request)
        if isinstance(self.fault, PeerTooSlow | PeerUnreachable):
            # The SDK tries the older handshake next: a silent server would cost the person's patience again.
            return httpx2.Response(502, json={}, request=request)
        if self._asker is not None:
            content = await request.aread()
            request.headers.update(self._asker.headers(request.method, str(request.url), request.headers, content))
        try:
            return await self._guard.handle_async_request(request)
        except WireError as err:
            self.fault = self.fault or err
            return httpx2.Response(502, json={}, request=request)

    async def aclose(self) -> None:
        await self._guard.aclose()


@dataclass(frozen=True, slots=True)
class Answered:
    """What a tool gave back: its data, and its words."""

    data: object
    words: str


class Exchange:
    """Calls to one server. Each opens its own connection: between two looks nothing is kept open."""

    def __init__(self, url: str, rules: AddressRules, limits: Limits) -> None:
        self._url = url
        self._rules = rules
        self._limits = limits

    async def _with(self, call: Callable[[Any], Awaitable[_Answer]], asker: Asker | None = None) -> _Answer:
        """Raises `ExchangeFailed`. Whatever else comes out of the SDK (pydantic, groups of exceptions) means that the
        server's answer is not the protocol."""
        noting = _Noting(self._rules, self._limits, asker)
        http = httpx2.AsyncClient(transport=noting, timeout=self._limits.total, trust_env=False)
        try:
            async with (
                http,
                Client(
                    streamable_http_client(self._url, http_client=http), read_timeout_seconds=self._limits.total
                ) as client,
            ):
                return await call(client)
        except Exception as err:
            raise _of(err, noting.fault) from err

    async def tools(self) -> tuple[str, ...]:
        """The names of the server's tools. Raises `ExchangeFailed`."""

        async def call(client: Any) -> tuple[str, ...]:
            listed = await client.list_tools()
            return tuple(str(tool.name)[:100] for tool in listed.tools[:MAX_TOOLS])

        return await self._with(call)

    async def look(self, tool: str, arguments: dict[str, object]) -> Answered:
        """Call a tool the person named. One that is not there, or that says it changes something, is not called.
        Raises `ExchangeFailed`."""

        async def once(client: Any) -> Answered:
            listed = {str(one.name): one for one in (await client.list_tools()).tools[:MAX_TOOLS]}
            if tool not in listed:
                raise ExchangeFailed("no_such_tool", sent=False, refused=True)
            if _changes(listed[tool].annotations):
                raise ExchangeFailed("tool_changes_something", sent=False, refused=True)
            return _answered(await client.call_tool(tool, arguments))

        return await self._with(once)

    async def call(self, tool: str, calls: list[dict[str, object]], asker: Asker | None = None) -> list[Answered]:
        """Call one tool with each of the arguments; `asker` is told with every request. Raises `ExchangeFailed`."""

        async def every(client: Any) -> list[Answered]:
            return [_answered(await client.call_tool(tool, arguments)) for arguments in calls]

        return await self._with(every, asker)


def _of(err: BaseException, fault: WireError | None) -> ExchangeFailed:
    """The first thing that went wrong, out of the groups the SDK's task groups make."""
    while isinstance(err, BaseExceptionGroup):
        err = err.exceptions[0]
    if isinstance(err, ExchangeFailed):
        return err
    if fault is not None:
        return of_wire(fault)
    if isinstance(err, MCPError):
        return ExchangeFailed("server_error", sent=False, refused=True)
    return ExchangeFailed("not_the_protocol", sent=True, malformed=True)


def _changes(hints: Any) -> bool:
    """Whether a tool declares that it does more than look; one that declares nothing is the person's word."""
    return hints is not None and (hints.read_only_hint is False or hints.destructive_hint is True)


def _answered(result: Any) -> Answered:
    """A tool's structured content, else the JSON its text holds."""
    words = "\n".join(part.text for part in result.content if getattr(part, "type", "") == "text")
    if result.is_error:
        raise ExchangeFailed("tool_error", sent=False, refused=True)
    if isinstance(result.structured_content, Mapping):
        found = result.structured_content
        return Answered(found.get("result", found) if set(found) == {"result"} else found, words)
    try:
        return Answered(strict_json(words.encode("utf-8", "surrogatepass")), words)
    except NotStrictJson as err:
        raise ExchangeFailed("no_data", sent=True, malformed=True) from err

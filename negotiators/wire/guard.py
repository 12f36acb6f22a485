"""One guarded exchange, whatever library makes the connection: the edges hand in a `Dialler` and get checked answers.

Each origin is resolved once and pinned. Bodies arrive whole, bounded and as strict JSON, or not at all; an event stream
is checked as it flows. Nothing here knows httpx.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from negotiators.wire.addresses import Address, AddressRules, Target, checked, pinned, redirected
from negotiators.wire.bodies import bounded, checked_events, inflate
from negotiators.wire.errors import (
    Limits,
    NotStrictJson,
    PeerTooSlow,
    PeerUnreachable,
    RedirectRefused,
)
from negotiators.wire.strict import strict_json

Headers = Sequence[tuple[str, str]]
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_DROPPED_REQUEST = {
    "accept-encoding", "connection", "content-length", "cookie", "host", "referer", "sec-gpc", "transfer-encoding",
    "user-agent",
}  # fmt: skip
_DROPPED_RESPONSE = {"set-cookie", "content-encoding", "content-length", "transfer-encoding", "refresh", "link"}
_KEEP_METHOD = {307, 308}
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True, slots=True)
class Place:
    """A URL as the connecting library itself has split it: what was checked is what is connected."""

    scheme: str
    netloc: str
    host: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it leaves."""

    method: str
    url: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """The head of an answer, with its raw body still to come."""

    status: int
    headers: Headers
    chunks: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]

    def header(self, name: str) -> str:
        """The first header of that lower-case name, or the empty string."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class NotConnected(PeerUnreachable):
    """This address took no connection; the next one may."""


class Dialler(Protocol):
    """What an edge does: split a URL, and send one request to one address under the host's own name.

    `dial` notes in `sent` when the first byte leaves. It raises `NotConnected` and the other `WireError`s; so do the
    chunks of what it returns.
    """

    def place(self, url: str) -> Place: ...

    async def dial(self, asked: Asked, target: Target, address: Address, sent: list[bool]) -> Heard: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer: a body, or the events of a stream to be closed after use. `url` answered, after redirects."""

    status: int
    headers: Headers
    url: str
    body: bytes = b""
    events: AsyncIterator[bytes] | None = None
    close: Callable[[], Awaitable[None]] | None = None


async def system_resolver(host: str, port: int) -> list[str]:
    """All addresses of `host` by the system's resolver. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """The exchanges of one client. Raises `WireError`s only.

    `kinds` are media types that pass as they are (`text/html` for a reader of pages); all else must be strict JSON.
    """

    def __init__(
        self,
        rules: AddressRules,
        limits: Limits,
        resolver: Resolver,
        dialler: Dialler,
        kinds: frozenset[str] = frozenset(),
    ) -> None:
        self._kinds = kinds
        self._rules = rules
        self._limits = limits
        self._resolver = resolver
        self._dialler = dialler
        self._pins: dict[Target, tuple[Address, ...]] = {}

    async def exchange(self, asked: Asked) -> Answer:
        """One request with its redirects, within the limits."""
        sent: list[bool] = []
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._followed(asked, sent)
        except TimeoutError as err:
            if sent:
                raise PeerTooSlow(f"no whole answer within {self._limits.total:g} s") from err
            raise PeerUnreachable(f"no connection within {self._limits.total:g} s") from err

    async def _followed(self, asked: Asked, sent: list[bool]) -> Answer:
        url = asked.url
        for _ in range(self._limits.redirects + 1):
            heard = await self._once(asked, url, sent)
            location = heard.header("location")
            if heard.status not in _REDIRECTS or not location:
                return await self._finished(heard, url)
            await heard.close()
            if heard.status not in _KEEP_METHOD and asked.method not in {"GET", "HEAD"}:
                raise RedirectRefused("a redirect would turn the message into a question")
            url = redirected(url, location, carries_body=bool(asked.body), rules=self._rules)
        raise RedirectRefused(f"more than {self._limits.redirects} redirects")

    async def _once(self, asked: Asked, url: str, sent: list[bool]) -> Heard:
        """Send to the pinned addresses, the next one when a connection is refused."""
        place = self._dialler.place(url)
        target = checked(place.scheme, place.netloc, place.host, place.port, self._rules)
        failure: NotConnected | None = None
        for address in await self._addresses(target):
            outgoing = Asked(asked.method, url, _outgoing(asked.headers, place.netloc), asked.body)
            try:
                return await self._dialler.dial(outgoing, target, address, sent)
            except NotConnected as err:
                failure = err
        raise PeerUnreachable(f"nobody answers at {target.origin}") from failure

    async def _addresses(self, target: Target) -> tuple[Address, ...]:
        if target not in self._pins:
            try:
                resolved = await self._resolver(target.host, target.port)
            except (OSError, UnicodeError) as err:
                raise PeerUnreachable(f"no such host: {target.host}", "no_such_host") from err
            self._pins[target] = pinned(target, resolved, self._rules)
        return self._pins[target]

    async def _finished(self, heard: Heard, url: str) -> Answer:
        """The answer with its body read, inflated and checked; an event stream is checked as it flows."""
        headers = [(name, value) for name, value in heard.headers if name.lower() not in _DROPPED_RESPONSE]
        if heard.header("content-type").startswith("text/event-stream"):
            return Answer(heard.status, headers, url, events=self._events(heard), close=heard.close)
        try:
            raw = await bounded(heard.chunks, self._limits, asyncio.get_running_loop().time)
        finally:
            await heard.close()
        body = inflate(raw, heard.header("content-encoding").strip().lower(), self._limits)
        media = heard.header("content-type").partition(";")[0].strip().lower()
        if media not in self._kinds:
            body = _json(heard.status, body, self._limits)
        return Answer(heard.status, headers, url, body)

    async def _events(self, heard: Heard) -> AsyncIterator[bytes]:
        events = checked_events(heard.chunks, self._limits)
        while True:
            try:
                async with asyncio.timeout(self._limits.total):
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as err:
                raise PeerTooSlow(f"no event within {self._limits.total:g} s") from err
            yield event


def _json(status: int, body: bytes, limits: Limits) -> bytes:
    """The body of a success, which must be strict JSON; that of a failure where it is, else an empty object."""
    try:
        if body:
            strict_json(body, limits.json)
    except NotStrictJson:
        if 200 <= status < 300:
            raise
        return b"{}"  # an error page says nothing to a program
    return body if body or 200 <= status < 300 else b"{}"


def _outgoing(headers: Headers, netloc: str) -> Headers:
    """What a request says of us: no cookie, no referrer, and that nothing may be sold or shared (Sec-GPC)."""
    kept = [(name, value) for name, value in headers if name.lower() not in _DROPPED_REQUEST]
    ours = [("Host", netloc), ("Sec-GPC", "1"), ("Accept-Encoding", "identity"), ("User-Agent", "Gegenbot")]
    return [*kept, *ours, ("Connection", "close")]

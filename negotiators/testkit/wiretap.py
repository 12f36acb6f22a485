"""A tap on the wire between an adapter and a company, on loopback.

The adapter talks to the tap's address; the tap hands each request on to the company, or does instead what a test
wants: stays silent, breaks off, answers something else, or gives the recorded answers once more. Both sides may speak
HTTP/1.1 with one request a connection, which is what our guard sends.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum

MAX_BODY = 8 << 20
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]*\r\n")
_DROPPED = {"content-length", "transfer-encoding", "connection", "date", "server"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came over the wire. Header names are lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    @property
    def content(self) -> tuple[str, str, tuple[tuple[str, str], ...], bytes]:
        """What the request says, without its length and the id of its JSON-RPC envelope, which SDKs draw at random:
        two requests with equal content say the same."""
        kept = tuple(sorted(pair for pair in self.headers if pair[0] not in _DROPPED))
        return self.method, self.path, kept, _with_rpc_id(self.body, 0)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: status line without the protocol (`200 OK`), headers and body."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def wire(self) -> bytes:
        kept = [pair for pair in self.headers if pair[0] not in _DROPPED]
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in kept)]
        lines += [f"content-length: {len(self.body)}", "connection: close"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request with its answer; `None` where there was none."""

    asked: Asked
    answered: Answered | None


class Weather(StrEnum):
    """What the tap does with requests from now on."""

    CLEAR = "clear"
    """Hands them to the company."""
    SILENT = "silent"
    """Takes them and never answers."""
    BROKEN = "broken"
    """Takes them and breaks the connection off in the middle of the answer."""
    REPEATED = "repeated"
    """Gives the answers of an earlier run, in their order, without the company."""


Change = Callable[[Asked, Answered], Answered]


@dataclass(slots=True)
class Wiretap:
    """See the module. `change` is applied to the company's answers; `heard` holds what passed since `forget`."""

    url: str = ""
    weather: Weather = Weather.CLEAR
    change: Change | None = None
    heard: list[Exchanged] = field(default_factory=list)
    recorded: list[Exchanged] = field(default_factory=list)
    silenced: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a request was taken that gets no answer."""
    _company: tuple[str, int] = ("", 0)

    @property
    def asked(self) -> list[Asked]:
        return [one.asked for one in self.heard]

    def forget(self) -> list[Exchanged]:
        """Start anew; returns what was heard so far."""
        before, self.heard = self.heard, []
        return before

    def repeat(self, recorded: list[Exchanged]) -> None:
        """From now on answer as in `recorded`."""
        self.weather, self.recorded = Weather.REPEATED, list(recorded)

    async def answer(self, asked: Asked) -> Answered | None:
        match self.weather:
            case Weather.SILENT:
                self.silenced.set()
                return None
            case Weather.REPEATED:
                return self._again(asked)
            case _:
                found = await self._ask_company(asked)
                return self.change(asked, found) if self.change is not None else found

    def _again(self, asked: Asked) -> Answered:
        """The next recorded answer to this very request; to any other one, a status that no recording holds."""
        for place, one in enumerate(self.recorded):
            if (one.asked.method, one.asked.path) == (asked.method, asked.path) and one.answered is not None:
                del self.recorded[place]
                return replace(one.answered, body=_with_rpc_id(one.answered.body, _rpc_id(asked.body)))
        return Answered("599 Not Recorded", (("content-type", "application/json"),), b"{}")

    async def _ask_company(self, asked: Asked) -> Answered:
        host, port = self._company
        reader, writer = await asyncio.open_connection(host, port)
        try:
            kept = [pair for pair in asked.headers if pair[0] not in _DROPPED]
            lines = [f"{asked.method} {asked.path} HTTP/1.1", *(f"{name}: {value}" for name, value in kept)]
            lines += [f"content-length: {len(asked.body)}", "connection: close"]
            writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + asked.body)
            await writer.drain()
            status, headers = await _head(reader)
            body = await _body(reader, dict(headers))
        finally:
            writer.close()
        ours = self.url.removeprefix("http://").encode()
        theirs = f"{host}:{port}".encode()
        shown = tuple((name, value.replace(theirs.decode(), ours.decode())) for name, value in headers)
        return Answered(status.partition(" ")[2], shown, body.replace(theirs, ours))


async def _head(reader: asyncio.StreamReader) -> tuple[str, tuple[tuple[str, str], ...]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """A body by its length, in chunks, or up to the end of the connection."""
    if "chunked" in headers.get("transfer-encoding", ""):
        return _unchunked(await reader.read(MAX_BODY))
    length = headers.get("content-length")
    return await reader.readexactly(int(length)) if length else await _rest(reader)


async def _rest(reader: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while part := await reader.read(1 << 16):
        found += part
        if len(found) > MAX_BODY:
            break
    return bytes(found)


def _unchunked(raw: bytes) -> bytes:
    found, at = bytearray(), 0
    while size := _CHUNK_SIZE.match(raw, at):
        length = int(size[1], 16)
        if not length:
            break
        found += raw[size.end() : size.end() + length]
        at = size.end() + length + 2
    return bytes(found)


def _envelope(body: bytes) -> dict[str, object] | None:
    """The JSON-RPC message in a body, if it is one."""
    if b'"jsonrpc"' not in body:
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _rpc_id(body: bytes) -> object:
    return (_envelope(body) or {}).get("id")


def _with_rpc_id(body: bytes, number: object) -> bytes:
    """The same body under another envelope id; anything that is no JSON-RPC message stays as it is."""
    value = _envelope(body)
    return body if value is None or "id" not in value else json.dumps({**value, "id": number}).encode()


@asynccontextmanager
async def tapped(company: str) -> AsyncIterator[Wiretap]:
    """A tap in front of the company at `company` (`http://127.0.0.1:PORT`), on a port of its own."""
    host, _, port = company.removeprefix("http://").partition("/")[0].rpartition(":")
    tap = Wiretap(_company=(host, int(port)))
    under_way: set[asyncio.Task[object]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await _one(tap, reader, writer)
        under_way.discard(task)
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    tap.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield tap
    finally:
        server.close()
        for task in list(under_way):
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _one(tap: Wiretap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    first, headers = await _head(reader)
    method, path, _ = first.split(" ")
    length = dict(headers).get("content-length", "0")
    asked = Asked(method, path, headers, await reader.readexactly(int(length)))
    place = len(tap.heard)
    tap.heard.append(Exchanged(asked, None))
    answered = await tap.answer(asked)
    if answered is None:
        await reader.read()  # until the other side gives up
        return
    if place < len(tap.heard):
        tap.heard[place] = replace(tap.heard[place], answered=answered)
    raw = answered.wire()
    writer.write(raw[: len(raw) // 2] if tap.weather is Weather.BROKEN else raw)
    await writer.drain()

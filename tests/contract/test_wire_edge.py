"""The guard on real sockets: pinning, names in TLS, redirects, streams."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from negotiators.wire import (
    AddressRefused,
    AddressRules,
    Limits,
    NotStrictJson,
    PeerTooSlow,
    PeerUnreachable,
    RedirectRefused,
    TooLarge,
)
from negotiators.wire.httpx_edge import fetch_json, guarded_client
from tests.support.peer import Asked, http, peer

LOOPBACK = AddressRules(allow_loopback=True)


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server that is `host` and of a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


@asynccontextmanager
async def secure_server(context: ssl.SSLContext, names: list[str | None], hosts: list[str]) -> AsyncIterator[int]:
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        hosts.extend(line[6:] for line in head.decode().split("\r\n") if line.lower().startswith("host:"))
        writer.write(http({"ok": True}))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def loopback_resolver(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


async def test_the_pinned_address_is_asked_under_its_own_name(tmp_path: Path) -> None:
    server, client_context = certificate(tmp_path, "bot.localhost")
    names: list[str | None] = []
    hosts: list[str] = []
    async with secure_server(server, names, hosts) as port:
        async with guarded_client(LOOPBACK, resolver=loopback_resolver, tls=client_context) as client:
            assert await fetch_json(client, f"https://bot.localhost:{port}/x") == (
                {"ok": True},
                f"https://bot.localhost:{port}/x",
            )
        assert (names, hosts) == (["bot.localhost"], [f"bot.localhost:{port}"])
        async with guarded_client(LOOPBACK, resolver=loopback_resolver, tls=client_context) as client:
            with pytest.raises(PeerUnreachable):  # the certificate is for another name
                await fetch_json(client, f"https://other.localhost:{port}/")


async def test_a_name_is_resolved_once() -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    async def handle(request: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http({"n": 1}))

    async with peer(handle) as served:
        url = served.url.replace("127.0.0.1", "bot.localhost")
        async with guarded_client(LOOPBACK, resolver=rebinding) as client:
            for _ in range(3):
                await fetch_json(client, url)
    assert asked == ["bot.localhost"]


@pytest.mark.parametrize("answer", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::ffff:192.168.0.1"])
async def test_a_public_name_that_leads_inside_is_not_connected(answer: str) -> None:
    async def inside(host: str, port: int) -> Sequence[str]:
        return [answer]

    async with guarded_client(AddressRules(), resolver=inside) as client:
        with pytest.raises(AddressRefused):
            await fetch_json(client, "https://bot.example/")


async def test_an_unknown_host_is_unreachable() -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such host")

    async with guarded_client(AddressRules(), resolver=nowhere) as client:
        with pytest.raises(PeerUnreachable):
            await fetch_json(client, "https://bot.example/")


async def test_redirects_end_after_three_and_are_checked() -> None:
    async def handle(request: Asked, writer: asyncio.StreamWriter) -> None:
        count = int(request.path.strip("/") or 0)
        target = f"/{count + 1}" if count != 42 else "http://169.254.169.254/"
        if count == 3:
            writer.write(http({"at": 3}))
        else:
            writer.write(http(b"", "302 Found", Location=target))

    async with peer(handle) as served, guarded_client(LOOPBACK) as client:
        assert await fetch_json(client, served.url + "/0") == ({"at": 3}, served.url + "/3")
        with pytest.raises(RedirectRefused):
            await fetch_json(client, served.url + "/10")
        with pytest.raises(AddressRefused):
            await fetch_json(client, served.url + "/42")


async def test_an_event_stream_is_checked_as_it_flows_and_cut_when_it_stops() -> None:
    async def handle(request: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        writer.write(b'data: {"n":1}\n\n')
        if request.path == "/bad":
            writer.write(b'data: {"n":NaN}\n\n')
        await writer.drain()
        await asyncio.Event().wait()

    async with peer(handle) as served, guarded_client(LOOPBACK, Limits(total=0.3)) as client:
        for path, error in (("/bad", NotStrictJson), ("/silent", PeerTooSlow)):
            events = []
            with pytest.raises(error):
                async with client.stream("GET", served.url + path) as response:
                    async for line in response.aiter_lines():
                        events.append(line)
            assert events == ['data: {"n":1}', ""]


async def test_a_single_threaded_server_can_serve_two_clients() -> None:
    async def handle(request: Asked, writer: asyncio.StreamWriter) -> None:
        assert request.headers["connection"] == "close"
        writer.write(http({}))

    async with peer(handle) as served, guarded_client(LOOPBACK) as first, guarded_client(LOOPBACK) as second:
        await fetch_json(first, served.url)
        await fetch_json(second, served.url)


async def test_a_flood_of_tiny_events_is_cut_without_holding_up_anybody() -> None:
    async def handle(request: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            writer.write(b'data: {"n":1}\n\n' * 4000)
            await writer.drain()

    async with peer(handle) as served, guarded_client(LOOPBACK, Limits(events=500)) as client:
        seen = 0
        with pytest.raises(TooLarge):
            async with client.stream("GET", served.url) as response:
                async for line in response.aiter_lines():
                    seen += line.startswith("data")
        assert 400 < seen <= 500

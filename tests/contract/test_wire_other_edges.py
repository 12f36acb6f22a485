"""The guard's edges beside httpx: httpx2, and plain sockets for mail."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from negotiators.wire import (
    AddressRefused,
    AddressRules,
    Limits,
    NotStrictJson,
    PeerTooSlow,
    PeerUnreachable,
    TooLarge,
)
from negotiators.wire.httpx2_edge import GuardTransport
from negotiators.wire.socket_edge import MAIL_PORTS, bounded_tls, open_socket
from tests.contract.test_wire_edge import certificate
from tests.support.peer import Asked, http, peer

LOOPBACK = AddressRules(allow_loopback=True)


def client_of(rules: AddressRules, **more: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=GuardTransport(rules, Limits(), **more), trust_env=False)


async def test_an_sdk_on_httpx2_meets_the_same_guard() -> None:
    async def handler(asked: Asked, writer: asyncio.StreamWriter) -> None:
        match asked.path:
            case "/nan":
                writer.write(http(b'{"n": NaN}'))
            case "/page":
                writer.write(http(b"<p>12,50</p>", content_type="text/html; charset=utf-8"))
            case "/inside":
                writer.write(http(b"", "302 Found", Location="http://10.0.0.1/"))
            case _:
                writer.write(http({"n": 1}, Set_Cookie="a=b", Location="x"))

    async with peer(handler) as served:
        async with client_of(LOOPBACK, kinds=frozenset({"text/html"})) as client:
            for _ in range(2):
                answer = await client.post(served.url, json={"q": 1}, headers={"Cookie": "mine", "Referer": "x"})
            assert answer.json() == {"n": 1} and not client.cookies and "set-cookie" not in answer.headers
            asked = served.asked[-1].headers
            assert asked["sec-gpc"] == "1" and not {"cookie", "referer"} & set(asked)
            assert asked["content-length"] == "7" and asked["user-agent"] == "Gegenbot"
            assert (await client.get(served.url + "/page")).text == "<p>12,50</p>"
            with pytest.raises(NotStrictJson):
                await client.get(served.url + "/nan")
            with pytest.raises(AddressRefused):
                await client.get(served.url + "/inside")
        async with client_of(LOOPBACK) as client:
            with pytest.raises(NotStrictJson):
                await client.get(served.url + "/page")
        async with client_of(AddressRules()) as client:
            with pytest.raises(AddressRefused):
                await client.get(served.url)


# -- sockets ----------------------------------------------------------------------------------------------------------


@contextmanager
def speaking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that has one conversation in a thread of its own."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(20)

    def serve() -> None:
        try:
            connected, _ = listening.accept()
            with connected:
                talk(connected)
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()
        thread.join(20)


class Imap(imaplib.IMAP4):
    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened
        super().__init__()

    def _create_socket(self, timeout: Any = None) -> socket.socket:
        return self._opened


class Smtp(smtplib.SMTP):
    def __init__(self, opened: socket.socket) -> None:
        self._opened = opened
        super().__init__("mail.example", 587, local_hostname="localhost")

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        return self._opened


def test_imap_over_tls_is_spoken_to_the_pinned_address_under_its_own_name(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "mail.localhost")

    def talk(connected: socket.socket) -> None:
        with server.wrap_socket(connected, server_side=True) as secured:
            secured.sendall(b"* OK ready\r\n")
            while line := secured.recv(1000):
                tag = line.split()[0]
                done = b"* CAPABILITY IMAP4rev1\r\n" if b"CAPABILITY" in line else b"* BYE\r\n" * (b"LOGOUT" in line)
                secured.sendall(done + tag + b" OK done\r\n")

    with speaking(talk) as port:
        opened = open_socket("mail.localhost", port, LOOPBACK, Limits(), tls=client, lookup=lambda *_: ["127.0.0.1"])
        assert Imap(opened).logout()[0] == "BYE"


def test_a_certificate_for_another_name_is_no_connection(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "mail.localhost")

    def talk(connected: socket.socket) -> None:
        server.wrap_socket(connected, server_side=True)

    with speaking(talk) as port, pytest.raises(PeerUnreachable):
        open_socket("other.localhost", port, LOOPBACK, Limits(), tls=client, lookup=lambda *_: ["127.0.0.1"])


@pytest.mark.parametrize("secure", [False, True])
def test_a_mail_server_that_never_ends_is_cut(tmp_path: Path, secure: bool) -> None:
    server, client = certificate(tmp_path, "mail.localhost")

    def talk(connected: socket.socket) -> None:
        out = server.wrap_socket(connected, server_side=True) if secure else connected
        while True:
            out.sendall(b"220-more\r\n" * 1000)

    with speaking(talk) as port:
        opened = open_socket(
            "mail.localhost", port, LOOPBACK, Limits(inflated=100_000), secure=secure, tls=client,
            lookup=lambda *_: ["127.0.0.1"],
        )  # fmt: skip
        with opened, pytest.raises(TooLarge):
            Smtp(opened)


def test_a_mail_server_that_drips_is_cut_by_the_deadline_of_the_whole_conversation() -> None:
    told = threading.Event()

    def talk(connected: socket.socket) -> None:
        while not told.wait(0.05):
            connected.sendall(b"2")

    with speaking(talk) as port:
        opened = open_socket("127.0.0.1", port, LOOPBACK, Limits(total=0.5), secure=False)
        with opened, pytest.raises(PeerTooSlow):
            Smtp(opened)
        told.set()


def test_starttls_keeps_the_count(tmp_path: Path) -> None:
    server, client = certificate(tmp_path, "mail.example")
    limits = Limits(inflated=50_000)

    def talk(connected: socket.socket) -> None:
        connected.sendall(b"220 ready\r\n")
        connected.recv(1000)
        connected.sendall(b"250-mail\r\n250 STARTTLS\r\n")
        connected.recv(1000)
        connected.sendall(b"220 go\r\n")
        with server.wrap_socket(connected, server_side=True) as secured:
            while True:
                secured.sendall(b"250-more\r\n" * 1000)

    with speaking(talk) as port:
        smtp = Smtp(open_socket("127.0.0.1", port, LOOPBACK, limits, secure=False))
        smtp._host = "mail.example"
        smtp.starttls(context=bounded_tls(limits, client))
        with pytest.raises(TooLarge):
            smtp.ehlo()
        smtp.close()


@pytest.mark.parametrize(
    ("host", "port", "found"),
    [
        ("mail.example", 993, ["10.0.0.1"]), ("mail.example", 993, ["93.184.216.34", "192.168.0.1"]),
        ("mail.example", 25, ["93.184.216.34"]), ("127.0.0.1", 993, ["127.0.0.1"]), ("printer", 993, ["10.0.0.1"]),
    ],
)  # fmt: skip
def test_only_public_addresses_and_mail_ports_are_connected(host: str, port: int, found: list[str]) -> None:
    with pytest.raises(AddressRefused):
        open_socket(host, port, AddressRules(ports=MAIL_PORTS), Limits(), lookup=lambda *_: found)

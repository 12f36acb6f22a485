"""The guard for protocols that speak on a socket of their own (IMAP, SMTP): checked address, bounded bytes and time.

Blocking, because the standard library's mail clients are; call it from a thread. `imaplib` takes the socket from
`_create_socket`, `smtplib` from `_get_socket`; for STARTTLS give them `bounded_tls`'s context.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any

from negotiators.wire.addresses import AddressRules, checked, pinned
from negotiators.wire.errors import Limits, PeerTooSlow, PeerUnreachable, TooLarge

MAIL_PORTS = frozenset({993, 995, 465, 587})
"""Where mail is spoken with TLS, at once or after STARTTLS."""

Lookup = Callable[[str, int], Sequence[str]]


def system_lookup(host: str, port: int) -> list[str]:
    """All addresses of `host` by the system's resolver. Raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Meter:
    """What one connection may still take: bytes, and time until the deadline."""

    def __init__(self, limits: Limits) -> None:
        self._left = limits.inflated
        self._ends = time.monotonic() + limits.total
        self._total = limits.total

    def before(self, connected: socket.socket) -> None:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise PeerTooSlow(f"the conversation took more than {self._total:g} s")
        connected.settimeout(left)

    def after(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise TooLarge("more bytes than one conversation may have", "stream_too_large")
        return count


class _Bounded:
    """Mixed into a socket class: every read is counted and has what is left of the time."""

    meter: _Meter

    def recv(self, *arguments: Any) -> bytes:
        self.meter.before(self)  # type: ignore[arg-type]
        try:
            received: bytes = super().recv(*arguments)  # type: ignore[misc]
        except TimeoutError as err:
            raise PeerTooSlow("the peer stopped") from err
        self.meter.after(len(received))
        return received

    def recv_into(self, *arguments: Any) -> int:
        self.meter.before(self)  # type: ignore[arg-type]
        try:
            return self.meter.after(super().recv_into(*arguments))  # type: ignore[misc]
        except TimeoutError as err:
            raise PeerTooSlow("the peer stopped") from err


class _Plain(_Bounded, socket.socket):
    pass


def bounded_tls(limits: Limits, tls: ssl.SSLContext | None = None) -> ssl.SSLContext:
    """A context whose sockets share one meter: for one connection, also when it starts TLS later. `tls` replaces the
    public roots in tests."""
    context = tls or ssl.create_default_context()
    spent = _Meter(limits)

    class Secured(_Bounded, ssl.SSLSocket):
        meter = spent

    context.sslsocket_class = Secured
    return context


def open_socket(
    host: str,
    port: int,
    rules: AddressRules,
    limits: Limits,
    *,
    secure: bool = True,
    tls: ssl.SSLContext | None = None,
    lookup: Lookup = system_lookup,
) -> socket.socket:
    """A connection to the pinned address of `host`, with TLS under the host's own name unless `secure` is false
    (STARTTLS, or loopback). `rules.ports` lists the ports (`MAIL_PORTS`).

    Raises `WireError`s, here and from every read: `AddressRefused`, `PeerUnreachable`, `PeerTooSlow`, `TooLarge`.
    """
    target = checked("https", "", host, port, rules)
    try:
        resolved = lookup(target.host, target.port)
    except (OSError, UnicodeError) as err:
        raise PeerUnreachable(f"no such host: {target.host}", "no_such_host") from err
    failure: OSError | None = None
    for address in pinned(target, resolved, rules):
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        opened = _Plain(family, socket.SOCK_STREAM)
        opened.meter = _Meter(limits)
        try:
            opened.settimeout(limits.connect)
            opened.connect((str(address), target.port))
            return bounded_tls(limits, tls).wrap_socket(opened, server_hostname=target.host) if secure else opened
        except OSError as err:
            opened.close()
            failure = err
    raise PeerUnreachable(f"nobody answers at `{target.host}`") from failure

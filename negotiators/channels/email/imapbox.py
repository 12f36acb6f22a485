"""Reading one folder of a mailbox: found by the server, opened read-only, fetched without a mark.

Only mails that carry a talk's sign are fetched, and those the person gave to be sorted; the server looks for them.
Everything here blocks and runs in a thread, on a socket of the guard.
"""

from __future__ import annotations

import contextlib
import imaplib
import select
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from negotiators.adapter import Malformed, Unreachable
from negotiators.channels.email.errors import LoginRefused
from negotiators.channels.email.incoming import signs_of
from negotiators.channels.email.settings import Login, MailSettings, Server, Sorting, Tls
from negotiators.wire import AddressRules, Limits, WireError
from negotiators.wire.socket_edge import MAIL_PORTS, bounded_tls, open_socket

MAX_MAIL = 25 << 20
"""Bytes fetched of one mail; a larger one is fetched to here and said so."""

MAX_NEW = 50
"""Mails taken of one talk at a time; the rest at the next look."""

MAX_LOOK = 2 * MAX_MAIL
"""Bytes after which a look has enough; the rest comes at the next. One mail more is still below `LIMITS`."""

LOOK_EVERY = 0.5
"""Seconds between two looks at whether an IDLE is still wanted."""

LIMITS = Limits(total=120.0, connect=10.0, inflated=MAX_MAIL * 4)
IDLE_LIMITS = Limits(total=29 * 60.0, connect=10.0, inflated=1 << 20)
"""RFC 2177: IDLE is begun anew at least every 29 minutes."""


@dataclass(frozen=True, slots=True)
class Fetched:
    uid: int
    raw: bytes
    cut: bool


class _Connection(imaplib.IMAP4):
    """The standard library's client on a guarded socket."""

    def __init__(self, server: Server, rules: AddressRules, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._server, self._rules, self._limits, self._tls = server, rules, limits, tls
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        secure = self._server.tls is Tls.TLS
        return open_socket(
            self._server.host, self._server.port, self._rules, self._limits, secure=secure, tls=self._tls
        )


class _Client(IMAPClient):  # type: ignore[misc]
    """imapclient on a guarded socket."""

    def __init__(self, server: Server, rules: AddressRules, limits: Limits, tls: ssl.SSLContext | None) -> None:
        self._guarded = (server, rules, limits, tls)
        self.folder: dict[bytes, Any] = {}
        super().__init__(server.host, server.port, ssl=server.tls is Tls.TLS)

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Connection(*self._guarded)


@dataclass(frozen=True, slots=True)
class ImapBox:
    """One mailbox as its settings name it. `tls` replaces the public roots in tests."""

    settings: MailSettings
    rules: AddressRules
    tls: ssl.SSLContext | None = None

    def _rules(self) -> AddressRules:
        return AddressRules(allow_loopback=self.rules.allow_loopback, ports=MAIL_PORTS)

    @contextmanager
    def opened(self, secret: str, limits: Limits = LIMITS) -> Iterator[_Client]:
        """The folder, read-only (EXAMINE). Raises `Unreachable`, `LoginRefused`, `Malformed`."""
        client: _Client | None = None
        try:
            client = self._connect(secret, limits)
            client.folder = client.select_folder(self.settings.folder, readonly=True)
            yield client
        except LoginError as err:
            if "socket error" in str(err):  # imapclient makes a refusal of a connection that broke off, too
                raise Unreachable("the mail server broke off") from err
            raise LoginRefused("the mail server refuses the login", hint_of(str(err))) from err
        except WireError as err:
            raise Unreachable(err.code) from err
        except (OSError, imaplib.IMAP4.abort) as err:
            raise Unreachable(f"the mail server broke off: {type(err).__name__}") from err
        except (IMAPClientError, imaplib.IMAP4.error, ValueError, LookupError, AssertionError) as err:
            raise Malformed(f"the mail server says something else: {type(err).__name__}") from err
        finally:
            if client is not None:
                with contextlib.suppress(Exception):
                    client.logout()

    def _connect(self, secret: str, limits: Limits) -> _Client:
        server = self.settings.imap
        client = _Client(server, self._rules(), limits, self.tls)
        if server.tls is Tls.STARTTLS:
            client.starttls(bounded_tls(limits, self.tls))
        if self.settings.login is Login.OAUTH:
            offered = client.capabilities()
            bearer_only = b"AUTH=OAUTHBEARER" in offered and b"AUTH=XOAUTH2" not in offered
            (client.oauthbearer_login if bearer_only else client.oauth2_login)(self.settings.user, secret)
        else:
            client.login(self.settings.user, secret)
        return client

    def find(self, secret: str, tag: str, since: date, seen: Sequence[int]) -> tuple[list[Fetched], int]:
        """New mails of one talk, oldest first, and the folder's UIDVALIDITY. The server finds them by the talk's sign;
        a bounce holds it in its text."""
        with self.opened(secret) as client:
            found = set(client.search(_criteria(tag, since)))
            for bouncer in ("mailer-daemon", "postmaster"):
                found |= set(client.search(["SINCE", since, "FROM", bouncer, "TEXT", tag]))
            return self._taken(client, sorted(found - set(seen))), int(client.folder[b"UIDVALIDITY"])

    def arrived(self, secret: str, sorting: Sorting, seen: Mapping[int, Collection[int]]) -> tuple[list[Fetched], int]:
        """Mails of the sorted folder that were not `seen` (numbers by UIDVALIDITY), oldest first, and its UIDVALIDITY.

        Of a mail nobody asked for not even the subject is fetched: servers match parts of a name, so the sender alone
        is looked at before the rest.
        """
        with replace(self, settings=replace(self.settings, folder=sorting.folder)).opened(secret) as client:
            valid = int(client.folder[b"UIDVALIDITY"])
            fresh = sorted(set(client.search(_from_any(sorting))) - set(seen.get(valid, ())))
            wanted = (uid for uid in fresh if self._is_wanted(client, uid, sorting))
            return self._taken(client, wanted), valid

    def _is_wanted(self, client: _Client, uid: int, sorting: Sorting) -> bool:
        if not sorting.senders:
            return True
        answer: dict[Any, Any] = client.fetch([uid], ["BODY.PEEK[HEADER.FIELDS (FROM)]"])[uid]
        head = next((value for key, value in answer.items() if key.startswith(b"BODY[HEADER")), b"")
        return sorting.wants(signs_of(head).sender)

    def _taken(self, client: _Client, uids: Iterable[int]) -> list[Fetched]:
        """As many mails as one look takes; those that came before a server broke off are kept."""
        found: list[Fetched] = []
        try:
            for uid in islice(uids, MAX_NEW):
                found.append(self._fetch(client, uid))
                if sum(len(one.raw) for one in found) >= MAX_LOOK:
                    break
        except (WireError, OSError, imaplib.IMAP4.abort):
            if not found:
                raise
        return found

    def _fetch(self, client: _Client, uid: int) -> Fetched:
        part = f"BODY.PEEK[]<0.{MAX_MAIL}>"
        answer: dict[Any, Any] = client.fetch([uid], [part, "RFC822.SIZE"])[uid]
        raw = next((value for key, value in answer.items() if key.startswith(b"BODY[]")), b"")
        return Fetched(uid, raw, int(answer[b"RFC822.SIZE"]) > len(raw))

    def sent(self, secret: str, mail_id: str) -> bool:
        """Whether the server's own folder of sent mail holds a message: what became of a sending that broke off."""
        with self.opened(secret) as client:
            folder = client.find_special_folder(b"\\Sent")
            if folder is None:
                return False
            client.select_folder(folder, readonly=True)
            return bool(client.search(["HEADER", "Message-ID", mail_id.strip("<>")]))

    def wait(self, secret: str, seconds: float, ended: Callable[[], bool]) -> bool:
        """Wait for news of the folder (IDLE). False when none came, or at once where the server cannot."""
        with self.opened(secret, IDLE_LIMITS) as client:
            if b"IDLE" not in client.capabilities():
                return False
            client.idle()
            # The guard's deadline stands on the socket, so we wait beside it and let `idle_done` read what came.
            ends = time.monotonic() + seconds
            while not ended() and (left := ends - time.monotonic()) > 0:
                if select.select([client.socket()], [], [], min(left, LOOK_EVERY))[0]:
                    break
            _, news = client.idle_done()
            return any(
                len(entry) > 1 and entry[1] in (b"EXISTS", b"RECENT") for entry in news if isinstance(entry, tuple)
            )

    def check(self, secret: str) -> int:
        """Log in and open the folder; how many mails lie in it (none of them is read)."""
        with self.opened(secret) as client:
            return int(client.folder[b"EXISTS"])


def _from_any(sorting: Sorting) -> list[Any]:
    """`SINCE day OR FROM a OR FROM b FROM c`: each OR takes the two keys after it."""
    last = len(sorting.senders) - 1
    froms = [word for at, sender in enumerate(sorting.senders) for word in (*["OR"] * (at < last), "FROM", sender)]
    return ["SINCE", sorting.since, *froms]


def _criteria(tag: str, since: date) -> list[Any]:
    return [
        "SINCE", since,
        "OR", "SUBJECT", tag, "OR", "HEADER", "In-Reply-To", tag, "HEADER", "References", tag,
    ]  # fmt: skip


def hint_of(answer: str) -> str:
    """The provider's own hurdle, out of what its server says when it refuses."""
    said = answer.lower()
    if "application-specific" in said or "app password" in said or "app-specific" in said:
        return "app_password"
    if "basicauth" in said or "basic auth" in said or "xoauth2" in said:
        return "oauth_only"
    if any(word in said for word in ("not enabled", "disabled", "imap access", "imap-zugriff", "nicht freigeschaltet")):
        return "imap_off"
    return ""

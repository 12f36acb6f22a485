"""Sending one mail over SMTP submission, on a socket of the guard. Blocks; runs in a thread.

Up to the end of DATA nothing is accepted by the server, so a failure there is a failure; after it the outcome is
unknown until the server's answer has come.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass, field

from negotiators.channels.email.errors import LoginRefused
from negotiators.channels.email.imapbox import hint_of
from negotiators.channels.email.settings import Login, MailSettings, Server, Tls
from negotiators.wire import AddressRules, Limits, WireError
from negotiators.wire.socket_edge import MAIL_PORTS, bounded_tls, open_socket

_END = {"XOAUTH2": "", "OAUTHBEARER": "\x01"}

LIMITS = Limits(total=60.0, connect=10.0, inflated=1 << 20)


class NotSent(Exception):
    """Nothing was accepted. `code` says why; `refused`: the server will not take it at all."""

    def __init__(self, code: str, *, refused: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.refused = refused


class OutcomeUnknown(Exception):
    """The message was handed over and no answer came."""


class _Smtp(smtplib.SMTP):
    """The standard library's client on a guarded socket."""

    def __init__(self, server: Server, rules: AddressRules, tls: ssl.SSLContext | None, own_name: str) -> None:
        self._server, self._rules, self._tls = server, rules, tls
        super().__init__(local_hostname=own_name)
        self._host = server.host  # starttls() takes the name for the certificate from here

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return open_socket(host, port, self._rules, LIMITS, secure=self._server.tls is Tls.TLS, tls=self._tls)


@dataclass(slots=True)
class SmtpOut:
    """One sending at a time. `abort` closes the connection under way: nothing more leaves."""

    settings: MailSettings
    rules: AddressRules
    tls: ssl.SSLContext | None = None
    _open: list[_Smtp] = field(default_factory=list)

    def abort(self) -> None:
        for client in self._open:
            if client.sock is not None:
                with contextlib.suppress(OSError):
                    client.sock.shutdown(socket.SHUT_RDWR)

    def send(self, secret: str, to: str, message: bytes) -> None:
        """Raises `NotSent` or `OutcomeUnknown`."""
        client = self._connected(secret)
        self._open.append(client)
        try:
            self._hand_over(client, to, message)
        finally:
            self._open.remove(client)
            with contextlib.suppress(Exception):
                client.close()

    def check(self, secret: str) -> None:
        """Log in and say goodbye. Raises `NotSent`, `LoginRefused`."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._connected(secret).quit()

    def _connected(self, secret: str) -> _Smtp:
        server = self.settings.smtp
        rules = AddressRules(allow_loopback=self.rules.allow_loopback, ports=MAIL_PORTS)
        try:
            client = _Smtp(server, rules, self.tls, "localhost")
            client.connect(server.host, server.port)
            client.ehlo()
            if server.tls is Tls.STARTTLS:
                client.starttls(context=bounded_tls(LIMITS, self.tls))
                client.ehlo()
            self._log_in(client, secret)
        except smtplib.SMTPAuthenticationError as err:
            said = err.smtp_error.decode("utf-8", "replace") if isinstance(err.smtp_error, bytes) else err.smtp_error
            raise LoginRefused("the mail server refuses the login", hint_of(said)) from err
        except UnicodeError as err:
            raise LoginRefused("a name or token with letters no login carries") from err
        except WireError as err:
            raise NotSent(err.code) from err
        except (smtplib.SMTPException, OSError) as err:
            raise NotSent("unreachable") from err
        return client

    def _log_in(self, client: _Smtp, secret: str) -> None:
        if self.settings.login is Login.OAUTH:
            mechanism, said = self._token_said(client, secret)
            # A refusal first comes as a challenge that explains it; the answer to it only ends the exchange.
            client.auth(mechanism, lambda challenge=None: said if challenge is None else _END[mechanism])
        elif client.has_extn("auth"):
            client.login(self.settings.user, secret)
        elif self.settings.smtp.tls is not Tls.NONE:
            raise NotSent("no_login_offered", refused=True)

    def _token_said(self, client: _Smtp, token: str) -> tuple[str, str]:
        """The mechanism and its words: XOAUTH2, or OAUTHBEARER (RFC 7628) where the server takes nothing else."""
        offered, user = client.esmtp_features.get("auth", "").upper().split(), self.settings.user
        if "OAUTHBEARER" in offered and "XOAUTH2" not in offered:
            name, server = user.replace("=", "=3D").replace(",", "=2C"), self.settings.smtp
            where = f"host={server.host}\x01port={server.port}"
            return "OAUTHBEARER", f"n,a={name},\x01{where}\x01auth=Bearer {token}\x01\x01"
        return "XOAUTH2", f"user={user}\x01auth=Bearer {token}\x01\x01"

    def _hand_over(self, client: _Smtp, to: str, message: bytes) -> None:
        try:
            for code, _ in (client.mail(self.settings.address), client.rcpt(to)):
                if code >= 400:
                    raise NotSent(f"smtp_{code}", refused=code >= 500) from None
            code, _ = client.docmd("DATA")
            if code != 354:
                raise NotSent(f"smtp_{code}", refused=code >= 500)
        except (smtplib.SMTPException, OSError, WireError) as err:
            raise NotSent("unreachable") from err
        try:
            client.send(_dotted(message))
            code, _ = client.getreply()
        except (smtplib.SMTPException, OSError, WireError) as err:
            raise OutcomeUnknown from err
        if code != 250:
            raise NotSent(f"smtp_{code}", refused=code >= 500)


def _dotted(message: bytes) -> bytes:
    """The message as DATA wants it: CRLF, a dot before a dot, a dot alone at the end (RFC 5321, 4.5.2)."""
    lines = message.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n.\r\n"

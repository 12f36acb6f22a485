"""Sending with an OAuth token: what goes over the wire to a submission server, and how it refuses.

`make soak` says the same to Dovecot's own submission server where it is installed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from negotiators.channels.email.errors import LoginRefused
from negotiators.channels.email.settings import Login, MailSettings, Server, Tls
from negotiators.channels.email.smtpout import SmtpOut
from negotiators.wire import AddressRules
from tests.support.certs import vouched
from tests.support.dovecot import dovecot, free_port, installed, submission_installed
from tests.support.imapd import USER
from tests.support.introspect import introspecting

MAIL = b"Subject: Anfrage\r\n\r\n25 GB?\r\n"
PROBLEM = b'{"status":"invalid_token"}'


@dataclass
class Submission:
    """A submission server with the mechanisms it is given; what it was told, and the mails it took."""

    port: int = 0
    said: list[bytes] = field(default_factory=list)
    ends: list[bytes] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    async def token(self, server: SMTP, args: list[str]) -> AuthResult:
        words = base64.b64decode(args[1])
        self.said.append(words)
        if b"auth=Bearer token-1\x01\x01" in words:
            return AuthResult(success=True)
        answer = await server.challenge_auth(PROBLEM)
        self.ends.append(answer if isinstance(answer, bytes) else b"none")
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(bytes(envelope.content or b""))
        return "250 OK"


@contextmanager
def submission(mechanisms: str) -> Iterator[Submission]:
    class Handler(Submission):
        pass

    for name in mechanisms.split():
        setattr(Handler, f"auth_{name}", Submission.token)
    handler = Handler(free_port())
    controller = Controller(
        handler, hostname="127.0.0.1", port=handler.port, auth_require_tls=not mechanisms,
        auth_exclude_mechanism=["LOGIN", "PLAIN"],
    )  # fmt: skip
    controller.start()
    try:
        yield handler
    finally:
        controller.stop()


def out(port: int, tls: Tls = Tls.NONE, context: Any = None) -> SmtpOut:
    server = Server("127.0.0.1", port, tls)
    return SmtpOut(
        MailSettings(USER, server, server, USER, login=Login.OAUTH), AddressRules(allow_loopback=True), context
    )


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        ("XOAUTH2", rb"user=mira@example.org\x01auth=Bearer token-1\x01\x01"),
        ("XOAUTH2 OAUTHBEARER", rb"user=mira@example.org\x01auth=Bearer token-1\x01\x01"),
        ("OAUTHBEARER", rb"n,a=mira@example.org,\x01host=127.0.0.1\x01port=\d+\x01auth=Bearer token-1\x01\x01"),
    ],
)
def test_a_token_is_said_in_the_mechanism_the_server_takes(offered: str, words: bytes) -> None:
    with submission(offered) as server:
        out(server.port).send("token-1", "angebote@funkturm.example", MAIL)
    assert len(server.mails) == 1 and re.fullmatch(words, server.said[0])


@pytest.mark.parametrize(("offered", "end"), [("XOAUTH2", b""), ("OAUTHBEARER", b"\x01")])
def test_a_stale_token_is_a_refused_login_and_the_exchange_is_ended_as_its_mechanism_says(
    offered: str, end: bytes
) -> None:
    with submission(offered) as server, pytest.raises(LoginRefused):
        out(server.port).send("stale", "angebote@funkturm.example", MAIL)
    assert server.ends == [end] and server.mails == []


def test_a_token_no_login_can_carry_is_refused_before_it_is_said() -> None:
    with submission("XOAUTH2") as server, pytest.raises(LoginRefused):
        out(server.port).check("töken")
    assert server.said == []


@pytest.mark.soak
@pytest.mark.parametrize("mechanisms", ["xoauth2 oauthbearer", "oauthbearer"])
def test_dovecots_submission_server_takes_a_token_and_refuses_a_stale_one(tmp_path: Path, mechanisms: str) -> None:
    if missing := installed() or submission_installed():
        pytest.skip(missing)
    own = vouched(tmp_path / "own")
    with (
        submission("") as relay,
        introspecting({"token-1": USER}) as address,
        dovecot(tmp_path / "mail", own, address, mechanisms, relay=relay.port) as server,
    ):
        sending = out(server.submission, Tls.STARTTLS, own.trusting)
        sending.send("token-1", "angebote@funkturm.example", MAIL)
        with pytest.raises(LoginRefused):
            sending.send("stale", "angebote@funkturm.example", MAIL)
    assert len(relay.mails) == 1 and b"25 GB?" in relay.mails[0]

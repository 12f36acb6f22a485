"""Dovecot: over TLS and STARTTLS with an authority of our own, with OAuth tokens, and its recorded words without it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from negotiators.adapter import Malformed, Unreachable
from negotiators.channels.email import imapbox
from negotiators.channels.email.errors import LoginRefused
from negotiators.channels.email.imapbox import ImapBox
from negotiators.channels.email.settings import Login, MailSettings, Server, Sorting, Tls
from negotiators.wire import AddressRules
from tests.contract.test_email import PEER, TAG, answer
from tests.support.certs import vouched
from tests.support.dovecot import PASSWORD, USER, dovecot, installed
from tests.support.imapd import imapd
from tests.support.imaptape import playing, read_tape, recording
from tests.support.introspect import introspecting

TAPE = Path(__file__).parents[1] / "fixtures/imap/dovecot.jsonl"
SINCE = date(2026, 11, 20)
HIDDEN = "long secret"
ROOT = Path(__file__).parents[2]


def box_at(port: int, tls: Tls = Tls.NONE, trusting: ssl.SSLContext | None = None, **more: Any) -> ImapBox:
    server = Server("127.0.0.1", port, tls)
    settings = replace(MailSettings(USER, server, server, USER), **more)
    return ImapBox(settings, AddressRules(allow_loopback=True), trusting)


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    if missing := installed():
        pytest.skip(missing)
    return tmp_path / "mail"


@pytest.mark.soak
@pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
def test_dovecot_is_read_over_tls_and_nobody_else_is_believed(mail: Path, tmp_path: Path, tls: Tls) -> None:
    own, other = vouched(tmp_path / "own"), vouched(tmp_path / "other")
    with dovecot(mail, own) as server:
        port = server.secure if tls is Tls.TLS else server.port
        server.deliver(answer(), "1")
        found, _ = box_at(port, tls, own.trusting).find(PASSWORD, TAG, SINCE, [])
        assert [b"18,99 EUR" in one.raw for one in found] == [True]
        for trusting in (other.trusting, None):
            with pytest.raises(Unreachable):
                box_at(port, tls, trusting).check(PASSWORD)


@pytest.mark.soak
@pytest.mark.parametrize("mechanisms", ["xoauth2 oauthbearer", "oauthbearer"])
def test_dovecot_takes_a_token_and_refuses_a_stale_one(mail: Path, tmp_path: Path, mechanisms: str) -> None:
    own = vouched(tmp_path / "own")
    with introspecting({"token-1": USER}) as address, dovecot(mail, own, address, mechanisms) as server:
        server.deliver(answer(), "1")
        box = box_at(server.secure, Tls.TLS, own.trusting, login=Login.OAUTH)
        assert box.check("token-1") == 1
        assert len(box.find("token-1", TAG, SINCE, [])[0]) == 1
        with pytest.raises(LoginRefused):
            box.check("stale")


def session_of(box: ImapBox, deliver: Callable[[str], None]) -> list[object]:
    """Everything the channel does at a server, in one order: what the tape holds."""
    found, validity = box.find(PASSWORD, TAG, SINCE, [])
    seen = [one.uid for one in found]
    sorted_ = Sorting("INBOX", SINCE, ("funkturm.example",))
    arrived, _ = box.arrived(PASSWORD, sorted_, {validity: set(seen)})
    deliver("late")
    again, _ = box.find(PASSWORD, TAG, SINCE, seen)
    with pytest.raises(LoginRefused) as refused:
        box.check("wrong")
    sent = [box.sent(PASSWORD, mail) for mail in (f"<m-1.{TAG}@example.org>", f"<m-2.{TAG}@example.org>")]
    return [
        len(found),
        [one.cut for one in found],
        len(arrived),
        len(again),
        refused.value.hint,
        sent,
        box.check(PASSWORD),
    ]


EXPECTED = [2, [False, False], 1, 1, "", [True, False], 5]


@pytest.mark.soak
def test_dovecot_says_what_the_tape_holds(mail: Path) -> None:
    """With GEGENBOT_RECORD set the tape is written anew."""
    with dovecot(mail) as server, recording(server.port) as tape:
        server.deliver(answer("private", Subject="Geburtstag", From="Toni <toni@post.example>"), "1")
        server.deliver(answer("Unser Newsletter", Subject="Neues", **{"Message-ID": "<n@x.example>"}), "2")
        server.deliver(answer(), "3")
        server.deliver(answer("Re", Subject="Re: ohne", References=f"<m.{TAG}@example.org>"), "4")
        server.deliver(answer("ours", **{"Message-ID": f"<m-1.{TAG}@example.org>"}), "5", ".Sent")

        def deliver(name: str) -> None:
            server.deliver(answer("noch etwas", **{"Message-ID": "<late@funkturm.example>"}), name)

        assert session_of(box_at(tape.port), deliver) == EXPECTED
        if os.environ.get("GEGENBOT_RECORD"):
            TAPE.parent.mkdir(exist_ok=True)
            TAPE.write_text(tape.text({HIDDEN: "PASSWORD"}))


def test_a_recorded_dovecot_is_asked_the_same_and_understood() -> None:
    text = TAPE.read_text()
    assert HIDDEN not in text
    with playing(read_tape(text.replace("PASSWORD", HIDDEN))) as tape:
        assert session_of(box_at(tape.port), lambda name: None) == EXPECTED
        assert tape.unexpected == []


def test_a_server_that_dies_in_the_middle_of_a_mail_loses_nothing() -> None:
    with imapd() as server:
        server.deliver(answer("x" * 5000))
        server.deliver(answer("zwei"))
        box = box_at(server.port)
        server.dies_inside = 2000
        with pytest.raises((Unreachable, Malformed)):
            box.find(PASSWORD, TAG, SINCE, [])
        server.dies_inside = 0
        found, _ = box.find(PASSWORD, TAG, SINCE, [])
        assert [len(one.raw) > 2000 for one in found] == [True, False]


def test_what_came_before_a_server_died_is_kept() -> None:
    with imapd() as server:
        server.deliver(answer("eins"))
        server.deliver(answer("x" * 5000))
        server.dies_inside = 2000
        box = box_at(server.port)
        found, _ = box.find(PASSWORD, TAG, SINCE, [])
        assert [one.uid for one in found] == [1]
        with pytest.raises((Unreachable, Malformed)):
            box.find(PASSWORD, TAG, SINCE, [1])


def test_more_than_one_look_may_weigh_is_read_in_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imapbox, "MAX_LOOK", 10_000)
    with imapd() as server:
        for name in range(5):
            server.deliver(answer(f"{name} " + "x" * 4000, Subject=f"Re: Anfrage [{TAG}]"))
        box = box_at(server.port)
        looks: list[list[int]] = []
        while len(seen := [uid for look in looks for uid in look]) < 5:
            looks.append([one.uid for one in box.find(PASSWORD, TAG, SINCE, seen)[0]])
        assert looks == [[1, 2, 3], [4, 5]]
        whole = Sorting("INBOX", SINCE, ())
        assert [one.uid for one in box.arrived(PASSWORD, whole, {})[0]] == [1, 2, 3]


def large(megabytes: int) -> bytes:
    """A mail with an attachment of so many megabytes, and the sender's words after it."""
    line = b"QUJD" * 19 + b"\r\n"
    head = answer("", **{"Content-Type": 'multipart/mixed; boundary="b"'})
    part = b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"
    first = part % "Guten Tag, 25 GB für 18,99 EUR im Monat.".encode()
    film = b"--b\r\nContent-Type: video/mp4; name=film.mp4\r\nContent-Disposition: attachment\r\n"
    body = film + b"Content-Transfer-Encoding: base64\r\n\r\n" + line * ((megabytes << 20) * 4 // 3 // len(line))
    return head + first + body + part % b"PS: valid until 30.11.2026" + b"--b--\r\n"


@pytest.mark.soak
def test_an_attachment_of_fifty_megabytes_is_announced_in_bounded_memory(tmp_path: Path) -> None:
    """Measured: 118 MiB for a file and 132 MiB over IMAP, of which 31 to 46 are the program itself."""
    mail = large(50)
    (tmp_path / "big.eml").write_bytes(mail)
    read = [sys.executable, "-m", "tests.support.readpeak", str(tmp_path / "big.eml")]
    told = json.loads(subprocess.run(read, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True).stdout)
    assert [offer["price"] for offer in told["records"][0]["offers"]] == ["18.99"] and told["peak"] < 200
    with imapd() as server:
        server.deliver(mail)
        server.deliver(answer())
        asked = [sys.executable, "-m", "tests.support.mailpeak", str(server.port), TAG]
        told = json.loads(
            subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True).stdout
        )
    assert [(one["cut"], "attachment_unread" in one["problems"]) for one in told["mails"]] == [
        (True, True),
        (False, False),
    ]
    assert "18,99 EUR" in told["mails"][0]["text"] and told["peak"] < 200
    assert PEER.encode() in mail

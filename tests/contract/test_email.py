"""The e-mail channel on real wires: an IMAP server (Dovecot in the soak run), and aiosmtpd for sending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from agent.runtime.mailbox import read_answer
from negotiators.adapter import DeliveryState, Malformed, Unreachable
from negotiators.channels.email.adapter import EmailAdapter, EmailSession, Mailbox, Thread
from negotiators.channels.email.errors import BadAddress, LoginRefused, NoMailbox
from negotiators.channels.email.imapbox import ImapBox
from negotiators.channels.email.outgoing import mail_id, tag_of
from negotiators.channels.email.settings import MailSettings, Server, Sorting, Tls
from negotiators.dialogue import Ask, NegotiationId, ReplyStatus
from negotiators.wire import AddressRules
from tests.requirements import requirement
from tests.support.cleared import cleared_move, cleared_probe
from tests.support.dovecot import dovecot, free_port, installed
from tests.support.imapd import PASSWORD, USER, imapd

TALK = NegotiationId("n-1")
TAG = tag_of(TALK)
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PEER = "angebote@funkturm.example"


def answer(text: str = "25 GB für 18,99 EUR im Monat.", **headers: str) -> bytes:
    given = {
        "From": f"Funkturm <{PEER}>", "To": USER, "Subject": f"Re: Anfrage [{TAG}]", "Message-ID": "<a1@funkturm.example>",
        "Date": "Sun, 22 Nov 2026 10:00:00 +0000", "Content-Type": "text/plain; charset=utf-8", **headers,
    }  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value)
    return (head + "\r\n" + text + "\r\n").encode()


@dataclass
class Box:
    """The servers of one test, and what was handed to the outgoing one."""

    incoming: Any
    outgoing: Any = None
    mails: list[Any] = field(default_factory=list)

    def settings(self, **more: Any) -> MailSettings:
        out = self.outgoing.port if self.outgoing else 9
        made = MailSettings(
            USER, Server("127.0.0.1", self.incoming.port, Tls.NONE), Server("127.0.0.1", out, Tls.NONE), USER
        )
        return replace(made, **more)

    def mailbox(self, *, carried: set[str] | None = None, secret: str = PASSWORD, **more: Any) -> Mailbox:
        said = carried or set()
        tray = type("Tray", (), {"carried": staticmethod(lambda message_id: message_id in said)})()
        return Mailbox(
            lambda: self.settings(**more), lambda: secret, read_answer, tray, lambda: NOW,
            lambda category, language: "Anfrage: Mobilfunktarif", AddressRules(allow_loopback=True),
        )  # fmt: skip

    async def session(self, resume: str = "", **more: Any) -> EmailSession:
        adapter = EmailAdapter(self.mailbox(**more))
        card = await adapter.discover(cleared_probe(PEER))
        found = await adapter.open(card, TALK, "mobile_plan", resume)
        assert isinstance(found, EmailSession)
        return found


def kept(box: Box, held: dict[str, MailSettings | None]) -> EmailAdapter:
    """An adapter whose mailbox is set up anew under way."""
    return EmailAdapter(replace(box.mailbox(), settings=lambda: held["now"]))


@pytest.fixture
def box() -> Iterator[Box]:
    with imapd() as server:
        yield Box(server)


@contextmanager
def smtpd(box: Box, **handlers: Callable[..., Any]) -> Iterator[Box]:
    async def data(server: Any, session: Any, envelope: Any) -> str:
        box.mails.append(envelope)
        return "250 OK"

    made = {"handle_DATA": lambda self, *rest: data(*rest)} | handlers
    controller = Controller(type("Handler", (), made)(), hostname="127.0.0.1", port=free_port())
    controller.start()
    box.outgoing = type("Out", (), {"port": controller.port})()
    try:
        yield box
    finally:
        controller.stop()


ASK = cleared_move(
    Ask(), category="mobile_plan", message_id="m-1", text="Guten Tag,\n.\nein Punkt allein.", negotiation=TALK
)


async def begun(box: Box, **more: Any) -> EmailSession:
    """A session whose first message was laid out, so that it has something to wait for."""
    session = await box.session(**more)
    await session.send(ASK)
    return session


@requirement("approval:leave-to-send-ends-at-once")
async def test_leave_to_send_that_is_given_or_taken_back_holds_for_a_talk_under_way(box: Box) -> None:
    with smtpd(box):
        held: dict[str, MailSettings | None] = {"now": box.settings()}
        adapter = kept(box, held)
        session = await adapter.open(await adapter.discover(cleared_probe(PEER)), TALK, "mobile_plan")
        assert (await session.send(ASK)).state is DeliveryState.WITH_PERSON
        held["now"] = box.settings(sending=True)
        assert (await session.send(ASK)).state is DeliveryState.DELIVERED and len(box.mails) == 1
        held["now"] = box.settings()
        assert (await session.send(ASK)).state is DeliveryState.WITH_PERSON and len(box.mails) == 1
        held["now"] = None
        assert (await session.send(ASK)).error == (await session.status("m-1")).error == "adapter_no_mailbox"
        with pytest.raises(NoMailbox):
            await session.receive()
        with pytest.raises(NoMailbox):
            await adapter.discover(cleared_probe(PEER))


async def test_an_answer_is_found_by_its_sign_and_read_without_its_quote(box: Box) -> None:
    session = await begun(box)
    box.incoming.deliver(answer("18,99 EUR\r\n\r\nAm 22.11.2026 um 09:00 schrieb Mira:\r\n> 5,00 EUR"))
    (reply,) = await session.receive()
    assert reply.text is not None and reply.text.reveal() == "18,99 EUR"
    assert reply.status is ReplyStatus.ANSWERED and reply.moves == ()
    assert await session.receive() == []


@requirement("local:private-mail-is-not-read")
async def test_other_mail_is_never_fetched_and_nothing_is_marked_moved_or_deleted(box: Box) -> None:
    session = await begun(box)
    box.incoming.deliver(answer("private", Subject="Geburtstag", **{"Message-ID": "<p@x.example>"}))
    box.incoming.deliver(answer())
    before = box.incoming.state()
    await session.receive()
    assert box.incoming.state() == before
    fetched = [line for line in box.incoming.commands if " FETCH " in f" {line} "]
    assert [line.split()[2] for line in fetched] == ["2"]
    assert all("BODY.PEEK[]" in line for line in fetched)
    changing = ("SELECT", "STORE", "COPY", "MOVE", "EXPUNGE", "APPEND", "DELETE", "CLOSE")
    assert not [line for line in box.incoming.commands if line.upper().removeprefix("UID ").startswith(changing)]


async def test_nothing_is_read_before_a_talk_began(box: Box) -> None:
    box.incoming.deliver(answer())
    assert await (await box.session()).receive() == []
    assert box.incoming.commands == []


async def test_an_answer_is_given_once_over_a_restart_and_again_when_the_folder_was_numbered_anew(box: Box) -> None:
    session = await begun(box)
    box.incoming.deliver(answer())
    (first,) = await session.receive()
    resumed = await box.session(session.resume_token())
    assert await resumed.receive() == []
    box.incoming.validity = 8
    (again,) = await resumed.receive()
    assert again.message_id == first.message_id


@pytest.mark.parametrize(
    ("headers", "status", "problem"),
    [
        ({"Auto-Submitted": "auto-replied"}, ReplyStatus.WORKING, "auto_reply"),
        ({"Subject": f"Automatische Antwort: Anfrage [{TAG}]"}, ReplyStatus.WORKING, "auto_reply"),
        ({"Subject": f"=?utf-8?q?Eingangsbest=C3=A4tigung?= [{TAG}]"}, ReplyStatus.WORKING, "auto_reply"),
        ({"From": "MAILER-DAEMON@mx.example", "References": f"<x.{TAG}@example.org>"}, ReplyStatus.FAILED, "bounced"),
        ({"Authentication-Results": "mx.example; dmarc=fail header.from=funkturm.example"}, ReplyStatus.WORKING, "sender_forged"),
        ({"Authentication-Results": "mx.example; dkim=pass header.d=funkturm.example"}, ReplyStatus.ANSWERED, ""),
        ({"Authentication-Results": "mx.example; dkim=pass header.d=evil.example"}, ReplyStatus.ANSWERED, "sender_unproven"),
        ({"From": "x@other.example"}, ReplyStatus.ANSWERED, "other_sender"),
        ({}, ReplyStatus.ANSWERED, "sender_unproven"),
    ],
)  # fmt: skip
async def test_what_kind_of_mail_it_is_and_whose(
    box: Box, headers: dict[str, str], status: ReplyStatus, problem: str
) -> None:
    session = await begun(box)
    box.incoming.deliver(answer(**headers))
    (reply,) = await session.receive()
    assert reply.status is status
    assert list(reply.problems) == ([problem] if problem else [])


async def test_a_delivery_report_ends_the_talk_and_a_delay_does_not(box: Box) -> None:
    session = await begun(box)

    def report(action: str) -> bytes:
        body = (
            f"--b\r\nContent-Type: text/plain\r\n\r\nSorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            f"Reporting-MTA: dns; mx\r\n\r\nAction: {action}\r\nStatus: 5.1.1\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"Message-ID: <x.{TAG}@example.org>\r\n--b--"
        )
        kind = 'multipart/report; report-type=delivery-status; boundary="b"'
        return answer(
            body,
            From="postmaster@mx.example",
            Subject="Undeliverable",
            **{"Content-Type": kind, "Message-ID": f"<{action}@mx>"},
        )

    box.incoming.deliver(report("delayed"))
    box.incoming.deliver(report("failed"))
    delayed, failed = await session.receive()
    assert (delayed.status, delayed.problems) == (ReplyStatus.WORKING, ("delayed",))
    assert (failed.status, failed.problems) == (ReplyStatus.FAILED, ("bounced",))


async def test_our_own_messages_in_the_folder_are_no_answers(box: Box) -> None:
    session = await begun(box)
    box.incoming.deliver(answer(From=USER))
    assert await session.receive() == []


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00" * 50, b"X-Junk: x\r\n" * 2000], ids=["empty", "bytes", "headers"])
async def test_malformed_mail_is_a_record_and_the_rest_goes_on(box: Box, raw: bytes) -> None:
    session = await begun(box)
    box.incoming.deliver(f"Subject: [{TAG}]\r\n".encode() + raw)
    box.incoming.deliver(answer())
    replies = await session.receive()
    assert [reply.text.reveal() for reply in replies if reply.text][-1] == "25 GB für 18,99 EUR im Monat."
    assert len(replies) == 2


async def test_a_large_mail_is_cut_and_says_so(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("negotiators.channels.email.imapbox.MAX_MAIL", 2000)
    session = await begun(box)
    box.incoming.deliver(answer("x\r\n" * 4000))
    (reply,) = await session.receive()
    assert "mail_cut" in reply.problems


async def test_attachments_nobody_reads_are_announced(box: Box) -> None:
    session = await begun(box)
    kind = 'multipart/mixed; boundary="b"'
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nsiehe Anhang\r\n--b\r\nContent-Type: image/png; name=\"scan.png\"\r\n"
        "Content-Disposition: attachment; filename=\"scan.png\"\r\n\r\nxxxx\r\n--b--"
    )  # fmt: skip
    box.incoming.deliver(answer(body, **{"Content-Type": kind}))
    (reply,) = await session.receive()
    assert "attachment_unread" in reply.problems


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "SEARCH", "FETCH"])
async def test_a_server_that_dies_is_unreachable_and_nothing_is_lost(box: Box, command: str) -> None:
    session = await begun(box)
    box.incoming.deliver(answer())
    box.incoming.dies_after = command
    with pytest.raises((Unreachable, Malformed)):
        await session.receive()
    box.incoming.dies_after = ""
    assert len(await session.receive()) == 1


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("[ALERT] Application-specific password required", "app_password"),
        ("IMAP access is disabled for this account", "imap_off"),
        ("LOGIN failed. BasicAuthBlocked", "oauth_only"),
        ("[AUTHENTICATIONFAILED] Invalid", ""),
    ],
)
async def test_a_refused_login_carries_the_providers_hint(box: Box, said: str, hint: str) -> None:
    box.incoming.refusal = said
    session = await begun(box, secret="wrong")
    with pytest.raises(LoginRefused) as refused:
        await session.receive()
    assert refused.value.hint == hint


async def test_idle_wakes_on_news_and_gives_up_without(box: Box) -> None:
    adapter = EmailAdapter(box.mailbox())
    waiting = asyncio.ensure_future(adapter.wait(10))
    box.incoming.deliver(answer())
    assert await waiting
    box.incoming.news.clear()
    assert not await adapter.wait(0.1)


@requirement("approval:mail-is-sent-with-leave-only")
async def test_without_the_persons_leave_nothing_is_sent_and_the_words_are_laid_out(box: Box) -> None:
    with smtpd(box):
        session = await box.session()
        assert (await session.send(ASK)).state is DeliveryState.WITH_PERSON
        assert box.mails == []
    assert (await (await box.session(carried={"m-1"})).status("m-1")).state is DeliveryState.DELIVERED


async def test_a_sent_mail_has_its_id_thread_sign_and_every_line(box: Box) -> None:
    with smtpd(box):
        thread = Thread(began="2026-11-22", references=["<a1@funkturm.example>"])
        session = await box.session(thread.token(), sending=True)
        delivery = await session.send(ASK)
    assert delivery.state is DeliveryState.DELIVERED
    (envelope,) = box.mails
    mail = message_from_bytes(envelope.content, policy=default)
    assert (envelope.mail_from, envelope.rcpt_tos) == (USER, [PEER])
    assert mail["Message-ID"] == mail_id("m-1", TALK, "example.org") == delivery.reference
    assert (mail["In-Reply-To"], mail["References"]) == ("<a1@funkturm.example>",) * 2
    assert mail["Subject"] == f"Anfrage: Mobilfunktarif [{TAG}]"
    assert mail.get_content().replace("\r\n", "\n").strip() == ASK.text


async def test_the_same_intention_has_the_same_id_at_every_attempt(box: Box) -> None:
    with smtpd(box):
        for _ in range(2):
            await (await box.session(sending=True)).send(ASK)
    ids = {message_from_bytes(envelope.content)["Message-ID"] for envelope in box.mails}
    assert len(box.mails) == 2 and len(ids) == 1


@pytest.mark.parametrize(
    ("stage", "code", "state"),
    [
        ("handle_RCPT", "550 no such user", DeliveryState.FAILED),
        ("handle_DATA", "554 refused", DeliveryState.FAILED),
        ("handle_DATA", "451 later", DeliveryState.FAILED),
    ],
)
async def test_a_refused_mail_is_a_failure_with_its_code(box: Box, stage: str, code: str, state: DeliveryState) -> None:
    async def refuse(self: object, *rest: object) -> str:
        return code

    with smtpd(box, **{stage: refuse}):
        delivery = await (await box.session(sending=True)).send(ASK)
    assert (delivery.state, delivery.error) == (state, f"smtp_{code[:3]}")


async def test_a_server_that_hangs_up_after_the_text_leaves_the_outcome_unknown_until_the_sent_folder_tells(
    box: Box,
) -> None:
    async def hang_up(self: object, server: Any, session: Any, envelope: Any) -> str:
        server.transport.abort()
        return "250 OK"

    with smtpd(box, handle_DATA=hang_up):
        session = await box.session(sending=True)
        delivery = await session.send(ASK)
    assert delivery.state is DeliveryState.UNKNOWN
    assert (await session.status("m-1")).state is DeliveryState.UNKNOWN
    box.incoming.sent.append(answer(**{"Message-ID": mail_id("m-1", TALK, "example.org")}))
    assert (await session.status("m-1")).state is DeliveryState.DELIVERED


async def test_nobody_at_the_port_is_a_failure_and_nothing_was_sent(box: Box) -> None:
    delivery = await (await box.session(sending=True)).send(ASK)
    assert (delivery.state, delivery.error) == (DeliveryState.FAILED, "unreachable")


def test_a_password_never_travels_in_the_clear_to_another_machine() -> None:
    with pytest.raises(BadAddress):
        Server("imap.example.org", 143, Tls.NONE)


# -- Dovecot ------------------------------------------------------------------------------------------------------


@pytest.mark.soak
def test_dovecot_gives_mail_to_be_sorted_of_the_named_senders_only(tmp_path: Path) -> None:
    missing = installed()
    if missing:
        pytest.skip(missing)
    with dovecot(tmp_path / "mail") as server:
        box = Box(server)
        for name, sender in enumerate(
            (PEER, "x@mail.bank.example", "toni@post.example", "x@funkturm.example.evil.example")
        ):
            server.deliver(answer(f"mail {name}", From=f"N <{sender}>"), str(name))
        before = server.state()
        imap = ImapBox(box.settings(), AddressRules(allow_loopback=True))
        leave = Sorting(
            "INBOX", NOW.date() - timedelta(days=400), ("funkturm.example", "bank.example", "nobody.example")
        )
        found, validity = imap.arrived(PASSWORD, leave, {})
        assert [b"mail 0" in found[0].raw, b"mail 1" in found[1].raw, len(found)] == [True, True, 2]
        assert imap.arrived(PASSWORD, leave, {validity: {one.uid for one in found}}) == ([], validity)
        assert len(imap.arrived(PASSWORD, replace(leave, senders=()), {validity + 1: {1, 2}})[0]) == 4
        assert server.state() == before


@pytest.mark.soak
async def test_dovecot_finds_answers_and_its_maildir_stays_as_it_was(tmp_path: Path) -> None:
    missing = installed()
    if missing:
        pytest.skip(missing)
    with dovecot(tmp_path / "mail") as server:
        box = Box(server)
        session = await begun(box)
        server.deliver(answer("private", Subject="Geburtstag"), "1")
        server.deliver(answer(), "2")
        server.deliver(answer("über References", Subject="Re: ohne Zeichen", References=f"<m.{TAG}@example.org>",
                              **{"Message-ID": "<a2@funkturm.example>"}), "3")  # fmt: skip
        before = server.state()
        replies = await session.receive()
        assert sorted(reply.text.reveal() for reply in replies if reply.text) == [
            "25 GB für 18,99 EUR im Monat.",
            "über References",
        ]
        assert await session.receive() == []
        assert server.state() == before
        waiting = asyncio.ensure_future(EmailAdapter(box.mailbox()).wait(15))
        await asyncio.wait({waiting}, timeout=1)
        server.deliver(answer("neu", **{"Message-ID": "<a3@funkturm.example>"}), "4")
        assert await waiting
        assert len(await session.receive()) == 1
        server.deliver(answer(**{"Message-ID": mail_id("m-1", TALK, "example.org")}), "5", folder=".Sent")
        assert (await (await box.session(sending=True)).status("m-1")).state is DeliveryState.DELIVERED
        with pytest.raises(LoginRefused):
            await (await begun(box, secret="wrong")).receive()

"""A whole talk by mail: sent once over restarts, answered in the thread, and only with the person's leave."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from agent.carrying import Carrying
from agent.reading import Reading
from agent.runtime import mailbox as mailboxes
from agent.runtime.keeping import know_provider
from agent.runtime.mailbox import save_mailbox
from agent.runtime.runner import Runner
from agent.views import FacadeError
from negotiators.channels.email.settings import MailSettings, Server, Tls
from negotiators.clock import SimClock
from tests.contract.test_email import Box, answer, smtpd
from tests.integration.agent.test_by_hand import OFFER, open_home
from tests.requirements import requirement
from tests.support.house import START, phone_need
from tests.support.imapd import PASSWORD, USER, imapd


@pytest.fixture
def box() -> Iterator[Box]:
    with imapd() as server:
        yield Box(server)


async def test_a_company_that_is_not_written_to_for_want_of_a_mailbox_is_said(tmp_path: Path) -> None:
    root = tmp_path / "home"
    know_provider(root, "Funkturm", "angebote@funkturm.example", ("mobile_plan",), channel="email")
    await tick(root, SimClock(START), state=True)
    house = open_home(root, SimClock(START))
    (incident,) = house.ledger.rows("SELECT code, provider FROM incidents")
    assert (incident["code"], incident["provider"]) == ("adapter_no_mailbox", "funkturm")
    await house.close()


async def test_no_talk_moves_to_a_mailbox_that_is_not_there(tmp_path: Path) -> None:
    root = tmp_path / "home"
    know_provider(root, "Funkturm", "https://funkturm.example/chat", ("mobile_plan",), channel="byhand")
    await tick(root, SimClock(START), state=True)
    know_provider(root, "Funkturm", "angebote@funkturm.example", (), channel="email")
    with pytest.raises(FacadeError, match="no_mailbox"):
        Carrying(root).move("funkturm", "email")
    with pytest.raises(FacadeError, match="no_such_talk"):
        Carrying(root).move("Feuerturm", "email")
    reads = Reading(root)
    talk = reads.talk("FUNKTURM").negotiation
    assert Carrying(root).draft("Funkturm").negotiation == talk == reads.talk(talk[:4]).negotiation
    with pytest.raises(FacadeError, match="no_such_talk"):
        reads.talk(talk[:1])
    reads.close()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mailboxes, "login_secret", lambda settings, rules=None: PASSWORD)
    home = tmp_path / "home"
    know_provider(home, "Funkturm", "angebote@funkturm.example", ("mobile_plan",), channel="email")
    return home


def keep(root: Path, box: Box, *, sending: bool) -> None:
    out = box.outgoing.port if box.outgoing else 9
    save_mailbox(
        root,
        MailSettings(
            USER,
            Server("127.0.0.1", box.incoming.port, Tls.NONE),
            Server("127.0.0.1", out, Tls.NONE),
            USER,
            sending=sending,
        ),
    )


async def tick(root: Path, clock: SimClock, *, state: bool = False) -> None:
    house = open_home(root, clock, allow_loopback=True)
    try:
        if state:
            house.state_need(phone_need())
        await Runner(house).tick()
    finally:
        await house.close()


@requirement("durable:one-mail-per-move")
async def test_a_talk_by_mail_goes_on_in_its_thread_and_nothing_is_sent_twice(root: Path, box: Box) -> None:
    clock = SimClock(START)
    with smtpd(box):
        keep(root, box, sending=True)
        await tick(root, clock, state=True)
        for _ in range(3):
            await tick(root, clock)  # each a restart
        assert len(box.mails) == 1
        ours = message_from_bytes(box.mails[0].content)
        box.incoming.deliver(answer(OFFER, Subject=f"Re: {ours['Subject']}", **{"In-Reply-To": ours["Message-ID"]}))
        clock.advance(timedelta(hours=1))
        await tick(root, clock)
    assert len(box.mails) == 2
    counter = message_from_bytes(box.mails[1].content)
    assert counter["In-Reply-To"] == "<a1@funkturm.example>"
    assert counter["References"].split() == [ours["Message-ID"], "<a1@funkturm.example>"]


async def test_a_bounce_ends_the_talk_and_is_said(root: Path, box: Box) -> None:
    clock = SimClock(START)
    with smtpd(box):
        keep(root, box, sending=True)
        await tick(root, clock, state=True)
    ours = message_from_bytes(box.mails[0].content)
    box.incoming.deliver(
        answer("unknown", From="MAILER-DAEMON@mx.example", References=ours["Message-ID"], Subject="failure")
    )
    clock.advance(timedelta(hours=1))
    await tick(root, clock)
    house = open_home(root, clock)
    assert house.ledger.row("SELECT state FROM negotiations")["state"] == "failed"
    await house.close()


async def test_without_leave_the_words_are_laid_out_with_their_sign_and_the_answer_is_still_found(
    root: Path, box: Box
) -> None:
    clock = SimClock(START)
    keep(root, box, sending=False)
    await tick(root, clock, state=True)
    (draft,) = Carrying(root).drafts()
    assert draft.address == "angebote@funkturm.example" and draft.subject.startswith("[gb-")
    Carrying(root).carried(draft.negotiation)
    box.incoming.deliver(answer(OFFER, Subject=f"AW: Handytarif {draft.subject}"))
    clock.advance(timedelta(hours=1))
    await tick(root, clock)
    house = open_home(root, clock)
    assert house.ledger.row("SELECT 1 FROM turns WHERE party='them'") is not None
    await house.close()
    assert Carrying(root).drafts()


async def test_after_a_bounce_the_talk_can_go_on_by_hand(root: Path, box: Box) -> None:
    clock = SimClock(START)
    with smtpd(box):
        keep(root, box, sending=True)
        await tick(root, clock, state=True)
    ours = message_from_bytes(box.mails[0].content)
    box.incoming.deliver(
        answer("unknown", From="MAILER-DAEMON@mx.example", References=ours["Message-ID"], Subject="failure")
    )
    clock.advance(timedelta(hours=1))
    await tick(root, clock)
    know_provider(root, "Funkturm", "https://funkturm.example/chat", (), channel="byhand")
    house = open_home(root, clock)
    talk = house.ledger.row("SELECT id, state FROM negotiations")
    await house.close()
    assert talk["state"] == "failed"
    Carrying(root).move(talk["id"], "byhand")
    await tick(root, clock)
    (draft,) = Carrying(root).drafts()
    assert draft.address == "https://funkturm.example/chat"

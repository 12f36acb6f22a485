"""A talk begun by hand goes on by mail, on a real mailbox, and comes back: same words, numbers and ids, and each door's
first new words say who writes. A company is answered in the language it writes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from agent.carrying import Carrying
from agent.language.phrases import PHRASES, Phrase
from agent.language.tongue import language_of
from agent.runtime import mailbox as mailboxes
from agent.runtime.adapters import declared_pace
from agent.runtime.config import Config, Outside
from agent.runtime.keeping import know_provider
from agent.runtime.workshop import new_adapter
from negotiators.adapter import Pace
from negotiators.channels.email.outgoing import mail_id, tag_of
from negotiators.clock import SimClock
from negotiators.manifest import read_manifest
from tests.contract.test_email import Box, answer, smtpd
from tests.integration.agent.test_by_hand import OFFER, open_home
from tests.integration.agent.test_email_talk import keep, tick
from tests.requirements import requirement
from tests.support.house import START, phone_need
from tests.support.imapd import PASSWORD, imapd

CHAT, MAIL = "https://funkturm.example/chat", "angebote@funkturm.example"
LESS = "Guten Tag, wir können Ihnen 25 GB für 17,99 EUR im Monat anbieten, monatlich kündbar, ohne Anschlussgebühr."
ENGLISH = (
    "Hello, thank you for your message. We can offer you 25 GB for 18.49 EUR per month, cancel monthly, no setup fee, "
    "minimum term 1 month."
)


@pytest.fixture
def box() -> Iterator[Box]:
    with imapd() as server:
        yield Box(server)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mailboxes, "login_secret", lambda settings, rules=None: PASSWORD)
    home = tmp_path / "home"
    know_provider(home, "Funkturm", CHAT, ("mobile_plan",), channel="byhand")
    return home


def introduction(language: Any) -> str:
    return PHRASES[language][Phrase.INTRODUCTION].split("{")[0].splitlines()[-1][:40]


async def recorded(root: Path, clock: SimClock) -> list[dict[str, Any]]:
    house = open_home(root, clock)
    rows = [dict(row) for row in house.ledger.rows("SELECT party, message_id, round, moves FROM turns ORDER BY seq")]
    await house.close()
    return rows


@requirement("durable:one-talk-over-doors")
@requirement("honest:every-door-is-told-who-writes")
async def test_a_talk_moves_from_hand_to_mail_and_back_with_its_words_numbers_and_ids(root: Path, box: Box) -> None:
    clock = SimClock(START)
    with smtpd(box):
        keep(root, box, sending=True)
        await tick(root, clock, state=True)
        (draft,) = Carrying(root).drafts()
        talk = draft.negotiation
        assert introduction("en") in draft.text, "nothing is known of their language yet"
        Carrying(root).answer(talk, OFFER)
        await tick(root, clock)
        (ready,) = Carrying(root).drafts()
        assert language_of(ready.text) == "de" and introduction("de") not in ready.text
        before = await recorded(root, clock)

        know_provider(root, "Funkturm", MAIL, (), channel="email")
        assert Carrying(root).move(talk, "email").endswith(MAIL)
        await tick(root, clock)
        (sent,) = box.mails
        first = message_from_bytes(sent.content, policy=default)
        assert first["Message-ID"] == mail_id(ready.message_ids[0], talk, "example.org")
        assert tag_of(talk) in first["Subject"]
        assert first.get_content().replace("\r\n", "\n").strip() == ready.text.strip()
        assert "Gegenbot" in first.get_content() and Carrying(root).drafts() == ()
        assert (await recorded(root, clock))[: len(before)] == before

        box.incoming.deliver(answer(LESS, Subject=f"Re: {first['Subject']}", **{"In-Reply-To": first["Message-ID"]}))
        clock.advance(timedelta(hours=1))
        await tick(root, clock)
        counter = message_from_bytes(box.mails[1].content, policy=default)
        assert introduction("de") in counter.get_content().replace("\r\n", "\n"), "the first new words at this door"
        assert counter["In-Reply-To"] == "<a1@funkturm.example>"
        by_mail = await recorded(root, clock)

        know_provider(root, "Funkturm", CHAT, (), channel="byhand")
        Carrying(root).move(talk, "byhand")
        await tick(root, clock)
        (again,) = Carrying(root).drafts()
        assert again.address == CHAT and introduction("de") not in again.text, "this door was spoken at before"
        Carrying(root).answer(talk, ENGLISH)
        await tick(root, clock)
        (last,) = Carrying(root).drafts()
        assert last.address == CHAT and language_of(last.text) == "en" and introduction("en") not in last.text
        turns = await recorded(root, clock)
    assert turns[: len(by_mail)] == by_mail and len(box.mails) == 2
    ours = [turn for turn in turns if turn["party"] == "us"]
    assert len({turn["message_id"] for turn in ours}) == len(ours)
    assert [turn["round"] for turn in ours] == sorted({turn["round"] for turn in ours})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (OFFER, "de"), (LESS, "de"), (ENGLISH, "en"), ("18,99 EUR", None), ("iPhone 15 Pro Max 256 GB", None), ("", None),
        ("Unser Angebot gilt nur noch heute. Best regards, your Funkturm team", None),
        ("Hallo, das ist unser Angebot for you: 20 GB, monatlich kündbar, nicht mehr als 12 EUR.", "de"),
        ("Dear customer, the price for the plan Größe M is 12 EUR per month.", "en"),
    ],
)  # fmt: skip
def test_a_language_is_seen_by_its_small_words(text: str, language: str | None) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(("pace", "days"), [("synchronous", 1), ("asynchronous", 10)])
async def test_a_third_party_adapter_s_pace_decides_how_long_offers_are_collected(
    tmp_path: Path, pace: str, days: int
) -> None:
    folder = new_adapter("acme-mobil", tmp_path) / "acme_mobil"
    manifest = folder / "gegenbot-adapter.toml"
    manifest.write_text(manifest.read_text().replace('pace = "synchronous"', f'pace = "{pace}"'))
    setting = Outside(folder=str(folder), sha256=read_manifest(folder).pin)
    home = tmp_path / "home"
    know_provider(home, "Acme", "https://api.acme.example", ("mobile_plan",), channel="acme-mobil")
    house = open_home(home, SimClock(START))
    house.config.adapters["acme-mobil"] = setting
    assert declared_pace(house.config, "acme-mobil") is Pace(pace) and declared_pace(Config(), "acme-mobil") is None
    house.state_need(phone_need())
    (row,) = house.ledger.rows("SELECT stated_at, window_ends FROM needs")
    await house.close()
    taken = datetime.fromisoformat(row["window_ends"]) - datetime.fromisoformat(row["stated_at"])
    assert taken == timedelta(days=days)

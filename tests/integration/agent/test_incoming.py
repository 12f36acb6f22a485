"""Mail of the folder the person gave for it reaches the digest: each once, service first, nothing else ever fetched."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.deciding import Deciding
from agent.editing import Editing
from agent.kernel.ledger import Draft
from agent.kernel.mailevents import MailSorted
from agent.kernel.rebuild import differing
from agent.mailbox import sort_mail
from agent.reading import Reading
from agent.runtime import mailbox as mailboxes
from agent.runtime.config import Config, Memory, Negotiation, Notify
from agent.runtime.incoming import look
from agent.runtime.mailbox import load_mailbox, save_mailbox
from agent.runtime.runner import Runner
from agent.views import FacadeError
from memory.store import Contract, ContractId, PriceStep, Store
from negotiators.channels.email.settings import MailSettings, Server, Sorting, Tls
from negotiators.clock import SimClock
from tests.integration.agent.test_by_hand import open_home
from tests.integration.agent.test_several_doors import fixed
from tests.requirements import requirement
from tests.support.house import START, Company, living, phone_need, seller
from tests.support.imapd import PASSWORD, USER, Imapd, imapd
from tui.cli.root import gegenbot

RISE = "Ihr Strompreis erhöht sich zum 24.12.2026 von 40,00 Euro auf 48,00 Euro im Monat. Kundennummer 4711."
OFFER = "our mobile plan has 20 GB of data for 12.00 euros per month, minimum term 1 month."
SALE = "Jetzt zugreifen: 30 % Rabatt auf alle Mäntel in unserem Laden, nur diese Woche. Wir freuen uns auf Sie!"


def mail(text: str, sender: str = "Lichtwerk <service@lichtwerk.example>", subject: str = "Information", **more: str) -> bytes:  # fmt: skip
    head = {"From": sender, "To": USER, "Subject": subject, "Date": "Sun, 22 Nov 2026 06:00:00 +0000",
            "Content-Type": "text/plain; charset=utf-8", **more}  # fmt: skip
    return ("".join(f"{name}: {value}\r\n" for name, value in head.items()) + f"\r\n{text}\r\n").encode()


def invoice(number: int) -> bytes:
    return mail(
        f"Ihre Rechnung Nr. {number} über {number % 90},17 Euro. Kundennummer 4711.", subject=f"Rechnung {number}"
    )


@pytest.fixture
def box() -> Iterator[Imapd]:
    with imapd() as server:
        yield server


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mailboxes, "login_secret", lambda settings, rules=None: PASSWORD)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with Store(home) as store:
        step = (PriceStep(0, Decimal("40.00")),)
        store.add(Contract(ContractId("c-1"), "electricity", "Lichtwerk", "EUR", step, label="Strom"))
    return home


def allow(root: Path, box: Imapd, *senders: str, sorting: bool = True) -> None:
    here = Server("127.0.0.1", box.port, Tls.NONE)
    leave = Sorting("INBOX", date(2026, 11, 8), senders) if sorting else None
    save_mailbox(root, MailSettings(USER, here, here, USER, sorting=leave))


def loopback() -> Config:
    return Config(memory=Memory(embedder="ngram"), negotiation=Negotiation(patience_seconds=60.0, allow_loopback=True))


async def run(root: Path, clock: SimClock, *, digest: bool = False, need: bool = False) -> None:
    """One tick of a process of its own."""
    house = open_home(root, clock, allow_loopback=True)
    try:
        if need:
            house.state_need(phone_need())
        await Runner(house).tick(digest=digest)
    finally:
        await house.close()


def told(root: Path) -> tuple[list[str], dict[str, int]]:
    reads = Reading(root)
    try:
        view = reads.digest()
        return [note.reason.code for note in view.notes], dict(view.held_back.by_reason)
    finally:
        reads.close()


@requirement("attention:service-mail-reaches-the-digest")
async def test_a_price_rise_by_mail_is_a_line_and_selling_is_counted(root: Path, box: Imapd) -> None:
    allow(root, box)
    for number, raw in enumerate(
        (mail(RISE), mail(SALE, "Modehaus <news@modehaus.example>"), mail(OFFER, "Sparfon <a@sparfon.example>"))
    ):
        box.deliver(raw, str(number))
    clock = SimClock(START)
    await run(root, clock, digest=True, need=True)
    codes, held = told(root)
    assert codes == ["mail_price_rise_by", "mail_offer"]
    assert held == {"no_need": 1}
    clock.advance(timedelta(hours=12))
    await run(root, clock, digest=True)
    assert told(root) == ([], {})


async def test_an_offer_by_mail_is_not_told_for_a_need_that_is_closed_by_then(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.deliver(mail(OFFER, "Sparfon <a@sparfon.example>"))
    clock = SimClock(START)
    await run(root, clock, need=True)
    Editing(root).close_need("need-1")
    await run(root, clock, digest=True)
    assert told(root) == ([], {"no_need": 1})


CALLS = ("Ada", "Frau Sommer", "Ada Sommer")


def campaign(called: str) -> str:
    return (
        f"Neu für dich, {called}, unser Katalog ist da. Nur heute, {called}, gibt es Mäntel. Und Schuhe, {called}, "
        f"gibt es auch. Bis bald, {called}, in unserem Laden."
    )


@requirement("attention:own-name-changes-nothing")
async def test_mass_mail_that_only_calls_the_person_otherwise_is_one_and_a_person_s_letter_is_none(
    root: Path, box: Imapd
) -> None:
    allow(root, box)
    to = {"To": f"Ada Sommer <{USER}>"}
    for at, called in enumerate(CALLS):
        box.deliver(mail(campaign(called), f"Modehaus {at} <news@modehaus{at}.example>", **to))
    letter = "Hi Ada,\r\nam Samstag wollten wir doch in den Laden mit den Mänteln. Kommst du um drei? Gruß, Toni"
    headers = {"User-Agent": "Mutt/2.2", "In-Reply-To": "<x@y.example>"}
    box.deliver(mail(letter, "Toni <toni@freunde.example>", subject="Re: Samstag", **to, **headers))
    box.deliver(mail(letter.replace("Samstag", "Sonntag").replace("drei", "vier Uhr mit Kim"), "L <l@liste.example>",
                     subject="Re: [liste] Sonntag", **to, **headers, **{"List-Id": "<l.liste.example>"}))  # fmt: skip
    await run(root, SimClock(START), digest=True)
    assert told(root) == ([], {"no_need": 2, "mass_mail": 2, "personal": 1})


async def test_the_person_s_own_names_come_from_an_open_vault_and_for_them_none_is_opened(tmp_path: Path) -> None:
    async with living(tmp_path / "h", persona=True) as house:
        named = next(fact for fact in house.person.facts(START) if fact.category == "pd:Name")
        house.person.unlock()
        words = {word.lower() for word in str(house.person.value(named)).split()}
        assert words <= house.person.own_names(START)
        house.person._vault = None
        assert house.person.own_names(START) == frozenset() and house.person._vault is None


@requirement("attention:service-mail-reaches-the-digest")
async def test_what_has_no_room_comes_first_tomorrow_and_no_digest_is_longer_than_four_lines(
    root: Path, box: Imapd
) -> None:
    allow(root, box)
    for number in range(1001, 1011):
        box.deliver(invoice(number))
    clock, seen = SimClock(START), []
    for _ in range(4):
        await run(root, clock, digest=True)
        reads = Reading(root)
        notes = reads.digest().notes
        assert len(notes) <= 4
        seen += [note.id for note in notes]
        reads.close()
        clock.advance(timedelta(days=1))
    assert len(seen) == len(set(seen)) == 10


async def test_nothing_is_read_without_leave_and_of_others_only_the_sender_is_looked_at(root: Path, box: Imapd) -> None:
    allow(root, box, sorting=False)
    box.deliver(mail(RISE))
    await run(root, SimClock(START), digest=True)
    assert box.commands == [] and told(root) == ([], {})
    allow(root, box, "lichtwerk.example")
    box.deliver(mail("hello", "Toni <toni@post.example>", "private"))
    box.deliver(mail("hello", "x <x@lichtwerk.example.evil.example>", "private"))
    await run(root, SimClock(START), digest=True)
    assert told(root) == (["mail_price_rise_by"], {})
    whole = [line.split()[2] for line in box.commands if "BODY.PEEK[]" in line]
    assert whole == ["1"]
    assert not [line for line in box.commands if line.upper().removeprefix("UID ").startswith(("STORE", "SELECT"))]


async def test_nothing_is_read_while_everything_is_stopped(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.deliver(mail(RISE))
    (root / "STOP").touch()
    await run(root, SimClock(START), digest=True)
    assert box.commands == []


@requirement("durable:mail-sorted-once")
async def test_copies_restarts_and_new_numbers_make_nothing_twice(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.deliver(mail(RISE))
    box.deliver(mail(RISE))  # the very same mail, lying there twice
    box.deliver(mail(RISE, subject="Zur Erinnerung", Date="Sun, 22 Nov 2026 07:00:00 +0000"))
    clock = SimClock(START)
    await run(root, clock)
    await run(root, clock)
    box.validity += 1
    clock.advance(timedelta(minutes=31))
    await run(root, clock, digest=True)
    assert told(root) == (["mail_price_rise_by"], {"duplicate": 1})
    box.deliver(mail(RISE, subject="Noch einmal", Date="Mon, 23 Nov 2026 07:00:00 +0000"))
    clock.advance(timedelta(days=1))
    await run(root, clock, digest=True)
    assert told(root) == ([], {"duplicate": 1})
    house = open_home(root, clock)
    assert differing(house.ledger.conn) == ()
    house.shut()


@requirement("durable:mail-sorted-once")
async def test_a_process_killed_between_reading_and_recording_loses_nothing_and_doubles_nothing(
    root: Path, box: Imapd
) -> None:
    allow(root, box)
    for number in range(1001, 1004):
        box.deliver(invoice(number))
    code = (
        "import asyncio, os, signal\nfrom pathlib import Path\n"
        "from agent.runtime import incoming, mailbox\nfrom agent.kernel.ledger import Ledger\n"
        "from tests.integration.agent.test_by_hand import open_home\nfrom tests.support.house import START\n"
        "from negotiators.clock import SimClock\n"
        f"mailbox.login_secret = lambda settings, rules=None: {PASSWORD!r}\n"
        "whole = Ledger._append_one\n"
        "def half(self, seq, at, prev, draft):\n"
        "    if self.conn.execute('SELECT COUNT(*) FROM mails').fetchone()[0] == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return whole(self, seq, at, prev, draft)\n"
        "Ledger._append_one = half\n"
        f"house = open_home(Path({str(root)!r}), SimClock(START), allow_loopback=True)\n"
        "asyncio.run(incoming.look(house))\n"
    )
    where = {"cwd": Path(__file__).parents[3], "env": {**os.environ, "PYTHONPATH": "."}}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, **where)  # type: ignore[call-overload]
    assert done.returncode == -signal.SIGKILL, done.stderr
    house = open_home(root, SimClock(START), allow_loopback=True)
    assert house.ledger.rows("SELECT 1 FROM mails") == []
    assert [await look(house), await look(house)] == [3, 0]
    rows = house.ledger.rows("SELECT state, kind FROM mails")
    assert [tuple(row) for row in rows] == [("waiting", "invoice")] * 3
    await house.close()


async def test_a_forged_sender_and_the_mails_of_a_talk_are_no_news(root: Path, box: Imapd) -> None:
    allow(root, box)
    forged = {"Authentication-Results": "mx.example; dmarc=fail header.from=lichtwerk.example"}
    box.deliver(mail(RISE, **forged))
    box.deliver(mail("my own words", USER))
    await run(root, SimClock(START), digest=True)
    assert told(root) == ([], {"sender_forged": 1})


@requirement("attention:should-have-shown-teaches")
async def test_should_have_shown_on_a_held_back_mail_shows_the_next_one(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.deliver(mail("wine one, from our own hills", "Weingut Ahr <a@weingut-ahr.example>"))
    clock = SimClock(START)
    await run(root, clock, digest=True)
    reads = Reading(root)
    (held,) = reads.digest().held_back.sample
    reads.close()
    assert held["reason"] == "no_need" and held["provider"] == "weingut-ahr.example"
    Deciding(root).should_have_shown(held["id"])
    clock.advance(timedelta(minutes=31))
    await run(root, clock)
    box.deliver(mail("new: two glasses and a bottle", "Weingut Ahr <news@weingut-ahr.example>"))
    clock.advance(timedelta(minutes=31))
    await run(root, clock, digest=True)
    assert told(root)[0] == ["mail_asked_for"]


def kept(root: Path, words: str) -> bool:
    """Whether any file of the folder, the mailbox's settings apart, still holds the words."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name != "mailbox.toml")
    return any(words.encode() in path.read_bytes() for path in files)


@requirement("forget:sorted-mail")
async def test_a_sender_can_be_forgotten_and_a_mails_text_is_never_kept(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.deliver(mail(RISE, subject="Zwetschgenkuchen"))
    box.deliver(mail("a letter of Wilhelmina", "Toni <toni@post.example>", "Geheimratsecken"))
    clock = SimClock(START)
    await run(root, clock, digest=True)
    reads = Reading(root)
    (held,) = reads.digest().held_back.sample
    reads.close()
    assert held["provider"] == "post.example"
    Deciding(root).should_have_shown(held["id"])
    clock.advance(timedelta(minutes=31))
    await run(root, clock)

    assert kept(root, "Zwetschgenkuchen") and kept(root, "toni@post.example") and not kept(root, "Wilhelmina")
    with pytest.raises(FacadeError):
        Deciding(root).forget("mail:elsewhere.example")
    assert Deciding(root).forget("mail:post.example")
    assert not any(kept(root, words) for words in ("Geheimratsecken", "post.example", "postexample"))
    reads = Reading(root)
    assert reads.digest().held_back.sample == () and reads.digest().held_back.total == 1
    assert [note.reason.params["provider"] for note in reads.digest().notes] == ["lichtwerk.example"]
    reads.close()
    assert kept(root, "Zwetschgenkuchen")
    assert Deciding(root).forget("mail:all")
    assert not any(kept(root, words) for words in ("Zwetschgenkuchen", "lichtwerk.example"))


@requirement("forget:sorted-mail")
async def test_mail_of_a_forgotten_sender_is_not_told_again_and_a_new_one_is(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.deliver(mail(RISE))
    clock = SimClock(START)
    await run(root, clock)
    Deciding(root).forget("mail:lichtwerk.example")
    clock.advance(timedelta(minutes=31))
    await run(root, clock, digest=True)
    assert told(root) == ([], {})
    box.deliver(invoice(12))
    clock.advance(timedelta(minutes=31))
    await run(root, clock, digest=True)
    assert told(root)[0] == ["mail_invoice"]
    house = open_home(root, clock)
    assert differing(house.ledger.conn) == ()
    await house.close()


@requirement("durable:earlier-formats")
async def test_mail_sorted_by_an_earlier_version_is_told_and_forgotten(root: Path) -> None:
    """Its records name the domain itself; they stay, but nothing is told from them any more."""
    house = open_home(root, SimClock(START))
    early = MailSorted(
        "m1", "INBOX", 1, 1, "2026-11-22T06:00:00.000+00:00", "price_rise", "", "", None, "8 EUR", "", "", "0",
        body="mail:m1", company="lichtwerk", domain="lichtwerk.example",
    )  # fmt: skip
    house.ledger.append(START, [Draft(early, '{"groups":[],"numbers":[]}')])
    await house.close()
    await run(root, SimClock(START), digest=True)
    reads = Reading(root)
    assert [note.reason.params["provider"] for note in reads.digest().notes] == ["lichtwerk.example"]
    reads.close()
    Deciding(root).forget("mail:lichtwerk.example")
    house = open_home(root, SimClock(START))
    row = house.ledger.row("SELECT state FROM mails")
    assert row is not None and row["state"] == "passed" and house.ledger.body("mail:m1") is None
    await house.close()


async def test_a_mailbox_that_cannot_be_read_is_said_once_between_two_digests(root: Path, box: Imapd) -> None:
    allow(root, box)
    box.dies_after = "LOGIN"
    clock = SimClock(START)
    house = open_home(root, clock, allow_loopback=True)
    assert [await look(house) for _ in range(3)] == [0, 0, 0]
    await house.close()
    await run(root, clock, digest=True)
    assert told(root) == (["mailbox_shut"], {})


def test_leave_is_given_by_folder_and_sender_and_taken_back(root: Path, box: Imapd) -> None:
    (root / "config.toml").write_text("[negotiation]\nallow_loopback = true\n")
    allow(root, box, sorting=False)
    box.deliver(mail(RISE))
    assert sort_mail(root, "INBOX", ["@Lichtwerk.example", "a@b.example"]) == 1
    settings = load_mailbox(root)
    assert settings is not None and settings.sorting is not None
    assert settings.sorting.senders == ("lichtwerk.example", "a@b.example")
    with pytest.raises(FacadeError, match="bad_sender"):
        sort_mail(root, "INBOX", ["everybody"])

    def said(*words: str) -> str:
        return CliRunner().invoke(gegenbot, ["--home", str(root), "email", "sorting", *words]).output

    assert "Of the 1 mail in INBOX only that of lichtwerk.example" in said("INBOX", "--from", "lichtwerk.example")
    assert "The mail of INBOX is read" in said("INBOX")
    assert "only talks are read" in said("off")
    settings = load_mailbox(root)
    assert settings is not None and settings.sorting is None


@requirement("attention:interrupts-by-rule-only")
async def test_only_a_rule_interrupts_outside_the_quiet_hours_once_and_a_digest_shows_it(
    root: Path, box: Imapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices: list[int] = []
    monkeypatch.setattr("agent.runtime.runner.notify", lambda gate, config, home, waiting, now: notices.append(waiting))
    allow(root, box)
    rules = Notify(how="desktop", interrupts=("price rises above 5 EUR", "deadlines within 48 hours"))
    night = SimClock(START.replace(hour=2))
    soon = "Ihre Kündigungsfrist für Vertrag 4711 endet am 24.11.2026."

    async def tick(clock: SimClock, notify: Notify = rules) -> list[str]:
        clock.advance(timedelta(minutes=31))
        house = open_home(root, clock, allow_loopback=True)
        house.config = house.config.model_copy(update={"notify": notify})
        await Runner(house).tick()
        await house.close()
        return told(root)[0]

    small = mail(RISE.replace("48,00", "42,00").replace("24.12", "31.12"), subject="Preisanpassung 1")
    box.deliver(small)
    box.deliver(mail(RISE, subject="Preisanpassung 2"))
    assert await tick(night, Notify(how="desktop")) == [] and notices == []  # by default nothing interrupts
    assert await tick(night) == [] and notices == []  # the quiet hours
    clock = SimClock(START)
    assert (await tick(clock))[0] == "mail_price_rise_by" and notices == [1]
    assert await tick(clock) != [] and notices == [1]
    box.deliver(mail(soon, subject="Frist"))
    assert "mail_deadline" in await tick(clock) and notices == [1, 1]


async def test_a_price_by_mail_and_another_in_a_talk_that_came_in_one_look_are_a_finding_with_both_as_proof(
    root: Path, box: Imapd
) -> None:
    allow(root, box)
    text = "our mobile plan has 20 GB of data for 12.00 euros per month, minimum term 1 month."
    box.deliver(mail(text, "Acme <news@acme.example>", "Phone plan"))
    box.deliver(mail(text, "Look-alike <news@acme.example.evil.example>", "Phone plan"))
    async with living(root, [Company("acme", seller("19.00", "15.00"))], config=loopback()) as house:
        house.state_need(phone_need())
        await Runner(house).tick(digest=True)
        rows = house.ledger.rows("SELECT * FROM incidents WHERE code='offers_differ'")
        (row,) = rows
        assert json.loads(row["params"]) == {"cheaper": "12 EUR", "here": "email", "dearer": "19 EUR", "there": "a2a"}
        assert [ref.partition(":")[0] for ref in json.loads(row["refs"])] == ["mail", "message"]
        assert row["provider"] == "acme"
        assert "offers_differ" in told(root)[0]
        house.clock.advance(timedelta(hours=12))
        await Runner(house).tick(digest=True)
        assert len(house.ledger.rows("SELECT 1 FROM incidents WHERE code='offers_differ'")) == 1


@requirement("attention:one-offer-at-many-doors")
@pytest.mark.parametrize(("price", "lines"), [("12.00", []), ("12.50", ["offers_differ", "mail_offer"])])
async def test_an_offer_by_mail_that_a_talk_holds_already_is_no_line_of_its_own(
    root: Path, box: Imapd, price: str, lines: list[str]
) -> None:
    allow(root, box)
    box.deliver(mail(OFFER, "Acme <news@acme.example>", "Phone plan"))
    async with living(root, [Company("acme", fixed(price))], config=loopback()) as house:
        house.state_need(phone_need())
        for _ in range(2):
            await Runner(house).tick()
        await Runner(house).make_digest()
        assert house.ledger.rows("SELECT 1 FROM negotiations WHERE state='waiting_person'"), "it is on a card"
        codes, held = told(root)
        assert [code for code in codes if code in ("offers_differ", "mail_offer")] == lines
        assert held.get("other_door", 0) == (not lines)

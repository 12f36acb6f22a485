"""The mail that comes in, sorted as `gegenbot sort` does: read from the one folder the person gave for it, each once.

What a mail became is one event; until it is recorded the mail counts as unread, so that a process that ends in between
reads it again, and what was recorded is never taken twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from sqlite3 import Row
from typing import TYPE_CHECKING

from agent.digest.stream import Message, Shown, Stream, Taken, company_at, company_of
from agent.kernel.chain import canonical
from agent.kernel.codec import terms_json
from agent.kernel.errors import ConfigInvalid, Halted
from agent.kernel.events import Event, IncidentNoted, JobRan
from agent.kernel.ledger import Draft
from agent.kernel.mailevents import MailSorted
from agent.kernel.names import Name, Naming, name_at
from agent.language.addressed import addressed_as, is_personal, names_of
from agent.language.mailfile import ParsedMail, parse_mail
from agent.runtime.sorting import sorter
from negotiators.adapter import AdapterError
from negotiators.money import Money

if TYPE_CHECKING:
    from agent.runtime.wiring import House
    from negotiators.channels.email.imapbox import Fetched, ImapBox
    from negotiators.channels.email.settings import MailSettings, Sorting

log = logging.getLogger("gegenbot.mail")

JOB = "mail"
REMEMBERED = timedelta(days=90)
"""How far back a mail is known again as another copy of one before."""

MAX_TEXT = 64 << 10
MOST_VISITS = 40
"""Batches taken in one look; what a very full folder holds beyond them comes at the next."""

PATIENCE = 60.0
"""Seconds one visit to the mail server may take."""


async def look(house: House) -> int:
    """Sort what came in; returns how many mails were new. What keeps the mailbox shut is noted once between two
    digests, and is no reason for anything else to fail. Raises `Halted`."""
    from agent.runtime.mailbox import load_mailbox

    try:
        settings = load_mailbox(house.home.root)
    except ConfigInvalid as err:
        log.warning("the mailbox's settings cannot be read: %s", err)
        return 0
    if settings is None or settings.sorting is None:
        if house.ledger.row("SELECT 1 FROM jobs WHERE id=? AND last_result<>'off'", (JOB,)):
            await asyncio.to_thread(house.ledger.append, house.clock.now(), [JobRan(JOB, JOB, "", "off")])
        return 0
    count = 0
    try:
        for _ in range(MOST_VISITS):
            new = await _visit(house, settings, settings.sorting)
            count += new
            if not new:
                break
    except (AdapterError, TimeoutError) as err:
        log.warning("the mailbox cannot be read: %s", err)
        await asyncio.to_thread(_note_shut, house)
    ran = JobRan(JOB, JOB, "", f"{count} new")
    await asyncio.to_thread(house.ledger.append, house.clock.now(), [ran])
    return count


async def _visit(house: House, settings: MailSettings, sorting: Sorting) -> int:
    """One batch, recorded whole or not at all; 0 when nothing is left."""
    from agent.runtime.mailbox import login_secret
    from negotiators.channels.email.errors import LoginRefused
    from negotiators.channels.email.imapbox import ImapBox
    from negotiators.wire import AddressRules

    rules = AddressRules(allow_loopback=house.config.negotiation.allow_loopback)
    box = ImapBox(settings, rules)

    def read() -> tuple[list[Fetched], int]:
        secret = login_secret(settings, rules)
        if secret is None:
            raise LoginRefused("the mailbox's password is not in the keyring", "no_secret")
        return box.arrived(secret, sorting, _seen(house, sorting.folder))

    async with asyncio.timeout(PATIENCE):
        mails, valid = await house.gate.while_running(asyncio.to_thread(read))
    if mails:
        events = await asyncio.to_thread(lambda: list(_sorted(house, box, mails, valid, sorting.folder)))
        if house.home.stop.exists():
            raise Halted
        await asyncio.to_thread(house.ledger.append, house.clock.now(), events)
    return len(mails)


def _seen(house: House, folder: str) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in house.ledger.rows("SELECT validity, uid FROM mail_places WHERE folder=?", (folder,)):
        found.setdefault(row["validity"], set()).add(row["uid"])
    return found


def _note_shut(house: House) -> None:
    told = house.ledger.row(
        "SELECT 1 FROM incidents WHERE code='mailbox_shut' AND at>COALESCE((SELECT MAX(at) FROM digests),'')"
    )
    if told is None:
        house.ledger.append(house.clock.now(), [IncidentNoted("mailbox_shut", {}, [])])


# -- sorting ----------------------------------------------------------------------------------------------------


def _sorted(house: House, box: ImapBox, mails: Sequence[Fetched], valid: int, folder: str) -> Iterator[Draft | Event]:
    now = house.clock.now()
    own = box.settings.address
    names = names_of(own) | house.person.own_names(now)
    stream = sorter(house.ledger, house.person.store, house.categories, house.days.of(now), names)
    stream.recall(_remembered(house, now - REMEMBERED))
    ours, naming = _signs_of_talks(house), Naming(house.ledger.rows, house.new_id)
    batch: set[str] = set()
    for mail in mails:
        name = hashlib.sha256(mail.raw).hexdigest()[:24]
        known = name in batch or house.ledger.row("SELECT 1 FROM mails WHERE id=?", (name,)) is not None
        batch.add(name)
        parsed = parse_mail(mail.raw)
        message, domain = _message(name, parsed, now, own)
        taken = None if known else _taken(stream, message, mail.raw, ours, own)
        sender = naming.tag(domain, company_of(message.sender))
        yield from (Draft(met, name) for met, name in naming.new())
        event = _event(taken, message, sender, (folder, valid, mail.uid))
        yield Draft(event, _kept(taken, parsed)) if taken is not None and taken.groups else event


def _taken(stream: Stream, message: Message, raw: bytes, ours: frozenset[str], own: str) -> Taken | None:
    """`None` for what belongs to a talk or is our own; a sender whom the person's own server found false is nobody."""
    from negotiators.channels.email.incoming import signs_of

    signs = signs_of(raw)
    talk = " ".join((message.subject, signs.message_id, *signs.references))
    if signs.sender == own.lower() or any(sign in talk for sign in ours):
        return None
    if signs.authentic is False:
        return Taken(Shown("", "", (message.id,), message.at), "sender_forged")
    return stream.take(message)


def _signs_of_talks(house: House) -> frozenset[str]:
    from negotiators.channels.email.outgoing import tag_of

    return frozenset(tag_of(row["id"]) for row in house.ledger.rows("SELECT id FROM negotiations"))


def _message(name: str, mail: ParsedMail, now: datetime, own: str) -> tuple[Message, str]:
    """A mail as a message. Its own date is believed within the last days only: the sender writes it."""
    try:
        at = parsedate_to_datetime(mail.header("date"))
    except ValueError:
        at = now
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    at = at if now - REMEMBERED < at < now else now
    sender = mail.header("from")
    domain = sender.rpartition("@")[2].strip(" >\t").lower()[:80]
    message = Message(
        name, at, "mail", sender, mail.header("subject"), mail.text[:MAX_TEXT], addressed_as(mail, own),
        is_personal(mail, own),
    )  # fmt: skip
    return message, domain


def _event(taken: Taken | None, message: Message, sender: str, place: tuple[str, int, int]) -> MailSorted:
    shown = taken.shown if taken is not None else Shown("", "", (message.id,), message.at)
    came = message.at.astimezone(UTC).isoformat(timespec="milliseconds")
    return MailSorted(
        message.id, *place, came, shown.kind, taken.reason if taken is not None else "",
        taken.repeats if taken is not None else "", shown.day.isoformat() if shown.day else None,
        str(shown.rise) if shown.rise is not None else None, shown.need, shown.total, f"{shown.worth:.4f}", sender,
        f"mail:{message.id}" if taken is not None and taken.groups else None,
    )  # fmt: skip


def _kept(taken: Taken, mail: ParsedMail) -> str:
    """What the text is known again by, and how the person finds the mail."""
    return canonical({
        "from": mail.header("from")[:200], "subject": mail.header("subject")[:200],
        "groups": sorted(taken.groups), "numbers": sorted(taken.numbers),
        **({"category": taken.category, "terms": terms_json(taken.terms)} if taken.terms else {}),
    })  # fmt: skip


def _remembered(house: House, since: datetime) -> Iterator[Taken]:
    rows = house.ledger.rows(
        "SELECT m.*, b.body AS kept FROM mails m LEFT JOIN bodies b ON b.id=m.body WHERE m.at>? AND m.state<>'passed' "
        "ORDER BY m.came, m.id",
        (since.isoformat(timespec="milliseconds"),),
    )
    return (_again(row, name_at(house.ledger.rows, row["sender"])) for row in rows)


def _again(row: Row, sender: Name | None) -> Taken:
    """A recorded mail as it was taken; of one whose body was forgotten only the event is left."""
    kept = json.loads(bytes(row["kept"])) if row["kept"] is not None else {"groups": [], "numbers": []}
    forged = row["reason"] == "sender_forged"
    company = company_at(sender) if sender is not None and not forged else ""
    shown = Shown(
        row["kind"], company, (row["id"],), datetime.fromisoformat(row["came"]), row["need"],
        float(row["worth"]), row["total"], datetime.fromisoformat(row["day"]).date() if row["day"] else None,
        _money(row["rise"]),
    )  # fmt: skip
    return Taken(shown, row["reason"], row["repeats"], frozenset(kept["numbers"]), frozenset(kept["groups"]))


def _money(text: str | None) -> Money | None:
    amount, _, currency = (text or "").partition(" ")
    return Money(Decimal(amount), currency) if currency else None

"""The e-mail channel: a talk is a thread of mails with one company's address."""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from negotiators.adapter import (
    Adapter,
    Capabilities,
    ClearedMove,
    ClearedProbe,
    Delivery,
    DeliveryState,
    EndpointCard,
    Malformed,
    Pace,
    Refused,
    Session,
    Unreachable,
)
from negotiators.channels.email.errors import LoginRefused, NoMailbox
from negotiators.channels.email.imapbox import Fetched, ImapBox
from negotiators.channels.email.incoming import Kind, MailReader, Signs, signs_of
from negotiators.channels.email.outgoing import compose, mail_id, tag_of
from negotiators.channels.email.settings import MailSettings, domain_of
from negotiators.channels.email.smtpout import NotSent, OutcomeUnknown, SmtpOut
from negotiators.dialogue import MessageId, NegotiationId, Reply, ReplyStatus
from negotiators.text import UntrustedText
from negotiators.wire import AddressRules

CAPABILITIES = Capabilities(
    channel="email",
    acts=frozenset({"ask", "propose", "counter", "accept", "reject", "withdraw", "inform", "leave"}),
    typed_terms=False,
    commits=False,
    pace=Pace.ASYNCHRONOUS,
)

MAX_TEXT = 64 << 10
LOOK_BACK = timedelta(days=2)
"""How far before the talk's first message the server searches: clocks and zones differ."""

Secret = Callable[[], str | None]
"""The mailbox's password or token, fetched when a connection is opened. Blocks."""


class Carried(Protocol):
    """Whether the person says that they sent a laid-out message (see `byhand.Tray`)."""

    def carried(self, message_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Everything the channel needs of the person's mail. `settings` are asked for whenever something is sent or read:
    leave that is taken back ends there and then. They are `None` until a mailbox is set up."""

    settings: Callable[[], MailSettings | None]
    secret: Secret
    reader: MailReader
    tray: Carried
    now: Callable[[], datetime]
    subjects: Callable[[str, str], str]
    """The subject line of a talk: `(category, language) -> words`."""
    rules: AddressRules
    tls: ssl.SSLContext | None = None


@dataclass(slots=True)
class Thread:
    """What a thread needs to go on after a restart."""

    began: str = ""
    validity: int = 0
    seen: list[int] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    @classmethod
    def from_token(cls, token: str) -> Thread:
        """Raises `ValueError` for a token that is not ours."""
        value = json.loads(token)
        if not isinstance(value, dict) or value.get("v") != 1:
            raise ValueError("not a resume token of the e-mail channel")
        return cls(value["began"], value["validity"], list(value["seen"]), list(value["references"]))

    def token(self) -> str:
        kept = {"v": 1, "began": self.began, "validity": self.validity, "seen": self.seen[-400:],
                "references": self.references[-40:]}  # fmt: skip
        return json.dumps(kept, separators=(",", ":"))


class EmailSession(Session):
    """See `negotiators.adapter.Session`. Without the person's leave to send, `send` lays the message out for them."""

    def __init__(
        self,
        mailbox: Mailbox,
        settings: MailSettings,
        peer: str,
        negotiation: NegotiationId,
        category: str,
        thread: Thread,
    ) -> None:
        self._mailbox = mailbox
        self._peer = peer
        self._negotiation = negotiation
        self._category = category
        self._thread = thread
        self._use(settings)

    def _use(self, settings: MailSettings) -> None:
        self._settings = settings
        self._box = ImapBox(settings, self._mailbox.rules, self._mailbox.tls)
        self._out = SmtpOut(settings, self._mailbox.rules, self._mailbox.tls)

    async def _renew(self) -> None:
        """Go on with the mailbox as it is set up now. Raises `NoMailbox`."""
        now = await asyncio.to_thread(self._mailbox.settings)
        if now is None:
            raise NoMailbox
        if now != self._settings:
            self._use(now)

    def _id(self, message_id: str) -> str:
        return mail_id(message_id, self._negotiation, domain_of(self._settings.address))

    async def _secret(self) -> str:
        found = await asyncio.to_thread(self._mailbox.secret)
        if found is None:
            raise LoginRefused("the mailbox's password is not in the keyring", "no_secret")
        return found

    async def send(self, cleared: ClearedMove) -> Delivery:
        message_id = cleared.message_id
        try:
            await self._renew()
        except NoMailbox as err:
            return Delivery(DeliveryState.FAILED, message_id, error=err.code)
        self._thread.began = self._thread.began or self._mailbox.now().date().isoformat()
        if not self._settings.sending:
            return self._by_hand(message_id)
        mail = compose(
            cleared, sender=self._settings.address, to=self._peer,
            subject=self._mailbox.subjects(self._category, cleared.language), references=self._thread.references,
            at=self._mailbox.now(), domain=domain_of(self._settings.address),
        )  # fmt: skip
        try:
            secret = await self._secret()
            await asyncio.to_thread(self._out.send, secret, self._peer, mail)
        except asyncio.CancelledError:
            self._out.abort()
            raise
        except NotSent as err:
            return Delivery(DeliveryState.FAILED, message_id, error=err.code)
        except Refused as err:
            return Delivery(DeliveryState.FAILED, message_id, error=err.code)
        except OutcomeUnknown:
            return Delivery(DeliveryState.UNKNOWN, message_id, reference=self._id(message_id), error="no_answer")
        self._note(self._id(message_id))
        return Delivery(DeliveryState.DELIVERED, message_id, reference=self._id(message_id))

    def _by_hand(self, message_id: MessageId) -> Delivery:
        carried = self._mailbox.tray.carried(message_id)
        return Delivery(DeliveryState.DELIVERED if carried else DeliveryState.WITH_PERSON, message_id)

    def _note(self, mail: str) -> None:
        if mail and mail not in self._thread.references:
            self._thread.references.append(mail)

    async def receive(self) -> list[Reply]:
        if not self._thread.began:
            return []
        await self._renew()
        since = date.fromisoformat(self._thread.began) - LOOK_BACK
        secret = await self._secret()
        seen = self._thread.seen
        found, valid = await asyncio.to_thread(self._box.find, secret, tag_of(self._negotiation), since, seen)
        if self._thread.validity not in (0, valid):
            # The server numbered the folder anew: what was seen is known by its Message-ID only.
            again = await asyncio.to_thread(self._box.find, secret, tag_of(self._negotiation), since, [])
            found, self._thread.seen = again[0], []
        self._thread.validity = valid
        self._thread.seen += [mail.uid for mail in found]
        replies = await asyncio.to_thread(lambda: [self._reply(mail) for mail in found])
        return [reply for reply in replies if reply is not None]

    def _reply(self, mail: Fetched) -> Reply | None:
        """One mail as a reply; our own messages, found by the same sign, are passed over."""
        signs = signs_of(mail.raw)
        if signs.sender == self._settings.address.lower() or tag_of(self._negotiation) in signs.message_id:
            return None
        read = self._mailbox.reader(mail.raw)
        self._note(signs.message_id)
        problems = [*read.problems, *self._doubts(signs, mail)]
        if len(read.text) > MAX_TEXT:
            problems.append("text_cut")
        text = UntrustedText(read.text[:MAX_TEXT], self._peer) if read.text else None
        return Reply(
            MessageId(_reply_id(signs, mail)),
            (),
            text,
            _status(signs, problems),
            problems=tuple(dict.fromkeys(problems)),
        )

    def _doubts(self, signs: Signs, mail: Fetched) -> list[str]:
        found = ["mail_cut"] if mail.cut else []
        if signs.kind is not Kind.ANSWER:
            return [*found, {Kind.BOUNCE: "bounced", Kind.DELAYED: "delayed"}.get(signs.kind, "auto_reply")]
        if signs.authentic is False:
            found.append("sender_forged")
        elif signs.sender.rpartition("@")[2] != self._peer.rpartition("@")[2]:
            found.append("other_sender")
        elif signs.authentic is None:
            found.append("sender_unproven")
        return found

    async def status(self, reference: str) -> Delivery:
        """Whether the server's folder of sent mail holds it; a laid-out one by the person's word."""
        message_id = MessageId(reference)
        try:
            await self._renew()
        except NoMailbox as err:
            return Delivery(DeliveryState.UNKNOWN, message_id, error=err.code)
        if not self._settings.sending:
            return self._by_hand(message_id)
        try:
            sent = await asyncio.to_thread(self._box.sent, await self._secret(), self._id(reference))
        except (Unreachable, Malformed, Refused) as err:
            return Delivery(DeliveryState.UNKNOWN, message_id, error=err.code)
        if sent:
            self._note(self._id(reference))
        return Delivery(DeliveryState.DELIVERED if sent else DeliveryState.UNKNOWN, message_id)

    async def cancel(self, reference: str) -> None:
        return None

    def resume_token(self) -> str:
        return self._thread.token()

    async def close(self) -> None:
        self._out.abort()


def _reply_id(signs: Signs, mail: Fetched) -> str:
    """The sender's Message-ID as a plain id, with the content: one id used for two mails makes two replies."""
    named = hashlib.sha256(signs.message_id.encode()).hexdigest()[:16] if signs.message_id else "none"
    return f"e-{named}-{hashlib.sha256(mail.raw).hexdigest()[:16]}"


def _status(signs: Signs, problems: list[str]) -> ReplyStatus:
    """A bounce ends the thread; an automatic answer, a delay and a forged sender leave it waiting."""
    if signs.kind is Kind.BOUNCE:
        return ReplyStatus.FAILED
    if signs.kind in (Kind.AUTO_REPLY, Kind.DELAYED) or "sender_forged" in problems:
        return ReplyStatus.WORKING
    return ReplyStatus.ANSWERED


class EmailAdapter(Adapter):
    """See `negotiators.adapter.Adapter`. `discover` reaches nobody: whether an address takes mail shows when
    it is sent."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        address = probe.url.removeprefix("mailto:").strip()
        domain = domain_of(address)
        if await asyncio.to_thread(self._mailbox.settings) is None:
            raise NoMailbox
        name = UntrustedText(address, domain)
        digest = hashlib.sha256(address.lower().encode()).hexdigest()
        return EndpointCard(
            probe.url, domain, "email", "e-mail", digest, name, UntrustedText("", domain), CAPABILITIES,
            details={"address": address},
        )  # fmt: skip

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        settings = await asyncio.to_thread(self._mailbox.settings)
        if settings is None:
            raise NoMailbox
        thread = Thread.from_token(resume) if resume else Thread()
        return EmailSession(self._mailbox, settings, card.details["address"], negotiation, category, thread)

    async def wait(self, seconds: float, ended: Callable[[], bool] = lambda: False) -> bool:
        """Wait for any news of the folder, no longer than until `ended`. Raises what `ImapBox` raises."""
        settings, secret = await asyncio.to_thread(lambda: (self._mailbox.settings(), self._mailbox.secret()))
        if settings is None or secret is None:
            raise NoMailbox
        box = ImapBox(settings, self._mailbox.rules, self._mailbox.tls)
        return await asyncio.to_thread(box.wait, secret, seconds, ended)

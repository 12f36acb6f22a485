"""What an incoming mail is before anybody reads it: an answer, a bounce, an automatic reply; and what the person's own
server found out about its sender."""

from __future__ import annotations

import email
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """`DELAYED`: a bounce that says the server goes on trying."""

    ANSWER = "answer"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    DELAYED = "delayed"


class MailText(Protocol):
    """What a reader makes of a raw mail: headers by lower-case name, the sender's own words without quotes, and what
    was in the way."""

    @property
    def headers(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def text(self) -> str: ...
    @property
    def problems(self) -> Sequence[str]: ...


class MailReader(Protocol):
    """Reads a raw mail of any quality and never raises."""

    def __call__(self, raw: bytes) -> MailText: ...


@dataclass(frozen=True, slots=True)
class Signs:
    """A mail's kind and ids. `authentic` is the verdict of the person's own server: `True` where DMARC or an aligned
    DKIM passed, `False` where DMARC failed, `None` where it says nothing."""

    kind: Kind
    message_id: str
    references: tuple[str, ...]
    sender: str
    authentic: bool | None


_AUTO_SUBJECT = re.compile(
    r"^\s*(?:auto(?:matic|matische|-)?\s?(?:reply|antwort|response)|out of (?:the )?office|abwesenheit|abwesend|"
    r"eingangsbestätigung|ihre anfrage ist (?:bei uns )?eingegangen|we (?:have )?received your (?:request|message))",
    re.IGNORECASE,
)
_BOUNCER = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon)$", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{3,250}>")


def signs_of(raw: bytes) -> Signs:
    """Read the headers. Never raises."""
    try:
        message = email.message_from_bytes(raw[: 1 << 20])
        return _signs(message)
    except (ValueError, LookupError, AttributeError, AssertionError, TypeError, UnicodeError, RecursionError):
        return Signs(Kind.ANSWER, "", (), "", None)


def _header(message: Message, name: str) -> str:
    return " ".join(str(value) for value in message.get_all(name, ()))[:4000]


def _signs(message: Message) -> Signs:
    sender = parseaddr(_header(message, "From"))[1].lower()
    named = _ID.findall(_header(message, "Message-ID"))
    thread = _ID.findall(_header(message, "References") + " " + _header(message, "In-Reply-To"))
    return Signs(_kind(message, sender), named[0] if named else "", tuple(dict.fromkeys(thread)), sender,
                 _authentic(message, sender))  # fmt: skip


def _kind(message: Message, sender: str) -> Kind:
    report = message.get_content_type() == "multipart/report"
    if report and "delivery-status" in _header(message, "Content-Type").lower():
        return Kind.DELAYED if _action(message) == "delayed" else Kind.BOUNCE
    if _BOUNCER.match(sender.partition("@")[0]):
        return Kind.BOUNCE
    automatic = _header(message, "Auto-Submitted").lower()
    precedence = _header(message, "Precedence").lower()
    if automatic not in ("", "no") or "auto_reply" in precedence or message.get("X-Autoreply") is not None:
        return Kind.AUTO_REPLY
    from email.header import decode_header, make_header

    subject = str(make_header(decode_header(_header(message, "Subject"))))
    return Kind.AUTO_REPLY if _AUTO_SUBJECT.match(subject) else Kind.ANSWER


def _action(message: Message) -> str:
    """`failed`, `delayed`, ... of the first recipient of a delivery report (RFC 3464)."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            found = re.search(r"^Action:\s*(\w+)", str(part), re.IGNORECASE | re.MULTILINE)
            return found[1].lower() if found else "failed"
    return "failed"


def _authentic(message: Message, sender: str) -> bool | None:
    """The topmost Authentication-Results (RFC 8601): the one our own server put there; ones below may be forged."""
    results = message.get_all("Authentication-Results")
    if not results:
        return None
    verdict = str(results[0]).lower()
    if re.search(r"\bdmarc\s*=\s*fail", verdict):
        return False
    if re.search(r"\bdmarc\s*=\s*pass", verdict):
        return True
    signed = re.search(r"\bdkim\s*=\s*pass[^;]*header\.(?:d|i)\s*=\s*@?([\w.-]+)", verdict)
    domain = sender.rpartition("@")[2]
    if signed and domain and (domain == signed[1] or domain.endswith("." + signed[1])):
        return True
    return None

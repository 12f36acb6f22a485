"""Our messages as mail: ids that are known before the first attempt, a sign in the subject, plain text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from negotiators.adapter import ClearedMove

MAX_REFERENCES = 12


def tag_of(negotiation: str) -> str:
    """The sign of one talk: in every Message-ID and subject of ours, so that an answer is found without reading other
    mail."""
    return "gb-" + hashlib.sha256(negotiation.encode()).hexdigest()[:12]


def mail_id(message_id: str, negotiation: str, domain: str) -> str:
    """The Message-ID of a stored intention: the same for every attempt."""
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:20]
    return f"<{digest}.{tag_of(negotiation)}@{domain}>"


def compose(
    cleared: ClearedMove,
    *,
    sender: str,
    to: str,
    subject: str,
    references: Sequence[str],
    at: datetime,
    domain: str,
) -> bytes:
    """The message as bytes. `references` are the thread's ids, oldest first; the last one is answered."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = subject_of(subject, cleared.negotiation)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = mail_id(cleared.message_id, cleared.negotiation, domain)
    if references:
        message["In-Reply-To"] = references[-1]
        message["References"] = " ".join(references[-MAX_REFERENCES:])
    message["User-Agent"] = "Gegenbot"
    message["Content-Language"] = cleared.language
    message.set_content(cleared.text, cte="quoted-printable")
    return message.as_bytes()


def subject_of(subject: str, negotiation: str) -> str:
    """One line with the talk's sign."""
    clean = " ".join(subject.split())[:120]
    return f"{clean} [{tag_of(negotiation)}]"

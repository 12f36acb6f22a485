"""To whom a mail is addressed: the names its own header gives the person, and whether somebody wrote to them.

The header is the sender's word. It is good for one thing only: the words it calls the person by are taken out of that
very mail before it is compared with others, so it can make no other mail look seen. Nothing here needs the vault.
"""

from __future__ import annotations

import re
from email.utils import getaddresses

from agent.language.mailclass import classify_mail
from agent.language.mailfile import ParsedMail
from agent.language.mailsigns import SIGNS
from agent.language.mailview import MailSigns

MOST_NAMES = 8
_WORD = re.compile(r"[^\W\d_]{2,}")
_WRITTEN = ("reply_header", "quotes", "user_agent", "free_mail")
_BULK = ("list-id", "list-unsubscribe", "list-post", "precedence", "auto-submitted", "feedback-id")


def names_of(*texts: str) -> frozenset[str]:
    """The words of names and addresses that a mail may call somebody by; of an address what stands before the @."""
    words = dict.fromkeys(word for text in texts for word in _WORD.findall(text.partition("@")[0].lower()))
    return frozenset(list(words)[:MOST_NAMES])


def addressed_as(mail: ParsedMail, own: str = "") -> frozenset[str]:
    """How a mail calls the person: its entry with their own address, or its only addressee where that is unknown."""
    entries = getaddresses([*mail.headers.get("to", ()), *mail.headers.get("cc", ())])
    mine = [one for one in entries if own and one[1].lower() == own.lower()]
    if not mine and not own and len(entries) == 1:
        mine = entries
    return names_of(*(text for entry in mine for text in entry))


def is_personal(mail: ParsedMail, own: str) -> bool:
    """Whether somebody wrote this to the person: to their address, with a sign of a person writing, none of a list, and
    personal by all its signs together (a mail without any sign says nothing)."""
    entries = getaddresses([*mail.headers.get("to", ()), *mail.headers.get("cc", ())])
    if not any(address.lower() == own.lower() for _, address in entries):
        return False
    if any(name in mail.headers for name in _BULK):
        return False
    signs = MailSigns(mail)
    return any(SIGNS[name](signs) for name in _WRITTEN) and classify_mail(mail) == "personal_or_list"

"""What can be asked of one mail: its sender, recipients, links and route, each worked out once.

`mailroute` and `mailsigns` ask; `mailclass` weighs the answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import getaddresses, parseaddr
from functools import cached_property

from agent.language.mailfile import ParsedMail

FREE_MAIL = re.compile(
    r"(?:hotmail|yahoo|aol|msn|excite|lycos|gmail|mail|gmx|web|usa|netscape|juno|earthlink|email|btamail|"
    r"eudoramail|bigfoot|iname|angelfire|post|"
    r"163|126|sina|sohu|21cn|freenet|t-online|outlook|live)\.(?:com|net|org|de|co\.\w\w|com\.\w\w|\w\w)$"
)
_TWO_LEVEL = re.compile(r"\.(?:co|com|net|org|ac|gov|or|ne)\.\w\w$")


def registered_domain(host: str) -> str:
    """`mail.shop.example.co.uk` to `example.co.uk`: enough to compare senders."""
    labels = host.lower().strip(".").split(".")
    return ".".join(labels[-3:] if _TWO_LEVEL.search(host.lower()) else labels[-2:])


@dataclass(frozen=True)
class MailSigns:
    """What can be asked of one mail."""

    mail: ParsedMail

    @cached_property
    def text(self) -> str:
        return self.mail.text[:60_000].lower()

    @cached_property
    def subject(self) -> str:
        return self.mail.header("subject")

    @cached_property
    def sender(self) -> str:
        return parseaddr(self.mail.header("from"))[1].lower()

    @cached_property
    def domain(self) -> str:
        return registered_domain(self.sender.rpartition("@")[2])

    @cached_property
    def link_hosts(self) -> tuple[str, ...]:
        source = (self.mail.html or "") + " " + self.mail.plain
        hosts = re.findall(r"https?://(?:[^\s/@\"'<>]{0,80}@)?([\w.-]{3,100})", source[:400_000])
        return tuple(host.lower() for host in hosts)

    @cached_property
    def own_links(self) -> float:
        """Share of links that lead to the sender's own domain."""
        hosts = [registered_domain(host) for host in self.link_hosts]
        return sum(host == self.domain for host in hosts) / len(hosts) if hosts else 0.0

    @cached_property
    def markup(self) -> str:
        """The HTML as it is written, in small letters."""
        return self.mail.html[:300_000].lower()

    @cached_property
    def has_html(self) -> bool:
        return bool(self.mail.html)

    @cached_property
    def received_hosts(self) -> str:
        return " ".join(self.mail.headers.get("received", ())).lower()

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        named = [value for name in ("to", "cc") for value in self.mail.headers.get(name, ())]
        return tuple(address.lower() for _, address in getaddresses(named)[:200] if "@" in address)

    def has(self, *names: str) -> bool:
        return any(name in self.mail.headers for name in names)

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.text) is not None

    def count(self, pattern: str, limit: int) -> int:
        found = 0
        for found, _ in enumerate(re.finditer(pattern, self.text), start=1):
            if found >= limit:
                break
        return found


Sign = Callable[[MailSigns], int | bool]

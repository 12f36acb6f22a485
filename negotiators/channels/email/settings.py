"""Where a person's mail lies and how it is reached. Secrets are no part of it: they are passed in when a connection is
opened."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from negotiators.channels.email.errors import BadAddress


class Tls(StrEnum):
    """From the first byte, or after STARTTLS. `NONE` is spoken with loopback only."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Login(StrEnum):
    """A password of the person's (best one made for this program), or an OAuth 2 token (SASL XOAUTH2)."""

    PASSWORD = "password"  # noqa: S105 - the name of a way, not a secret
    OAUTH = "oauth"


@dataclass(frozen=True, slots=True)
class Server:
    """Raises `BadAddress` for an unprotected one that is not on this machine."""

    host: str
    port: int
    tls: Tls = Tls.TLS

    def __post_init__(self) -> None:
        if self.tls is Tls.NONE and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise BadAddress(f"`{self.host}` without TLS would show password and mail to everybody on the way")


@dataclass(frozen=True, slots=True)
class Sorting:
    """The person's leave to read mail that belongs to no talk: of one folder, from a day on, and where `senders` names
    addresses or domains only what they wrote."""

    folder: str
    since: date
    senders: tuple[str, ...] = ()

    def wants(self, address: str) -> bool:
        """Whether an address is one of `senders`, or of their domains."""
        domain = address.rpartition("@")[2]
        return not self.senders or any(
            address == one if "@" in one else domain == one or domain.endswith(f".{one}") for one in self.senders
        )


@dataclass(frozen=True, slots=True)
class MailSettings:
    """One mailbox. `folder` is the only one that is opened for talks, and only for reading; `sending` is the person's
    leave to send: without it messages are laid out for them like any talk by hand. No other mail is read without
    `sorting`."""

    address: str
    imap: Server
    smtp: Server
    user: str
    folder: str = "INBOX"
    sending: bool = False
    login: Login = Login.PASSWORD
    client_id: str = ""
    """With OAuth: the identifier of the application the person registered."""
    sorting: Sorting | None = None


_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62})\.)+[a-zA-Z]{2,24})")


def domain_of(address: str) -> str:
    """The domain of a plain address (`name@example.org`), in lower case. Raises `BadAddress`."""
    found = _ADDRESS.fullmatch(address.strip())
    if found is None:
        raise BadAddress(f"`{address[:80]}` is no mail address")
    return found[1].lower()

"""E-mail: IMAP in, SMTP out once the person turned sending on. Loads imapclient only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiators.channels.email.adapter import EmailAdapter as EmailAdapter


def __getattr__(name: str) -> Any:
    if name == "EmailAdapter":
        from negotiators.channels.email.adapter import EmailAdapter

        return EmailAdapter
    raise AttributeError(name)

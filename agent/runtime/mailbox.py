"""The person's mailbox: its settings in `email.toml` of the data folder, its password in the keyring, its mails read by
the language room. Nothing here speaks to a server."""

from __future__ import annotations

import asyncio
import os
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.kernel.errors import ConfigInvalid
from agent.kernel.ledger import Ledger
from agent.language.mailfile import ParsedMail, parse_mail
from agent.language.mailreply import own_words
from agent.language.pdftext import read_pdf
from agent.runtime.paths import Home
from agent.runtime.secrets import keep_secret, stored_secret
from agent.runtime.tray import LedgerTray
from negotiators.categories import Category
from negotiators.channels.email.errors import BadAddress
from negotiators.channels.email.settings import Login, MailSettings, Server, Sorting, Tls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from negotiators.channels.email.adapter import Mailbox
    from negotiators.clock import Clock
    from negotiators.wire import AddressRules

OWNER = "email"
MAX_PDFS = 3


def load_mailbox(home: Path) -> MailSettings | None:
    """The mailbox that was set up, if any. Raises `ConfigInvalid`."""
    path = Home(home).mailbox
    if not path.exists():
        return None
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        return MailSettings(
            str(table["address"]), _server(table["imap"]), _server(table["smtp"]), str(table["user"]),
            str(table["folder"]), bool(table["sending"]), Login(table["login"]), str(table["client_id"]),
            _sorting(table.get("sorting")),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, BadAddress) as err:
        raise ConfigInvalid("unreadable", where=str(path), why=str(err)) from err


def _server(table: Mapping[str, Any]) -> Server:
    return Server(str(table["host"]), int(table["port"]), Tls(table["tls"]))


def _sorting(table: Mapping[str, Any] | None) -> Sorting | None:
    if table is None:
        return None
    since = date.fromisoformat(str(table["since"]))
    return Sorting(str(table["folder"]), since, tuple(str(one) for one in table["senders"]))


def save_mailbox(home: Path, settings: MailSettings) -> None:
    """Write the file with mode 0600, whole or not at all."""
    text = (
        "# Written by `gegenbot email`. The password is not here: it lies in your keyring.\n"
        f"address = {_quoted(settings.address)}\nuser = {_quoted(settings.user)}\n"
        f"folder = {_quoted(settings.folder)}\nsending = {str(settings.sending).lower()}\n"
        f"login = {_quoted(settings.login.value)}\nclient_id = {_quoted(settings.client_id)}\n"
    )
    for name, server in (("imap", settings.imap), ("smtp", settings.smtp)):
        text += f"\n[{name}]\nhost = {_quoted(server.host)}\nport = {server.port}\ntls = {_quoted(server.tls.value)}\n"
    if (sorting := settings.sorting) is not None:
        senders = ", ".join(_quoted(one) for one in sorting.senders)
        text += f"\n[sorting]\nfolder = {_quoted(sorting.folder)}\nsince = {_quoted(sorting.since.isoformat())}\n"
        text += f"senders = [{senders}]\n"
    kept = Home(home).mailbox
    new = kept.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(kept)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'


@dataclass(frozen=True, slots=True)
class ReadMail:
    """See `negotiators.channels.email.incoming.MailText`."""

    headers: Mapping[str, tuple[str, ...]]
    text: str
    problems: tuple[str, ...]


def read_answer(raw: bytes) -> ReadMail:
    """A mail as an answer: the sender's own words, with the text of attached PDFs; what was not read is announced."""
    mail = parse_mail(raw)
    text, problems = own_words(mail.text), list(mail.problems)
    for number, item in enumerate(mail.attachments):
        if item.content_type != "application/pdf":
            problems.append("attachment_unread")
        elif number >= MAX_PDFS or not item.content:
            problems.append("pdf_too_large" if not item.content else "more_attachments")
        else:
            pdf = read_pdf(item.content)
            text = f"{text}\n\n{pdf.text}".strip() if pdf.text else text
            problems += [pdf.problem] if pdf.problem else []
    return ReadMail(_headers(mail), text, tuple(dict.fromkeys(problems)))


def _headers(mail: ParsedMail) -> Mapping[str, tuple[str, ...]]:
    return mail.headers


def mailbox_of(
    home: Path, ledger: Ledger, categories: Mapping[str, Category], clock: Clock, rules: AddressRules
) -> Mailbox:
    """Everything the e-mail channel needs. Settings are read from their file, and the password or token is fetched,
    when something is sent or read: a runner goes on for months, and leave to send can be taken back any minute."""
    from negotiators.channels.email.adapter import Mailbox

    words = {"en": "Enquiry", "de": "Anfrage"}

    def subject(category: str, language: str) -> str:
        known = categories[category].labels
        return f"{words.get(language, words['en'])}: {known.get(language, category)}"

    def settings() -> MailSettings | None:
        try:
            return load_mailbox(home)
        except ConfigInvalid:
            return None

    def secret() -> str | None:
        found = settings()
        return login_secret(found, rules) if found is not None else None

    return Mailbox(settings, secret, read_answer, LedgerTray(ledger), clock.now, subject, rules)


def login_secret(settings: MailSettings, rules: AddressRules | None = None) -> str | None:
    """What opens the mailbox: the password, out of the keyring (or systemd's credentials); with OAuth an access token
    got with the kept renewal token. Blocks. Raises what `oauth.renewed` raises."""
    kept = stored_secret(OWNER, settings.address)
    if kept is None or settings.login is Login.PASSWORD:
        return kept
    from negotiators.channels.email import finding, oauth
    from negotiators.wire import AddressRules

    known = finding.preset(settings.address)
    if known is None or known.oauth is None:
        return None
    tokens = asyncio.run(oauth.renewed(known.oauth, settings.client_id, kept, rules or AddressRules()))
    if tokens.renewal != kept:
        keep_secret(OWNER, settings.address, tokens.renewal)
    return tokens.access

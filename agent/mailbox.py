"""The facade's mailbox side: finding the servers of an address, testing them, leave to send."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent.edge import facade_errors
from agent.views import FacadeError

if TYPE_CHECKING:
    from negotiators.channels.email.finding import Found
    from negotiators.channels.email.settings import MailSettings, Server
    from negotiators.wire import AddressRules


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found for an address, before it is kept. `hint` is the provider's hurdle, `help` its own page on it."""

    address: str
    imap: str
    smtp: str
    login: str
    source: str
    provider: str
    hint: str
    help: str
    found: Found


@contextmanager
def _mail_errors() -> Iterator[None]:
    from negotiators.adapter import AdapterError
    from negotiators.channels.email.errors import LoginRefused

    try:
        with facade_errors():
            yield
    except LoginRefused as err:
        raise FacadeError("mail_login_refused", hint=err.hint, why=str(err)) from err
    except AdapterError as err:
        raise FacadeError(f"mail_{err.code}", why=str(err)) from err


def find_mailbox(home: Path, address: str, *, imap: str = "", smtp: str = "") -> Proposal:
    """The servers of an address, from what is shipped, its domain, or the person. Raises `FacadeError`."""
    from negotiators.channels.email.finding import IMAP_PORTS, SMTP_PORTS, Found, find, preset, server_of
    from negotiators.channels.email.settings import MailSettings, domain_of

    with _mail_errors():
        domain_of(address)
        if imap and smtp:
            servers = server_of(imap, ports=IMAP_PORTS), server_of(smtp, ports=SMTP_PORTS)
            known = preset(address)
            found = Found(MailSettings(address, *servers, address), "person", hint=known.hint if known else "")
        else:
            found = asyncio.run(find(address, _rules(home)))
    settings = found.settings
    return Proposal(
        address, _shown(settings.imap), _shown(settings.smtp), settings.login.value, found.source, found.name,
        found.hint, found.help, found,
    )  # fmt: skip


def _shown(server: Server) -> str:
    return f"{server.host}:{server.port}"


def _rules(home: Path) -> AddressRules:
    from agent.runtime.config import load_config
    from agent.runtime.paths import Home
    from negotiators.wire import AddressRules

    return AddressRules(allow_loopback=load_config(Home(home).config).negotiation.allow_loopback)


def ask_leave(home: Path, proposal: Proposal, client_id: str, show: Callable[[str, str], None]) -> tuple[str, str]:
    """The device flow of an OAuth provider: `show(code, address)` tells the person what to type where. Returns the
    access token and the token that renews it. Raises `FacadeError`."""
    from negotiators.channels.email import oauth

    async def flow() -> tuple[str, str]:
        known = proposal.found.oauth
        if known is None:
            raise FacadeError("mail_login_refused", hint="oauth_only", why="")
        code = await oauth.begin(known, client_id, _rules(home))
        show(code.user_code, code.address)
        tokens = await oauth.finish(known, client_id, code, _rules(home), asyncio.sleep)
        return tokens.access, tokens.renewal

    with _mail_errors():
        return asyncio.run(flow())


def keep_mailbox(
    home: Path, proposal: Proposal, secret: str, *, folder: str = "INBOX", client_id: str = "", renewal: str = ""
) -> int:
    """Test the login, then keep settings and password (with OAuth the renewal token): nothing is kept that does not
    work. Returns how many mails the folder holds; none is read. Raises `FacadeError` with the provider's hint."""
    from agent.runtime.mailbox import OWNER, save_mailbox
    from agent.runtime.paths import Home
    from agent.runtime.secrets import NoKeyring, keep_secret
    from negotiators.channels.email.errors import LoginRefused
    from negotiators.channels.email.imapbox import ImapBox

    place = Home(home)
    settings = replace(proposal.found.settings, folder=folder, client_id=client_id)
    with _mail_errors():
        place.make()
        try:
            count = ImapBox(settings, _rules(home)).check(secret)
        except LoginRefused as err:
            raise LoginRefused(str(err), err.hint or proposal.hint) from err
        try:
            keep_secret(OWNER, settings.address, renewal or secret)
        except NoKeyring as err:
            raise FacadeError("no_keyring", why=str(err)) from err
        save_mailbox(place.root, settings)
        return count


def mailbox(home: Path) -> Mapping[str, str]:
    """The mailbox that is set up; empty when none is. Never a password."""
    from agent.runtime.mailbox import load_mailbox

    with _mail_errors():
        settings = load_mailbox(home)
    return {} if settings is None else _row(settings)


def _row(settings: MailSettings) -> dict[str, str]:
    return {
        "address": settings.address, "imap": _shown(settings.imap), "smtp": _shown(settings.smtp),
        "folder": settings.folder, "sending": "yes" if settings.sending else "no", "login": settings.login.value,
        "sorting": settings.sorting.folder if settings.sorting else "no",
        **({"from": ", ".join(settings.sorting.senders) or "*"} if settings.sorting else {}),
    }  # fmt: skip


def allow_sending(home: Path, leave: bool) -> None:
    """Turn sending on, once the outgoing server took the login, or off. Raises `FacadeError` (`no_mailbox`)."""
    from agent.runtime.mailbox import load_mailbox, login_secret, save_mailbox
    from negotiators.channels.email.smtpout import NotSent, SmtpOut

    with _mail_errors():
        settings = load_mailbox(home)
        if settings is None:
            raise FacadeError("no_mailbox")
        if leave:
            secret = login_secret(settings, _rules(home))
            if secret is None:
                raise FacadeError("mail_login_refused", hint="no_secret", why="")
            try:
                SmtpOut(settings, _rules(home)).check(secret)
            except NotSent as err:
                raise FacadeError("mail_unreachable", why=err.code) from err
        save_mailbox(home, replace(settings, sending=leave))


LOOK_BACK = timedelta(days=14)
"""How far before the person's leave mail is sorted: a deadline of last week still counts."""


def sort_mail(home: Path, folder: str, senders: Sequence[str]) -> int:
    """Leave to read one folder's mail of the last two weeks and from now on, of these addresses or domains (none: all
    of it), and to sort it into the digest; an empty folder takes the leave back. Returns how many mails lie in it.
    Raises `FacadeError` (`no_mailbox`, `bad_sender`, and what opening the folder says)."""
    from agent.runtime.mailbox import load_mailbox, login_secret, save_mailbox
    from negotiators.channels.email.imapbox import ImapBox
    from negotiators.channels.email.settings import Sorting

    with _mail_errors():
        settings = load_mailbox(home)
        if settings is None:
            raise FacadeError("no_mailbox")
        if not folder:
            save_mailbox(home, replace(settings, sorting=None))
            return 0
        named = tuple(dict.fromkeys(_sender(one) for one in senders))
        secret = login_secret(settings, _rules(home))
        if secret is None:
            raise FacadeError("mail_login_refused", hint="no_secret", why="")
        count = ImapBox(replace(settings, folder=folder), _rules(home)).check(secret)
        since = datetime.now(UTC).date() - LOOK_BACK
        save_mailbox(home, replace(settings, sorting=Sorting(folder, since, named)))
        return count


def _sender(text: str) -> str:
    """An address, or a domain with or without `@`."""
    sender = text.strip().lower().removeprefix("@")
    if not re.fullmatch(r"(?:[^\s@<>\"(),:;\[\]\\]{1,64}@)?(?:[a-z0-9](?:[a-z0-9-]{0,62})\.)+[a-z]{2,24}", sender):
        raise FacadeError("bad_sender", sender=text[:80])
    return sender


def forget_mailbox(home: Path) -> None:
    """Forget settings and password. Talks by mail can go on by hand."""
    from agent.runtime.mailbox import OWNER, load_mailbox
    from agent.runtime.paths import Home
    from agent.runtime.secrets import NoKeyring, drop_secret

    with _mail_errors():
        settings = load_mailbox(home)
        if settings is None:
            raise FacadeError("no_mailbox")
        Home(home).mailbox.unlink(missing_ok=True)
        try:
            drop_secret(OWNER, settings.address)
        except NoKeyring as err:
            raise FacadeError("no_keyring", why=str(err)) from err

"""The person's mailbox: set up by typing the address, leave to send, forgotten."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, option, reading_options
from tui.errors import Exit
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from agent.mailbox import Proposal

_HERE = "tui.cli.email"
_HINTS = ("imap_off", "app_password", "mail_password", "oauth_only", "no_secret", "none")
_SOURCES = ("preset", "autoconfig", "srv", "person")


class _Email(LazyGroup):
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _VERBS.get(cmd_name)


email = _Email("email", lazy=dict.fromkeys(("setup", "show", "sending", "sorting", "forget"), _HERE), key="cli.email")


def _hint(session: Session, code: str) -> str:
    return session.words.t(f"email.hint.{code if code in _HINTS else 'none'}")


@click.command("setup", cls=Verb, key="cli.email.setup")
@click.argument("address")
@option("--imap", default="", metavar="HOST:PORT", help="cli.opt.imap")
@option("--smtp", default="", metavar="HOST:PORT", help="cli.opt.smtp")
@option("--client-id", default="", metavar="ID", help="cli.opt.client_id")
@option("--folder", default="INBOX", show_default=True, help="cli.opt.folder")
@pass_session
@click.pass_context
def email_setup(
    ctx: click.Context, session: Session, address: str, imap: str, smtp: str, client_id: str, folder: str
) -> None:
    """The password is typed at the terminal, or comes as one line on stdin."""
    from agent.mailbox import find_mailbox, keep_mailbox
    from agent.views import FacadeError

    found = find_mailbox(session.home, address, imap=imap, smtp=smtp)
    _tell(session, found)
    if found.login == "oauth":
        if not client_id:
            ctx.exit(int(Exit.REFUSED))
        _by_leave(session, found, client_id, folder)
        return
    if sys.stdin.isatty():
        secret = click.prompt(session.words.t("email.password"), hide_input=True, err=True)
    else:
        secret = sys.stdin.readline().rstrip("\n")
    try:
        keep_mailbox(session.home, found, secret, folder=folder)
    except FacadeError as err:
        if err.code == "mail_login_refused":
            session.lines([part for part in (_hint(session, err.params.get("hint", "")), found.help) if part])
        raise
    session.lines([session.words.t("email.kept")])


def _by_leave(session: Session, found: Proposal, client_id: str, folder: str) -> None:
    """The person types a code at their provider; what renews access is kept."""
    from agent.mailbox import ask_leave, keep_mailbox

    def show(code: str, address: str) -> None:
        session.tell("email.device", code=one_line(code), address=one_line(address))

    access, renewal = ask_leave(session.home, found, client_id, show)
    keep_mailbox(session.home, found, access, folder=folder, client_id=client_id, renewal=renewal)
    session.lines([session.words.t("email.kept")])


def _tell(session: Session, found: Proposal) -> None:
    source = session.words.t(f"email.source.{found.source if found.source in _SOURCES else 'person'}")
    session.tell(
        "email.found", provider=found.provider or found.address, imap=found.imap, smtp=found.smtp, source=source
    )
    if found.hint:
        session.lines([part for part in (_hint(session, found.hint), found.help) if part])


@click.command("show", cls=Verb, key="cli.email.show")
@reading_options
@pass_session
def email_show(session: Session, as_json: bool) -> None:
    from agent.mailbox import mailbox

    found = mailbox(session.home)
    if as_json:
        session.json(found)
    else:
        session.lines([f"{name}: {value}" for name, value in found.items()] or [session.words.t("email.none")])


@click.command("sending", cls=Verb, key="cli.email.sending")
@click.argument("leave", type=click.Choice(("on", "off")))
@pass_session
def email_sending(session: Session, leave: str) -> None:
    from agent.mailbox import allow_sending

    allow_sending(session.home, leave == "on")
    session.lines([session.words.t("email.sending.on" if leave == "on" else "email.sending.off")])


@click.command("sorting", cls=Verb, key="cli.email.sorting")
@click.argument("folder")
@option("--from", "senders", multiple=True, metavar="WHO", help="cli.opt.sort_from")
@pass_session
def email_sorting(session: Session, folder: str, senders: tuple[str, ...]) -> None:
    """`off` takes the leave back."""
    from agent.mailbox import mailbox, sort_mail

    if folder == "off":
        sort_mail(session.home, "", ())
        session.lines([session.words.t("email.sorting.off")])
        return
    count = sort_mail(session.home, folder, senders)
    who = mailbox(session.home)["from"]
    key = "email.sorting.all" if who == "*" else "email.sorting.of"
    session.lines([session.words.n(key, count, folder=one_line(folder), who=one_line(who))])


@click.command("forget", cls=Verb, key="cli.email.forget")
@pass_session
def email_forget(session: Session) -> None:
    from agent.mailbox import forget_mailbox

    forget_mailbox(session.home)
    session.lines([session.words.t("email.forgotten")])


_VERBS = {
    "setup": email_setup,
    "show": email_show,
    "sending": email_sending,
    "sorting": email_sorting,
    "forget": email_forget,
}

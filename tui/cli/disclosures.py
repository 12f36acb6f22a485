"""What was told and refused: the list, receipts, withdrawing, and the letters to companies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.look import reading
from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, option, reading_options

if TYPE_CHECKING:
    from agent.receipts import Receipts

_HERE = "tui.cli.disclosures"
_VERBS = ("receipts", "agreements", "withdraw", "letter", "due")


class _Disclosures(LazyGroup):
    """Without a verb everything told and refused is listed; verbs are the functions `disclosures_<verb>` here."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = globals().get(f"disclosures_{cmd_name}")
        return found if isinstance(found, click.Command) else None


def _receipts(session: Session) -> Receipts:
    from agent.receipts import Receipts

    return Receipts(session.home)


@click.group(
    "disclosures",
    cls=_Disclosures,
    lazy=dict.fromkeys(_VERBS, _HERE),
    key="cli.disclosures",
    invoke_without_command=True,
)
@reading_options
@pass_session
@click.pass_context
def disclosures(ctx: click.Context, session: Session, as_json: bool) -> None:
    if ctx.invoked_subcommand is not None:
        return
    from tui.cli import plain

    with reading(session) as reads:
        view = reads.disclosures()
    session.json(view) if as_json else session.lines(plain.disclosures(session.words, view))


@click.command("receipts", cls=Verb, key="cli.disclosures.receipts")
@click.argument("ref", required=False, default="")
@reading_options
@pass_session
def disclosures_receipts(session: Session, ref: str, as_json: bool) -> None:
    """All receipts, those of a company, or one by the start of its id."""
    from tui.wording.receipts import receipt

    found = _receipts(session).receipts(ref)
    if as_json:
        session.json(found)
        return
    for one in found:
        session.lines([*receipt(session.words, one), ""])
    if not found:
        session.lines([session.words.t("disclosures.empty")])


@click.command("agreements", cls=Verb, key="cli.disclosures.agreements")
@click.argument("ref", required=False, default="")
@reading_options
@pass_session
def disclosures_agreements(session: Session, ref: str, as_json: bool) -> None:
    """Agreements on data, of all companies or of one."""
    from tui.wording.receipts import agreement

    found = _receipts(session).agreements(ref)
    if as_json:
        session.json(found)
    else:
        session.lines(
            [agreement(session.words, one) for one in found] or [session.words.t("disclosures.no_agreements")]
        )


@click.command("withdraw", cls=Verb, key="cli.disclosures.withdraw")
@click.argument("ref")
@reading_options
@pass_session
def disclosures_withdraw(session: Session, ref: str, as_json: bool) -> None:
    """Grants end at once, and nothing of the kind is told there again; the letter is one command away."""
    ended = _receipts(session).withdraw(ref)
    if as_json:
        session.json(ended)
        return
    for name in dict.fromkeys(one.recipient_name for one in ended):
        count = sum(one.recipient_name == name for one in ended)
        session.lines([session.words.n("disclosures.withdrawn", count, name=name)])
        session.tell("disclosures.letter_how", name=name)


@click.command("letter", cls=Verb, key="cli.disclosures.letter")
@click.argument("company")
@option("--consent-only", is_flag=True, help="cli.opt.consent_only")
@option("--from", "sender", default="", metavar="NAME", help="cli.opt.letter_from")
@option("--out", type=click.Path(dir_okay=False, path_type=Path), help="cli.opt.out")
@pass_session
def disclosures_letter(session: Session, company: str, consent_only: bool, sender: str, out: Path | None) -> None:
    from tui.cli.papers import write_out

    text = _receipts(session).letter(company, session.words.language, erase=not consent_only, sender=sender)
    write_out(session, text, out)


@click.command("due", cls=Verb, key="cli.disclosures.due")
@reading_options
@pass_session
def disclosures_due(session: Session, as_json: bool) -> None:
    """Companies that hold something whose grant has ended."""
    found = _receipts(session).due()
    if as_json:
        session.json(found)
    else:
        session.lines(found or [session.words.t("disclosures.none_due")])

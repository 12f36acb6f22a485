"""The verbs that make papers: letters the person signs and posts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import option, verb

_LETTERS = ("cancellation", "objection", "data_request", "erasure", "withdraw_consent", "object_marketing")


@verb("letter")
@click.argument("kind", type=click.Choice(_LETTERS))
@option("--contract", default="", metavar="ID|TEXT", help="cli.opt.letter_contract")
@option("--to", default="", metavar="NAME", help="cli.opt.letter_to")
@option("--address", multiple=True, metavar="LINE", help="cli.opt.letter_address")
@option("--number", default="", help="cli.opt.letter_number")
@option("--by", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="cli.opt.letter_by")
@option("--point", "points", multiple=True, metavar="TEXT", help="cli.opt.letter_point")
@option("--from", "sender", default="", metavar="NAME", help="cli.opt.letter_from")
@option("--from-address", "sender_address", multiple=True, metavar="LINE", help="cli.opt.letter_from_address")
@option("--enclosure", "enclosures", multiple=True, metavar="TEXT", help="cli.opt.letter_enclosure")
@option("--out", type=click.Path(dir_okay=False, path_type=Path), help="cli.opt.letter_out")
@pass_session
def letter(
    session: Session,
    kind: str,
    contract: str,
    to: str,
    address: tuple[str, ...],
    number: str,
    by: datetime | None,
    points: tuple[str, ...],
    sender: str,
    sender_address: tuple[str, ...],
    enclosures: tuple[str, ...],
    out: Path | None,
) -> None:
    from agent.papers import LetterOrder, letter_pdf
    from agent.papers import letter as write

    order = LetterOrder(
        kind, to, address, contract, number, by.date() if by else None, points, sender, sender_address, enclosures
    )
    made = letter_pdf if out is not None and out.suffix.lower() == ".pdf" else write
    write_out(session, made(session.home, order, session.words.language), out)


@verb("brief")
@click.argument("ref")
@option("--out", type=click.Path(dir_okay=False, path_type=Path), help="cli.opt.out")
@pass_session
def brief(session: Session, ref: str, out: Path | None) -> None:
    from agent.papers import brief as write

    write_out(session, write(session.home, ref, session.words.language), out)


def write_out(session: Session, text: str | bytes, out: Path | None) -> None:
    """To stdout, or to a file that only its owner reads."""
    if out is None:
        assert isinstance(text, str)
        session.lines(text.rstrip("\n").split("\n"))
        return
    import os

    with os.fdopen(os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text.encode() if isinstance(text, str) else text)
    session.tell("done.exported", path=str(out))

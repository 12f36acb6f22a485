"""Channel 0, by hand: what lies ready to be carried, and the answers that come back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.look import item_of, reading
from tui.cli.papers import write_out
from tui.cli.session import Session, pass_session
from tui.cli.verb import option, reading_options, verb
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from agent.views import DraftView


@verb("drafts")
@reading_options
@pass_session
def drafts(session: Session, as_json: bool) -> None:
    found = session.house.carrying().drafts()
    if as_json:
        session.json(found)
        return
    session.lines([_line(session, one) for one in found] or [session.words.t("drafts.empty")])


def _line(session: Session, one: DraftView) -> str:
    w = session.words
    what = ", ".join(w.label("act", act) for act in one.acts)
    return f"{one.negotiation[:8]}  {one_line(one.provider)} · {one_line(one.address)} · {what}"


@verb("draft")
@click.argument("talk")
@option("--out", type=click.Path(dir_okay=False, path_type=Path), help="cli.opt.out")
@option("--sent", is_flag=True, help="cli.opt.sent")
@reading_options
@pass_session
def draft(session: Session, talk: str, out: Path | None, sent: bool, as_json: bool) -> None:
    carrying = session.house.carrying()
    if sent:
        count = carrying.carried(talk)
        if as_json:
            session.json({"talk": talk, "sent": count})
        else:
            session.lines([session.words.n("done.carried", count)])
        return
    found = carrying.draft(talk)
    if as_json:
        session.json(found)
        return
    session.tell("draft.to", provider=one_line(found.provider), address=one_line(found.address))
    if found.subject:
        session.tell("draft.subject", subject=found.subject)
    write_out(session, found.text + "\n", out)
    session.tell("draft.then_mail" if found.subject else "draft.then", talk=found.negotiation[:8])


@verb("move")
@click.argument("talk")
@option("--to", required=True, metavar="CHANNEL|ADDRESS", help="cli.opt.move_to")
@reading_options
@pass_session
def move(session: Session, talk: str, to: str, as_json: bool) -> None:
    door = session.house.carrying().move(talk, to)
    if as_json:
        session.json({"talk": talk, "door": door})
    else:
        session.lines([session.words.t("done.moved", door=one_line(door))])


@verb("signed")
@click.argument("item")
@option("--reference", default="", metavar="NUMBER", help="cli.opt.reference")
@reading_options
@pass_session
def signed(session: Session, item: str, reference: str, as_json: bool) -> None:
    with reading(session) as reads:
        view = item_of(reads, item)
    done = session.house.carrying().signed(view.id, reference)
    if as_json:
        session.json({"item": done, "reference": reference})
    else:
        session.lines([session.words.t("done.signed", provider=one_line(view.provider))])


@verb("answer")
@click.argument("talk")
@click.argument("file", default="-", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@reading_options
@pass_session
def answer(session: Session, talk: str, file: Path, as_json: bool) -> None:
    if str(file) == "-":
        if sys.stdin.isatty():
            session.tell("answer.paste")
        text = sys.stdin.read()
    else:
        text = file.read_text("utf-8", "replace")
    taken = session.house.carrying().answer(talk, text)
    if as_json:
        session.json({"talk": taken, "characters": len(text)})
        return
    session.lines([session.words.t("done.answered")])
    if session.house.runner_alive() is None:
        session.tell("answer.no_runner")

"""Teaching it: the interview, what was learned, corrections, and what is so at present."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import Verb, option, reading_options
from tui.errors import Exit
from tui.wording import interview

if TYPE_CHECKING:
    from agent.teaching import Teaching
    from agent.views import QuestionView

_STOP = ("q", "quit", "stop")


def teaching(session: Session) -> Teaching:
    from agent.teaching import Teaching

    return Teaching(session.home)


@click.command("interview", cls=Verb, key="cli.memory.interview")
@click.argument("category")
@option("--answer", metavar="ANSWER", help="cli.opt.answer")
@option("--again", is_flag=True, help="cli.opt.again")
@reading_options
@pass_session
@click.pass_context
def memory_interview(
    ctx: click.Context, session: Session, category: str, answer: str | None, again: bool, as_json: bool
) -> None:
    """At a terminal the questions follow each other; elsewhere each call shows the next one, after `--answer`."""
    teach = teaching(session)
    if again:
        teach.start_again(category)
    if answer is not None:
        teach.answer(category, answer, language=session.words.language)
    question = teach.question(category)
    if as_json:
        session.json({"question": question, "learned": teach.learned(category), "rules": teach.agreed(category)})
        return
    if answer is not None or not sys.stdin.isatty():
        _show(session, question)
        ctx.exit(int(Exit.WAITS if question is not None else Exit.OK))
    while question is not None:
        _show(session, question)
        said = click.prompt(session.words.t(f"interview.prompt.{question.kind}"), default="", show_default=False)
        if said.strip().lower() in _STOP:
            break
        _take(session, teach, category, question, said)
        question = teach.question(category)
    _learned(session, teach, category)
    _agreed(session, teach, category)


def _agreed(session: Session, teach: Teaching, category: str) -> None:
    from tui.wording.rules import sentence

    found = [f"  {sentence(session.words, rule)}" for rule in teach.agreed(category)]
    session.lines([session.words.t("interview.rules"), *found] if found else [])


def _take(session: Session, teach: Teaching, category: str, question: QuestionView, said: str) -> None:
    from agent.views import FacadeError

    try:
        teach.answer(category, interview.typed_answer(session.words, question, said), language=session.words.language)
    except FacadeError as err:
        if err.code != "answer_unclear":
            raise
        session.tell("error.answer_unclear", answer=said)


def _show(session: Session, question: QuestionView | None) -> None:
    w = session.words
    session.lines(interview.question(w, question) if question is not None else [w.t("interview.over")])


def _learned(session: Session, teach: Teaching, category: str | None) -> None:
    w, found = session.words, teach.learned(category)
    session.lines([w.t("learned.title"), *(f"  {interview.learned(w, one)}" for one in found)])
    if not found:
        session.lines([w.t("learned.empty")])


@click.command("learned", cls=Verb, key="cli.memory.learned")
@click.argument("category", required=False)
@reading_options
@pass_session
def memory_learned(session: Session, category: str | None, as_json: bool) -> None:
    teach = teaching(session)
    session.json(teach.learned(category)) if as_json else _learned(session, teach, category)


@click.command("retract", cls=Verb, key="cli.memory.retract")
@click.argument("preference")
@reading_options
@pass_session
def memory_retract(session: Session, preference: str, as_json: bool) -> None:
    derived = teaching(session).retract(preference)
    if as_json:
        session.json({"retracted": preference, "derived": list(derived)})
    else:
        session.lines([session.words.n("done.retracted", len(derived), id=preference)])


@click.command("correct", cls=Verb, key="cli.memory.correct")
@click.argument("preference")
@option("--words", metavar="TEXT", help="cli.opt.words")
@option("--value", metavar="VALUE", help="cli.opt.value")
@reading_options
@pass_session
def memory_correct(session: Session, preference: str, words: str | None, value: str | None, as_json: bool) -> None:
    if not words and not value:
        raise click.UsageError(session.words.t("correct.how"))
    new = teaching(session).correct(preference, words=words, value=value)
    if as_json:
        session.json({"corrected": preference, "now": new})
    else:
        session.lines([session.words.t("done.corrected", id=new)])


@click.command("now", cls=Verb, key="cli.memory.now")
@click.argument("words", nargs=-1)
@option("--until", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="cli.opt.until_day")
@option("--over", is_flag=True, help="cli.opt.over")
@reading_options
@pass_session
def memory_now(session: Session, words: tuple[str, ...], until: datetime | None, over: bool, as_json: bool) -> None:
    teach, said = teaching(session), " ".join(words)
    if said and over:
        teach.ends(said)
    elif said:
        teach.begins(said, until.replace(tzinfo=UTC) if until else None)
    rows = [
        {"id": one.id, "words": one.words, "until": one.valid_until.isoformat() if one.valid_until else ""}
        for one in teach.circumstances()
    ]
    if as_json:
        session.json(rows)
        return
    from tui.cli import plain

    session.lines(plain.rows(session.words, rows, "now") if rows else [session.words.t("now.empty")])


@click.command("mind", cls=Verb, key="cli.memory.mind")
@click.argument("category")
@click.argument("said", type=click.Choice(["changed", "same"]))
@reading_options
@pass_session
def memory_mind(session: Session, category: str, said: str, as_json: bool) -> None:
    teach = teaching(session)
    teach.mind(category, changed=said == "changed")
    if as_json:
        session.json({"category": category, "mind": said, "learned": teach.learned(category)})
    else:
        _learned(session, teach, category)


@click.command("rebuild", cls=Verb, key="cli.memory.rebuild")
@reading_options
@pass_session
def memory_rebuild(session: Session, as_json: bool) -> None:
    from agent.running import rebuild_memory

    def progress(done: int, total: int) -> None:
        session.tell("status.embedding", done=done, total=total)

    entries = rebuild_memory(session.home, progress)
    session.json({"entries": entries}) if as_json else session.lines([session.words.n("done.rebuilt", entries)])

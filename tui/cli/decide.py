"""The verbs by which the person decides, and the brake."""

from __future__ import annotations

import sys

import click

from tui.cli.look import item_of, reading
from tui.cli.session import Session, pass_session
from tui.cli.verb import option, reading_options, verb
from tui.errors import Exit

REASONS = ("too_expensive", "wrong_terms", "wrong_provider", "not_now", "other")
"""Why a person says no; 1 to 5 for short."""

_MIN_HASH = 8


@verb("approve")
@click.argument("item")
@option("--hash", "given", metavar="HASH", help="cli.opt.hash")
@option("--over-limit", is_flag=True, help="cli.opt.over_limit")
@reading_options
@pass_session
@click.pass_context
def approve(
    ctx: click.Context, session: Session, item: str, given: str | None, over_limit: bool, as_json: bool
) -> None:
    """The yes is bound to the exact terms: at a terminal they are shown and asked about, else `--hash` names them."""
    from tui.cli import plain

    with reading(session) as reads:
        view = item_of(reads, item)
    if given is None:
        click.echo("\n".join(plain.item_terms(session.words, view)), err=True)
        if not sys.stdin.isatty():
            session.tell("approve.hash_needed", item=item, hash=view.approval_hash[:_MIN_HASH])
            ctx.exit(int(Exit.WAITS))
        _ask(ctx, session, "approve.ask")
        if view.over_limit:
            _ask(ctx, session, "approve.ask_over")
            over_limit = True
    elif len(given) < _MIN_HASH or not view.approval_hash.startswith(given):
        session.tell("error.terms_changed")
        ctx.exit(int(Exit.REFUSED))
    session.house.deciding().approve(view.id, view.approval_hash, over_limit=over_limit)
    _done(session, as_json, "approved", view.id)


def _ask(ctx: click.Context, session: Session, key: str) -> None:
    """The word `yes` in the person's language, or we leave."""
    word = session.words.t("approve.word")
    answer = click.prompt(session.words.t(key, word=word), default="", show_default=False, err=True)
    if answer.strip().lower() != word:
        session.tell("approve.not")
        ctx.exit(int(Exit.WAITS))


def _done(session: Session, as_json: bool, decision: str, item_id: str) -> None:
    if as_json:
        session.json({"item": item_id, "decision": decision})
    else:
        session.lines([session.words.t(f"done.{decision}", item=item_id)])


@verb("reject")
@click.argument("item")
@option("--reason", default="other", metavar="REASON", help="cli.opt.reason")
@option("--issue", "issues", multiple=True, metavar="ISSUE", help="cli.opt.issue")
@reading_options
@pass_session
def reject(session: Session, item: str, reason: str, issues: tuple[str, ...], as_json: bool) -> None:
    chosen = REASONS[int(reason) - 1] if reason in {"1", "2", "3", "4", "5"} else reason
    if chosen not in REASONS:
        raise click.UsageError(session.words.t("reject.which", reasons=", ".join(REASONS)))
    with reading(session) as reads:
        view = item_of(reads, item)
    session.house.deciding().reject(view.id, chosen, issues)
    _done(session, as_json, "rejected", view.id)


@verb("later")
@click.argument("item")
@option("--until", metavar="DATE", help="cli.opt.until")
@reading_options
@pass_session
def later(session: Session, item: str, until: str | None, as_json: bool) -> None:
    with reading(session) as reads:
        view = item_of(reads, item)
    session.house.deciding().later(view.id, until)
    _done(session, as_json, "later", view.id)


@verb("counter")
@click.argument("item")
@click.argument("changes", nargs=-1, required=True, metavar="ISSUE=VALUE...")
@reading_options
@pass_session
def counter(session: Session, item: str, changes: tuple[str, ...], as_json: bool) -> None:
    pairs = dict(one.partition("=")[::2] for one in changes)
    if not all(name and value for name, value in pairs.items()):
        raise click.UsageError(session.words.t("counter.how"))
    with reading(session) as reads:
        view = item_of(reads, item)
    session.house.deciding().counter(view.id, pairs)
    _done(session, as_json, "countered", view.id)


@verb("undo")
@click.argument("item")
@reading_options
@pass_session
def undo(session: Session, item: str, as_json: bool) -> None:
    with reading(session) as reads:
        view = item_of(reads, item)
    session.house.deciding().undo(view.id)
    _done(session, as_json, "undone", view.id)


@verb("forget")
@click.argument("ref")
@reading_options
@pass_session
def forget(session: Session, ref: str, as_json: bool) -> None:
    done = session.house.deciding().forget(ref)
    if as_json:
        session.json({"ref": ref, "done": done})
    else:
        session.lines([session.words.t("done.forgotten" if done else "done.forgets", ref=ref)])


@verb("stop")
@pass_session
def stop(session: Session) -> None:
    session.house.deciding().stop()
    session.lines([session.words.t("done.stopped")])


@verb("resume")
@pass_session
def resume(session: Session) -> None:
    session.house.deciding().resume()
    session.lines([session.words.t("done.resumed")])

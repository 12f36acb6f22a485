"""The privacy rules: listed, added from a sentence, switched, removed, explained, tried."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, option, reading_options
from tui.errors import Exit

if TYPE_CHECKING:
    from agent.rulebook import RuleBook, RuleView

_HERE = "tui.cli.rules"
_VERBS = ("add", "remove", "on", "off", "ask", "explain", "try", "conflicts", "defaults", "agreement")


class _Rules(LazyGroup):
    """Without a verb the rules are listed; verbs are the functions `rules_<verb>` here."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = globals().get(f"rules_{cmd_name}")
        return found if isinstance(found, click.Command) else None


def _book(session: Session) -> RuleBook:
    from agent.rulebook import RuleBook

    return RuleBook(session.home)


def _show(session: Session, rules: Iterable[RuleView], *, own_words: bool = False) -> None:
    from tui.cli import plain
    from tui.wording.rules import line

    for rule in rules:
        session.lines(plain.fold(line(session.words, rule)))
        if own_words and rule.text:
            session.lines(plain.fold(f"     {session.words.t('rule.said', text=rule.text)}"))


@click.group("rules", cls=_Rules, lazy=dict.fromkeys(_VERBS, _HERE), key="cli.rules", invoke_without_command=True)
@reading_options
@pass_session
@click.pass_context
def rules(ctx: click.Context, session: Session, as_json: bool) -> None:
    if ctx.invoked_subcommand is not None:
        return
    from tui.cli import plain
    from tui.cli.look import reading

    with reading(session) as reads:
        found = reads.rules()
    session.json(found) if as_json else session.lines(plain.rows(session.words, found, "rules"))


@click.command("add", cls=Verb, key="cli.rules.add")
@click.argument("sentence", nargs=-1, required=True)
@option("--yes", is_flag=True, help="cli.opt.rule_yes")
@reading_options
@pass_session
@click.pass_context
def rules_add(ctx: click.Context, session: Session, sentence: Sequence[str], yes: bool, as_json: bool) -> None:
    """Reads the sentence back in its normal form; nothing is kept before the yes."""
    book, said = _book(session), " ".join(sentence)
    drafts = book.draft(said)
    if not as_json:
        session.tell("rules.draft")
        _show(session, drafts)
    if not yes and not (sys.stdin.isatty() and click.confirm(session.words.t("rules.keep"), err=True)):
        if as_json:
            session.json({"kept": False, "rules": drafts})
        else:
            session.tell("rules.not_kept")
        ctx.exit(int(Exit.WAITS))
    kept = book.add(said)
    if as_json:
        session.json({"kept": True, "rules": kept})
    else:
        session.tell("rules.kept", number=kept[0].number)
        _tell_conflicts(session, {rule.id for rule in kept})


def _tell_conflicts(session: Session, about: set[str]) -> None:
    from tui.wording.rules import conflict

    for found in _book(session).conflicts():
        if {found.winner.id, found.loser.id} & about:
            click.echo(conflict(session.words, found), err=True)


@click.command("remove", cls=Verb, key="cli.rules.remove")
@click.argument("rule")
@pass_session
def rules_remove(session: Session, rule: str) -> None:
    gone = _book(session).remove(rule)
    session.tell("rules.removed", number=gone[0].number or gone[0].id)


def _switch(name: str) -> click.Command:
    @click.command(name, cls=Verb, key=f"cli.rules.{name}")
    @click.argument("rule")
    @pass_session
    def switch(session: Session, rule: str) -> None:
        _show(session, _book(session).set_mode(rule, name))  # type: ignore[arg-type]

    return switch


rules_on, rules_off, rules_ask = _switch("on"), _switch("off"), _switch("ask")


@click.command("explain", cls=Verb, key="cli.rules.explain")
@click.argument("rule", required=False)
@reading_options
@pass_session
def rules_explain(session: Session, rule: str | None, as_json: bool) -> None:
    """One rule, or all of them, in normal form with the person's own sentence."""
    book = _book(session)
    found = (book.rule(rule),) if rule else book.rules()
    if as_json:
        session.json(found)
    elif found:
        _show(session, found, own_words=True)
    else:
        session.lines([session.words.t("rules.empty")])


@click.command("try", cls=Verb, key="cli.rules.try")
@click.argument("question", nargs=-1, required=True)
@reading_options
@pass_session
def rules_try(session: Session, question: Sequence[str], as_json: bool) -> None:
    rows = _book(session).tried(" ".join(question))
    if as_json:
        session.json(rows)
        return
    from tui.cli import plain
    from tui.wording.rules import trial

    for row in rows:
        session.lines(plain.fold(f"- {trial(session.words, row)}"))


@click.command("conflicts", cls=Verb, key="cli.rules.conflicts")
@reading_options
@pass_session
def rules_conflicts(session: Session, as_json: bool) -> None:
    found = _book(session).conflicts()
    if as_json:
        session.json(found)
        return
    from tui.cli import plain
    from tui.wording.rules import conflict

    for one in found:
        session.lines(plain.fold(f"- {conflict(session.words, one)}"))
    if not found:
        session.lines([session.words.t("rules.no_conflicts")])


@click.command("defaults", cls=Verb, key="cli.rules.defaults")
@option("--adopt", is_flag=True, help="cli.opt.adopt")
@reading_options
@pass_session
def rules_defaults(session: Session, adopt: bool, as_json: bool) -> None:
    """The good default set: shown, or kept with `--adopt`."""
    book, language = _book(session), session.words.language
    found = book.adopt_defaults(language) if adopt else book.defaults(language)
    if as_json:
        session.json(found)
        return
    _show(session, found, own_words=True)
    session.tell("rules.adopted" if adopt else "rules.adopt_how", count=len(found))


@click.command("agreement", cls=Verb, key="cli.rules.agreement")
@click.argument("name", required=False)
@option("--also", multiple=True, metavar="NAME", help="cli.opt.agreement_also")
@option("--none", "nothing", is_flag=True, help="cli.opt.agreement_none")
@reading_options
@pass_session
def rules_agreement(session: Session, name: str | None, also: tuple[str, ...], nothing: bool, as_json: bool) -> None:
    """The agreement on data that is proposed to companies' bots: shown, or chosen."""
    from agent.rulebook import proffer, set_proffer

    changes = name or also or nothing
    known = proffer(session.home)
    if changes:
        known = set_proffer(session.home, "" if nothing else name or known.agreement, also)
    if as_json:
        session.json(known)
        return
    w = session.words
    session.lines([w.t("agreement.proffer" if known.agreement else "agreement.none", name=known.agreement)])
    if known.also:
        session.lines([w.t("agreement.also", names=", ".join(known.also))])
    if not changes:
        session.lines(
            [w.t("agreement.roster"), *(f"  {w.t(f'agreement.means.{one.lower()}', name=one)}" for one in known.roster)]
        )

"""The twins of the editors: limits, facts, wishes, settings, what is paid today; leaving, with or without the data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from tui.cli.look import reading
from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, option, reading_options, verb
from tui.errors import Exit

_HERE = "tui.cli.settle"


class _Group(LazyGroup):
    """Verbs of a group are functions named `<group>_<verb>`; without a verb the first one runs."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _VERBS.get(f"{self.name}_{cmd_name}") if cmd_name in self.lazy else None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] != "--help"):
            args = [next(iter(self.lazy)), *args]
        return super().parse_args(ctx, args)


def _group(name: str, *verbs: str) -> _Group:
    return _Group(name, lazy=dict.fromkeys(verbs, _HERE), key=f"cli.{name}")


limits = _group("limits", "list", "set")
facts = _group("facts", "list", "kinds", "add", "ladder")
wishes = _group("wishes", "list", "add", "correct")
settings = _group("settings", "list", "set")
contracts = _group("contracts", "list", "add")


def _show(session: Session, rows: tuple[Mapping[str, str], ...], group: str, as_json: bool) -> None:
    from tui.cli import plain

    session.json(rows) if as_json else session.lines(plain.rows(session.words, rows, group))


def _kept(session: Session, as_json: bool, **made: object) -> None:
    session.json(made) if as_json else session.lines([session.words.t("done.kept")])


@click.command("list", cls=Verb, key="cli.limits.list")
@reading_options
@pass_session
def limits_list(session: Session, as_json: bool) -> None:
    with reading(session) as reads:
        found = reads.limits()
    _show(session, found, "limits", as_json)


@click.command("set", cls=Verb, key="cli.limits.set")
@click.argument("category")
@option("--most", metavar="AMOUNT", help="cli.opt.most")
@option("--term", metavar="MONTHS", help="cli.opt.term")
@option("--autonomy", type=click.Choice(("tell", "propose", "act")), default="propose", help="cli.opt.autonomy")
@reading_options
@pass_session
def limits_set(
    session: Session, category: str, most: str | None, term: str | None, autonomy: str, as_json: bool
) -> None:
    made = session.house.editing().set_limits(category, max_total=most, max_term_months=term, autonomy=autonomy)
    _kept(session, as_json, category=category, **made)


@click.command("list", cls=Verb, key="cli.facts.list")
@reading_options
@pass_session
def facts_list(session: Session, as_json: bool) -> None:
    with reading(session) as reads:
        found = reads.facts()
    _show(session, found, "facts", as_json)


@click.command("kinds", cls=Verb, key="cli.facts.kinds")
@reading_options
@pass_session
def facts_kinds(session: Session, as_json: bool) -> None:
    found = session.house.data_categories()
    if as_json:
        session.json(found)
    else:
        session.lines(f"{row['id']:<32} {session.words.pick(row)}" for row in found)


@click.command("add", cls=Verb, key="cli.facts.add")
@click.argument("kind")
@click.argument("value")
@option("--label", default="", help="cli.opt.label")
@reading_options
@pass_session
def facts_add(session: Session, kind: str, value: str, label: str, as_json: bool) -> None:
    _kept(session, as_json, id=session.house.editing().add_fact(kind, value, label))


@click.command("ladder", cls=Verb, key="cli.facts.ladder")
@click.argument("fact")
@reading_options
@pass_session
def facts_ladder(session: Session, fact: str, as_json: bool) -> None:
    w = session.words
    found = session.house.editing().ladder(fact)
    if as_json:
        session.json(found)
        return
    for row in found:
        told = w.t("ladder.known") if row["told"] == "known" else row["told"] or w.t("ladder.nothing")
        session.lines([f"{w.label('granularity', row['granularity'])}: {told}"])


@click.command("list", cls=Verb, key="cli.wishes.list")
@reading_options
@pass_session
def wishes_list(session: Session, as_json: bool) -> None:
    with reading(session) as reads:
        found = tuple(row for row in reads.preferences() if not row.get("valid_until"))
    _show(session, found, "wishes", as_json)


@click.command("add", cls=Verb, key="cli.wishes.add")
@click.argument("words", nargs=-1, required=True)
@option("--category", help="cli.opt.category")
@reading_options
@pass_session
def wishes_add(session: Session, words: tuple[str, ...], category: str | None, as_json: bool) -> None:
    _kept(session, as_json, **session.house.editing().add_wish(" ".join(words), category))


@click.command("correct", cls=Verb, key="cli.wishes.correct")
@click.argument("wish")
@click.argument("words", nargs=-1, required=True)
@reading_options
@pass_session
def wishes_correct(session: Session, wish: str, words: tuple[str, ...], as_json: bool) -> None:
    _kept(session, as_json, **session.house.editing().correct_wish(wish, " ".join(words)))


@click.command("list", cls=Verb, key="cli.settings.list")
@reading_options
@pass_session
def settings_list(session: Session, as_json: bool) -> None:
    found = session.house.editing().settings()
    if as_json:
        session.json(found)
        return
    from tui.cli import plain

    rows = [(key, value or "–", session.words.t(f"setting.{key}")) for key, value in found.items()]
    session.lines(plain.table(rows))


@click.command("set", cls=Verb, key="cli.settings.set")
@click.argument("key")
@click.argument("value")
@reading_options
@pass_session
def settings_set(session: Session, key: str, value: str, as_json: bool) -> None:
    session.house.editing().set_setting(key, value)
    _kept(session, as_json, key=key, value=value)


@click.command("list", cls=Verb, key="cli.contracts.list")
@reading_options
@pass_session
def contracts_list(session: Session, as_json: bool) -> None:
    with reading(session) as reads:
        found = reads.contracts()
    _show(session, found, "contracts", as_json)


@click.command("add", cls=Verb, key="cli.contracts.add")
@click.argument("category")
@click.argument("company")
@click.argument("monthly")
@option("--end", metavar="DATE", help="cli.opt.end")
@option("--notice", metavar="MONTHS", help="cli.opt.notice")
@option("--units", metavar="NUMBER", help="cli.opt.units")
@reading_options
@pass_session
def contracts_add(
    session: Session, category: str, company: str, monthly: str, end: str | None, notice: str | None,
    units: str | None, as_json: bool,
) -> None:  # fmt: skip
    made = session.house.editing().add_contract(category, company, monthly, end=end, notice=notice, units=units)
    _kept(session, as_json, id=made)


@verb("look")
@pass_session
def look(session: Session) -> None:
    session.house.deciding().look_now()
    session.lines([session.words.t("done.looks")])


@verb("unwant")
@click.argument("need")
@pass_session
def unwant(session: Session, need: str) -> None:
    session.house.editing().close_need(need)
    session.lines([session.words.t("done.gone")])


@verb("export")
@click.argument("folder", type=click.Path(path_type=Path))
@reading_options
@pass_session
def export(session: Session, folder: Path, as_json: bool) -> None:
    made = session.house.export_everything(folder)
    session.json(made) if as_json else session.lines([session.words.t("done.exported", path=str(folder))])


@verb("delete")
@option("--yes", "given", is_flag=True, help="cli.opt.yes")
@pass_session
@click.pass_context
def delete(ctx: click.Context, session: Session, given: bool) -> None:
    """Asks for a word at a terminal; elsewhere only `--yes` does it."""
    w = session.words
    if not given:
        word = w.t("delete.word")
        if not sys.stdin.isatty():
            session.tell("delete.how")
            ctx.exit(int(Exit.WAITS))
        session.tell("delete.note")
        answer = click.prompt(w.t("delete.ask", word=word), default="", show_default=False, err=True)
        if answer.strip().casefold() != word:
            session.tell("delete.not")
            ctx.exit(int(Exit.WAITS))
    left = session.house.delete_everything()
    session.lines([w.t("done.deleted"), *([w.t("delete.left", files=", ".join(left))] if left else [])])


_VERBS = {
    f"{group}_{name}": found
    for group, found_verbs in {
        "limits": {"list": limits_list, "set": limits_set},
        "facts": {"list": facts_list, "kinds": facts_kinds, "add": facts_add, "ladder": facts_ladder},
        "wishes": {"list": wishes_list, "add": wishes_add, "correct": wishes_correct},
        "settings": {"list": settings_list, "set": settings_set},
        "contracts": {"list": contracts_list, "add": contracts_add},
    }.items()
    for name, found in found_verbs.items()
}


@verb("completion")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@pass_session
@click.pass_context
def completion(ctx: click.Context, session: Session, shell: str) -> None:
    """The script that makes a shell complete our verbs; click writes it."""
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    session.lines([made(ctx.find_root().command, {}, "gegenbot", "_GEGENBOT_COMPLETE").source()])

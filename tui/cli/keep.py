"""Memory, ledger, configuration and the doctor."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import cast

import click

from tui.cli.look import reading
from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, option, reading_options
from tui.errors import Exit
from tui.wording.clean import one_line

_HERE, _TEACH = "tui.cli.keep", "tui.cli.teach"


class _Group(LazyGroup):
    """Verbs of a group are functions named `<group>_<verb>` in the module of the verb."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self.lazy.get(cmd_name)
        if module is None:
            return None
        found = getattr(importlib.import_module(module), f"{self.name}_{cmd_name}")
        return cast("click.Command", found)


def _group(name: str, *verbs: str, **elsewhere: str) -> _Group:
    return _Group(name, lazy={**dict.fromkeys(verbs, _HERE), **elsewhere}, key=f"cli.{name}")


_TAUGHT = dict.fromkeys(("interview", "learned", "retract", "correct", "now", "mind", "rebuild"), _TEACH)
memory = _group("memory", "list", "search", "import", "export", **_TAUGHT)
ledger = _group("ledger", "verify", "rebuild", "replay", "head")
config = _group("config", "path", "show", "categories")


@click.command("list", cls=Verb, key="cli.memory.list")
@reading_options
@pass_session
def memory_list(session: Session, as_json: bool) -> None:
    """Facts without values, preferences and rules."""
    from tui.cli import plain

    with reading(session) as reads:
        found = {"facts": reads.facts(), "preferences": reads.preferences(), "rules": reads.rules()}
    if as_json:
        session.json(found)
        return
    for name, rows in found.items():
        session.lines([session.words.t(f"{name}.title"), *plain.rows(session.words, rows, name), ""])
    words = {row["id"]: row["words"] for row in found["preferences"]}
    overruled = [(row["words"], words[by]) for row in found["preferences"] if (by := row.get("overruled_by"))]
    session.lines(session.words.t("preferences.overruled", earlier=a, later=b) for a, b in overruled)


@click.command("search", cls=Verb, key="cli.memory.search")
@click.argument("words", nargs=-1)
@option("--queries", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="cli.opt.queries")
@option("--among", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="cli.opt.among")
@option("--limit", type=click.IntRange(1, 100_000), default=10, show_default=True, help="cli.opt.limit")
@reading_options
@pass_session
def memory_search(
    session: Session, words: tuple[str, ...], queries: Path | None, among: Path | None, limit: int, as_json: bool
) -> None:
    """What fits a text best, by meaning and words."""
    from agent.entering import search_memory
    from tui.cli.texts import write_lines

    if not words and queries is None:
        raise click.UsageError(session.words.t("want.how"))
    rows = search_memory(session.home, text=" ".join(words) or None, queries=queries, among=among, limit=limit)
    if as_json:
        write_lines(rows)
        return
    known = {} if among is not None else _remembered(session)
    for row in rows:
        for found in row["ranking"]:
            said = known.get(found["id"], "")
            session.lines([f"  {found['score']:.3f}  {found['id']}{'  ' * bool(said)}{said}"])


def _remembered(session: Session) -> dict[str, str]:
    """The words of wishes and rules by id, with what became of those that no longer count."""
    w = session.words
    with reading(session) as reads:
        wishes, rules = reads.preferences(), reads.rules()
    found = {row["id"]: one_line(row["text"]) for row in rules}
    for row in wishes:
        ended = "" if row["counts"] == "now" else f" ({w.label('counts', row['counts'])})"
        found[row["id"]] = one_line(row["words"]) + ended
    return found


@click.command("import", cls=Verb, key="cli.memory.import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@reading_options
@pass_session
def memory_import(session: Session, file: Path, as_json: bool) -> None:
    from agent.entering import import_persona

    counts = import_persona(session.home, file)
    if as_json:
        session.json(counts)
        return
    listed = ", ".join(f"{count} {session.words.label('col', name)}" for name, count in counts.items())
    session.lines([session.words.t("done.imported", what=listed)])


@click.command("export", cls=Verb, key="cli.memory.export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_session
def memory_export(session: Session, file: Path) -> None:
    from agent.entering import export_memory

    export_memory(session.home, file)
    session.lines([session.words.t("done.exported", path=str(file))])


@click.command("verify", cls=Verb, key="cli.ledger.verify")
@option("--head", type=click.Path(dir_okay=False, path_type=Path), help="cli.opt.head")
@reading_options
@pass_session
@click.pass_context
def ledger_verify(ctx: click.Context, session: Session, head: Path | None, as_json: bool) -> None:
    with reading(session) as reads:
        check = reads.ledger_check(head)
    w = session.words
    if as_json:
        session.json(check)
    elif check.verified:
        at = w.formats.moment(check.signed_at, year=True) if check.signed_to else ""
        signed = w.t("ledger.signed", number=check.signed_to, at=at) if check.signed_to else w.t("ledger.unsigned")
        session.lines([w.n("ledger.verified", check.events), signed])
    elif check.broken_at is not None:
        session.lines([session.words.t("ledger.broken", number=check.broken_at)])
    elif check.differing:
        session.lines([w.n("ledger.differing", len(check.differing)), *check.differing])
    else:
        session.lines([w.t(f"ledger.head.{check.head_problem}")])
    ctx.exit(int(Exit.OK if check.verified else Exit.FAILED))


@click.command("head", cls=Verb, key="cli.ledger.head")
@option("--out", type=click.Path(dir_okay=False, path_type=Path), help="cli.opt.out")
@option("--anew", is_flag=True, help="cli.opt.head_anew")
@pass_session
def ledger_head(session: Session, out: Path | None, anew: bool) -> None:
    """One JSON object, for keeping where nobody who changes this machine can reach it."""
    from agent.running import sign_ledger
    from tui.cli.papers import write_out

    if out is None:
        session.json(sign_ledger(session.home, anew=anew))
    else:
        write_out(session, json.dumps(sign_ledger(session.home, anew=anew), sort_keys=True), out)


@click.command("rebuild", cls=Verb, key="cli.ledger.rebuild")
@reading_options
@pass_session
def ledger_rebuild(session: Session, as_json: bool) -> None:
    from agent.running import rebuild_ledger

    rows = rebuild_ledger(session.home)
    if as_json:
        session.json({"rebuilt": rows})
    else:
        session.lines([session.words.n("ledger.rebuilt", rows)])


@click.command("replay", cls=Verb, key="cli.ledger.replay")
@reading_options
@pass_session
@click.pass_context
def ledger_replay(ctx: click.Context, session: Session, as_json: bool) -> None:
    from agent.running import replay

    found = replay(session.home)
    differs = bool(found.get("different"))
    if as_json:
        session.json(found)
    else:
        key = "ledger.differs" if differs else "ledger.replayed"
        session.lines([session.words.n(key, int(str(found["decisions"])))])
    ctx.exit(int(Exit.FAILED if differs else Exit.OK))


@click.command("path", cls=Verb, key="cli.config.path")
@pass_session
def config_path(session: Session) -> None:
    session.lines([str(session.home / "config.toml")])


@click.command("show", cls=Verb, key="cli.config.show")
@pass_session
def config_show(session: Session) -> None:
    path = session.home / "config.toml"
    session.lines(path.read_text("utf-8").splitlines() if path.exists() else [session.words.t("config.none")])


@click.command("categories", cls=Verb, key="cli.config.categories")
@reading_options
@pass_session
def config_categories(session: Session, as_json: bool) -> None:
    found = session.house.categories()
    if as_json:
        session.json(found)
        return
    from tui.cli import categories

    for one in found:
        session.lines(categories.lines(session.words, one))


@click.command("doctor", cls=Verb, key="cli.doctor")
@reading_options
@pass_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, as_json: bool) -> None:
    from agent.running import doctor as examine
    from tui.cli import plain

    found = examine(session.home)
    session.json(found) if as_json else session.lines(plain.checkup(session.words, found))
    ctx.exit(int(Exit.FAILED if any(row.get("state") == "bad" for row in found) else Exit.OK))

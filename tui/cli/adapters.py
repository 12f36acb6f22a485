"""Channels and adapters: the list, and the author's verbs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from tui.cli.session import Session, pass_session
from tui.cli.spoken import spoken
from tui.cli.verb import LazyGroup, Verb, option, reading_options
from tui.errors import Exit
from tui.wording import Wording

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class _Group(LazyGroup):
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _VERBS.get(cmd_name)


adapters = _Group(
    "adapters",
    lazy=dict.fromkeys(("list", "new", "check", "record", "shadow", "secret", "profile"), "tui.cli.adapters"),
    key="cli.adapters",
)


@click.command("list", cls=Verb, key="cli.adapters.list")
@reading_options
@pass_session
def adapters_list(session: Session, as_json: bool) -> None:
    from agent.running import adapters as listed

    found = listed(session.home)
    session.json(found) if as_json else session.lines(_listed(session.words, found))


def _listed(w: Wording, found: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """Each channel by its id, which files and verbs take, and its name; below it what it can."""
    from tui.cli import plain

    for one in found:
        answered, _, opened = one["talks"].partition("/")
        parts = [
            w.label("channel", one["name"]), _origin(w, one["origin"]),
            w.label("adapters.health", one["health"]),
            w.n("adapters.talks", int(opened), answered=answered),
        ]  # fmt: skip
        yield from plain.fold(f"{one['name']}: {' · '.join(parts)}")
        if one["speaks"]:
            yield from plain.fold(w.t("adapters.speaks", protocols=one["speaks"]), "    ")
        acts = [w.label("act.ours", act) for act in one["acts"].split(", ") if act]
        carried = w.t("adapters.carries", acts="; ".join(acts)) if acts else w.t("adapters.carries_by_card")
        yield from plain.fold(carried, "    ")


def _origin(w: Wording, origin: str) -> str:
    """A word for where it comes from, or its folder as it is written."""
    key = f"adapters.origin.{origin}"
    return w.t(key) if w.has(key) else origin


@click.command("new", cls=Verb, key="cli.adapters.new")
@click.argument("name")
@option("--in", "where", type=_FOLDER, default=".", metavar="DIR", help="cli.opt.adapter_in")
@pass_session
def adapters_new(session: Session, name: str, where: Path) -> None:
    from agent.running import new_adapter

    made = new_adapter(name, where)
    session.lines([session.words.t("done.adapter_new", path=str(made))])


@click.command("check", cls=Verb, key="cli.adapters.check")
@click.argument("folder", type=_FOLDER)
@reading_options
@pass_session
@click.pass_context
def adapters_check(ctx: click.Context, session: Session, folder: Path, as_json: bool) -> None:
    from agent.running import check_adapter

    card = check_adapter(folder)
    session.json(card) if as_json else session.lines(_card_lines(session.words, card))
    ctx.exit(int(Exit.OK if card["green"] else Exit.FAILED))


def _card_lines(w: Wording, card: Mapping[str, Any]) -> Iterator[str]:
    from tui.cli import plain

    for one in card["checks"]:
        words = one["check"].replace("_", " ")
        if spoken():
            yield w.t("adapters.kept" if one["kept"] else "adapters.broken", check=words)
        else:
            yield from plain.fold(words, "  + " if one["kept"] else "  - ", "    ")
        yield from plain.fold(one["why"], "      ", "      ")
    kept = sum(1 for one in card["checks"] if one["kept"])
    key = "adapters.green" if card["green"] else "adapters.red"
    yield w.t(key, name=card["adapter"], kept=kept, checks=len(card["checks"]))
    yield w.t("adapters.pin", name=card["adapter"], pin=card["pin"])


@click.command("record", cls=Verb, key="cli.adapters.record")
@click.argument("folder", type=_FOLDER)
@pass_session
def adapters_record(session: Session, folder: Path) -> None:
    from agent.running import record_adapter

    session.lines([session.words.t("done.adapter_record", path=str(record_adapter(folder)))])


@click.command("shadow", cls=Verb, key="cli.adapters.shadow")
@click.argument("company")
@click.argument("amount")
@reading_options
@pass_session
def adapters_shadow(session: Session, company: str, amount: str, as_json: bool) -> None:
    from agent.running import shadow

    found = shadow(session.home, company, amount)
    session.json(found) if as_json else session.lines(_shadow_lines(session.words, found))


def _shadow_lines(w: Wording, found: Mapping[str, Any]) -> Iterator[str]:
    yield w.t("shadow.compared", company=found["company"], quote=found["quote"], figure=found["figure"])
    if not found["steps"]:
        yield w.t("shadow.equal" if found["explained"] else "shadow.unexplained", difference=found["difference"])
    for step in found["steps"]:
        yield "  " + w.t(f"shadow.{step['code']}", value=step["value"])


@click.command("secret", cls=Verb, key="cli.adapters.secret")
@click.argument("owner")
@click.argument("name")
@option("--forget", is_flag=True, help="cli.opt.forget_key")
@pass_session
def adapters_secret(session: Session, owner: str, name: str, forget: bool) -> None:
    """The key is typed at the terminal without an echo, or comes as one line on stdin; it is never an argument."""
    from agent.entrusting import forget_key, keep_key

    if forget:
        forget_key(session.home, owner, name)
        session.lines([session.words.t("done.key_forgotten", owner=owner, name=name)])
        return
    if sys.stdin.isatty():
        value = click.prompt(session.words.t("adapters.key", owner=owner, name=name), hide_input=True, err=True)
    else:
        value = sys.stdin.readline().rstrip("\n")
    keep_key(session.home, owner, name, value)
    session.lines([session.words.t("done.key_kept", owner=owner, name=name)])


@click.command("profile", cls=Verb, key="cli.adapters.profile")
@option("--forget", is_flag=True, help="cli.opt.forget_key")
@pass_session
def adapters_profile(session: Session, forget: bool) -> None:
    """A document to publish as it is, so it is JSON without being asked for."""
    from agent.entrusting import forget_signing, signing_profile

    if forget:
        forget_signing()
        session.lines([session.words.t("done.signing_forgotten")])
        return
    session.json(signing_profile())


_VERBS = {
    "list": adapters_list,
    "new": adapters_new,
    "check": adapters_check,
    "record": adapters_record,
    "shadow": adapters_shadow,
    "secret": adapters_secret,
    "profile": adapters_profile,
}

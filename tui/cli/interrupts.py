"""Which sorted mail may interrupt: sentences of the person, listed, added, removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tui.cli.session import Session, pass_session
from tui.cli.verb import LazyGroup, Verb, reading_options
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from agent.interrupting import InterruptView

_HERE = "tui.cli.interrupts"


class _Interrupts(LazyGroup):
    """Without a verb the list is shown."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _VERBS.get(cmd_name)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args or ["list"])


interrupts = _Interrupts("interrupts", lazy=dict.fromkeys(("list", "add", "remove"), _HERE), key="cli.interrupts")


def meaning(session: Session, rule: InterruptView) -> str:
    """The rule in the bot's own words, so that a misreading shows."""
    w = session.words
    said = w.t("interrupt.at_once", kind=w.label("interrupt.kind", rule.kind))
    if rule.above:
        amount, _, currency = rule.above.partition(" ")
        said += w.t("interrupt.above", amount=w.formats.money(amount, currency))
    return said + (w.n("interrupt.within", int(rule.hours)) if rule.hours else "")


def _lines(session: Session, rules: Sequence[InterruptView]) -> None:
    from agent.interrupting import notices_told

    w = session.words
    session.lines(f"{at}  {meaning(session, rule)}  ({one_line(rule.sentence)})" for at, rule in enumerate(rules, 1))
    if not rules:
        session.lines([w.t("interrupt.none")])
    elif not notices_told(session.home):
        session.lines([w.t("interrupt.off")])


@click.command("list", cls=Verb, key="cli.interrupts.list")
@reading_options
@pass_session
def _list(session: Session, as_json: bool) -> None:
    from agent.interrupting import interrupts as known

    session.json(known(session.home)) if as_json else _lines(session, known(session.home))


@click.command("add", cls=Verb, key="cli.interrupts.add")
@click.argument("sentence", nargs=-1, required=True)
@reading_options
@pass_session
def _add(session: Session, sentence: tuple[str, ...], as_json: bool) -> None:
    from agent.interrupting import add_interrupt

    made = add_interrupt(session.home, " ".join(sentence))
    session.json(made) if as_json else _lines(session, [made])


@click.command("remove", cls=Verb, key="cli.interrupts.remove")
@click.argument("number", type=int)
@reading_options
@pass_session
def _remove(session: Session, number: int, as_json: bool) -> None:
    from agent.interrupting import remove_interrupt

    gone = remove_interrupt(session.home, number)
    session.json(gone) if as_json else session.lines(
        [session.words.t("interrupt.removed", rule=meaning(session, gone))]
    )


_VERBS = {"list": _list, "add": _add, "remove": _remove}

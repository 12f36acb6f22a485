"""Pictures on the command line: both sides of a talk, prices over time and savings; heard, the figures alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from tui.cli.look import reading
from tui.cli.session import Session, pass_session
from tui.cli.spoken import spoken
from tui.cli.verb import reading_options, verb
from tui.wording import Wording

if TYPE_CHECKING:
    from agent.views import TalkView
    from tui.plots import Figure, Rows


@verb("curve")
@click.argument("name")
@reading_options
@pass_session
def curve(session: Session, name: str, as_json: bool) -> None:
    """How both sides of one talk moved, round by round."""
    with reading(session) as reads:
        view = reads.talk(name)
    if as_json:
        moves = [
            {"round": turn.round, "party": turn.party, "total": turn.total, "currency": turn.currency}
            for turn in view.turns
            if turn.total
        ]
        session.json({"negotiation": view.negotiation, "provider": view.provider, "moves": moves})
    else:
        session.lines(_talk(session.words, view))


def _talk(w: Wording, view: TalkView) -> Iterator[str]:
    from tui.cli.plain import table
    from tui.plots import sides
    from tui.wording import phrases

    rows = [
        (str(turn.round), w.t("talk.we") if phrases.is_ours(turn) else view.provider,
         w.formats.money(turn.total, turn.currency))
        for turn in view.turns if turn.total
    ]  # fmt: skip
    yield from _figure(w, sides(w, view))
    yield from table(rows, [w.t(f"curve.col.{name}") for name in ("round", "who", "total")], wide=1)
    if not rows:
        yield w.t("curve.empty.title")


@verb("history")
@reading_options
@pass_session
def history(session: Session, as_json: bool) -> None:
    """What agreed deals save, and the prices that were held out."""
    saved, held_out = session.house.savings(), session.house.prices()
    if as_json:
        session.json({"savings": saved, "prices": held_out})
    else:
        session.lines(_history(session.words, saved, held_out))


def _history(w: Wording, saved: Rows, held_out: Rows) -> Iterator[str]:
    from tui.plots import prices, savings

    if not saved and not held_out:
        yield w.t("history.empty.title")
        return
    if saved:
        yield from _figure(w, savings(w, saved))
        yield from _deals(w, saved, "year1")
        yield ""
    if held_out:
        yield from _figure(w, prices(w, held_out))
        yield from _deals(w, held_out, "total")


def _deals(w: Wording, rows: Rows, amount: str) -> list[str]:
    from tui.cli.plain import table

    told = [
        (w.formats.day(row["at"], year=True), w.label("category", row["category"]), row["provider"],
         w.formats.money(row[amount] or None, row.get("currency") or "EUR"))
        for row in rows
    ]  # fmt: skip
    return table(told, [w.t(f"history.col.{name}") for name in ("day", "about", "company", amount)], wide=2)


def _figure(w: Wording, figure: Figure) -> Iterator[str]:
    """The sentence, and the chart where somebody looks."""
    from tui.cli.plain import WIDTH
    from tui.plots import chart

    yield figure.told if figure.points else w.t("history.unknown")
    if figure.points > 1 and not spoken():
        yield from chart(figure, lambda value: w.formats.money(f"{value:.2f}", figure.currency), WIDTH)
        yield ""

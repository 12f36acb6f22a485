"""Where people would rather look than read: both sides of a talk, prices over time, what agreed deals save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from agent.views import TalkView
from tui.house import Reads
from tui.screens.base import Pane
from tui.widgets.drawn import ink
from tui.widgets.plot import Plot, Series
from tui.wording import phrases
from tui.wording.clean import one_line

Rows = Sequence[Mapping[str, str]]


class CurveScreen(Pane):
    """How both sides moved, round by round."""

    where: ClassVar[str] = "curve"

    def __init__(self, negotiation: str) -> None:
        super().__init__()
        self._negotiation = negotiation

    def compose_body(self) -> ComposeResult:
        yield Static("", id="lead", markup=False)
        yield Plot(lambda value: self.words.formats.money(f"{value:.2f}", "EUR"))

    def read(self, reads: Reads) -> TalkView:
        return reads.talk(self._negotiation)

    def show(self, view: TalkView) -> bool:
        w = self.words
        sides: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
        for step, turn in enumerate(turn for turn in view.turns if turn.total):
            sides[phrases.is_ours(turn)].append((float(step), float(turn.total or 0)))
        plot = self.query_one(Plot)
        plot.series = (
            Series(one_line(view.provider), "○", "bold $secondary", sides[False]),
            Series(w.t("talk.we"), "●", "bold $primary", sides[True]),
        )
        plot.redraw()
        about = f"{one_line(view.provider)} · {w.label('category', view.category)}"
        self.query_one("#lead", Static).update(ink(about, "bold"))
        return sum(map(len, sides.values())) > 1


class HistoryScreen(Pane):
    """Prices that were held out, the newest need first, and what agreed deals save in their first year."""

    where: ClassVar[str] = "history"

    def compose_body(self) -> ComposeResult:
        for name in ("savings", "prices"):
            yield Static("", id=f"{name}-lead", classes="plot-lead", markup=False)
            yield Plot(lambda value: self.words.formats.money(f"{value:.2f}", "EUR"), id=f"{name}-plot")

    def read(self, reads: Reads) -> tuple[Rows, Rows]:
        return self.house.savings(), self.house.prices()

    def show(self, view: tuple[Rows, Rows]) -> bool:
        saved, prices = view
        known = [row for row in saved if row["year1"]]
        totals = list(accumulate(float(row["year1"]) for row in known))
        w = self.words
        points = [(_moment(row["at"]), total) for row, total in zip(known, totals, strict=True)]
        total = w.formats.money(f"{totals[-1] if totals else 0:.2f}", "EUR")
        saved_line = Series(w.t("history.saved"), "●", "bold $success", points)
        self._fill("savings", w.t("history.savings", total=total), [saved_line])
        by_category: dict[str, list[tuple[float, float]]] = {}
        for row in prices:
            by_category.setdefault(row["category"], []).append((_moment(row["at"]), float(row["total"])))
        latest = next(reversed(by_category), "")
        about = w.t("history.prices", category=w.label("category", latest)) if latest else ""
        lows = by_category.get(latest, [])
        self._fill("prices", about, [Series(w.t("history.held_out"), "○", "bold $secondary", lows)])
        return bool(known or lows)

    def _fill(self, name: str, told: str, series: Sequence[Series]) -> None:
        plot, lead = self.query_one(f"#{name}-plot", Plot), self.query_one(f"#{name}-lead", Static)
        plot.series = series
        plot.display = lead.display = any(one.points for one in series)
        lead.update(ink(told, "bold") if told else Content(""))
        plot.redraw()


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()

"""Where people would rather look than read: both sides of a talk, prices over time, what agreed deals save."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from agent.views import TalkView
from tui.house import Reads
from tui.plots import Figure, Rows, prices, savings, sides
from tui.screens.base import Pane
from tui.widgets.drawn import ink, put
from tui.widgets.plot import Plot


class CurveScreen(Pane):
    """How both sides moved, round by round."""

    where: ClassVar[str] = "curve"

    def __init__(self, negotiation: str) -> None:
        super().__init__()
        self._negotiation = negotiation

    def compose_body(self) -> ComposeResult:
        yield Static("", id="lead", markup=False)
        yield Plot(self.words.formats.money)

    def read(self, reads: Reads) -> TalkView:
        return reads.talk(self._negotiation)

    def show(self, view: TalkView) -> bool:
        figure = sides(self.words, view)
        plot = self.query_one(Plot)
        plot.figure = figure
        plot.redraw()
        put(self.query_one("#lead", Static), ink(figure.told, "bold"))
        return figure.points > 1


class HistoryScreen(Pane):
    """Prices that were held out, the newest need first, and what agreed deals save in their first year."""

    where: ClassVar[str] = "history"

    def compose_body(self) -> ComposeResult:
        for name in ("savings", "prices"):
            yield Static("", id=f"{name}-lead", classes="plot-lead", markup=False)
            yield Plot(self.words.formats.money, id=f"{name}-plot")

    def read(self, reads: Reads) -> tuple[Rows, Rows]:
        return self.house.savings(), self.house.prices()

    def show(self, view: tuple[Rows, Rows]) -> bool:
        shown = savings(self.words, view[0]), prices(self.words, view[1])
        for name, figure in zip(("savings", "prices"), shown, strict=True):
            self._fill(name, figure)
        return any(figure.points for figure in shown)

    def _fill(self, name: str, figure: Figure) -> None:
        plot, lead = self.query_one(f"#{name}-plot", Plot), self.query_one(f"#{name}-lead", Static)
        plot.figure = figure
        plot.display = lead.display = figure.points > 0
        put(lead, ink(figure.told, "bold") if figure.told else Content(""))
        plot.redraw()

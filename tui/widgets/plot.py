"""A small chart of lines in letters: values over steps, each series with a mark of its own beside its colour."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from tui.plots import HEIGHT, Figure, bounds, grid
from tui.widgets.drawn import Drawn, ink, join


class Plot(Drawn):
    """Draws the series of a figure on one scale; `told` writes an amount in a currency as people read it."""

    def __init__(self, told: Callable[[str, str], str], *, id: str = "plot") -> None:
        super().__init__(id=id)
        self._amount = told
        self.figure = Figure("", ())

    def _told(self, value: float) -> str:
        return self._amount(f"{value:.2f}", self.figure.currency)

    def draw(self, width: int) -> list[Content]:
        series = self.figure.series
        if not self.figure.points:
            return []
        low, high = bounds(series)
        edge = max(len(self._told(low)), len(self._told(high)))
        columns = max(width - edge - 3, 10)
        labels = {0: self._told(high), HEIGHT - 1: self._told(low)}
        lines = [
            ink(f" {labels.get(number, '').rjust(edge)} │", "$quiet") + Content.assemble(*row)
            for number, row in enumerate(grid(series, columns))
        ]
        legend = join([ink(f"{one.mark} {one.name}", one.style) for one in series if one.points], "   ")
        return [*lines, ink(" " * (edge + 2) + "└" + "─" * (columns - 1), "$quiet"), ink(" " * (edge + 3)) + legend]

"""A small chart of lines in letters: values over steps, each series with a mark of its own beside its colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content

from tui.plots import HEIGHT, Series, bounds, grid
from tui.widgets.drawn import Drawn, ink, join


class Plot(Drawn):
    """Draws series on one scale; `told` writes a value as people read it."""

    def __init__(self, told: Callable[[float], str], *, id: str = "plot") -> None:
        super().__init__(id=id)
        self._told = told
        self.series: Sequence[Series] = ()

    def draw(self, width: int) -> list[Content]:
        if not any(one.points for one in self.series):
            return []
        low, high = bounds(self.series)
        edge = max(len(self._told(low)), len(self._told(high)))
        columns = max(width - edge - 3, 10)
        labels = {0: self._told(high), HEIGHT - 1: self._told(low)}
        lines = [
            ink(f" {labels.get(number, '').rjust(edge)} │", "$quiet") + Content.assemble(*row)
            for number, row in enumerate(grid(self.series, columns))
        ]
        legend = join([ink(f"{one.mark} {one.name}", one.style) for one in self.series if one.points], "   ")
        return [*lines, ink(" " * (edge + 2) + "└" + "─" * (columns - 1), "$quiet"), ink(" " * (edge + 3)) + legend]

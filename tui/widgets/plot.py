"""A small chart of lines in letters: values over steps, each series with a mark of its own beside its colour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from textual.content import Content

from tui.widgets.drawn import Drawn, ink, join

HEIGHT = 9


@dataclass(frozen=True, slots=True)
class Series:
    """Points as (step, value); `mark` tells series apart without colour."""

    name: str
    mark: str
    style: str
    points: Sequence[tuple[float, float]]


class Plot(Drawn):
    """Draws series on one scale; `told` writes a value as people read it."""

    def __init__(self, told: Callable[[float], str], *, id: str = "plot") -> None:
        super().__init__(id=id)
        self._told = told
        self.series: Sequence[Series] = ()

    def draw(self, width: int) -> list[Content]:
        points = [point for one in self.series for point in one.points]
        if not points:
            return []
        low, high = min(value for _, value in points), max(value for _, value in points)
        first, last = min(step for step, _ in points), max(step for step, _ in points)
        edge = max(len(self._told(low)), len(self._told(high)))
        columns = max(width - edge - 3, 10)
        grid: list[list[tuple[str, str]]] = [[(" ", "")] * columns for _ in range(HEIGHT)]
        for one in self.series:
            for column, value in _line(one.points, first, last, columns):
                row = HEIGHT - 1 if high == low else round((high - value) / (high - low) * (HEIGHT - 1))
                grid[row][column] = (one.mark, one.style)
        labels = {0: self._told(high), HEIGHT - 1: self._told(low)}
        lines = [
            ink(f" {labels.get(number, '').rjust(edge)} │", "$quiet") + Content.assemble(*row)
            for number, row in enumerate(grid)
        ]
        legend = join([ink(f"{one.mark} {one.name}", one.style) for one in self.series if one.points], "   ")
        return [*lines, ink(" " * (edge + 2) + "└" + "─" * (columns - 1), "$quiet"), ink(" " * (edge + 3)) + legend]


def _line(points: Sequence[tuple[float, float]], first: float, last: float, columns: int) -> list[tuple[int, float]]:
    """A value for every column between a series' first and last point."""
    span = last - first or 1.0
    placed = sorted((round((step - first) / span * (columns - 1)), value) for step, value in points)
    found = dict(placed[:1])
    for (left, before), (right, after) in pairwise(placed):
        for column in range(left, right + 1):
            part = (column - left) / (right - left) if right > left else 1.0
            found[column] = before + (after - before) * part
    return sorted(found.items())

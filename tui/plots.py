"""What can be looked at rather than read: both sides of a talk, prices over time, what agreed deals save.

Lines in letters, for the screen and for the command line alike; nothing here knows Textual.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from tui.wording import Wording, phrases
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from agent.views import TalkView

HEIGHT = 9

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Series:
    """Points as (step, value); `mark` tells series apart without colour."""

    name: str
    mark: str
    style: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Figure:
    """Some series of one currency, and the sentence over them."""

    told: str
    series: tuple[Series, ...]
    currency: str = "EUR"

    @property
    def points(self) -> int:
        return sum(len(one.points) for one in self.series)


def sides(w: Wording, view: TalkView) -> Figure:
    """How both sides of a talk moved."""
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    priced = [turn for turn in view.turns if turn.total]
    for step, turn in enumerate(priced):
        found[phrases.is_ours(turn)].append((float(step), float(turn.total or 0)))
    return Figure(
        f"{one_line(view.provider)} · {w.label('category', view.category)}",
        (
            Series(one_line(view.provider), "○", "bold $secondary", found[False]),
            Series(w.t("talk.we"), "●", "bold $primary", found[True]),
        ),
        priced[-1].currency if priced else "EUR",
    )


def savings(w: Wording, rows: Rows) -> Figure:
    """What agreed deals save in their first year, added up in the currency most of them have; others are named."""
    known = [row for row in rows if row["year1"]]
    sums: dict[str, Decimal] = {}
    for row in known:
        sums[row["currency"]] = sums.get(row["currency"], Decimal()) + Decimal(row["year1"])
    drawn = _commonest(known)
    of_one = [row for row in known if row["currency"] == drawn]
    totals = accumulate(float(row["year1"]) for row in of_one)
    points = [(_moment(row["at"]), total) for row, total in zip(of_one, totals, strict=True)]
    told = " + ".join(w.formats.money(str(sums.get(name, 0)), name) for name in dict.fromkeys((drawn, *sums)))
    series = Series(w.t("history.saved"), "●", "bold $success", points)
    return Figure(w.t("history.savings", total=told), (series,), drawn)


def _commonest(rows: Rows) -> str:
    """The currency of most rows, of several the newest."""
    found = Counter(row.get("currency") or "EUR" for row in reversed(rows))
    return max(found, key=found.__getitem__, default="EUR")


def prices(w: Wording, rows: Rows) -> Figure:
    """The prices that were held out for the newest need's category."""
    latest = rows[-1]["category"] if rows else ""
    of_one = [row for row in rows if row["category"] == latest]
    drawn = _commonest(of_one)
    points = [(_moment(row["at"]), float(row["total"])) for row in of_one if row.get("currency", "EUR") == drawn]
    told = w.t("history.prices", category=w.label("category", latest)) if latest else ""
    return Figure(told, (Series(w.t("history.held_out"), "○", "bold $secondary", points),), drawn)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def bounds(series: Sequence[Series]) -> tuple[float, float]:
    """The lowest and the highest value."""
    values = [value for one in series for _, value in one.points]
    return min(values), max(values)


def grid(series: Sequence[Series], columns: int) -> list[list[tuple[str, str]]]:
    """`HEIGHT` rows of `columns` marks with their styles; later series lie over earlier ones."""
    low, high = bounds(series)
    steps = [step for one in series for step, _ in one.points]
    drawn: list[list[tuple[str, str]]] = [[(" ", "")] * columns for _ in range(HEIGHT)]
    for one in series:
        for column, value in _line(one.points, min(steps), max(steps), columns):
            row = HEIGHT - 1 if high == low else round((high - value) / (high - low) * (HEIGHT - 1))
            drawn[row][column] = (one.mark, one.style)
    return drawn


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


def chart(figure: Figure, told: Callable[[float], str], width: int) -> Iterator[str]:
    """The figure as lines without colour."""
    if not figure.points:
        return
    low, high = bounds(figure.series)
    edge = max(len(told(low)), len(told(high)))
    labels = {0: told(high), HEIGHT - 1: told(low)}
    columns = width - edge - 3
    for number, row in enumerate(grid(figure.series, columns)):
        yield f" {labels.get(number, ''):>{edge}} │{''.join(mark for mark, _ in row)}".rstrip()
    yield f"{' ' * (edge + 2)}└{'─' * (columns - 1)}"
    yield " " * (edge + 3) + "   ".join(f"{one.mark} {one.name}" for one in figure.series if one.points)

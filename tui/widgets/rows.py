"""A list in columns that fit the width: one flexible column, some that only a wide terminal shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList, Static

from tui.widgets.drawn import columns, ink, put

_EDGE = 4
"""Cells of padding and scroll bar beside a row."""


@dataclass(frozen=True, slots=True)
class Column:
    """`width` 0 takes what is left; `least` is the terminal width from which the column is shown."""

    title: str
    width: int
    right: bool = False
    least: int = 0


class Rows(Widget):
    """A header and a list of rows. Cells are `Content`; markup is never read."""

    def __init__(self, *columns: Column) -> None:
        super().__init__()
        self._columns = columns
        self._rows: Sequence[Sequence[Content]] = ()
        self._lines: list[Content] | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="rows-header", markup=False)
        yield OptionList(id="rows-list", markup=False)

    @property
    def choices(self) -> OptionList:
        return self.query_one("#rows-list", OptionList)

    @property
    def highlighted(self) -> int | None:
        """The number of the row under the cursor."""
        return self.choices.highlighted

    def set_rows(self, rows: Sequence[Sequence[Content]]) -> None:
        """Show `rows`; the cursor stays where it was, and only what changed is drawn."""
        self._rows = rows
        self._lay_out(self.app.size.width)

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out(self.app.size.width)

    def _lay_out(self, width: int) -> None:
        shown = [number for number, column in enumerate(self._columns) if width >= column.least]
        fixed = sum(self._columns[number].width for number in shown) + 2 * (len(shown) - 1)
        widths = [self._columns[number].width or max(width - fixed - _EDGE, 10) for number in shown]
        titles = [self._cell(ink(self._columns[number].title, "$quiet"), number, widths, shown) for number in shown]
        put(self.query_one("#rows-header", Static), columns(titles, widths))
        before = self._lines
        self._lines = [
            columns([self._cell(row[number], number, widths, shown) for number in shown], widths) for row in self._rows
        ]
        if before is None or len(before) != len(self._lines):
            self._fill(self._lines)
            return
        for at, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if not old.is_same(new):
                self.choices.replace_option_prompt_at_index(at, new)

    def _fill(self, lines: Sequence[Content]) -> None:
        at = self.choices.highlighted
        self.choices.clear_options()
        self.choices.add_options(lines)
        if lines:
            self.choices.highlighted = min(at or 0, len(lines) - 1)

    def _cell(self, cell: Content, number: int, widths: list[int], shown: list[int]) -> Content:
        if not self._columns[number].right:
            return cell
        return cell.pad_left(max(widths[shown.index(number)] - cell.cell_length, 0))

    def action_select(self) -> None:
        self.choices.action_select()

"""Widgets that compose their own lines for the width they have, and the few strokes they compose with.

Textual wraps text but knows no hanging indent and no right-aligned partner on the same line; a digest needs both.
Lines are `Content` made from plain strings: markup is never parsed, and every string passes the last look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget
from textual.widgets import Static

from tui.wording.clean import clean

EMPTY = Content("")


def ink(text: str, style: str = "") -> Content:
    """`text` in `style` (theme variables such as `$accent` allowed); safe for any text."""
    return Content.styled(clean(text).replace("\n", " "), style)


def join(parts: Iterable[Content], between: str = "") -> Content:
    """Parts that are not empty, with `between` in the quiet colour."""
    return Content.styled(between, "$quiet").join([part for part in parts if part.plain])


def pair(left: Content, right: Content, width: int) -> Content:
    """`left` and `right` at the two edges; the left one is cut when there is no room for both."""
    room = width - right.cell_length - 2
    if left.cell_length > room:
        left = left.truncate(max(room, 8), ellipsis=True)
    gap = max(width - left.cell_length - right.cell_length, 1)
    return Content.assemble(left, " " * gap, right)


def hang(first: Content, text: Content, width: int, limit: int = 99) -> list[Content]:
    """`text` wrapped beside `first`; following lines are indented by the width of `first`."""
    indent = first.cell_length
    lines = text.wrap(max(width - indent, 10)) or [EMPTY]
    if len(lines) > limit:
        lines = [*lines[: limit - 1], lines[limit - 1].truncate(max(width - indent - 1, 9)).append("…")]
    lines = [line.rstrip() for line in lines]
    return [first + lines[0], *(line.pad_left(indent) for line in lines[1:])]


def columns(cells: Sequence[Content], widths: Sequence[int]) -> Content:
    """Cells cut and padded to their widths, two blanks between."""
    parts = [cell.truncate(width, ellipsis=True, pad=True) for cell, width in zip(cells, widths, strict=True)]
    return Content("  ").join(parts)


def same(before: Sequence[Content], after: Sequence[Content]) -> bool:
    """Whether nobody could see a difference."""
    return len(before) == len(after) and all(one.is_same(other) for one, other in zip(before, after, strict=True))


def put(where: Static, words: Content) -> None:
    """Other words into a line; the same words cost nothing."""
    now = where.content
    if not (isinstance(now, Content) and now.is_same(words)):
        where.update(words)


class Drawn(Widget):
    """A widget of lines. Subclasses give `draw`; `redraw` after a change of what they show."""

    DEFAULT_CSS = "Drawn { height: auto; width: 1fr; }"
    _before: tuple[int, list[Content]] = (0, [])
    """The width and the lines of the last change."""

    def draw(self, width: int) -> list[Content]:
        """The lines for `width` cells."""
        raise NotImplementedError

    def render(self) -> Content:
        return Content("\n").join(self.draw(max(self.content_size.width, 10)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.draw(width)) if width else 0

    def redraw(self) -> None:
        """Draw again what changed: nothing for the same lines, and no other widget moves for as many lines as before.

        While talks run, something changes every second, and a new layout of a screen costs more than its drawing.
        """
        width = max(self.content_size.width, 10)
        before, self._before = self._before, (width, self.draw(width))
        if len(self._before[1]) != self.content_size.height:
            self.refresh(layout=True)
        elif before[0] != width or not same(before[1], self._before[1]):
            self.refresh()


class Roll(Drawn):
    """Many lines, of which only those in sight are drawn: all of 400 take 60 ms on a small machine."""

    _shown: tuple[int, list[Content]] = (0, [])
    """The width lines were made for, and the lines."""

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self._shown = (0, [])
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self._shown[0] != width:
            self._shown = (width, self.draw(max(width, 10)))
        lines = self._shown[1]
        line = lines[y] if y < len(lines) else EMPTY
        if self.text_selection is not None and (marked := self.text_selection.get_span(y)) is not None:
            chosen = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(chosen, marked[0], None if marked[1] == -1 else marked[1])
        drawn = Visual.to_strips(self, line, width, 1, self.visual_style, apply_selection=False)
        return drawn[0].apply_offsets(0, y)

"""Widgets that compose their own lines for the width they have, and the few strokes they compose with.

Textual wraps text but knows no hanging indent and no right-aligned partner on the same line; a digest needs both.
Lines are `Content` made from plain strings: markup is never parsed, and every string passes the last look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

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


class Drawn(Widget):
    """A widget of lines. Subclasses give `draw`; `redraw` after a change of what they show."""

    DEFAULT_CSS = "Drawn { height: auto; width: 1fr; }"

    def draw(self, width: int) -> list[Content]:
        """The lines for `width` cells."""
        raise NotImplementedError

    def render(self) -> Content:
        return Content("\n").join(self.draw(max(self.content_size.width, 10)))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.draw(width)) if width else 0

    def redraw(self) -> None:
        """Draw again; the height may have changed."""
        self.refresh(layout=True)

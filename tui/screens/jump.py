"""Jump mode: a letter on everything that takes the focus or a click; pressing it goes there."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Static

from tui.widgets.bars import KeyHint
from tui.widgets.drawn import ink

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


def targets(screen: Screen[object]) -> dict[str, Widget]:
    """What can be jumped to, in the order of the screen, by its letter."""
    found = [
        widget
        for widget in screen.query("*")
        if widget.region and widget.display and (widget.focusable or isinstance(widget, KeyHint))
    ]
    inside = [widget for widget in found if screen.region.contains_point(widget.region.offset)]
    return dict(zip(LETTERS, inside, strict=False))


class JumpScreen(ModalScreen["Widget | None"]):
    """Dismissed with the widget whose letter was pressed; any other key leaves."""

    takes_keys: ClassVar[bool] = False
    """The bar below stays as it is: its keys are among what is jumped to."""

    def __init__(self, chosen: dict[str, Widget]) -> None:
        super().__init__()
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        for letter, widget in self._chosen.items():
            label = Static(ink(f" {letter} ", "bold $background on $accent"), classes="jump", markup=False)
            label.styles.offset = (max(widget.region.x, 0), max(widget.region.y, 0))
            yield label

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if self.is_current:
            self.dismiss(self._chosen.get(event.key))

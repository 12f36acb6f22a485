"""Says that the terminal is too small, and how large it should be."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.drawn import ink
from tui.wording import Wording


class TooSmallScreen(ModalScreen[None]):
    """Goes away by itself when there is room."""

    def __init__(self, w: Wording, smallest: tuple[int, int]) -> None:
        super().__init__(id="too-small")
        self._words = w
        self._smallest = smallest

    def compose(self) -> ComposeResult:
        columns, lines = self._smallest
        yield Static(ink(self._words.t("too_small", columns=columns, lines=lines), "bold"), markup=False)

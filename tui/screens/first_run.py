"""The first screen of an empty home: a choice, never an empty digest."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import OptionList, Static

from tui.widgets.bars import KeyBar
from tui.widgets.drawn import ink
from tui.wording import Wording

CHOICES = ("demo", "setup", "read")


class FirstRunScreen(Screen[str]):
    """Dismissed with one of `CHOICES`."""

    BINDINGS = [("j", "down", ""), ("k", "up", "")]  # noqa: RUF012 - Textual's way

    def __init__(self, w: Wording) -> None:
        super().__init__()
        self._words = w

    def compose(self) -> ComposeResult:
        w = self._words
        with Vertical(id="first-run"):
            yield Static(ink("Gegenbot", "bold $primary"), markup=False)
            yield Static(ink(w.t("first.what")), classes="first-text", markup=False)
            yield Static(ink(w.t("first.promise"), "$quiet"), classes="first-text", markup=False)
            yield OptionList(
                *(
                    ink(f" {number}  ", "bold $accent") + ink(w.t(f"first.{name}"))
                    for number, name in enumerate(CHOICES, 1)
                ),
                id="first-choices",
                markup=False,
            )
            yield Static(ink(w.t("choice.keys_first"), "$quiet"), markup=False)
        yield KeyBar("first", w)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()

    def on_key(self, event: events.Key) -> None:
        if event.key in {"1", "2", "3"}:
            event.stop()
            self._choose(int(event.key) - 1)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self._choose(message.option_index)

    def _choose(self, number: int) -> None:
        """Once: keys typed ahead may still reach a screen that is about to go."""
        if self.is_current:
            self.dismiss(CHOICES[number])

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

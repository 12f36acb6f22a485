"""A one-line field with a few answers: arrow keys, space or a click go to the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from tui.widgets.drawn import ink


class ChoiceField(Widget, can_focus=True):
    """Shows one of `answers`, pairs of value and words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "step(1)", show=False),
        Binding("left", "step(-1)", show=False),
        Binding("enter", "submit", show=False),
    ]

    class Submitted(Message):
        """Enter was pressed on the field."""

    def __init__(self, answers: Sequence[tuple[str, str]], chosen: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answers = answers
        self._at = next((number for number, (value, _) in enumerate(answers) if value == chosen), 0)

    @property
    def value(self) -> str:
        return self._answers[self._at][0]

    def render(self) -> Content:
        return ink("‹ ", "$accent") + ink(self._answers[self._at][1]) + ink(" ›", "$accent")

    def action_step(self, by: int) -> None:
        self._at = (self._at + by) % len(self._answers)
        self.refresh()

    def action_submit(self) -> None:
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.focus()
        self.action_step(1)

"""A company's answer, pasted: it is noted as their words and read like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from tui.widgets.drawn import ink

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class AnswerScreen(ModalScreen[str | None]):
    """Ctrl+S takes the text, Esc leaves without it."""

    BINDINGS: ClassVar[list[BindingType]] = [("ctrl+s", "take", ""), ("escape", "leave", "")]

    def compose(self) -> ComposeResult:
        w = cast("GegenbotApp", self.app).words
        with Vertical(id="dialog"):
            yield Static(ink(w.t("answer.title"), "bold"), id="dialog-title", markup=False)
            yield TextArea(id="answer-text", tab_behavior="focus", highlight_cursor_line=False)
            yield Static(ink(w.t("answer.keys"), "$quiet"), id="ask", markup=False)

    def action_take(self) -> None:
        self.dismiss(self.query_one(TextArea).text)

    def action_leave(self) -> None:
        self.dismiss(None)

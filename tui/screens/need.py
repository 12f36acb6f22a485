"""A new need: one sentence, read back before anything starts, or a form made from its category."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.screens.choices import Choice
from tui.screens.read_back import ReadBack
from tui.widgets.drawn import ink


class NeedScreen(ReadBack):
    """The first Enter reads the sentence back, the second one starts; a changed sentence is read again."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+f", "form", show=False)]

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog", classes="small"):
            yield Static(ink(w.t("need.title"), "bold"), id="dialog-title", markup=False)
            yield Input(self._text, placeholder=w.t("need.example"), id="need-text")
            yield Static(ink(w.t("need.hint"), "$quiet"), id="need-read", markup=False)
            yield Static(ink(w.t("need.keys"), "$quiet"), id="ask", markup=False)

    @on(Input.Changed)
    def _changed(self) -> None:
        if self.understood is not None:
            self.understood = None
            w = self.gegenbot.words
            self.query_one("#need-read", Static).update(ink(w.t("need.hint"), "$quiet"))
            self.query_one("#ask", Static).update(ink(w.t("need.keys"), "$quiet"))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        text = message.value.strip()
        if text:
            self.submit(text)

    def action_form(self) -> None:
        """The same by filling in fields: first the category, then its issues."""
        w, house = self.gegenbot.words, self.gegenbot.house
        answers = [(str(one["id"]), w.label("category", str(one["id"]))) for one in house.categories()]
        self.app.push_screen(Choice(w.t("need.which"), answers), self._form)

    def _form(self, category: str | None) -> None:
        if category is None:
            return
        from tui.screens.need_form import NeedForm

        found = next(one for one in self.gegenbot.house.categories() if one["id"] == category)
        self.app.push_screen(NeedForm(found), self._form_left)

    def _form_left(self, started: bool | None) -> None:
        if started:
            self.dismiss(True)

"""A new need: one sentence, read back before anything starts, or a form made from its category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.errors import explain
from tui.messages import Done, Loaded, Refused
from tui.screens.choices import Choice
from tui.widgets.drawn import ink
from tui.wording import Wording, needs

if TYPE_CHECKING:
    from tui.app import GegenbotApp


def told_back(w: Wording, made: Mapping[str, object]) -> Content:
    """What was understood, and what was not."""
    lines = [ink(needs.sentence(w, made), "bold")]
    if missed := needs.missed(w, made):
        lines += [ink(missed, "$warning"), ink(w.t("need.missed.do"), "$quiet")]
    return Content("\n").join(lines)


class NeedScreen(ModalScreen[bool]):
    """The first Enter reads the sentence back, the second one starts; a changed sentence is read again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+f", "form", show=False),
    ]

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self._text = text
        self._understood = ""

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog", classes="small"):
            yield Static(ink(w.t("need.title"), "bold"), id="dialog-title", markup=False)
            yield Input(self._text, placeholder=w.t("need.example"), id="need-text")
            yield Static(ink(w.t("need.hint"), "$quiet"), id="need-read", markup=False)
            yield Static(ink(w.t("need.keys"), "$quiet"), id="ask", markup=False)

    @on(Input.Changed)
    def _changed(self) -> None:
        if self._understood:
            self._understood = ""
            w = self.gegenbot.words
            self.query_one("#need-read", Static).update(ink(w.t("need.hint"), "$quiet"))
            self.query_one("#ask", Static).update(ink(w.t("need.keys"), "$quiet"))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        text = message.value.strip()
        if text:
            act = self._start if text == self._understood else self._read
            self.run_worker(lambda: act(text), thread=True, exclusive=True, exit_on_error=False)

    def _read(self, text: str) -> None:
        try:
            made = self.gegenbot.house.read_back(text=text)
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
            self.post_message(Refused(explain(err, self.gegenbot.words)))
        else:
            self.post_message(Loaded((text, made)))

    def _start(self, text: str) -> None:
        try:
            made = self.gegenbot.house.add_need(text=text)
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
            self.post_message(Refused(explain(err, self.gegenbot.words)))
        else:
            self.post_message(Done("done.wanted", made))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        message.stop()
        self.query_one("#need-read", Static).update(ink(message.explained.text, "$error"))

    @on(Loaded)
    def _read_back(self, message: Loaded) -> None:
        w = self.gegenbot.words
        self._understood, made = message.view
        self.query_one("#need-read", Static).update(told_back(w, made))
        self.query_one("#ask", Static).update(ink(w.t("need.keys_read"), "$accent"))

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        self.gegenbot.need_started()
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)

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

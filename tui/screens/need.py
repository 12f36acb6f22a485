"""A new need in one sentence: typed, read back, started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.errors import explain
from tui.messages import Done, Refused
from tui.widgets.drawn import ink
from tui.wording import needs

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class NeedScreen(ModalScreen[None]):
    """Enter reads the sentence and starts; what was understood is read back before the screen closes."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "")]

    def __init__(self) -> None:
        super().__init__()
        self._started = False

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog", classes="small"):
            yield Static(ink(w.t("need.title"), "bold"), id="dialog-title", markup=False)
            yield Input(placeholder=w.t("need.example"), id="need-text")
            yield Static(ink(w.t("need.hint"), "$quiet"), id="need-read", markup=False)
            yield Static(ink(w.t("need.keys"), "$quiet"), id="ask", markup=False)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        """The first Enter reads the sentence, the second one closes."""
        text = message.value.strip()
        if self._started:
            self.dismiss()
        elif text:
            self.run_worker(lambda: self._add(text), thread=True, exclusive=True, exit_on_error=False)

    def _add(self, text: str) -> None:
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

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        w = self.gegenbot.words
        made: Mapping[str, object] = message.view
        self._started = True
        lines = [ink(needs.sentence(w, made), "bold")]
        if missed := needs.missed(w, made):
            lines.append(ink(missed, "$warning"))
        self.query_one("#need-read", Static).update(Content("\n").join([*lines, ink(w.t("done.wanted"), "$success")]))
        self.query_one("#ask", Static).update(ink(w.t("need.keys_done"), "$quiet"))

    def action_leave(self) -> None:
        self.dismiss()

"""One fact on its ladder: what would be told on each rung, coarsest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.errors import explain
from tui.messages import Loaded, LoadFailed
from tui.widgets.drawn import ink

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class LadderScreen(ModalScreen[None]):
    """The value is opened for this screen only."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "leave", show=False)]

    def __init__(self, fact: str, label: str) -> None:
        super().__init__()
        self._fact = fact
        self._label = label

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog", classes="small"):
            yield Static(ink(self._label, "bold"), id="dialog-title", markup=False)
            yield Static(ink(w.t("pane.loading.title"), "$quiet"), id="rungs", markup=False)
            yield Static(ink(w.t("ladder.note"), "$quiet"), id="ladder-note", markup=False)
            yield Static(ink(w.t("choice.leave"), "$quiet"), id="ask", markup=False)

    def on_mount(self) -> None:
        self.run_worker(self._read, thread=True, exit_on_error=False)

    def _read(self) -> None:
        try:
            rungs = self.gegenbot.house.editing().ladder(self._fact)
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
            self.post_message(LoadFailed(explain(err, self.gegenbot.words)))
        else:
            self.post_message(Loaded(rungs))

    @on(Loaded)
    def _show(self, message: Loaded) -> None:
        w = self.gegenbot.words
        rungs: Sequence[Mapping[str, str]] = message.view
        lines = [
            ink(f"{w.label('granularity', row['granularity'])}".ljust(22), "$quiet")
            + ink(w.t("ladder.known") if row["told"] == "known" else row["told"] or w.t("ladder.nothing"), "bold")
            for row in rungs
        ]
        self.query_one("#rungs", Static).update(Content("\n").join(lines))

    @on(LoadFailed)
    def _failed(self, message: LoadFailed) -> None:
        self.gegenbot.refused(message.explained)
        self.query_one("#rungs", Static).update(ink(message.explained.text, "$error"))

    def action_leave(self) -> None:
        self.dismiss()

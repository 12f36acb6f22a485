"""The vault's passphrase, asked where the person looks: a screen owns the terminal, so nobody else may."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.widgets.drawn import ink

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class PassphraseScreen(ModalScreen["str | None"]):
    """Dismissed with what was typed (empty: none wanted), or None when the person leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, *, known: bool) -> None:
        super().__init__()
        self._known = known

    def compose(self) -> ComposeResult:
        w = cast("GegenbotApp", self.app).words
        which = "known" if self._known else "new"
        with Vertical(id="dialog", classes="small"):
            yield Static(ink(w.t(f"passphrase.{which}"), "bold"), id="dialog-title", markup=False)
            yield Input(password=True, id="passphrase")
            yield Static(ink(w.t(f"passphrase.{which}.note"), "$quiet"), markup=False)
            yield Static(ink(w.t("form.keys"), "$quiet"), id="ask", markup=False)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        self.dismiss(message.value)

    def action_leave(self) -> None:
        self.dismiss(None)

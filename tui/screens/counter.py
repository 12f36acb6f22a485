"""Ask for something else: the terms of the card as fields; what is changed goes out as a counter-proposal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from agent.views import ItemView, LegView, TermView
from tui.widgets.drawn import ink
from tui.widgets.fields import field_of

if TYPE_CHECKING:
    from tui.app import GegenbotApp

_CHANGEABLE = {"money", "number", "duration", "date"}


class CounterScreen(ModalScreen["dict[str, str] | None"]):
    """One field a term; only what differs is sent. Keys are `ISSUE`, or `PROVIDER_ID.ISSUE` in a bundle."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", ""), ("ctrl+s", "send", "")]

    def __init__(self, item: ItemView) -> None:
        super().__init__()
        self._item = item
        self._fields = list(self._changeable())

    def _changeable(self) -> Iterator[tuple[LegView, TermView]]:
        for leg in self._item.legs:
            yield from ((leg, term) for term in leg.terms if term.kind in _CHANGEABLE)

    def compose(self) -> ComposeResult:
        w = cast("GegenbotApp", self.app).words
        with Vertical(id="dialog"):
            yield Static(ink(w.t("counter.title"), "bold"), id="dialog-title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                for number, (leg, term) in enumerate(self._fields):
                    if number == 0 or self._fields[number - 1][0] is not leg:
                        yield Static(ink(leg.provider, "bold $primary"), classes="counter-leg", markup=False)
                    field = field_of(term, w)
                    with Horizontal(classes="field"):
                        yield Static(ink(field.label(w)), classes="field-label", markup=False)
                        yield Input(field.shown, id=f"field-{number}", compact=True)
            yield Static(ink(w.t("counter.keys"), "$quiet"), id="ask", markup=False)

    def action_leave(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    def action_send(self) -> None:
        w = cast("GegenbotApp", self.app).words
        bundle = len(self._item.legs) > 1
        changes = {}
        for number, (leg, term) in enumerate(self._fields):
            value = field_of(term, w).read(self.query_one(f"#field-{number}", Input).value, w)
            if value is not None:
                changes[f"{leg.provider_id}.{term.issue}" if bundle else term.issue] = value
        self.dismiss(changes or None)

"""A small form: fields with their words, one key that keeps it, and what is wrong said in the form itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from tui.errors import explain
from tui.messages import Done, Loaded, Refused
from tui.widgets.choice import ChoiceField
from tui.widgets.drawn import ink

if TYPE_CHECKING:
    from tui.app import GegenbotApp

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FormField:
    """One value: typed, or one of `choices` (value and words). All words are already in the reader's language."""

    name: str
    label: str
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    example: str = ""
    secret: bool = False
    suggestions: tuple[str, ...] = ()
    """What a beginning may become; the right arrow takes it."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a form asks and what keeping it does. `act` runs in a thread and may raise what the facade raises."""

    title: str
    fields: Sequence[FormField]
    act: Callable[[Values], Any]
    done: str = "done.kept"
    note: str = ""
    read_back: Callable[[Values], str] | None = None
    """What was understood, in words: then the first Enter reads back and the second one keeps."""


class FormScreen(ModalScreen[Any]):
    """Enter keeps, Esc leaves; dismissed with what `act` returned (True for nothing), or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form
        self._understood: Values | None = None

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog", classes="form"):
            yield Static(ink(self._form.title, "bold"), id="dialog-title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                for one in self._form.fields:
                    with Horizontal(classes="field"):
                        yield Static(ink(one.label), classes="field-label", markup=False)
                        if one.choices:
                            yield ChoiceField(one.choices, one.value, id=f"field-{one.name}")
                        else:
                            yield Input(
                                one.value,
                                placeholder=one.example,
                                password=one.secret,
                                suggester=SuggestFromList(one.suggestions, case_sensitive=False)
                                if one.suggestions
                                else None,
                                select_on_focus=False,
                                id=f"field-{one.name}",
                                compact=True,
                            )
            yield Static(ink(self._form.note, "$quiet"), id="form-note", markup=False)
            keys = "form.keys" if self._form.read_back is None else "need.form.keys"
            yield Static(ink(w.t(keys), "$quiet"), id="ask", markup=False)

    def on_mount(self) -> None:
        self.query_one("#form-note").display = bool(self._form.note)

    def action_leave(self) -> None:
        self.dismiss(None)

    def values(self) -> dict[str, str]:
        """What stands in the fields."""
        found = {}
        for one in self._form.fields:
            widget = self.query_one(f"#field-{one.name}")
            found[one.name] = widget.value.strip() if isinstance(widget, Input) else cast("ChoiceField", widget).value
        return found

    @on(Input.Submitted)
    @on(ChoiceField.Submitted)
    def _keep(self) -> None:
        values = self.values()
        if self._form.read_back is None or values == self._understood:
            self.run_worker(lambda: self._act(values), thread=True, exclusive=True, exit_on_error=False)
        else:
            self.run_worker(lambda: self._read_back(values), thread=True, exclusive=True, exit_on_error=False)

    def _read_back(self, values: Values) -> None:
        assert self._form.read_back is not None
        try:
            told = self._form.read_back(values)
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the form
            self.post_message(Refused(explain(err, self.gegenbot.words)))
        else:
            self.post_message(Loaded((values, told)))

    @on(Loaded)
    def _told_back(self, message: Loaded) -> None:
        self._understood, told = message.view
        note = self.query_one("#form-note", Static)
        note.update(ink(told, "bold"))
        note.display = True
        self.query_one("#ask", Static).update(ink(self.gegenbot.words.t("form.keys_read"), "$accent"))

    def _act(self, values: Values) -> None:
        try:
            made = self._form.act(values)
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the form
            self.post_message(Refused(explain(err, self.gegenbot.words)))
        else:
            self.post_message(Done(self._form.done, made))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        message.stop()
        self.gegenbot.refused(message.explained)
        note = self.query_one("#form-note", Static)
        note.update(ink(message.explained.text, "$error"))
        note.display = True

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        self.app.notify(self.gegenbot.words.t(message.key), markup=False)
        self.dismiss(True if message.view is None else message.view)

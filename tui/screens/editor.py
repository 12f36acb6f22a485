"""What every editor shares: a list, and keys to add, change, switch and forget one of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList, Static

from tui.house import Edits, Reads
from tui.screens.base import Pane
from tui.screens.choices import Choice
from tui.screens.form import Form, FormScreen
from tui.widgets.drawn import ink, put
from tui.widgets.rows import Column, Rows

Row = Mapping[str, str]


class EditorScreen(Pane):
    """Subclasses name their columns, read their rows, and say what each key does with one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()

    def columns(self) -> Sequence[Column]:
        raise NotImplementedError

    def read(self, reads: Reads) -> Sequence[Row]:
        raise NotImplementedError

    def cells(self, row: Row) -> list[Content]:
        """One row, a cell for each column."""
        raise NotImplementedError

    def detail(self, row: Row) -> str:
        """What stands below the list about the row under the cursor."""
        return ""

    def adding(self) -> Form | None:
        """The form of a new row; None where rows are not added."""
        return None

    def changing(self, row: Row) -> Form | None:
        """The form that changes a row."""
        return None

    def forgetting(self, row: Row) -> tuple[str, Callable[[], Any]] | None:
        """What is forgotten, in words, and how."""
        return None

    def switching(self, row: Row) -> Callable[[Edits], Any] | None:
        """What one key changes at once."""
        return None

    def compose_body(self) -> ComposeResult:
        yield Static(ink(self.words.t(f"{self.where}.lead"), "$quiet"), id="lead", markup=False)
        yield Rows(*self.columns())
        yield Static("", id="detail", markup=False)

    def show(self, view: Sequence[Row]) -> bool:
        self.rows = view
        self.query_one(Rows).set_rows([self.cells(row) for row in view])
        self._tell_detail()
        return bool(view)

    def chosen(self) -> Row | None:
        at = self.query_one(Rows).highlighted
        return self.rows[at] if at is not None and at < len(self.rows) else None

    def _tell_detail(self) -> None:
        row = self.chosen()
        put(self.query_one("#detail", Static), ink(self.detail(row) if row else ""))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._tell_detail()

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_change()

    def open_form(self, form: Form | None) -> None:
        """Ask, then read the list again."""
        if form is not None:
            self.app.push_screen(FormScreen(form), lambda made: self.reload() if made is not None else None)

    def action_add(self) -> None:
        self.open_form(self.adding())

    def action_change(self) -> None:
        if row := self.chosen():
            self.open_form(self.changing(row))

    def action_switch(self) -> None:
        row = self.chosen()
        if row and (act := self.switching(row)):
            self._do("done.kept", lambda: act(self.house.editing()))

    def action_remove(self) -> None:
        row = self.chosen()
        found = self.forgetting(row) if row else None
        if found is None:
            return
        what, act = found
        w = self.words
        question = Choice(w.t("forget.question", what=what), [("yes", w.t("forget.yes")), ("no", w.t("forget.no"))])
        self.app.push_screen(question, lambda answer: self._do("done.gone", act) if answer == "yes" else None)

    def _do(self, done: str, act: Callable[[], Any]) -> None:
        self.gegenbot.do(done, act, self.reload)

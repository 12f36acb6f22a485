"""Offers the person already has: read from a folder, a mail or a mailbox, and used as a start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from tui.errors import explain
from tui.house import Reads
from tui.messages import Loaded, LoadFailed
from tui.screens.base import Pane
from tui.screens.choices import Choice
from tui.screens.form import FormScreen
from tui.widgets.drawn import ink
from tui.widgets.rows import Column, Rows
from tui.widgets.theirs import MARK
from tui.wording.clean import one_line

Offer = Mapping[str, Any]


class OffersScreen(Pane):
    """Type a path, Enter reads it; Enter on an offer asks what to do with it."""

    where: ClassVar[str] = "offers"
    live: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self._offers: list[Offer] = []
        self._path: Path | None = None

    def compose_body(self) -> ComposeResult:
        w = self.words
        yield Static("", id="lead", markup=False)
        yield Rows(
            Column(w.t("offers.col.price"), 12, right=True),
            Column(w.t("offers.col.title"), 0),
            Column(w.t("offers.col.until"), 19),
            Column(w.t("offers.col.file"), 24, least=100),
        )

    def compose(self) -> ComposeResult:
        for number, widget in enumerate(super().compose()):
            yield widget
            if number == 0:
                yield Input(placeholder=self.words.t("offers.path.example"), id="offers-path")

    def on_mount(self) -> None:
        self.query_one("#body").display = False
        self.tell("empty")
        self.query_one("#offers-path").focus()

    def reload(self) -> None:
        """Nothing to read until a path was typed."""
        if self._path is not None:
            self.run_worker(self._read_files, thread=True, exclusive=True, group="read", exit_on_error=False)

    def read(self, reads: Reads) -> None:
        return None

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        typed = message.value.strip()
        if typed:
            self._path = Path(typed).expanduser()
            self.query_one("#body").display = False
            self.tell("loading")
            self.reload()

    def _read_files(self) -> None:
        path = self._path
        assert path is not None
        try:
            path.stat()
            found = self.house.read_files((path,))
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
            self.post_message(LoadFailed(explain(err, self.words)))
        else:
            self.post_message(Loaded(found))

    def show(self, view: tuple[Mapping[str, Any], ...]) -> bool:
        w = self.words
        self._offers = [{**offer, "path": row["path"]} for row in view for offer in row["offers"]]
        told = w.n("offers.read", len(view)) + " " + w.n("offers.found", len(self._offers))
        self.query_one("#lead", Static).update(ink(told, "bold"))
        self.query_one(Rows).set_rows([self._row(one) for one in self._offers])
        if self._offers:
            self.query_one(Rows).choices.focus()
        return bool(self._offers)

    def _row(self, offer: Offer) -> list[Content]:
        w = self.words
        until = offer["valid_until"]
        return [
            ink(w.formats.money(offer["price"], offer["currency"] or "EUR"), "bold"),
            ink(MARK + one_line(str(offer["title"] or "–")), "italic $secondary"),
            ink(w.formats.day(until, year=True) if until else "–"),
            ink(Path(offer["path"]).name, "$quiet"),
        ]

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        offer, w = self._offers[message.option_index], self.words
        answers = [("want", w.t("offers.want")), ("pay", w.t("offers.pay")), ("no", w.t("offers.nothing"))]
        question = Choice(w.t("offers.question"), answers)
        self.app.push_screen(question, lambda answer: self._use(offer, answer))

    def action_open(self) -> None:
        self.query_one(Rows).action_select()

    def _use(self, offer: Offer, answer: str | None) -> None:
        from tui.screens.market_editors import ContractsScreen
        from tui.screens.need import NeedScreen

        w = self.words
        price = w.formats.number(str(offer["price"]), 2)
        category = w.label("category", str(offer["category"])) if offer["category"] else ""
        if answer == "want":
            start = w.t("offers.sentence", category=category or w.t("offers.thing"), price=price)
            self.app.push_screen(NeedScreen(start), self._wanted)
        elif answer == "pay":
            row = {"category": str(offer["category"] or ""), "monthly": str(offer["price"])}
            self.app.push_screen(FormScreen(ContractsScreen().form(row)))

    def _wanted(self, started: bool | None) -> None:
        if started:
            self.dismiss()

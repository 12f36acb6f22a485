"""The talks of a card (or all), and one transcript."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList

from agent.views import TalkView
from tui.house import Reads
from tui.screens.base import Pane
from tui.widgets.drawn import ink
from tui.widgets.rows import Column, Rows
from tui.widgets.sections import TalkText
from tui.wording.clean import one_line

_STATE_STYLES = {"held": "$success", "agreed": "bold $success", "failed": "$error", "mismatch": "bold $error"}


class TalksScreen(Pane):
    """One line for each talk; Enter opens its transcript."""

    where: ClassVar[str] = "talks"

    def __init__(self, item_id: str | None = None) -> None:
        super().__init__()
        self._item_id = item_id
        self._talks: tuple[TalkView, ...] = ()

    def compose_body(self) -> ComposeResult:
        yield Rows(
            Column(self.words.t("talks.col.company"), 24),
            Column(self.words.t("talks.col.about"), 20),
            Column(self.words.t("talks.col.state"), 0),
            Column(self.words.t("talks.col.rounds"), 7, right=True, least=90),
            Column(self.words.t("talks.col.way"), 20, least=100),
        )

    def read(self, reads: Reads) -> tuple[TalkView, ...]:
        return reads.talks(self._item_id)

    def show(self, view: tuple[TalkView, ...]) -> bool:
        self._talks = view
        self.query_one(Rows).set_rows([self._row(talk) for talk in view])
        return bool(view)

    def _row(self, talk: TalkView) -> list[Content]:
        w = self.words
        return [
            ink(talk.provider, "bold"),
            ink(w.label("category", talk.category)),
            ink(w.label("talk.state", talk.state), _STATE_STYLES.get(talk.state, "$quiet")),
            ink(w.formats.number(str(talk.rounds))),
            ink(talk.protocol, "$quiet"),
        ]

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.app.push_screen(TalkScreen(tuple(talk.negotiation for talk in self._talks), message.option_index))

    def action_open(self) -> None:
        self.query_one(Rows).action_select()


class TalkScreen(Pane):
    """One transcript; `[` and `]` go to the neighbours."""

    where: ClassVar[str] = "talk"

    def __init__(self, negotiations: tuple[str, ...], at: int) -> None:
        super().__init__()
        self._negotiations = negotiations
        self._at = at

    def compose_body(self) -> ComposeResult:
        yield TalkText(self.words)

    def read(self, reads: Reads) -> TalkView:
        return reads.talk(self._negotiations[self._at])

    def show(self, view: TalkView) -> bool:
        w = self.words
        bar = self.query_one("TopBar")
        state = w.label("talk.state", view.state)
        bar.title = f"{one_line(view.provider)} · {w.label('category', view.category)} · {state}"  # type: ignore[attr-defined]
        bar.refresh()
        text = self.query_one(TalkText)
        text.view = view
        text.redraw()
        return bool(view.turns)

    def _go(self, by: int) -> None:
        self._at = (self._at + by) % len(self._negotiations)
        self._scroller().scroll_home(animate=False)
        self.reload()

    def action_previous(self) -> None:
        self._go(-1)

    def action_next(self) -> None:
        self._go(1)

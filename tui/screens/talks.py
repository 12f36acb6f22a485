"""The talks of a card (or all), and one transcript."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import OptionList

from agent.views import DraftView, TalkView
from tui.errors import explain
from tui.house import Reads
from tui.screens.answer import AnswerScreen
from tui.screens.base import Pane
from tui.widgets.drawn import ink
from tui.widgets.rows import Column, Rows
from tui.widgets.sections import TalkText
from tui.wording.clean import one_line

_STATE_STYLES = {"held": "$success", "agreed": "bold $success", "failed": "$error", "mismatch": "bold $error"}


Carried = TypeVar("Carried")


class TalksScreen(Pane):
    """One line for each talk; Enter opens its transcript."""

    where: ClassVar[str] = "talks"

    def __init__(self) -> None:
        super().__init__()
        self._item_id: str | None = None
        self._talks: tuple[TalkView, ...] = ()
        self._ready: frozenset[str] = frozenset()

    def about(self, item_id: str | None) -> None:
        """Which card's talks to show; None for all. Said before the screen is opened."""
        if self.is_mounted and item_id != self._item_id:
            self.wait()
        self._item_id = item_id

    @property
    def negotiations(self) -> tuple[str, ...]:
        return tuple(talk.negotiation for talk in self._talks)

    def compose_body(self) -> ComposeResult:
        yield Rows(
            Column(self.words.t("talks.col.company"), 24),
            Column(self.words.t("talks.col.about"), 20),
            Column(self.words.t("talks.col.state"), 0),
            Column(self.words.t("talks.col.rounds"), 7, right=True, least=90),
            Column(self.words.t("talks.col.way"), 20, least=100),
        )

    def read(self, reads: Reads) -> tuple[tuple[TalkView, ...], frozenset[str]]:
        ready = frozenset(one.negotiation for one in self.house.carrying().drafts())
        return reads.talks(self._item_id), ready

    def show(self, view: tuple[tuple[TalkView, ...], frozenset[str]]) -> bool:
        self._talks, self._ready = view
        self.query_one(Rows).set_rows([self._row(talk) for talk in self._talks])
        return bool(self._talks)

    def _row(self, talk: TalkView) -> list[Content]:
        w = self.words
        state = ink(w.label("talk.state", talk.state), _STATE_STYLES.get(talk.state, "$quiet"))
        return [
            ink(talk.provider, "bold"),
            ink(w.label("category", talk.category)),
            ink(w.t("draft.waits"), "bold $warning") if talk.negotiation in self._ready else state,
            ink(w.formats.number(str(talk.rounds))),
            ink(talk.protocol, "$quiet"),
        ]

    @on(OptionList.OptionSelected)
    def _chosen(self, message: OptionList.OptionSelected) -> None:
        self.app.push_screen(TalkScreen(self.negotiations, message.option_index))

    def action_all(self) -> None:
        """The talks of every need, not only those behind the card."""
        self._item_id = None
        self.reload()

    def action_open(self) -> None:
        self.query_one(Rows).action_select()


class TalkScreen(Pane):
    """One transcript; `[` and `]` go to the neighbours."""

    where: ClassVar[str] = "talk"

    def __init__(self, negotiations: tuple[str, ...], at: int) -> None:
        super().__init__()
        self._negotiations = negotiations
        self._at = at
        self._draft: DraftView | None = None

    def compose_body(self) -> ComposeResult:
        yield TalkText(self.words)

    def read(self, reads: Reads) -> tuple[TalkView, DraftView | None]:
        view = reads.talk(self._negotiations[self._at])
        ready = (one for one in self.house.carrying().drafts() if one.negotiation == view.negotiation)
        return view, next(ready, None)

    def show(self, view: tuple[TalkView, DraftView | None]) -> bool:
        talk, self._draft = view
        return self._show_talk(talk)

    def _show_talk(self, view: TalkView) -> bool:
        w = self.words
        bar = self.query_one("TopBar")
        state = w.label("talk.state", view.state)
        bar.title = f"{one_line(view.provider)} · {w.label('category', view.category)} · {state}"  # type: ignore[attr-defined]
        bar.refresh()
        text = self.query_one(TalkText)
        text.view, text.draft = view, self._draft
        text.redraw()
        return bool(view.turns)

    def action_curve(self) -> None:
        from tui.screens.curves import CurveScreen

        self.app.push_screen(CurveScreen(self._negotiations[self._at]))

    def _go(self, by: int) -> None:
        self._at = (self._at + by) % len(self._negotiations)
        self._scroller().scroll_home(animate=False)
        self.reload()

    @property
    def _negotiation(self) -> str:
        return self._negotiations[self._at]

    def action_copy(self) -> None:
        """The cleared words into the clipboard; refused while everything is stopped."""
        copied = self._carry(lambda: self.house.carrying().draft(self._negotiation))
        if copied is not None:
            self.app.copy_to_clipboard(copied.text)
            self.notify(self.words.t("draft.copied"), markup=False)

    def action_carried(self) -> None:
        count = self._carry(lambda: self.house.carrying().carried(self._negotiation))
        if count is not None:
            self.notify(self.words.n("done.carried", count), markup=False)
            self.reload()

    def action_paste(self) -> None:
        def brought(text: str | None) -> None:
            if text and self._carry(lambda: self.house.carrying().answer(self._negotiation, text)) is not None:
                self.notify(self.words.t("done.answered"), markup=False)
                self.reload()

        self.app.push_screen(AnswerScreen(), brought)

    def _carry(self, act: Callable[[], Carried]) -> Carried | None:
        """One short visit to the ledger; what it refuses is said."""
        try:
            return act()
        except Exception as err:  # noqa: BLE001 - the edge: it becomes a message on the screen
            self.notify(explain(err, self.words).text, severity="error", markup=False)
            return None

    def action_previous(self) -> None:
        self._go(-1)

    def action_next(self) -> None:
        self._go(1)

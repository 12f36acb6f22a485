"""Small questions with numbered answers: why not, until when, what on leaving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from agent.views import ItemView
from tui.widgets.drawn import ink
from tui.wording import Wording

if TYPE_CHECKING:
    from tui.app import GegenbotApp

REASONS = ("too_expensive", "wrong_terms", "wrong_provider", "not_now", "other")


class Choice(ModalScreen[str | None]):
    """A question and its answers; a number or Enter answers, Esc leaves."""

    BINDINGS = [("escape", "leave", ""), ("j", "down", ""), ("k", "up", ""), ("s", "app.stop", "")]  # noqa: RUF012 - Textual's way

    def __init__(self, question: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._question = question
        self._answers = answers

    def compose(self) -> ComposeResult:
        w = cast("GegenbotApp", self.app).words
        with Vertical(id="dialog", classes="small"):
            yield Static(ink(self._question, "bold"), id="dialog-title", markup=False)
            yield OptionList(
                *(
                    ink(f" {number} ", "bold $accent") + ink(f" {words}")
                    for number, (_, words) in enumerate(self._answers, 1)
                ),
                id="answers",
                markup=False,
            )
            yield Static(ink(w.t("choice.keys"), "$quiet"), id="ask", markup=False)

    def on_key(self, event: events.Key) -> None:
        if event.key.isdigit() and 1 <= int(event.key) <= len(self._answers):
            event.stop()
            self._answer(int(event.key) - 1)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self._answer(message.option_index)

    def _answer(self, number: int) -> None:
        """Once: keys typed ahead may still reach a screen that is about to go."""
        if self.is_current:
            self.dismiss(self._answers[number][0])

    def action_down(self) -> None:
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        self.query_one(OptionList).action_cursor_up()

    def action_leave(self) -> None:
        self.dismiss(None)


def reject_choice(w: Wording) -> Choice:
    """Why not; what is learned from the answer becomes a wish the person can see and correct."""
    return Choice(w.t("reject.question"), [(code, w.t(f"reject.{code}")) for code in REASONS])


def later_choice(w: Wording, item: ItemView, digest_made: str | None) -> Choice:
    """When to ask again, counted from the digest (the demo's clock is simulated); never after our own deadline."""
    now = datetime.fromisoformat(digest_made) if digest_made else datetime.now(UTC)
    answers = [("", w.t("later.next"))]
    for key, days in (("later.tomorrow", 1), ("later.three", 3), ("later.week", 7)):
        until = (now + timedelta(days=days)).isoformat(timespec="minutes")
        if item.deadline is None or until < item.deadline:
            answers.append((until, w.t(key)))
    return Choice(w.t("later.question"), answers)


def stay_choice(w: Wording) -> Choice:
    """Whether to become a service of the person's session."""
    return Choice(w.t("stay.question"), [("on", w.t("stay.on")), ("no", w.t("stay.no"))])


def notify_choice(w: Wording) -> Choice:
    """Whether to be told when decisions wait; leaving the question means no."""
    answers = [("off", w.t("notify.off")), ("desktop", w.t("notify.desktop")), ("mail", w.t("notify.mail"))]
    return Choice(w.t("notify.question"), answers)


def leave_choice(w: Wording) -> Choice:
    """Whether the runner stays when the screen closes."""
    return Choice(w.t("leave.question"), [("stay", w.t("leave.stay")), ("end", w.t("leave.end"))])

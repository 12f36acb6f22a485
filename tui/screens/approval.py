"""The yes: exactly the terms it binds, in our own rendering, and a second key above the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from agent.views import ItemView
from tui.messages import Snapshot
from tui.widgets.drawn import EMPTY, Drawn, hang, ink
from tui.widgets.sections import leg_terms, money_lines
from tui.wording import Wording, phrases

if TYPE_CHECKING:
    from tui.app import GegenbotApp


class Terms(Drawn):
    """Everything the approval binds. No company's text, only typed values."""

    def __init__(self, item: ItemView, w: Wording) -> None:
        super().__init__(id="terms")
        self.item = item
        self.w = w

    def draw(self, width: int) -> list[Content]:
        w, item = self.w, self.item
        lines = money_lines(w, item, width)
        for leg in item.legs:
            lines += leg_terms(w, leg, item, width)
        lines.append(EMPTY)
        said = phrases.data_cost(w, item) if item.legs else phrases.because(w, item.because)
        lines += hang(EMPTY, ink(said, "$quiet"), width)
        return lines


class ApprovalScreen(ModalScreen[None]):
    """`y` approves; above the limit a second, other key is asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "yes", ""),
        ("s", "app.stop", ""),
        ("o", "over", ""),
        ("escape,n", "leave", ""),
        ("j,down", "scroll(1)", ""),
        ("k,up", "scroll(-1)", ""),
    ]

    def __init__(self, item: ItemView) -> None:
        super().__init__()
        self.item = item
        self._asked_over = False

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def compose(self) -> ComposeResult:
        w = self.gegenbot.words
        with Vertical(id="dialog"):
            yield Static(ink(w.t("approval.title"), "bold"), id="dialog-title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                yield Terms(self.item, w)
            yield Static(ink(w.t("approval.hash", hash=self.item.approval_hash[:8]), "$quiet"), markup=False)
            yield Static(self._ask(), id="ask", markup=False)

    def _ask(self) -> Content:
        """The question at the bottom: once, or a second time above the limit."""
        w = self.gegenbot.words
        if not self._asked_over:
            return self._keys(
                ("y", w.t("approval.yes")), ("Esc", w.t("approval.not_yet")), ("↑↓", w.t("approval.read"))
            )
        reasons = ", ".join(w.say(reason) for reason in self.item.over_limit)
        lines = [
            ink(w.t("approval.over"), "bold $error"),
            ink(reasons[:1].upper() + reasons[1:] + ".", "$warning"),
            self._keys(("o", w.t("approval.yes_over")), ("Esc", w.t("approval.not_yet"))),
        ]
        return Content("\n").join(lines)

    def _keys(self, *pairs: tuple[str, str]) -> Content:
        return Content("   ").join(ink(key, "bold $accent") + ink(f" {word}") for key, word in pairs)

    def home_changed(self, snapshot: Snapshot) -> None:
        """A yes is never given to terms that are not on the screen any more."""
        now = next((item for item in snapshot.digest.items if item.id == self.item.id), None)
        if now is None or now.approval_hash != self.item.approval_hash:
            w = self.gegenbot.words
            self.app.notify(w.t("error.terms_changed"), severity="warning", markup=False)
            self.dismiss()

    def action_scroll(self, by: int) -> None:
        self.query_one("#dialog-body").scroll_relative(y=by * 2)

    def action_yes(self) -> None:
        if not self.item.over_limit:
            self._approve(over_limit=False)
        elif not self._asked_over:
            self._asked_over = True
            self.query_one("#ask", Static).update(self._ask())
            self.query_one("#dialog").add_class("over")

    def action_over(self) -> None:
        if self._asked_over:
            self._approve(over_limit=True)

    def _approve(self, *, over_limit: bool) -> None:
        item = self.item
        self.gegenbot.decide(
            "done.approved", lambda to: to.approve(item.id, item.approval_hash, over_limit=over_limit), item.id
        )
        self.dismiss()

    def action_leave(self) -> None:
        self.dismiss()

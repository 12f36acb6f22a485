"""Why a card is there: what people want to know before they say yes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from agent.views import ItemView, WhyView
from tui.house import Reads
from tui.screens.base import Pane
from tui.screens.deciding import Decisions
from tui.widgets.sections import WhyText


class WhyScreen(Decisions, Pane):
    """Reasons, comparison, wishes, rules and all terms of one card; every decision can be taken here too."""

    where: ClassVar[str] = "why"

    def __init__(self, item_id: str) -> None:
        super().__init__()
        self._item_id = item_id
        self._view: WhyView | None = None

    def compose_body(self) -> ComposeResult:
        yield WhyText(self.words)

    def read(self, reads: Reads) -> WhyView:
        return reads.why(self._item_id)

    def show(self, view: WhyView) -> bool:
        self._view = view
        text = self.query_one(WhyText)
        text.view = view
        text.redraw()
        return True

    def chosen(self) -> ItemView | None:
        return self._view.item if self._view else None

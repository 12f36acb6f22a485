"""What Gegenbot works from: what you want, what you pay today, your rules and wishes. Values of facts are not shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from tui.house import Reads
from tui.screens.base import Pane
from tui.widgets.drawn import Drawn, hang, ink
from tui.widgets.sections import heading
from tui.wording import Wording, phrases
from tui.wording.clean import one_line

Row = Mapping[str, str]


class ProfileText(Drawn):
    """Four sections; an empty one says what it would be good for."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="profile-text")
        self.w = w
        self.view: Mapping[str, tuple[Row, ...]] = {}

    def draw(self, width: int) -> list[Content]:
        if not self.view:
            return []
        sections: tuple[tuple[str, Callable[[Row], tuple[str, str]]], ...] = (
            ("needs", self._need),
            ("contracts", self._contract),
            ("rules", self._rule),
            ("preferences", self._preference),
        )
        lines: list[Content] = []
        for name, tell in sections:
            lines += heading(self.w.t(f"{name}.title"))
            told = dict.fromkeys(tell(row) for row in self.view[name])
            for mark, words in told:
                lines += hang(ink(f" {mark:<9} ", "$accent"), ink(words), width)
            if not told:
                lines += hang(ink("   "), ink(self.w.t(f"{name}.empty"), "$quiet"), width)
        return lines[1:]

    def _need(self, row: Row) -> tuple[str, str]:
        words = self.w.label("category", row.get("category", ""))
        if row.get("window_ends"):
            words += " · " + self.w.t("needs.until", moment=self.w.formats.moment(row["window_ends"]))
        return self.w.label("state", row.get("state", "")), words

    def _contract(self, row: Row) -> tuple[str, str]:
        parts = [self.w.label("category", row.get("category", "")), row.get("provider", ""), row.get("monthly", "")]
        if row.get("end"):
            parts.append(self.w.t("contracts.until", day=self.w.formats.day(row["end"], year=True)))
        return "€", one_line(" · ".join(part for part in parts if part))

    def _rule(self, row: Row) -> tuple[str, str]:
        effect = self.w.label("effect", row.get("effect", ""))
        return effect, f"{row.get('number', '')}. {phrases.mapping_words(row)}".lstrip(". ")

    def _preference(self, row: Row) -> tuple[str, str]:
        hard = row.get("hard") or ("yes" if row.get("kind") == "hard" else "no")
        return self.w.label("hard", hard), phrases.mapping_words(row)


class ProfileScreen(Pane):
    """Read-only; `gegenbot memory import` and `gegenbot want` change it."""

    where: ClassVar[str] = "profile"

    def compose_body(self) -> ComposeResult:
        yield ProfileText(self.words)

    def read(self, reads: Reads) -> dict[str, tuple[Row, ...]]:
        return {
            "needs": reads.needs(),
            "contracts": reads.contracts(),
            "rules": reads.rules(),
            "preferences": reads.preferences(),
        }

    def show(self, view: Any) -> bool:
        text = self.query_one(ProfileText)
        text.view = view
        text.redraw()
        return any(view.values())

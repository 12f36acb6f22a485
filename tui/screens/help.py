"""Help: what this screen is for, and every key in groups, from the registry."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.content import Content

from tui.actions import GROUPS, actions_of
from tui.house import Reads
from tui.messages import Loaded
from tui.screens.base import Pane
from tui.widgets.drawn import EMPTY, Drawn, hang, ink
from tui.wording import Wording


class HelpText(Drawn):
    """The help of one screen."""

    def __init__(self, about: str, focused: str, w: Wording) -> None:
        super().__init__(id="help-text")
        self.focused = focused
        self.about = about
        self.w = w

    def draw(self, width: int) -> list[Content]:
        w = self.w
        lines = hang(EMPTY, ink(w.t(f"help.{self.about}") if w.has(f"help.{self.about}") else w.t("help.any")), width)
        if w.has(f"help.on.{self.focused}"):
            lines += [EMPTY, *hang(ink("▸ ", "bold $accent"), ink(w.t(f"help.on.{self.focused}")), width)]
        for group in GROUPS:
            found = [one for one in actions_of(self.about) if one.group == group]
            if found:
                lines += [EMPTY, ink(w.t(f"help.group.{group}"), "bold $primary")]
            for one in found:
                key = ink(f"  {w.label('key', one.key):<10}", "bold $accent")
                lines += hang(key, ink(w.t(f"action.{one.id}.help")), width)
        return lines


class HelpScreen(Pane):
    """Opened with `?` or F1 anywhere; Esc goes back."""

    where: ClassVar[str] = "help"
    live: ClassVar[bool] = False

    def __init__(self, about: str, focused: str = "") -> None:
        super().__init__()
        self._about = about
        self._focused = focused

    def compose_body(self) -> ComposeResult:
        yield HelpText(self._about, self._focused, self.words)

    def reload(self) -> None:
        """Nothing to read: help is there at once."""
        self.post_message(Loaded(None))

    def read(self, reads: Reads) -> None:
        return None

    def show(self, view: Any) -> bool:
        return True

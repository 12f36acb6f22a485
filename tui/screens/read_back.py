"""What states a need, in a sentence or a form: read back first, started by a second Enter that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.errors import explain
from tui.messages import Done, Loaded, Refused
from tui.widgets.drawn import ink
from tui.wording import Wording, needs

if TYPE_CHECKING:
    from tui.app import GegenbotApp

Asked = str | dict[str, object]
"""A sentence, or the table of a form."""


def told_back(w: Wording, made: Mapping[str, object]) -> Content:
    """What was understood, and what was not."""
    lines = [ink(line, "bold") for line in needs.sentences(w, made)]
    if missed := needs.missed(w, made):
        lines += [ink(missed, "$warning"), ink(w.t("need.missed.do"), "$quiet")]
    return Content("\n").join(lines)


class ReadBack(ModalScreen[bool]):
    """Subclasses compose `#need-read` and `#ask`, and call `submit` with what is asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self.understood: Asked | None = None
        """What was read back last; None once it was changed."""

    @property
    def gegenbot(self) -> GegenbotApp:
        return cast("GegenbotApp", self.app)

    def submit(self, asked: Asked) -> None:
        starts = asked == self.understood
        self.run_worker(lambda: self._go(asked, starts), thread=True, exclusive=True, exit_on_error=False)

    def _go(self, asked: Asked, starts: bool) -> None:
        house = self.gegenbot.house
        act = house.add_need if starts else house.read_back
        try:
            made = act(text=asked) if isinstance(asked, str) else act(table=asked)
        except Exception as err:  # noqa: BLE001 - the edge of the worker: it becomes a message on the screen
            self.post_message(Refused(explain(err, self.gegenbot.words)))
        else:
            self.post_message(Done("done.wanted", made) if starts else Loaded((asked, made)))

    @on(Refused)
    def _refused(self, message: Refused) -> None:
        message.stop()
        self.query_one("#need-read", Static).update(ink(message.explained.text, "$error"))

    @on(Loaded)
    def _read_back(self, message: Loaded) -> None:
        w = self.gegenbot.words
        self.understood, made = message.view
        self.query_one("#need-read", Static).update(told_back(w, made))
        self.query_one("#ask", Static).update(ink(w.t("need.keys_read"), "$accent"))

    @on(Done)
    def _done(self, message: Done) -> None:
        message.stop()
        self.gegenbot.need_started()
        self.dismiss(True)

    def action_leave(self) -> None:
        self.dismiss(False)

"""The two bars of every screen: what this is and how it stands, and which keys help."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from agent.views import DigestView, StatusView
from tui.actions import EVERYWHERE, Action, actions_of
from tui.widgets.drawn import Drawn, ink, join, pair, put
from tui.wording import Wording, phrases

_SPARE = 10
"""Hints from this rank on may be left out before the bar is set tight."""


_WIDE = 100
"""From this width on, the top bar also says when the digest was made."""


class TopBar(Drawn):
    """One line: name and place on the left, time and next look on the right. Red while everything is stopped."""

    def __init__(self, title: str, w: Wording) -> None:
        super().__init__(id="top-bar")
        self.title = title
        self.w = w
        self.digest: DigestView | None = None
        self.status: StatusView | None = None
        self.simulated = False

    def show(self, digest: DigestView, status: StatusView, *, simulated: bool) -> None:
        self.digest, self.status, self.simulated = digest, status, simulated
        self.set_class(digest.stopped, "stopped")
        self.redraw()

    def draw(self, width: int) -> list[Content]:
        stopped = self.digest is not None and self.digest.stopped
        name = ink(" Gegenbot ", "bold" if stopped else "bold $primary")
        left = name + (ink(self.title) if self.title else Content(""))
        if self.digest is None:
            return [left]
        if self.digest.stopped:
            return [pair(left, ink(self.w.t("digest.stopped", key="S") + " ", "bold"), width)]
        return [pair(left, self._right() + ink(" "), width)]

    def _right(self) -> Content:
        assert self.digest is not None
        w, parts = self.w, []
        if self.title:
            return ink(w.t("bar.simulated"), "bold $warning") if self.simulated else Content("")
        if self.simulated:
            parts.append(ink(w.t("bar.simulated"), "bold $warning"))
        if self.digest.made_at and self.app.size.width >= _WIDE:
            parts.append(ink(w.formats.moment(self.digest.made_at), "$quiet"))
        if self.digest.next_look:
            parts.append(ink(w.t("digest.next_look", moment=w.formats.clock(self.digest.next_look)), "$quiet"))
        if self.status is not None and not self.simulated:
            parts.append(ink(w.t(f"digest.closed.{'yes' if self.status.runner_pid else 'no'}"), "$quiet"))
        return join(parts, " · ")


class KeyHint(Static):
    """One key and its word; a click does the same."""

    def __init__(self, action: Action, w: Wording) -> None:
        self._action = action
        self._w = w
        super().__init__(self._said(action.key), classes="key-hint", markup=False)
        self.rank = action.bar
        self.tooltip = w.t(f"action.{action.id}.help")
        self.command = f"app.{action.command}" if EVERYWHERE in action.screens else action.command

    def _said(self, key: str) -> Content:
        word = self._w.t(f"action.{self._action.id}")
        return Content.assemble((self._w.label("key", key), "bold $accent"), " ", (word, "$quiet"))

    def tell(self, *, typing: bool, covered: bool) -> int:
        """Say the key that does it now. Returns the cells it takes; none where no key does it. Under a dialog only
        what holds everywhere is done."""
        key = self._action.key_while_typing if typing or covered else self._action.key
        if covered and not self._action.typed:
            return 0
        if not key:
            return 0
        said = self._said(key)
        put(self, said)
        return said.cell_length

    async def on_click(self, event: events.Click) -> None:
        event.stop()
        await self.screen.run_action(self.command)


class KeyBar(Widget):
    """The keys of this screen, from the registry. What has no room is left out, the least important first; so is what
    no key does while letters are text."""

    def __init__(self, screen: str, w: Wording) -> None:
        super().__init__(id="key-bar")
        self._where = screen
        self._words = w
        self._covered = False

    def cover(self, *, covered: bool) -> None:
        """A dialog lies on top, or no longer."""
        if covered != self._covered:
            self._covered = covered
            self._fit()

    def compose(self) -> ComposeResult:
        with Horizontal():
            for action in actions_of(self._where):
                if action.bar:
                    yield KeyHint(action, self._words)

    def on_mount(self) -> None:
        self.watch(self.screen, "focused", self._fit, init=False)

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        room, typing = self.outer_size.width, isinstance(self.screen.focused, (Input, TextArea))
        hints = sorted(self.query(KeyHint), key=lambda hint: hint.rank)
        cells = {hint: hint.tell(typing=typing, covered=self._covered) for hint in hints}
        used, tight = 1, sum(wide + 2 for hint, wide in cells.items() if wide and hint.rank < _SPARE) > room
        for hint, wide in cells.items():
            used += wide + (1 if tight else 2) if wide else 0
            hint.display = wide > 0 and used <= room
        self.set_class(tight, "tight")


def notice(w: Wording, group: str, state: str, detail: str = "") -> Content:
    """What an empty, loading or failed pane says: what, why, which key."""
    lines = [ink(w.t(f"{group}.{state}.title"), "bold")]
    body = detail or (w.t(f"{group}.{state}.body") if w.has(f"{group}.{state}.body") else "")
    if body:
        lines += [Content(""), ink(body, "$quiet")]
    if w.has(f"{group}.{state}.keys"):
        lines += [Content(""), ink(w.t(f"{group}.{state}.keys"), "$accent")]
    return Content("\n").join(lines)


class Lead(Drawn):
    """The sentence a reader needs first; a wide terminal also counts what is not shown."""

    def __init__(self, w: Wording) -> None:
        super().__init__(id="lead")
        self.w = w
        self.view: DigestView | None = None

    def show(self, view: DigestView) -> None:
        self.view = view
        self.redraw()

    def draw(self, width: int) -> list[Content]:
        if self.view is None:
            return []
        said = ink(" " + phrases.lead(self.w, self.view), "bold")
        counted = ink(phrases.counts(self.w, self.view) + " ", "$quiet")
        return [pair(said, counted, width)] if said.cell_length + counted.cell_length + 2 <= width else [said]

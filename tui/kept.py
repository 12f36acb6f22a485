"""Screens that stay mounted when they are left: to open one again is to draw it, not to build it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from textual.app import App

    from tui.screens.base import Pane

SCREENS = (
    "talks", "lists", "live", "profile", "why", "approval", "choices", "counter", "need", "curves", "help",
    "market_editors", "own_editors", "offers", "interview", "ladder", "need_form", "jump",
)  # fmt: skip
"""What the keys lead to, the nearest first."""


def warm() -> None:
    """Load the code of the other screens while the first is being read, so that no first press waits for it. Runs in a
    thread."""
    for name in SCREENS:
        import_module(f"tui.screens.{name}")


AnyPane = TypeVar("AnyPane", bound="Pane")


class Kept:
    """One of each kind. Building a screen costs twice what drawing it does, and people go back and forth."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._panes: dict[type[Pane], Pane] = {}

    def one(self, kind: type[AnyPane]) -> AnyPane:
        """The screen that was left, to be shown as it was and read again; else a new one."""
        pane = cast("AnyPane | None", self._panes.get(kind))
        if pane is None:
            pane = self._panes[kind] = kind()
            self._app.install_screen(pane, kind.__name__)
        elif pane in self._app.screen_stack:
            return kind()
        elif pane.is_running:
            pane.left = True
        return pane

    async def drop(self) -> None:
        """Forget them all, with what they show."""
        for pane in self._panes.values():
            self._app.uninstall_screen(pane)
            if pane.is_running:
                await pane.remove()
        self._panes.clear()

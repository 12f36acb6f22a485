"""Nothing makes a key wait: a lone Esc is known at once, and memory is swept while nobody types."""

from __future__ import annotations

import gc
import os
import selectors
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import constants, events
from textual.message import Message

from tui.app import GegenbotApp
from tui.cli.screen import open_app
from tui.cli.session import Session
from tui.collector import EVERY, PAUSE, Collector
from tui.driver import IDLE, QuickEscape
from tui.wording import Wording


class Listening(QuickEscape):
    """The driver's reading side over a pipe; ends at the first key."""

    def __init__(self, fileno: int) -> None:
        self.fileno, self._debug, self.exit_event = fileno, False, threading.Event()
        self.keys: list[str] = []

    def process_message(self, message: Message) -> None:
        if isinstance(message, events.Key):
            self.keys.append(message.key)
            self.exit_event.set()


def test_after_a_lone_escape_the_driver_waits_no_longer_than_the_escape_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []

    class Recording(selectors.SelectSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            waits.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(selectors, "SelectSelector", Recording)
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.005)
    theirs, ours = os.pipe()
    try:
        os.write(ours, b"\x1b")
        driver = Listening(theirs)
        driver.run_input_thread()
    finally:
        os.close(theirs)
        os.close(ours)
    assert driver.keys == ["escape"]
    assert waits == [IDLE, 0.005]


@pytest.fixture
def thawed() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Ring:
    """A piece of memory only a full collection gives back."""

    def __init__(self) -> None:
        self.itself = self


def test_memory_is_swept_in_a_pause_and_never_while_keys_come(thawed: None) -> None:
    now = [0.0]
    collector = Collector(lambda: now[0])
    ring = Ring()
    left = weakref.ref(ring)
    del ring
    now[0] = EVERY + 1
    collector.typed()
    now[0] += PAUSE / 2
    assert not collector.look() and left() is not None
    now[0] += PAUSE
    assert collector.look() and left() is None
    collector.typed()
    now[0] += PAUSE
    assert not collector.look(), "the next sweep came too soon"
    now[0] += EVERY
    assert collector.look()


def test_the_opened_screen_has_a_collector(thawed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown: list[GegenbotApp] = []
    monkeypatch.setattr(GegenbotApp, "run", lambda self: shown.append(self) or 0)
    assert open_app(Session(Wording("en"), tmp_path)) == 0
    assert shown[0].collector is not None

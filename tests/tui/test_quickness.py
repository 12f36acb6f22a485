"""Nothing makes a key wait: a lone Esc is known at once, and memory is swept while nobody types."""

from __future__ import annotations

import asyncio
import gc
import os
import selectors
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from textual import constants, events
from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.message import Message

from tests.tui.driving import app_over, press
from tests.tui.fake_home import FakeHouse, FakeReading
from tui import kept
from tui.app import GegenbotApp
from tui.cli.screen import open_app
from tui.cli.session import Session
from tui.collector import EVERY, PAUSE, Collector
from tui.driver import IDLE, QuickEscape
from tui.screens.lists import DisclosuresScreen
from tui.screens.talks import TalksScreen
from tui.watch import PATIENCE, STEADY, Watcher
from tui.widgets.drawn import Drawn
from tui.widgets.rows import Rows
from tui.wording import Wording

SCREENS_FOLDER = Path(kept.__file__).parent / "screens"


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


def test_when_the_terminal_is_gone_the_reading_side_ends_and_keeps_no_process_alive() -> None:
    theirs, ours = os.pipe()
    os.close(ours)
    driver = Listening(theirs)
    reading = threading.Thread(target=driver.run_input_thread, daemon=True)
    try:
        reading.start()
        reading.join(5)
        assert not reading.is_alive() and driver.keys == []
    finally:
        driver.exit_event.set()
        reading.join(5)
        os.close(theirs)


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


class Clockwork:
    """A home that changes when told, and a clock that is set."""

    def __init__(self) -> None:
        self.now, self.house, self.posted = 0.0, FakeHouse(), 0
        self.watcher = Watcher(self.house, Wording("en"), self, lambda: self.now)  # type: ignore[arg-type]
        self.reads = FakeReading(self.house)

    def post_message(self, message: Message) -> None:
        self.posted += 1

    def change(self) -> None:
        self.house.version += 1

    def look(self) -> bool:
        return self.watcher.look(self.reads)


def test_while_a_person_types_nothing_is_read_and_after_three_seconds_it_is_all_the_same() -> None:
    home = Clockwork()
    assert home.look() and not home.look(), "only what is new is read"
    home.now = 10.0
    home.change()
    for _ in range(29):
        home.watcher.typed()
        assert not home.look()
        home.now += 0.1
    home.now = 10.0 + PATIENCE
    home.watcher.typed()
    assert home.look()
    assert home.posted == 2


def test_what_changes_all_the_time_is_read_once_a_second_and_at_once_after_a_decision() -> None:
    home = Clockwork()
    read = []
    for at in range(40):
        home.now = at / 10
        home.change()
        read.append(home.look())
    assert read.count(True) == round(4 / STEADY)
    home.watcher.typed()
    home.watcher.look_now()
    assert home.look(), "the person decided and waits for the answer"


async def test_a_screen_that_was_left_is_not_built_again_but_read_again() -> None:
    app = app_over()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ("d",))
        first, built = app.screen, {id(widget) for widget in app.screen.query("*")}
        await press(pilot, ("escape",))
        assert isinstance(app.house, FakeHouse)
        app.house.disclosed = ()
        await press(pilot, ("d",))
        assert app.screen is first
        assert {id(widget) for widget in app.screen.query("*")} == built
        assert not app.screen.query_one("#body").display, "it shows what stood there when it was left"


async def test_the_talks_of_another_card_are_not_shown_before_they_are_read() -> None:
    app = app_over()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ("t",))
        talks = app.screen
        assert isinstance(talks, TalksScreen) and talks.query_one("#body").display
        talks.about("another")
        assert not talks.query_one("#body").display


async def test_when_everything_is_deleted_no_screen_keeps_what_it_showed() -> None:
    app = app_over()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ("d",))
        left = app.screen
        await press(pilot, ("escape",))
        await app.start_over()
        await pilot.pause()
        assert not left.is_running
        assert app.kept.one(DisclosuresScreen) is not left


class Line(Drawn):
    """Draws what it is told, and counts."""

    said: ClassVar[str] = "one"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[bool] = []

    def draw(self, width: int) -> list[Content]:
        return [Content(line) for line in self.said.split("\n")]

    def refresh(self, *regions: Region, layout: bool = False, **settings: bool) -> Line:
        self.asked.append(layout)
        return super().refresh(*regions, layout=layout, **settings)


class OneLine(App[None]):
    def compose(self) -> ComposeResult:
        yield Line()


async def test_the_same_lines_are_not_drawn_again_and_as_many_lines_move_no_other_widget() -> None:
    app = OneLine()
    async with app.run_test(size=(40, 10)) as pilot:
        line = app.query_one(Line)
        line.redraw()
        await pilot.pause()
        for said, wanted in (("one", []), ("two", [False]), ("two\nlines", [True])):
            line.asked.clear()
            line.said = said  # type: ignore[misc]
            line.redraw()
            assert line.asked == wanted, said
        await pilot.resize_terminal(30, 10)
        await pilot.pause()
        assert line.size.height == 2


async def test_a_list_that_is_read_again_keeps_its_place_and_draws_only_the_row_that_changed() -> None:
    app = app_over()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ("d",))
        rows = app.screen.query_one(Rows)
        rows.set_rows([[Content(f"{at}"), *(Content("") for _ in range(4))] for at in range(60)])
        rows.choices.highlighted = 50
        await pilot.pause()
        seen, options = rows.choices.scroll_y, list(rows.choices.options)
        assert seen > 0
        rows.set_rows([[Content("new" if at == 3 else f"{at}"), *(Content("") for _ in range(4))] for at in range(60)])
        await pilot.pause()
        assert (rows.choices.highlighted, rows.choices.scroll_y) == (50, seen)
        assert list(rows.choices.options) == options and "new" in str(options[3].prompt)


SHARED = {"base", "deciding", "digest", "editor", "form", "read_back"}
"""Loaded with the first screen or with another one."""

RARE = {"__init__", "answer", "first_run", "passphrase", "setup", "too_small"}
"""Seen at the very beginning, or where nothing hurries."""


async def test_the_code_of_every_screen_a_key_leads_to_is_loaded_before_the_key(
    thawed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(kept.SCREENS) == {path.stem for path in SCREENS_FOLDER.glob("*.py")} - SHARED - RARE
    loaded: list[str] = []
    monkeypatch.setattr(kept, "import_module", loaded.append)
    monkeypatch.setattr("tui.app.WARM_AFTER", 0.01)
    app = app_over()
    app.collector = Collector()
    async with app.run_test(size=(80, 24)) as pilot, asyncio.timeout(10):
        while len(loaded) < len(kept.SCREENS):
            await pilot.pause()
        assert loaded == [f"tui.screens.{name}" for name in kept.SCREENS]

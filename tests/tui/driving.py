"""Drives an app over the story until nothing is pending."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from textual.pilot import Pilot

from tests.tui.fake_home import FakeHouse
from tui.app import GegenbotApp
from tui.wording import Wording


class StoryApp(GegenbotApp):
    """The app over a fake house; a house that is slow on purpose is let go when the app ends."""

    def on_unmount(self) -> None:
        assert isinstance(self.house, FakeHouse)
        if self.house.slow is not None:
            self.house.slow.set()


def app_over(house: FakeHouse | None = None, language: str = "en", *, simulated: bool = False) -> StoryApp:
    app = StoryApp(house or FakeHouse(), Wording(language), simulated=simulated)
    app.animation_level = "none"
    return app


def never() -> threading.Event:
    """For a house that does not answer."""
    return threading.Event()


async def settled(pilot: Pilot[int]) -> None:
    """Until every worker but the watcher is done and all messages are handled."""
    app = pilot.app
    assert isinstance(app, GegenbotApp) and isinstance(app.house, FakeHouse)
    for _ in range(400):
        if app.snapshot is not None or app.house.broken or app.house.blank or app.house.slow:
            break
        await pilot.pause(0.01)
    else:
        raise AssertionError("the app does not come to rest")
    while busy := [one for one in app.workers if one.group != "watch"]:
        if app.house.slow:
            break
        await app.workers.wait_for_complete(busy)
        await pilot.pause()  # what a worker brought may start the next one
    await pilot.pause()


async def press(pilot: Pilot[int], keys: Sequence[str]) -> None:
    """Press keys one after the other, each when the app is at rest. `type:TEXT` types."""
    await settled(pilot)
    for key in keys:
        typed = [{" ": "space", ",": "comma"}.get(one, one) for one in key[5:]] if key.startswith("type:") else [key]
        await pilot.press(*typed)
        await pilot.pause()  # a screen that was opened starts reading
        await settled(pilot)

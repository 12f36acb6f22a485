"""Every screen while it loads, when there is nothing, and when its reading fails: drawn in characters, one file for
each state, size and language. What a filled screen looks like, and colours, stand in `test_snapshots.py`.

One app is started for all screens of a file; redraw with `make snapshots` and look at them.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest
from rich.console import Console
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.pilot import Pilot

from tests.tui import story
from tests.tui.driving import StoryApp, app_over, never, settled
from tests.tui.fake_home import FakeHouse
from tests.tui.test_snapshots import STATES, nothing_yet
from tests.tui.test_wording import panes
from tui.screens.base import Pane
from tui.screens.curves import CurveScreen, HistoryScreen
from tui.screens.digest import DigestScreen
from tui.screens.interview import InterviewScreen, InterviewsScreen
from tui.screens.lists import DisclosuresScreen, HeldScreen, JobsScreen
from tui.screens.live import LiveScreen
from tui.screens.market_editors import CompaniesScreen, ContractsScreen, LimitsScreen, WantsScreen
from tui.screens.own_editors import FactsScreen, RulesScreen, ScheduleScreen, WishesScreen
from tui.screens.profile import ProfileScreen
from tui.screens.talks import TalkScreen, TalksScreen
from tui.screens.why import WhyScreen

TALK = "neg-removal-berliner"

SCREENS: dict[str, Callable[[], Pane]] = {
    "digest": DigestScreen, "why": lambda: WhyScreen("item-move"), "talks": TalksScreen,
    "talk": lambda: TalkScreen((TALK,), 0), "curve": lambda: CurveScreen(TALK), "disclosures": DisclosuresScreen,
    "held": HeldScreen, "jobs": JobsScreen, "profile": ProfileScreen, "live": LiveScreen, "history": HistoryScreen,
    "wants": WantsScreen, "limits": LimitsScreen, "companies": CompaniesScreen, "contracts": ContractsScreen,
    "facts": FactsScreen, "rules": RulesScreen, "wishes": WishesScreen, "schedule": ScheduleScreen,
    "interviews": InterviewsScreen, "interview": lambda: InterviewScreen("gym"),
}  # fmt: skip

ALWAYS_FILLED = {"why", "limits", "schedule"}
"""A card always has its reasons, and categories and settings are always there."""

READS_NOTHING = {"help", "offers"}
"""Help is there at once; what is read into offers is typed on the screen itself: its states are in `STATES`."""


class TextExtension(SingleFileSnapshotExtension):
    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


def empty() -> FakeHouse:
    house = nothing_yet()
    house.known = False
    house.talks_seen = (replace(story.TALK, turns=()),)
    return house


def drawn(app: StoryApp) -> str:
    """What stands on the screen, in characters."""
    console = Console(width=app.size.width, height=app.size.height, file=io.StringIO(), record=True, safe_box=False)
    console.print(app.screen._compositor.render_update(full=True))
    return "\n".join(line.rstrip() for line in console.export_text().splitlines())


async def pictures(state: str, size: tuple[int, int], language: str) -> str:
    house = empty() if state == "empty" else FakeHouse()
    app = app_over(house, language)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        if state == "loading":
            house.slow = never()
        elif state == "failed":
            house.broken = "home_unreadable"
        return "\n".join([picture async for picture in _each(state, app, pilot)])


async def _each(state: str, app: StoryApp, pilot: Pilot[int]) -> AsyncIterator[str]:
    for name, screen in SCREENS.items():
        if state == "empty" and name in ALWAYS_FILLED:
            continue
        if name == "talks" and state == "empty":
            app.house.talks_seen = ()
        app.push_screen(screen())
        await pilot.pause()
        await settled(pilot)
        yield f"=== {name}\n{drawn(app)}\n"
        if name == "talks" and state == "empty":
            app.house.talks_seen = empty().talks_seen
        app.pop_screen()
        await pilot.pause()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("state", ["loading", "empty", "failed"])
async def test_every_screen_looks_as_accepted_without_its_data(snapshot, state, size, language) -> None:
    assert await pictures(state, size, language) == snapshot(extension_class=TextExtension)


def screens_that_read() -> Iterator[str]:
    yield from {pane.where for pane in panes()} - READS_NOTHING - {""}


def test_every_screen_has_a_picture_of_each_of_its_states() -> None:
    assert set(screens_that_read()) == SCREENS.keys()
    filled = {state.name for state in STATES}
    assert SCREENS.keys() <= filled


async def test_a_company_with_several_doors_is_one_company(monkeypatch: pytest.MonkeyPatch) -> None:
    async def shown() -> str:
        app = app_over(FakeHouse(), "en")
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            app.push_screen(ProfileScreen())
            await settled(pilot)
            return next(line for line in drawn(app).splitlines() if "Companies" in line)

    before = await shown()
    assert str(len(story.PROVIDERS)) in before
    monkeypatch.setattr(story, "PROVIDERS", (*story.PROVIDERS, {**story.PROVIDERS[0], "channel": "email"}))
    assert await shown() == before

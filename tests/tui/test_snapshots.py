"""Every filled screen, form and question, in two sizes and two languages; a screen without its data is drawn in
characters by `test_states.py`. Redraw with `make snapshots` and look at them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from agent.views import EffortView, Reason
from tests.tui import story
from tests.tui.driving import app_over, never, press
from tests.tui.fake_home import FakeHouse

replace = dataclasses.replace


def decided() -> FakeHouse:
    """One approved, one confirmed with other terms, one declined; everything stopped."""
    states = ("approved", "mismatch", "rejected")
    items = tuple(replace(item, state=state) for item, state in zip(story.DIGEST.items, states, strict=True))
    return FakeHouse(view=replace(story.DIGEST, items=items, stopped=True))


def nothing_yet() -> FakeHouse:
    return FakeHouse(
        view=story.EMPTY,
        state=replace(story.STATUS, jobs=(), runner="none", runner_pid=None),
        incidents_seen=(),
        talks_seen=(),
        disclosed=(),
    )


def talking() -> FakeHouse:
    """The first talks are under way; no digest was made yet."""
    return FakeHouse(view=replace(story.EMPTY, made_at=None, quiet=(), running=14))


def between_talks() -> FakeHouse:
    """A need is open, no digest was made yet, and no company is being talked to."""
    return FakeHouse(view=replace(story.EMPTY, made_at=None, quiet=(), running=0))


def first() -> FakeHouse:
    return FakeHouse(blank=True)


def bare() -> FakeHouse:
    """Nothing of the person is known yet."""
    return FakeHouse(known=False)


def by_hand() -> FakeHouse:
    return FakeHouse(view=story.EMPTY, talks_seen=(story.HAND_TALK,))


def unknown() -> FakeHouse:
    """No saving, no score, no deadline, a reason nobody worded yet."""
    item = replace(story.PHONE, saving=None, deadline=None, total=None, because=(Reason("brand_new", {"by": "agent"}),))
    return FakeHouse(view=replace(story.DIGEST, items=(item,), notes=(), quiet=()))


@dataclass(frozen=True)
class State:
    """A screen state: the house behind it and the keys that lead there."""

    name: str
    keys: tuple[str, ...] = ()
    house: Callable[[], FakeHouse] = FakeHouse
    simulated: bool = False


def settled_before() -> FakeHouse:
    """Earlier cases are settled: the footer says what they took."""
    return FakeHouse(view=replace(story.DIGEST, effort=EffortView(3, 4, 12, 63, 2)))


def broken() -> FakeHouse:
    return FakeHouse(broken="home_unreadable")


def slow() -> FakeHouse:
    return FakeHouse(slow=never())


STATES = (
    State("digest"),
    State("digest-second", ("j",)),
    State("digest-decided", house=decided),
    State("digest-unknown", house=unknown),
    State("digest-effort", house=settled_before),
    State("digest-empty", house=nothing_yet),
    State("digest-talking", house=talking),
    State("digest-between-talks", house=between_talks),
    State("digest-loading", house=slow),
    State("digest-failed", house=broken),
    State("why", ("w",)),
    State("why-end", ("w", "G")),
    State("talks", ("t",)),
    State("talk", ("t", "enter")),
    State("talk-hostile", ("t", "enter", "G")),
    State("talks-by-hand", ("t",), by_hand),
    State("talk-by-hand", ("t", "enter"), by_hand),
    State("answer", ("t", "enter", "p"), by_hand),
    State("disclosures", ("d", "j", "j")),
    State("held", ("r",)),
    State("jobs", ("b",)),
    State("profile", ("p",)),
    State("live", ("i",)),
    State("live-simulated", simulated=True),
    State("live-loading", house=slow, simulated=True),
    State("live-failed", house=broken, simulated=True),
    State("approval", ("a",)),
    State("approval-over", ("j", "a", "y")),
    State("reject", ("x",)),
    State("later", ("l",)),
    State("counter", ("c",)),
    State("need", ("n", "type:gym")),
    State("need-read-back", ("n", "type:gym", "enter")),
    State("first-run", house=first),
    State("setup-want", ("2", "type:gym", "enter"), first),
    State("setup-today", ("2", "type:gym", "enter", "enter"), first),
    State("setup-whom", ("2", "type:gym", "enter", "enter", "enter", "type:firm.example", "enter"), first),
    State("offers", ("o", "type:/tmp", "enter")),
    State("offers-empty", ("o",)),
    State("offers-failed", ("o", "type:/tmp/not-there", "enter")),
    State("wants", ("p", "1")),
    State("limits", ("p", "2", "j", "j")),
    State("limits-form", ("p", "2", "enter")),
    State("companies", ("p", "3")),
    State("companies-form", ("p", "3", "a")),
    State("contracts", ("p", "4")),
    State("contracts-form", ("p", "4", "enter")),
    State("facts", ("p", "5", "j")),
    State("facts-ladder", ("p", "5", "j", "enter")),
    State("rules", ("p", "6", "j")),
    State("rules-form", ("p", "6", "a", "type:nobody learns my income", "enter")),
    State("wishes", ("p", "7")),
    State("wishes-forget", ("p", "7", "x")),
    State("schedule", ("p", "8", "j", "j", "j")),
    State("interviews", ("p", "9")),
    State("interviews-empty", ("p", "9"), bare),
    State("interview", ("p", "9", "j", "enter", "space")),
    State("interview-pair", ("p", "9", "j", "enter", "enter")),
    State("interview-rule", ("p", "9", "j", "enter", "enter", "=")),
    State("interview-ended", ("p", "9", "j", "enter", "enter", "=", "1", "2")),
    State("interview-empty", ("p", "9", "enter")),
    State("curve", ("t", "enter", "c")),
    State("history", ("h",)),
    State("jump", ("ctrl+o",)),
    State("need-form", ("n", "ctrl+f", "6", "type:20")),
    State("help", ("question_mark",)),
)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_every_state_looks_as_accepted(snap_compare, state: State, size: tuple[int, int], language: str) -> None:
    app = app_over(state.house(), language, simulated=state.simulated)

    async def lead_there(pilot) -> None:
        await press(pilot, state.keys)
        for field in app.screen.query("Input, TextArea"):
            field.cursor_blink = False
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=lead_there)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_terminal_that_is_too_small_says_so(snap_compare, language: str) -> None:
    assert snap_compare(app_over(language=language), terminal_size=(50, 14), run_before=lambda pilot: press(pilot, ()))


def test_the_light_theme(snap_compare) -> None:
    assert snap_compare(app_over(), terminal_size=(120, 36), run_before=lambda pilot: press(pilot, ("T",)))

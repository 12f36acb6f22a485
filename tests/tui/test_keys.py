"""The person's own keys, and jumping to a letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.screen import ModalScreen
from textual.widgets import Input

from agent.keymap import keymap
from tests.tui.driving import app_over, press, settled
from tests.tui.fake_home import FakeHouse
from tui.screens.digest import DigestScreen
from tui.screens.help import HelpScreen
from tui.screens.jump import JumpScreen, targets
from tui.screens.talks import TalksScreen
from tui.widgets.bars import KeyBar, KeyHint
from tui.widgets.card import Card

SIZE = (120, 36)


async def test_an_own_key_takes_the_place_of_ours_on_the_bar_and_in_the_help() -> None:
    house = FakeHouse(own_keys={"stop": "f9", "why": "0"})
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["s"])
        assert house.decisions == []
        hints = [str(hint.render()) for hint in app.screen.query(KeyHint)]
        assert "f9 stop" in hints and "0 why" in hints
        await press(pilot, ["f9"])
        assert house.decisions == [("stop",)]
        await press(pilot, ["question_mark"])
        assert any("f9" in line.plain for line in app.screen.query_one("#help-text").draw(100))
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, [])
        assert "s stop" in [str(hint.render()) for hint in app.screen.query(KeyHint)]


async def test_a_name_that_is_no_action_is_told() -> None:
    app = app_over(FakeHouse(own_keys={"fly": "f"}))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert any("fly" in str(one.message) for one in app._notifications)


def test_own_keys_are_read_from_the_configuration_and_a_broken_one_means_none(tmp_path: Path) -> None:
    assert keymap(tmp_path) == {}
    (tmp_path / "config.toml").write_text('[keys]\nstop = "ctrl+s"\n')
    assert keymap(tmp_path) == {"stop": "ctrl+s"}
    (tmp_path / "config.toml").write_text("[keys")
    assert keymap(tmp_path) == {}


async def test_a_letter_jumps_to_a_card_or_does_what_a_key_of_the_bar_does() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, [])
        found = targets(app.screen)
        third = next(letter for letter, widget in found.items() if isinstance(widget, Card) and widget.item.number == 3)
        await press(pilot, ["ctrl+o"])
        assert isinstance(app.screen, JumpScreen)
        await press(pilot, [third])
        assert isinstance(app.focused, Card) and app.focused.item.number == 3
        talks = next(letter for letter, widget in found.items() if getattr(widget, "command", "") == "talks")
        await press(pilot, ["ctrl+o", talks])
        assert isinstance(app.screen, TalksScreen)
        await press(pilot, ["escape", "ctrl+o", "escape"])
        assert isinstance(app.screen, DigestScreen)


async def test_help_speaks_of_what_has_the_focus() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["f1"])
        assert isinstance(app.screen, HelpScreen)
        assert any("card is one decision" in line.plain for line in app.screen.query_one("#help-text").draw(100))


async def test_where_letters_are_text_the_bar_names_keys_that_work_there() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["o"])
        hints = [str(hint.render()) for hint in app.screen.query(KeyHint) if hint.display]
        assert "F9 stop" in hints and "s stop" not in hints
        await press(pilot, ["s"])
        assert app.screen.query_one("#offers-path", Input).value == "s" and house.decisions == []
        await press(pilot, ["f9"])
        assert house.decisions == [("stop",)]
        app.screen.set_focus(None)
        await pilot.pause()
        assert "s stop" in [str(hint.render()) for hint in app.screen.query(KeyHint) if hint.display]


@pytest.mark.parametrize(("leading", "key"), [("a", "s"), ("x", "s"), ("c", "f9"), ("n", "f9")])
async def test_the_brake_works_in_every_dialog(leading: str, key: str) -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, [leading])
        assert isinstance(app.screen, ModalScreen)
        await press(pilot, [key])
        assert house.decisions == [("stop",)]


async def test_under_a_dialog_the_bar_names_only_what_still_works() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, [])
        bar = app.screen.query_one(KeyBar)

        def told() -> list[str]:
            return [str(hint.render()) for hint in bar.query(KeyHint) if hint.display]

        whole = told()
        await press(pilot, ["n"])
        assert told() == ["F9 stop", "F1 help"]
        await press(pilot, ["escape"])
        assert told() == whole and "s stop" in whole
        await press(pilot, ["ctrl+o"])
        assert isinstance(app.screen, JumpScreen) and told() == whole

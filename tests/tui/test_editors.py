"""Every editor: what its keys do to the house."""

from __future__ import annotations

import pytest

from tests.tui.driving import app_over, press
from tests.tui.fake_home import FakeHouse
from tui.screens.first_run import FirstRunScreen
from tui.screens.form import FormScreen
from tui.screens.interview import InterviewsScreen
from tui.screens.need_form import bound_of, table_of

SIZE = (80, 24)


async def kept_after(*keys: str) -> list[tuple[str, ...]]:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", *keys])
    return house.decisions


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        (("1", "x", "1"), ("close_need", "move-1-removal")),
        (("2", "enter", "type:150", "tab", "type:24", "tab", "right", "enter"),
         ("limits", "electricity", "150", "24", "act")),
        (("3", "a", "type:kiez.example", "enter"), ("provider", "kiez.example", "allowed")),
        (("3", "j", "space"), ("trust", "prov-kiez", "trusted")),
        (("3", "space"), ("trust", "prov-berliner", "blocked")),
        (("4", "a", "tab", "type:Studio", "tab", "type:30", "enter"), ("contract", "contents_insurance", "Studio", "30")),
        (("4", "x", "1"), ("forget", "contract:power-today")),
        (("5", "a", "type:postal", "tab", "type:10435", "enter"), ("fact", "pd:PostalCode", "10435")),
        (("5", "x", "1"), ("forget", "fact:f-name")),
        (("6", "a", "type:nobody learns my income", "enter", "enter"), ("rule", "nobody learns my income")),
        (("6", "space"), ("mode", "1", "off")),
        (("6", "enter", "1"), ("mode", "1", "ask")),
        (("6", "x", "1"), ("forget", "rule:rule:1")),
        (("7", "a", "type:no plastic", "enter", "enter"), ("wish", "no plastic", "None")),
        (("7", "enter", "type: please", "enter", "enter"), ("correct", "pref:1", "green electricity only please")),
        (("7", "x", "1"), ("forget", "pref:pref:1")),
        (("8", "j", "j", "j", "enter", "right", "enter"), ("setting", "notify.how", "desktop")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)  # fmt: skip
async def test_each_editor_keeps_what_was_given(keys: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert await kept_after(*keys) == [kept]


@pytest.mark.parametrize(
    ("typed", "told"),
    [("at most 12 months", "everything: minimum term at most 12 months (must)."), ("no plastic", "I keep your words")],
)
async def test_a_wish_is_read_back_before_it_is_kept(typed: str, told: str) -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", "7", "a", f"type:{typed}", "enter"])
        assert str(app.screen.query_one("#form-note").render()).replace("\xa0", " ").startswith(told)
        assert house.decisions == []


async def test_a_kind_of_data_is_found_by_its_first_letters() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", "5", "a", "type:Phone", "right", "tab", "type:030 1", "enter"])
    assert [one[:2] for one in house.decisions] == [("fact", "pd:TelephoneNumber")]


async def test_the_interview_is_answered_with_single_keys_and_left_with_q() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", "9", "j", "enter", "1", "j", "space", "k", "space", "space", "enter", "="])
        assert house.decisions == [("interview", "data_gb"), ("interview", "=")]
        await press(pilot, ["=", "q"])  # no such answer to this one; then enough
        assert isinstance(app.screen, InterviewsScreen) and len(house.decisions) == 2
        await press(pilot, ["enter", "2", "2", "enter", "q", "escape", "escape"])
    assert house.decisions[2:] == [("interview", "2"), ("interview", "2")]


async def test_everything_can_be_taken_along_and_deleted_after_a_typed_word() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", "e", "ctrl+u", "type:/tmp/mine", "enter", "D", "type:yes", "enter"])
        assert house.decisions == [("export", "/tmp/mine")]
        assert "delete" in str(app.screen.query_one("#form-note").render())
        await press(pilot, ["ctrl+u", "type:delete", "enter"])
        assert isinstance(app.screen, FirstRunScreen)
    assert house.decisions[1:] == [("delete",)]


@pytest.mark.parametrize("keys", [("1", "x", "2"), ("5", "x", "escape"), ("2", "enter", "type:9", "escape")])
async def test_leaving_a_question_changes_nothing(keys: tuple[str, ...]) -> None:
    assert await kept_after(*keys) == []


async def test_a_refused_value_is_said_in_the_form_and_can_be_put_right() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", "2", "enter", "type:much", "enter"])
        assert isinstance(app.screen, FormScreen)
        assert "is not an amount" in str(app.screen.query_one("#form-note").render())
        await press(pilot, ["home", "ctrl+k", "type:90", "enter"])
    assert house.decisions == [("limits", "electricity", "90", "None", "propose")]


async def test_the_ladder_shows_every_rung() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["p", "5", "j", "enter"])
        shown = str(app.screen.query_one("#rungs").render())
    assert [line.split()[-1] for line in shown.split("\n")][2:] == ["1xxxx", "10xxx", "10435"]


async def test_a_form_made_from_the_category_states_a_need() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["n", "ctrl+f", "6", "type:20", "enter"])
        assert all(label.size.width >= 24 for label in app.screen.query(".field-label"))  # words, not letters, a line
        assert house.decisions == []
        await press(pilot, ["enter"])
    table = {"category": "mobile_plan", "issues": {"price_monthly": {"max": "20", "hard": True}}}
    assert house.decisions == [("need", str(table))]


def test_a_form_leaves_out_what_does_not_matter() -> None:
    issues = [
        {"name": "price", "kind": "money", "better": "lower"}, {"name": "data", "kind": "number", "better": "higher"},
        {"name": "term", "kind": "duration", "better": "lower"}, {"name": "green", "kind": "flag", "better": ""},
    ]  # fmt: skip
    assert [bound_of(one) for one in issues] == ["max", "min", "max", "want"]
    given = {"price": ("19,50", "must"), "data": ("", "must"), "term": ("12", "nice"), "green": ("yes", "any")}
    assert table_of("x", issues, given) == {
        "category": "x",
        "issues": {"price": {"max": "19.50", "hard": True}, "term": {"max": 12, "hard": False}},
    }

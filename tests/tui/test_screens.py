"""What keys do, told by the decisions that reach the house and by what stands on the screen."""

from __future__ import annotations

import dataclasses

import pytest

from agent.views import HeldBackView, Reason
from tests.tui import story
from tests.tui.driving import app_over, press, settled
from tests.tui.fake_home import FakeHouse
from tui.actions import ACTIONS, EVERYWHERE, actions_of
from tui.effort import IDLE, Meter
from tui.messages import HomeChanged, Snapshot
from tui.screens.approval import ApprovalScreen
from tui.screens.choices import Choice
from tui.screens.counter import CounterScreen
from tui.screens.digest import DigestScreen, Foot
from tui.screens.first_run import FirstRunScreen
from tui.screens.help import HelpScreen
from tui.screens.lists import DisclosuresScreen, HeldScreen, JobsScreen
from tui.screens.live import LiveScreen
from tui.screens.need import NeedScreen
from tui.screens.profile import ProfileScreen
from tui.screens.talks import TalkScreen, TalksScreen
from tui.screens.too_small import TooSmallScreen
from tui.screens.why import WhyScreen
from tui.widgets.card import Card
from tui.widgets.rows import Rows
from tui.widgets.sections import TalkText

SIZE = (80, 24)


async def decisions_after(*keys: str, house: FakeHouse | None = None) -> list[tuple[str, ...]]:
    house = house or FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, keys)
    return house.decisions


async def test_the_first_waiting_card_has_the_keys() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert isinstance(app.focused, Card)
        assert app.focused.item.id == "item-move"


async def test_words_that_lie_ready_are_told_before_anything_else() -> None:
    empty = dataclasses.replace(story.DIGEST, items=(), notes=(), to_carry=1)
    app = app_over(FakeHouse(view=empty))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert "Your turn: words lie ready." in str(app.screen.query_one("#notice").render())
    app = app_over(FakeHouse(view=dataclasses.replace(story.DIGEST, to_carry=2)))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        foot = [line.plain for line in app.screen.query_one(Foot).draw(76)]
        assert any("2 companies wait for words that you carry" in line for line in foot)


async def test_a_note_that_had_no_room_is_shown_with_what_it_says() -> None:
    row = {
        "id": "event:7",
        "reason": "over_budget_of_attention",
        "code": "provider_unreachable",
        "provider": "Grünstrom eG",
    }
    held = HeldBackView(16, {"over_budget_of_attention": 16}, (row,))
    app = app_over(FakeHouse(view=dataclasses.replace(story.DIGEST, held_back=held)))
    async with app.run_test(size=(120, 36)) as pilot:
        await press(pilot, ["r"])
        said = str(app.screen.query_one("#lead").render())
        assert "One of them, drawn at random" in said
        cells = [cell.plain for cell in app.screen.query_one(Rows)._rows[0]]
        assert cells[0] == "Grünstrom eG" and cells[3].startswith("for another day: could not be reached")


async def test_approving_takes_two_keys_and_sends_the_hash_that_was_shown() -> None:
    assert await decisions_after("a") == []
    assert await decisions_after("a", "y") == [("approve", "item-move", story.MOVE.approval_hash, "False")]


async def test_above_the_limit_a_second_and_other_key_is_needed() -> None:
    assert await decisions_after("j", "a", "y") == []
    assert await decisions_after("j", "a", "y", "y") == []
    assert await decisions_after("j", "a", "o") == []
    assert await decisions_after("j", "a", "y", "o") == [("approve", "item-flat", story.FLAT.approval_hash, "True")]


async def test_leaving_the_approval_approves_nothing() -> None:
    assert await decisions_after("a", "escape") == []
    assert await decisions_after("j", "a", "y", "escape") == []


async def test_terms_that_change_while_they_are_shown_close_the_approval() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["a"])
        assert isinstance(app.screen, ApprovalScreen)
        other = dataclasses.replace(story.MOVE, approval_hash="f" * 64)
        view = dataclasses.replace(story.DIGEST, items=(other, story.FLAT))
        app.post_message(HomeChanged(Snapshot(view, story.STATUS, ())))
        await settled(pilot)
        assert not isinstance(app.screen, ApprovalScreen)
    assert house.decisions == []


async def test_no_with_a_number_says_why() -> None:
    assert await decisions_after("x", "1") == [("reject", "item-move", "too_expensive")]
    assert await decisions_after("x", "j", "enter") == [("reject", "item-move", "wrong_terms")]
    assert await decisions_after("x", "escape") == []


async def test_later_never_offers_a_day_after_the_deadline() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["l"])
        assert isinstance(app.screen, Choice)
        assert (
            app.screen.query_one("OptionList").option_count == 2
        )  # the next digest, tomorrow; the deadline is in two days
    assert await decisions_after("l", "1") == [("later", "item-move", "")]


async def test_a_counter_sends_only_what_was_changed() -> None:
    keys = ("j", "j", "c", "home", "ctrl+k", "type:9.90", "enter")
    assert await decisions_after(*keys) == [("counter", "item-phone", "price_monthly=9.90")]
    assert await decisions_after("j", "j", "c", "enter") == []


async def test_undo_works_only_on_what_was_decided() -> None:
    assert await decisions_after("u") == []
    assert await decisions_after("x", "1", "k", "u") == [
        ("reject", "item-move", "too_expensive"),
        ("undo", "item-move"),
    ]


async def test_a_decided_card_cannot_be_approved_again() -> None:
    house = FakeHouse()
    house.set_state("item-move", "agreed")
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["g", "a"])
        assert isinstance(app.screen, DigestScreen)


async def test_stop_asks_nothing_and_works_from_every_screen() -> None:
    for way in ((), ("w",), ("t",), ("t", "enter"), ("d",), ("r",), ("b",), ("i",), ("question_mark",)):
        assert await decisions_after(*way, "s") == [("stop",)], way


async def test_after_a_stop_the_bar_says_so_and_s_shifted_goes_on() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["s"])
        assert app.screen.query_one("#top-bar").has_class("stopped")
        await press(pilot, ["S"])
        assert not app.screen.query_one("#top-bar").has_class("stopped")
    assert house.decisions == [("stop",), ("resume",)]


async def test_a_refused_decision_is_told_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    house = FakeHouse()
    app = app_over(house)
    told: list[str] = []
    monkeypatch.setattr(app, "notify", lambda message, **more: told.append(str(more.get("title") or message)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["a"])
        house.view = dataclasses.replace(house.view, items=())
        await press(pilot, ["y"])
    assert told == ["The terms have changed since you saw them, so your yes was not used."]


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        ("w", WhyScreen), ("enter", WhyScreen), ("t", TalksScreen), ("d", DisclosuresScreen), ("r", HeldScreen),
        ("b", JobsScreen), ("p", ProfileScreen), ("i", LiveScreen), ("n", NeedScreen), ("c", CounterScreen), ("question_mark", HelpScreen), ("f1", HelpScreen),
    ],
)  # fmt: skip
async def test_every_screen_opens_and_escape_comes_back(keys, screen) -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, [keys])
        assert isinstance(app.screen, screen)
        await press(pilot, ["escape"])
        assert isinstance(app.screen, DigestScreen)


async def test_a_talk_opens_and_its_neighbours_are_one_key_away() -> None:
    house = FakeHouse(
        talks_seen=(
            story.TALK,
            dataclasses.replace(story.TALK, negotiation="neg-contents-nordlicht", provider="Nordlicht"),
        )
    )
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["t", "enter"])
        assert isinstance(app.screen, TalkScreen)
        await press(pilot, ["right_square_bracket"])
        assert app.screen.query_one("#talk-text").view.provider == "Nordlicht"


async def test_should_have_shown_reaches_the_house() -> None:
    assert await decisions_after("r", "j", "m") == [("should_have_shown", "held-2")]


async def test_a_need_is_one_sentence_and_is_read_back() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["n", "type:gym near me", "enter"])
        assert house.decisions == []
        shown = str(app.screen.query_one("#need-read").render())
        assert "data volume at least 20 (must), minimum term at most 12\N{NO-BREAK SPACE}months" in shown
        assert "Not understood: blue" in shown
        await press(pilot, ["enter"])
        assert isinstance(app.screen, DigestScreen)
    assert house.decisions == [("need", "gym near me")]


async def test_a_changed_sentence_is_read_back_again_before_it_starts() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["n", "type:gym", "enter", "type: near me", "enter"])
        assert house.decisions == []
        await press(pilot, ["enter"])
    assert house.decisions == [("need", "gym near me")]


async def test_j_and_k_walk_the_cards_and_g_goes_to_the_ends() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        seen = []
        for key in ("j", "j", "j", "k", "g", "G"):
            await press(pilot, [key])
            assert isinstance(app.focused, Card)
            seen.append(app.focused.item.number)
        assert seen == [2, 3, 3, 2, 1, 3]


async def test_a_change_from_outside_appears_without_losing_the_place() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["j"])
        house.set_state("item-move", "agreed")
        for _ in range(200):
            await pilot.pause(0.02)
            if app.screen.query_one("#card-1", Card).item.state == "agreed":
                break
        assert app.screen.query_one("#card-1", Card).item.state == "agreed"
        assert app.focused is app.screen.query_one("#card-2")


async def test_a_home_that_breaks_says_what_to_do_and_recovers() -> None:
    house = FakeHouse(broken="home_unreadable")
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert app.screen.query_one("#notice").display
        assert "gegenbot doctor" in str(app.screen.query_one("#notice").render())
        house.broken = ""
        for _ in range(300):
            await pilot.pause(0.02)
            if app.screen.query(Card):
                break
        assert app.screen.query_one("#body").display


async def test_the_demo_opens_on_the_market_and_enter_leads_to_the_decisions() -> None:
    app = app_over(simulated=True)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, LiveScreen)
        await press(pilot, ["enter"])
        assert isinstance(app.screen, DigestScreen)


async def test_incidents_flow_in_while_the_market_is_open() -> None:
    house = FakeHouse(incidents_seen=story.INCIDENTS[:3])
    app = app_over(house, simulated=True)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert len(app.screen.query_one("#market").incidents) == 3
        house.incidents_seen = story.INCIDENTS
        house.version += 1
        for _ in range(200):
            await pilot.pause(0.02)
            if len(app.screen.query_one("#market").incidents) == len(story.INCIDENTS):
                break
        assert app.screen.query_one("#market").incidents == story.INCIDENTS


async def test_an_empty_home_opens_a_choice_and_never_an_empty_digest() -> None:
    app = app_over(FakeHouse(blank=True))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, FirstRunScreen)
        await pilot.press("1")
        await pilot.pause()
    assert app.next_step == "demo"


async def test_three_questions_lead_to_a_running_need() -> None:
    house = FakeHouse(blank=True)
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["2", "type:gym", "enter", "enter"])
        assert house.decisions == []
        await press(pilot, ["type:29.99", "tab", "type:Funkturm", "enter", "type:firm.example", "enter", "enter"])
        assert house.decisions[:3] == [
            ("contract", "mobile_plan", "Funkturm", "29.99"), ("provider", "firm.example", "allowed"), ("need", "gym"),
        ]  # fmt: skip
        assert any(isinstance(screen, DigestScreen) for screen in app.screen_stack)


async def test_leaving_the_questions_comes_back_to_the_choice() -> None:
    app = app_over(FakeHouse(blank=True))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["2", "type:gym", "enter", "enter", "escape", "escape"])
        assert isinstance(app.screen, FirstRunScreen)
        await press(pilot, ["3", "escape"])
        assert isinstance(app.screen, FirstRunScreen)


async def test_a_company_without_an_address_is_asked_for_again() -> None:
    house = FakeHouse(blank=True)
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["2", "type:gym", "enter", "enter", "enter", "type:https://", "enter"])
        assert "neither a web nor an e-mail address" in str(app.screen.query_one("#setup-told").render())
        await press(pilot, ["ctrl+u", "type:Studio Ost", "enter"])
        assert "Studio Ost (you carry my words)" in str(app.screen.query_one("#setup-told").render())
        await press(pilot, ["enter"])
    assert house.decisions[:2] == [("provider", "Studio Ost", "byhand", "allowed"), ("need", "gym")]


async def test_offers_that_were_read_become_a_need_or_a_contract() -> None:
    house = FakeHouse(blank=True)
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["3", "type:/tmp", "enter"])
        assert "2 offers found" in str(app.screen.query_one("#lead").render())
        await press(pilot, ["enter", "2", "tab", "type:Funkturm", "enter"])
        assert house.decisions == [("contract", "mobile_plan", "Funkturm", "14.99")]
        await press(pilot, ["enter", "1", "enter", "enter"])
        assert house.decisions[1] == ("need", "Mobile plan, at most 14.99 EUR")
        assert any(isinstance(screen, DigestScreen) for screen in app.screen_stack)


async def test_a_small_terminal_is_told_and_forgiven() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        await pilot.resize_terminal(*SIZE)
        await pilot.pause()
        assert isinstance(app.screen, DigestScreen)


async def test_hostile_text_runs_no_action_and_keeps_its_brackets() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ["t", "enter", "G"])
        shown = "\n".join(line.plain for line in app.screen.query_one("#talk-text").draw(70))
        assert "[bold red]dear[/]" in shown
        assert "[@click=app.quit]" in shown
        assert not [char for char in shown if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160)]
        assert "\u202e" not in shown


async def test_hostile_names_and_reasons_are_drawn_as_text() -> None:
    bad = "[@click=app.quit]x[/] \x1b[2J\u202e"
    leg = dataclasses.replace(story.PHONE_LEG, provider=bad)
    item = dataclasses.replace(
        story.PHONE, title={"en": bad}, legs=(leg,), because=(Reason("preference", {"words": bad}),)
    )
    house = FakeHouse(view=dataclasses.replace(story.DIGEST, items=(item,)))
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        shown = "\n".join(line.plain for line in app.screen.query_one(Card).draw(70))
    assert "[@click=app.quit]x[/]" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown


async def test_a_decision_is_recorded_with_the_keys_and_seconds_from_showing_to_deciding() -> None:
    house = FakeHouse()
    app = app_over(house)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        first = house.view.items[0].id
        await press(pilot, ["w", "escape", "l", "1", "x", "1"])
        assert [one[0] for one in house.decisions] == ["later", "reject"]
    assert house.spent == [(first, 4), (first, 2)]


def test_only_the_time_with_waiting_cards_counts_and_long_pauses_are_cut() -> None:
    now = [0.0]
    meter = Meter(lambda: now[0])
    meter.pressed("a")
    assert meter.decided() == (0, 0)
    meter.shown(True)
    for pause, key in ((5, "a"), (10_000, "b"), (0, "b"), (2, "c")):
        now[0] += pause
        meter.pressed(key)
    meter.shown(True)  # the same cards again begin nothing anew
    assert meter.decided() == (3, 7 + IDLE)
    now[0] += 3
    assert meter.decided() == (0, 3)
    meter.shown(False)
    now[0] += 50
    meter.pressed("d")
    assert meter.decided() == (0, 0)


def test_no_key_means_two_things_on_one_screen() -> None:
    for screen in {name for one in ACTIONS for name in one.screens} - {EVERYWHERE}:
        keys = [key for one in actions_of(screen) for key in one.keys.split(",")]
        assert len(keys) == len(set(keys)), screen


async def test_every_action_of_the_registry_is_there() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        for way in ((), ("w",), ("t",), ("t", "enter"), ("d",), ("r",), ("b",), ("i",), ("question_mark",)):
            await press(pilot, way)
            for one in actions_of(app.screen.where):
                target = app if EVERYWHERE in one.screens else app.screen
                assert hasattr(target, f"action_{one.command}"), (one.id, app.screen)
            while not isinstance(app.screen, DigestScreen):
                await press(pilot, ["escape"])


async def test_the_palette_names_every_action_but_moves() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        titles = {command.title for command in app.get_system_commands(app.screen)}
    assert {"Decide: approve", "Gegenbot: stop", "Look: why"} <= titles
    assert len(titles) == sum(one.group != "move" and one.id != "palette" for one in actions_of("digest"))


async def test_a_click_on_the_key_bar_does_what_the_key_does() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click("#key-bar .key-hint")
        await settled(pilot)
        assert isinstance(app.screen, ApprovalScreen)


async def test_a_runner_is_started_when_none_lives_and_leaving_asks_whether_it_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[int] = []
    monkeypatch.setattr("tui.app.os.kill", lambda pid, number: ended.append(pid))
    for answer, killed in (("1", []), ("2", [4711])):
        house = FakeHouse(state=dataclasses.replace(story.STATUS, runner="none", runner_pid=None))
        app = app_over(house)
        async with app.run_test(size=SIZE) as pilot:
            await press(pilot, ["q"])
            assert house.decisions == [("start_runner",)]
            assert isinstance(app.screen, Choice)
            await pilot.press(answer)
            await pilot.pause()
        assert app.return_code == 0
        assert ended == killed


async def test_a_runner_that_was_there_before_is_left_alone() -> None:
    app = app_over()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_code == 0


HAND = story.HAND_TALK.negotiation


def by_hand() -> FakeHouse:
    return FakeHouse(view=story.EMPTY, talks_seen=(story.HAND_TALK,))


async def test_copying_takes_the_cleared_words_and_sends_nothing() -> None:
    app = app_over(house := by_hand())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ("t", "enter", "y"))
        assert app.clipboard == story.DRAFTS[0].text
    assert house.decisions == []


async def test_sent_is_said_by_the_person() -> None:
    assert await decisions_after("t", "enter", "v", house=by_hand()) == [("carried", HAND)]


async def test_a_pasted_answer_is_brought_and_an_abandoned_one_is_not() -> None:
    keys = ("t", "enter", "p", "type:18 EUR", "ctrl+s")
    assert await decisions_after(*keys, house=by_hand()) == [("answer", HAND, "18 EUR")]
    assert await decisions_after("t", "enter", "p", "type:18 EUR", "escape", house=by_hand()) == []


async def test_all_talks_can_be_reached_from_those_of_one_card() -> None:
    app = app_over(FakeHouse(talks_seen=(*story.TALKS, story.HAND_TALK)))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, ("t",))
        assert HAND not in app.screen.negotiations  # type: ignore[attr-defined]
        await press(pilot, ("A",))
        await settled(pilot)
        assert HAND in app.screen.negotiations  # type: ignore[attr-defined]


async def test_a_talk_by_hand_says_how_the_answer_comes_in() -> None:
    talk = dataclasses.replace(story.TALKS[0], by_hand=True, state="waiting_them")
    app = app_over(FakeHouse(talks_seen=(talk,), drafts=()))
    async with app.run_test(size=(120, 36)) as pilot:
        await press(pilot, ["t", "enter"])
        text = app.screen.query_one(TalkText)
        assert any("p brings it here" in line.plain for line in text.draw(110))

"""Everything the screens can do, a command can do; and every command that reads can be heard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest

from tests.tui.fake_home import FakeHouse
from tests.tui.test_cli import READ_VERBS, run
from tui import house as houses
from tui.actions import ACTIONS, EVERYWHERE
from tui.cli.root import gegenbot

TWINS = {
    "approve": "approve", "reject": "reject", "later": "later", "counter": "counter", "undo": "undo",
    "why": "why", "talks": "talk", "disclosures": "disclosures", "held": "held", "jobs": "status", "live": "live",
    "need": "want", "look": "look", "offers": "read --keep", "export": "export", "delete": "delete",
    "missed": "held --missed", "curve": "curve", "history": "history", "copy": "draft", "carried": "draft --sent",
    "paste": "answer", "all": "talk", "open:talks": "talk", "open:offers": "read", "digest": "digest", "stop": "stop",
    "resume": "resume", "help": "--help",
    "add:wants": "want", "remove:wants": "unwant", "change:wants": "needs",
    "change:limits": "limits set",
    "add:companies": "providers add", "change:companies": "providers trust", "switch:companies": "providers trust",
    "remove:companies": "forget",
    "add:contracts": "contracts add", "change:contracts": "contracts add", "remove:contracts": "forget",
    "add:facts": "facts add", "change:facts": "facts ladder", "remove:facts": "forget",
    "add:rules": "rules add", "change:rules": "rules ask", "switch:rules": "rules off", "remove:rules": "rules remove",
    "add:wishes": "wishes add", "change:wishes": "wishes correct", "remove:wishes": "forget",
    "change:schedule": "settings set",
    **dict.fromkeys(
        ("first", "second", "third", "alike", "mark", "answer"), "memory interview"
    ),
}  # fmt: skip
"""The command of every action; `action:screen` where it depends on the screen."""

OF_THE_SCREEN = {
    "profile", "open:profile", "open:interviews", "previous", "next", "down", "up", "top", "bottom", "back", "palette", "jump", "theme", "enough",
    "quit",
}  # fmt: skip
"""Actions that move about or dress the screen: nothing is done or read by them."""


def actions() -> Iterator[str]:
    names = TWINS.keys() | OF_THE_SCREEN
    for one in ACTIONS:
        for screen in one.screens:
            yield one.id if one.id in names or screen == EVERYWHERE else f"{one.id}:{screen}"


def commands(found: click.Command = gegenbot, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), found
    if isinstance(found, click.Group):
        context = click.Context(found)
        for name in found.list_commands(context):
            below = found.get_command(context, name)
            assert below is not None
            yield from commands(below, (*path, name))


KNOWN = dict(commands())


def test_every_action_of_the_key_table_has_a_command_or_only_moves_the_screen() -> None:
    assert set(actions()) == TWINS.keys() | OF_THE_SCREEN
    assert not TWINS.keys() & OF_THE_SCREEN


@pytest.mark.parametrize("twin", sorted(set(TWINS.values())))
def test_every_named_twin_is_a_command_with_that_option(twin: str) -> None:
    path, _, option = twin.partition("--")
    found = KNOWN[path.strip()]
    options = {name for one in found.get_params(click.Context(found)) for name in one.opts}
    assert not option or f"--{option}" in options


def test_every_command_that_prints_for_programs_can_also_be_heard() -> None:
    for path, found in KNOWN.items():
        options = {name for one in found.params for name in one.opts}
        assert ("--json" in options) == ("--plain" in options), path


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> FakeHouse:
    made = FakeHouse()
    monkeypatch.setattr(houses, "open_house", lambda home: made)
    return made


STUMBLE = re.compile(r"^[\s\-*+>=!•·→]|\s{2,}|[│─└┌●○✓·\x1b]|,,")
"""What a voice would stumble over: marks and indents at the start, columns, strokes, colour."""


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("argv", READ_VERBS, ids=" ".join)
def test_what_is_heard_has_one_fact_a_line_and_no_signs(house, capsys, argv, language: str) -> None:
    assert run("--lang", language, *argv, "--plain") == 0
    heard = capsys.readouterr().out.splitlines()
    assert heard
    assert [line for line in heard if not line or STUMBLE.search(line)] == []


def test_a_row_of_a_list_is_heard_with_the_names_of_its_columns(house, capsys) -> None:
    run("contracts", "--plain")
    assert capsys.readouterr().out.splitlines()[0].startswith("Category: ")


def test_their_words_are_said_to_be_theirs(house, capsys) -> None:
    run("talk", "neg-removal-berliner", "--plain")
    assert " wrote: “" in capsys.readouterr().out


def test_the_person_can_ask_once_for_all_calls(house, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    run("contracts")
    in_columns = capsys.readouterr().out
    monkeypatch.setenv("GEGENBOT_PLAIN", "1")
    run("contracts")
    assert capsys.readouterr().out != in_columns
    monkeypatch.delenv("GEGENBOT_PLAIN")
    run("contracts")
    assert capsys.readouterr().out == in_columns


def test_what_should_have_been_shown_is_marked_by_its_number(house, capsys) -> None:
    assert run("held", "--missed", "1") == 0
    assert house.decisions == [("should_have_shown", house.view.held_back.sample[0]["id"])]
    assert run("held", "--missed", "99") == 2

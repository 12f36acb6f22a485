"""The command line: data on stdout, narration on stderr, exit codes as an API."""

from __future__ import annotations

import json

import pytest

from tests.tui import story
from tests.tui.fake_home import FakeHouse
from tui import house as houses
from tui.cli import main


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> FakeHouse:
    made = FakeHouse()
    monkeypatch.setattr(houses, "open_house", lambda home: made)
    return made


def run(*argv: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(argv))
    return int(left.value.code or 0)


READ_VERBS = (
    ("digest",), ("show", "1"), ("why", "2"), ("talk",), ("talk", "1"), ("talk", "neg-removal-berliner"), ("held",),
    ("status",), ("disclosures",), ("rules",), ("contracts",), ("providers",), ("needs",), ("drafts",),
    ("draft", "neg-hand-funkturm"), ("memory", "list"),
 ("ledger", "verify"), ("config", "categories"), ("limits",), ("limits", "list"), ("facts",), ("facts", "kinds"),
    ("facts", "ladder", "f-code"), ("wishes",), ("settings",), ("background",), ("background", "on"),
    ("live",), ("history",), ("curve", "neg-removal-berliner"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "kept"),
    [
        (("limits", "set", "gym", "--most", "300", "--term", "12"), ("limits", "gym", "300", "12", "propose")),
        (("facts", "add", "pd:PostalCode", "10435"), ("fact", "pd:PostalCode", "10435")),
        (("wishes", "add", "no", "plastic"), ("wish", "no plastic", "None")),
        (("wishes", "correct", "pref:1", "less", "plastic"), ("correct", "pref:1", "less plastic")),
        (("settings", "set", "digest.hours", "7"), ("setting", "digest.hours", "7")),
        (("contracts", "add", "gym", "Studio", "30"), ("contract", "gym", "Studio", "30")),
        (("providers", "trust", "firm", "blocked"), ("trust", "firm", "blocked")),
        (("unwant", "need-1"), ("close_need", "need-1")),
        (("look",), ("look_now",)),
        (("export", "/tmp/mine"), ("export", "/tmp/mine")),
        (("delete", "--yes"), ("delete",)),
    ],
    ids=lambda value: " ".join(value[:2]),
)
def test_each_editor_has_a_twin(house, argv, kept) -> None:
    assert run(*argv) == 0
    assert house.decisions == [kept]


def test_deleting_without_a_terminal_waits_for_the_person(house, capsys) -> None:
    assert run("delete") == 4
    assert house.decisions == []
    assert "--yes" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_can_complete_our_verbs(house, capsys, shell: str) -> None:
    assert run("completion", shell) == 0
    assert "_GEGENBOT_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize("argv", READ_VERBS, ids=" ".join)
def test_every_read_verb_prints_one_json_object(house, capsys, argv) -> None:
    assert run(*argv, "--json") == 0
    out, err = capsys.readouterr()
    json.loads(out)
    assert err == ""


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("argv", READ_VERBS, ids=" ".join)
def test_plain_text_fits_80_columns_and_holds_no_control_character(house, capsys, argv, language) -> None:
    assert run("--lang", language, *argv) == 0
    out = capsys.readouterr().out
    assert out.strip()
    assert max(map(len, out.splitlines())) <= 80
    assert not [char for char in out if char != "\n" and (ord(char) < 32 or 127 <= ord(char) < 160)]


def test_reasons_in_json_carry_code_and_text(house, capsys) -> None:
    run("--lang", "de", "digest", "--json")
    because = json.loads(capsys.readouterr().out)["items"][0]["because"]
    assert because[0] == {
        "code": "cheapest_all_in", "params": {}, "refs": ["offer:removal-4"], "text": "am günstigsten, alle Kosten gerechnet",
    }  # fmt: skip


def test_an_unknown_card_is_a_usage_error_that_says_what_to_do(house, capsys) -> None:
    assert run("show", "9") == 2
    assert capsys.readouterr().err == (
        "gegenbot: There is no card `9` in the digest. `gegenbot digest` lists them with their numbers.\n"
    )


def test_an_approval_without_a_terminal_needs_the_mark_of_the_terms(house, capsys) -> None:
    assert run("approve", "1") == 4
    out, err = capsys.readouterr()
    assert "gegenbot approve 1 --hash 9c41d07b" in err
    assert out == ""
    assert house.decisions == []


def test_an_approval_with_the_mark_binds_exactly_these_terms(house, capsys) -> None:
    assert run("approve", "1", "--hash", "9c41d07b") == 0
    assert house.decisions == [("approve", "item-move", story.MOVE.approval_hash, "False")]


@pytest.mark.parametrize("mark", ["9c41", "00000000", ""])
def test_a_wrong_or_short_mark_approves_nothing(house, capsys, mark) -> None:
    assert run("approve", "1", "--hash", mark) == 5
    assert house.decisions == []


def test_above_the_limit_the_mark_alone_is_refused(house, capsys) -> None:
    assert run("approve", "2", "--hash", "77b0aa13") == 5
    assert "--over-limit" in capsys.readouterr().err
    assert run("approve", "2", "--hash", "77b0aa13", "--over-limit") == 0


def test_a_no_takes_a_number_for_its_reason(house, capsys) -> None:
    assert run("reject", "3", "--reason", "2") == 0
    assert house.decisions == [("reject", "item-phone", "wrong_terms")]
    assert run("reject", "3", "--reason", "because") == 2


def test_later_counter_undo_stop_and_resume_reach_the_house(house, capsys) -> None:
    assert run("later", "1", "--until", "2026-11-23") == 0
    assert run("counter", "1", "price=600.00") == 0
    assert run("undo", "1") == 0
    assert run("stop") == 0
    assert run("resume") == 0
    assert house.decisions == [
        ("later", "item-move", "2026-11-23"),
        ("counter", "item-move", "price=600.00"),
        ("undo", "item-move"),
        ("stop",),
        ("resume",),
    ]


def test_a_counter_without_a_value_is_a_usage_error(house, capsys) -> None:
    assert run("counter", "1", "cheaper") == 2


def test_want_passes_the_sentence_on(house, capsys) -> None:
    assert run("want", "phone", "plan,", "20", "GB") == 0
    assert house.decisions == [("need", "phone plan, 20 GB")]
    assert run("want") == 2


def test_a_home_that_cannot_be_read_says_so(house, capsys) -> None:
    house.broken = "home_unreadable"
    assert run("digest") == 2
    assert "the disk does not answer" in capsys.readouterr().err


def test_an_unknown_verb_and_an_unknown_option_are_usage_errors(house, capsys) -> None:
    assert run("haggle") == 2
    assert run("digest", "--loud") == 2


def test_help_is_worded_in_both_languages(capsys) -> None:
    assert run("--help") == 0
    english = capsys.readouterr().out
    assert run("--lang", "de", "--help") == 0
    german = capsys.readouterr().out
    assert "Stop everything that goes out" in english
    assert "Hält alles an, was hinausgeht" in german
    assert run("--lang", "de", "approve", "--help") == 0
    assert "Zeichen der Bedingungen" in capsys.readouterr().out


@pytest.mark.parametrize(
    "verb", ["demo", "want", "negotiate", "approve", "memory", "ledger", "config", "doctor", "run"]
)
def test_every_verb_explains_itself(verb, capsys) -> None:
    assert run(verb, "--help") == 0
    assert "cli." not in capsys.readouterr().out


def test_a_rule_is_kept_only_after_the_yes(monkeypatch: pytest.MonkeyPatch, capsys, tmp_path) -> None:
    home = ("--home", str(tmp_path / "home"))
    assert run(*home, "rules", "add", "Never", "tell", "anyone", "my", "income") == 4
    assert run(*home, "rules", "explain") == 0
    assert "income" not in capsys.readouterr().out.splitlines()[-1]
    assert run(*home, "rules", "add", "--yes", "Never tell anyone my income") == 0
    assert run(*home, "rules", "explain", "1") == 0
    assert "Never told: income" in capsys.readouterr().out
    assert run(*home, "rules", "try", "my", "salary", "--json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["outcome"] for row in rows} == {"deny"} and rows[0]["rules"] == ["1"]

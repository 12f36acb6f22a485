"""`gegenbot arena`: the plot, the table, and what a script sees."""

from __future__ import annotations

import json

import pytest

from tui.cli import main
from tui.cli.arena import HIGH, WIDE, plot
from tui.wording import Wording

SHORT = ("--rounds", "6")


def run(*argv: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(argv))
    return int(left.value.code or 0)


def point(worth: float, gain: float, ours: bool) -> dict[str, object]:
    return {"round": 1, "ours": ours, "worth": str(worth), "gain": str(gain), "terms": {}}


def test_marks_lie_where_the_worths_are() -> None:
    found = {
        "limit": "0.25", "frontier": [["0.5", "1.0"]], "deal": point(0.5, 0.5, True),
        "points": [point(1.0, 0.0, True), point(0.0, 1.0, False), point(0.5, 0.5, False)],
    }  # fmt: skip
    rows = [line[6:].ljust(WIDE) for line in list(plot(Wording("en"), found))[1 : HIGH + 1]]
    assert rows[0][0] == "x" and rows[0][(WIDE - 1) // 2] == "."
    assert rows[HIGH - 1][WIDE - 1] == "o"
    assert rows[(HIGH - 1) // 2][(WIDE - 1) // 2] == "@"
    assert {row[(WIDE - 1) // 4] for row in rows} == {":"}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_duel_is_drawn_in_80_columns(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--lang", language, "arena", "duel", "--style", "ladder", "--seed", "3", *SHORT) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    assert "@" in out and "arena." not in out and "%" in out


def test_a_duel_as_json_has_both_worths_of_every_offer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("arena", "duel", "--style", "fixed", "--json", *SHORT) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == "" and found["points"] and found["frontier"]
    assert all(0 <= float(one["worth"]) <= 1 and 0 <= float(one["gain"]) <= 1 for one in found["points"])


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_report_has_a_row_for_each_style_and_narrates_on_stderr(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ("--style", "fixed", "--style", "tough", "--seeds", "1")
    assert run("--lang", language, "arena", "report", *chosen, *SHORT) == 0
    out, err = capsys.readouterr()
    assert max(map(len, out.splitlines())) <= 80
    assert "arena." not in out + err and len(err.splitlines()) == 2
    assert "gegenbot" in out and "Boulware" in out


def test_a_report_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("arena", "report", "--style", "fixed", "--seeds", "2", "--json", *SHORT) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["style"] for row in found["styles"]] == ["fixed"]
    assert found["all"]["gegenbot"]["talks"] == 2


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_unknown_style_is_a_usage_error_that_names_the_known(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--lang", language, "arena", "duel", "--style", "rude") == 2
    assert "ladder" in capsys.readouterr().err


def test_help_is_worded(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (("arena", "--help"), ("arena", "duel", "--help"), ("arena", "report", "--help")):
        assert run("--lang", "de", *argv) == 0
    assert "cli." not in capsys.readouterr().out

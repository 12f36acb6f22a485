"""The terminal over a real data folder: the facade itself, not the stand-in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requirements import requirement
from tests.tui.test_cli import run
from tests.tui.test_imports import command, loaded
from tui.house import LocalHouse

NEED = "phone plan, 20 GB or more, at most 20 EUR a month, no 24-month terms"


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one need, made once: stating a need loads memory and its index."""
    folder = tmp_path_factory.mktemp("stated") / "home"
    assert run("--home", str(folder), "want", NEED) == 0
    return folder


@pytest.fixture
def home(stated: Path, tmp_path: Path, capsys) -> Path:
    """A copy of that folder."""
    shutil.copytree(stated, tmp_path / "home")
    capsys.readouterr()
    return tmp_path / "home"


def test_a_new_folder_is_empty_until_the_first_need(tmp_path, home) -> None:
    assert LocalHouse(tmp_path / "nowhere").is_empty()
    assert not LocalHouse(home).is_empty()


def test_an_empty_folder_says_how_to_begin(tmp_path, capsys) -> None:
    assert run("--home", str(tmp_path / "nowhere"), "digest") == 2
    assert "Run `gegenbot` to begin" in capsys.readouterr().err


def test_a_file_that_is_gone_is_said_and_the_rest_is_read(home, capsys, tmp_path) -> None:
    (tmp_path / "a.txt").write_text("Stuhl 79,00 EUR")
    assert run("--home", str(home), "read", str(tmp_path / "gone.eml"), str(tmp_path / "a.txt"), "--json") == 1
    out, err = capsys.readouterr()
    gone, read = (json.loads(line) for line in out.splitlines())
    assert gone["problems"] == ["unreadable:FileNotFoundError"] and read["offers"][0]["price"] == "79"
    assert "gone.eml cannot be opened" in err


def test_a_need_is_read_back_and_listed(home, capsys) -> None:
    assert run("--home", str(home), "want", NEED) == 0
    out = capsys.readouterr().out
    assert "Mobile plan: data volume at least 20 (must)" in out
    assert run("--home", str(home), "needs", "--json") == 0
    assert [row["category"] for row in json.loads(capsys.readouterr().out)] == ["mobile_plan"] * 2


@requirement("attention:bundles-are-stated-in-a-sentence")
def test_several_things_are_read_back_one_by_one_under_their_cap(home, capsys) -> None:
    words = "movers on 1 March, home insurance and 2 hotel nights in case the move slips, 900 euros in total"
    assert run("--home", str(home), "want", words) == 0
    assert capsys.readouterr().out.splitlines()[:4] == [
        "3 things, decided together, at most €900.00 in all:",
        "Removal firm: day Mon 1 Mar 2027.",
        "Contents insurance.",
        "Hotel night: 2 nights, arrival Mon 1 Mar 2027 (must), only if Removal firm",
    ]
    assert run("--home", str(home), "want", "phone plan, 240 euros in total") == 0
    assert capsys.readouterr().out.startswith("Mobile plan: at most €240.00 in all.")


@pytest.mark.parametrize(
    "verb",
    [
        ("digest",),
        ("status",),
        ("talk",),
        ("held",),
        ("disclosures",),
        ("rules",),
        ("contracts",),
        ("providers",),
        ("ledger", "verify"),
        ("memory", "list"),
    ],
    ids=" ".join,
)
def test_every_read_verb_works_on_a_real_folder(home, capsys, verb) -> None:
    assert run("--home", str(home), *verb, "--json") == 0
    json.loads(capsys.readouterr().out)
    assert run("--home", str(home), "--lang", "de", *verb) == 0
    assert capsys.readouterr().out.strip()


def test_stop_is_seen_by_every_reader_and_taken_back(home, capsys) -> None:
    assert run("--home", str(home), "stop") == 0
    assert run("--home", str(home), "digest") == 0
    assert "STOPPED" in capsys.readouterr().out
    assert run("--home", str(home), "resume") == 0
    assert run("--home", str(home), "digest") == 0
    assert "STOPPED" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("show", "7"), 2),
        (("talk", "nobody"), 2),
        (("approve", "7", "--hash", "12345678"), 2),
        (("want", "something nice"), 2),
        (("want", "--file", "/etc/hostname"), 2),
        (("memory", "import", "/etc/hostname"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bad_input_gives_one_worded_error_and_its_exit_code(home, capsys, argv, code) -> None:
    assert run("--home", str(home), *argv) == code
    err = capsys.readouterr().err
    assert err.startswith("gegenbot: ")
    assert "unexpected" not in err
    assert "Traceback" not in err


def test_the_digest_as_json_loads_no_package_but_ours_and_click(home) -> None:
    packages, modules = loaded(command("--home", str(home), "digest", "--json"))
    assert packages <= {"click", "tui", "agent", "negotiators", "memory", "colorama"}
    assert not {
        name for name in modules if name.startswith(("asyncio", "tui.screens", "agent.market", "negotiators.channels"))
    }


def test_a_broken_pipe_is_not_an_error(home) -> None:
    root = str(Path(__file__).parents[2])
    script = f"{sys.executable} -c \"import sys; sys.path.insert(0, {root!r}); from tui.cli import main; main(['--home', {str(home)!r}, 'config', 'categories'])\" | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr

"""What a person installs is what is tested here: the wheel, in an empty folder, runs the demo."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("gegenbot-*.whl"))


def test_the_wheel_carries_categories_styles_persona_and_catalogues(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        "negotiators/categories/mobile_plan.toml",
        "negotiators/arena/styles.toml",
        "memory/personas/mira.toml",
        "memory/personas/mira.de.toml",
        "memory/facts/phrases.toml",
        "agent/runtime/demo_story.toml",
        "agent/language/questions.toml",
        "tui/wording/locale/de/LC_MESSAGES/gegenbot.po",
        "tui/styles/gegenbot.tcss",
    }
    assert wanted <= names
    assert not any(name.startswith("tests/") for name in names)


def test_the_wheel_knows_its_version_and_examines_the_machine(wheel: Path, tmp_path: Path) -> None:
    """The version is the changelog's newest; the doctor runs all its checks with nothing but the wheel."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    released = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert released[0] == version
    site, away = tmp_path / "site", tmp_path / "away"
    zipfile.ZipFile(wheel).extractall(site)
    away.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "HOME": str(away), "GEGENBOT_HOME": str(away / "home")}

    def run(*words: str) -> str:
        command = [sys.executable, "-c", "from tui.cli import main; main()", *words]
        done = subprocess.run(command, cwd=away, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode in (0, 1), done.stderr[-2000:]
        return done.stdout

    assert run("--version").strip() == version
    found = json.loads(run("doctor", "--json"))
    assert len({row["check"] for row in found}) >= 10
    assert {row["state"] for row in found} <= {"ok", "none", "note", "bad"}


@pytest.mark.timeout(300)
def test_a_wheel_in_an_empty_folder_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    site, away = tmp_path / "site", tmp_path / "away"
    zipfile.ZipFile(wheel).extractall(site)
    away.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(site), "HOME": str(away), "GEGENBOT_HOME": str(away / "home")}
    command = [sys.executable, "-c", "from tui.cli import main; main()", "demo", "--json", "--seed", "11"]
    done = subprocess.run(command, cwd=away, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["ledger"]["verified"]
    assert 1 <= len(report["digest"]) <= 3
    assert report["negotiations"] and all(n["provider"] for n in report["negotiations"])
    origin = subprocess.run(
        [sys.executable, "-c", "import tui; print(tui.__file__)"],
        cwd=away,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert str(site) in origin.stdout, "the demo ran from the wheel, not from the tree"

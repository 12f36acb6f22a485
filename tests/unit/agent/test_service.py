"""The background service: what is written, what the managers are told, what the person is told without one."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.runtime.service import Background, ServiceFailed, plist, unit

AWKWARD = ["/opt/with space/python", "-m", "agent.runtime.runner", "--home", '/home/mira/100% "$HOME"\\data']


class Managers:
    """Stands for `systemctl` and `launchctl`: keeps what it was told, refuses what it should."""

    def __init__(self, *refused: str) -> None:
        self.told: list[list[str]] = []
        self._refused = refused

    def __call__(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.told.append(list(command))
        refused = any(word in command for word in self._refused)
        return subprocess.CompletedProcess(list(command), int(refused), "", "not today" if refused else "")


def background(tmp_path: Path, platform: str, managers: Managers) -> Background:
    (tmp_path / "home").mkdir(mode=0o700, exist_ok=True)
    return Background(tmp_path / "home", platform=platform, folder=tmp_path, run=managers)


@pytest.fixture(autouse=True)
def _no_config_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def test_on_and_off_with_systemd(tmp_path: Path) -> None:
    managers = Managers()
    service = background(tmp_path, "linux", managers)
    assert not service.status().installed
    assert service.on().installed
    assert service.path.parent == tmp_path / ".config" / "systemd" / "user"
    assert str(tmp_path / "home") in service.path.read_text()
    name = service.path.name
    assert managers.told[-2:] == [
        ["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", name],
    ]  # fmt: skip
    assert not service.off().installed
    assert ["systemctl", "--user", "disable", "--now", name] in managers.told
    assert list(service.path.parent.iterdir()) == []


def test_on_and_off_with_launchd(tmp_path: Path) -> None:
    managers = Managers()
    service = background(tmp_path, "darwin", managers)
    assert service.on().installed
    assert service.path.parent == tmp_path / "Library" / "LaunchAgents"
    written = plistlib.loads(service.path.read_bytes())
    assert written["ProgramArguments"][-1] == str(tmp_path / "home")
    assert written["KeepAlive"] == {"SuccessfulExit": False}
    assert managers.told[-1][:2] == ["launchctl", "bootstrap"]
    assert not service.off().installed


def test_without_a_manager_the_line_to_add_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    service = background(tmp_path, "linux", Managers("show-environment"))
    found = service.on()
    assert (found.manager, found.installed) == ("none", False)
    assert found.line.startswith("@reboot ")
    assert str(tmp_path / "home") in found.line
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_manager_that_refuses_is_one_error_with_its_words(tmp_path: Path) -> None:
    service = background(tmp_path, "linux", Managers("enable"))
    with pytest.raises(ServiceFailed) as refused:
        service.on()
    assert refused.value.params["why"] == "not today"


def test_every_folder_has_a_service_of_its_own(tmp_path: Path) -> None:
    names = {Background(tmp_path / name, platform="linux", folder=tmp_path, run=Managers()).name for name in "ab"}
    assert len(names) == 2


def test_the_property_list_says_what_was_meant(tmp_path: Path) -> None:
    assert plistlib.loads(plist("gegenbot", AWKWARD, tmp_path).encode())["ProgramArguments"] == AWKWARD


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    python = tmp_path / "with space" / "python"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    path = tmp_path / "gegenbot.service"
    path.write_text(unit([str(python), *AWKWARD[1:]]))
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    command = ["systemd-analyze", "verify", "--user", "--man=no", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ)
    assert done.returncode == 0, done.stderr
    assert "gegenbot.service" not in done.stderr, done.stderr

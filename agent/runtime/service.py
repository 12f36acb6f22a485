"""The runner as a service of the person's own session: systemd on Linux, launchd on a Mac.

Only files in the person's own folders are written. Where neither manager answers, the line to add by hand is told
instead. One service for each data folder.
"""

from __future__ import annotations

import hashlib
import os
import plistlib
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from agent.kernel.errors import AgentError
from agent.runtime.lock import runner_pid
from agent.runtime.paths import default_home

Manager = Literal["systemd", "launchd", "none"]
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]

PATIENCE = 10.0
"""Seconds a manager, or a runner that is asked to end, gets to answer."""


class ServiceFailed(AgentError):
    """The manager refused (`service_failed`, with what it said)."""

    code = "service_failed"


@dataclass(frozen=True, slots=True)
class Service:
    """How the background stands. `line` is what to add by hand where there is no manager we know."""

    manager: Manager
    installed: bool
    running: bool
    path: str
    line: str


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A manager's command, bounded; one that does not answer counts as refused."""
    try:
        return subprocess.run(list(command), capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as err:
        return subprocess.CompletedProcess(list(command), 1, "", str(err))


class Background:
    """The service of one data folder. `platform`, `folder` (the person's home) and `run` are passed in for tests."""

    def __init__(self, home: Path, *, platform: str = sys.platform, folder: Path | None = None, run: Run = run) -> None:
        self._home = home.absolute()
        self._folder = folder or Path.home()
        self._run = run
        self.manager: Manager = self._find(platform)

    def _find(self, platform: str) -> Manager:
        if platform == "darwin":
            return "launchd"
        if platform.startswith("linux") and self._run(["systemctl", "--user", "show-environment"]).returncode == 0:
            return "systemd"
        return "none"

    @property
    def name(self) -> str:
        """One name for each folder; the usual folder has the plain one."""
        if self._home == default_home().absolute():
            return "gegenbot"
        return f"gegenbot-{hashlib.sha256(str(self._home).encode()).hexdigest()[:8]}"

    @property
    def path(self) -> Path:
        if self.manager == "launchd":
            return self._folder / "Library" / "LaunchAgents" / f"{self.name}.plist"
        base = Path(os.environ.get("XDG_CONFIG_HOME") or self._folder / ".config")
        return base / "systemd" / "user" / f"{self.name}.service"

    def command(self) -> list[str]:
        return [sys.executable, "-m", "agent.runtime.runner", "--home", str(self._home)]

    def status(self) -> Service:
        """What is installed and whether it runs."""
        installed = self.manager != "none" and self.path.exists()
        running = runner_pid(self._home) is not None
        where = str(self.path) if self.manager != "none" else ""
        return Service(self.manager, installed, running, where, "" if self.manager != "none" else self.line())

    def line(self) -> str:
        """For the person's own table of start-up jobs."""
        return "@reboot " + " ".join(_shell(word) for word in self.command())

    def on(self) -> Service:
        """Install and start. A runner that a screen started makes room first. Raises `ServiceFailed`."""
        if self.manager == "none":
            return self.status()
        end_runner(self._home)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(
            unit(self.command()) if self.manager == "systemd" else plist(self.name, self.command(), self._home)
        )
        fresh.replace(self.path)
        if self.manager == "systemd":
            self._must("systemctl", "--user", "daemon-reload")
            self._must("systemctl", "--user", "enable", "--now", self.path.name)
        else:
            self._run(["launchctl", "bootout", self._domain(), str(self.path)])
            self._must("launchctl", "bootstrap", self._domain(), str(self.path))
        return self.status()

    def off(self) -> Service:
        """End and remove; the data stays. Raises `ServiceFailed`."""
        if self.manager == "none" or not self.path.exists():
            return self.status()
        if self.manager == "systemd":
            self._must("systemctl", "--user", "disable", "--now", self.path.name)
        else:
            self._run(["launchctl", "bootout", self._domain(), str(self.path)])
        self.path.unlink(missing_ok=True)
        if self.manager == "systemd":
            self._must("systemctl", "--user", "daemon-reload")
        return self.status()

    def _must(self, *command: str) -> None:
        done = self._run(command)
        if done.returncode != 0:
            raise ServiceFailed(command=" ".join(command), why=(done.stderr or done.stdout).strip()[:200])

    def _domain(self) -> str:
        return f"gui/{os.getuid()}"


def unit(command: Sequence[str]) -> str:
    """The systemd user unit: restarted after a crash, ended with the session's manager, little of the machine.

    The bounds hold for the runner with all it starts. Where memory runs out the kernel ends one process, an adapter
    first, and the others go on.
    """
    return f"""[Unit]
Description=Gegenbot negotiates in the background
Documentation=man:systemd.service(5)

[Service]
Type=exec
ExecStart={" ".join(_systemd(word) for word in command)}
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=2
UMask=0077
Nice=10
NoNewPrivileges=yes
MemoryMax=50%
TasksMax=256
OOMPolicy=continue

[Install]
WantedBy=default.target
"""


def plist(name: str, command: Sequence[str], home: Path) -> str:
    """The launchd agent: started at login, restarted after a crash."""
    log = str(home / "runner.log")
    return plistlib.dumps(
        {
            "Label": name, "ProgramArguments": list(command), "RunAtLoad": True, "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": 10, "ProcessType": "Background", "Umask": 0o077, "StandardOutPath": log,
            "StandardErrorPath": log,
        }
    ).decode()  # fmt: skip


def _systemd(word: str) -> str:
    """A word of `ExecStart=`, quoted; `%` and `$` mean nothing in it."""
    inner = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{inner}"'


def _shell(word: str) -> str:
    return shlex.quote(word).replace("%", "\\%")


def end_runner(home: Path) -> None:
    """Ask a folder's runner to end, and wait until the folder is free."""
    pid = runner_pid(home)
    if pid is None:
        return
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    until = time.monotonic() + PATIENCE
    while runner_pid(home) is not None and time.monotonic() < until:
        time.sleep(0.05)

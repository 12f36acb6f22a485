"""Programs of the system that shut an adapter in from outside, where its kernel does not do it from inside.

Linux with Landlock and seccomp needs none (`confine`). Without them `bwrap` is used where it is installed and user
namespaces are allowed; a Mac has `sandbox-exec`. What a program is told is plain data, made here and tested as such;
whether the walls stand is measured in the child, on every system alike.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from negotiators.host.confine import SYSTEM, supported

SEATBELT = "/usr/bin/sandbox-exec"
PATIENCE = 10.0
"""Seconds a program of the system gets to show that it works."""

Wrap = Callable[[Sequence[str], Sequence[Path], Path], list[str]]
"""`(command, readable, work) -> command` that runs behind the wall. `work` is the adapter's own folder."""


@dataclass(frozen=True, slots=True)
class Wall:
    """`name`: `kernel` (the child does it itself), `bwrap`, `seatbelt` or `none`."""

    name: str
    wrap: Wrap


def bare(command: Sequence[str], readable: Sequence[Path], work: Path) -> list[str]:
    return list(command)


def bwrap(command: Sequence[str], readable: Sequence[Path], work: Path) -> list[str]:
    """Bubblewrap (man 1 bwrap): namespaces of its own, an empty root with these paths, no network, gone with us."""
    told = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--dev",
        "/dev",
    ]
    for path in (str(path) for path in readable if path.parent != Path("/dev")):  # `--dev` makes its own
        told += ["--ro-bind-try", path, path]
    return [*told, "--bind", str(work), str(work), "--chdir", str(work), "--", *command]


def seatbelt(command: Sequence[str], readable: Sequence[Path], work: Path) -> list[str]:
    return [SEATBELT, "-p", profile(readable, work), *command]


def profile(readable: Sequence[Path], work: Path) -> str:
    """A Seatbelt profile: nothing but what Apple's own base lets every process do, these files and this folder.

    A framework build of Python starts a second image of itself, so that programs of Python's own folder may be
    executed; no process may be forked. Paths have to be resolved: `/var` is a link there.
    """
    files = " ".join(f"(subpath {_quoted(path)})" for path in dict.fromkeys(map(os.path.realpath, readable)))
    own = f"(subpath {_quoted(os.path.realpath(work))})"
    return "\n".join(
        [
            "(version 1)",
            "(deny default)",
            '(import "system.sb")',
            f"(allow process-exec (subpath {_quoted(os.path.realpath(sys.base_prefix))}))",
            '(allow file-read-metadata) (allow file-read* (literal "/"))',
            f"(allow file-read* file-map-executable {files})",
            f"(allow file-read* file-write* {own})",
            '(allow file-read* file-write-data (literal "/dev/null"))',
            "(allow sysctl-read)",
            "(deny network*) (deny process-fork) (deny mach-lookup) (deny mach-register)",
        ]
    )


def _quoted(path: str) -> str:
    """A string of the profile language."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def interpreter() -> str:
    """Python itself, not the link of a virtual environment: behind a wall that environment is out of sight."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def own_python() -> list[Path]:
    """What this Python needs to start; a framework build keeps its own image outside `lib`."""
    library = Path(sysconfig.get_path("stdlib"))
    image = Path(sys.base_prefix) if sysconfig.get_config_var("PYTHONFRAMEWORK") else Path(sys.base_prefix, "lib")
    return [Path(interpreter()), image, library, *map(Path, SYSTEM)]


def works(wall: Wall) -> bool:
    """Whether Python starts behind it on this machine."""
    with tempfile.TemporaryDirectory(prefix="gegenbot-") as work:
        command = wall.wrap([interpreter(), "-I", "-S", "-c", ""], own_python(), Path(work))
        try:
            return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, env={}).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False


def candidate() -> Wall | None:
    """The program that would do it here; `None` where none is needed or none is there."""
    if sys.platform == "linux" and not supported() and shutil.which("bwrap"):
        return Wall("bwrap", bwrap)
    if sys.platform == "darwin" and Path(SEATBELT).exists():
        return Wall("seatbelt", seatbelt)
    return None


@cache
def standing() -> Wall:
    """The wall that is used on this machine, tried once: a program that does not work leaves `none`."""
    if sys.platform == "linux" and supported():
        return Wall("kernel", bare)
    found = candidate()
    return found if found is not None and works(found) else Wall("none", bare)

"""One runner per data folder, found by its lock file. Standard library only: read verbs ask it too."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from agent.kernel.errors import RunnerAlive
from agent.runtime.paths import Home


class RunnerLock:
    """The lock file that says which process runs this folder. Held as long as the object lives."""

    def __init__(self, home: Home) -> None:
        self._path = home.lock
        self._file: IO[str] | None = None

    def take(self) -> RunnerLock:
        """Raises `RunnerAlive` with the holder's process id."""
        file = self._path.open("a+")
        self._path.chmod(0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            file.seek(0)
            pid = file.read().strip()
            file.close()
            raise RunnerAlive(pid=pid, path=str(self._path)) from err
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return self

    def release(self) -> None:
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.close()
            self._file = None


def runner_pid(root: Path) -> int | None:
    """The process id of the runner that holds the folder, if one lives. Does not take the lock."""
    path = Home(root).lock
    if not path.exists():
        return None
    with path.open("r") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            text = file.read().strip()
            return int(text) if text.isdigit() else None
    return None

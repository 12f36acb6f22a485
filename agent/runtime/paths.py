"""One place that knows where files lie."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.kernel.errors import ConfigInvalid

ENVIRONMENT = "GEGENBOT_HOME"


def default_home() -> Path:
    """The person's data folder: `GEGENBOT_HOME`, else the platform's place for user data."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("gegenbot")


@dataclass(frozen=True, slots=True)
class Home:
    """The files of one data folder."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config.toml"

    @property
    def stop(self) -> Path:
        return self.root / "STOP"

    @property
    def lock(self) -> Path:
        return self.root / "runner.lock"

    @property
    def categories(self) -> Path:
        return self.root / "categories"

    @property
    def mailbox(self) -> Path:
        return self.root / "email.toml"

    @property
    def log(self) -> Path:
        return self.root / "runner.log"

    def settings_written(self) -> int:
        """When the configuration or the mailbox's settings were last written, in nanoseconds; 0 when there are none."""
        times = [0]
        for path in (self.config, self.mailbox):
            with suppress(OSError):
                times.append(path.stat().st_mtime_ns)
        return max(times)

    def make(self, zone: str = "") -> Home:
        """Create the folder for its owner only. A new one keeps in its configuration the zone of digest hours, days and
        times shown: `zone`, or the machine's where that has a name. Raises `ConfigInvalid` when the folder cannot be
        used or is open to others."""
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.root.is_symlink() or not self.root.is_dir():
                raise ConfigInvalid("home_not_a_folder", path=str(self.root))
            new = not any(self.root.iterdir())
            if self.root.stat().st_mode & 0o077:
                if not new:
                    raise ConfigInvalid("home_open_to_others", path=str(self.root))
                self.root.chmod(0o700)
            if new:
                self._begin(zone)
        except OSError as err:
            raise ConfigInvalid("home_unusable", path=str(self.root), why=err.strerror or str(err)) from err
        if not os.access(self.root, os.W_OK):
            raise ConfigInvalid("home_unusable", path=str(self.root), why="not writable")
        return self

    def _begin(self, zone: str) -> None:
        from agent.zone import machine_zone

        if found := zone or machine_zone(datetime.now(UTC)):
            self.config.touch(0o600)
            self.config.write_text(f'zone = "{found}"\n', "utf-8")

"""What an adapter's talk continues from, kept beside the ledger instead of in it.

The adapter's words may hold what it was told of the person, so that forgetting takes these files away.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from negotiators.channels.payload.fields import safe_id


@dataclass(frozen=True, slots=True)
class Memo:
    """One talk's file in `folder`, by a name that says nothing."""

    folder: Path
    name: str

    def read(self) -> str:
        """What was written last; the empty string where there is nothing (any more)."""
        try:
            return self._path.read_text("utf-8")
        except OSError:
            return ""

    def exists(self) -> bool:
        return self._path.exists()

    def write(self, text: str) -> None:
        """Replace it, whole or not at all. A full disk keeps the older one: the talk then asks its company again."""
        if text == self.read():
            return
        waiting = self._path.with_suffix(".new")
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            opened = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(opened, "w", encoding="utf-8") as file:
                file.write(text)
            waiting.replace(self._path)

    @property
    def _path(self) -> Path:
        name = safe_id(self.name)
        if name is None or not name.isalnum():
            raise ValueError("not the name of a memo")
        return self.folder / name


def forget_all(home: Path) -> None:
    """Delete everything adapters may have kept below `home`, also of those that run now."""
    shutil.rmtree(home, ignore_errors=True)

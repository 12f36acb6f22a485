"""A program in a pseudo-terminal, read back by a terminal emulator."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte

SCRIPT = Path(__file__).with_name("app_fake.py")
ALTERNATE_ON, ALTERNATE_OFF, CURSOR_ON = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


class Terminal:
    """A program in a pseudo-terminal of a given size, and what stands on its screen."""

    def __init__(
        self, columns: int = 80, lines: int = 24, language: str = "en", command: Sequence[str] = (), **environ: str
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.Stream(self.screen)
        self.raw = ""
        base = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "TERM": "xterm-256color",
            "TZ": "Europe/Berlin",
            "LANG": "C.UTF-8",
        }
        self.child = pexpect.spawn(
            sys.executable,
            list(command) or [str(SCRIPT), language],
            dimensions=(lines, columns),
            env=base | environ,
            encoding="utf-8",
            timeout=20,
        )
        self.child.delaybeforesend = None  # pexpect's own 50 ms before each key would be measured with it

    def read(self, seconds: float = 0.05) -> None:
        try:
            while True:
                self.feed(self.child.read_nonblocking(65536, timeout=seconds))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return

    def feed(self, got: str) -> None:
        """Draw what the program wrote."""
        self.raw += got
        # pyte does not know private answers such as `CSI > u`; they draw nothing in a real terminal.
        self.stream.feed(re.sub(r"\x1b\[[<>=][0-9;]*[a-zA-Z]", "", got))

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"never saw {what}:\n{self.text}")
            self.read()

    def see(self, words: str) -> None:
        self.wait(lambda: words in self.text, repr(words))

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def ended(self) -> int:
        """The exit code, or minus the signal."""
        self.wait(lambda: not self.child.isalive(), "the end")
        self.read()
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0)


@contextmanager
def terminal(*args: object, **settings: object) -> Iterator[Terminal]:
    made = Terminal(*args, **settings)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.child.close(force=True)

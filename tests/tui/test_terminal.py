"""The real program in a pseudo-terminal, read back by a terminal emulator."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

from tui.actions import ACTIONS, EVERYWHERE
from tui.wording import Wording

SCRIPT = Path(__file__).with_name("app_fake.py")
ALTERNATE_ON, ALTERNATE_OFF, CURSOR_ON = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


class Terminal:
    """A program in a pseudo-terminal of a given size, and what stands on its screen."""

    def __init__(self, columns: int = 80, lines: int = 24, language: str = "en", **environ: str) -> None:
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
            [str(SCRIPT), language],
            dimensions=(lines, columns),
            env=base | environ,
            encoding="utf-8",
            timeout=20,
        )

    def read(self, seconds: float = 0.05) -> None:
        try:
            while True:
                got = self.child.read_nonblocking(65536, timeout=seconds)
                self.raw += got
                # pyte does not know private answers such as `CSI > u`; they draw nothing in a real terminal.
                self.stream.feed(re.sub(r"\x1b\[[<>=][0-9;]*[a-zA-Z]", "", got))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return

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


def restored(raw: str) -> bool:
    """The alternate screen is left and the cursor is back."""
    return raw.rfind(ALTERNATE_OFF) > raw.rfind(ALTERNATE_ON) > -1 and raw.rfind(CURSOR_ON) > raw.rfind("\x1b[?25l")


def test_the_first_card_and_every_key_of_the_bar() -> None:
    """One program, one walk: each key of the bar does its work and Esc comes back."""
    with terminal() as term:
        term.see("The move on 12 December")
        term.see("3 decisions wait for you")
        bar = term.screen.display[-1]
        w = Wording("en")
        for key, seen in (
            ("a", "You approve exactly this"),
            ("x", "Why not?"),
            ("l", "When shall I ask again?"),
            ("c", "Ask for other terms"),
            ("w", "Why you see it"),
            ("t", "How it stands"),
            ("d", "3 things told"),
            ("?", "Pick one with the arrow keys"),
        ):
            word = next(w.t(f"action.{one.id}") for one in ACTIONS if one.key == key)
            assert f"{key} {word}" in bar
            term.press(key)
            term.see(seen)
            term.press("\x1b")
            term.wait(lambda seen=seen: seen not in term.text, f"the end of {seen!r}")
            term.wait(lambda: "a approve" in term.screen.display[-1], "the digest again")
        assert "s stop" in bar
        term.press("s")
        term.see("STOPPED")
        term.press("q")
        assert term.ended() == 0
        assert restored(term.raw)


def test_resizing_lays_out_anew_and_a_tiny_terminal_is_told() -> None:
    with terminal() as term:
        term.see("The move on 12 December")
        term.child.setwinsize(36, 120)
        term.screen.resize(36, 120)
        term.see("· 9 companies asked, 4 would agree · fits your wish “Saturday only” · inside")
        term.see("q quit")
        term.child.setwinsize(10, 40)
        term.screen.resize(10, 40)
        term.see("too small")
        term.child.setwinsize(24, 80)
        term.screen.resize(24, 80)
        term.see("3 decisions wait for you")


def test_no_color_means_no_colour() -> None:
    def coloured(**environ: str) -> set[tuple[int, ...]]:
        """What is drawn in more than a shade of grey."""
        with terminal(COLORTERM="truecolor", **environ) as term:
            term.see("The move on 12 December")
            found = re.findall(r"[34]8;2;(\d+);(\d+);(\d+)", term.raw)
        return {one for one in (tuple(map(int, rgb)) for rgb in found) if max(one) - min(one) > 2}

    assert coloured()
    assert not coloured(NO_COLOR="1")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (lambda term: term.press("\x03"), 130),
        (lambda term: term.child.kill(signal.SIGTERM), 128 + signal.SIGTERM),
        (lambda term: term.child.kill(signal.SIGHUP), 128 + signal.SIGHUP),
    ],
    ids=["ctrl-c", "kill", "hang-up"],
)
def test_every_way_out_restores_the_terminal(end, code) -> None:
    with terminal() as term:
        term.see("The move on 12 December")
        end(term)
        assert term.ended() == code
        assert restored(term.raw)


def test_hostile_text_leaves_no_escape_byte_of_its_own() -> None:
    with terminal(language="de") as term:
        term.see("Der Umzug am 12. Dezember")
        term.press("t")
        term.see("Hotel Anker")
        term.press("\r")
        term.see("Berliner Umzug schrieb")
        term.press("G")
        term.see("gnp.exe")
        assert "[bold red]dear[/]" in term.text
        assert "\x1b]0;owned" not in term.raw
        assert "\x9b" not in term.raw
        assert "\u202e" not in term.raw
        assert "owned" not in term.screen.title


def test_everywhere_keys_are_in_the_registry() -> None:
    assert {"stop", "help", "quit"} <= {one.id for one in ACTIONS if EVERYWHERE in one.screens}


def test_approving_at_a_terminal_asks_for_a_word_and_above_the_limit_twice() -> None:
    script = SCRIPT.with_name("cli_fake.py")

    def spawn(*argv: str) -> pexpect.spawn:
        return pexpect.spawn(sys.executable, [str(script), *argv], encoding="utf-8", timeout=20)

    child = spawn("approve", "2")
    child.expect("in total")
    child.expect('Type "yes" to approve exactly these terms')
    child.sendline("yes")
    child.expect("ABOVE YOUR LIMIT")
    child.sendline("yes")
    child.expect("Approved")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    child = spawn("--lang", "de", "approve", "1")
    child.expect("Tippe „ja“")
    child.sendline("yes")
    child.expect("Nicht gebilligt")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 4

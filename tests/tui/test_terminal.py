"""The real program in a pseudo-terminal, read back by a terminal emulator."""

from __future__ import annotations

import re
import signal
import sys

import pexpect
import pytest

from tests.tui.terminal import ALTERNATE_OFF, ALTERNATE_ON, CURSOR_ON, SCRIPT, terminal
from tui.actions import ACTIONS, EVERYWHERE
from tui.wording import Wording


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
        term.see("Worum es geht")  # of the list alone: the card behind it names the companies too
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

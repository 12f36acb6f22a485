"""A person at the real program: a hotel that answers on this machine, and keys that are pressed only when shown."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.shop import Shop, opened
from tests.tui.terminal import Terminal, terminal
from tui.wording import Wording

ROOT = Path(__file__).parents[2]
MAIN = "from tui.cli import main; main()"
CONFIG = '[negotiation]\nallow_loopback = true\n[memory]\nembedder = "ngram"\n'
"""This machine stands for the internet; a person's own file says nothing."""

SENTENCE = {
    "en": "hotel on 15 January 2027, at most 120 EUR a night",
    "de": "Hotel am 15.1.2027, höchstens 120 EUR die Nacht",
}


@dataclass(slots=True)
class Hotel(Shop):
    """Rooms that are free to cancel until the day before, so that a yes can be taken back."""

    def terms(self, price: Decimal) -> dict[str, Any]:
        return {
            "price_night": {"type": "money", "value": str(price), "unit": "EUR"},
            "check_in": {"type": "date", "value": "2027-01-15"},
            "free_cancel": {"type": "duration", "value": "P1D"},
            "breakfast": {"type": "flag", "value": "true"},
        }


@contextmanager
def hotel() -> Iterator[Hotel]:
    """The hotel's bot on a loop of its own."""
    shop, loop, ready = Hotel("Anker", Decimal(118), Decimal(95)), asyncio.new_event_loop(), threading.Event()
    done = asyncio.Event()

    async def serve() -> None:
        async with opened(shop):
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield shop
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
        loop.close()


@dataclass
class Person:
    """Presses a key only while the screen shows it, and counts what was pressed."""

    term: Terminal
    language: str
    pressed: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    """Keys that were read on the help screen once."""

    @property
    def w(self) -> Wording:
        return Wording(self.language)

    def sees(self, words: str, seconds: float = 40) -> None:
        words = " ".join(words.split())
        self.term.wait(lambda: words in self.text(), repr(words), seconds)
        self.rest()

    def text(self) -> str:
        """What stands on the screen, and what stands in a box on it, each as one line."""
        boxed = " ".join(re.findall(r"│(.*?)│", self.term.text))
        return " ".join(self.term.text.split()) + "\n" + " ".join(boxed.split())

    def rest(self) -> None:
        """Until the screen stands still: nobody types into a screen that is about to change."""
        before = ""
        while before != self.term.text:
            before = self.term.text
            self.term.read(0.15)

    def says(self, key: str) -> None:
        """Waits for a sentence of the catalogues, up to its first field; of a toast for its first two words."""
        words = re.split(r"[{“„]", self.w.t(key))[0].strip()
        self.sees(" ".join(words.split()[:2]) if key.startswith("done.") else words)

    def press(self, key: str, shown: str, sent: str = "") -> None:
        """`shown` is how the screen names the key."""
        if not self._shown(shown) and shown not in self.known:
            self._look_up(shown)
        self.pressed.append(key)
        self.term.press(sent or key)
        self.rest()

    def _shown(self, key: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(key)}(?!\w)", self.term.text) is not None

    def _look_up(self, key: str) -> None:
        """A key the bar has no room for stands on the help screen, which the bar always names."""
        assert self._shown("?"), f"neither `{key}` nor `?`:\n{self.term.text}"
        self.pressed += ["?", "Esc"]
        self.term.press("?")
        self.rest()
        listed = re.compile(rf"^\s+{re.escape(key)}\s", re.MULTILINE)
        for _ in range(40):
            if listed.search(self.term.text):
                break
            self.pressed.append("j")
            self.term.press("j")
            self.rest()
        else:
            raise AssertionError(f"`{key}` is not on the help screen:\n{self.term.text}")
        self.known.add(key)
        self.term.press("\x1b")
        self.rest()

    def enter(self) -> None:
        self.press("Enter", "Enter", "\r")

    def leave(self) -> None:
        self.press("Esc", "Esc", "\x1b")

    def write(self, words: str) -> None:
        """Into the field that has the cursor."""
        self.pressed += list(words)
        self.term.press(words)
        self.term.wait(lambda: words[-18:] in self.term.text, f"what was typed: {words}")
        self.rest()


@contextmanager
def sitting_down(folder: Path, language: str) -> Iterator[Person]:
    """A person with an empty home before the program at 80x24."""
    home = folder / ".local" / "share" / "gegenbot"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    (home / "config.toml").write_text(CONFIG)
    (home / "config.toml").chmod(0o600)
    command = ["-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {MAIN}", "--lang", language]
    environ = {
        "HOME": str(folder), "PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "XDG_CONFIG_HOME": "", "XDG_DATA_HOME": "",
    }  # fmt: skip
    with terminal(language=language, command=command, **environ) as term:
        try:
            yield Person(term, language)
        finally:
            from agent.runtime.service import end_runner

            end_runner(home)


def set_up(person: Person, address: str) -> None:
    """The first run: three questions, then the digest."""
    language = person.language
    person.says("first.setup")
    person.press("2", "2")
    person.says("setup.want")
    person.write(SENTENCE[language])
    person.enter()
    person.says("setup.want.keys_read")
    person.enter()
    person.says("setup.whom")  # a hotel is not paid by the month, so that is not asked
    person.write(address)
    person.enter()
    person.says("setup.whom.keys_more")
    person.enter()
    person.says("stay.question")
    person.press("2", "2")
    person.says("digest.talking.keys")


def first_digest(person: Person, seconds: float = 90) -> None:
    """Asks to look until a card lies there."""
    approve = f"a {person.w.t('action.approve')}"
    card, until = person.w.label("category", "hotel_night"), time.monotonic() + seconds
    while card not in person.term.text:
        assert time.monotonic() < until, person.term.text
        person.press("v", "v")
        person.term.read(3)
    person.says("notify.question")
    person.press("1", "1")
    person.sees(approve)

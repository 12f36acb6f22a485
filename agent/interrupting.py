"""The facade of interruptions: which sorted mail is told at once, as sentences of the person. By default none is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agent.edge import facade_errors
from agent.views import FacadeError

MOST = 9


@dataclass(frozen=True, slots=True)
class InterruptView:
    """One sentence and what it means: `kind` of notice, price rises by more than `above` (`5.00 EUR`), days not further
    away than `hours`. What does not bind is empty."""

    sentence: str
    kind: str
    above: str
    hours: str


def interrupts(home: Path) -> tuple[InterruptView, ...]:
    """The rules in force, in the order they were written. Raises `FacadeError`."""
    from agent.runtime.config import load_config
    from agent.runtime.paths import Home

    with facade_errors():
        return tuple(_view(one) for one in load_config(Home(home).config).notify.interrupts)


def add_interrupt(home: Path, sentence: str) -> InterruptView:
    """Write one down. Raises `FacadeError` (`interrupt_unread` with the words that were not understood)."""
    from agent.runtime.settings import set_interrupts

    made, known = _view(" ".join(sentence.split())), interrupts(home)
    if len(known) >= MOST:
        raise FacadeError("too_many_interrupts", most=str(MOST))
    with facade_errors():
        set_interrupts(home, [*(one.sentence for one in known), made.sentence])
    return made


def remove_interrupt(home: Path, number: int) -> InterruptView:
    """Take the rule of this place in the list back. Raises `FacadeError` (`no_such_interrupt`)."""
    from agent.runtime.settings import set_interrupts

    known = list(interrupts(home))
    if not 1 <= number <= len(known):
        raise FacadeError("no_such_interrupt", number=str(number))
    gone = known.pop(number - 1)
    with facade_errors():
        set_interrupts(home, [one.sentence for one in known])
    return gone


def notices_told(home: Path) -> str:
    """How a notice reaches the person (`desktop`, `mail`); empty when none would."""
    from agent.runtime.config import load_config
    from agent.runtime.paths import Home

    with facade_errors():
        how = load_config(Home(home).config).notify.how
    return "" if how in ("", "off") else how


def _view(sentence: str) -> InterruptView:
    from agent.language.interrupts import read_interrupt

    read, left = read_interrupt(sentence)
    if read is None:
        raise FacadeError("interrupt_unread", fragment=left or sentence[:80])
    hours = str(int(read.within.total_seconds()) // 3600) if read.within is not None else ""
    return InterruptView(sentence, read.kind.value, str(read.above) if read.above is not None else "", hours)

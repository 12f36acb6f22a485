"""Who asks for the vault's passphrase in this process. Standard library only: the screen needs it before its
first frame."""

from __future__ import annotations

from collections.abc import Callable

_screen: list[Callable[[], str | None]] = []


def ask_through(ask: Callable[[], str | None]) -> None:
    """A process has one terminal: a screen that owns it asks for the passphrase itself from now on. `ask` is called
    in worker threads."""
    _screen[:] = [ask]


def asker() -> Callable[[], str | None] | None:
    """The screen that asks, if one owns the terminal."""
    return _screen[0] if _screen else None

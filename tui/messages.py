"""What workers post; only handlers marked with `@on` touch widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from textual.message import Message

from agent.views import DigestView, IncidentView, StatusView
from tui.errors import Explained


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent look at the home."""

    digest: DigestView
    status: StatusView
    incidents: tuple[IncidentView, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """Providers by id."""


class HomeChanged(Message):
    """Another look at the home differs from the one before."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot


class HomeFailed(Message):
    """The home cannot be read."""

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained


class Loaded(Message):
    """What a screen asked for is here."""

    def __init__(self, view: Any) -> None:
        super().__init__()
        self.view = view


class LoadFailed(Message):
    """What a screen asked for could not be read."""

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained


class RunnerStarted(Message):
    """The runner was not alive, so this app started it."""

    def __init__(self, pid: int) -> None:
        super().__init__()
        self.pid = pid


class Done(Message):
    """A decision was recorded: `key` is its sentence."""

    def __init__(self, key: str, view: Any = None) -> None:
        super().__init__()
        self.key = key
        self.view = view


class Refused(Message):
    """A decision could not be recorded."""

    def __init__(self, explained: Explained) -> None:
        super().__init__()
        self.explained = explained

"""The shapes of a talk as a simulated company keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from negotiators.arena.log import Contract
from negotiators.arena.tactics import Track
from negotiators.dialogue import AgreementWord, Inquire, Move, OfferId, Terms, TermValue


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it reached a company, whatever wire it came by."""

    message_id: str
    context: str
    text: str
    data: tuple[object, ...] = ()
    task: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A company's answer before a wire carries it. `due` is when it is given; `ends` closes the talk."""

    message_id: str
    context: str
    text: str
    payload: Mapping[str, object] | None = None
    due: datetime | None = None
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """An offer the company stands by: its own or a buyer's it agreed to. `firm` means it can be committed."""

    terms: Terms
    until: datetime
    firm: bool


@dataclass(slots=True)
class Talk:
    """A company's memory of one negotiation."""

    context: str
    number: int
    language: str = "en"
    negotiation: str = ""
    round: int = 0
    track: Track = field(default_factory=Track)
    configuration: dict[str, TermValue] = field(default_factory=dict)
    held: dict[OfferId, Held] = field(default_factory=dict)
    last_offer: OfferId | None = None
    counter: OfferId | None = None
    told: dict[str, str] = field(default_factory=dict)
    proffered: AgreementWord | None = None
    refused: set[str] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)
    spoken: list[Answer] = field(default_factory=list)
    contract: Contract | None = None
    slip_due: datetime | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """Parts of one answer while it is put together."""

    move: Move | None = None
    sentences: tuple[str, ...] = ()
    questions: tuple[Inquire, ...] = ()
    reason: str = ""
    final: bool = False
    ends: bool = False

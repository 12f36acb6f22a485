"""What readers return: closed, typed, each value with the span it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from negotiators.categories import Category
from negotiators.dialogue import Evidence, Inquire, Terms, TermValue
from negotiators.text import Span

Language = Literal["en", "de"]
NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Something that has several readings, or only an imprecise one, and is therefore not among the terms.

    `reason`: `conflict` (two values for one issue), `bound` ("from 20 EUR"), `approximate`, `net` (without
    VAT), `which_issue` (one value fits several issues), `day_or_month`, `optional` (costs extra or on request).
    """

    issue: str
    reason: str
    readings: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ReadOffer:
    """Terms claimed in a text. An issue is in `terms` with its evidence, or in `ambiguous`, or not mentioned.

    `valid_until` is the counterpart's word: the end of the named day in the caller's zone. `problems` are
    codes: `too_long`, `net_price`, `period_assumed:<issue>`, `currency_assumed:<issue>`, `conditional`,
    `out_of_range:<issue>`.
    """

    terms: Terms = NO_TERMS
    evidence: tuple[Evidence, ...] = ()
    valid_until: datetime | None = None
    valid_span: Span | None = None
    problems: tuple[str, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()

    def __bool__(self) -> bool:
        return len(self.terms) > 0


class Signal(StrEnum):
    """What a message does besides offering. All of it is claimed, none of it binds us."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    END = "end"
    CONFIRM = "confirm"
    PRESSURE = "pressure"
    FINAL = "final"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Question:
    """One request for a datum. `candidates` are data category ids of the closed phrase list, best first; empty
    for a question that matched none, whose `inquire.category` is then `None` (policy: ask the person)."""

    inquire: Inquire
    candidates: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ReadIntent:
    """The signals of a message with their spans, and its questions."""

    signals: tuple[tuple[Signal, Span], ...] = ()
    questions: tuple[Question, ...] = ()

    def has(self, signal: Signal) -> bool:
        return any(kind is signal for kind, _ in self.signals)

    def span(self, signal: Signal) -> Span | None:
        return next((span for kind, span in self.signals if kind is signal), None)


@dataclass(frozen=True, slots=True)
class IssueWish:
    """What a person wants of one issue: bounds, a wished value, and whether it is a condition (`hard`)."""

    issue: str
    minimum: TermValue | None = None
    maximum: TermValue | None = None
    want: TermValue | None = None
    hard: bool = False
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class MandateHint:
    """A limit the sentence suggests for the mandate; the person confirms it (`max_total`, `max_term_months`)."""

    name: Literal["max_total", "max_term_months"]
    value: TermValue
    span: Span


@dataclass(frozen=True, slots=True)
class ReadNeed:
    """A need typed by the person. `category` is `None` when none or several fit (`candidates`)."""

    category: Category | None
    candidates: tuple[str, ...] = ()
    wishes: tuple[IssueWish, ...] = ()
    mandate: tuple[MandateHint, ...] = ()
    not_understood: tuple[Span, ...] = ()
    ambiguous: tuple[Ambiguous, ...] = ()
    units: Decimal | None = None
    """How many of the category's unit are wanted: nights, kilowatt hours of a year."""

    def wish(self, issue: str) -> IssueWish | None:
        return next((wish for wish in self.wishes if wish.issue == issue), None)

"""The kinds of entries this room keeps beside facts, preferences and rules: past decisions, today's contracts, and what
is so at present."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from memory.facts import Fact
from memory.preferences import Preference, Term
from memory.rules import PrivacyRule

DecisionId = NewType("DecisionId", str)
ContractId = NewType("ContractId", str)
CircumstanceId = NewType("CircumstanceId", str)


class EntryKind(StrEnum):
    """The drawers. `mandate` has none here: mandates live in agent's ledger."""

    FACT = "fact"
    PREFERENCE = "preference"
    RULE = "rule"
    DECISION = "decision"
    CONTRACT = "contract"
    CIRCUMSTANCE = "circumstance"


class Verdict(StrEnum):
    """What the person decided about an offer, or answered when they were asked."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LATER = "later"
    COUNTERED = "countered"
    LIKED = "liked"
    SHOULD_HAVE_SHOWN = "should_have_shown"
    UNDONE = "undone"  # accepted, then taken back: it teaches nothing
    ANSWERED = "answered"  # one question of the interview
    CHANGED_MIND = "changed_mind"  # asked whether their wishes had changed: yes
    SAME_MIND = "same_mind"  # no: the odd decisions were exceptions


QUESTIONED = frozenset({Verdict.ANSWERED, Verdict.CHANGED_MIND, Verdict.SAME_MIND})
"""Answers to questions of ours: about wishes, not about an offer."""


@dataclass(frozen=True, slots=True)
class PastDecision:
    """One decision of the person, remembered in our words or theirs (never in a company's).

    `refs` are ledger references; `reason` is the person's own, if they gave one. `terms` are those decided on, `over`
    those they were chosen or preferred over; `context` is what was so at the time ("moving house"), empty for nothing
    special.
    """

    id: DecisionId
    verdict: Verdict
    words: str
    at: datetime
    category: str | None = None
    reason: str = ""
    refs: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    over: tuple[Term, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What is so for a while ("moving house", "short of cash"): preferences made in it count only in it.

    Validity is half-open.
    """

    id: CircumstanceId
    words: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    @property
    def category(self) -> None:
        """It concerns every kind of need."""
        return None

    def is_valid(self, at: datetime) -> bool:
        """Whether it is so at that moment."""
        started = self.valid_from is None or self.valid_from <= at
        return started and (self.valid_until is None or at < self.valid_until)


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From this month of the contract on (0 = first), so much a month."""

    from_month: int
    monthly: Decimal


@dataclass(frozen=True, slots=True)
class Contract:
    """What the person pays today: the baseline of every saving. `agent` interprets it.

    `category` is the kind of need; `price_steps` are monthly amounts in `currency` (ISO 4217), rising by month;
    `notice` is an ISO 8601 period ("P1M"); `terms` are issue names and values as the category writes them.
    """

    id: ContractId
    category: str
    provider: str
    currency: str
    price_steps: tuple[PriceStep, ...]
    start: date | None = None
    end: date | None = None
    notice: str = ""
    terms: tuple[tuple[str, str], ...] = ()
    label: str = ""

    def __post_init__(self) -> None:
        months = [step.from_month for step in self.price_steps]
        if not months or months != sorted(set(months)) or months[0] != 0:
            raise ValueError("price_steps must begin at month 0 and rise")


Entry = Fact | Preference | PrivacyRule | PastDecision | Contract | Circumstance

ENTRY_TYPES: dict[EntryKind, type[Entry]] = {
    EntryKind.FACT: Fact,
    EntryKind.PREFERENCE: Preference,
    EntryKind.RULE: PrivacyRule,
    EntryKind.DECISION: PastDecision,
    EntryKind.CONTRACT: Contract,
    EntryKind.CIRCUMSTANCE: Circumstance,
}


def kind_of(entry: Entry) -> EntryKind:
    """The drawer an entry belongs to."""
    return next(kind for kind, made in ENTRY_TYPES.items() if isinstance(entry, made))


def words_for_search(entry: Entry) -> str:
    """What full-text search sees of an entry. Of a fact only its label; facts are never embedded."""
    match entry:
        case Fact():
            return entry.label
        case Preference():
            return entry.words
        case PrivacyRule():
            return entry.text
        case PastDecision():
            return "" if entry.verdict in QUESTIONED else f"{entry.words} {entry.reason}".strip()
        case Contract():
            return f"{entry.provider} {entry.label}".strip()
        case Circumstance():
            return entry.words

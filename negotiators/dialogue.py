"""The words of the house: issues, terms, offers, moves, negotiation states.

Standard terms of automated negotiation (alternating offers) and of FIPA's contract net. Pure values, stdlib
only. A *term value* is typed by its issue's kind; texts of a counterpart are `UntrustedText` and sit beside
the typed move, never inside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from negotiators.money import Money
from negotiators.terms import NO_TERMS
from negotiators.terms import IssueKind as IssueKind
from negotiators.terms import TermError as TermError
from negotiators.terms import Terms as Terms
from negotiators.terms import TermValue as TermValue
from negotiators.terms import parse_term as parse_term
from negotiators.terms import term_text as term_text
from negotiators.text import Span, UntrustedText

ProviderId = NewType("ProviderId", str)
NegotiationId = NewType("NegotiationId", str)
MessageId = NewType("MessageId", str)
OfferId = NewType("OfferId", str)
TermsHash = NewType("TermsHash", str)


def terms_hash(provider: ProviderId, category: str, terms: Terms) -> TermsHash:
    """sha256 of the canonical terms with provider and category: what an approval is bound to.

    Values are hashed in their canonical text with the kind's own mark, so that `True` and the choice
    `"true"` differ and a changed unit, currency or cent is another hash.
    """
    canonical = [[name, type(value).__name__, term_text(value)] for name, value in terms.items_]
    body = json.dumps([provider, category, canonical], ensure_ascii=True, separators=(",", ":"))
    return TermsHash(hashlib.sha256(body.encode()).hexdigest())


class Standing(StrEnum):
    """How far a term value may be relied on: typed by the counterpart in a machine field, or claimed in text."""

    TYPED = "typed"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one term came from: a machine field's path, or the span of a text (by the text's digest)."""

    issue: str
    standing: Standing
    path: str = ""
    span: Span | None = None
    text_digest: str = ""
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms put forward by a provider, with validity and provenance.

    `valid_until` is the counterpart's word, timezone-aware. `binding` is true only where a machine field said
    so. An offer is `typed` when every term it carries stands in typed form. `unread` names amounts it carries that no
    issue stands for or that could not be read: what it costs is not known, so it is never taken.
    """

    id: OfferId
    provider: ProviderId
    category: str
    terms: Terms
    valid_until: datetime | None = None
    binding: bool = False
    evidence: tuple[Evidence, ...] = ()
    message_id: MessageId | None = None
    unread: tuple[str, ...] = ()

    @property
    def typed(self) -> bool:
        return all(item.standing is Standing.TYPED for item in self.evidence)

    @property
    def hash(self) -> TermsHash:
        return terms_hash(self.provider, self.category, self.terms)


@dataclass(frozen=True, slots=True)
class Ask:
    """Call for proposals: what is wanted, without limits. `terms` are wishes the other side may read."""

    terms: Terms = NO_TERMS


@dataclass(frozen=True, slots=True)
class Propose:
    """Put an offer on the table; a counter when `answers` names one. `final`: our last one, which asks for their best
    and final answer."""

    offer: Offer
    answers: OfferId | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """Take an offer. Ours is non-binding and makes a held agreement. Without an id (plain text): the latest one."""

    offer_id: OfferId | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Commit:
    """Bind us to exactly these terms. Exists only behind a mandate's leave or an approval."""

    offer_id: OfferId
    terms: Terms
    hash: TermsHash


@dataclass(frozen=True, slots=True)
class Confirm:
    """The counterpart's binding answer to a commit, with its terms restated."""

    terms: Terms
    offer_id: OfferId | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """Turn an offer down; the talk goes on."""

    offer_id: OfferId | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back an offer, a commitment (where the terms allow it) or, from us, a granted datum."""

    offer_id: OfferId | None = None


@dataclass(frozen=True, slots=True)
class Inquire:
    """A question for a datum. `category` is a data category id when the wire names one; `field` is the
    counterpart's own machine name for it, cut to 64 characters of `[A-Za-z0-9_.:-]`. `price` is what the asker binds
    itself to pay for the answer: it stands only where a binding offer of the same message carries it."""

    field: str
    category: str | None = None
    purpose: str | None = None
    required: bool = False
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Inform:
    """An answer to an inquiry: the field and what may be said of it; `None` means not told."""

    field: str
    value: str | None = None
    granularity: str = "none"


@dataclass(frozen=True, slots=True)
class Leave:
    """End the talk (final reject)."""

    reason: str = ""


Move = Ask | Propose | Accept | Commit | Confirm | Reject | Withdraw | Inquire | Inform | Leave

Act = Literal["ask", "propose", "accept", "commit", "confirm", "reject", "withdraw", "inquire", "inform", "leave"]


def act_of(move: Move) -> Act:
    """The lower-case name of a move's act, as transcripts and the ledger spell it."""
    return type(move).__name__.lower()  # type: ignore[return-value]


class ReplyStatus(StrEnum):
    """What the counterpart's protocol says about its own work. `WORKING` means: answer comes later."""

    ANSWERED = "answered"
    WORKING = "working"
    CLOSED = "closed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AgreementWord:
    """What one side says of an agreement on data: a roster id of IEEE 7012, `proffered`, `accepted`, offered as the
    one `alternative`, or `refused`. `record` is the digest of the record both sides keep."""

    id: str
    status: str
    record: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One message received, as a channel hands it over: typed moves beside the text they came with."""

    message_id: MessageId
    moves: tuple[Move, ...]
    text: UntrustedText | None = None
    status: ReplyStatus = ReplyStatus.ANSWERED
    final: bool = False
    problems: tuple[str, ...] = ()
    """Codes of fields that were ignored because they could not be read (`bad_term:price`)."""
    hand_over: str = ""
    """An address on the counterpart's own host where the person may finish by hand. Shown, never followed by us."""
    agreement: AgreementWord | None = None
    """What it says of the agreement on data, from a machine field only."""


class Party(StrEnum):
    US = "us"
    THEM = "them"


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One act in a talk. `reason` is ours: the engine's rule and numbers for this move."""

    round: int
    party: Party
    move: Move
    message_id: MessageId
    text: UntrustedText | str | None = None
    reason: Mapping[str, str] = field(default_factory=dict)


Transcript = tuple[TranscriptEntry, ...]


class NegotiationState(StrEnum):
    """Where a negotiation stands (DESIGN section 3)."""

    OPEN = "open"
    WAITING_THEM = "waiting_them"
    WAITING_US = "waiting_us"
    HELD = "held"
    WAITING_PERSON = "waiting_person"
    WAITING_UNLOCK = "waiting_unlock"
    COMMITTING = "committing"
    AGREED = "agreed"
    MISMATCH = "mismatch"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    DORMANT = "dormant"
    REOPENED = "reopened"


ENDED: frozenset[NegotiationState] = frozenset(
    {
        NegotiationState.AGREED,
        NegotiationState.MISMATCH,
        NegotiationState.DECLINED,
        NegotiationState.EXPIRED,
        NegotiationState.FAILED,
        NegotiationState.SUPERSEDED,
    }
)
"""States without a next move of ours. `MISMATCH` waits for the person to look, not for a message."""

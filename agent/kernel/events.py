"""The closed union of ledger events.

Fields are JSON values without personal content: ids, codes, canonical term texts, digests. Whatever a person or
a counterpart wrote lies in a body (`body` fields name it) and can be forgotten without breaking the chain.
Times are UTC ISO-8601 strings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from agent.kernel.effortevents import EffortSpent
from agent.kernel.foundevents import OfferFound
from agent.kernel.handevents import Brought, Carried, DoorChanged, EndpointSet, PriceSeen, SignedByHand
from agent.kernel.mailevents import MailSorted
from agent.kernel.mytermsevents import MyTermsMoved
from agent.kernel.ownevents import HeadSigned, ModelCalled, NameMet, NoticeGiven, NoticeIntended

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class NeedStated:
    need: str
    category: str
    issues: dict[str, Texts]
    mandate: Texts
    window_ends: str
    units: str | None = None
    bundle: str | None = None
    leg: Texts = field(default_factory=dict)
    contract: str | None = None
    recalled: list[Texts] = field(default_factory=list)
    """Preferences that completed the need: `{id, similarity, how, issue}`."""
    body: str | None = None


@dataclass(frozen=True, slots=True)
class BundleStated:
    bundle: str
    event: str
    cap: str | None
    currency: str
    needs: list[str]


@dataclass(frozen=True, slots=True)
class NeedClosed:
    need: str
    state: str


@dataclass(frozen=True, slots=True)
class LimitsSet:
    """How far the bot may go in a category, for its open needs and for later ones: the keys of `Mandate.texts` that
    the person set."""

    category: str
    limits: Texts


@dataclass(frozen=True, slots=True)
class ProviderKnown:
    provider: str
    name: str
    trust: str
    endpoint: str
    channel: str
    categories: list[str]


@dataclass(frozen=True, slots=True)
class EndpointPinned:
    endpoint: str
    provider: str
    origin: str
    card_hash: str
    protocol: str
    details: Texts


@dataclass(frozen=True, slots=True)
class NegotiationOpened:
    negotiation: str
    need: str
    provider: str
    endpoint: str
    category: str
    rounds: int


@dataclass(frozen=True, slots=True)
class RoundOpened:
    need: str
    round: int
    talks: list[str]
    outside_option: str | None


@dataclass(frozen=True, slots=True)
class MoveChosen:
    """The engine's or reducer's choice with its complete inputs (in the body), so that replay needs nothing else."""

    negotiation: str
    round: int
    act: str
    rule: str
    numbers: Texts
    body: str | None = None


@dataclass(frozen=True, slots=True)
class IntentionRecorded:
    negotiation: str
    round: int
    message_id: str
    act: str
    move: dict[str, Any]
    total: str | None
    payload_digest: str
    body: str
    informs: list[dict[str, Any]] = field(default_factory=list)  # answers in the same message, without what they tell


@dataclass(frozen=True, slots=True)
class Sent:
    negotiation: str
    message_id: str
    state: str
    reference: str = ""
    error: str = ""
    resume: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    negotiation: str
    round: int
    message_id: str
    moves: list[dict[str, Any]]
    status: str
    problems: list[str]
    total: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Released:
    release: str
    negotiation: str
    provider: str
    data_category: str
    granularity: str
    purpose: str
    stage: str
    rules: list[str]
    similarity: str | None
    value_digest: str
    """Of a random salt (the body, forgotten with it) and the told text: a birth date could be found by trial."""
    until: str | None
    fact: str | None = None
    body: str | None = None
    policy: str = ""  # digest of the rule set that decided
    consideration: str = ""  # what the recipient bound itself to pay for it: `5.00 EUR`
    agreement: str = ""  # the MyTerms agreement it was told under, with the record both sides keep: `SD-BASE#ab12...`


@dataclass(frozen=True, slots=True)
class Refused:
    release: str
    negotiation: str
    provider: str
    data_category: str
    purpose: str
    stage: str
    reason: str
    rules: list[str]
    similarity: str | None
    policy: str = ""


@dataclass(frozen=True, slots=True)
class GrantExpired:
    release: str
    reason: str


@dataclass(frozen=True, slots=True)
class AgreementHeld:
    negotiation: str
    offer_id: str
    terms_hash: str
    terms: dict[str, Texts]
    total: str | None
    currency: str
    utility: str
    standing: str
    valid_until: str | None


@dataclass(frozen=True, slots=True)
class NegotiationMoved:
    """A change of state that no other event implies."""

    negotiation: str
    state: str
    reason: str
    params: Texts = field(default_factory=dict)
    next_poll: str | None = None


@dataclass(frozen=True, slots=True)
class ItemMade:
    """A decision put before the person: legs with the exact terms they would approve."""

    item: str
    kind: str
    ref: str
    legs: list[dict[str, Any]]
    approval_hash: str
    because: list[dict[str, Any]]
    deadline: str | None
    total: str | None
    currency: str
    saving: dict[str, str | None] | None
    over_limit: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ItemClosed:
    """Where an item stands when no decision or confirmation says so: `expired`, `declined` by the company, `partly`
    signed, `handover` to the person who closes it, or `waiting` again because our own gate refused it."""

    item: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class DigestShown:
    digest: str
    items: list[str]
    notes: list[dict[str, Any]]
    quiet: list[dict[str, Any]]
    held_back: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Approved:
    item: str
    approval_hash: str
    over_limit: bool
    expires: str


@dataclass(frozen=True, slots=True)
class Decided:
    """Any other decision of the person: reject, later, counter, undo, should_have_shown."""

    item: str
    decision: str
    reason: str
    changes: Texts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SigningLocked:
    need: str
    negotiation: str
    item: str
    terms_hash: str


@dataclass(frozen=True, slots=True)
class SigningReleased:
    need: str
    negotiation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Committed:
    need: str
    negotiation: str
    item: str
    terms_hash: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    need: str
    negotiation: str
    item: str
    terms_hash: str
    reference: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    need: str
    negotiation: str
    item: str
    expected: str
    got: str
    differences: list[Texts]


@dataclass(frozen=True, slots=True)
class LegChanged:
    """After the agreement: a leg slipped, a fallback was used or released."""

    item: str
    negotiation: str
    change: str
    params: Texts


@dataclass(frozen=True, slots=True)
class IncidentNoted:
    code: str
    params: Texts
    refs: list[str]
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    preference: str
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retracted:
    """The person took a preference back; `derived` fell with it. No need follows it from here on."""

    preference: str
    derived: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ForgetRequested:
    ref: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """`request` is the number of the `ForgetRequested` event this carried out."""

    ref: str
    bodies: list[str]
    request: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    by: str


@dataclass(frozen=True, slots=True)
class Resumed:
    by: str


@dataclass(frozen=True, slots=True)
class JobRan:
    job: str
    kind: str
    ref: str
    outcome: str


Event = (
    NeedStated | BundleStated | NeedClosed | ProviderKnown | EndpointPinned | NegotiationOpened | RoundOpened
    | MoveChosen | IntentionRecorded | Sent | Received | Released | Refused | GrantExpired | AgreementHeld
    | NegotiationMoved | ItemMade | ItemClosed | DigestShown | Approved | Decided | SigningLocked | SigningReleased
    | Committed | Confirmed | Mismatch | LegChanged | IncidentNoted | Learned | Retracted | ForgetRequested | Forgotten
    | Stopped | Resumed | JobRan | ModelCalled | NoticeIntended | NoticeGiven | LimitsSet | Carried | Brought
    | SignedByHand | EndpointSet | PriceSeen | OfferFound | DoorChanged | MailSorted | EffortSpent | MyTermsMoved
    | HeadSigned | NameMet
)  # fmt: skip

PERSONS = (
    Approved, Decided, ForgetRequested, Learned, Retracted, Stopped, Resumed, NeedStated, BundleStated, ProviderKnown,
    LimitsSet, NeedClosed, Carried, Brought, SignedByHand, EndpointSet, OfferFound, GrantExpired, DoorChanged,
    EffortSpent, HeadSigned, NameMet,
)  # fmt: skip
"""Events any process may append on the person's word; only the runner appends the rest."""


def payload_of(event: Event) -> dict[str, Any]:
    """The event's fields as JSON values."""
    return asdict(event)

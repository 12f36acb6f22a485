"""The words of a release decision: who asks for what, what the person ruled, what was decided.

A request is a flow of contextual integrity (sender, recipient, subject, attribute, transmission principle; Nissenbaum
2004) plus purpose. Everything is a frozen value; `memory.rules.decide` is the only judge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from memory.facts import CategoryId, Granularity, Purpose, Stage

RuleId = NewType("RuleId", str)


class Effect(StrEnum):
    """What a rule does. Forbid beats ask, ask beats permit."""

    PERMIT = "permit"
    FORBID = "forbid"
    ASK = "ask"


class RecipientKind(StrEnum):
    """How a rule names the recipients it speaks of."""

    ANY = "any"
    TRUSTED = "trusted"  # providers the person marked as trusted
    CHOSEN = "chosen"  # the provider the person said yes to, in this negotiation
    NAMED = "named"  # one provider, by key (a forbid also by its displayed name)
    CATEGORY = "category"  # providers of a kind: "removal", "electricity", "language_model"


@dataclass(frozen=True, slots=True)
class RecipientSelector:
    """Whom a rule speaks of; `name` is the provider key or the kind of provider, empty for the other kinds."""

    kind: RecipientKind = RecipientKind.ANY
    name: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The provider (never the endpoint) that would learn something.

    `key` is the pinned identity, `name` what it calls itself (proves nothing), `category` the kind of provider,
    `chosen` whether the person said yes to exactly this provider in this negotiation.
    """

    key: str
    name: str = ""
    category: str = ""
    trusted: bool = False
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class PriceOffered:
    """What the recipient pays for the datum. Counts only if it stands in a typed, binding field of an offer.

    `amount` is a decimal string, `currency` ISO 4217.
    """

    amount: str
    currency: str
    binding: bool = False


@dataclass(frozen=True, slots=True)
class Principle:
    """The transmission principle: what the recipient bound itself to. None means it did not say."""

    agreement: str | None = None  # id of an agreement, e.g. a MyTerms roster id "SD-BASE-DP"
    retention_days: int | None = None
    onward: bool | None = None  # passes it on to others?


@dataclass(frozen=True, slots=True)
class Consent:
    """The person's own yes to one asked release; it passes an `ask`, never a forbid or a never-class."""

    id: str  # the ledger's reference
    recipient_key: str
    category: CategoryId
    subject: str
    granularity: Granularity
    negotiation_id: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Released:
    """One datum that this or another recipient already has, from the ledger."""

    recipient_key: str
    category: CategoryId
    granularity: Granularity
    rule_ids: tuple[RuleId, ...] = ()
    at: datetime | None = None
    negotiation_id: str = ""
    subject: str = "person"


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """May this datum go to this recipient?

    `granularity` is what was asked for; `sufficient`, when known, is the lowest rung that serves the purpose: no finer
    one is sent even if a rule would allow it. `purpose` None means not stated, or not expressible: denied.
    """

    recipient: Recipient
    category: CategoryId
    granularity: Granularity
    purpose: Purpose | None
    stage: Stage
    negotiation_id: str
    sufficient: Granularity | None = None
    sender: str = "agent"
    subject: str = "person"
    principle: Principle = field(default_factory=Principle)
    price: PriceOffered | None = None
    expires: datetime | None = None
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Constraints:
    """When a permit or ask counts. Everything set must hold; an unmet one on a matching permit is a denial.

    `expires` ends the rule; `max_uses` counts releases under it; `price` is the least the recipient pays (decimal
    string, ISO 4217); `agreement` is what the one in force must hold at least (`myterms.holds`); `grant_days` is how
    long a release under it lasts.
    """

    expires: datetime | None = None
    max_uses: int | None = None
    price: tuple[str, str] | None = None
    agreement: str | None = None
    grant_days: int | None = None

    def __post_init__(self) -> None:
        if self.price is not None and not Decimal(self.price[0]).is_finite():
            raise ValueError("price is not a finite decimal")


@dataclass(frozen=True, slots=True)
class Duties:
    """What the recipient must have bound itself to before a permit counts."""

    retention_max_days: int | None = None
    no_onward: bool = False


@dataclass(frozen=True, slots=True)
class PrivacyRule:
    """One rule of the person, in their own sentence (`text`) and in the terms the engine reads.

    `granularity` is the finest rung a permit or ask allows; for a forbid it is the finest rung that stays open (NONE
    forbids everything, CITY forbids anything finer than the city). Empty `purposes` and `stages` mean any.
    `subjects` empty means everybody the facts are about.
    """

    id: RuleId
    effect: Effect
    category: CategoryId
    text: str = ""
    recipient: RecipientSelector = field(default_factory=RecipientSelector)
    granularity: Granularity = Granularity.NONE
    purposes: frozenset[Purpose] = frozenset()
    stages: frozenset[Stage] = frozenset()
    subjects: frozenset[str] = frozenset()
    constraints: Constraints = field(default_factory=Constraints)
    duties: Duties = field(default_factory=Duties)
    enabled: bool = True
    number: int | None = None  # the number the person knows it by ("rule 3")


class DenyReason(StrEnum):
    """Why nothing is told. The codes are the API; `tui/wording` makes sentences of them."""

    NEVER_CLASS = "never_class"
    INEXPRESSIBLE = "inexpressible"  # unknown category, purpose or a value outside its type
    ENGINE_ERROR = "engine_error"
    DISCOVER_STAGE = "discover_stage"
    FORBIDDEN = "forbidden"
    SPECIAL_CATEGORY = "special_category"  # GDPR Art. 9 and no permit that names this recipient
    UNMET_PRICE = "unmet_price"
    UNMET_DUTY = "unmet_duty"
    UNMET_AGREEMENT = "unmet_agreement"
    USED_UP = "used_up"
    NO_RULE = "no_rule"
    NOTHING_LEFT = "nothing_left"  # the rules leave only the rung NONE


class AskReason(StrEnum):
    """Why the person is asked."""

    RULE = "rule"
    IDENTIFYING_COMBINATION = "identifying_combination"  # with what they already have, this singles the person out


@dataclass(frozen=True, slots=True)
class Permit:
    """Tell it on the rung asked for."""

    granularity: Granularity
    rule_ids: tuple[RuleId, ...]
    expires: datetime | None = None
    uses_left: int | None = None


@dataclass(frozen=True, slots=True)
class Coarsen:
    """Tell it, but only on this lower rung. `serves` is False when the purpose needs a finer one."""

    granularity: Granularity
    rule_ids: tuple[RuleId, ...]
    expires: datetime | None = None
    uses_left: int | None = None
    serves: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """Tell nothing yet; put exactly this to the person. Silence is a no."""

    granularity: Granularity
    rule_ids: tuple[RuleId, ...]
    reason: AskReason = AskReason.RULE


@dataclass(frozen=True, slots=True)
class Deny:
    """Tell nothing. For a never-class the answer to the company must be constant."""

    reason: DenyReason
    rule_ids: tuple[RuleId, ...] = ()


Decision = Permit | Coarsen | Ask | Deny

"""The release decision: pure, total, and written so that it can be read aloud.

The order is fixed (notes/security.md, 5.1; MyTerms `ProhibitiveInterpretation`, `ResolvePreferringProhibition`):

1. not expressible, unknown term, any error: deny; a never-class: deny, always the same; stage discover: deny;
2. any forbid that leaves nothing: deny; any other forbid lowers the ceiling, one of something narrower to a rung that
   does not hold it;
3. a matching ask: ask, unless the person's consent to exactly this is at hand;
4. a matching permit with an unmet price, duty, agreement or use count: deny with that reason;
   else the minimum over all permits;
5. nothing matched: deny.

On top, what the provider already holds counts: a release that would complete an identifying combination is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from memory.facts import CATEGORIES, CategoryId, Granularity, Purpose, Shape, Stage, covers, purpose_covers, snap
from memory.rules.model import (
    Ask,
    AskReason,
    Coarsen,
    Consent,
    Decision,
    Deny,
    DenyReason,
    Effect,
    Permit,
    PriceOffered,
    PrivacyRule,
    Recipient,
    RecipientKind,
    Released,
    ReleaseRequest,
    RuleId,
)
from memory.rules.myterms import holds

NEVER = Deny(DenyReason.NEVER_CLASS)
"""The one answer to every question for a never-class: no rule, no value, nothing to tell apart."""

_IDENTIFYING: tuple[tuple[CategoryId, Granularity], ...] = (
    (CategoryId("pd:BirthDate"), Granularity.EXACT),
    (CategoryId("pd:PostalCode"), Granularity.CITY),
    (CategoryId("pd:Gender"), Granularity.EXACT),
)
"""Birth date, postcode and gender single out most people (Sweeney 2000): 87 % in the USA."""


def decide(
    request: ReleaseRequest,
    rules: Iterable[PrivacyRule],
    already_released: Sequence[Released],
    now: datetime,
) -> Decision:
    """What may be told. Never raises: whatever goes wrong inside is a denial.

    `already_released` holds the ledger's releases to every recipient (uses of a rule count over all of them);
    `now` must be timezone-aware.
    """
    try:
        return _decide(request, tuple(rules), tuple(already_released), now)
    except Exception:  # noqa: BLE001 - promise `disclosure`: an error in the engine is a deny, never an answer
        return Deny(DenyReason.ENGINE_ERROR)


def _decide(
    request: ReleaseRequest, rules: tuple[PrivacyRule, ...], released: tuple[Released, ...], now: datetime
) -> Decision:
    refused = _refused_outright(request, now)
    if refused is not None:
        return refused
    matching = [rule for rule in rules if rule.enabled and _matches(rule, request, now)]
    forbids = [rule for rule in matching if rule.effect is Effect.FORBID]
    total = tuple(rule.id for rule in forbids if leaves_open(rule, request.category) is Granularity.NONE)
    if total:
        return Deny(DenyReason.FORBIDDEN, total)
    consent = request.consent if _is_consent(request, now) else None
    asks = [rule for rule in matching if rule.effect is Effect.ASK]
    if asks and consent is None:
        allowed = _lowest(request, [*forbids, *asks], None)
        ids = tuple(rule.id for rule in asks)
        return Deny(DenyReason.NOTHING_LEFT, ids) if allowed is Granularity.NONE else Ask(allowed, ids)
    permits = [rule for rule in matching if rule.effect is Effect.PERMIT]
    if not permits and consent is None:
        return Deny(DenyReason.NO_RULE)
    return _grant(request, forbids, [] if consent else permits, consent, released, now)


def _refused_outright(request: ReleaseRequest, now: datetime) -> Deny | None:
    kind = CATEGORIES.get(request.category)
    if kind is not None and kind.never:
        return NEVER
    typed = (
        isinstance(request.purpose, Purpose)
        and isinstance(request.stage, Stage)
        and isinstance(request.granularity, Granularity)
        and (request.sufficient is None or isinstance(request.sufficient, Granularity))
    )
    expired = request.expires is not None and request.expires <= now
    if kind is None or not typed or expired or not request.recipient.key or now.tzinfo is None:
        return Deny(DenyReason.INEXPRESSIBLE)
    if request.stage is Stage.DISCOVER:
        return Deny(DenyReason.DISCOVER_STAGE)
    return None


def _grant(
    request: ReleaseRequest,
    forbids: list[PrivacyRule],
    permits: list[PrivacyRule],
    consent: Consent | None,
    released: tuple[Released, ...],
    now: datetime,
) -> Decision:
    special = CATEGORIES[request.category].special
    if special and consent is None and not any(_names_special(rule) for rule in permits):
        return Deny(DenyReason.SPECIAL_CATEGORY)
    for rule in permits:
        unmet = _unmet(rule, request, released)
        if unmet is not None:
            return Deny(unmet, (rule.id,))
    allowed = _lowest(request, [*forbids, *permits], consent)
    ids = tuple(rule.id for rule in permits)
    if allowed is Granularity.NONE:
        return Deny(DenyReason.NOTHING_LEFT, ids)
    if consent is None and _singles_out(request, allowed, released):
        return Ask(allowed, ids, AskReason.IDENTIFYING_COMBINATION)
    expires, uses = _expiry(request, permits, consent, now), _uses_left(permits, released)
    if allowed >= snap(request.category, request.granularity):
        return Permit(allowed, ids, expires, uses)
    serves = request.sufficient is None or allowed >= snap(request.category, request.sufficient)
    return Coarsen(allowed, ids, expires, uses, serves)


def _matches(rule: PrivacyRule, request: ReleaseRequest, now: datetime) -> bool:
    if rule.constraints.expires is not None and rule.constraints.expires <= now:
        return False
    if rule.stages and request.stage not in rule.stages:
        return False
    if rule.subjects and request.subject not in rule.subjects:
        return False
    purpose = request.purpose
    if rule.purposes and (purpose is None or not any(purpose_covers(broad, purpose) for broad in rule.purposes)):
        return False
    return _covers(rule, request.category) and _speaks_of(rule, request.recipient)


def _covers(rule: PrivacyRule, asked: CategoryId) -> bool:
    """A permit covers its subtree. A forbid or ask also covers what is broader: an address holds a street."""
    if covers(rule.category, asked):
        return True
    return rule.effect is not Effect.PERMIT and covers(asked, rule.category)


def leaves_open(rule: PrivacyRule, asked: CategoryId) -> Granularity:
    """The finest rung of `asked` that a matching rule leaves open.

    A prohibition of something narrower leaves what does not hold it: of an address without its street the city, of an
    age without the birth date the decade. What the person knows of the narrower kind is decided under that kind.
    """
    rung = rule.granularity
    if rule.effect is Effect.FORBID and not covers(rule.category, asked):
        holds_city = CATEGORIES[asked].shape is Shape.ADDRESS
        coarse = Granularity.CITY if holds_city else Granularity.BAND
        by_city = holds_city and CATEGORIES[rule.category].shape in (Shape.CITY, Shape.POSTCODE)
        rung = max(rung, Granularity.NONE if by_city else coarse)
    return snap(asked, rung)


def _speaks_of(rule: PrivacyRule, recipient: Recipient) -> bool:
    name = rule.recipient.name.casefold()
    match rule.recipient.kind:
        case RecipientKind.ANY:
            return True
        case RecipientKind.TRUSTED:
            return recipient.trusted
        case RecipientKind.CHOSEN:
            return recipient.chosen
        case RecipientKind.CATEGORY:
            return recipient.category.casefold() == name
        case RecipientKind.NAMED:
            # A displayed name proves nothing, so it may only ever tighten.
            by_name = rule.effect is not Effect.PERMIT and recipient.name.casefold() == name
            return recipient.key.casefold() == name or by_name


def _names_special(rule: PrivacyRule) -> bool:
    """GDPR Art. 9: the permit must name one recipient and speak of special data, not of something broader."""
    return rule.recipient.kind is RecipientKind.NAMED and CATEGORIES[rule.category].special


def _unmet(rule: PrivacyRule, request: ReleaseRequest, released: tuple[Released, ...]) -> DenyReason | None:
    wanted, duties, principle = rule.constraints, rule.duties, request.principle
    if wanted.price is not None and not _pays(request.price, wanted.price):
        return DenyReason.UNMET_PRICE
    if wanted.agreement is not None and not holds(principle.agreement, wanted.agreement):
        return DenyReason.UNMET_AGREEMENT
    kept = principle.retention_days
    if duties.retention_max_days is not None and (kept is None or kept > duties.retention_max_days):
        return DenyReason.UNMET_DUTY
    if duties.no_onward and principle.onward is not False:
        return DenyReason.UNMET_DUTY
    if wanted.max_uses is not None and _uses(rule.id, released) >= wanted.max_uses:
        return DenyReason.USED_UP
    return None


def _pays(offered: PriceOffered | None, wanted: tuple[str, str]) -> bool:
    if offered is None or offered.binding is not True or offered.currency != wanted[1]:
        return False
    try:
        amount = Decimal(offered.amount)
    except InvalidOperation:
        return False
    return amount.is_finite() and amount >= Decimal(wanted[0])


def _is_consent(request: ReleaseRequest, now: datetime) -> bool:
    given = request.consent
    return (
        given is not None
        and given.expires > now
        and given.recipient_key == request.recipient.key
        and given.category == request.category
        and given.subject == request.subject
        and given.negotiation_id == request.negotiation_id
    )


def _lowest(request: ReleaseRequest, rules: list[PrivacyRule], consent: Consent | None) -> Granularity:
    """The lowest sufficient rung: never above what was asked for, what serves, and what any matching rule leaves."""
    ceilings = [request.granularity, *(leaves_open(rule, request.category) for rule in rules)]
    if request.sufficient is not None:
        ceilings.append(request.sufficient)
    if consent is not None:
        ceilings.append(consent.granularity)
    return snap(request.category, min(ceilings))


def _singles_out(request: ReleaseRequest, allowed: Granularity, released: tuple[Released, ...]) -> bool:
    """Whether this release completes birth date, postcode and gender at one provider before the person chose it."""
    if request.recipient.chosen:
        return False

    def reaches(part: CategoryId, rung: Granularity, has: CategoryId, at: Granularity) -> bool:
        return covers(has, part) and at >= rung

    parts = [(part, rung) for part, rung in _IDENTIFYING if not reaches(part, rung, request.category, allowed)]
    if len(parts) == len(_IDENTIFYING):
        return False
    held = [r for r in released if r.recipient_key == request.recipient.key and r.subject == request.subject]
    return all(any(reaches(part, rung, r.category, r.granularity) for r in held) for part, rung in parts)


def _uses(rule_id: RuleId, released: tuple[Released, ...]) -> int:
    return sum(rule_id in entry.rule_ids for entry in released)


def _uses_left(permits: list[PrivacyRule], released: tuple[Released, ...]) -> int | None:
    left = [
        rule.constraints.max_uses - _uses(rule.id, released) - 1
        for rule in permits
        if rule.constraints.max_uses is not None
    ]
    return min(left, default=None)


def _expiry(
    request: ReleaseRequest, permits: list[PrivacyRule], consent: Consent | None, now: datetime
) -> datetime | None:
    ends = [request.expires, consent.expires if consent else None]
    for rule in permits:
        ends.append(rule.constraints.expires)
        if rule.constraints.grant_days is not None:
            ends.append(now + timedelta(days=rule.constraints.grant_days))
    return min((end for end in ends if end is not None), default=None)

"""Looking at a rule set as a whole: rules that fight, and one rule taken apart into codes a screen can word."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import combinations

from memory.facts import CATEGORIES, CategoryId, Granularity, Purpose, Stage, covers, purpose_covers
from memory.rules.model import Effect, PrivacyRule, RecipientKind, RecipientSelector, RuleId


class ConflictKind(StrEnum):
    """Why a rule may not do what its author thinks."""

    UNKNOWN_CATEGORY = "unknown_category"
    PERMITS_NEVER_CLASS = "permits_never_class"  # has no effect: never-classes have no permit
    PERMITS_SPECIAL_UNNAMED = "permits_special_unnamed"  # has no effect: Art. 9 data needs a named recipient
    PERMITS_NOTHING = "permits_nothing"  # a permit whose rung is NONE
    EXPIRED = "expired"
    FORBID_BEATS = "forbid_beats"  # `winner` forbids all or part of what `loser` permits or asks about
    ASK_BEATS = "ask_beats"  # `winner` asks where `loser` would permit
    NARROWED = "narrowed"  # both permit; only the coarser rung of `winner` counts
    SAME = "same"  # two rules that say the same


@dataclass(frozen=True, slots=True)
class Conflict:
    """`winner` keeps `loser` from having its effect (for findings about one rule both are that rule)."""

    kind: ConflictKind
    winner: RuleId
    loser: RuleId


def conflicts(rules: Iterable[PrivacyRule], now: datetime | None = None) -> tuple[Conflict, ...]:
    """Everything in the rule set that may surprise its author, in the order of the rules."""
    live = [rule for rule in rules if rule.enabled]
    found = [Conflict(kind, rule.id, rule.id) for rule in live for kind in _alone(rule, now)]
    known = [rule for rule in live if rule.category in CATEGORIES]
    for one, other in combinations(known, 2):
        if _meet(one, other):
            found.extend(_between(one, other))
    return tuple(found)


def _alone(rule: PrivacyRule, now: datetime | None) -> Iterable[ConflictKind]:
    kind = CATEGORIES.get(rule.category)
    if kind is None:
        yield ConflictKind.UNKNOWN_CATEGORY
        return
    if now is not None and rule.constraints.expires is not None and rule.constraints.expires <= now:
        yield ConflictKind.EXPIRED
    if rule.effect is Effect.FORBID:
        return
    if kind.never:
        yield ConflictKind.PERMITS_NEVER_CLASS
    elif rule.granularity is Granularity.NONE:
        yield ConflictKind.PERMITS_NOTHING
    elif kind.special and rule.effect is Effect.PERMIT and rule.recipient.kind is not RecipientKind.NAMED:
        yield ConflictKind.PERMITS_SPECIAL_UNNAMED


def _between(one: PrivacyRule, other: PrivacyRule) -> Iterable[Conflict]:
    strength = {Effect.FORBID: 2, Effect.ASK: 1, Effect.PERMIT: 0}
    winner, loser = sorted((one, other), key=lambda rule: (-strength[rule.effect], rule.granularity))
    if winner.effect is loser.effect:
        if winner.granularity == loser.granularity:
            if _says_the_same(winner, loser):
                yield Conflict(ConflictKind.SAME, winner.id, loser.id)
        elif winner.effect is Effect.PERMIT:
            yield Conflict(ConflictKind.NARROWED, winner.id, loser.id)
    elif winner.effect is Effect.FORBID:
        if winner.granularity < loser.granularity:
            yield Conflict(ConflictKind.FORBID_BEATS, winner.id, loser.id)
    else:
        yield Conflict(ConflictKind.ASK_BEATS, winner.id, loser.id)


def _says_the_same(one: PrivacyRule, other: PrivacyRule) -> bool:
    def core(rule: PrivacyRule) -> tuple[object, ...]:
        return (rule.category, rule.recipient, rule.purposes, rule.stages, rule.subjects, rule.constraints, rule.duties)

    return core(one) == core(other)


def _meet(one: PrivacyRule, other: PrivacyRule) -> bool:
    """Whether some request could match both rules (trusted, chosen and kind of provider may always coincide)."""
    categories = covers(one.category, other.category) or covers(other.category, one.category)
    stages = not one.stages or not other.stages or bool(one.stages & other.stages)
    subjects = not one.subjects or not other.subjects or bool(one.subjects & other.subjects)
    return categories and stages and subjects and _purposes_meet(one, other) and _recipients_meet(one, other)


def _purposes_meet(one: PrivacyRule, other: PrivacyRule) -> bool:
    if not one.purposes or not other.purposes:
        return True
    return any(purpose_covers(a, b) or purpose_covers(b, a) for a in one.purposes for b in other.purposes)


def _recipients_meet(one: PrivacyRule, other: PrivacyRule) -> bool:
    same_kind = one.recipient.kind is other.recipient.kind
    if same_kind and one.recipient.kind in (RecipientKind.NAMED, RecipientKind.CATEGORY):
        return one.recipient.name.casefold() == other.recipient.name.casefold()
    return True


@dataclass(frozen=True, slots=True)
class Explanation:
    """A rule in its normal form, ready to be worded; `category_label` is in the language asked for."""

    rule_id: RuleId
    effect: Effect
    category: CategoryId
    category_label: str
    recipient: RecipientSelector
    granularity: Granularity
    purposes: tuple[Purpose, ...]
    stages: tuple[Stage, ...]
    expires: datetime | None
    max_uses: int | None
    price: tuple[str, str] | None
    text: str


def explain(rule: PrivacyRule, lang: str = "en") -> Explanation:
    """The rule taken apart: codes and parameters, no sentence (sentences are made by `tui/wording`)."""
    kind = CATEGORIES.get(rule.category)
    label = rule.category if kind is None else (kind.de if lang.startswith("de") else kind.en)
    order = list(Stage)
    return Explanation(
        rule.id,
        rule.effect,
        rule.category,
        label,
        rule.recipient,
        rule.granularity,
        tuple(sorted(rule.purposes)),
        tuple(sorted(rule.stages, key=order.index)),
        rule.constraints.expires,
        rule.constraints.max_uses,
        rule.constraints.price,
        rule.text,
    )

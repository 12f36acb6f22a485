"""Preferences: what the person likes and wants, in their own words and in terms that can be computed with.

Only the person's own words and decisions become preferences. A later one about the same issue in the same context
overrules an earlier one (an inferred one never overrules a said one); the overruled one stays visible. What was derived
from a preference falls with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from memory.facts.words import fold

PreferenceId = NewType("PreferenceId", str)


class Op(StrEnum):
    """How a term compares an issue with its value."""

    MOST = "<="
    LEAST = ">="
    IS = "=="
    IS_NOT = "!="
    ONE_OF = "in"
    LOW = "low"  # the less the better, no bound
    HIGH = "high"
    WEIGHS = "weighs"  # how much the issue counts: `value` is its share of the category's issues, 0 to 1


@dataclass(frozen=True, slots=True)
class Term:
    """One computable statement: `Term("price_monthly", Op.MOST, "20", "EUR")`.

    `issue` is the category's issue name; `value` is a decimal string, a choice, "true"/"false", an ISO date, or for
    `in` several choices joined by "|"; `unit` as the category writes it.
    """

    issue: str
    op: Op
    value: str = ""
    unit: str = ""


class PreferenceSource(StrEnum):
    """Who made the preference."""

    SAID = "said"  # the person's words
    DECIDED = "decided"  # follows from one decision of theirs
    INFERRED = "inferred"  # follows from several decisions; weakest


@dataclass(frozen=True, slots=True)
class Preference:
    """A wish with its terms.

    `category` is the kind of need it speaks of ("mobile_plan"), None for all. `hard` makes it a constraint; `weight`
    (0 to 1) says how much a soft one counts. `context` names the circumstances ("moving house"), empty for always.
    `evidence` holds ledger references of the decisions behind it and, as "preference:ID", the preferences it was
    derived from. Validity is half-open; `stated_at` orders contradictions.
    """

    id: PreferenceId
    words: str
    terms: tuple[Term, ...] = ()
    category: str | None = None
    hard: bool = False
    weight: Decimal = Decimal("0.5")
    context: str = ""
    source: PreferenceSource = PreferenceSource.SAID
    evidence: tuple[str, ...] = ()
    stated_at: datetime | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    supersedes: PreferenceId | None = None

    def __post_init__(self) -> None:
        if not Decimal(0) <= self.weight <= Decimal(1):
            raise ValueError(f"weight of preference `{self.id}` is {self.weight}, not between 0 and 1")

    def is_valid(self, at: datetime) -> bool:
        """Whether the preference holds at that moment."""
        started = self.valid_from is None or self.valid_from <= at
        return started and (self.valid_until is None or at < self.valid_until)

    @property
    def is_weight(self) -> bool:
        """Whether it only says how much an issue counts; it belongs to its category whatever a need's words are."""
        return bool(self.terms) and all(term.op is Op.WEIGHS for term in self.terms)

    @property
    def derived_from(self) -> tuple[PreferenceId, ...]:
        """The preferences this one follows from."""
        mark = "preference:"
        return tuple(PreferenceId(ref.removeprefix(mark)) for ref in self.evidence if ref.startswith(mark))


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two valid preferences about one issue that cannot both hold; the `later` one counts."""

    issue: str
    later: PreferenceId
    earlier: PreferenceId


@dataclass(frozen=True, slots=True)
class Resolved:
    """What counts now, and what was overruled. `effective` keeps the order of the input."""

    effective: tuple[Preference, ...]
    contradictions: tuple[Contradiction, ...]


def resolve(preferences: Iterable[Preference], at: datetime, circumstances: frozenset[str] | None = None) -> Resolved:
    """The preferences that count at a moment: valid, not superseded, and the later of every contradiction.

    With `circumstances` (folded words of what is so) those made in others do not count, and one made in a present one
    takes the place of a usual one that cannot hold beside it.
    """
    valid = [p for p in preferences if p.is_valid(at)]
    if circumstances is not None:
        valid = _in(valid, circumstances)
    superseded = {p.supersedes for p in valid}
    standing = sorted((p for p in valid if p.id not in superseded), key=_rank, reverse=True)
    kept: list[Preference] = []
    found: list[Contradiction] = []
    for candidate in standing:
        against = [
            Contradiction(issue, winner.id, candidate.id) for winner in kept for issue in _clashes(winner, candidate)
        ]
        found.extend(against)
        if not against:
            kept.append(candidate)
    ids = {p.id for p in kept}
    return Resolved(tuple(p for p in valid if p.id in ids), tuple(found))


def _in(valid: Sequence[Preference], circumstances: frozenset[str]) -> list[Preference]:
    """Those of the present circumstances, and the usual ones that go with these."""
    special = [p for p in valid if p.context and fold(p.context) in circumstances]
    return [p for p in valid if p in special or not (p.context or any(_replaces(one, p) for one in special))]


def _replaces(special: Preference, usual: Preference) -> bool:
    """Whether a wish of the circumstances stands in for a usual one; a wish never stands in for a condition."""
    if usual.hard and not special.hard:
        return False
    return bool(_clashes(special, replace(usual, context=special.context)))


def _rank(preference: Preference) -> tuple[bool, float, bool, str]:
    """What the person said or decided beats what was inferred; then the later beats the earlier."""
    stated = preference.stated_at or preference.valid_from
    firm = preference.source is not PreferenceSource.INFERRED
    said = preference.source is PreferenceSource.SAID
    return (firm, stated.timestamp() if stated else 0.0, said, preference.id)


def _clashes(one: Preference, other: Preference) -> list[str]:
    """The issues on which both cannot hold; preferences of other categories or contexts never clash."""
    if one.context != other.context or (one.category and other.category and one.category != other.category):
        return []
    return [a.issue for a in one.terms for b in other.terms if a.issue == b.issue and not _compatible(a, b)]


def _compatible(a: Term, b: Term) -> bool:
    if a == b or Op.ONE_OF in (a.op, b.op):
        return a.op is not b.op or bool(set(a.value.split("|")) & set(b.value.split("|")))
    if {a.op, b.op} == {Op.MOST, Op.LEAST}:
        most, least = (a, b) if a.op is Op.MOST else (b, a)
        upper, lower = _number(most.value), _number(least.value)
        return upper is None or lower is None or lower <= upper
    if {a.op, b.op} == {Op.IS, Op.IS_NOT}:
        return a.value != b.value
    if {a.op, b.op} == {Op.LOW, Op.HIGH}:
        return False
    return a.op is not b.op or a.op is Op.IS_NOT  # two different bounds of one kind: the later is a correction


def _number(value: str) -> Decimal | None:
    try:
        return Decimal(value)
    except ArithmeticError:
        return None


def cascade(preferences: Sequence[Preference], withdrawn: PreferenceId) -> tuple[PreferenceId, ...]:
    """Everything that was derived, directly or not, from a withdrawn or corrected preference."""
    gone = {withdrawn}
    grew = True
    while grew:
        more = {p.id for p in preferences if p.id not in gone and gone & set(p.derived_from)}
        gone |= more
        grew = bool(more)
    return tuple(p.id for p in preferences if p.id in gone and p.id != withdrawn)


def corrected(old: Preference, new: Preference, at: datetime) -> tuple[Preference, Preference]:
    """The old one closed at `at`, and the new one that supersedes it from then on."""
    closed = replace(old, valid_until=at)
    return closed, replace(new, supersedes=old.id, valid_from=at, stated_at=new.stated_at or at)

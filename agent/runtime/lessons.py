"""What decisions teach, written into memory: learned weights and the conditions of an interview.

Learned entries are always computed anew from the decisions that stand, so that forgetting or undoing a decision takes
its lesson along. What the person took back stays taken back until new decisions speak for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from agent.kernel.codec import terms_from
from agent.kernel.events import Event, Retracted
from agent.needs.eliciting import asked_issues, interview_of
from agent.needs.learning import FEWEST, LEARNED, LIMIT, learned, lessons, limits
from memory.preferences import Op, Preference, PreferenceId, Term
from memory.store import PastDecision, Store, Verdict
from negotiators.categories import Category
from negotiators.money import Money

if TYPE_CHECKING:
    from agent.runtime.wiring import House


def relearn(store: Store, category: Category, at: datetime, *, without: str = "") -> tuple[Preference, ...]:
    """Bring the learned entries of a category in line with its decisions; returns those that are new or changed.

    `without` names a decision that is about to be forgotten.
    """
    found = store.entries(PastDecision)
    decisions = tuple(one for one in found if one.category == category.id and one.id != without)
    known = {one.id: one for one in store.entries(Preference) if one.category == category.id}
    wanted = [
        entry
        for context in sorted({one.context for one in decisions})
        for found in learned(category, decisions, context=context, at=at)
        if (entry := _again(found, known.get(found.id), category, decisions, at)) is not None
    ]
    answers = [one for one in decisions if one.verdict is Verdict.ANSWERED]
    named = limits(category, interview_of(category, answers), answers)
    wanted += [one for one in named if not _taken_back(known.get(one.id), one)]
    gone = [
        one.id
        for one in known.values()
        if one.id.startswith((LEARNED, LIMIT)) and one.valid_until is None and one.id not in {w.id for w in wanted}
    ]
    with store.transaction():
        for entry_id in gone:
            store.remove_preference(entry_id)
        return tuple(_written(store, known, wanted))


def _taken_back(old: Preference | None, new: Preference) -> bool:
    """Whether the person withdrew or corrected it after the evidence for it."""
    return bool(old and old.valid_until and new.stated_at and new.stated_at <= old.valid_until)


def _again(
    entry: Preference, old: Preference | None, category: Category, decisions: Sequence[PastDecision], at: datetime
) -> Preference | None:
    """A weight the person took back is learned again from later decisions alone, and only from enough of them."""
    if old is None or old.valid_until is None:
        return entry
    later = [one for one in decisions if one.at > old.valid_until and one.context == entry.context]
    if len(lessons(asked_issues(category), later)) < FEWEST:
        return None
    return next(one for one in learned(category, later, context=entry.context, at=at) if one.id == entry.id)


def _written(
    store: Store, known: Mapping[PreferenceId, Preference], wanted: Iterable[Preference]
) -> Iterator[Preference]:
    for entry in wanted:
        old = known.get(entry.id)
        if old is None:
            store.add(entry)
        elif old.valid_until is not None:
            store.replace(entry)
        elif (old.terms, old.evidence) != (entry.terms, entry.evidence):
            store.replace(replace(entry, valid_from=old.valid_from))
        else:
            continue
        yield entry


def ended_but_followed(house: House, now: datetime) -> list[Event]:
    """Preferences that memory closed while the ledger still completes an open need with them: the two files are written
    one after the other, and a process may have ended in between."""
    used = {one["id"] for need in house.book.open_needs() for one in need.recalled}
    if not used:
        return []
    known = house.person.store.entries(Preference)
    gone = [one.id for one in known if one.id in used and one.valid_until is not None and one.valid_until <= now]
    return [Retracted(name) for name in gone]


def stored_terms(terms: Mapping[str, Mapping[str, str]]) -> tuple[Term, ...]:
    """Terms of the ledger as memory keeps them with a decision."""
    return tuple(
        Term(issue, Op.IS, str(value.amount), value.currency)
        if isinstance(value, Money)
        else Term(issue, Op.IS, terms[issue]["value"])
        for issue, value in terms_from(terms).items()
    )

"""What the person's decisions say of their weights: interview answers, yes, no with a reason, counters, and "you should
have shown me this", all as choices of one offer over another.

Only decisions teach; a company's words never do. Decisions of a circumstance ("moving house") teach for it alone.
Nothing is learned from one or two, and since a choice may be a slip, one odd decision flips nothing. When several in a
row go against what was learned, the person is asked once whether their wishes have changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zlib import crc32

from agent.needs.completing import stored_value
from agent.needs.eliciting import AskedIssue, asked_issues, limit_term, pair_of, words_about, worths_of
from memory.elicitation import Beliefs, Choice, Interview
from memory.preferences import Op, Preference, PreferenceId, PreferenceSource, Term
from memory.store import PastDecision, Verdict
from negotiators.categories import Category
from negotiators.dialogue import TermValue

LEARNED, LIMIT = "learned-", "limit-"
"""How the ids of entries begin that follow from decisions, and of conditions named in an interview."""

FEWEST = 3
"""Choices before anything is learned from them."""

OFFERED, ACCEPTED, PREFERRED = 0.8, 0.5, 1.0
"""How much a choice counts: a no compares with offers that were not on the table, a yes seldom with each rival."""

_MIDDLE = 0.5
_RECENT, _AGAINST, _EARLIER = 4, 3, 6
_UNLIKELY = 0.35
_BEFORE_CHANGE = 0.1


@dataclass(frozen=True, slots=True)
class Lesson:
    """One decision as a choice, with the decision it came from."""

    decision: PastDecision
    choice: Choice


@dataclass(frozen=True, slots=True)
class Drift:
    """Recent decisions go against what was learned: which issue seems to count `more` (or less) than it did."""

    issue: str
    more: bool
    decisions: tuple[str, ...]


def lessons(asked: Sequence[AskedIssue], decisions: Sequence[PastDecision]) -> list[Lesson]:
    """The choices in the person's decisions, oldest first; those of before a change of mind hardly count."""
    found = [
        Lesson(decision, choice)
        for decision in sorted(decisions, key=lambda one: (one.at, one.id))
        if (choice := _choice(asked, decision)) is not None
    ]
    return _after_questions(found, decisions)


def _choice(asked: Sequence[AskedIssue], decision: PastDecision) -> Choice | None:
    terms, over = _values(asked, decision.terms), _values(asked, decision.over)
    match decision.verdict:
        case Verdict.ANSWERED:
            return _interview_choice(asked, decision)
        case Verdict.ACCEPTED | Verdict.LIKED if terms and over:
            return Choice(worths_of(asked, terms), worths_of(asked, over), counts=ACCEPTED)
        case Verdict.COUNTERED | Verdict.SHOULD_HAVE_SHOWN if terms and over:
            return Choice(worths_of(asked, terms), worths_of(asked, over), counts=PREFERRED)
        case Verdict.REJECTED if terms:
            return _refused(asked, decision, worths_of(asked, terms))
        case _:
            return None


def _interview_choice(asked: Sequence[AskedIssue], decision: PastDecision) -> Choice | None:
    """A pair of the interview: only its own aspects differ."""
    pair = pair_of(asked, decision)
    if pair is None or decision.reason not in ("first", "second", "alike"):
        return None
    first, second = [0.0] * len(asked), [0.0] * len(asked)
    for at, one, other in zip(pair.aspects, pair.first, pair.second, strict=True):
        first[at], second[at] = asked[at].worths()[one], asked[at].worths()[other]
    better, worse = (second, first) if decision.reason == "second" else (first, second)
    return Choice(tuple(better), tuple(worse), alike=decision.reason == "alike")


def _refused(asked: Sequence[AskedIssue], decision: PastDecision, worths: tuple[float, ...]) -> Choice | None:
    """A no with a reason: an ordinary offer that is good in what was wrong would have been better.

    "Too expensive" means the price; "wrong terms" the issues that were named with it. The other reasons are about the
    company or the moment and say nothing of weights.
    """
    if decision.reason.startswith("too_expensive"):
        wrong = {one.issue.name for one in asked if one.issue.role == "price"}
    else:
        wrong = {term.issue for term in decision.over} if decision.reason.startswith("wrong_terms") else set()
    if not wrong & {one.issue.name for one in asked}:
        return None
    rows = zip(asked, worths, strict=True)
    ordinary = tuple(1.0 if one.issue.name in wrong else min(worth, _MIDDLE) for one, worth in rows)
    return Choice(ordinary, worths, counts=OFFERED) if ordinary != worths else None


def _values(asked: Sequence[AskedIssue], terms: Sequence[Term]) -> dict[str, TermValue]:
    known = {one.issue.name: one for one in asked}
    found = {
        term.issue: stored_value(known[term.issue].issue, term, known[term.issue].term(0).unit)
        for term in terms
        if term.issue in known
    }
    return {issue: value for issue, value in found.items() if value is not None}


def _after_questions(found: Sequence[Lesson], decisions: Sequence[PastDecision]) -> list[Lesson]:
    """What the person said about a change: earlier decisions hardly count after it; exceptions do not count at all."""
    made = list(found)
    for said in sorted(decisions, key=lambda one: (one.at, one.id)):
        if said.verdict is Verdict.CHANGED_MIND:
            made = [
                replace(one, choice=replace(one.choice, counts=one.choice.counts * _BEFORE_CHANGE))
                if one.decision.at < said.at and one.decision.id not in said.refs
                else one
                for one in made
            ]
        elif said.verdict is Verdict.SAME_MIND:
            made = [one for one in made if one.decision.id not in said.refs]
    return made


def beliefs(asked: Sequence[AskedIssue], found: Sequence[Lesson]) -> Beliefs:
    """The weights these lessons speak for; the same lessons give the same weights."""
    seed = crc32("|".join(one.decision.id for one in found).encode())
    return Beliefs([float(one.issue.weight) for one in asked], [one.choice for one in found], seed=seed)


def learned(
    category: Category, decisions: Sequence[PastDecision], *, context: str, at: datetime
) -> tuple[Preference, ...]:
    """The weights that follow from the decisions of one context, one preference each; empty below `FEWEST` choices."""
    asked = asked_issues(category)
    own = lessons(asked, [one for one in decisions if one.context == context and one.category == category.id])
    if len(own) < FEWEST:
        return ()
    mean = beliefs(asked, own).mean
    evidence = tuple(f"decision:{one.decision.id}" for one in own)
    stated = max(one.decision.at for one in own)
    return tuple(
        Preference(
            learned_id(category.id, one.issue.name, context), words_about(category, one.issue),
            (Term(one.issue.name, Op.WEIGHS, f"{share:.3f}"),), category.id, context=context,
            source=PreferenceSource.INFERRED, evidence=evidence, stated_at=stated, valid_from=at,
        )
        for one, share in zip(asked, mean.tolist(), strict=True)
    )  # fmt: skip


def learned_id(category: str, issue: str, context: str = "") -> PreferenceId:
    """One learned weight per category, issue and circumstance."""
    mark = f"-{crc32(context.encode()):08x}" if context else ""
    return PreferenceId(f"{LEARNED}{category}-{issue}{mark}")


def limits(category: Category, interview: Interview, answers: Sequence[PastDecision]) -> tuple[Preference, ...]:
    """The conditions the person named in the interview, as they said them."""
    said = [one for one in answers if one.reason in ("named", "yes", "no")]
    if not said:
        return ()
    asked, at = asked_issues(category), max(one.at for one in said)
    evidence = tuple(f"decision:{one.id}" for one in said)
    return tuple(
        Preference(
            PreferenceId(f"{LIMIT}{category.id}-{one.issue.name}"), words_about(category, one.issue),
            (limit_term(one, level),), category.id, hard=True, evidence=evidence, stated_at=at, valid_from=at,
        )
        for one, level in ((asked[aspect], level) for aspect, level in interview.outcome().limits)
    )  # fmt: skip


def drift(asked: Sequence[AskedIssue], decisions: Sequence[PastDecision]) -> Drift | None:
    """Whether most of the latest decisions go against all that was learned before them."""
    import numpy as np

    found = [one for one in lessons(asked, decisions) if not one.choice.alike]
    earlier, recent = found[:-_RECENT], found[-_RECENT:]
    if len(earlier) < _EARLIER:
        return None
    before = beliefs(asked, earlier)
    differences = np.array([np.subtract(one.choice.better, one.choice.worse) for one in recent])
    chances = before.probability(differences).mean(axis=0)
    against = [one for one, chance in zip(recent, chances.tolist(), strict=True) if chance < _UNLIKELY]
    if len(against) < _AGAINST:
        return None
    now = beliefs(asked, against).mean - before.mean
    at = int(np.argmax(np.abs(now)))
    return Drift(asked[at].issue.name, bool(now[at] > 0), tuple(one.decision.id for one in against))

"""The interview about one category: its issues as aspects with values to show, and its outcome as preferences.

An issue takes part when its values have an order of their own: dates and free choices say nothing without a need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.needs.valuation import worth
from memory.elicitation import (
    Answer,
    Aspect,
    Interview,
    Named,
    Never,
    Pair,
    Preferred,
    Question,
    StillGood,
    YesNo,
)
from memory.preferences import Op, Term
from memory.store import PastDecision
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermValue, parse_term, term_text
from negotiators.money import Money

_POINTS = 5
"""Values shown of a range: worst, best and three between."""


@dataclass(frozen=True, slots=True)
class AskedIssue:
    """An issue with the values a question may show, worst first."""

    issue: Issue
    values: tuple[TermValue, ...]

    def worths(self) -> tuple[float, ...]:
        return tuple(worth(self.issue, None, value) for value in self.values)

    def term(self, level: int) -> Term:
        """One value as it is stored."""
        value, unit = _text_and_unit(self.values[level], self.issue)
        return Term(self.issue.name, Op.IS, value, unit)

    def level(self, term: Term) -> int | None:
        """Which of the shown values a stored one is."""
        return next((at for at in range(len(self.values)) if self.term(at) == term), None)


def asked_issues(category: Category) -> tuple[AskedIssue, ...]:
    """The issues an interview about this category asks about."""
    found = (AskedIssue(issue, _values(issue, category.currency)) for issue in category.issues if issue.weight > 0)
    return tuple(one for one in found if len(one.values) > 1)


def aspects(asked: Sequence[AskedIssue]) -> tuple[Aspect, ...]:
    return tuple(Aspect(one.issue.name, one.worths(), float(one.issue.weight)) for one in asked)


def _values(issue: Issue, currency: str) -> tuple[TermValue, ...]:
    """Worst first; empty when the issue has no order of its own."""
    match issue.kind:
        case IssueKind.FLAG if issue.better in ("yes", "no"):
            return (issue.better == "no", issue.better == "yes")
        case IssueKind.CHOICE if issue.better == "order":
            return issue.choices
        case IssueKind.MONEY | IssueKind.NUMBER | IssueKind.DURATION:
            raw = [parse_term(issue.kind, text, currency=currency) for text in issue.choices]
            return _worst_first(issue, raw or _points(issue))
        case _:
            return ()


def _points(issue: Issue) -> list[TermValue]:
    """Values along the public range, on the issue's own grid."""
    low, high, step = issue.low, issue.high, issue.step
    if isinstance(low, Money) and isinstance(high, Money):
        grid = step.amount if isinstance(step, Money) else Decimal("0.01")
        return [Money(amount, low.currency) for amount in _spaced(low.amount, high.amount, grid)]
    if isinstance(low, Decimal) and isinstance(high, Decimal):
        return list(_spaced(low, high, step if isinstance(step, Decimal) else Decimal(1)))
    return [value for value in (low, high) if value is not None]


def _spaced(low: Decimal, high: Decimal, grid: Decimal) -> list[Decimal]:
    between = [low + (high - low) * point / (_POINTS - 1) for point in range(_POINTS)]
    return list(dict.fromkeys(low + ((value - low) / grid).quantize(Decimal(1)) * grid for value in between))


def _worst_first(issue: Issue, values: Sequence[TermValue]) -> tuple[TermValue, ...]:
    return tuple(sorted(values, key=lambda value: worth(issue, None, value)))


def words_about(category: Category, issue: Issue) -> str:
    """What a learned entry is found by: the labels in both languages. Its sentence is made where it is shown."""
    return " / ".join(f"{category.labels[one]}: {issue.labels[one]}" for one in ("en", "de"))


def limit_term(one: AskedIssue, level: int) -> Term:
    """The worst value that still does, as a bound in the direction of the issue.

    On a range the person said no to one value, not to what lies just on this side of it.
    """
    value, unit = _text_and_unit(_next_to(one, level), one.issue)
    if one.issue.kind in (IssueKind.FLAG, IssueKind.CHOICE):
        return Term(one.issue.name, Op.IS, value, unit)
    return Term(one.issue.name, Op.MOST if one.issue.better == "lower" else Op.LEAST, value, unit)


def _next_to(one: AskedIssue, level: int) -> TermValue:
    """The value at a level; on a range with a step, the first one better than the level below."""
    refused, step = one.values[level - 1], one.issue.step
    sign = -1 if one.issue.better == "lower" else 1
    if not one.issue.choices and isinstance(refused, Money) and isinstance(step, Money):
        return Money(refused.amount + sign * step.amount, refused.currency)
    if not one.issue.choices and isinstance(refused, Decimal) and isinstance(step, Decimal):
        return refused + sign * step
    return one.values[level]


def _text_and_unit(value: TermValue, issue: Issue) -> tuple[str, str]:
    if isinstance(value, Money):
        return str(value.amount), value.currency
    return term_text(value), issue.unit


def worths_of(asked: Sequence[AskedIssue], terms: Mapping[str, TermValue]) -> tuple[float, ...]:
    """Terms as worths in the order of the asked issues; what is not said counts as its `missing` value or worst."""
    made = []
    for one in asked:
        value = terms.get(one.issue.name, one.issue.missing)
        made.append(worth(one.issue, None, value) if value is not None else 0.0)
    return tuple(made)


# -- the interview and its answers as they are stored -----------------------------------------------------------------


def stored(asked: Sequence[AskedIssue], question: Question, answer: Answer) -> tuple[str, list[Term], list[Term]]:
    """What is kept of one answer: the answer's code, the terms shown first, and those of the second offer."""
    match question, answer:
        case Never(), Named(named):
            return "named", [asked[at].term(0) for at in named], []
        case StillGood(aspect, level), YesNo(yes):
            return ("yes" if yes else "no"), [asked[aspect].term(level)], []
        case Pair(which, first, second), Preferred(preferred):
            one, other = (
                [asked[at].term(level) for at, level in zip(which, side, strict=True)] for side in (first, second)
            )
            return ("alike", "first", "second")[preferred], one, other
        case _:
            raise ValueError(f"{type(answer).__name__} does not answer {type(question).__name__}")


def interview_of(category: Category, answers: Sequence[PastDecision]) -> Interview:
    """The interview as far as it was answered. An answer about values the category no longer shows is left out."""
    asked = asked_issues(category)
    given = [pair for one in sorted(answers, key=lambda o: (o.at, o.id)) if (pair := _answered(asked, one))]
    return Interview(aspects(asked), given)


def _answered(asked: Sequence[AskedIssue], kept: PastDecision) -> tuple[Question, Answer] | None:
    places = {one.issue.name: at for at, one in enumerate(asked)}
    if any(term.issue not in places or asked[places[term.issue]].level(term) is None for term in kept.terms):
        return None
    match kept.reason:
        case "named":
            shown = tuple(at for at, aspect in enumerate(aspects(asked)) if aspect.may_limit)
            return Never(shown), Named(tuple(places[term.issue] for term in kept.terms))
        case "yes" | "no" if kept.terms:
            aspect = places[kept.terms[0].issue]
            return StillGood(aspect, asked[aspect].level(kept.terms[0]) or 0), YesNo(kept.reason == "yes")
        case "alike" | "first" | "second":
            pair = pair_of(asked, kept)
            return (pair, Preferred(("alike", "first", "second").index(kept.reason))) if pair else None
        case _:
            return None


def pair_of(asked: Sequence[AskedIssue], kept: PastDecision) -> Pair | None:
    """The two offers of a stored answer."""
    places = {one.issue.name: at for at, one in enumerate(asked)}
    sides = []
    for terms in (kept.terms, kept.over):
        levels = [asked[places[term.issue]].level(term) if term.issue in places else None for term in terms]
        sides.append([level for level in levels if level is not None])
    which = tuple(places[term.issue] for term in kept.terms if term.issue in places)
    if not which or not len(which) == len(sides[0]) == len(sides[1]):
        return None
    return Pair(which, tuple(sides[0]), tuple(sides[1]))

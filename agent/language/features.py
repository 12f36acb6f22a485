"""Yes/no features, choices and the phrases that mean zero or monthly, in prose."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from agent.language.cues import IssueCues, cues_of, word_pattern
from agent.language.results import Ambiguous
from agent.language.segments import Segment, clauses, nominal_negation_before, verbal_negation
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermValue
from negotiators.money import Money, Period
from negotiators.text import Span

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"


class Add(Protocol):
    """Takes one value with its evidence; a weak one counts only when nothing stronger is said."""

    def __call__(self, issue: str, value: TermValue, span: Span, *, weak: bool = False) -> None: ...


_OPEN = re.compile(
    rf"{_W}(?:optional\w*|on request|auf Wunsch|auf Anfrage|extra|additional|zubuchbar|if you (?:like|want|wish)|"
    rf"wahlweise|gegen Aufpreis|surcharge|for an extra|for only|could|könnten?|may|might|would|possible|möglich|"
    rf"available from|if|wenn|falls|zzgl){_X}|[€$£]|\bEUR\b",
    re.I,
)
_GIVEN = re.compile(
    rf"{_W}(?:incl\.?|including|includes|included|inkl\.?|inklusive|mit|with|enthalten|inbegriffen){_X}", re.I
)
_ANSWERED = re.compile(
    rf"\s*(?:[:=–-]\s*|\s)(?:(?P<no>no|nein|none|false|not included|nicht (?:enthalten|inklusive|inbegriffen))|"
    rf"(?P<yes>yes|ja|true)){_X}",
    re.I,
)
"""A feature named as a label with its answer behind it: `breakfast: no`, `Frühstück ja`."""

_WAIVED = re.compile(
    rf"{_W}(?:free|free of charge|waived|waive|kostenlos\w*|kostenfrei\w*|gratis|entfällt|entfallen|geschenkt|"
    rf"erlassen|schenken|no charge|for nothing|umsonst|on us){_X}",
    re.I,
)


def read_flags(sentence: Segment, cues: tuple[IssueCues, ...], add: Add, doubt: Callable[[Ambiguous], None]) -> None:
    """`router included`, `ohne Vorkasse`: yes or no per clause; optional or paid extras stay open."""
    for entry in cues:
        if entry.issue.kind is not IssueKind.FLAG:
            continue
        for clause in clauses(sentence):
            places = entry.find(clause.text)
            if not places:
                continue
            start, end = places[0]
            span = clause.span(start, end)
            answered = _ANSWERED.match(clause.text, end)
            if answered:
                span = clause.span(start, answered.end())
                add(entry.issue.name, answered["yes"] is not None, span)
                continue
            negated = verbal_negation(clause.text) or nominal_negation_before(clause.text, start)
            near = clause.text[max(0, start - 40) : end + 40]
            given = _GIVEN.search(clause.text[max(0, start - 14) : start]) or _GIVEN.match(
                clause.text[end : end + 14].lstrip()
            )
            if not negated and not given and _OPEN.search(near):
                doubt(Ambiguous(entry.issue.name, "optional", (), (span,)))
            else:
                add(entry.issue.name, not negated, span)


def read_choices(sentence: Segment, cues: tuple[IssueCues, ...], add: Add) -> None:
    """`EU roaming`, `packing: kitchen`, `ohne Einpacken`: the one choice named beside the issue's own word."""
    for entry in cues:
        if entry.issue.kind is not IssueKind.CHOICE:
            continue
        for clause in clauses(sentence):
            places = entry.find(clause.text)
            if places:
                _read_choice(clause, entry.issue, places[0], add)


def _read_choice(clause: Segment, issue: Issue, place: tuple[int, int], add: Add) -> None:
    named: dict[str, Span] = {}
    low, high = max(0, place[0] - 30), place[1] + 30
    for choice in issue.choices:
        for label in {choice, *((issue.choice_labels or {}).get(choice) or {}).values()}:
            found = word_pattern(label).search(clause.text, low, min(high, len(clause.text)))
            if found and choice != "none":
                named.setdefault(choice, clause.span(found.start(), found.end()))
    negated = nominal_negation_before(clause.text, place[0]) or verbal_negation(clause.text)
    if not named and negated and "none" in issue.choices:
        add(issue.name, "none", clause.span(*place))
    elif len(named) == 1 and not negated:
        choice, span = next(iter(named.items()))
        add(issue.name, choice, span)


NO_TERM = re.compile(
    rf"{_W}(?:no|without(?: any)?|ohne|keine?)\s+(?:minimum\s+(?:contract\s+)?(?:term|period|duration)|fixed term|"
    rf"contract(?:ual)? (?:term|commitment)|commitment|tie-in|lock-in|(?:Mindest)?(?:vertrags)?laufzeit|"
    rf"(?:Vertrags)?bindung|Mindestvertragslaufzeit){_X}(?!\s+(?:of|von|über)\s+\d)",
    re.I,
)
MONTHLY_TERM = re.compile(
    rf"{_W}(?:monatlich\s+(?:kündbar|künden|zu kündigen)|month[- ]to[- ]month|rolling monthly|monthly rolling|"
    rf"cancel(?:l?able|l?ed)?\s+(?:monthly|every month|each month|at the end of any month|month by month)|"
    rf"monthly cancel\w*){_X}",
    re.I,
)
ANYTIME = re.compile(
    rf"{_W}(?:jederzeit\s+(?:kündbar|kündigen)|cancel(?:l?able|l?ed)?\s+(?:at\s+)?any\s?time){_X}", re.I
)
_LATER = re.compile(
    rf"{_W}(?:danach|anschließend|afterwards|thereafter|then|after that|nach Ablauf|after the){_X}", re.I
)


def read_zero_terms(sentence: Segment, category: Category, default: str, add: Add) -> None:
    """Waived fees (zero money) and terms named without a number."""
    _waived_fees(sentence, category, default, add)
    term = next(iter(category.by_role("term")), None)
    if term is None:
        return
    none = NO_TERM.search(sentence.text)
    if none:
        add(term.name, Period(), sentence.span(none.start(), none.end()))
    for pattern, period in ((MONTHLY_TERM, Period(months=1)), (ANYTIME, Period())):
        found = pattern.search(sentence.text)
        if not found:
            continue
        before = sentence.text[max(0, found.start() - 40) : found.start()]
        if not _LATER.search(before) and not re.search(rf"{_W}(?:not|nicht|never){_X}\s*$", before, re.I):
            add(term.name, period, sentence.span(found.start(), found.end()), weak=True)


def can_be_nothing(issue: Issue) -> bool:
    """A one-off fee or a lower-is-better feature whose public range starts at zero."""
    free = issue.kind is IssueKind.MONEY and isinstance(issue.low, Money) and issue.low.amount == 0
    return (
        issue.per == "once" and free and (issue.role == "fee" or (issue.role == "feature" and issue.better == "lower"))
    )


def _waived_fees(sentence: Segment, category: Category, default: str, add: Add) -> None:
    for entry in cues_of(category):
        if not can_be_nothing(entry.issue):
            continue
        for clause in clauses(sentence):
            for start, end in entry.find(clause.text):
                near = clause.text[max(0, start - 25) : end + 30]
                if re.search(r"\d", near):
                    continue
                free = _WAIVED.search(near) is not None and not verbal_negation(clause.text)
                if free or nominal_negation_before(clause.text, start, 15):
                    add(entry.issue.name, Money.zero(default), clause.span(start, end))

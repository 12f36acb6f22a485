"""Recalled preferences complete a need: what the person said before becomes wishes of this need.

What the need itself says always wins; a preference is used only through its typed terms, never through its
similarity alone. Each use is recorded with the preference's id, how it was found and how near it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from agent.needs.need import Need, Wish
from memory.preferences import Op, Preference, Term
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermError, TermValue, parse_term

SOFT_BOOST = Decimal(2)
"""How much a soft preference of full weight multiplies the weight an issue has without it."""

WEIGHT = "weight"
"""How a learned weight comes to a need: by its category, not by words."""


@dataclass(frozen=True, slots=True)
class RecalledPreference:
    preference: Preference
    similarity: float
    how: str


def complete(need: Need, category: Category, recalled: Iterable[RecalledPreference]) -> Need:
    """The need with wishes added for issues it left open, strongest recollection first."""
    wishes = {wish.issue: wish for wish in need.wishes}
    used: list[Mapping[str, str]] = []
    # Weights first: what the person says of an issue in words goes on top of what their choices showed.
    ordered = sorted(
        recalled, key=lambda r: (not r.preference.is_weight, not r.preference.hard, -r.similarity, r.preference.id)
    )
    scale = sum((issue.weight for issue in category.issues if issue.name in weighed(recalled)), Decimal(0))
    for entry in ordered:
        preference = entry.preference
        if preference.category not in (None, category.id):
            continue
        for term in preference.terms:
            issue = category.issue(term.issue)
            if issue is None or (issue.name in {w.issue for w in need.wishes} and term.op is not Op.WEIGHS):
                continue
            wish = _wish(issue, term, preference, wishes.get(issue.name), need.mandate.currency, scale)
            if wish is not None:
                wishes[issue.name] = wish
                used.append(
                    {
                        "id": preference.id,
                        "issue": issue.name,
                        "similarity": f"{entry.similarity:.2f}",
                        "how": entry.how,
                        "hard": "true" if preference.hard else "false",
                    }
                )
    return replace(need, wishes=tuple(wishes.values()), recalled=tuple(used))


def stored_value(issue: Issue, term: Term, currency: str) -> TermValue | None:
    """A remembered term's value as the issue's own; `None` when it is not one."""
    text = term.value
    if issue.kind is IssueKind.MONEY:
        text = f"{text} {term.unit or currency}"
    if issue.kind is IssueKind.DURATION and text.isdigit():
        text = f"P{text}M" if term.unit in ("", "month", "months") else f"P{text}D"
    try:
        return parse_term(issue.kind, text, currency=currency)
    except TermError:
        return None


def weighed(recalled: Iterable[RecalledPreference]) -> frozenset[str]:
    """The issues whose weights were learned; together they keep the weight they usually have together."""
    return frozenset(t.issue for r in recalled if r.preference.is_weight for t in r.preference.terms)


def _wish(
    issue: Issue, term: Term, preference: Preference, known: Wish | None, currency: str, scale: Decimal
) -> Wish | None:
    wish = known or Wish(issue.name)
    if term.op is Op.WEIGHS:
        return replace(wish, weight=scale * Decimal(term.value)) if wish.weight is None else None
    if wish.hard and not preference.hard:
        return None
    boost = (issue.weight if wish.weight is None else wish.weight) * (1 + (SOFT_BOOST - 1) * preference.weight)
    if term.op in (Op.LOW, Op.HIGH):
        return replace(wish, weight=max(wish.weight or Decimal(0), boost))
    value = stored_value(issue, term, currency)
    if value is None:
        return None
    match term.op:
        case Op.MOST:
            wish = replace(wish, maximum=value)
        case Op.LEAST:
            wish = replace(wish, minimum=value)
        case Op.IS:
            wish = replace(wish, want=value)
        case Op.IS_NOT if isinstance(value, bool):
            wish = replace(wish, want=not value)
        case _:
            return None
    return replace(wish, hard=preference.hard, weight=wish.weight if preference.hard else boost)

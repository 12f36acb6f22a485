"""Which issue a value belongs to: the one whose words stand nearest, or the one its unit names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.language.cues import IssueCues
from agent.language.mentions import Mention
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind

_REACH = 70


def _distance(sentence: str, mention: Mention, cue: tuple[int, int]) -> int:
    """How far a cue stands from a value; separators and conjunctions between them count extra."""
    if cue[0] < mention.end and mention.start < cue[1]:
        return 0
    between = sentence[cue[1] : mention.start] if cue[1] <= mention.start else sentence[mention.end : cue[0]]
    extra = 40 * len(
        re.findall(
            r"[,;(]|(?<!\d)\.(?!\d)|\b(?:and|und|plus|with|mit|zzgl|sowie|but|aber|then|danach)\b",
            between,
            re.IGNORECASE,
        )
    )
    return len(between) + extra


def _blocked(others: Iterable[Mention], mention: Mention, cue: tuple[int, int]) -> bool:
    """Whether another value of the same kind stands between a value and a cue."""
    low, high = min(mention.end, cue[1]), max(mention.start, cue[0])
    return any(other is not mention and other.kind is mention.kind and low <= other.start < high for other in others)


def _fits(issue: Issue, mention: Mention, category: Category) -> bool:
    if issue.kind is not mention.kind:
        return False
    if mention.kind is IssueKind.NUMBER:
        return issue.unit == mention.unit
    if mention.kind is IssueKind.MONEY and mention.per:
        if mention.per == "once":
            return issue.per == "once"
        return issue.per == mention.per
    if mention.kind is IssueKind.MONEY and issue.per == "unit":
        return issue is category.headline()
    return True


def nearest_issues(
    sentence: str, mention: Mention, others: list[Mention], cues: tuple[IssueCues, ...], category: Category
) -> list[tuple[int, Issue]]:
    """Issues the value fits, with the distance of their nearest cue, nearest first."""
    scored: list[tuple[int, Issue]] = []
    for entry in cues:
        if not _fits(entry.issue, mention, category):
            continue
        costs = [
            _distance(sentence, mention, place)
            for place in entry.find(sentence)
            if not _blocked(others, mention, place)
        ]
        if costs and min(costs) <= _REACH:
            scored.append((min(costs), entry.issue))
    return sorted(scored, key=lambda pair: pair[0])


def named_by_unit(category: Category, mention: Mention) -> Issue | None:
    """The issue a value names without any cue: by unit for numbers, by period for the headline price."""
    if mention.kind is IssueKind.NUMBER:
        fitting = [issue for issue in category.issues if issue.kind is mention.kind and issue.unit == mention.unit]
        return fitting[0] if len(fitting) == 1 else None
    if mention.kind is IssueKind.MONEY and mention.per:
        headline = category.headline()
        return headline if headline.per == mention.per else None
    return None


def units_of(category: Category) -> set[str]:
    """The units of a category's number issues."""
    return {issue.unit for issue in category.issues if issue.kind is IssueKind.NUMBER and issue.unit}

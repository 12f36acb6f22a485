"""The outcome space: issues with finitely many values, discretised by the caller.

An outcome is a tuple of value indices, one per issue. Everything the engine sends is such a tuple, so numbers on
the wire always lie on the grid the caller chose and can never be "limit minus a cent".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from negotiators.bargaining.errors import SpaceError

Values = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SpaceIssue:
    """One negotiable item and its settings, in the order of the domain (cheap to dear, short to long).

    >>> SpaceIssue("price", ("10", "13", "16")).index("13")
    1
    """

    name: str
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise SpaceError(f"issue `{self.name}` has no values: give at least one")
        if len(set(self.values)) != len(self.values):
            raise SpaceError(f"issue `{self.name}` names a value twice")

    def index(self, value: str) -> int:
        """The index of a value; raises `SpaceError` when the issue does not have it."""
        try:
            return self.values.index(value)
        except ValueError as err:
            raise SpaceError(f"issue `{self.name}` has no value `{value}`") from err


@dataclass(frozen=True, slots=True)
class Space:
    """All outcomes: the product of the issues' values. It is never enumerated."""

    issues: tuple[SpaceIssue, ...]

    def __post_init__(self) -> None:
        if not self.issues:
            raise SpaceError("a space needs at least one issue")
        if len({issue.name for issue in self.issues}) != len(self.issues):
            raise SpaceError("two issues have the same name")

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values per issue."""
        return tuple(len(issue.values) for issue in self.issues)

    @property
    def size(self) -> int:
        """Number of outcomes."""
        return prod(self.shape)

    def check(self, values: Values) -> Values:
        """The same outcome when it lies in the space; raises `SpaceError` otherwise."""
        if len(values) != len(self.issues):
            raise SpaceError(f"an outcome of {len(values)} values in a space of {len(self.issues)} issues")
        for issue, index in zip(self.issues, values, strict=True):
            if not 0 <= index < len(issue.values):
                raise SpaceError(f"issue `{issue.name}` has no value number {index}")
        return values

    def named(self, values: Values) -> dict[str, str]:
        """The outcome in words: issue name to value name."""
        return {issue.name: issue.values[i] for issue, i in zip(self.issues, self.check(values), strict=True)}

    def outcome(self, named: dict[str, str]) -> Values:
        """The outcome with these value names; raises `SpaceError` for a missing or unknown one."""
        try:
            return tuple(issue.index(named[issue.name]) for issue in self.issues)
        except KeyError as err:
            raise SpaceError(f"the outcome leaves issue {err} open") from err

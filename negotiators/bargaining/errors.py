"""What can be wrong with what the engine is asked.

    BargainingError
    ├── SpaceError       an issue or a value that the space does not have
    ├── UtilityError     tables, weights or pair terms that do not fit the space
    └── ProfileError     a profile nothing can be decided from (no rounds, a target outside 0..1)

A seller never causes an error: whatever it sends, `decide` answers.
"""

from __future__ import annotations


class BargainingError(ValueError):
    """Root of this package's errors."""


class SpaceError(BargainingError):
    """An issue or a value index that the space does not have."""


class UtilityError(BargainingError):
    """Tables, weights or pair terms do not fit the space."""


class ProfileError(BargainingError):
    """A profile from which nothing can be decided."""

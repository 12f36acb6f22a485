"""What each promise (docs: DESIGN, section 1) asks for, as data. A test names the requirement it guards with
`@requirement("mandate:missing-amount")`; `tests/unit/test_requirements.py` checks both directions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

PROMISES = (
    "mandate", "approval", "secret", "disclosure", "untrusted", "order", "durable", "stop", "attention", "why",
    "forget", "local", "honest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that has to hold. `elsewhere` names tests of other rooms: `path::function`."""

    id: str
    text: str
    source: str = "DESIGN 1"
    elsewhere: tuple[str, ...] = ()

    @property
    def promise(self) -> str:
        return self.id.partition(":")[0]


Test = TypeVar("Test", bound=Callable[..., object])


def requirement(*ids: str) -> Callable[[Test], Test]:
    """Says which requirements a test guards. Read from the source by `test_requirements`; changes nothing."""

    def keep(test: Test) -> Test:
        return test

    return keep

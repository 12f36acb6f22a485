"""Facts: what is true about the person. Only their description lies here; the value lies sealed in the vault."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

from memory.facts.vocabulary import CategoryId

FactId = NewType("FactId", str)


class Granularity(IntEnum):
    """How exactly a datum is told; a higher rung tells everything the lower ones tell (notes/security.md, 5)."""

    NONE = 0
    EXISTS = 1  # only that we hold such a datum
    BAND = 2  # an age decade, an income bracket, the first digit of a postcode
    REGION = 3  # the first two digits of a postcode
    CITY = 4  # city, or the whole postcode
    EXACT = 5


class Stage(StrEnum):
    """How far a negotiation has come, in this order. What may be told grows with it (DESIGN, section 4)."""

    DISCOVER = "discover"  # nothing personal
    QUOTE = "quote"  # bands
    OFFER = "offer"  # what a binding quote needs
    COMMIT = "commit"  # contract data, to the winner only, after the yes
    AFTER = "after"  # claims, returns


class FactSource(StrEnum):
    """Where a fact comes from. Nothing a counterpart wrote ever becomes one."""

    SAID = "said"  # the person told us
    IMPORTED = "imported"  # read from a persona file the person gave
    DOCUMENT = "document"  # read from a document and confirmed by the person


@dataclass(frozen=True, slots=True)
class Fact:
    """That the person (or `subject`) has a value of `category`; the value itself is `Vault.value(fact.id)`.

    `label` is the person's word for it ("piano"), shown to them only. Validity is half-open: from <= t < until.
    """

    id: FactId
    category: CategoryId
    label: str = ""
    subject: str = "person"  # person | partner | child | household | any name the person chose
    source: FactSource = FactSource.SAID
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        """Whether the fact holds at that moment."""
        started = self.valid_from is None or self.valid_from <= at
        return started and (self.valid_until is None or at < self.valid_until)

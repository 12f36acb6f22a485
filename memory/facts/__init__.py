"""What is true about the person, in words the whole field shares (W3C DPV terms, see `vocabulary` for the notice)."""

from memory.facts.coarsen import KNOWN, coarsen, ladder, snap
from memory.facts.model import Fact, FactId, FactSource, Granularity, Stage
from memory.facts.vocabulary import (
    CATEGORIES,
    NEVER_CLASSES,
    CategoryId,
    DataCategory,
    Purpose,
    Shape,
    ancestors,
    category,
    covers,
    purpose_covers,
)

__all__ = [
    "CATEGORIES",
    "KNOWN",
    "NEVER_CLASSES",
    "CategoryId",
    "DataCategory",
    "Fact",
    "FactId",
    "FactSource",
    "Granularity",
    "Purpose",
    "Shape",
    "Stage",
    "ancestors",
    "category",
    "coarsen",
    "covers",
    "ladder",
    "purpose_covers",
    "snap",
]

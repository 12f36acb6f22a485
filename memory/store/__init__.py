"""The truth of this room: SQLite, one file, 0600. Everything else can be rebuilt from it."""

from memory.store.blobs import Blobs, content_hash
from memory.store.entries import (
    ENTRY_TYPES,
    QUESTIONED,
    Circumstance,
    CircumstanceId,
    Contract,
    ContractId,
    DecisionId,
    Entry,
    EntryKind,
    PastDecision,
    PriceStep,
    Verdict,
    kind_of,
    words_for_search,
)
from memory.store.store import INDEX_FOLDER, Forgotten, Store, TextHit

__all__ = [
    "ENTRY_TYPES",
    "INDEX_FOLDER",
    "QUESTIONED",
    "Blobs",
    "Circumstance",
    "CircumstanceId",
    "Contract",
    "ContractId",
    "DecisionId",
    "Entry",
    "EntryKind",
    "Forgotten",
    "PastDecision",
    "PriceStep",
    "Store",
    "TextHit",
    "Verdict",
    "content_hash",
    "kind_of",
    "words_for_search",
]

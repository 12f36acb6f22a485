"""Searching entries that need not be stored: standing sentences, or remembered turns when they carry a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.recall.questions import is_german
from memory.relevance.lexical import Bm25, terms
from memory.relevance.standing import StandingEntries
from memory.relevance.turns import Conversation, Turn

if TYPE_CHECKING:
    from memory.embedding import Embedder

_SPEAKER = re.compile(r"^(?P<speaker>[^\W\d_][\w.' -]{0,30}):\s+(?P<text>.+)$", re.DOTALL)
_GERMAN_WORDS = 0.35  # word counting helps German, where the model is weak, and harms English


@dataclass(frozen=True, slots=True)
class TextEntry:
    """Something to search: `when` makes it a remembered turn, "Name: ..." at its start names the speaker."""

    id: str
    text: str
    when: str = ""
    speaker: str = ""


class SearchableEntries:
    """A fixed list of entries, ready for many queries."""

    def __init__(self, entries: Sequence[TextEntry], embedder: Embedder) -> None:
        self._entries = tuple(entries)
        self._embedder = embedder
        self._turns: Conversation | None = None
        if any(entry.when for entry in self._entries):
            self._turns = Conversation([_turn(entry) for entry in self._entries], embedder)
            return
        texts = [entry.text for entry in self._entries]
        self._standing = StandingEntries(embedder.embed(texts), embedder)
        self._words = Bm25([terms(text, drop_stop_words=True) for text in texts])

    def search(self, query: str, k: int) -> list[tuple[str, float]]:
        """The k best entries, ids and scores, best first."""
        import numpy as np

        if self._turns is not None:
            return self._turns.search(query, k)
        if not self._entries:
            return []
        scores = self._standing.scores(self._embedder.embed([query])[0])
        if is_german(query):
            words = self._words.scores(terms(query, drop_stop_words=True))
            highest = float(words.max())
            scores = scores + _GERMAN_WORDS * words / highest if highest > 0 else scores
        return [(self._entries[at].id, float(scores[at])) for at in np.argsort(-scores, kind="stable")[:k].tolist()]


def search_entries(query: str, entries: Sequence[TextEntry], embedder: Embedder, k: int) -> list[tuple[str, float]]:
    """One query against entries; for many queries keep a `SearchableEntries`."""
    return SearchableEntries(entries, embedder).search(query, k)


def _turn(entry: TextEntry) -> Turn:
    named = _SPEAKER.match(entry.text) if not entry.speaker else None
    if named:
        return Turn(entry.id, named["text"], entry.when, named["speaker"])
    return Turn(entry.id, entry.text, entry.when, entry.speaker)

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
    from memory.embedding import Embedder, Vectors

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
    """A fixed list of entries, ready for many queries: standing sentences and remembered turns, each searched in its
    own way."""

    def __init__(self, entries: Sequence[TextEntry], embedder: Embedder, asked: Sequence[str] = ()) -> None:
        """`asked` are the queries that come together, where they are known: what lies close to all of them fits none of
        them well."""
        turns = [entry for entry in entries if entry.when]
        self._entries = tuple(entry for entry in entries if not entry.when)
        self._embedder = embedder
        self._turns = Conversation([_turn(entry) for entry in turns], embedder) if turns else None
        texts = [entry.text for entry in self._entries]
        self._rows = embedder.embed(texts)
        self._standing = StandingEntries(self._rows, embedder, asked)
        self._words = Bm25([terms(text, drop_stop_words=True) for text in texts])

    def search(self, query: str, k: int) -> list[tuple[str, float]]:
        """The k best entries, ids and scores, best first. Scores of the two kinds do not compare: where both are there
        the next one is of the kind whose next one lies closer to the query."""
        vector = self._embedder.embed([query])[0]
        standing = self._sentences(query, vector, k)
        if self._turns is None:
            return [found for found, _ in standing]
        near = self._turns.nearness(vector)
        turns = [((found, score), near[found]) for found, score in self._turns.search(query, k)]
        merged: list[tuple[str, float]] = []
        while len(merged) < k and (standing or turns):
            first = standing if not turns or (standing and standing[0][1] >= turns[0][1]) else turns
            merged.append(first.pop(0)[0])
        return merged

    def _sentences(self, query: str, vector: Vectors, k: int) -> list[tuple[tuple[str, float], float]]:
        """The best standing sentences with their scores, and how near each lies to the query."""
        import numpy as np

        if not self._entries:
            return []
        scores, near = self._standing.scores(vector), self._rows @ vector
        if is_german(query):
            words = self._words.scores(terms(query, drop_stop_words=True))
            highest = float(words.max())
            scores = scores + _GERMAN_WORDS * words / highest if highest > 0 else scores
        best = np.argsort(-scores, kind="stable")[:k].tolist()
        return [((self._entries[at].id, float(scores[at])), float(near[at])) for at in best]


def search_entries(query: str, entries: Sequence[TextEntry], embedder: Embedder, k: int) -> list[tuple[str, float]]:
    """One query against entries; for many queries keep a `SearchableEntries`."""
    return SearchableEntries(entries, embedder).search(query, k)


def _turn(entry: TextEntry) -> Turn:
    named = _SPEAKER.match(entry.text) if not entry.speaker else None
    if named:
        return Turn(entry.id, named["text"], entry.when, named["speaker"])
    return Turn(entry.id, entry.text, entry.when, entry.speaker)

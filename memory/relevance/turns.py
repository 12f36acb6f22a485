"""Which turns of a remembered conversation hold the answer? Word counting over a window, meaning, who and when.

The turn that answers often lacks the question's words: the turn before it asked for them. So a turn is indexed with its
neighbours of the same day (notes/relevance.md, 4). A name inside a text is the person addressed; a question about
somebody wants the turns in which that person speaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.facts.words import words_of
from memory.relevance.lexical import Bm25, stem, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.embedding import Embedder, Vectors

    Scores = NDArray[np.float32]

_WINDOW = ((0, 3), (-1, 2), (-2, 1), (1, 1))  # neighbour and how often its words count
_WORDS, _MEANING, _SPEAKER, _TIME_WORD, _MONTH = 0.75, 0.75, 1.5, 0.7, 0.7
_ASKS = 0.5  # a turn that itself asks seldom answers
_TIME = re.compile(
    r"\b(yesterday|today|tonight|tomorrow|ago|last|next|week|weekend|month|year|monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december|morning|"
    r"evening|summer|winter|spring|autumn|recently|since|gestern|heute|morgen|vor|letzte\w*|naechste\w*|woche|monat|"
    r"jahr|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|januar|februar|maerz|mai|juni|juli|oktober|"
    r"dezember)\b"
)
_MONTHS = (
    "january february march april may june july august september october november december "
    "januar februar maerz mai juni juli oktober dezember"
)
_WHEN = re.compile(r"^\s*(when|wann|how long|wie lange)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said: `when` as it was noted (turns with the same `when` belong together), `speaker` if known."""

    id: str
    text: str
    when: str = ""
    speaker: str = ""


class Conversation:
    """A fixed list of turns in order, ready to be asked."""

    def __init__(self, turns: Sequence[Turn], embedder: Embedder) -> None:
        import numpy as np

        self.turns = tuple(turns)
        self._embedder = embedder
        self._speakers = {turn.speaker.casefold() for turn in self.turns if turn.speaker}
        self._names = {stem(word) for speaker in self._speakers for word in words_of(speaker)}
        own = [self._content(turn.text) for turn in self.turns]
        self._words = Bm25([self._windowed(own, at) for at in range(len(self.turns))], b=0.5)
        said = embedder.embed([f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in self.turns])
        context = embedder.embed([self._with_previous(at) for at in range(len(self.turns))])
        self._rows = said + context
        self._asks = np.array([turn.text.rstrip().endswith("?") for turn in self.turns], dtype=np.float32)
        self._timed = [bool(_TIME.search(" ".join(words_of(turn.text)))) for turn in self.turns]
        self._dates = [set(words_of(turn.when)) for turn in self.turns]

    def scores(self, question: str) -> Scores:
        """One score per turn; comparable within this conversation only."""
        import numpy as np

        query = self._embedder.embed([question])[0]
        cosines = self._cosines(query)
        total: Scores = _WORDS * _z(self._words.scores(self._content(question))) + _MEANING * _z(cosines)
        total -= _ASKS * self._asks
        asked = set(words_of(question))
        named = [speaker for speaker in self._speakers if set(words_of(speaker)) & asked]
        if len(named) == 1:
            total += _SPEAKER * np.array([turn.speaker.casefold() == named[0] for turn in self.turns], dtype=np.float32)
        if _WHEN.search(question):
            total += _TIME_WORD * np.array(self._timed, dtype=np.float32)
        months = asked & set(_MONTHS.split())
        if months:
            total += _MONTH * np.array([bool(months & date) for date in self._dates], dtype=np.float32)
        return total

    def nearness(self, query: Vectors) -> dict[str, float]:
        """The cosine of every turn, by id, with a query's vector."""
        near = self._cosines(query)
        return {turn.id: float(cosine) for turn, cosine in zip(self.turns, near, strict=True)}

    def _cosines(self, query: Vectors) -> Scores:
        import numpy as np

        norms = np.linalg.norm(self._rows, axis=1)
        cosines: Scores = np.divide(self._rows @ query, np.where(norms > 0, norms, 1), dtype=np.float32)
        return cosines

    def search(self, question: str, k: int) -> list[tuple[str, float]]:
        """The k best turns, ids and scores."""
        import numpy as np

        scores = self.scores(question)
        return [(self.turns[at].id, float(scores[at])) for at in np.argsort(-scores, kind="stable")[:k].tolist()]

    def _content(self, text: str) -> list[str]:
        return [term for term in terms(text, drop_stop_words=True, conversational=True) if term not in self._names]

    def _windowed(self, own: list[list[str]], at: int) -> list[str]:
        made: list[str] = []
        for offset, times in _WINDOW:
            other = at + offset
            if 0 <= other < len(own) and self.turns[other].when == self.turns[at].when:
                made += own[other] * times
        return made

    def _with_previous(self, at: int) -> str:
        together = at > 0 and self.turns[at - 1].when == self.turns[at].when
        return f"{self.turns[at - 1].text} {self.turns[at].text}" if together else self.turns[at].text


def _z(values: Scores) -> Scores:
    spread = float(values.std()) if len(values) else 0.0
    shifted: Scores = values - values.mean() if len(values) else values
    return shifted / spread if spread > 0 else shifted * 0

"""Repairing a need against the words of the offers at hand: `nutri system` -> nutrisystem, `fragance` -> fragrance.

Only a word the offers hardly know is touched, and only towards one they know well; the original is always kept beside
the repaired form (notes/relevance.md, 2). With few offers nothing is repaired: words might turn wrong.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from memory.relevance.lexical import stem

FEWEST_OFFERS = 500
_RARE, _JOINED_FROM, _PAIR_FROM, _TIMES, _LETTERS = 2, 3, 3, 3, 5


class Repairer:
    """Counts of words and neighbours in a fixed set of offers."""

    def __init__(self, offers: Iterable[Sequence[str]]) -> None:
        """`offers` are the folded words of each offer in order, not stemmed."""
        self._words: Counter[str] = Counter()
        self._texts: list[str] = []
        for words in offers:
            self._words.update(set(words))
            self._texts.append(f" {' '.join(words)} ")
        self.size = len(self._texts)
        self._stems: Counter[str] = Counter()
        for word, times in self._words.items():
            self._stems[stem(word)] += times
        self._by_first: dict[str, list[str]] = defaultdict(list)
        for word, times in self._words.items():
            if times > _RARE and len(word) >= _LETTERS - 1:
                self._by_first[word[0]].append(word)

    def repaired(self, words: Sequence[str]) -> list[str]:
        """The need's words, repaired where the offers plainly say how; else the same words."""
        if self.size < FEWEST_OFFERS:
            return list(words)
        return [part for word in self._joined(words) for part in self._mended(word)]

    def _joined(self, words: Sequence[str]) -> list[str]:
        made: list[str] = []
        for word in words:
            joined = made[-1] + word if made else ""
            if (
                joined.isalpha()
                and self._words[joined]
                and self._words[joined] >= max(_JOINED_FROM, self._pairs(made[-1], word))
            ):
                made[-1] = joined
            else:
                made.append(word)
        return made

    def _mended(self, word: str) -> list[str]:
        if len(word) < _LETTERS or self._stems[stem(word)] > _RARE or not word.isalpha():
            return [word]
        cuts = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        best = max(cuts, key=lambda cut: self._pairs(*cut))
        if self._pairs(*best) >= _PAIR_FROM:
            return list(best)
        return [self._nearest(word) or word]

    def _pairs(self, first: str, second: str) -> int:
        """How many offers hold the two words side by side; few pairs are asked for, so nothing is counted ahead."""
        if not self._words[first] or not self._words[second]:
            return 0
        together = f" {first} {second} "
        return sum(together in text for text in self._texts)

    def _nearest(self, word: str) -> str | None:
        allowed = 1 if len(word) < _LETTERS + 1 else 2
        near = []
        for known in self._by_first[word[0]]:
            if abs(len(known) - len(word)) > allowed or self._words[known] < _TIMES * max(self._words[word], 1):
                continue
            steps = edits(word, known, allowed)
            if steps is not None and stem(known) != stem(word):
                near.append((steps, -self._words[known], known))
        return min(near)[2] if near else None


def edits(one: str, other: str, most: int) -> int | None:
    """Damerau-Levenshtein distance (neighbours may swap), or None when above `most`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        after = [at]
        for to, wanted in enumerate(other, 1):
            cost = min(row[to] + 1, after[to - 1] + 1, row[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, before[to - 2] + 1)
            after.append(cost)
        if min(after) > most:
            return None
        before, row = row, after
    return row[-1] if row[-1] <= most else None

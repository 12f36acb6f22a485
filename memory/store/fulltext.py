"""Asking the trigram index: which three-letter sequences of a query are worth their cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from memory.facts.words import words_of

if TYPE_CHECKING:
    from memory.store.store import Store

_SMALL = 3000  # entries; below, every sequence is asked for
_SAMPLE = 2000
_ROWS = 3000  # entries the index may have to score for one query: some 10 ms
_FEWEST = 3


def trigrams(text: str) -> list[str]:
    """The distinct three-letter sequences of the words of a text, in order; words under three letters drop out."""
    return list(dict.fromkeys(word[at : at + 3] for word in words_of(text) for at in range(len(word) - 2)))


def trigram_query(parts: Iterable[str]) -> str:
    """The FTS5 query that asks for any of these sequences (letters and digits only, so nothing to escape)."""
    return " OR ".join(f'"{part}"' for part in parts)


class TrigramRarity:
    """How common sequences are, estimated from a sample, so that a query over many entries asks for the rare ones."""

    def __init__(self) -> None:
        self._sampled_at = 0
        self._seen: Counter[str] = Counter()
        self._share = 1.0

    def worth_asking(self, store: Store, parts: Sequence[str]) -> Sequence[str]:
        """The parts to ask for: all in a small store, the rarest within the row budget in a large one."""
        last = cast("int | None", store.rows("SELECT max(no) FROM entry")[0][0]) or 0
        if last <= _SMALL:
            return parts
        if not self._sampled_at or last > 2 * self._sampled_at:
            self._sample(store, last)
        kept: list[str] = []
        cost = 0.0
        for part in sorted(parts, key=lambda part: self._seen[part]):
            cost += self._seen[part] * self._share
            if cost > _ROWS and len(kept) >= _FEWEST:
                break
            kept.append(part)
        return kept

    def _sample(self, store: Store, last: int) -> None:
        step = max(1, last // _SAMPLE)
        wanted = ", ".join(str(number) for number in range(1, last + 1, step))
        rows = store.rows(f"SELECT folded FROM entry WHERE no IN ({wanted})")
        self._seen = Counter(part for (folded,) in rows for part in trigrams(str(folded)))
        self._share, self._sampled_at = float(step), last

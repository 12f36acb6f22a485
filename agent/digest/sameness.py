"""Whether two messages are one: mass mail with only a name changed, and one offer told on several channels."""

from __future__ import annotations

import re
import unicodedata
from zlib import crc32

_GREETING = re.compile(
    r"^\s*(?:(?:dear|hello|hi|hey|good (?:morning|day|evening)|hallo|liebe[rs]?|guten (?:tag|morgen|abend)|moin|servus|"
    r"sehr geehrte[rs]?)\b[^\n,!.:]{0,60}[,!.:]?)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_WORD = re.compile(r"[^\W\d_]+|#")
_TITLES = frozenset(["herr", "herrn", "frau", "mr", "mrs", "ms", "miss", "dr", "prof"])
_SHINGLE, _FEWEST = 4, 5
ALIKE = 0.82
"""Share of word groups two texts have in common from which on they are one mass mail."""


def skeleton(text: str, names: frozenset[str] = frozenset()) -> frozenset[int]:
    """The groups of four words of a text without its greeting; numbers are one mark and the person's names another,
    however many words of them stand together."""
    plain = _GREETING.sub(" ", unicodedata.normalize("NFKC", text))
    words = _named(_WORD.findall(_NUMBER.sub(" # ", plain).lower()), names)
    if len(words) < _SHINGLE:
        return frozenset({crc32(" ".join(words).encode())})
    return frozenset(crc32(" ".join(words[at : at + _SHINGLE]).encode()) for at in range(len(words) - _SHINGLE + 1))


def _named(words: list[str], names: frozenset[str]) -> list[str]:
    found: list[str] = []
    for at, word in enumerate(words):
        titled = word in _TITLES and at + 1 < len(words) and words[at + 1] in names
        if word not in names and not titled:
            found.append(word)
        elif not found or found[-1] != "@":
            found.append("@")
    return found


def alike(one: frozenset[int], other: frozenset[int]) -> float:
    """How much two skeletons have in common, 0 to 1 (Jaccard)."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


class Seen:
    """Skeletons seen so far, found again by the groups they share."""

    def __init__(self) -> None:
        self._all: list[frozenset[int]] = []
        self._having: dict[int, list[int]] = {}

    def like(self, text: frozenset[int]) -> int | None:
        """The number of an earlier text that is the same but for names and numbers; a few words prove nothing."""
        if len(text) < _FEWEST:
            return None
        shared: dict[int, int] = {}
        for group in text:
            for number in self._having.get(group, ()):
                shared[number] = shared.get(number, 0) + 1
        near = sorted(shared, key=lambda number: (-shared[number], number))[:5]
        return next((number for number in near if alike(text, self._all[number]) >= ALIKE), None)

    def add(self, text: frozenset[int]) -> int:
        """Remember a text; returns its number."""
        number = len(self._all)
        self._all.append(text)
        for group in text:
            self._having.setdefault(group, []).append(number)
        return number

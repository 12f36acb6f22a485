"""How people and companies speak of each data category: a curated list in English and German (`phrases.toml`).

Used to read the rules a person writes and to match a company's question to a category.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from memory.facts.vocabulary import CategoryId, category

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'", "‑": "-"})
_WORD = re.compile(r"[a-z0-9]+")
_ENDINGS = ("es", "en", "er", "em", "e", "s", "n")
_COMPOUND_FROM = 5  # a noun of at least this many letters may stand inside a German compound


@dataclass(frozen=True, slots=True)
class CategoryPhrases:
    """Names of a category (`nouns`) and questions for it in other words (`asks`), both languages together."""

    nouns: tuple[str, ...]
    asks: tuple[str, ...]


@cache
def phrases() -> dict[CategoryId, CategoryPhrases]:
    """The curated list; every key is a known category (a test holds this)."""
    table = tomllib.loads(files("memory.facts").joinpath("phrases.toml").read_text(encoding="utf-8"))
    return {
        category(term).id: CategoryPhrases(tuple(entry["nouns"]), tuple(entry["asks"])) for term, entry in table.items()
    }


def fold(text: str) -> str:
    """Lower case, umlauts written out, accents dropped: one spelling for matching, never for showing."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", lowered.translate(_UMLAUTS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return _WORD.findall(fold(text))


def root(word: str) -> str:
    """A word without its commonest English or German ending: enough to match `Kinder` with `Kindern`."""
    for ending in _ENDINGS:
        if len(word) - len(ending) >= 4 and word.endswith(ending):
            return word[: -len(ending)]
    return word


@dataclass(frozen=True, slots=True)
class Mention:
    """A category named in a text, at word positions `start` to `end` (half-open)."""

    category: CategoryId
    start: int
    end: int


@cache
def _noun_index() -> dict[str, tuple[tuple[CategoryId, tuple[str, ...]], ...]]:
    """From the root of a noun's last word to the nouns that end in it."""
    index: dict[str, list[tuple[CategoryId, tuple[str, ...]]]] = {}
    for term, entry in phrases().items():
        for noun in entry.nouns:
            roots = tuple(root(word) for word in words_of(noun))
            index.setdefault(roots[-1], []).append((term, roots))
    return {last: tuple(entries) for last, entries in index.items()}


def mentions(text: str) -> tuple[Mention, ...]:
    """The categories named in a text by one of their nouns, longest noun first where several overlap."""
    roots = [root(word) for word in words_of(text)]
    found: list[tuple[int, bool, int, Mention]] = []
    for end, last in enumerate(roots, 1):
        for key in {last, *_compound_heads(last)}:
            for term, noun in _noun_index().get(key, ()):
                start = end - len(noun)
                if start >= 0 and tuple(roots[start : end - 1]) == noun[:-1]:
                    found.append((len(noun), key == last, len(key), Mention(term, start, end)))
    found.sort(key=lambda hit: hit[:3], reverse=True)
    taken: set[int] = set()
    kept: list[tuple[tuple[int, bool, int], Mention]] = []
    for length, whole, letters, hit in found:
        rank = (length, whole, letters)
        positions = set(range(hit.start, hit.end))
        equal = any(other == rank and (m.start, m.end) == (hit.start, hit.end) for other, m in kept)
        if equal or not positions & taken:
            kept.append((rank, hit))
            taken |= positions
    return tuple(sorted({hit for _, hit in kept}, key=lambda hit: (hit.start, hit.category)))


_PURPOSE = re.compile(
    r"\s(?:in order to|so that|so (?=we|i|our)|to|for|because|since|as (?=we|our|this|it)|with|"
    r"damit|um|für|fuer|weil|zwecks|zur|zum)\s",
    re.IGNORECASE,
)


def asked_part(sentence: str) -> str:
    """A question without what it gives as its reason: "your age to match the climb to you" asks for an age only.

    The reason is cut off only where what stands before it names a kind of data.
    """
    for marker in _PURPOSE.finditer(sentence):
        head = sentence[: marker.start()]
        if mentions(head):
            return head
    return sentence


@cache
def _compound_heads(word: str) -> tuple[str, ...]:
    """Nouns inside this word: its end, as in `Haushaltsnettoeinkommen`, or its start, as in `Einkommensnachweis`."""
    return tuple(
        noun
        for noun in _noun_index()
        if (len(noun) >= _COMPOUND_FROM and len(word) - len(noun) >= 3 and word.endswith(noun))
        or (len(noun) > _COMPOUND_FROM and len(word) - len(noun) >= 4 and word.startswith(noun))
    )

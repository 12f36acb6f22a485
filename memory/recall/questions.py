"""A company's question in its own words, matched to kinds of data: "what do you take home each month?" -> pd:Income.

Two sides look at each clause. The lexical side (curated nouns and questions in both languages, word roots weighted by
rarity) carries German; the model side (cosine with the same questions) carries English paraphrase. All categories
above the threshold are returned: the strictest rule among them must win. Nothing above it means *unmatched*, which the
caller treats as `ask`, never as a permit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import log, sqrt
from typing import TYPE_CHECKING

from memory.facts import CategoryId, ancestors
from memory.facts.words import asked_part, mentions, phrases, root, words_of

if TYPE_CHECKING:
    from memory.embedding import Embedder, Vectors

MAX_LENGTH = 2000  # characters of a question that are looked at; the rest makes the match uncertain
LEXICAL_FROM = 0.605
MODEL_FROM = 0.56
_NEAR_BEST = 0.85  # a weaker category counts only this close to the clause's best

_SENTENCE = re.compile(r"[?!;\n]+|\.(?=\s|$)")
_CLAUSE = re.compile(r"[?!;\n]+|\.(?=\s|$)|,\s+|\s+(?:and|und|sowie|as well as)\s+", re.IGNORECASE)
_GERMAN_WORDS = (
    "sie ihr ihre ihren ihrem ihrer wie was wo wer wann welche welcher welches ist sind haben hat und der die das den "
    "dem ein eine einen bitte im in bei fuer von mit auf wir uns es zu wird werden moechten koennen duerfen"
)
_GERMAN = frozenset(_GERMAN_WORDS.split())
_EMPTY_WORDS = (
    "a an the of to do does did is are was were be have has had you your yours we us our i me my please could can may "
    "would will shall should tell ask let give send confirm need want for on in at by with from that this it "
    "sie ihr ihre ihren ihrem ihrer wir uns unser der die das den dem des ein eine einen einem einer ist sind war "
    "haben hat hatten bitte koennen koennten duerfen wuerden sollen wollen moechten nennen sagen es zu im am an auf "
    "bei mit von fuer und oder or and so denn also schon noch"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_QUESTION_WORDS = frozenset(
    ("who", "what", "where", "when", "which", "how", "wer", "was", "wo", "wann", "welch", "wie", "wohin")
)


class MatchedBy(StrEnum):
    """What matched a question to a category."""

    NOUN = "noun"  # the question names it
    PHRASE = "phrase"  # it shares its rare words with a known question
    MODEL = "model"  # it means what a known question means
    RULE = "rule"  # it lies close to the sentence of one of the person's rules


@dataclass(frozen=True, slots=True)
class CategoryMatch:
    """A category a question may be asking for; `similarity` is 0 to 1, `phrase` the nearest known wording."""

    category: CategoryId
    similarity: float
    by: MatchedBy
    phrase: str

    @classmethod
    def from_rule(cls, category: CategoryId, similarity: float, text: str) -> CategoryMatch:
        """A category that counts as asked for because a rule's sentence is close to the question."""
        return cls(category, similarity, MatchedBy.RULE, text)


def match_categories(
    question: str, embedder: Embedder | None = None, *, kept: Embedder | None = None
) -> tuple[CategoryMatch, ...]:
    """The kinds of data a text asks for, best first; empty when nothing is close enough.

    Without an embedder only the lexical side looks. `kept`, the same model with a store behind it, embeds our own
    known questions; the company's words go to `embedder` only. Broader categories give way to narrower ones of equal
    strength.
    """
    best: dict[CategoryId, CategoryMatch] = {}
    sentences = [asked_part(sentence) for sentence in _SENTENCE.split(question[:MAX_LENGTH])]
    clauses = [clause for asked in sentences for clause in _CLAUSE.split(asked) if len(words_of(clause)) > 0]
    model = _model_matches(clauses, embedder, kept or embedder)
    for clause, by_model in zip(clauses, model, strict=True):
        for match in _strongest([*_noun_matches(clause), *_phrase_matches(clause), *by_model]):
            known = best.get(match.category)
            if known is None or match.similarity > known.similarity:
                best[match.category] = match
    return tuple(sorted(best.values(), key=lambda match: (-match.similarity, match.category)))


def _strongest(matches: list[CategoryMatch]) -> list[CategoryMatch]:
    """What lies close to the clause's best, without the broader of two that speak of the same."""
    if not matches:
        return []
    top = max(match.similarity for match in matches)
    kept = [match for match in matches if match.similarity >= top * _NEAR_BEST]
    narrow = {broad for match in kept for broad in ancestors(match.category) if broad != match.category}
    return [match for match in kept if match.category not in narrow]


def _noun_matches(clause: str) -> list[CategoryMatch]:
    return [
        CategoryMatch(hit.category, 1.0, MatchedBy.NOUN, " ".join(words_of(clause)[hit.start : hit.end]))
        for hit in mentions(clause)
    ]


@dataclass(frozen=True, slots=True)
class _Phrase:
    category: CategoryId
    text: str
    roots: frozenset[str]
    weight: float


@cache
def _known() -> tuple[tuple[_Phrase, ...], dict[str, float]]:
    """Every known question with its roots, and the rarity of each root among them."""
    every = [(term, text, _roots(text)) for term, entry in phrases().items() for text in (*entry.asks, *entry.nouns)]
    asks = [phrase for phrase in every if phrase[2] - _QUESTION_WORDS]
    count: dict[str, int] = {}
    for _, _, roots in asks:
        for word in roots:
            count[word] = count.get(word, 0) + 1
    rarity = {word: log(1 + len(asks) / seen) for word, seen in count.items()}
    made = tuple(_Phrase(term, text, roots, sum(rarity[w] for w in roots)) for term, text, roots in asks)
    return made, rarity


def _roots(text: str) -> frozenset[str]:
    return frozenset(root(word) for word in words_of(text) if word not in _EMPTY)


def _phrase_matches(clause: str) -> list[CategoryMatch]:
    known, rarity = _known()
    asked = _roots(clause)
    usual = log(1 + len(known))
    whole = sum(rarity.get(word, usual * 0.6) for word in asked)
    found: dict[CategoryId, CategoryMatch] = {}
    for phrase in known:
        shared = sum(rarity[word] for word in asked & phrase.roots)
        if not shared:
            continue
        similarity = shared / sqrt(whole * phrase.weight)
        if similarity >= LEXICAL_FROM and (
            phrase.category not in found or found[phrase.category].similarity < similarity
        ):
            found[phrase.category] = CategoryMatch(phrase.category, similarity, MatchedBy.PHRASE, phrase.text)
    return list(found.values())


def is_german(text: str) -> bool:
    """Whether the text looks German (one function word decides)."""
    return bool(_GERMAN & set(words_of(text)) - {"in", "was", "die", "war"})


class _PhraseVectors:
    """The vectors of the known English questions, once per embedder."""

    def __init__(self, embedder: Embedder) -> None:
        self.phrases = [(term, text) for term, entry in phrases().items() for text in entry.asks if not is_german(text)]
        self.rows: Vectors = embedder.embed([f"{text}?" for _, text in self.phrases])


_VECTORS: dict[str, _PhraseVectors] = {}


def _model_matches(
    clauses: list[str], embedder: Embedder | None, kept: Embedder | None
) -> Iterable[list[CategoryMatch]]:
    found: list[list[CategoryMatch]] = [[] for _ in clauses]
    english = [at for at, clause in enumerate(clauses) if not is_german(clause)]  # MiniLM reads no German
    if embedder is None or kept is None or embedder.id.startswith("ngram") or not english:
        return found
    if embedder.id not in _VECTORS:
        _VECTORS[embedder.id] = _PhraseVectors(kept)
    known = _VECTORS[embedder.id]
    cosines = embedder.embed([f"{clauses[at].strip()}?" for at in english]) @ known.rows.T
    for at, similar in zip(english, cosines, strict=True):
        best: dict[CategoryId, CategoryMatch] = {}
        for (term, text), cosine in zip(known.phrases, similar.tolist(), strict=True):
            if cosine >= MODEL_FROM and (term not in best or best[term].similarity < cosine):
                best[term] = CategoryMatch(term, cosine, MatchedBy.MODEL, text)
        found[at] = list(best.values())
    return found

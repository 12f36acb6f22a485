"""How well does an offer's text fit a need? Vectors, feedback from the best titles, and a little word counting.

    score = .4 meaning + .6 feedback + .1 BM25(title) + .15 BM25(title and description)

where meaning is the cosine of the need with an offer and feedback the cosine with the mean of the ten best offers, less
.6 of the mean of those that only look like them (places 31 to 70; Rocchio 1971). Over several needs at once the
question is which few to show at all: there the parts count half and half, and feedback is the mean of thirty offers
weighted by how good each is, which a need with few good offers cannot fill up with middling ones. Both are taken over
titles and over whole texts, half and half. A need for which many offers are about as good is sure of none of them, so
.3 of the mean of its places 6 to 15 comes off there. No training; otherwise the raw score is comparable over needs.

Among German offers .8 of the cosine of letter sequences comes on top for the best few hundred: the model knows little
German, and letters find the parts of its compounds (in English they only do harm).
It chooses candidates for attention only: utility and release read typed fields, and hard limits are rules outside.
Feedback lives for one ranking, and identical titles count once in it, so a flood of copies cannot pull it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memory.embedding import NGram
from memory.facts.words import words_of
from memory.recall.questions import is_german
from memory.relevance.lexical import Bm25, terms
from memory.relevance.spelling import Repairer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.embedding import Embedder, Vectors

    Scores = NDArray[np.float32]

_UMLAUT = re.compile("[äöüß]", re.IGNORECASE)
_SEED_WORDS = 0.25  # weight of word counting when choosing the titles that give feedback
_FEEDBACK, _FEEDBACK_OF_FEW, _FEW = 10, 8, 1500
_LIKE, _FROM, _AWAY = 40, 3, 0.6  # so many look-alikes, from this many times the feedback on, weigh against it
_MANY, _MANY_OF_FEW = (30, 15.0), (8, 10.0)  # over several needs: so many offers, weighted by exp(this * score)
_LETTERS, _LETTERS_FOR, _GERMAN_FROM = 0.8, 300, 0.2  # weight, for so many offers, from this share of German ones on
_CROWD_FROM, _CROWD_TO, _CROWD = 5, 15, 0.3  # over several needs: so much off of the mean of these places of a need
_FED_ONE, _FED_MANY, _TITLE_WORDS, _ALL_WORDS = 0.6, 0.5, 0.1, 0.15


@dataclass(frozen=True, slots=True)
class NeedText:
    """A need as text."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class OfferText:
    """An offer as text; theirs, so it may decide attention and nothing else."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Relevance:
    """One offer in a ranking. `need` is the need it fits best; the parts add up to `score`."""

    id: str
    need: str
    score: float
    meaning: float
    feedback: float
    words: float
    crowd: float = 0.0
    """Below zero where many offers fit the need about as well."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """Scores of all offers for one need."""

    meaning: Scores
    feedback: Scores
    words: Scores

    @property
    def total(self) -> Scores:
        return self.meaning + self.feedback + self.words


class OfferTexts:
    """A fixed set of offers, ready to be ranked for any need."""

    def __init__(self, offers: Sequence[OfferText], embedder: Embedder) -> None:
        """Embeds titles and whole texts (through the cache: once per text)."""
        self.offers = tuple(offers)
        self._embedder = embedder
        title_terms = [terms(offer.title) for offer in self.offers]
        whole = [f"{offer.title}. {offer.description}".strip() for offer in self.offers]
        self._title_words = Bm25(title_terms)
        self._all_words = Bm25(
            [[*title, *title, *terms(offer.description)] for title, offer in zip(title_terms, self.offers, strict=True)]
        )
        self._repairer = Repairer(map(words_of, whole))
        self._titles = embedder.embed([offer.title for offer in self.offers])
        self._wholes = embedder.embed(whole)
        german = sum(bool(_UMLAUT.search(text)) or is_german(text) for text in whole)
        self._in_german = german >= _GERMAN_FROM * max(1, len(whole)) and not embedder.id.startswith("ngram")
        self._texts = whole
        self._first_of_title = _first_places([offer.title for offer in self.offers])

    def rank(self, need: NeedText, k: int) -> tuple[Relevance, ...]:
        """The k offers that fit one need best."""
        return self.rank_over([need], k)

    def rank_over(
        self, needs: Sequence[NeedText], k: int, *, among: Collection[str] | None = None
    ) -> tuple[Relevance, ...]:
        """The k offers with the highest score over all needs; each offer once, under its best need.

        With `among` only those ids are ranked, while feedback and word statistics still come from all offers at hand.
        """
        import numpy as np

        if not self.offers or not needs:
            return ()
        parts = [self._parts(need.text, alone=len(needs) == 1) for need in needs]
        ids = np.array([offer.id for offer in self.offers])
        wanted = set(among) if among is not None else None
        here = np.array([wanted is None or offer.id in wanted for offer in self.offers])
        crowds = [_crowding(one.total[here]) if len(needs) > 1 else 0.0 for one in parts]
        totals = np.stack([one.total + crowd for one, crowd in zip(parts, crowds, strict=True)])
        which, highest = totals.argmax(axis=0), totals.max(axis=0)
        order = np.lexsort((ids, -highest))  # ids break ties, so order of arrival does not matter
        return tuple(
            Relevance(
                self.offers[at].id,
                needs[which[at]].id,
                float(highest[at]),
                float(parts[which[at]].meaning[at]),
                float(parts[which[at]].feedback[at]),
                float(parts[which[at]].words[at]),
                crowds[which[at]],
            )
            for at in [at for at in order.tolist() if here[at]][:k]
        )

    def _parts(self, text: str, *, alone: bool) -> _Parts:
        forms = self._forms(text)
        need = _unit(self._embedder.embed(forms).mean(axis=0))
        by_title = _over_forms(self._title_words, forms)
        by_all = _over_forms(self._all_words, forms)
        meaning = self._both(need, need)
        seed = meaning + _SEED_WORDS * by_title
        fed = self._both(*(self._feedback(seed) if alone else self._sharp_feedback(seed)))
        words = _TITLE_WORDS * by_title + _ALL_WORDS * by_all
        if self._in_german:
            words = words + _LETTERS * self._letters(text, meaning + words)
        share = _FED_ONE if alone else _FED_MANY
        return _Parts((1 - share) * meaning, share * fed, words)

    def _both(self, for_titles: Vectors, for_wholes: Vectors) -> Scores:
        scores: Scores = self._titles @ for_titles
        scores += self._wholes @ for_wholes
        scores *= 0.5
        return scores

    def _letters(self, text: str, seed: Scores) -> Scores:
        """The cosine of letter sequences for the best offers, 0 for the rest."""
        import numpy as np

        best = np.argsort(-seed, kind="stable")[:_LETTERS_FOR]
        rows = NGram().embed([text, *(self._texts[at] for at in best.tolist())])
        near: Scores = np.zeros(len(seed), dtype=np.float32)
        near[best] = rows[1:] @ rows[0]
        return near

    def _forms(self, text: str) -> list[str]:
        """The need as written, and as repaired when that differs."""
        words = words_of(text)
        repaired = self._repairer.repaired(words)
        return [text] if repaired == words else [text, " ".join(repaired)]

    def _feedback(self, seed: Scores) -> tuple[Vectors, Vectors]:
        """The mean title and the mean whole text of the best offers, away from those that come long after them. Each
        title counts once; few offers have no look-alikes to speak of."""
        count = _FEEDBACK if len(self.offers) > _FEW else _FEEDBACK_OF_FEW
        order = self._order(seed)
        best, like = order[:count], order[_FROM * count : _FROM * count + _LIKE]
        made = [_unit(rows[best].mean(axis=0)) for rows in (self._titles, self._wholes)]
        if len(like) == _LIKE:
            rows_of = zip(made, (self._titles, self._wholes), strict=True)
            made = [_unit(mean - _AWAY * rows[like].mean(axis=0)) for mean, rows in rows_of]
        return made[0], made[1]

    def _sharp_feedback(self, seed: Scores) -> tuple[Vectors, Vectors]:
        """Means weighted by how good each offer is, each title counted once."""
        import numpy as np

        count, sharpness = _MANY if len(self.offers) > _FEW else _MANY_OF_FEW
        best = self._order(seed)[:count]
        weights = np.exp(sharpness * (seed[best] - seed[best].max()))[:, None]
        return _unit((self._titles[best] * weights).sum(axis=0)), _unit((self._wholes[best] * weights).sum(axis=0))

    def _order(self, seed: Scores) -> NDArray[np.int64]:
        """Places of distinct titles, best first."""
        import numpy as np

        places = self._first_of_title
        ordered: NDArray[np.int64] = places[np.argsort(-seed[places], kind="stable")]
        return ordered


def rank_offers(
    needs: Sequence[NeedText], offers: Sequence[OfferText], embedder: Embedder, *, k: int, each: bool = False
) -> tuple[tuple[str | None, tuple[Relevance, ...]], ...]:
    """With `each` one ranking per need (need id, k offers); without it one ranking over all needs (None, k offers)."""
    ready = OfferTexts(offers, embedder)
    if each:
        return tuple((need.id, ready.rank(need, k)) for need in needs)
    return ((None, ready.rank_over(needs, k)),)


def _crowding(scores: Scores) -> float:
    """What comes off a need's scores for how good its middling offers are; a handful of offers is no crowd."""
    import numpy as np

    if len(scores) < _CROWD_TO:
        return 0.0
    best = -np.sort(-scores)[_CROWD_FROM:_CROWD_TO]
    return -_CROWD * float(best.mean())


def _over_forms(index: Bm25, forms: Sequence[str]) -> Scores:
    """The best of the forms' scores, as a share of the need's highest."""
    import numpy as np

    scores = np.stack([index.scores(terms(form)) for form in forms]).max(axis=0)
    highest = float(scores.max()) if len(scores) else 0.0
    shares: Scores = scores / highest if highest > 0 else scores
    return shares


def _first_places(titles: Sequence[str]) -> NDArray[np.int64]:
    import numpy as np

    first: dict[str, int] = {}
    for at, title in enumerate(titles):
        first.setdefault(" ".join(words_of(title)), at)
    return np.array(sorted(first.values()), dtype=np.int64)


def _unit(row: Vectors) -> Vectors:
    import numpy as np

    norm = float(np.linalg.norm(row))
    unit: Vectors = row / norm if norm > 0 else row
    return unit

"""BM25 over short texts (Robertson and Zaragoza 2009), with English and German stems; numpy, exact, no training."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from memory.facts.words import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TOKEN = re.compile(r"[a-z]+|[0-9]+")  # letters and digits part ways: "ps3" is "ps 3"
_STOP_WORDS = (
    "a about after all also am an and any are as at be because been before being but by can could did do does doing "
    "down during each few for from further had has have having he her here hers him his how i if in into is it its "
    "just me more most my no nor not now of off on once only or other our out over own s same she should so some such "
    "t than that the their them then there these they this those through to too under until up very was we were what "
    "when where which while who whom why will with would you your d ll m re ve don "
    "der die das und oder ein eine einen einem einer ist sind war im in am an zu von mit fuer auf aus bei nach ueber "
    "nicht ich sie er es wir ihr mein meine meinen den dem des wie was wo wer wann auch noch nur so als"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


# Irregular English forms, each line led by its base: "when did she go" must meet "I went".
_IRREGULAR_FORMS = (
    "begin began begun|bring brought|build built|buy bought|catch caught|choose chose chosen|come came|draw drew drawn|"
    "drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feel felt|fight fought|find found|"
    "fly flew flown|"
    "forget forgot forgotten|get got gotten|give gave given|go went gone|grow grew grown|hear heard|hide hid hidden|"
    "hold held|keep kept|know knew known|lead led|learn learnt|leave left|lend lent|lose lost|make made|mean meant|"
    "meet met|pay paid|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|sell sold|"
    "send sent|"
    "show shown|sing sang sung|sit sat|sleep slept|speak spoke spoken|spend spent|stand stood|steal stole stolen|"
    "swim swam swum|take took taken|teach taught|tell told|think thought|throw threw thrown|understand understood|"
    "wake woke woken|wear wore worn|win won|write wrote written|child children|person people|man men|woman women|"
    "mom mother mum|dad father"
)
_BASE_OF = {form: line.split()[0] for line in _IRREGULAR_FORMS.split("|") for form in line.split()}


@lru_cache(maxsize=4)
def _stemmer(language: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(language)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The Snowball stem, English (German words keep a usable stem too: endings are alike)."""
    return str(_stemmer("english").stemWord(word))


def terms(text: str, *, drop_stop_words: bool = False, conversational: bool = False) -> list[str]:
    """The stemmed words of a text in order, letters and digits apart.

    `conversational` brings irregular forms together; in goods it would confuse a saw with seeing.
    """
    words = [word for word in _TOKEN.findall(fold(text)) if not drop_stop_words or word not in STOP_WORDS]
    return [stem(_BASE_OF.get(word, word) if conversational else word) for word in words]


class Bm25:
    """Scores of a query against every text of a fixed collection."""

    def __init__(self, texts: Iterable[Sequence[str]], *, k1: float = 1.2, b: float = 0.75) -> None:
        """`texts` are lists of terms (a term that counts more stands in the list more often)."""
        import numpy as np

        counts = [Counter(terms_of) for terms_of in texts]
        lengths = np.array([sum(count.values()) for count in counts], dtype=np.float32)
        self.size = len(counts)
        scale = k1 * (1 - b + b * lengths / max(float(lengths.mean()) if self.size else 1.0, 1e-9))
        postings: dict[str, list[tuple[int, int]]] = {}
        for at, count in enumerate(counts):
            for term, times in count.items():
                postings.setdefault(term, []).append((at, times))
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        for term, seen in postings.items():
            places = np.array([at for at, _ in seen], dtype=np.int64)
            times_in = np.array([times for _, times in seen], dtype=np.float32)
            rarity = np.log1p((self.size - len(seen) + 0.5) / (len(seen) + 0.5))
            self._postings[term] = (
                places,
                (rarity * times_in * (k1 + 1) / (times_in + scale[places])).astype(np.float32),
            )

    def scores(self, query: Iterable[str]) -> NDArray[np.float32]:
        """One score per text; a term that stands twice in the query counts twice."""
        import numpy as np

        total = np.zeros(self.size, dtype=np.float32)
        for term, times in Counter(query).items():
            if term in self._postings:
                places, weights = self._postings[term]
                total[places] += times * weights
        return total

"""Which standing preferences does a question need? Cosines, centred and corrected for hubs (notes/relevance.md, 3).

Some sentences lie close to every question ("I prefer ..."). Both sides are centred, and each stored sentence pays for
how close it lies to a bank of questions: everyday ones of our own, and those that are asked together with this one,
which from a hundred on stand alone (Lample et al. 2018 correct hubs by the queries at hand the same way). Word counting
does not help here and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from memory.embedding import Embedder, Vectors

_HUB_NEIGHBOURS = 10
_HUB_WEIGHT = 0.5
_CENTRE_FROM = 8  # the mean of fewer sentences says nothing about sentences in general
_ENOUGH_ASKED = 100
"""From so many on real questions say more alone than with ours: measured on random parts of 479 questions."""

_THINGS = (
    "a hotel in London|a restaurant for tonight|a flight to Tokyo|a train trip through France|a rental car|"
    "things to do in Barcelona|a weekend trip|a beach holiday|a hiking trail|a museum to visit|a workout routine|"
    "a gym|a yoga class|running shoes|a healthy breakfast|a recipe for dinner|a vegetarian meal|a birthday cake|"
    "a good wine|a coffee machine|a new laptop|a smartphone|headphones|a camera|a television|a video game|"
    "a board game|a book to read|a film for the evening|a series to watch|music to listen to|a concert|a podcast|"
    "a sport to take up|a football match|a language course|a programming course|a way to study for an exam|"
    "a university|a tutor for mathematics|a job in marketing|a way to work from home|an office chair|a career change|"
    "a winter coat|a dress for a wedding|shoes for work|a handbag|jewellery as a present|skin care|a shampoo|"
    "a perfume|a sofa|a mattress|kitchen equipment|garden plants|a vacuum cleaner|curtains for the bedroom|"
    "a used car|an electric car|car insurance|motor oil|a dog|a cat|food for my pet|a toy for my nephew|"
    "help with sleeping|relief for back pain|a doctor|a mobile phone plan"
)
_FORMS = ("Can you recommend {}?", "I am looking for {}. What do you suggest?", "What should I know about choosing {}?")


def question_bank() -> list[str]:
    """The everyday questions that hubs are measured against: forms filled with things, and freely worded ones.

    Both kinds together: .457 recall@5 among 479 preferences, forms alone .434, free ones alone .438.
    """
    free = files("memory.relevance").joinpath("everyday_questions.txt").read_text(encoding="utf-8").splitlines()
    filled = [form.format(thing) for thing in _THINGS.split("|") for form in _FORMS]
    return [*filled, *(line for line in free if line and not line.startswith("#"))]


class StandingEntries:
    """A fixed set of stored sentences, ready to be asked; building costs one product with the bank."""

    def __init__(self, rows: Vectors, embedder: Embedder, asked: Sequence[str] = ()) -> None:
        """`rows` are the unit vectors of the stored sentences from the same embedder, `asked` the questions that come
        together."""
        import numpy as np

        others = list(dict.fromkeys(asked))
        bank = embedder.embed(others if len(others) >= _ENOUGH_ASKED else [*question_bank(), *others])
        self._bank_mean = bank.mean(axis=0)
        self._mean = rows.mean(axis=0) if len(rows) >= _CENTRE_FROM else np.zeros_like(self._bank_mean)
        self._rows = _unit(rows - self._mean)
        near = self._rows @ _unit(bank - self._bank_mean).T
        top = np.partition(near, -_HUB_NEIGHBOURS, axis=1)[:, -_HUB_NEIGHBOURS:] if len(rows) else near
        self._hubs: NDArray[np.float32] = top.mean(axis=1) if len(rows) else np.zeros(0, dtype=np.float32)

    def scores(self, query: Vectors) -> NDArray[np.float32]:
        """A score per stored sentence for one query vector; higher needs it more. Zero is about average."""
        centred = _unit((query - self._bank_mean)[None, :])[0]
        scores: NDArray[np.float32] = self._rows @ centred - _HUB_WEIGHT * self._hubs
        return scores


def _unit(rows: Vectors) -> Vectors:
    import numpy as np

    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return unit

"""Recall: what the person once said or decided that matters for a text. It finds and tightens; it never permits.

Vectors bring candidates, full text brings German compounds, structure (category, validity, hard) decides. Cosines are
always exact: the index on disk only proposes whom to score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from memory.embedding import Cached, Embedder
from memory.errors import VectorIndexError
from memory.facts import CategoryId, covers
from memory.preferences import Preference, PreferenceId
from memory.recall.chroma import current_folder, drop_all, new_folder
from memory.recall.drawers import Drawer, ExactDrawer, condition, kind_of_drawer
from memory.recall.indexer import IndexProcess
from memory.recall.questions import CategoryMatch, is_german, match_categories
from memory.rules import PrivacyRule, RuleId
from memory.store import PastDecision, Store

if TYPE_CHECKING:
    from memory.embedding import Vectors

_OVERFETCH = 4  # the index proposes this many times k, since filters and exact scores drop some
_OPENS_AT_ONCE = 5000  # entries that a search may wait for (10 s); more are indexed by `health` or `rebuild`
_ASKED = 256  # texts whose vectors and kinds of data are remembered
_AT_ONCE = 32  # texts embedded between two looks at `should_stop`: a second or so of MiniLM
_RULE_FROM = 0.62  # a rule's own sentence this close to the question makes its category count as asked for
_SAME_CATEGORY = 0.1
# Full text against cosine: measured on English and German pairs (notes/dependencies.md, 5); it hurts English.
_TEXT_WEIGHT_ENGLISH, _TEXT_WEIGHT_GERMAN, _TEXT_WEIGHT_NGRAM = 0.05, 0.25, 0.3


class Why(StrEnum):
    """What brought an entry up."""

    VECTOR = "vector"
    TEXT = "text"
    CATEGORY = "category"
    HARD = "hard"  # a hard preference of the category always comes along


@dataclass(frozen=True, slots=True)
class Recalled:
    """One entry that came up. `similarity` is the exact cosine (None when it has no vector yet), `score` the order."""

    drawer: Drawer
    id: str
    score: float
    similarity: float | None
    because: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class NeedRecall:
    """What completes a need: preferences (hard ones first), and decisions about the like."""

    preferences: tuple[Recalled, ...]
    decisions: tuple[Recalled, ...]

    def ids(self) -> tuple[PreferenceId, ...]:
        """The recalled preferences' ids, in order."""
        return tuple(PreferenceId(found.id) for found in self.preferences)


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule that speaks about what was asked; `similarity` to its sentence, None when found by category alone."""

    rule_id: RuleId
    category: CategoryId
    similarity: float | None
    by_category: bool


@dataclass(frozen=True, slots=True)
class QuestionMatch:
    """What a company's question asks for. No category means unmatched: the caller asks the person.

    With several categories the strictest decision among them must win.
    """

    categories: tuple[CategoryMatch, ...]
    rules: tuple[RuleMatch, ...]

    @property
    def is_matched(self) -> bool:
        """Whether any kind of data was recognised."""
        return bool(self.categories)


@dataclass(frozen=True, slots=True)
class Health:
    """State of the vector index: `engine` "chromadb" or "exact", `repaired` when it had to be rebuilt at open,
    `waiting` entries without a vector."""

    engine: str
    repaired: bool
    waiting: int
    entries: int
    embedder: str


class Recall:
    """Search over one store. Open one per process; only the runner passes `holds_runner_lock=True`."""

    def __init__(self, store: Store, embedder: Embedder, *, holds_runner_lock: bool = False) -> None:
        self._store = store
        self.embedder = Cached(embedder, store)
        self._exact = {drawer: ExactDrawer(store, embedder.id, embedder.dimension, drawer) for drawer in Drawer}
        self._may_open = holds_runner_lock
        self._index: IndexProcess | None = None
        self._indexed: dict[Drawer, int] = {}
        self._filled: dict[Drawer, int] = {}
        # What people and companies ask is remembered in this process and kept nowhere.
        self._query = lru_cache(_ASKED)(lambda text: embedder.embed([text])[0])
        self._categories_of = lru_cache(_ASKED)(lambda text: match_categories(text, embedder, kept=self.embedder))
        self._repaired = False
        if holds_runner_lock:
            store.before_scrub(self.close)

    # -- keeping in step -------------------------------------------------------------------------------------------

    def catch_up(
        self, progress: Callable[[int, int], None] | None = None, should_stop: Callable[[], bool] | None = None
    ) -> bool:
        """Embeds entries that have no vector from this embedder yet, batch by batch; True when none is left.

        `progress` gets (done, total). After a change of model this re-embeds everything; it can be interrupted and
        goes on where it stopped.
        """
        missing = self._missing()
        for start in range(0, len(missing), _AT_ONCE):
            if should_stop is not None and should_stop():
                return False
            self.embedder.embed(missing[start : start + _AT_ONCE])
            if progress is not None:
                progress(min(start + _AT_ONCE, len(missing)), len(missing))
        return True

    def _catch_up_soon(self) -> None:
        """Embeds a few new entries before a search. A large backlog (a change of model) is left to whoever calls
        `catch_up` in the background; until then its entries are found by their words."""
        if len(self._missing()) <= _AT_ONCE:
            self.catch_up()

    def check(self) -> bool:
        """Looks at the index on disk from a child process that ends again; a broken one is dropped, to be made anew at
        its next use. True when there is nothing to repair."""
        folder = current_folder(self._store.folder)
        if not self._may_open or folder is None or self._index is not None:
            return True
        try:
            IndexProcess(folder, self.embedder.id, self.embedder.dimension).close()
        except VectorIndexError:
            self._repaired = True
            drop_all(self._store.folder)
            return False
        return True

    def _missing(self) -> list[str]:
        rows = self._store.rows(
            "SELECT DISTINCT entry.kind, entry.id FROM entry LEFT JOIN embedding"
            " ON embedding.hash = entry.text_hash AND embedding.embedder = ?"
            " WHERE entry.text_hash IS NOT NULL AND embedding.hash IS NULL",
            (self.embedder.id,),
        )
        return self._store.words_of([(str(kind), str(entry_id)) for kind, entry_id in rows]) if rows else []

    def rebuild(self) -> None:
        """Makes the index anew from SQLite, in a new folder.

        Without the runner's lock it only embeds what has no vector yet. Raises `VectorIndexError` when chromadb cannot
        even make a new index.
        """
        self.catch_up()
        if not self._may_open:
            return
        self.close()
        drop_all(self._store.folder)
        self._index = IndexProcess(new_folder(self._store.folder), self.embedder.id, self.embedder.dimension)
        for drawer in Drawer:
            self._fill(drawer, self._index, whole=True)

    def close(self) -> None:
        """Lets go of the index; the store stays open. Forgetting does this first: the process that still holds the
        forgotten vector ends, and the next question makes the index anew in another one."""
        if self._index is not None:
            self._index.close()
        self._index, self._indexed, self._filled = None, {}, {}

    def health(self) -> Health:
        """Opens the index if this process may, and says how things stand."""
        index = self._opened(whole=True)
        entries = sum(self._count(drawer) for drawer in Drawer)
        engine = "chromadb" if index is not None else "exact"
        return Health(engine, self._repaired, len(self._missing()), entries, self.embedder.id)

    def _count(self, drawer: Drawer) -> int:
        return int(str(self._store.rows(f"SELECT count(*) FROM entry WHERE {condition(drawer)}")[0][0]))

    def _opened(self, *, whole: bool = False) -> IndexProcess | None:
        """The index in step with the store; a broken one is replaced, a hopeless one is done without."""
        if not self._may_open:
            return None
        try:
            if self._index is not None and not (self._index.alive and self._index.folder.exists()):
                self.close()  # it ended for want of questions, or another process forgot something and dropped it
            if self._index is None:
                self._index = self._open_or_replace()
            for drawer in Drawer:
                self._fill(drawer, self._index, whole=whole)
        except VectorIndexError:
            self.close()
            drop_all(self._store.folder)
            self._may_open = False  # exact search serves until the next start
            self._repaired = True
            return None
        return self._index

    def _open_or_replace(self) -> IndexProcess:
        folder = current_folder(self._store.folder)
        if folder is not None:
            with suppress(VectorIndexError):
                return IndexProcess(folder, self.embedder.id, self.embedder.dimension)
            self._repaired = True
            drop_all(self._store.folder)
        return IndexProcess(new_folder(self._store.folder), self.embedder.id, self.embedder.dimension)

    def _fill(self, drawer: Drawer, index: IndexProcess, *, whole: bool = False) -> None:
        """Brings the index in step; a large backlog waits for `rebuild` or `health`, searches stay exact meanwhile."""
        exact = self._exact[drawer]
        exact.refresh()
        behind = len(exact.ids) - self._filled.get(drawer, 0)
        if self._indexed.get(drawer) == exact.generation or (behind > _OPENS_AT_ONCE and not whole):
            return
        known = index.ids(drawer)
        if known - set(exact.ids):
            raise VectorIndexError(f"collection `{drawer}` holds entries that are gone")
        new = [at for at, entry_id in enumerate(exact.ids) if entry_id not in known]
        if new:
            index.put(drawer, [exact.ids[at] for at in new], exact.rows[new])
        self._indexed[drawer], self._filled[drawer] = exact.generation, len(exact.ids)

    # -- searching -------------------------------------------------------------------------------------------------

    def search(self, text: str, drawers: Iterable[Drawer] = tuple(Drawer), k: int = 10) -> tuple[Recalled, ...]:
        """The k entries that fit a text best, over several drawers; closed entries included."""
        query = self._query(text)
        wanted = tuple(drawers)
        lexical = self._lexical(text, wanted, k)
        found = [hit for drawer in wanted for hit in self._search_one(drawer, text, query, k, lexical)]
        return tuple(sorted(found, key=lambda hit: (-hit.score, hit.id))[:k])

    def _lexical(self, text: str, drawers: Iterable[Drawer], k: int) -> dict[tuple[str, str], float]:
        """Full-text scores as shares of the best, by kind and id."""
        kinds = {kind_of_drawer(drawer) for drawer in drawers}
        hits = self._store.search_text(text, kinds, k * _OVERFETCH * len(kinds))
        best = max((hit.score for hit in hits), default=0.0)
        return {(hit.kind.value, hit.id): hit.score / best for hit in hits if best > 0}

    def _search_one(
        self,
        drawer: Drawer,
        text: str,
        query: Vectors,
        k: int,
        lexical: dict[tuple[str, str], float],
        always: Sequence[str] = (),
    ) -> list[Recalled]:
        """Candidates from vectors and full text (and those in `always`), scored together."""
        exact = self._exact[drawer]
        near = self._near(drawer, query, k * _OVERFETCH)
        kind = kind_of_drawer(drawer).value
        shares = {entry_id: share for (of, entry_id), share in lexical.items() if of == kind}
        others = [entry_id for entry_id in (*shares, *always) if entry_id not in near]
        near.update(exact.cosines_of(query, others))
        weight = self._text_weight(text)
        found = []
        for entry_id in dict.fromkeys((*near, *others)):
            cosine, share = near.get(entry_id), shares.get(entry_id, 0.0)
            if cosine is None and not self._in_drawer(drawer, entry_id):
                continue
            because = [Why.VECTOR] * (cosine is not None) + [Why.TEXT] * (share > 0)
            found.append(Recalled(drawer, entry_id, (cosine or 0.0) + weight * share, cosine, tuple(because)))
        return sorted(found, key=lambda hit: (-hit.score, hit.id))

    def _near(self, drawer: Drawer, query: Vectors, k: int) -> dict[str, float]:
        """The nearest entries with exact cosines; the index proposes them when it is open and in step."""
        exact = self._exact[drawer]
        exact.refresh()
        index = self._index
        if self._may_open and (index is not None or len(exact.ids) <= _OPENS_AT_ONCE):
            index = self._opened()
        if index is None or self._indexed.get(drawer) != exact.generation:
            return dict(exact.top(query, k))
        try:
            return exact.cosines_of(query, index.candidates(drawer, query, k))
        except VectorIndexError:
            return dict(exact.top(query, k))

    def _in_drawer(self, drawer: Drawer, entry_id: str) -> bool:
        return bool(self._store.rows(f"SELECT 1 FROM entry WHERE entry.id = ? AND {condition(drawer)}", (entry_id,)))

    def _text_weight(self, text: str) -> float:
        if self.embedder.id.startswith("ngram"):
            return _TEXT_WEIGHT_NGRAM
        return _TEXT_WEIGHT_GERMAN if is_german(text) else _TEXT_WEIGHT_ENGLISH

    # -- the two jobs ----------------------------------------------------------------------------------------------

    def complete_need(
        self, text: str, category: str, at: datetime, *, k: int = 10, circumstances: frozenset[str] | None = None
    ) -> NeedRecall:
        """What the person once said or decided that belongs to a need.

        Only preferences that count at that moment, in these circumstances, and speak of this category, or of all;
        learned weights are left to the caller, who needs all of them or none. Every hard one of the
        category comes along whatever its words; the others in the order of their score.
        """
        self._catch_up_soon()
        query = self._query(text)
        resolved = self._store.preferences(at, category=category, circumstances=circumstances)
        standing = {p.id: p for p in resolved.effective if not p.is_weight}
        lexical = self._lexical(text, Drawer, max(k, len(standing)))
        found = self._search_one(
            Drawer.PREFERENCES, text, query, max(k, len(standing)), lexical, always=tuple(standing)
        )
        hits = [self._placed(hit, standing[PreferenceId(hit.id)], category) for hit in found if hit.id in standing]
        hits.sort(key=lambda hit: (Why.HARD not in hit.because, -hit.score, hit.id))
        hard = sum(Why.HARD in hit.because for hit in hits)
        decided = {d.id for d in self._store.entries(PastDecision, category=category)}
        past = [
            hit
            for drawer in (Drawer.DECISIONS, Drawer.LIKED, Drawer.REFUSED)
            for hit in self._search_one(drawer, text, query, k, lexical)
            if hit.id in decided
        ]
        past.sort(key=lambda hit: (-hit.score, hit.id))
        return NeedRecall(tuple(hits[: max(k, hard)]), tuple(past[:k]))

    @staticmethod
    def _placed(hit: Recalled, preference: Preference, category: str) -> Recalled:
        same = preference.category == category
        because = (*hit.because, *((Why.CATEGORY,) if same else ()), *((Why.HARD,) if preference.hard else ()))
        return Recalled(hit.drawer, hit.id, hit.score + _SAME_CATEGORY * same, hit.similarity, because)

    def match_question(self, question: str) -> QuestionMatch:
        """The kinds of data a company's question asks for, and the person's rules about them.

        A rule whose own sentence is close to the question adds its category, so that recall can only tighten: more
        categories mean more rules that must all agree.
        """
        rules = self._store.rules(enabled_only=True)
        matches = list(self._categories_of(question))
        similar = self._similar_rules(question)
        for rule in rules:
            closeness = similar.get(rule.id)
            known = {match.category for match in matches}
            if closeness is not None and closeness >= _RULE_FROM and rule.category not in known:
                matches.append(CategoryMatch.from_rule(rule.category, closeness, rule.text))
        asked = tuple(sorted(matches, key=lambda match: (-match.similarity, match.category)))
        return QuestionMatch(asked, _rules_about(asked, rules, similar))

    def _similar_rules(self, question: str) -> dict[str, float]:
        self._catch_up_soon()
        return self._near(Drawer.RULES, self._query(question), 20)


def _rules_about(
    asked: tuple[CategoryMatch, ...], rules: tuple[PrivacyRule, ...], similar: dict[str, float]
) -> tuple[RuleMatch, ...]:
    """Rules about what was asked, nearest first, the person's own numbering breaking ties."""
    found = []
    for rule in rules:
        about = any(covers(rule.category, m.category) or covers(m.category, rule.category) for m in asked)
        if about:
            found.append((rule.number or 0, RuleMatch(rule.id, rule.category, similar.get(rule.id), True)))
    found.sort(key=lambda pair: (-(pair[1].similarity or 0.0), pair[0], pair[1].rule_id))
    return tuple(match for _, match in found)

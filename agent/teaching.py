"""The facade's teaching side: the interview, corrections, what is so at present.

Every entry is the person's own word or follows from their decisions, and every one can be taken back.

Memory's file is written by whichever process the person sits at; what touches open needs goes through the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from agent.boundaries import RULE, Point, choice_of, open_points, rules_made, settle, settled, take_back
from agent.digest.stream import company_of
from agent.kernel.codec import kind_of
from agent.kernel.events import Learned, Retracted
from agent.kernel.ledger import Ledger
from agent.needs.completing import stored_value
from agent.needs.eliciting import AskedIssue, asked_issues, interview_of, stored
from agent.needs.learning import LIMIT
from agent.runtime.lessons import relearn
from agent.runtime.sorting import MISSED
from agent.views import FacadeError, LearnedView, QuestionView, TermView
from memory.elicitation import (
    MOST_QUESTIONS,
    Answer,
    Named,
    Never,
    Pair,
    Preferred,
    Question,
    StillGood,
    YesNo,
)
from memory.errors import EntryInvalidError, EntryNotFoundError, StoreError
from memory.facts.words import fold
from memory.preferences import Op, Preference, PreferenceId, PreferenceSource
from memory.store import Circumstance, CircumstanceId, DecisionId, PastDecision, Store, Verdict
from negotiators.categories import Category, load_categories
from negotiators.dialogue import TermValue, term_text

if TYPE_CHECKING:
    from agent.rulebook import RuleView

_PREFERRED = {"1": 1, "2": 2, "=": 0}


class Teaching:
    """Opens the files for each call, so that nothing is held while the person thinks."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._categories = load_categories(home / "categories")

    # -- the interview ------------------------------------------------------------------------------------------

    def question(self, category: str) -> QuestionView | None:
        """The next question about a category; `None` when no question is worth asking any more."""
        kind = self._category(category)
        with self._ledger() as ledger, self._store() as store:
            given, points = _answers(store, kind), open_points(store, ledger, kind)
            question = _next_question(kind, given, points)
        number = len(given) + 1
        if question is not None:
            return _view(kind, question, number)
        return _point_view(kind, points[0], number) if points and number <= MOST_QUESTIONS else None

    def answer(self, category: str, answer: str, *, language: str = "en") -> None:
        """Answer the next question and learn from it at once, so that stopping is possible at any moment.

        `1`, `2` or `=` for a pair; `yes` or `no`; for `never` the issues that would never do, with commas, or nothing;
        for `release` `yes`, `ask` or `no` (1 to 3), for `autonomy` `tell`, `propose` or `unchanged` (`1`, `2`, `=`).
        A rule is written in `language`. Raises `FacadeError` (`answer_unclear`, `interview_over`).
        """
        kind = self._category(category)
        with self._ledger() as ledger, self._store() as store:
            given, points = _answers(store, kind), open_points(store, ledger, kind)
            asked, question = asked_issues(kind), _next_question(kind, given, points)
        if question is not None:
            self._learn_answer(kind, asked, question, answer, len(given) + 1)
        elif points and len(given) < MOST_QUESTIONS:
            self._settle(kind, points[0], answer.strip().lower(), len(given) + 1, language)
        else:
            raise FacadeError("interview_over", category=category)

    def _settle(self, kind: Category, point: Point, answer: str, number: int, language: str) -> None:
        """The rule is written first: asked again after a crash, the point would be settled already."""
        choice = choice_of(point, answer)
        if choice is None:
            raise FacadeError("answer_unclear", answer=answer)
        refs = settle(self.home, kind, point, choice, language)
        with self._ledger() as ledger, self._store() as store:
            name = DecisionId(f"answer-{kind.id}-{number:02d}-{uuid4().hex[:6]}")
            reason = f"{RULE}{point.name}_{choice}"
            store.add(PastDecision(name, Verdict.ANSWERED, "", self._now(ledger), kind.id, reason, refs))

    def agreed(self, category: str) -> tuple[RuleView, ...]:
        """The rules the interview about a category ended in, as far as they stand."""
        kind = self._category(category)
        with self._store() as store:
            answers = settled(store, kind.id)
        return rules_made(self.home, answers)

    def progress(self) -> Mapping[str, int]:
        """How many questions were answered, by category; 0 where nothing was asked."""
        found = dict.fromkeys(sorted(self._categories), 0)
        if any(self.home.glob("memory*")):
            with self._store(read_only=True) as store:
                for one in store.entries(PastDecision):
                    if one.verdict is Verdict.ANSWERED and one.category in found:
                        found[one.category] += 1
        return found

    def _learn_answer(
        self, kind: Category, asked: Sequence[AskedIssue], question: Question, answer: str, number: int
    ) -> None:
        with self._ledger() as ledger, self._store() as store:
            read = _read(asked, question, answer.strip().lower())
            if read is None:
                raise FacadeError("answer_unclear", answer=answer)
            code, first, second = stored(asked, question, read)
            decision = PastDecision(
                DecisionId(f"answer-{kind.id}-{number:02d}-{uuid4().hex[:6]}"), Verdict.ANSWERED, "", self._now(ledger),
                kind.id, code, (), tuple(first), tuple(second),
            )  # fmt: skip
            store.add(decision)
            self._learn(store, ledger, kind, f"interview:{kind.id}")

    def start_again(self, category: str) -> int:
        """Drop the answers about a category and what follows from them; returns how many there were."""
        kind = self._category(category)
        with self._store() as store:
            rules = settled(store, kind.id)
        take_back(self.home, rules)
        with self._ledger() as ledger, self._store() as store:
            given = _answers(store, kind)
            for one in given:
                store.remove_decision(one.id)
            self._learn(store, ledger, kind, f"interview:{kind.id}")
        return len(given)

    def learned(self, category: str | None = None) -> tuple[LearnedView, ...]:
        """What was learned and holds, the weightiest first."""
        if not any(self.home.glob("memory*")):
            return ()
        with self._store(read_only=True) as store:
            now = datetime.now(UTC)
            found = [
                one
                for one in store.entries(Preference, category=category, at=now)
                if one.is_weight or LIMIT in (one.id[: len(LIMIT)], (one.supersedes or "")[: len(LIMIT)])
            ]
        made = [view for one in found if (view := self._learned_view(one)) is not None]
        return tuple(
            sorted(made, key=lambda one: (one.category, one.context, one.percent is None, -(one.percent or 0)))
        )

    def _learned_view(self, entry: Preference) -> LearnedView | None:
        kind = self._categories.get(entry.category or "")
        issue = kind.issue(entry.terms[0].issue) if kind is not None else None
        if kind is None or issue is None:
            return None
        term = entry.terms[0]
        weight = term.op is Op.WEIGHS
        value = None if weight else stored_value(issue, term, kind.currency)
        bound = _term_view(kind, issue.name, value) if value is not None else None
        return LearnedView(
            entry.id, kind.id, dict(kind.labels), issue.name, dict(issue.labels),
            round(100 * float(term.value)) if weight else None, bound, term.op.value, entry.context,
            len(entry.evidence),
        )  # fmt: skip

    def missed(self, sender: str, reason: str) -> str:
        """A message of this sender was held back for this reason and should have been shown: the next one is."""
        with self._ledger() as ledger, self._store() as store:
            ref = f"{MISSED}{company_of(sender)}:{reason}"
            decision = PastDecision(
                DecisionId(f"missed-{uuid4().hex[:8]}"), Verdict.SHOULD_HAVE_SHOWN, sender, self._now(ledger),
                reason=reason, refs=(ref,),
            )  # fmt: skip
            store.add(decision)
            return decision.id

    # -- corrections --------------------------------------------------------------------------------------------

    def retract(self, preference: str) -> tuple[str, ...]:
        """Take a preference back: it stays visible as ended, and no need follows it any more, nor what was derived from
        it. Returns the derived ones. Raises `FacadeError` (`no_such_preference`)."""
        with self._ledger() as ledger, self._store() as store:
            now = self._now(ledger)
            try:
                derived = store.retract(PreferenceId(preference), now)
            except EntryNotFoundError as err:
                raise FacadeError("no_such_preference", id=preference) from err
            ledger.append(now, [Retracted(preference, list(derived))])
            return derived

    def correct(self, preference: str, *, words: str | None = None, value: str | None = None) -> str:
        """Say it anew: other words, another value of its first term, or both. The old entry stays visible as ended, and
        what was derived from it falls. Returns the new id. Raises `FacadeError` (`no_such_preference`,
        `value_unclear`)."""
        with self._ledger() as ledger, self._store() as store:
            now = self._now(ledger)
            try:
                old = store.get(Preference, preference)
                terms = (replace(old.terms[0], value=self._value(old, value)), *old.terms[1:]) if value else old.terms
                new = replace(
                    old, id=PreferenceId(f"said-{uuid4().hex[:8]}"), words=words or old.words, terms=terms,
                    source=PreferenceSource.SAID, evidence=(), stated_at=now, valid_until=None,
                )  # fmt: skip
                derived = store.correct(old.id, new, now)
            except EntryNotFoundError as err:
                raise FacadeError("no_such_preference", id=preference) from err
            except EntryInvalidError as err:
                raise FacadeError("value_unclear", value=value or "") from err
            ledger.append(now, [Retracted(preference, list(derived)), Learned(new.id, preference, "corrected")])
            return new.id

    def _value(self, old: Preference, value: str) -> str:
        """A new value in the form of the old one; a weight is given in percent."""
        if not old.terms:
            raise FacadeError("value_unclear", value=value)
        term = old.terms[0]
        if term.op is Op.WEIGHS:
            percent = value.strip().removesuffix("%").strip()
            if not percent.isdigit() or int(percent) > 100:
                raise FacadeError("value_unclear", value=value)
            return f"{int(percent) / 100:.3f}"
        kind = self._categories.get(old.category or "")
        issue = kind.issue(term.issue) if kind is not None else None
        if issue is not None and stored_value(issue, replace(term, value=value), "EUR") is None:
            raise FacadeError("value_unclear", value=value)
        return value

    # -- circumstances ------------------------------------------------------------------------------------------

    def circumstances(self) -> tuple[Circumstance, ...]:
        """What is so at present."""
        if not any(self.home.glob("memory*")):
            return ()
        with self._store(read_only=True) as store:
            return store.entries(Circumstance, at=datetime.now(UTC))

    def begins(self, words: str, until: datetime | None = None) -> str:
        """From now on this is so ("short of cash"): its preferences count, and decisions teach for it."""
        with self._ledger() as ledger, self._store() as store:
            entry = Circumstance(CircumstanceId(f"now-{uuid4().hex[:6]}"), words, self._now(ledger), until)
            store.add(entry)
            return entry.id

    def ends(self, words: str) -> int:
        """It is over; returns how many entries ended."""
        with self._ledger() as ledger, self._store() as store:
            now = self._now(ledger)
            found = [one for one in store.entries(Circumstance, at=now) if fold(words) in (fold(one.words), one.id)]
            for one in found:
                store.replace(replace(one, valid_until=now))
            return len(found)

    # -- drift --------------------------------------------------------------------------------------------------

    def mind(self, category: str, *, changed: bool) -> None:
        """Answer whether wishes about a category have changed: then earlier decisions hardly count any more; else the
        odd ones were exceptions. Raises `FacadeError` (`nothing_asked`)."""
        kind = self._category(category)
        with self._ledger() as ledger, self._store() as store:
            row = ledger.row(
                "SELECT refs FROM incidents WHERE code='drift_asked' AND json_extract(params,'$.category')=? "
                "ORDER BY seq DESC LIMIT 1",
                (kind.id,),
            )
            if row is None:
                raise FacadeError("nothing_asked", category=category)
            refs = tuple(ref.removeprefix("decision:") for ref in json.loads(row["refs"]))
            verdict = Verdict.CHANGED_MIND if changed else Verdict.SAME_MIND
            store.add(
                PastDecision(DecisionId(f"mind-{uuid4().hex[:8]}"), verdict, "", self._now(ledger), kind.id, "", refs)
            )
            self._learn(store, ledger, kind, f"mind:{kind.id}")

    # -- shared -------------------------------------------------------------------------------------------------

    def _learn(self, store: Store, ledger: Ledger, kind: Category, source: str) -> None:
        now = self._now(ledger)
        changed = relearn(store, kind, now)
        if changed:
            ledger.append(now, [Learned(one.id, source, "learned") for one in changed])

    def _category(self, name: str) -> Category:
        if name not in self._categories:
            raise FacadeError("unknown_category", key=name, known=", ".join(sorted(self._categories)))
        return self._categories[name]

    @contextmanager
    def _store(self, *, read_only: bool = False) -> Iterator[Store]:
        try:
            with Store(self.home, read_only=read_only) as store:
                yield store
        except StoreError as err:
            raise FacadeError("home_unreadable", path=str(self.home), why=str(err)) from err

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        ledger = Ledger(self.home)
        try:
            yield ledger
        finally:
            ledger.close()

    def _now(self, ledger: Ledger) -> datetime:
        return ledger.now(datetime.now(UTC))


def _answers(store: Store, kind: Category) -> list[PastDecision]:
    found = store.entries(PastDecision, category=kind.id)
    return [one for one in found if one.verdict is Verdict.ANSWERED and one.category == kind.id]


def _next_question(kind: Category, given: Sequence[PastDecision], points: Sequence[Point]) -> Question | None:
    """The next question about weights and conditions, which leave room for the points that are to be settled."""
    about_rules = sum(one.reason.startswith(RULE) for one in given)
    if len(given) - about_rules >= MOST_QUESTIONS - about_rules - len(points):
        return None
    return interview_of(kind, given).question()


def _point_view(kind: Category, point: Point, number: int) -> QuestionView:
    return QuestionView(
        kind.id, dict(kind.labels), number, MOST_QUESTIONS, point.kind, (), (), point.data, point.granularity
    )


def _read(asked: Sequence[AskedIssue], question: Question, answer: str) -> Answer | None:
    """A typed answer; `None` when it does not fit the question."""
    match question:
        case Pair():
            return Preferred(_PREFERRED[answer]) if answer in _PREFERRED else None
        case StillGood():
            return YesNo(answer == "yes") if answer in ("yes", "no") else None
        case Never(shown):
            names = {asked[at].issue.name: at for at in shown}
            named = [one.strip() for one in answer.split(",") if one.strip()]
            return Named(tuple(names[one] for one in named)) if all(one in names for one in named) else None


def _view(kind: Category, question: Question, number: int) -> QuestionView:
    asked = asked_issues(kind)

    def shown(pairs: Sequence[tuple[int, int]]) -> tuple[TermView, ...]:
        return tuple(_term_view(kind, asked[at].issue.name, asked[at].values[level]) for at, level in pairs)

    second: tuple[TermView, ...] = ()
    match question:
        case Never(which):
            name, first = "never", shown([(at, 0) for at in which])
        case StillGood(aspect, level):
            name, first = "still_good", shown([(aspect, level)])
        case Pair(which, one, other):
            name = "pair"
            first, second = (shown(list(zip(which, side, strict=True))) for side in (one, other))
    return QuestionView(kind.id, dict(kind.labels), number, MOST_QUESTIONS, name, first, second)


def _term_view(kind: Category, name: str, value: TermValue) -> TermView:
    issue = kind.issue(name)
    labels = dict(issue.labels) if issue is not None else {"en": name, "de": name}
    return TermView(name, labels, kind_of(value).value, term_text(value), issue.unit if issue else "", "typed")

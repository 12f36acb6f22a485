"""Answers to companies' questions: a question becomes a data category, the category a request, the request a
decision of the person's rules, and only a permitted, coarsened value becomes an answer.

Receipts come first: `Released` or `Refused` is on the ledger before the answer is cleared. A question that cannot
be matched, a locked vault and any error are refusals. What this recipient already has counts.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from agent.kernel.events import IncidentNoted, Refused, Released
from agent.kernel.ledger import Draft, Ledger
from memory.codec import dump
from memory.errors import MemoryRoomError, VaultLockedError
from memory.facts import CATEGORIES, CategoryId, Fact, Granularity, Purpose, Stage, coarsen, covers
from memory.rules import (
    Ask,
    Coarsen,
    Decision,
    Deny,
    Permit,
    PriceOffered,
    Principle,
    PrivacyRule,
    Recipient,
    ReleaseRequest,
    RuleId,
    decide,
)
from memory.rules import Released as Given
from negotiators.categories import Category
from negotiators.dialogue import Inform, Inquire

MOST_FACTS = 8
"""Facts of one category that are told in one answer."""

GRANT = timedelta(days=30)
"""How long a release stands when no rule says a shorter time."""


@dataclass(frozen=True, slots=True)
class QuestionMatch:
    """What a question in the company's own words asks for, how sure that is, and how it was found."""

    category: CategoryId
    similarity: float
    how: str


class PersonMemory(Protocol):
    """What the kernel needs to know of the person. Values raise `VaultLocked` when the vault is closed."""

    def rules(self) -> tuple[PrivacyRule, ...]: ...

    def facts(self, at: datetime) -> tuple[Fact, ...]: ...

    def value(self, fact: Fact) -> str | None: ...

    def said(self, fact: Fact) -> str: ...

    def match_question(self, text: str) -> tuple[QuestionMatch, ...]: ...

    def is_open(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, in which talk and at which stage. `kind` is the provider's line of business."""

    provider: str
    name: str
    kind: str
    negotiation: str
    stage: Stage
    trusted: bool = False
    chosen: bool = False
    principle: Principle = field(default_factory=Principle)
    agreement: str = ""
    """The agreement on data the talk is held under, with its record, for receipts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply to one question with its receipts. `told` maps the fact to the text that may be said."""

    inform: Inform
    events: tuple[Draft | Refused | IncidentNoted, ...]
    told: dict[str, str] = field(default_factory=dict)


_PURPOSES = {purpose.value: purpose for purpose in Purpose}
_RUNGS = {rung.name.lower(): rung for rung in Granularity}


class Disclosure:
    """Judges questions. Reads the person's memory and the ledger's earlier releases; writes nothing itself."""

    def __init__(self, ledger: Ledger, memory: PersonMemory, new_id: Callable[[], str]) -> None:
        self._ledger = ledger
        self._memory = memory
        self._new_id = new_id

    def released_to(self, provider: str) -> tuple[Given, ...]:
        """Everything this provider was told, over all its endpoints and talks."""
        rows = self._ledger.rows(
            "SELECT * FROM releases WHERE released=1 AND (?='' OR provider=?) ORDER BY at", (provider, provider)
        )
        return tuple(
            Given(
                row["provider"], CategoryId(row["data_category"]), _RUNGS[row["granularity"]],
                tuple(RuleId(rule) for rule in json.loads(row["rules"])),
                datetime.fromisoformat(row["at"]), row["negotiation"],
            )
            for row in rows
        )  # fmt: skip

    def unlocked(self) -> bool:
        """Whether values can be told now. Does not ask the person."""
        return self._memory.is_open()

    def told(self, provider: str) -> dict[str, str]:
        """Fact ids with the text this provider may be told of them now, for the egress scan: what a grant that still
        stands let out."""
        found: dict[str, str] = {}
        rows = self._ledger.rows(
            "SELECT fact, data_category, granularity FROM releases WHERE released=1 AND ended IS NULL AND provider=?",
            (provider,),
        )
        facts = {row["fact"]: row for row in rows if row["fact"]}
        for fact_id, row in facts.items():
            try:
                found[fact_id] = self._text_of(
                    Fact(fact_id, CategoryId(row["data_category"])), _RUNGS[row["granularity"]]
                )
            except MemoryRoomError:
                continue  # what cannot be opened is not allowed: the scan stays as strict as it can be
        return {fact: text for fact, text in found.items() if text}

    def _text_of(self, fact: Fact, rung: Granularity) -> str:
        """What may be said of a fact on a rung; nothing when there is no value."""
        value = self._memory.value(fact)
        return coarsen(fact.category, value, rung, self._memory.said(fact)) or "" if value is not None else ""

    def places(self, words: str) -> tuple[str, ...]:
        """The data categories a question in the company's own words asks for; none when memory cannot say."""
        try:
            return tuple(match.category for match in self._memory.match_question(words))
        except MemoryRoomError:
            return ()

    def answer(self, inquiry: Inquire, category: Category, asker: Asker, now: datetime) -> Answer:
        """Decide one question. Never raises for what the counterpart asked; any error of memory is a refusal.

        Raises `VaultLockedError` when the rules let a value out and the vault is closed: this talk has to wait."""
        try:
            matches = self._categories(inquiry, category)
            if not matches:
                return self._refuse(inquiry, asker, "unmatched", "gb:Unknown", None, ())
            answers = [self._judge(inquiry, match, category, asker, now) for match in matches]
        except VaultLockedError:
            raise
        except MemoryRoomError:
            return self._refuse(inquiry, asker, "error", "gb:Unknown", None, ())
        refused = [answer for answer in answers if answer.inform.value is None]
        return (refused or answers)[0]

    def _categories(self, inquiry: Inquire, category: Category) -> tuple[QuestionMatch, ...]:
        """The data categories a question means: named on the wire, a known parameter, or found by meaning.

        A wire name that is not a known category is read as words; a question may mean several categories, and
        then the strictest answer holds.
        """
        found: dict[CategoryId, QuestionMatch] = {}
        if inquiry.category in CATEGORIES:
            named = CategoryId(str(inquiry.category))
            found[named] = QuestionMatch(named, 1.0, "named")
        for parameter in category.parameters:
            if parameter.name == inquiry.field and not found:
                wanted = CategoryId(parameter.data_category)
                found[wanted] = QuestionMatch(wanted, 1.0, "parameter")
        words = inquiry.field.replace("_", " ").replace("-", " ").replace(".", " ")
        by_parameter = bool(found) and all(match.how == "parameter" for match in found.values())
        if not by_parameter:
            for match in self._memory.match_question(words):
                found.setdefault(match.category, match)
        if inquiry.category in CATEGORIES:
            stricter = {key: m for key, m in found.items() if m.how == "named" or CATEGORIES[key].never}
            found = stricter
        return tuple(found.values())

    def _judge(self, inquiry: Inquire, match: QuestionMatch, category: Category, asker: Asker, now: datetime) -> Answer:
        """Decide about every fact the question means, each under its own category and subject."""
        given = list(self.released_to(""))
        told: list[Answer] = []
        refused: list[Answer] = []
        for fact in self._facts(match.category, now) or (None,):
            request = _request(inquiry, match.category if fact is None else fact.category, category, asker, now)
            if fact is not None:
                request = replace(request, subject=fact.subject)
            decision = decide(request, self._memory.rules(), given, now)
            answer = self._carried_out(inquiry, match, fact, decision, asker, request, now)
            (refused if answer.inform.value is None else told).append(answer)
            if answer.inform.value is not None:
                given.append(_as_given(request, decision, now))
        return _joined(told) if told else refused[0]

    def _facts(self, asked: CategoryId, now: datetime) -> tuple[Fact, ...]:
        """What is known of exactly this category, or else of narrower ones."""
        known = self._memory.facts(now)
        exactly = tuple(fact for fact in known if fact.category == asked)
        return (exactly or tuple(fact for fact in known if covers(asked, fact.category)))[:MOST_FACTS]

    def _carried_out(
        self,
        inquiry: Inquire,
        match: QuestionMatch,
        fact: Fact | None,
        decision: Decision,
        asker: Asker,
        request: ReleaseRequest,
        now: datetime,
    ) -> Answer:
        similarity = f"{match.similarity:.2f}"
        if not isinstance(decision, Permit | Coarsen):
            code = "asked_person" if isinstance(decision, Ask) else decision.reason.value
            rules = _rule_ids(decision)
            return self._refuse(inquiry, asker, code, request.category, similarity, rules, request.purpose)
        told = self._text_of(fact, decision.granularity) if fact is not None else ""
        if fact is None or not told:
            return self._refuse(inquiry, asker, "not_known", request.category, similarity, _rule_ids(decision))
        return self._release(inquiry, fact, told, similarity, decision, asker, request, now)

    def _release(
        self,
        inquiry: Inquire,
        fact: Fact,
        told: str,
        similarity: str,
        decision: Permit | Coarsen,
        asker: Asker,
        request: ReleaseRequest,
        now: datetime,
    ) -> Answer:
        until = decision.expires or now + GRANT
        release, salt = self._new_id(), secrets.token_hex(16)
        event = Released(
            release=release, negotiation=asker.negotiation, provider=asker.provider,
            data_category=fact.category, granularity=decision.granularity.name.lower(),
            purpose=(request.purpose or Purpose.REQUESTED_SERVICE).value, stage=asker.stage.value,
            rules=list(_rule_ids(decision)), similarity=similarity,
            value_digest=hashlib.sha256(f"{salt}|{told}".encode()).hexdigest(),
            until=until.isoformat(), fact=fact.id, body=f"salt:{release}", policy=self._policy(),
            consideration=self._consideration(decision, inquiry), agreement=asker.agreement,
        )  # fmt: skip
        note = IncidentNoted(
            "question_answered",
            {"data_category": fact.category, "granularity": decision.granularity.name.lower(),
             "rule": ", ".join(_rule_ids(decision))},
            [f"rule:{rule}" for rule in _rule_ids(decision)],
            asker.provider,
        )  # fmt: skip
        inform = Inform(inquiry.field, told, decision.granularity.name.lower())
        return Answer(inform, (Draft(event, salt), note), {fact.id: told})

    def _policy(self) -> str:
        """A digest of the whole rule set that decided, so that a receipt names the policy it was given under."""
        return policy_digest(self._memory.rules())

    def _consideration(self, decision: Permit | Coarsen, inquiry: Inquire) -> str:
        """What the recipient is bound to pay, where a rule that let the datum out asked for a price."""
        asked = {rule.id for rule in self._memory.rules() if rule.constraints.price is not None}
        return str(inquiry.price) if inquiry.price is not None and asked & set(decision.rule_ids) else ""

    def _refuse(
        self,
        inquiry: Inquire,
        asker: Asker,
        code: str,
        data_category: str,
        similarity: str | None,
        rules: Sequence[str],
        purpose: Purpose | None = None,
    ) -> Answer:
        event = Refused(
            release=self._new_id(), negotiation=asker.negotiation, provider=asker.provider,
            data_category=data_category, purpose=purpose.value if purpose else "", stage=asker.stage.value,
            reason=code, rules=list(rules), similarity=similarity, policy=self._policy(),
        )  # fmt: skip
        told = "question_asked_person" if code == "asked_person" else "question_refused"
        note = IncidentNoted(
            told,
            {"data_category": data_category, "rule": ", ".join(rules), "reason": code},
            [f"rule:{rule}" for rule in rules],
            asker.provider,
        )
        return Answer(Inform(inquiry.field, None), (event, note))


def policy_digest(rules: Sequence[PrivacyRule]) -> str:
    """sha256 over the rules in the order of their ids; two equal sets have one digest."""
    written = "\n".join(json.dumps(dump(rule), sort_keys=True) for rule in sorted(rules, key=lambda rule: rule.id))
    return hashlib.sha256(written.encode()).hexdigest()


def _request(inquiry: Inquire, term: CategoryId, category: Category, asker: Asker, now: datetime) -> ReleaseRequest:
    parameter = next((p for p in category.parameters if covers(CategoryId(p.data_category), term)), None)
    sufficient = _RUNGS[parameter.sufficient] if parameter else None
    price = inquiry.price
    return ReleaseRequest(
        recipient=Recipient(asker.provider, asker.name, asker.kind, asker.trusted, asker.chosen),
        category=term,
        granularity=Granularity.EXACT,
        sufficient=sufficient if asker.stage is not Stage.COMMIT else None,
        purpose=_PURPOSES.get(inquiry.purpose or Purpose.REQUESTED_SERVICE.value),
        stage=asker.stage,
        negotiation_id=asker.negotiation,
        principle=asker.principle,
        price=PriceOffered(str(price.amount), price.currency, binding=True) if price else None,
        expires=now + GRANT,
    )


def _as_given(request: ReleaseRequest, decision: Decision, now: datetime) -> Given:
    """A release that is about to be recorded, for the decisions that follow in the same answer."""
    assert isinstance(decision, Permit | Coarsen)
    return Given(
        request.recipient.key, request.category, decision.granularity, decision.rule_ids, now,
        request.negotiation_id, request.subject,
    )  # fmt: skip


def _joined(answers: Sequence[Answer]) -> Answer:
    """Several facts told in answer to one question, as one answer on the lowest of their rungs."""
    values = dict.fromkeys(str(answer.inform.value) for answer in answers)
    rung = min((answer.inform.granularity for answer in answers), key=lambda name: _RUNGS[name])
    told = {fact: text for answer in answers for fact, text in answer.told.items()}
    events = tuple(event for answer in answers for event in answer.events)
    return Answer(Inform(answers[0].inform.field, "; ".join(values), rung), events, told)


def _rule_ids(decision: Decision) -> tuple[str, ...]:
    return tuple(decision.rule_ids) if isinstance(decision, Permit | Coarsen | Ask | Deny) else ()

"""The facade of the person's privacy rules: read, drafted from a sentence, confirmed, switched, removed, tried.

A draft binds nothing: `draft` reads a sentence and shows what it would mean, `add` keeps it. Trying a question runs the
same engine that answers companies, over every recipient and stage that could make a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agent.edge import facade_errors
from agent.views import FacadeError

if TYPE_CHECKING:
    from memory.facts import CategoryId, Purpose, Stage
    from memory.rules import Decision, PrivacyRule, Recipient
    from memory.store import Store

Mode = Literal["on", "off", "ask"]
"""A rule that lets something out is `on`, asks first, or is switched `off`; one that forbids is on or off."""

MODES: tuple[Mode, ...] = ("on", "off", "ask")


@dataclass(frozen=True, slots=True)
class RuleView:
    """One rule in its normal form: codes and values, ready to be worded. `text` is the person's own sentence.

    `who` is `any`, `trusted`, `chosen`, `named` or `category`, with the name beside it; `price` is an amount with its
    currency (`5.00 EUR`) that a company must bind itself to, or nothing;
    `agreement` is the one on data (MyTerms) that must hold at least.
    """

    id: str
    number: str
    text: str
    effect: str
    category: str
    granularity: str
    who: str
    who_name: str
    purposes: tuple[str, ...]
    stages: tuple[str, ...]
    subjects: tuple[str, ...]
    expires: str
    max_uses: str
    price: str
    agreement: str
    mode: Mode


@dataclass(frozen=True, slots=True)
class ProfferView:
    """The agreement on data (IEEE 7012, MyTerms) that companies' bots are offered, empty for none, and others that will
    do; `roster` are all there are, the one that holds most first."""

    agreement: str
    also: tuple[str, ...]
    roster: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictView:
    """`winner` keeps `loser` from having its effect; a finding about one rule names it twice."""

    kind: str
    winner: RuleView
    loser: RuleView


@dataclass(frozen=True, slots=True)
class TrialView:
    """What one kind of recipient would be told of one kind of data in these stages.

    `outcome` is `permit`, `coarsen`, `ask` or `deny`; `reason` a code for a denial; `rules` the rules that decided.
    """

    category: str
    who: str
    who_name: str
    purpose: str
    stages: tuple[str, ...]
    outcome: str
    granularity: str
    reason: str
    rules: tuple[str, ...]


class RuleBook:
    """The rules of one data folder. Each call is a short visit; a running bot sees a change at its next question."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @contextmanager
    def _store(self) -> Iterator[Store]:
        from agent.runtime.paths import Home
        from memory.store import Store

        with facade_errors(), Store(Home(self.home).make().root) as store:
            yield store

    # -- reading ------------------------------------------------------------------------------------------------

    def rules(self) -> tuple[RuleView, ...]:
        """Every rule, in the order of its number."""
        with self._store() as store:
            return tuple(_view(rule) for rule in _ordered(store))

    def rule(self, ref: str) -> RuleView:
        """The rule with this number or id. Raises `FacadeError` (`no_such_rule`)."""
        with self._store() as store:
            return _view(_found(store, ref)[0])

    def conflicts(self) -> tuple[ConflictView, ...]:
        """Rules that keep each other, or themselves, from doing what they say."""
        from memory.rules import conflicts

        with self._store() as store:
            rules = _ordered(store)
            by_id = {rule.id: _view(rule) for rule in rules}
            found = conflicts(rules, datetime.now(UTC))
            return tuple(ConflictView(one.kind.value, by_id[one.winner], by_id[one.loser]) for one in found)

    def defaults(self, language: str) -> tuple[RuleView, ...]:
        """The set proposed to somebody without rules."""
        from memory.rules import default_rules

        return tuple(_view(rule) for rule in default_rules(language))

    # -- changing -----------------------------------------------------------------------------------------------

    def draft(self, sentence: str) -> tuple[RuleView, ...]:
        """What a sentence would mean as rules. Raises `FacadeError` (`rule_unread`) with the kind of problem."""
        return tuple(_view(rule) for rule in self._read(sentence, "draft"))

    def add(self, sentence: str) -> tuple[RuleView, ...]:
        """Keep the rules a sentence means, after the person has seen `draft` and said yes."""
        with self._store() as store:
            number = store.next_rule_number()
            made = [replace(rule, number=number) for rule in self._read(sentence, f"rule-{number}")]
            store.add(*made)
        return tuple(_view(rule) for rule in made)

    def adopt_defaults(self, language: str) -> tuple[RuleView, ...]:
        """Keep those of the proposed rules that are not kept yet."""
        from memory.rules import default_rules

        with self._store() as store:
            known = {rule.id for rule in store.rules()}
            number = store.next_rule_number()
            new = [rule for rule in default_rules(language) if rule.id not in known]
            made = [replace(rule, number=number + at) for at, rule in enumerate(new)]
            store.add(*made)
        return tuple(_view(rule) for rule in made)

    def remove(self, ref: str) -> tuple[RuleView, ...]:
        """Take a rule back: everything of it, where its sentence made several. What it let out is not called back
        (`gegenbot disclosures withdraw`)."""
        with self._store() as store:
            gone = _found(store, ref)
            for rule in gone:
                store.remove_rule(rule.id)
        return tuple(_view(rule) for rule in gone)

    def set_mode(self, ref: str, mode: Mode) -> tuple[RuleView, ...]:
        """Switch a rule on or off, or have it ask first. Raises `FacadeError` (`rule_cannot_ask`) for one that
        forbids."""
        from memory.rules import Effect

        with self._store() as store:
            changed = []
            for rule in _found(store, ref):
                if mode == "ask" and rule.effect is Effect.FORBID:
                    raise FacadeError("rule_cannot_ask", rule=_name(rule))
                new = {"ask": Effect.ASK, "on": Effect.PERMIT}.get(mode, rule.effect)
                effect = rule.effect if rule.effect is Effect.FORBID else new
                changed.append(replace(rule, effect=effect, enabled=mode != "off"))
            for rule in changed:
                store.replace(rule)
        return tuple(_view(rule) for rule in changed)

    def _read(self, sentence: str, stem: str) -> tuple[PrivacyRule, ...]:
        from memory.rules import RuleProblem, parse_rule

        read = parse_rule(sentence, stem)
        if isinstance(read, RuleProblem):
            raise FacadeError("rule_unread", kind=read.kind.value, fragment=read.fragment)
        return tuple(self._keyed(rule) for rule in read)

    def _keyed(self, rule: PrivacyRule) -> PrivacyRule:
        """A permit for a company by name is kept for that company's key, because a name proves nothing."""
        from memory.rules import Effect, RecipientKind

        if rule.recipient.kind is not RecipientKind.NAMED or rule.effect is Effect.FORBID:
            return rule
        key = self._provider_key(rule.recipient.name)
        if key is None:
            raise FacadeError("no_such_provider", provider=rule.recipient.name)
        return replace(rule, recipient=replace(rule.recipient, name=key))

    def _provider_key(self, name: str) -> str | None:
        from agent.kernel.chain import FILE, connect

        if not (self.home / FILE).exists():
            return None
        ledger = connect(self.home / FILE, readonly=True)
        try:
            row = ledger.execute(
                "SELECT id FROM providers WHERE lower(id)=lower(?) OR lower(name)=lower(?)", (name, name)
            ).fetchone()
        finally:
            ledger.close()
        return str(row["id"]) if row else None

    # -- trying -------------------------------------------------------------------------------------------------

    def tried(self, question: str) -> tuple[TrialView, ...]:
        """Who would learn what the question speaks of, and when. Raises `FacadeError` (`rule_unread`, no category)
        when it names no kind of data."""
        from memory.facts.words import mentions
        from memory.recall.questions import match_categories

        named = [hit.category for hit in mentions(question)] or [hit.category for hit in match_categories(question)]
        if not named:
            raise FacadeError("rule_unread", kind="no_category", fragment=question[:80])
        with self._store() as store:
            rules = store.rules(enabled_only=True)
        return tuple(row for term in dict.fromkeys(named) for row in _trial(term, rules))


def _ordered(store: Store) -> list[PrivacyRule]:
    return sorted(store.rules(), key=lambda rule: (rule.number or 0, rule.id))


def _found(store: Store, ref: str) -> list[PrivacyRule]:
    """The rules of one number, or the one with this id."""
    bare = ref.removeprefix("rule:")
    found = [rule for rule in _ordered(store) if rule.id == bare or str(rule.number or "") == bare]
    if not found:
        raise FacadeError("no_such_rule", rule=ref)
    return found


def _name(rule: PrivacyRule) -> str:
    return str(rule.number) if rule.number else rule.id


def _view(rule: PrivacyRule) -> RuleView:
    from memory.facts import Stage

    asks = rule.effect.value == "ask"
    wanted = rule.constraints
    order = list(Stage)
    return RuleView(
        rule.id, str(rule.number or ""), rule.text, rule.effect.value, rule.category, rule.granularity.name.lower(),
        rule.recipient.kind.value, rule.recipient.name, tuple(sorted(purpose.value for purpose in rule.purposes)),
        tuple(stage.value for stage in sorted(rule.stages, key=order.index)), tuple(sorted(rule.subjects)),
        wanted.expires.isoformat() if wanted.expires else "", str(wanted.max_uses or ""),
        " ".join(wanted.price) if wanted.price else "", wanted.agreement or "",
        "off" if not rule.enabled else "ask" if asks else "on",
    )  # fmt: skip


def _recipients(rules: tuple[PrivacyRule, ...]) -> list[Recipient]:
    """One recipient of each kind that a rule could tell apart: anybody, and whom the rules name."""
    from memory.rules import Recipient, RecipientKind

    kinds = sorted({rule.recipient.name for rule in rules if rule.recipient.kind is RecipientKind.CATEGORY})
    named = sorted({rule.recipient.name for rule in rules if rule.recipient.kind is RecipientKind.NAMED})
    return [
        Recipient("?"), Recipient("?", trusted=True), Recipient("?", chosen=True),
        *(Recipient("?", category=kind) for kind in kinds), *(Recipient(key, key) for key in named),
    ]  # fmt: skip


def _trial(term: CategoryId, rules: tuple[PrivacyRule, ...]) -> Iterator[TrialView]:
    """Rows for one kind of data; a recipient that is told what anybody is told gets no row of its own."""
    from memory.facts import Purpose, Stage

    talking, signed = (Stage.QUOTE, Stage.OFFER), (Stage.COMMIT, Stage.AFTER)
    told: set[tuple[object, ...]] = set()
    for recipient in _recipients(rules):
        stages = signed if recipient.chosen else (*talking, *signed)
        for row in _rows(term, recipient, stages, Purpose.REQUESTED_SERVICE, rules):
            seen = (row.stages, row.outcome, row.granularity, row.reason, row.rules)
            if seen not in told:
                told.add(seen)
                yield row
    anybody = _recipients(rules)[0]
    yield from _rows(term, anybody, talking, Purpose.MARKETING, rules)


def _rows(
    term: CategoryId, recipient: Recipient, stages: tuple[Stage, ...], purpose: Purpose, rules: tuple[PrivacyRule, ...]
) -> list[TrialView]:
    """One row for each run of stages with the same decision."""
    from memory.facts import Granularity
    from memory.rules import ReleaseRequest, decide

    found: list[TrialView] = []
    for stage in stages:
        request = ReleaseRequest(recipient, term, Granularity.EXACT, purpose, stage, "trial")
        row = _row(term, recipient, purpose, stage, decide(request, rules, (), datetime.now(UTC)), rules)
        if found and replace(found[-1], stages=()) == replace(row, stages=()):
            found[-1] = replace(row, stages=(*found[-1].stages, stage.value))
        else:
            found.append(row)
    return found


def _row(
    term: CategoryId,
    recipient: Recipient,
    purpose: Purpose,
    stage: Stage,
    decision: Decision,
    rules: tuple[PrivacyRule, ...],
) -> TrialView:
    from memory.rules import Deny

    who = (
        "chosen" if recipient.chosen else "trusted" if recipient.trusted else "category" if recipient.category
        else "named" if recipient.name else "any"
    )  # fmt: skip
    by_id = {rule.id: rule for rule in rules}
    reason = decision.reason.value if isinstance(decision, Deny) else ""
    rung = "none" if isinstance(decision, Deny) else decision.granularity.name.lower()
    return TrialView(
        term, who, recipient.category or recipient.name, purpose.value, (stage.value,), type(decision).__name__.lower(),
        rung, reason, tuple(dict.fromkeys(_name(by_id[one]) for one in decision.rule_ids if one in by_id)),
    )  # fmt: skip


def proffer(home: Path) -> ProfferView:
    """What is proffered. Raises `FacadeError`."""
    from agent.runtime.config import load_config
    from agent.runtime.paths import Home
    from memory.rules.myterms import ROSTER

    with facade_errors():
        chosen = load_config(Home(home).config).privacy
    roster = sorted(ROSTER.values(), key=lambda one: (len(one.uses), not one.portable))
    return ProfferView(chosen.agreement, chosen.also, tuple(one.id for one in roster))


def set_proffer(home: Path, agreement: str, also: tuple[str, ...] = ()) -> ProfferView:
    """Proffer this from the next talk on. Raises `FacadeError` (`bad_setting`) for what is not on the roster."""
    from agent.runtime.settings import set_agreement

    with facade_errors():
        set_agreement(home, agreement.strip().upper(), tuple(one.strip().upper() for one in also))
    return proffer(home)

"""The facade's side of privacy rules: a sentence is read back, and binds once the person kept it.

One sentence may make several rules under one number; they are switched and forgotten together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.running import facade_errors
from agent.views import FacadeError

if TYPE_CHECKING:
    from memory.rules import PrivacyRule


class Ruling:
    """The rules of one data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def read_back(self, sentence: str) -> tuple[Mapping[str, str], ...]:
        """What the sentence would mean, one row for each kind of data: `{effect, category, granularity, recipient}`.
        Nothing is kept. Raises `FacadeError` (`rule_not_understood`, `rule_names_nobody`)."""
        return tuple(_row(rule) for rule in self._read(sentence))

    def add(self, sentence: str) -> str:
        """Keep a sentence as a rule; returns its number."""
        rules = self._read(sentence)
        from memory.store import Store

        with facade_errors(), Store(self.home) as store, store.transaction():
            number = max((rule.number or 0 for rule in store.rules()), default=0) + 1
            of = len(rules)
            named = (f"rule-{number}" if of == 1 else f"rule-{number}-{at}" for at in range(1, of + 1))
            store.add(*(replace(rule, id=name, number=number) for rule, name in zip(rules, named, strict=True)))  # type: ignore[arg-type]
        return str(number)

    def switch(self, rule: str, enabled: bool) -> None:
        """Switch a rule on or off, with the others of its sentence. Raises `FacadeError` (`no_such_item`)."""
        from memory.store import Store

        with facade_errors(), Store(self.home) as store, store.transaction():
            for one in self._together(store.rules(), rule):
                store.replace(replace(one, enabled=enabled))

    def ask_first(self, rule: str) -> None:
        """Let a rule ask the person instead of deciding. Raises `FacadeError` (`no_such_item`)."""
        from memory.rules import Effect
        from memory.store import Store

        with facade_errors(), Store(self.home) as store, store.transaction():
            for one in self._together(store.rules(), rule):
                store.replace(replace(one, effect=Effect.ASK))

    def _together(self, rules: Sequence[PrivacyRule], name: str) -> list[PrivacyRule]:
        found = next((rule for rule in rules if name in (rule.id, str(rule.number))), None)
        if found is None:
            raise FacadeError("no_such_item", item=f"rule:{name}")
        return [rule for rule in rules if rule is found or (rule.number is not None and rule.number == found.number)]

    def _read(self, sentence: str) -> tuple[PrivacyRule, ...]:
        from memory.rules import Effect, RecipientKind, RuleProblem, parse_rule

        read = parse_rule(sentence)
        if isinstance(read, RuleProblem):
            raise FacadeError("rule_not_understood", problem=read.kind.value, words=read.fragment[:80])
        return tuple(
            replace(rule, recipient=replace(rule.recipient, name=self._provider(rule.recipient.name)))
            if rule.recipient.kind is RecipientKind.NAMED and rule.effect is not Effect.FORBID
            else rule
            for rule in read
        )

    def _provider(self, name: str | None) -> str:
        """The company the person means: a name proves nothing, so a permit names the one that was let in."""
        from agent.reading import Reading

        said = (name or "").casefold()
        reads = Reading(self.home)
        try:
            found = [row["id"] for row in reads.providers() if said in (row["id"], row["name"].casefold())]
        finally:
            reads.close()
        if not found:
            raise FacadeError("rule_names_nobody", name=name or "")
        return found[0]


def _row(rule: PrivacyRule) -> Mapping[str, str]:
    return {
        "effect": rule.effect.value, "category": rule.category, "granularity": rule.granularity.name.lower(),
        "recipient": rule.recipient.name or rule.recipient.kind.value,
        "stages": ", ".join(sorted(stage.value for stage in rule.stages)),
    }  # fmt: skip

"""The interview's last questions: what companies may know for an offer, and how far the bot may go alone.

What the person decided before in the rule book or among the limits is not asked again. An answer is written into the
rule book as a sentence of the person's language, so that it can be read, switched and removed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agent.kernel.ledger import Ledger
from memory.facts import CATEGORIES, CategoryId, Granularity, Stage
from memory.rules import PrivacyRule, RecipientKind
from memory.store import PastDecision, Store
from negotiators.categories import Category, Parameter

if TYPE_CHECKING:
    from agent.rulebook import RuleView

MOST = 3
"""Questions of this kind, of all fifteen."""

RULE = "rule_"
"""How the reason of a stored answer begins: the question's name and the choice follow."""

CHOICES = {"1": "yes", "2": "ask", "3": "no"}
ALONE = {"1": "tell", "2": "propose", "=": "unchanged"}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to settle: the release of a datum at the granularity that is enough for an offer, or the autonomy."""

    kind: Literal["release", "autonomy"]
    data: str = ""
    granularity: str = ""

    @property
    def name(self) -> str:
        return self.data or self.kind


def open_points(store: Store, ledger: Ledger, category: Category) -> tuple[Point, ...]:
    """What is not settled yet, in the order it is asked."""
    answered = {one.reason.removeprefix(RULE).rpartition("_")[0] for one in settled(store, category.id)}
    made = [
        Point("release", parameter.data_category, parameter.sufficient)
        for parameter in category.parameters[: MOST - 1]
        if not _decided(store.rules(enabled_only=True), parameter)
    ]
    if ledger.row("SELECT 1 FROM limits WHERE category=?", (category.id,)) is None:
        made.append(Point("autonomy"))
    return tuple(point for point in made if point.name not in answered)


def settled(store: Store, category: str) -> list[PastDecision]:
    """The answers to such questions about a category."""
    return [one for one in store.entries(PastDecision, category=category) if one.reason.startswith(RULE)]


def _decided(rules: Sequence[PrivacyRule], parameter: Parameter) -> bool:
    """Whether a rule about anybody says what becomes of this datum before a yes."""
    return any(
        rule.category == parameter.data_category
        and rule.recipient.kind is RecipientKind.ANY
        and (not rule.stages or Stage.QUOTE in rule.stages)
        for rule in rules
    )


def choice_of(point: Point, answer: str) -> str | None:
    """What a key or word means for a point; `None` when nothing."""
    known = CHOICES if point.kind == "release" else ALONE
    return known.get(answer, answer if answer in known.values() else None)


def settle(home: Path, category: Category, point: Point, choice: str, language: str) -> tuple[str, ...]:
    """Write the choice where it belongs; returns references to the rules that were made."""
    if point.kind == "autonomy":
        if choice != "unchanged":
            from agent.editing import Editing

            Editing(home).set_limits(category.id, max_total=None, max_term_months=None, autonomy=choice)
        return ()
    from agent.rulebook import RuleBook

    return tuple(f"rule:{rule.id}" for rule in RuleBook(home).add(sentence_of(point, choice, language)))


def sentence_of(point: Point, choice: str, language: str) -> str:
    """The rule as a sentence that the rule book reads back as exactly this."""
    kind = CATEGORIES[CategoryId(point.data)]
    german = language == "de"
    label, rung = (kind.de if german else kind.en), Granularity[point.granularity.upper()]
    match choice, german:
        case "yes", True:
            rough = {Granularity.BAND: "ungefähr ", Granularity.REGION: "die ersten zwei Ziffern: "}.get(rung, "")
            return f"Für ein Angebot darf jeder wissen: {rough}{label}"
        case "yes", False:
            rough = {Granularity.BAND: "roughly ", Granularity.REGION: "only the first two digits of "}.get(rung, "")
            return f"For an offer anyone may know {rough}my {label}"
        case "ask", True:
            return f"Frag mich, bevor jemand für ein Angebot erfährt: {label}"
        case "ask", False:
            return f"Ask me before anyone learns my {label} for an offer"
        case _, True:
            return f"Niemand darf für ein Angebot wissen: {label}"
        case _, False:
            return f"Nobody may know my {label} for an offer"


def take_back(home: Path, answers: Sequence[PastDecision]) -> None:
    """Remove the rules that such answers made, as far as the person still has them."""
    from agent.rulebook import RuleBook
    from agent.views import FacadeError

    book = RuleBook(home)
    for ref in dict.fromkeys(_rules_of(answers)):
        try:
            book.remove(ref)
        except FacadeError as err:
            if err.code != "no_such_rule":
                raise


def rules_made(home: Path, answers: Sequence[PastDecision]) -> tuple[RuleView, ...]:
    """The rules that such answers made and that still stand."""
    from agent.rulebook import RuleBook

    named = {ref.removeprefix("rule:") for ref in _rules_of(answers)}
    return tuple(rule for rule in RuleBook(home).rules() if rule.id in named) if named else ()


def _rules_of(answers: Sequence[PastDecision]) -> Iterator[str]:
    return (ref for one in answers for ref in one.refs if ref.startswith("rule:"))

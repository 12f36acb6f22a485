"""Privacy rules in words: the normal form of each rule as one sentence, conflicts, and who would learn what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.wording import Wording

if TYPE_CHECKING:
    from agent.rulebook import ConflictView, RuleView, TrialView

_SERVICE = "dpv:RequestedServiceProvision"


def sentence(w: Wording, rule: RuleView) -> str:
    """The normal form of one rule as one sentence."""
    forbids = rule.effect == "forbid"
    key = f"rule.{rule.effect}" + (".beyond" if forbids and rule.granularity != "none" else "")
    parts = [w.t(key, who=who(w, rule.who, rule.who_name), data=w.label("data", rule.category), rung=rung(w, rule))]
    if rule.stages:
        parts.append(w.t("rule.when", stages=_stages(w, rule.stages)))
    if rule.purposes and _SERVICE not in rule.purposes:
        parts.append(w.t("rule.purposes", purposes=", ".join(w.label("purpose", one) for one in rule.purposes)))
    if rule.subjects:
        parts.append(w.t("rule.subjects", subjects=", ".join(w.label("subject", one) for one in rule.subjects)))
    if rule.price:
        parts.append(w.t("rule.price", price=w.value("money", rule.price, {})))
    if rule.agreement:
        parts.append(w.t("rule.agreement", name=rule.agreement))
    if rule.max_uses:
        parts.append(w.n("rule.uses", int(rule.max_uses)))
    if rule.expires:
        parts.append(w.t("rule.expires", day=w.formats.moment(rule.expires, year=True)))
    if rule.mode == "off":
        parts.append(w.t("rule.off"))
    whole = ", ".join(parts) + "."
    return whole[0].upper() + whole[1:]


def who(w: Wording, kind: str, name: str) -> str:
    """Whom a rule or a trial speaks of."""
    shown = w.label("category", name) if kind == "category" else name
    return w.t(f"rule.who.{kind}", name=shown)


def rung(w: Wording, rule: RuleView) -> str:
    return w.label("granularity", rule.granularity)


def _stages(w: Wording, stages: Sequence[str]) -> str:
    return ", ".join(w.label("stage", one) for one in stages)


def line(w: Wording, rule: RuleView) -> str:
    """A rule with the number it is known by."""
    return f"{rule.number or '-':>3}  {sentence(w, rule)}"


def conflict(w: Wording, found: ConflictView) -> str:
    winner, loser = (rule.number or rule.id for rule in (found.winner, found.loser))
    return w.t(f"rule.conflict.{found.kind}", winner=winner, loser=loser)


def trial(w: Wording, row: TrialView) -> str:
    """One line of "who may learn it, and when"."""
    key = f"rule.try.{row.outcome}"
    rules = w.t("rule.try.rules", rules=", ".join(row.rules)) if row.rules else ""
    told = w.t(
        key, who=who(w, row.who, row.who_name), data=w.label("data", row.category),
        rung=w.label("granularity", row.granularity), stages=_stages(w, row.stages),
        why=w.label("refusal", row.reason) if row.reason else "",
    )  # fmt: skip
    purpose = "" if row.purpose == _SERVICE else w.t("rule.try.purpose", purpose=w.label("purpose", row.purpose))
    return " ".join(part for part in (told, purpose, rules) if part)

"""The one-page brief for a human hand-over: where a talk stands, so that a person can finish it at the company's door.

It may be read aloud to or left with the company, so it holds only what was said to it or by it: no budget, no limit, no
rule, no rival. Values read from the company's words are marked as such.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agent.language.results import Language
from agent.language.wording import word_terms, word_value
from negotiators.categories import Category
from negotiators.dialogue import Terms, TermValue
from negotiators.text import safe_text

LINES = 60
"""Lines of one printed page."""


@dataclass(frozen=True, slots=True)
class Step:
    """One message of the talk: the day, whose it is, and the headline price it named, if any."""

    day: date
    ours: bool
    act: str
    price: TermValue | None = None


@dataclass(frozen=True, slots=True)
class BriefFacts:
    """What a brief is made of. `terms` are those approved or offered; `claimed` whether they stand in words only;
    `told` are labels of data the company has already; `missing` are mandatory issues nobody named."""

    provider: str
    address: str
    category: Category
    terms: Terms
    claimed: bool
    approved: bool
    steps: Sequence[Step] = ()
    told: Sequence[str] = ()
    missing: Sequence[str] = ()
    their_words: str = ""
    reference: str = ""


_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Brief: {deal} with {provider}", "where": "Where: {address}", "reference": "Our sign: {reference}",
        "approved": "What you said yes to, exactly:", "offered": "What is on the table:",
        "claimed": "These values were read from the company's words. Have them confirmed in writing before you sign.",
        "missing": "Ask for: {missing}", "course": "How it came about:", "we": "we", "they": "they",
        "told": "They know already: {told}", "nothing_told": "They know nothing about you yet.",
        "words": "Their last words:", "say": "What you can say:",
        "speech": "\u201cI refer to your offer. I should like to conclude on exactly these terms and ask you to confirm "
        "them in writing. I agree to nothing that differs.\u201d",
        "then": "Then: `gegenbot signed ITEM --reference NUMBER`.",
    },
    "de": {
        "title": "Kurzbericht: {deal} bei {provider}", "where": "Wo: {address}", "reference": "Unser Zeichen: {reference}",
        "approved": "Wozu du Ja gesagt hast, genau:", "offered": "Was auf dem Tisch liegt:",
        "claimed": "Diese Werte stammen aus den Worten des Unternehmens. Vor dem Abschluss schriftlich bestätigen lassen.",
        "missing": "Noch erfragen: {missing}", "course": "Wie es dazu kam:", "we": "wir", "they": "sie",
        "told": "Sie wissen bereits: {told}", "nothing_told": "Sie wissen noch nichts über dich.",
        "words": "Ihre letzten Worte:", "say": "Was du sagen kannst:",
        "speech": "„Ich beziehe mich auf Ihr Angebot. Ich möchte zu genau diesen Bedingungen abschließen und bitte um "
        "Bestätigung in Textform. Was davon abweicht, ist nicht vereinbart.“",
        "then": "Danach: `gegenbot signed KARTE --reference NUMMER`.",
    },
}  # fmt: skip


_ACTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "ask": "asked", "propose": "proposed", "accept": "agreed, not bindingly", "reject": "declined",
        "withdraw": "took back", "inform": "answered a question", "inquire": "asked a question", "leave": "left",
        "commit": "accepted bindingly", "confirm": "confirmed",
    },
    "de": {
        "ask": "gefragt", "propose": "vorgeschlagen", "accept": "unverbindlich zugestimmt", "reject": "abgelehnt",
        "withdraw": "zurückgezogen", "inform": "Frage beantwortet", "inquire": "nachgefragt", "leave": "beendet",
        "commit": "verbindlich angenommen", "confirm": "bestätigt",
    },
}  # fmt: skip


def write_brief(facts: BriefFacts, language: Language) -> str:
    """The brief, at most `LINES` lines: the course of the talk is shortened from its start where there is more."""
    say = _WORDS[language]
    head = [
        say["title"].format(deal=facts.category.labels[language], provider=_line(facts.provider)),
        say["where"].format(address=_line(facts.address)),
    ]
    if facts.reference:
        head.append(say["reference"].format(reference=facts.reference))
    terms = ["", say["approved" if facts.approved else "offered"]]
    terms += word_terms(facts.terms, facts.category, language).split("\n")
    if facts.claimed:
        terms.append(say["claimed"])
    if facts.missing:
        terms.append(say["missing"].format(missing=", ".join(_labels(facts, language))))
    told = ["", say["told"].format(told=", ".join(facts.told)) if facts.told else say["nothing_told"]]
    end = ["", say["say"], say["speech"], "", say["then"]]
    words = _their_words(facts, say)
    room = LINES - len(head) - len(terms) - len(told) - len(end) - len(words) - 2
    course = [_step(step, facts.category, language) for step in facts.steps][-max(room, 1) :]
    return "\n".join([*head, *terms, *told, "", say["course"], *course, *words, *end]) + "\n"


def _line(text: str) -> str:
    return safe_text(text, limit=120, multiline=False)


def _labels(facts: BriefFacts, language: Language) -> list[str]:
    found = (facts.category.issue(name) for name in facts.missing)
    return [issue.labels.get(language, issue.name) for issue in found if issue is not None]


def _step(step: Step, category: Category, language: Language) -> str:
    price = f"  {word_value(step.price, category.headline(), language)}" if step.price is not None else ""
    day = word_value(step.day, None, language)
    return (
        f"- {day}  {_WORDS[language]['we' if step.ours else 'they']}: {_ACTS[language].get(step.act, step.act)}{price}"
    )


def _their_words(facts: BriefFacts, say: Mapping[str, str]) -> list[str]:
    shown = [line for line in safe_text(facts.their_words, limit=600).split("\n") if line.strip()][:8]
    return ["", say["words"], *(f"  > {line}" for line in shown)] if shown else []

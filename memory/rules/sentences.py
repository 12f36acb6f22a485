"""Reading a rule from the person's own sentence, German or English: the result is a draft that the person confirms.

A closed pattern reader, not a language model. Whatever it cannot place becomes a typed problem; it never guesses an
effect. One sentence may make several rules ("my floor and my city, my street only after I said yes").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from memory.facts import CATEGORIES, CategoryId, Granularity, Purpose, Stage
from memory.facts.words import Mention, fold, mentions
from memory.rules.model import Constraints, Effect, PrivacyRule, RecipientKind, RecipientSelector, RuleId
from memory.rules.myterms import named_in

MAX_LENGTH = 400


class RuleProblemKind(StrEnum):
    """Why no draft could be made."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NO_CATEGORY = "no_category"  # no kind of data recognised
    NO_EFFECT = "no_effect"  # neither may, nor never, nor ask
    NEVER_CLASS = "never_class"  # asks to permit what no rule can permit
    NEEDS_NAMED_RECIPIENT = "needs_named_recipient"  # Art. 9 data for nobody in particular


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """Why a sentence gave no rule; `fragment` is the part that was meant."""

    kind: RuleProblemKind
    fragment: str = ""


_FORBID = re.compile(
    r"\b(never|nobody|no one|noone|nowhere|must not|may not|mustn't|don't|do not|cannot|can't|"
    r"nie|niemals|niemand(?:em|en)?|keinesfalls|kein(?:e|er|em|en)?|nicht|geht (?:\w+ ){0,2}nichts an)\b"
)
_ASK = re.compile(r"\b(ask me|ask first|check with me|frag(?:e|t)? mich|(?:erst|vorher) fragen|rueckfragen?)\b")
_PERMIT = re.compile(
    r"\b(may|can|is allowed|are allowed|allowed to|tell|share|give|darf|duerfen|kann|koennen|erlaubt|sag(?:en)?)\b"
)
_ONLY = re.compile(r"\b(only|nur|erst|ausschliesslich|not (?:before|until))\b")
_AFTER_YES = re.compile(
    r"\b((?:after|once|when) (?:i|we) (?:have )?(?:sa(?:id|y) yes|agreed?|sign(?:ed)?|accept(?:ed)?|choo?se)|"
    r"(?:when|after|on|at|before) (?:signing|the contract|contract)|"
    r"(?:bei|nach|zum|mit) (?:dem |der )?(?:vertrags)?(?:abschluss|unterschrift|zusage|vertrag)|"
    r"nach meine[mr] (?:zusage|ja|unterschrift)|"
    r"wenn ich (?:\w+ ){0,3}(?:zugesagt|zusage|unterschr\w+|ja gesagt|ja sage)|"
    r"nachdem ich (?:\w+ ){0,3}(?:zugesagt|unterschrieben|ja gesagt)(?: habe)?)\b"
)
_FOR_QUOTE = re.compile(
    r"\b(for (?:a |an |the )?(?:quotes?|offers?|estimates?)|fuer (?:ein |das |ihr |die )?angebote?s?)\b"
)
_MARKETING = re.compile(r"\b(advertis\w+|marketing|ads|newsletters?|werbung|werbe\w+|reklame)\b")
_ROUGHLY = re.compile(
    r"\b(roughly|approximately|about how|only (?:a |the )?(?:range|band|bracket)|ungefaehr|etwa|grob|circa|ca)\b"
)
_REGION = re.compile(r"\b((?:first|only) two digits|(?:die )?(?:ersten )?zwei (?:ersten )?ziffern|two-digit)\b")
_EXISTS = re.compile(r"\b((?:only )?(?:that|whether) i have|dass ich (?:\w+ ){0,2}habe|ob ich (?:\w+ ){0,2}habe)\b")
_ONCE = re.compile(r"\b(?:only once|einmal|nur einmal|one time)\b")
_PRICE = re.compile(
    r"\b(?:for at least|if they pay(?: at least)?|fuer mindestens|gegen mindestens|ab) "
    r"(\d+(?:[.,]\d{1,2})?) ?(eur|euro|€|chf|usd)"
)
_UNTIL = re.compile(r"\b(?:until|till|bis(?: zum)?) (\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4})")
_TRUSTED = re.compile(r"\b(trusted|i trust|vertrauenswuerdig\w*|denen ich (?:ver)?traue|vertraue)\b")
_CHOSEN = re.compile(
    r"\b(i (?:chose|choose|picked|have chosen)|the winner|chosen (?:one|provider|company)|"
    r"(?:ge|aus)gewaehlte\w*|den ich (?:aus)?(?:ge)?waehle\w*|gewinner)\b"
)  # fmt: skip
# Kinds of providers: the start of a German word, or English words.
_KINDS: dict[str, tuple[str, ...]] = {
    "removal": (
        r"movers?", r"moving compan(?:y|ies)", r"removal (?:firms?|compan(?:y|ies))",
        r"umzugs(?:firm|unternehm|leut)\w*", r"moebelpacker\w*", r"spediteur\w*", r"spedition\w*",
    ),
    "contents_insurance": (
        r"insurers?", r"insurance compan(?:y|ies)", r"versicherer\w*", r"hausratversicher\w*",
        r"versicherungs(?:gesellschaft|firm|unternehm)\w*",
    ),
    "electricity": (
        r"(?:electricity|power|energy) (?:compan(?:y|ies)|suppliers?|providers?)",
        r"stromanbieter\w*", r"stromversorger\w*", r"energieversorger\w*",
    ),
    "internet": (r"(?:internet|broadband) (?:compan(?:y|ies)|providers?)", r"internet(?:anbieter|provider)\w*"),
    "mobile_plan": (r"(?:phone|mobile) (?:compan(?:y|ies)|providers?|carriers?)", r"mobilfunk\w*", r"handyanbieter\w*"),
    "hotel_night": (r"hotels?", r"hostels?", r"pension(?:en)?"),
    "gym": (r"gyms?", r"fitnessstudios?", r"studios?"),
    "language_model": (r"language models?", r"llms?", r"sprachmodelle?\w*"),
}  # fmt: skip
_KIND_PATTERNS = {kind: re.compile(rf"\b(?:{'|'.join(words)})\b") for kind, words in _KINDS.items()}
_CAPITALISED = r"[A-ZÄÖÜ][\w&.-]+(?:\s+[A-ZÄÖÜ][\w&.-]+){0,3}"
_NAMED = re.compile(
    rf"(?:^|\b(?:only|nur|with|to|an|mit|tell|let|lass)\s+)(?P<name>{_CAPITALISED})\s+(?:may|can|darf|kann)\b"
    rf"|\b(?:to|with|an|gegenueber|gegenüber)\s+(?P<to>{_CAPITALISED})"
)
_ONLY_FIRST = re.compile(r"^(?:Only|Nur)\s+")
_PRONOUNS = {
    "nobody",
    "anyone",
    "everyone",
    "anybody",
    "everybody",
    "nur",
    "only",
    "niemand",
    "jeder",
    "alle",
    "you",
    "du",
}
_SERVICE = frozenset(
    {Purpose.REQUESTED_SERVICE, Purpose.ENTER_CONTRACT, Purpose.FULFIL_CONTRACT, Purpose.REGISTRATION, Purpose.PAYMENT}
)
_CLAUSES = re.compile(r"\s*[;,]\s*(?:but\s+|aber\s+|and\s+|und\s+)?|\s+(?:but|aber|jedoch|sondern)\s+", re.IGNORECASE)


def parse_rule(sentence: str, rule_id: str = "draft") -> tuple[PrivacyRule, ...] | RuleProblem:
    """One draft rule per kind of data the sentence names, or why there is none. Drafts bind only once confirmed.

    `rule_id` is the stem of the ids ("draft", or "draft-1", "draft-2"). A provider named in the sentence stands in the
    draft by that name; whoever confirms a permit replaces it by the provider's key, since a name proves nothing.
    """
    text = " ".join(sentence.split())
    if not text:
        return RuleProblem(RuleProblemKind.EMPTY)
    if len(text) > MAX_LENGTH:
        return RuleProblem(RuleProblemKind.TOO_LONG, text[:40])
    drafts: list[PrivacyRule] = []
    frame = _Frame.of(text)
    for clause in _clauses_with_a_category(text):
        effect = _effect(clause) or frame.effect
        if effect is None:
            return RuleProblem(RuleProblemKind.NO_EFFECT, clause)
        for term in dict.fromkeys(mention.category for mention in _data_mentions(clause)):
            draft = _draft(clause, term, effect, frame, text)
            problem = _unusable(draft)
            if problem is not None:
                return RuleProblem(problem, clause)
            drafts.append(draft)
    if not drafts:
        return RuleProblem(RuleProblemKind.NO_CATEGORY, text)
    return tuple(_numbered(draft, rule_id, at, len(drafts)) for at, draft in enumerate(drafts, 1))


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the whole sentence says and its clauses inherit."""

    effect: Effect | None
    recipient: RecipientSelector

    @classmethod
    def of(cls, text: str) -> _Frame:
        first = next((effect for clause in _CLAUSES.split(text) if (effect := _effect(clause))), None)
        return cls(first, _recipient(text) or RecipientSelector())


def _clauses_with_a_category(text: str) -> list[str]:
    """Clauses; one without a kind of data ("..., and only once") is read together with the clause before it."""
    merged: list[str] = []
    for clause in _CLAUSES.split(text):
        if merged and not (_data_mentions(clause) and _data_mentions(merged[-1])):
            merged[-1] += f", {clause}"
        else:
            merged.append(clause)
    return [clause for clause in merged if _data_mentions(clause)]


def _data_mentions(clause: str) -> tuple[Mention, ...]:
    """Kinds of data named in a clause, without the words that name the recipient or the moment."""
    bare = fold(clause)
    for pattern in (_AFTER_YES, *_KIND_PATTERNS.values()):
        bare = pattern.sub(" ", bare)
    return mentions(bare)


def _effect(clause: str) -> Effect | None:
    said = fold(clause)
    if _ASK.search(said):
        return Effect.ASK
    only = _ONLY.search(said) or _AFTER_YES.search(said)
    negated = _FORBID.search(re.sub(r"\bnot (?:before|until)\b|\bnicht (?:bevor|vor)\b", " ", said))
    if negated:
        return Effect.FORBID
    return Effect.PERMIT if only or _PERMIT.search(said) else None


def _draft(clause: str, term: CategoryId, effect: Effect, frame: _Frame, text: str) -> PrivacyRule:
    said = fold(clause)
    stages: frozenset[Stage] = frozenset()
    if _AFTER_YES.search(said):
        stages = frozenset({Stage.COMMIT, Stage.AFTER})
    elif _FOR_QUOTE.search(said):
        stages = frozenset({Stage.QUOTE, Stage.OFFER})
    purposes = frozenset({Purpose.MARKETING}) if _MARKETING.search(said) else frozenset()
    if effect is Effect.PERMIT and not purposes:
        purposes = _SERVICE
    recipient = _recipient(clause) or frame.recipient
    if stages == {Stage.COMMIT, Stage.AFTER} and recipient.kind is RecipientKind.ANY and effect is Effect.PERMIT:
        recipient = RecipientSelector(RecipientKind.CHOSEN)
    if effect is Effect.FORBID and recipient.kind is RecipientKind.CHOSEN:
        recipient = RecipientSelector()
    granularity = Granularity.NONE if effect is Effect.FORBID else _granularity(said)
    return PrivacyRule(
        RuleId("draft"), effect, term, text, recipient, granularity, purposes, stages, constraints=_constraints(said)
    )


def _granularity(said: str) -> Granularity:
    if _EXISTS.search(said):
        return Granularity.EXISTS
    if _REGION.search(said):
        return Granularity.REGION
    return Granularity.BAND if _ROUGHLY.search(said) else Granularity.EXACT


def _recipient(clause: str) -> RecipientSelector | None:
    said = fold(clause)
    for kind, pattern in _KIND_PATTERNS.items():
        if pattern.search(said):
            return RecipientSelector(RecipientKind.CATEGORY, kind)
    if _CHOSEN.search(said):
        return RecipientSelector(RecipientKind.CHOSEN)
    if _TRUSTED.search(said):
        return RecipientSelector(RecipientKind.TRUSTED)
    for found in _NAMED.finditer(clause):
        name = _ONLY_FIRST.sub("", (found["name"] or found["to"] or "").strip())
        first = name.split()[0].casefold() if name else "only"
        if first not in _PRONOUNS and not mentions(name) and fold(first) not in {"mein", "meine", "meinen", "my"}:
            return RecipientSelector(RecipientKind.NAMED, name)
    return None


def _constraints(said: str) -> Constraints:
    price, until = _PRICE.search(said), _UNTIL.search(said)
    wanted = None
    if price:
        currency = {"eur": "EUR", "euro": "EUR", "€": "EUR"}.get(price[2], price[2].upper())
        wanted = (price[1].replace(",", "."), currency)
    return Constraints(
        expires=_end_of(until[1]) if until else None, max_uses=1 if _ONCE.search(said) else None, price=wanted,
        agreement=named_in(said),
    )  # fmt: skip


def _end_of(day: str) -> datetime | None:
    """The end of a written day, in UTC (exclusive)."""
    try:
        written = date.fromisoformat(day) if "-" in day else date(*(int(part) for part in reversed(day.split("."))))
    except ValueError:
        return None
    return datetime.combine(written, time(), UTC) + timedelta(days=1)


def _unusable(draft: PrivacyRule) -> RuleProblemKind | None:
    if draft.effect is Effect.FORBID:
        return None
    kind = CATEGORIES[draft.category]
    if kind.never:
        return RuleProblemKind.NEVER_CLASS
    if kind.special and draft.effect is Effect.PERMIT and draft.recipient.kind is not RecipientKind.NAMED:
        return RuleProblemKind.NEEDS_NAMED_RECIPIENT
    return None


def _numbered(draft: PrivacyRule, stem: str, at: int, of: int) -> PrivacyRule:
    return replace(draft, id=RuleId(stem if of == 1 else f"{stem}-{at}"))

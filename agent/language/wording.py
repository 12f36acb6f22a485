"""Puts moves that were already decided into plain sentences, for counterparts without our extension.

Nothing is decided here. The sentences say that a bot writes, never name a budget, a limit, a rule or another
offer, and a refusal to tell something is one constant sentence that does not depend on what is refused.
What `word_move` says of a proposal, `read_offer` reads back to the same terms (a property test holds it to that).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never

from agent.language.phrases import MONTH_NAMES, NON_BINDING, PHRASES, REFUSAL, Phrase
from agent.language.results import Language
from negotiators.categories import Category, Issue
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    Leave,
    Move,
    Propose,
    Reject,
    Terms,
    TermValue,
    Withdraw,
)
from negotiators.money import Money, Period, plain


@dataclass(frozen=True, slots=True)
class ActDetails:
    """What a message may say beside its move. `first`: the first message to this company, which introduces the
    bot; `questions`: labels of terms an incomplete offer still lacks; `field_labels`: how data fields are called;
    `informs`: further answers beside an `Inform`; `cites`: a public price of the company's own, where and when it was
    seen; `agreement`: what is said of the agreement on data, as status and roster id."""

    first: bool = False
    questions: tuple[str, ...] = ()
    field_labels: Mapping[str, str] | None = None
    informs: tuple[Inform, ...] = ()
    cites: tuple[Money, str, date] | None = None
    agreement: tuple[str, str] | None = None


def word_value(value: TermValue, issue: Issue | None, language: Language) -> str:
    """One term value in words: `17.50 EUR`, `20 GB`, `12 Monate`, `3 May 2027`, `ja`."""
    match value:
        case bool():
            return {"en": ("no", "yes"), "de": ("nein", "ja")}[language][value]
        case Money():
            return _number(value.text(), language) + f" {value.currency}"
        case Decimal():
            unit = f" {issue.unit}" if issue is not None and issue.unit else ""
            return _number(plain(value), language) + unit
        case Period():
            return _period(value, language)
        case date():
            return _date(value, language)
        case str():
            labels = ((issue.choice_labels or {}) if issue is not None else {}).get(value) or {}
            return labels.get(language, value)
        case _:
            assert_never(value)


def _number(text: str, language: Language) -> str:
    return text.replace(".", ",") if language == "de" else text


def _period(value: Period, language: Language) -> str:
    words = {
        "en": ("month", "months", "day", "days", "and", "none"),
        "de": ("Monat", "Monate", "Tag", "Tage", "und", "keine"),
    }
    month, months, day, days, joined, none = words[language]
    parts = []
    if value.months:
        parts.append(f"{value.months} {month if value.months == 1 else months}")
    if value.days:
        parts.append(f"{value.days} {day if value.days == 1 else days}")
    return f" {joined} ".join(parts) or none


def _date(value: date, language: Language) -> str:
    name = MONTH_NAMES[language][value.month - 1]
    return f"{value.day}. {name} {value.year}" if language == "de" else f"{value.day} {name} {value.year}"


def word_terms(terms: Terms, category: Category, language: Language) -> str:
    """Terms as a list, one line each, in the category's order."""
    lines = []
    named = {issue.name: issue for issue in category.issues}
    for name in [*(name for name in named if name in terms), *(name for name in terms if name not in named)]:
        issue = named.get(name)
        label = issue.labels.get(language, name) if issue is not None else name
        lines.append(f"- {label}: {word_value(terms[name], issue, language)}")
    return "\n".join(lines)


def word_move(move: Move, category: Category, language: Language, details: ActDetails | None = None) -> str:
    """The text of one of our moves. Raises `ValueError` for `Confirm`, which only a company sends."""
    details = details or ActDetails()
    say = PHRASES[language]
    body = _body(move, category, language, details)
    opening = say[Phrase.INTRODUCTION].format(deal=category.labels[language]) if details.first else say[Phrase.GREETING]
    closing = say[Phrase.FAREWELL] if isinstance(move, Leave) else say[Phrase.CLOSING]
    data = _agreement(details, language)
    return "\n\n".join(part for part in (opening, body, data, closing, say[Phrase.SIGNATURE]) if part)


def _body(move: Move, category: Category, language: Language, details: ActDetails) -> str:
    say = PHRASES[language]
    match move:
        case Ask():
            return _ask(move, category, language, details)
        case Propose():
            head = say[Phrase.COUNTER if move.answers is not None else Phrase.PROPOSE] + _cited(details, language)
            last = f"{say[Phrase.LAST_CALL]}\n\n" if move.final else ""
            return _with_terms(head, move.offer.terms, category, language, last + NON_BINDING[language])
        case Accept():
            return _with_terms(say[Phrase.ACCEPT], move.terms, category, language, NON_BINDING[language])
        case Commit():
            return _with_terms(say[Phrase.COMMIT], move.terms, category, language, say[Phrase.COMMIT_CONFIRM])
        case Reject():
            return say[Phrase.REJECT]
        case Withdraw():
            return say[Phrase.WITHDRAW if move.offer_id is not None else Phrase.WITHDRAW_DATA]
        case Inquire():
            return say[Phrase.INQUIRE].format(field=_field(move.field, details, category, language))
        case Inform():
            return _informs((move, *details.informs), category, language, details)
        case Leave():
            return say[Phrase.LEAVE]
        case Confirm():
            raise ValueError("a confirmation is the company's move, not ours")
        case _:
            assert_never(move)


def _agreement(details: ActDetails, language: Language) -> str:
    if details.agreement is None:
        return ""
    status, name = details.agreement
    phrase = {"proffered": Phrase.PROFFER, "accepted": Phrase.PROFFER_TAKEN}.get(status, Phrase.PROFFER_DECLINED)
    return PHRASES[language][phrase].format(name=name)


def _cited(details: ActDetails, language: Language) -> str:
    if details.cites is None:
        return ""
    price, url, day = details.cites
    words = {"price": word_value(price, None, language), "url": url, "day": _date(day, language)}
    return " " + PHRASES[language][Phrase.CITED].format(**words)


def _with_terms(head: str, terms: Terms, category: Category, language: Language, tail: str) -> str:
    return f"{head}\n\n{word_terms(terms, category, language)}\n\n{tail}"


def _ask(move: Ask, category: Category, language: Language, details: ActDetails) -> str:
    say = PHRASES[language]
    parts = [say[Phrase.ASK].format(deal=category.labels[language])]
    if move.terms:
        parts += [say[Phrase.WISHES], word_terms(move.terms, category, language)]
    if details.questions:
        parts += [say[Phrase.MISSING], "\n".join(f"- {question}" for question in details.questions)]
    return "\n\n".join([*parts, say[Phrase.ALL_IN]])


def _field(field: str, details: ActDetails, category: Category, language: Language) -> str:
    issue = category.issue(field)
    if issue is not None:
        return issue.labels.get(language, field)
    return (details.field_labels or {}).get(field, field.replace("_", " "))


def _informs(answers: Sequence[Inform], category: Category, language: Language, details: ActDetails) -> str:
    """One line for each answer; what is not told is one constant sentence, however much it is."""
    told = [_inform(answer, category, language, details) for answer in answers if answer.value is not None]
    refused = [REFUSAL[language]] if len(told) < len(answers) else []
    return "\n".join([*told, *refused])


def _inform(move: Inform, category: Category, language: Language, details: ActDetails) -> str:
    label = (details.field_labels or {}).get(move.field) or next(
        (parameter.labels[language] for parameter in category.parameters if parameter.name == move.field),
        move.field.replace("_", " "),
    )
    return PHRASES[language][Phrase.INFORM].format(field=label, value=move.value)

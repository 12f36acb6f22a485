"""Questions for personal data in a company's own words, matched to data categories by a closed phrase list.

Categories are ids of `memory.facts.vocabulary` (W3C DPV `pd:`, our own `gb:`). A question that matches nothing
stays a question (`Inquire(category=None)`): recall may still find its category, the policy asks the person.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib import resources

from agent.language.results import Question
from agent.language.segments import Segment, sentences
from memory.facts.words import asked_part, mentions
from negotiators.categories import Category
from negotiators.dialogue import Inquire


def _compile(phrase: str) -> str:
    body = re.escape(phrase.strip()).replace(r"\ ", r"\s+").replace(r"\-", "[- ]?")
    body = body.replace(r"\s+\*\s+", r"\s+(?:\w+\s+){0,2}")
    body = re.sub(r"\\\*", r"\\w*", body)
    return rf"(?<!\w){body}(?!\w)"


def _load() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = tomllib.loads((resources.files(__package__) / "questions.toml").read_text("utf-8"))
    return tuple(
        (name, re.compile("|".join(_compile(phrase) for words in phrases.values() for phrase in words), re.IGNORECASE))
        for name, phrases in table.items()
    )


_TABLE = _load()
PHRASED_CATEGORIES: tuple[str, ...] = tuple(name for name, _ in _TABLE)
"""Every data category the phrase list can name."""

_REQUEST = re.compile(
    r"\b(?:please (?:tell|send|provide|give|state|share|let us know|enter|confirm your|specify|name|supply|"
    r"include|submit|disclose|indicate|list|upload|complete|verify your)|"
    r"^\W*(?:and |also |kindly |now |then )*(?:provide|share|send|submit|disclose|state|specify|supply|enter|indicate|list|upload|"
    r"give|name|describe|confirm)\s|(?:could|can|may|might|would) (?:you|we|i) (?:please )?(?:tell|send|provide|give|share|ask|have|"
    r"know|get|need)|"
    r"(?:we|i)(?:['’]ll| will| also| would| still| do)? (?:need|require|would need|must know|have to know|"
    r"would like to know|want to know|like to know)|tell (?:me|us)|let (?:me|us) know|is required|are required|"
    r"we are missing|i need|we lack|share with us|what (?:is|are|was) your|"
    r"bitte (?:\w+ ){0,6}?(?:mit(?:teilen)?|an(?:geben)?|nennen|senden|schicken|übermitteln|ergänzen|"
    r"hinterlegen|verraten)|teilen Sie|nennen Sie|geben Sie|senden Sie|schicken Sie|verraten Sie|benötigen wir|"
    r"brauchen wir|wir benötigen|wir brauchen|uns fehlt|uns fehlen|"
    r"benötige ich|ich benötige|brauche ich|ich brauche|erforderlich|bräuchten|wüssten|müssen wir wissen|"
    r"darf ich (?:\w+ ){0,3}(?:fragen|wissen|bitten)|dürfen wir (?:\w+ ){0,3}(?:fragen|wissen|bitten))\b",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"\b(?:deal|accept|agree|proceed|sound|work for you|interested|what do you (?:say|think)|shall we|how about|"
    r"would you take|take it|happy with|help you|anything else|questions|is that (?:ok|okay|fine|acceptable)|"
    r"go ahead|your thoughts|good enough|does that (?:suit|help)|ready to (?:sign|order|book)|convince|"
    r"still considering|"
    r"einverstanden|klingt|passt (?:das|Ihnen das|es so)|zusagen|annehmen|Interesse|was meinen Sie|"
    r"was sagen Sie|wie wäre|sollen wir|können wir (?:das )?so|noch Fragen|weiterhelfen|in Ordnung|abschließen|"
    r"überzeugen|wie finden Sie|entgegenkommen|haben Sie Fragen)\b",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"\d{1,9}(?:[.,]\d{1,4})?\s*(?:€|EUR|\$|GB|Mbit|%|ct|months?|Monate?|years?|Jahre)|(?:€|EUR|\$|£)\s*\d", re.I
)
_WANTED = re.compile(
    r"\b(?:need|want|prefer|wish|would like|looking for|interested in|require|möchten|brauchen|wünschen|benötigen|"
    r"bevorzugen|suchen|hätten Sie gern\w*|soll)\b",
    re.I,
)
_ADDRESSED = re.compile(
    r"\b(?:your|the (?:user|customer|client|person|traveller|traveler|guest|applicant|insured|buyer|tenant)['’]s|"
    r"his|her|their|exact|full|complete|specific|detailed|precise|Ihre?[nmrs]?|genaue?[nmrs]?|vollständige?[nmrs]?)\b",
    re.I,
)
"""A request that no phrase places is a data question only where it is about the person."""
_OURS = re.compile(
    r"\b(?:we|our|unser\w*|wir)\b[^.?!]{0,40}\b(?:will|can|offer|send|provide|bieten|senden|schicken)\b", re.I
)


def _parameter_matches(text: str, category: Category | None) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for parameter in category.parameters if category is not None else ():
        for word in (word for words in parameter.words.values() for word in words):
            match = re.search(_compile(word), text, re.IGNORECASE)
            if match:
                found.append((parameter.data_category, match.start(), match.end()))
                break
    return found


def _matches(text: str, category: Category | None) -> list[tuple[str, int, int]]:
    """Category, start and end of every phrase found; the deal's own parameters first."""
    return [*_parameter_matches(text, category), *_phrase_matches(text)]


@lru_cache(maxsize=256)  # a sentence is looked at several times, and companies repeat themselves every round
def _phrase_matches(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((name, match.start(), match.end()) for name, pattern in _TABLE for match in pattern.finditer(text))


def match_categories(text: str, category: Category | None = None) -> tuple[str, ...]:
    """Data categories a question may be about; the deal's own parameters come before others."""
    return tuple(dict.fromkeys(name for name, _, _ in _matches(text, category)))


def _groups(text: str, category: Category | None) -> list[tuple[str, ...]]:
    """One tuple of candidates per datum asked for: phrases that overlap compete, phrases apart are separate data."""
    groups: list[tuple[int, int, list[str]]] = []
    for name, start, end in sorted(_matches(text, category), key=lambda match: match[1]):
        if any(name in names for _, _, names in groups):
            continue
        if groups and start < groups[-1][1]:
            low, high, names = groups[-1]
            groups[-1] = (low, max(high, end), [*names, name])
        else:
            groups.append((start, end, [name]))
    order = {name: place for place, name in enumerate(match_categories(text, category))}
    return [tuple(sorted(names, key=lambda name: order[name])) for _, _, names in groups]


def _issue_asked(text: str, category: Category | None) -> str | None:
    """The issue a question is about, when it asks for a wish ("how many GB do you need?")."""
    if category is None or not _WANTED.search(text):
        return None
    for issue in category.issues:
        words = [word for words in (issue.words or {}).values() for word in words if len(word) > 1]
        if any(re.search(_compile(word), text, re.IGNORECASE) for word in (*words, *issue.labels.values())):
            return issue.name
    return None


def _field(candidates: tuple[str, ...], issue: str | None, number: int) -> str:
    if candidates:
        return candidates[0][:64]
    return f"issue:{issue}"[:64] if issue else f"text:{number}"


def _is_data_question(sentence: Segment, candidates: tuple[str, ...]) -> bool:
    """Whether a sentence asks for something to be told, not for a decision about the deal."""
    text = sentence.text
    asked, requested = sentence.is_question, _REQUEST.search(text) is not None
    if not asked and not requested:
        return False
    if not asked and not candidates:
        about_person = _ADDRESSED.search(text) is not None or bool(mentions(text))
        return about_person and not _TALK.search(text)
    if not asked and (_OURS.search(text) and "your" not in text.lower() and "Ihr" not in text):
        return False
    personal = any(name.startswith("pd:") or name == "gb:Budget" for name in candidates)
    if asked and not requested and _TALK.search(text) and not personal:
        return False
    return not (asked and _PRICED.search(text) and "gb:Budget" not in candidates)


def _questions_in(sentence: Segment, category: Category | None, number: int) -> list[Question]:
    text = asked_part(sentence.text)
    if not _is_data_question(sentence, match_categories(text, category)):
        return []
    quote = text.strip()
    start = text.index(quote)
    span = sentence.span(start, start + len(quote))
    required = _REQUEST.search(text) is not None
    groups = _groups(text, category)
    if not groups:
        field = _field((), _issue_asked(text, category), number)
        return [Question(Inquire(field, required=required), (), span)]
    return [
        Question(Inquire(_field(names, None, number), names[0], required=required), names, span) for names in groups
    ]


def read_questions(text: str, category: Category | None = None) -> tuple[Question, ...]:
    """Every request for data in `text`, in order. `inquire.field` is the category id, `issue:NAME` for a question
    about what we want, or `text:N` for one that matched nothing."""
    found: list[Question] = []
    for sentence in sentences(text):
        found += _questions_in(sentence, category, len(found) + 1)
    return tuple(found)

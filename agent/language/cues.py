"""Which words point at which issue: the category's own labels and words, and the field's usual ones per role."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind

_ROLE_WORDS: dict[str, tuple[str, ...]] = {
    "term": (
        "minimum contract", "contract period", "contract duration", "contract", "commitment", "tie-in", "runs for",
        "lock-in", "subscription", "membership",
        "Vertrag", "Vertragsbindung", "Bindung", "Mindestvertragslaufzeit", "Mindestvertragsdauer", "Vertragsdauer",
        "Erstlaufzeit", "gebunden", "Mitgliedschaft",
    ),
    "notice": ("notice", "Kündigungsfrist", "Frist", "cancel with", "kündbar mit", "kündigen mit"),
    "renewal": ("renews", "renewed", "renewal", "extends by", "extended by", "extension", "verlängert", "verlängern",
    "Verlängerung", "Verlängerungszeitraum"),
    "after": ("afterwards", "after that", "thereafter", "then", "danach", "anschließend", "hinterher",
    "regular price", "Folgepreis"),
    "schedule": ("first", "ersten", "promotional", "promotion", "introductory", "Aktionszeitraum"),
    "bonus": ("bonus", "cashback", "Bonus", "Neukundenbonus", "Sofortbonus", "Wechselbonus", "welcome credit",
    "voucher", "Gutschrift", "Startguthaben"),
}  # fmt: skip
_FEE_ONCE = (
    "one-off",
    "one-time",
    "one time",
    "setup",
    "set-up",
    "activation",
    "connection fee",
    "joining fee",
    "registration fee",
    "sign-up fee",
    "enrolment fee",
    "Einmalkosten",
    "einmalig",
    "Anschlusspreis",
    "Anschlussgebühr",
    "Aktivierung",
    "Bereitstellung",
    "Bereitstellungsgebühr",
    "Bereitstellungsentgelt",
    "Einrichtung",
    "Startpaket",
    "Aufnahmegebühr",
    "Anmeldegebühr",
    "Einrichtungspreis",
)
_CANCELLATION = ("cancellation", "cancelled", "cancel", "stornierbar", "stornieren", "Stornierung", "storno")
_LIABILITY = ("liability", "Haftung", "Haftungssumme", "insured up to", "versichert bis", "cover for damage")

UNIT_ALIASES: dict[str, str] = {
    "GB": r"GB|GByte|Gigabytes?|Giga|gigs?|Gig",
    "Mbit/s": r"M[Bb]it(?:s)?(?:\s?/\s?s|/sec|ps)?|Mbps|Megabits?(?:\s+(?:per second|pro Sekunde))?|MB/s",
    "kWh": r"kWh|Kilowattstunden?|kilowatt[- ]hours?",
    "night": r"(?:hotel[- ])?nights?|(?:Hotel)?(?:Nacht|Nächten?)|Übernachtung(?:en)?",
}
"""How units of the shipped categories are also written. Another unit is read as the category spells it."""
LARGER_UNITS: dict[str, tuple[str, int]] = {
    "GB": (r"TB|Terabytes?", 1000),
    "Mbit/s": (r"G[Bb]it(?:s)?(?:\s?/\s?s|/sec|ps)?|Gbps|Gigabits?", 1000),
}

_INFLECTION = r"(?:e[nrsm]?|n|s|es|er)?"


@lru_cache(maxsize=4096)
def word_pattern(word: str) -> re.Pattern[str]:
    """A pattern for one cue word: case-insensitive, whole words, German and English endings allowed."""
    body = re.sub(r"(?:\\ |\s)+", r"[\\s-]+", re.escape(word).replace(r"\-", r"[\s-]?"))
    before = r"(?<![^\W\d_])" if word[0].isalpha() else ""
    after = (_INFLECTION if len(word) > 2 else "") + r"(?![^\W\d_])" if word[-1].isalpha() else ""
    return re.compile(before + body + after, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IssueCues:
    """The words that point at one issue, and the same without the words that only name its period."""

    issue: Issue
    words: tuple[str, ...]

    def find(self, text: str) -> tuple[tuple[int, int], ...]:
        """All places of the cues in `text`, without overlaps, the longest first."""
        places: list[tuple[int, int]] = []
        for word in self.words:
            for match in word_pattern(word).finditer(text):
                if all(match.end() <= start or end <= match.start() for start, end in places):
                    places.append((match.start(), match.end()))
        return tuple(sorted(places))


_PERIOD_WORDS = re.compile(
    r"^(?:per|a|pro|im|je|die|/|mtl|monthly|monatlich|jährlich|yearly|on|am|data)\b|^(?:/|mtl)|^(?:GB|Mbit|"
    r"MBit/s|Mbps)$",
    re.IGNORECASE,
)


def _own_words(issue: Issue) -> Iterable[str]:
    yield from issue.labels.values()
    for words in (issue.words or {}).values():
        yield from (word for word in words if not _PERIOD_WORDS.match(word))


def _more_words(issue: Issue) -> tuple[str, ...]:
    labels = " ".join(issue.labels.values()).lower()
    if issue.kind is IssueKind.DURATION and "cancel" in labels:
        return _CANCELLATION
    if issue.role == "fee":
        return _FEE_ONCE if issue.per == "once" and "one-off" in labels else ()
    if issue.kind is IssueKind.MONEY and ("damage" in labels or "haftung" in labels):
        return _LIABILITY
    return _ROLE_WORDS.get(issue.role, ())


_KNOWN: dict[int, tuple[Category, tuple[IssueCues, ...]]] = {}


def cues_of(category: Category) -> tuple[IssueCues, ...]:
    """The cues of every issue of a category, longest words first."""
    known = _KNOWN.get(id(category))
    if known is not None and known[0] is category:
        return known[1]
    found = []
    for issue in category.issues:
        words = {*_own_words(issue), *_more_words(issue)}
        found.append(IssueCues(issue, tuple(sorted(words, key=lambda word: (-len(word), word)))))
    if len(_KNOWN) > 64:
        _KNOWN.clear()
    _KNOWN[id(category)] = category, tuple(found)
    return tuple(found)

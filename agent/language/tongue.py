"""Which language somebody writes: German or English, by small words and the letters only German has.

Counted on a text as a whole; a few words of the other language, a name or a product do not turn it. Where the evidence is
thin (a price alone) or mixed, it is neither.
"""

from __future__ import annotations

import re

from agent.language.results import Language
from negotiators.text import UntrustedText

MAX_TEXT = 20_000
LEAST = 2
"""Words of evidence below which nothing is said."""

CLEAR = 2
"""How many times more evidence one language needs than the other."""

_WORDS: dict[Language, frozenset[str]] = {
    "de": frozenset(
        [
            "der",
            "die",
            "das",
            "dem",
            "den",
            "des",
            "ein",
            "eine",
            "einen",
            "einem",
            "einer",
            "und",
            "oder",
            "aber",
            "nicht",
            "kein",
            "keine",
            "ist",
            "sind",
            "wird",
            "werden",
            "wurde",
            "haben",
            "hat",
            "hatte",
            "wir",
            "uns",
            "unser",
            "unsere",
            "sie",
            "ihnen",
            "ihr",
            "ihre",
            "ihren",
            "ich",
            "mein",
            "für",
            "von",
            "vom",
            "mit",
            "bei",
            "beim",
            "nach",
            "aus",
            "auf",
            "über",
            "zu",
            "zum",
            "zur",
            "im",
            "am",
            "als",
            "auch",
            "noch",
            "nur",
            "schon",
            "sehr",
            "dass",
            "wenn",
            "weil",
            "bis",
            "pro",
            "monat",
            "monate",
            "monatlich",
            "jahr",
            "jahre",
            "guten",
            "tag",
            "hallo",
            "danke",
            "dank",
            "bitte",
            "gerne",
            "grüße",
            "grüßen",
            "gruß",
            "angebot",
            "anfrage",
            "preis",
            "vertrag",
            "laufzeit",
            "kosten",
            "inklusive",
            "zzgl",
            "inkl",
            "mwst",
            "leider",
            "können",
            "möchten",
            "würden",
            "gilt",
            "gültig",
            "sehr",
            "geehrte",
            "geehrter",
            "geehrten",
        ]
    ),
    "en": frozenset(
        [
            "the",
            "a",
            "an",
            "and",
            "or",
            "but",
            "not",
            "no",
            "is",
            "are",
            "was",
            "were",
            "be",
            "been",
            "being",
            "will",
            "would",
            "have",
            "has",
            "had",
            "we",
            "us",
            "our",
            "you",
            "your",
            "they",
            "their",
            "i",
            "my",
            "for",
            "from",
            "of",
            "with",
            "by",
            "at",
            "to",
            "in",
            "on",
            "as",
            "also",
            "only",
            "very",
            "that",
            "this",
            "these",
            "those",
            "if",
            "because",
            "until",
            "per",
            "month",
            "months",
            "monthly",
            "year",
            "years",
            "hello",
            "hi",
            "dear",
            "thanks",
            "thank",
            "please",
            "regards",
            "offer",
            "request",
            "price",
            "contract",
            "term",
            "cost",
            "costs",
            "including",
            "plus",
            "vat",
            "unfortunately",
            "can",
            "could",
            "may",
            "might",
            "should",
            "valid",
            "kind",
            "best",
            "sincerely",
        ]
    ),
}
_TELLING = re.compile(r"[äöüß]")
MOST_LETTERS = 3
"""Words with letters of German alone count, up to this many: names have them, too."""


def language_of(text: str) -> Language | None:
    """The language of a text; `None` where it shows too little of either, or as much of both."""
    words = re.findall(r"[^\W\d_]+", text[:MAX_TEXT].lower())
    shared = _WORDS["de"] & _WORDS["en"]
    found = {name: sum(word in known - shared for word in words) for name, known in _WORDS.items()}
    found["de"] += min(MOST_LETTERS, sum(word not in _WORDS["de"] and bool(_TELLING.search(word)) for word in words))
    (most, name), (least, _) = sorted(((count, name) for name, count in found.items()), reverse=True)
    return name if most >= LEAST and most >= CLEAR * max(least, 1) else None


def tongue(text: UntrustedText) -> Language | None:
    """The language of a company's words. Nothing else of them gets out here."""
    return language_of(text.reveal())

"""Cuts a message into sentences and clauses, keeping character offsets; quoted earlier messages are blanked.

What a company quotes of ours is not its word: lines starting with `>` and everything below an
"On ... wrote:" / "Am ... schrieb" line are replaced by blanks of the same length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from negotiators.text import Span

MAX_CHARACTERS = 40_000
"""More than this of one message is not read; `ReadOffer.problems` says so."""

_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_QUOTE_HEAD = re.compile(
    r"^[ \t]*(?:(?:On|Am)\b[^\n]{5,200}\b(?:wrote|schrieb)\b[^\n]{0,80}:?|-{2,}\s*(?:Original Message|"
    r"Ursprüngliche Nachricht)\s*-{2,}"
    r"|(?:Von|From):\s[^\n]{3,120}\n(?:Gesendet|Sent|Datum|Date):)[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def own_words(text: str) -> str:
    """`text` with everything quoted from earlier messages blanked, offsets unchanged, cut at the limit."""
    text = text[:MAX_CHARACTERS]
    head = _QUOTE_HEAD.search(text)
    if head is not None and text[: head.start()].strip():
        text = text[: head.start()] + re.sub(r"[^\n]", " ", text[head.start() :])
    return _QUOTED_LINE.sub(_blank, text)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text `[start, end)`."""

    start: int
    end: int
    text: str

    def span(self, start: int, end: int) -> Span:
        """The evidence span of local offsets."""
        return Span(self.start + start, self.start + end, self.text[start:end])

    @property
    def is_question(self) -> bool:
        return self.text.rstrip().endswith("?")


_ABBREVIATIONS = (
    "z.B.",
    "d.h.",
    "u.a.",
    "ca.",
    "inkl.",
    "zzgl.",
    "mtl.",
    "ggf.",
    "bzw.",
    "max.",
    "min.",
    "Nr.",
    "No.",
    "Mr.",
    "Ms.",
    "Mrs.",
    "Dr.",
    "approx.",
    "incl.",
    "excl.",
    "e.g.",
    "i.e.",
    "evtl.",
    "einm.",
    "exkl.",
    "vgl.",
    "Std.",
    "Tg.",
    "Mon.",
    "p.m.",
    "p.a.",
    "Mio.",
    "Mrd.",
    "st.",
    "St.",
    "Hr.",
    "Fr.",
    "Tel.",
    "abzgl.",
    "gem.",
    "lt.",
    "Abs.",
    "Art.",
    "usw.",
    "etc.",
    "vs.",
    "Inc.",
    "Ltd.",
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”“)]*(?=\s|$)|\n+|;|[•▪◦·](?=\s)|\s\|\s")


def sentences(text: str) -> tuple[Segment, ...]:
    """The sentences, list items and lines of `text`. Abbreviations, ordinals and numbers do not end one."""
    found: list[Segment] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group()[0] == "." and _is_inner_dot(text, match.start(), match.end()):
            continue
        _add(found, text, start, match.end())
        start = match.end()
    _add(found, text, start, len(text))
    return tuple(found)


def _is_inner_dot(text: str, dot: int, end: int) -> bool:
    before = text[max(0, dot - 8) : dot + 1]
    if any(before.endswith(word) and not before[: -len(word)][-1:].isalpha() for word in _ABBREVIATIONS):
        return True
    return re.search(r"(?<![\d.,])\d{1,2}\.$", before) is not None and _AFTER_ORDINAL.match(text, end) is not None


_AFTER_ORDINAL = re.compile(
    r"\s(?:[a-zäöü]|\d|(?:Jan|Feb|Mär|Mar|Apr|Mai|May|Jun|Jul|Aug|Sep|Okt|Oct|Nov|Dez|Dec|Monat|Tag|Woche|Jahr|"
    r"Quartal|Stock|Etage))"
)


def _add(found: list[Segment], text: str, start: int, end: int) -> None:
    if text[start:end].strip():
        found.append(Segment(start, end, text[start:end]))


_CLAUSE_END = re.compile(
    r",(?!\d)(?!-)|\s[–—-]\s|\(|\)|(?<![^\W\d_])(?:but|however|although|though|whereas|while|aber|jedoch|"
    r"sondern|allerdings|dafür|hingegen|otherwise|sonst|instead we|stattdessen)(?![^\W\d_])",
    re.IGNORECASE,
)


def clauses(sentence: Segment) -> tuple[Segment, ...]:
    """The clauses of a sentence: the reach of a negation."""
    found: list[Segment] = []
    start = 0
    for match in _CLAUSE_END.finditer(sentence.text):
        _piece(found, sentence, start, match.start())
        start = match.start() if match.group().strip(" ,()–—-").isalpha() else match.end()
    _piece(found, sentence, start, len(sentence.text))
    return tuple(found)


def _piece(found: list[Segment], sentence: Segment, start: int, end: int) -> None:
    if sentence.text[start:end].strip():
        found.append(Segment(sentence.start + start, sentence.start + end, sentence.text[start:end]))


_W = r"(?<![^\W\d_])"
_X = r"(?![^\W\d_])"
_VERBAL_NEGATION = re.compile(
    rf"{_W}(?:cannot|can ?not|can['’]t|won['’]t|will not|would not|wouldn['’]t|could not|couldn['’]t|"
    rf"do(?:es)? not|don['’]t|doesn['’]t|isn['’]t|"
    rf"are not|aren['’]t|is not|not possible|not able|not available|unable|impossible|never|refuse|decline|"
    rf"unfortunately not|excluded?|excluding|exclusive of|"
    rf"nicht|nie|niemals|unmöglich|leider kein\w*|ausgeschlossen|not included|not|neither|nor|weder|noch nicht){_X}",
    re.IGNORECASE,
)
_NOMINAL_NEGATION = re.compile(
    rf"{_W}(?:no|without|keine?[nrsm]?|ohne|zero|waived|entfällt|entfallen){_X}", re.IGNORECASE
)


def verbal_negation(text: str) -> bool:
    """Whether a clause says that something is not so (`cannot`, `nicht`, `is not possible`)."""
    cleaned = re.sub(
        r"(?i)\bnot only\b|\bnicht nur\b|\bno more than\b|\bnicht mehr als\b|\bwhy not\b|\bnot included\b(?=\?)",
        " ",
        text,
    )
    return _VERBAL_NEGATION.search(cleaned) is not None


def nominal_negation_before(text: str, position: int, reach: int = 30) -> bool:
    """Whether `no`, `keine`, `ohne` stands closely before `position`, with nothing that ends its reach."""
    window = text[max(0, position - reach) : position]
    matches = list(_NOMINAL_NEGATION.finditer(window))
    if not matches:
        return False
    between = window[matches[-1].end() :]
    return re.search(r"[,;:()]|\b(?:and|und|with|mit|but|aber|for|für|plus)\b", between, re.IGNORECASE) is None

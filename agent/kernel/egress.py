"""The last look at outgoing bytes: does the person's own data, or a number that is never told, leave with them?

Exact match against the vault in many views of the message (normalised, decoded, reversed, spelled out, joined
with earlier messages to the same provider) instead of guessing what personal data looks like. A hit stops the
message. What a rule released to this provider, at the rung it was released, is not a hit.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import unquote_plus

MIN_LETTERS = 4
"""Shorter letter needles match by chance in ordinary sentences."""

LONG_WORD = 8
"""Shorter letter needles ("rent") lie inside other words ("current") and are searched as words of their own, or spelled
letter by letter."""

MIN_DIGITS = 6
"""Digit runs of at least this length are searched in the compact view; shorter ones only as whole numbers."""

MIN_WHOLE = 4
"""Numbers of fewer digits (a floor, a number of rooms) say nothing by themselves and are not searched: that they
leave only where a rule released them is a matter of structure, not of search."""

LONG_CODE = 12
"""Digits of a value from which on it is a code written in groups."""

MEMORY = 4096
"""Characters of earlier messages to one provider that are joined with the next one (shards)."""

_TRANSLATE = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_DIGIT_WORDS = {
    word: digit
    for digit, words in {
        "0": "null zero oh", "1": "eins one ein", "2": "zwei zwo two", "3": "drei three", "4": "vier four",
        "5": "fünf fuenf five", "6": "sechs six", "7": "sieben seven", "8": "acht eight", "9": "neun nine",
    }.items()
    for word in words.split()
}  # fmt: skip
_SPELLED = re.compile(r"\b(?:" + "|".join(sorted(_DIGIT_WORDS, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_DIGITS_APART = re.compile(r"\b\d(?:[\s,.-]{1,2}\d\b)+")
_QUANTITY = re.compile(r"\d[\d.,' ]*\s?[^\W\d]{1,4}\d?(?:/\w+)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){4,}")
_NUMBER = re.compile(r"\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?")


def fold(text: str) -> str:
    """One spelling for matching: NFKC, case folded, umlauts written out, accents and format characters dropped."""
    if text.isascii():
        return text.lower()
    lowered = unicodedata.normalize("NFKC", text).casefold().translate(_TRANSLATE)
    plain = unicodedata.normalize("NFKD", lowered.translate(_TRANSLATE))
    return "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})


def compact(text: str) -> str:
    """Letters and digits of the folded text only."""
    return "".join(char for char in fold(text) if char.isalnum())


def numbers_in(text: str) -> set[Decimal]:
    """Every number a reader could see in the text; `1.500` is read both ways, as grouped and as a fraction."""
    found: set[Decimal] = set()
    for token in _NUMBER.findall(text):
        bare = re.sub(r"[' ]", "", token)
        readings = {bare.replace(",", ".")} if bare.count(",") + bare.count(".") < 2 else set()
        for group, point in ((".", ","), (",", ".")):
            if re.fullmatch(rf"\d{{1,3}}(?:\{group}\d{{3}})+(?:\{point}\d+)?", bare):
                readings.add(bare.replace(group, "").replace(point, "."))
        for reading in readings or {re.sub(r"[.,]", "", bare)}:
            found.add(Decimal(reading).normalize())
    return found


@dataclass(frozen=True, slots=True)
class Needle:
    """One form of one vault value. `whole` numbers match only as a number of their own, a `word` only as a word of
    its own; `full` says that the form holds all of the value."""

    fact: str
    category: str
    form: str
    whole: bool = False
    word: bool = False
    full: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: the fact and its category, or a never-class, and the view it was seen in. Never the value."""

    fact: str
    category: str
    view: str


def _date_forms(value: str) -> set[str]:
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", value.strip())
    if not found:
        return set()
    year, month, day = found.groups()
    short = f"{day}{month}{year[2:]}"
    return {year + month + day, day + month + year, month + day + year, short}


def _phone_forms(value: str) -> set[str]:
    digits = re.sub(r"\D", "", value)
    if not re.fullmatch(r"[+\d\s()/.-]{7,24}", value.strip()) or len(digits) < 7:
        return set()
    national = digits
    if value.strip().startswith("+") or digits.startswith("00"):
        national = re.sub(r"^(?:00)?(?:49|43|41|44|33|1)", "", digits)
    national = national.lstrip("0")
    return {national, digits} if len(national) >= MIN_DIGITS else {digits}


def needles_of(fact: str, category: str, value: str) -> tuple[Needle, ...]:
    """Every form of a value worth searching for."""
    # `41000 EUR` packed would be found in `410.00 EUR`: a quantity is searched as a number of its own.
    quantity = _QUANTITY.fullmatch(value.strip())
    full = (set() if quantity else {compact(value)}) | _date_forms(value) | _phone_forms(value)
    runs = {run for run in re.findall(r"\d+", value) if len(run.lstrip("0")) >= MIN_WHOLE}
    if sum(char.isdigit() for char in value) >= LONG_CODE:
        # The groups of a long code (`0000`, `1000` of an IBAN) are ordinary numbers; the code is searched as a whole.
        runs = {run for run in runs if len(run) >= MIN_DIGITS}
    full |= runs if quantity else set()
    forms = full | runs
    if any(part in category for part in ("Name", "Address", "Street", "Employ", "Email")):
        words = re.split(r"[\s,;.]+", value.partition("@")[0])
        forms |= {compact(word) for word in words if len(compact(word)) >= 5}
    found = []
    for form in sorted(filter(None, forms)):
        if form.isdigit() and len(form) >= MIN_WHOLE:
            found.append(Needle(fact, category, form, whole=len(form) < MIN_DIGITS, full=form in full))
        elif not form.isdigit() and len(form) >= MIN_LETTERS:
            found.append(Needle(fact, category, form, word=len(form) < LONG_WORD, full=form in full))
    return tuple(found)


def _words(text: str) -> frozenset[str]:
    """Words of a text, and what single letters beside each other spell."""
    found = re.findall(r"[^\W_]+", fold(text))
    spelled = " ".join(word if len(word) == 1 else " " for word in found)
    return frozenset(found) | {run.replace(" ", "") for run in spelled.split("  ")}


def _is_told(needle: Needle, told: Sequence[str]) -> bool:
    """Whether a released text holds this form already: a surname is part of a name and of an e-mail address."""
    return any(needle.form == text if needle.whole else needle.form in text for text in told)


def _decoded(text: str) -> Iterable[tuple[str, str]]:
    """Other readings of the same bytes, each with the name of its view."""
    unquoted = unquote_plus(text)
    if unquoted != text:
        yield "url", unquoted
    for run in _BASE64.findall(text):
        padded = run.rstrip("=") + "=" * (-len(run.rstrip("=")) % 4)
        try:
            yield "base64", base64.b64decode(padded.replace("-", "+").replace("_", "/")).decode("utf-8", "ignore")
        except (binascii.Error, ValueError):
            continue
    for run in _HEX.findall(text):
        try:
            yield "hex", bytes.fromhex(re.sub(r"[\s:]", "", run)).decode("utf-8", "ignore")
        except ValueError:
            continue
    spelled = _SPELLED.sub(lambda word: _DIGIT_WORDS[word.group().casefold()], text)
    joined = _DIGITS_APART.sub(lambda run: re.sub(r"\D", "", run.group()), spelled)
    if joined != text:
        yield "spelled", joined
    yield "reversed", text[::-1]


@dataclass(slots=True)
class Scanner:
    """Holds the needles of an unlocked vault and what each provider was sent lately.

    `never` maps a never-class to its numbers (budget, rival totals); they are compared as numbers, outside the
    terms that the message itself proposes.
    """

    needles: tuple[Needle, ...] = ()
    recent: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[tuple[str, str, str]]) -> Scanner:
        """A scanner over `(fact id, category, value)`."""
        return cls(tuple(needle for fact, category, value in values for needle in needles_of(fact, category, value)))

    def scan(
        self,
        message: str,
        provider: str,
        *,
        released: Mapping[str, str] | None = None,
        never: Mapping[str, frozenset[Decimal]] | None = None,
        own_numbers: frozenset[Decimal] = frozenset(),
        own_terms: Sequence[str] = (),
        frame: str = "",
        answers: str | None = None,
    ) -> tuple[Hit, ...]:
        """Hits in `message` for `provider`. `released` maps fact ids to the text a rule let out to it;
        `own_terms` are the canonical values of the proposed terms (a wished day may equal a fact), `own_numbers`
        the numbers in them. `frame` is our fixed wording around it, whose short words may equal a fact; `answers` is
        the part that shards could be in (the whole message when it is not said)."""
        ordinary = _words(frame) if frame else frozenset()
        allowed = self._allowed(released or {}, own_terms)
        told = [compact(text) for text in (released or {}).values()]
        views = [("plain", message), *_decoded(message)]
        hits: dict[tuple[str, str], Hit] = {}
        for view, text in views:
            for needle in self._found(text, own_numbers):
                known = needle.fact in allowed or (needle.word and needle.form in ordinary) or _is_told(needle, told)
                if not known:
                    hits.setdefault((needle.fact, view), Hit(needle.fact, needle.category, view))
        for needle in self._shards(message if answers is None else answers, provider):
            if needle.fact not in allowed and not _is_told(needle, told):
                hits.setdefault((needle.fact, "shards"), Hit(needle.fact, needle.category, "shards"))
        numbers = numbers_in(message) - own_numbers
        for category, values in (never or {}).items():
            if numbers & values:
                hits[(category, "number")] = Hit(category, category, "number")
        return tuple(hits.values())

    def _allowed(self, released: Mapping[str, str], own_terms: Sequence[str]) -> set[str]:
        """Facts that were told to this provider as they stand, or that a proposed term names."""
        spoken = {form for term in own_terms for form in {compact(term)} | _date_forms(term)}
        named = {needle.fact for needle in self.needles if needle.form in spoken}
        told = {
            fact
            for fact, text in released.items()
            if any(needle.full and needle.form in compact(text) for needle in self._of(fact))
        }
        return named | told

    def sent(self, message: str, provider: str) -> None:
        """Remember what left, so that a value split over messages is seen."""
        self.recent[provider] = (self.recent.get(provider, "") + compact(message))[-MEMORY:]

    def _of(self, fact: str) -> tuple[Needle, ...]:
        return tuple(needle for needle in self.needles if needle.fact == fact)

    def _found(self, text: str, own_numbers: frozenset[Decimal]) -> list[Needle]:
        packed, words = compact(text), _words(text)
        foreign = numbers_in(text) - own_numbers
        numbers = {str(int(number)) for number in foreign if number == number.to_integral_value()}
        return [
            needle
            for needle in self.needles
            if (
                str(int(needle.form)) in numbers
                if needle.whole
                else needle.form in words
                if needle.word
                else needle.form in packed
            )
        ]

    def _shards(self, message: str, provider: str) -> list[Needle]:
        """Needles that appear only when this message is joined with the end of the earlier ones."""
        before, after = self.recent.get(provider, ""), compact(message)
        if not before or not after:
            return []
        return [
            needle
            for needle in self.needles
            if not needle.whole and needle.form in before[1 - len(needle.form) :] + after[: len(needle.form) - 1]
        ]

"""Numbers as people write them: digits with German, English or Swiss grouping, and number words.

Everything here is exact (`Decimal`) and reads only what has one reading; `None` otherwise.
"""

from __future__ import annotations

import re
from decimal import Decimal

SPACES = "\u0020\u00a0\u2007\u2009\u202f"
"""Blanks that group digits: space, no-break, figure, thin and narrow no-break space."""

DIGITS = (
    rf"(?:\d{{1,3}}(?:[.,'’{SPACES}]\d{{3}})+(?:[.,]\d{{1,4}}(?!\d))?(?!\d)"
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d{1,4})?(?!\d)"
    r"|\d+(?:[.,]\d+)?|(?<!\d)[.,]\d+)"
)
"""Pattern of one number in digits (grouped, Indian grouping, plain, or `.75`)."""

_PLAIN = re.compile(r"\d+")
_GROUPED = re.compile(r"\d{1,3}([.,'’ ])\d{3}(?:\1\d{3})*")
_GROUPED_DECIMAL = re.compile(r"\d{1,3}(?:([.,'’ ])\d{3})*([.,])\d+")


def read_digits(text: str, *, minor_digits: int = 2, small: bool = False) -> Decimal | None:
    """The value of a number in digits.

    A single separator before exactly three digits groups thousands (`12.345`, `12,345`), unless the currency
    has three minor digits, the number starts with zero, or `small` says that thousands make no sense here
    (cents per kWh). Raises nothing; a text with two readings left is `None`.
    """
    squeezed = re.sub(rf"[{SPACES}]", " ", text.strip()).replace("’", "'")
    if len(squeezed) > 40:
        return None
    if _PLAIN.fullmatch(squeezed):
        return Decimal(squeezed)
    last = max(squeezed.rfind("."), squeezed.rfind(","))
    if last < 0:
        return Decimal(re.sub(r"[ ']", "", squeezed)) if _GROUPED.fullmatch(squeezed) else None
    head, mark, tail = squeezed[:last], squeezed[last], squeezed[last + 1 :]
    if not tail.strip().isdigit():
        return None
    whole = re.sub(r"[ '.,]", "", head) or "0"
    if not whole.isdigit():
        return None
    marks = {char for char in head if char in ".,"}
    if mark in marks and len(marks) == 1:
        return Decimal(whole + tail) if len(tail) == 3 else None
    if not marks and len(tail) == 3 and minor_digits != 3 and not small and not whole.startswith("0"):
        return Decimal(whole + tail)
    return Decimal(f"{whole}.{tail.strip()}")


_ONES = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_EN_ONES = {word: value for value, word in enumerate(_ONES.split())}
_EN_TENS = {word: 10 * value for value, word in enumerate(_TENS.split(), start=2)}
_DE_ONES = {
    "null": 0, "ein": 1, "eins": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "zwei": 2, "zwo": 2, "drei": 3,
    "vier": 4, "fünf": 5, "fuenf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwölf": 12, "zwoelf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "fuenfzehn": 15, "sechzehn": 16,
    "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
}  # fmt: skip
_DE_TENS = {
    "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40, "fünfzig": 50, "fuenfzig": 50, "sechzig": 60,
    "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
SCALES: dict[str, int] = {
    "million": 10**6, "millionen": 10**6, "mio": 10**6, "mio.": 10**6, "mn": 10**6, "billion": 10**9,
    "milliarde": 10**9, "milliarden": 10**9, "mrd": 10**9, "mrd.": 10**9, "bn": 10**9, "trillion": 10**12,
    "thousand": 1000, "tausend": 1000, "hundred": 100, "lakh": 10**5, "lakhs": 10**5, "crore": 10**7, "crores": 10**7,
    "millions": 10**6, "billions": 10**9, "tsd": 1000, "tsd.": 1000,
}  # fmt: skip
"""Words that multiply the number before them. German `Billion` is 10^12 and is left out: the languages disagree."""

_DE_WORD = "|".join(sorted({*_DE_ONES, *_DE_TENS, "hundert", "tausend", "und"}, key=len, reverse=True))
_EN_WORD = "|".join(sorted({*_EN_ONES, *_EN_TENS, "hundred", "thousand"}, key=len, reverse=True))
GERMAN_NUMBER_WORD = rf"(?:{_DE_WORD})+"
NUMBER_WORDS = rf"(?:(?:{_EN_WORD})(?:(?:\s+and\s+|[\s-]+)(?:{_EN_WORD}))*|{GERMAN_NUMBER_WORD})(?![^\W\d_])"
"""Pattern of one number in words; what it matches still goes through `read_words`."""


def _german_below_hundred(text: str) -> int | None:
    if text in _DE_ONES:
        return _DE_ONES[text]
    if text in _DE_TENS:
        return _DE_TENS[text]
    one, und, ten = text.partition("und")
    if und and one in _DE_ONES and 0 < _DE_ONES[one] < 10 and ten in _DE_TENS:
        return _DE_TENS[ten] + _DE_ONES[one]
    return None


def _german(text: str) -> int | None:
    """A German number word below one million, written as one word."""
    for unit, size in (("tausend", 1000), ("hundert", 100)):
        head, found, tail = text.partition(unit)
        if not found:
            continue
        front = 1 if not head else _german(head)
        rest = 0 if not tail else _german(tail.removeprefix("und"))
        if front is None or rest is None or rest >= size or front == 0:
            return None
        return front * size + rest
    return _german_below_hundred(text)


def _english(words: list[str]) -> int | None:
    total = current = 0
    previous = ""
    for word in words:
        if word in _EN_ONES:
            if previous in _EN_ONES or (previous in _EN_TENS and not 0 < _EN_ONES[word] < 10):
                return None
            current += _EN_ONES[word]
        elif word in _EN_TENS:
            if previous in _EN_ONES or previous in _EN_TENS:
                return None
            current += _EN_TENS[word]
        elif word == "hundred":
            current = (current or 1) * 100
        elif word == "thousand":
            total, current = total + (current or 1) * 1000, 0
        else:
            return None
        previous = word
    return total + current


def read_words(text: str) -> Decimal | None:
    """The value of a number in English or German words below one million (`forty-five`, `siebenunddreißig`)."""
    folded = text.strip().lower()
    parts = [part for part in re.split(r"[\s-]+", folded) if part != "and"]
    if len(parts) == 1:
        value = _german(parts[0])
        if value is not None:
            return Decimal(value)
    english = _english(parts)
    return None if english is None or not parts else Decimal(english)

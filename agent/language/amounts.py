"""Amounts of money and percentages in running text, German and English.

A small scanner: numbers (digits or words), scale words, currencies and hundredths become tokens; an amount is a
number beside a currency. What stands in a web address is never an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from agent.language.currencies import CODES, MINOR_PATTERN, NAME_PATTERN, SIGN_PATTERN, iso_of
from agent.language.numerals import DIGITS, NUMBER_WORDS, SCALES, read_digits, read_words
from negotiators.money import MINOR_DIGITS, Money, MoneyError
from negotiators.text import Span

_WORDY_CODES = {"ALL", "TOP", "TRY", "CUP", "MOP", "PEN", "BAM", "MAD", "BOB", "SOS", "GEL", "ANG", "LAK", "SEK", "AMD",
                "LEI", "WON", "VES", "DOP", "GIP", "KES", "NAD", "LSL", "MUR", "SAR", "SCR", "STN", "DEM",
                "CAD"}  # fmt: skip
_CODE = "|".join(sorted(CODES - _WORDY_CODES))
_GLUING = ("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "SGD", "HKD", "JPY", "SEK", "NOK", "DKK", "PLN")
_ADJECTIVE = (
    r"(?:u\.?s\.?|us-?|[a-zäöü]+ische[nrs]?|schweizer|swiss|american|australian|canadian|turkish|indian|mexican|"
    r"british|new\s+zealand|hong\s+kong|[a-zäöü]+ese|[a-z]+ian)"
)
_FRACTION = r"(?:half(?:\s+a)?|(?:three|one|a)\s+quarters?|anderthalb|eine?[nrsm]?\s+halbe[nrsm]?|eineinhalb)"
_TOKEN = re.compile(
    rf"""(?P<url>(?:https?://|www\.)\S+)
    |(?P<sign>(?<![A-Za-z$])(?:US|USD|CAD|CAN|CA|AUD|AU|NZD|NZ|HK|SG|MXN|MX|NT|R|C|A|S)\s?\$|{SIGN_PATTERN})
    |(?P<code>(?<![A-Za-z])(?P<code_scale>[MTk])?(?:{_CODE}|{"|".join(sorted(_WORDY_CODES))})(?![A-Za-z]))
    |(?P<digits>(?:(?<![\w])|(?<={"|".join(_GLUING)}))(?<!\d[.,])-?{DIGITS})
    |(?P<glued>(?<=\d)[kKM](?![A-Za-z0-9]))
    |(?P<name>(?<![^\W\d_]){NAME_PATTERN}(?![^\W\d_]))
    |(?P<short>(?<![^\W\d_])(?:Kč|zł|руб\.?|лв\.?|kr\.?|грн\.?|Ft)(?![^\W\d_]))
    |(?P<minor>(?<![^\W\d_]){MINOR_PATTERN}(?![^\W\d_]))
    |(?P<fraction>(?<![^\W\d_]){_FRACTION}(?![^\W\d_]))
    |(?P<scale>(?<![^\W\d_])(?:{
        "|".join(re.escape(word) for word in sorted(SCALES, key=len, reverse=True))
    })(?![^\W\d_]))
    |(?P<glue>(?<![^\W\d_])(?:and|und|,-+|,–|\.-)(?![^\W\d_]))
    |(?P<words>(?<![^\W\d_]){NUMBER_WORDS})
    |(?P<adjective>(?<![^\W\d_]){_ADJECTIVE}(?![^\W\d_]))
    """,
    re.VERBOSE | re.IGNORECASE,
)
_HINT = re.compile(
    rf"[€$£¥₹₽₩₪₫₴₺฿₿₡₭₾ரл]|(?<![^\W\d_])(?:{NAME_PATTERN}|{MINOR_PATTERN})(?![^\W\d_])|{_CODE}|SEK|TRY|CAD|Kč|zł|"
    rf"\bkr\b|руб|\bFt\b|грн",
    re.IGNORECASE,
)
"""Without a currency there is no amount; most sentences end here."""


def _fraction(word: str) -> Decimal:
    lowered = word.lower()
    if lowered.startswith(("anderthalb", "eineinhalb")):
        return Decimal("1.5")
    if "quarter" in lowered:
        return Decimal("0.75") if lowered.startswith("three") else Decimal("0.25")
    return Decimal("0.5")


_AND_A_HALF = re.compile(r"\s+and\s+a\s+half(?![^\W\d_])", re.IGNORECASE)
_PER = re.compile(r"\s+(?:im|pro|je|per|a|monatlich|monthly|inklusive|inkl|plus)(?![^\W\d_])", re.IGNORECASE)
"""What follows hundredths in words that name no unit: `neunzehn Euro neunundneunzig im Monat`."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with a currency, as written. `minor` says that `value` counts hundredths (cents, pence)."""

    span: Span
    value: Decimal
    raw_currency: str
    currency: str | None
    minor: bool = False

    def money(self) -> Money | None:
        """The exact amount in main units, or `None` while the currency is not known."""
        if self.currency is None:
            return None
        try:
            return Money(self.value / 100 if self.minor else self.value, self.currency)
        except MoneyError:
            return None


@dataclass(frozen=True, slots=True)
class Percent:
    """A percentage; `value` 19 means 19 %."""

    span: Span
    value: Decimal


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    start: int
    end: int
    text: str


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if match["code"] is not None:
            kind = "code"
            plain = match["code"].upper()
            wordy = plain in _WORDY_CODES and match["code"] != plain
            if wordy or (match["code_scale"] and match["code_scale"] not in "MTk"):
                continue
        found.append(_Token(kind, match.start(), match.end(), match.group()))
    return found


def _beside(text: str, left: _Token, right: _Token) -> bool:
    gap = text[left.end : right.start]
    return len(gap) <= 3 and not gap.strip(" \u00a0\u202f\u2009-:'")


_CURRENCY_KINDS = {"sign", "code", "name", "short"}


class _Scanner:
    def __init__(self, text: str, default: str | None) -> None:
        self.text, self.default, self.tokens = text, default, _tokens(text)

    def kind(self, index: int) -> str:
        return self.tokens[index].kind if index < len(self.tokens) else ""

    def adjacent(self, index: int) -> bool:
        """Whether token `index` directly follows the one before it."""
        return 0 < index < len(self.tokens) and _beside(self.text, self.tokens[index - 1], self.tokens[index])

    def number(self, index: int, currency: str | None = None) -> tuple[Decimal, int] | None:
        """A number starting at token `index` and the index behind it."""
        if index >= len(self.tokens):
            return None
        token = self.tokens[index]
        value: Decimal | None = None
        if token.kind == "digits":
            value = read_digits(token.text.lstrip("-"), minor_digits=MINOR_DIGITS.get(currency or "", 2))
        elif token.kind == "words":
            value = read_words(token.text)
        elif token.kind == "fraction":
            value = _fraction(token.text)
        if value is None:
            return None
        index += 1
        more = _AND_A_HALF.match(self.text, token.end)
        if more is not None and token.kind != "fraction":
            value += Decimal("0.5")
            while index < len(self.tokens) and self.tokens[index].start < more.end():
                index += 1
            token = self.tokens[index - 1]
        if self.kind(index) == "glued":
            return value * (1000 if self.tokens[index].text in "kK" else 10**6), index + 1
        while self.kind(index) == "scale" and self.adjacent(index):
            value *= SCALES[self.tokens[index].text.lower()]
            index += 1
        return value, index

    def currency_at(self, index: int) -> bool:
        return self.kind(index) in _CURRENCY_KINDS

    def read_currency(self, index: int) -> tuple[str, str | None, int]:
        """Raw text, ISO code and factor of the currency token at `index`."""
        raw = self.tokens[index].text
        if self.tokens[index].kind == "code" and len(raw) == 4:
            factor = {"M": 10**6, "T": 1000, "k": 1000}[raw[0]] if raw[0] in "MTk" else 1
            return raw[1:], iso_of(raw[1:], self.default), factor
        return raw, iso_of(raw, self.default), 1

    def prefixed(self, index: int) -> tuple[Amount, int] | None:
        """`EUR 125`, `$ 75 million`."""
        if not self.currency_at(index):
            return None
        if self.tokens[index].text.lower() in {"euros", "dollars", "pounds", "bucks", "cents", "rupees"}:
            return None
        raw, iso, factor = self.read_currency(index)
        behind = index + 1
        if self.currency_at(behind) and self.adjacent(behind):
            behind += 1
        if not self.adjacent(behind) or self.kind(behind) not in {"digits", "words"}:
            return None
        if self.tokens[index].kind == "name" and re.fullmatch(r"(19|20)\d\d", self.tokens[behind].text):
            return None
        found = self.number(behind, iso)
        if found is None:
            return None
        value, end = found
        return self.amount(index, end, value * factor, raw, iso), end

    def suffixed(self, index: int) -> tuple[Amount, int] | None:
        """`125 EUR`, `16,4 Millionen kanadische Dollar`, `15 Dollar und 15 Cent`, `99 ct`."""
        found = self.number(index)
        if found is None:
            return None
        value, end = found
        while self.kind(end) == "adjective" and self.adjacent(end):
            end += 1
        if self.kind(end) == "glue" and self.tokens[end].text[0] in ",.":
            end += 1
        if not self.adjacent(end):
            return None
        if self.kind(end) == "minor":
            raw = self.tokens[end].text
            return self.amount(index, end + 1, value, raw, self.default, minor=True), end + 1
        if not self.currency_at(end) or self._belongs_to_next(index, end):
            return None
        raw, iso, factor = self.read_currency(end)
        if iso in MINOR_DIGITS and self.kind(index) == "digits":
            value = (self.number(index, iso) or (value, 0))[0]
        end += 1
        cents = self._cents(end)
        if cents is not None:
            value, end = value + cents[0] / 100, cents[1]
        return self.amount(index, end, value * factor, raw, iso), end

    def _belongs_to_next(self, index: int, currency: int) -> bool:
        """`1 $10 bill`, `In 2020 EUR 125`: the currency goes with the number behind it."""
        behind = currency + 1
        if self.kind(behind) != "digits" or not self.adjacent(behind):
            return False
        glued = self.tokens[behind].start == self.tokens[currency].end
        apart = self.tokens[currency].start > self.tokens[currency - 1].end
        year = re.fullmatch(r"(19|20)\d\d", self.tokens[index].text) is not None
        return apart and (glued or year)

    def _cents(self, index: int) -> tuple[Decimal, int] | None:
        """The hundredths behind a currency: `und 15 Cent`, `forty-five`, `50` at the end of a clause."""
        if self.kind(index) == "glue" and self.adjacent(index) and self.tokens[index].text[0] not in ",.":
            index += 1
        if not self.adjacent(index):
            return None
        token = self.tokens[index]
        found = self.number(index) if token.kind in {"digits", "words"} else None
        if found is None or not 0 < found[0] < 100 or found[0] != int(found[0]):
            return None
        value, end = found
        if self.kind(end) == "minor" and self.adjacent(end):
            return value, end + 1
        rest = self.text[token.end : token.end + 2]
        if found[0] < 10 or (rest and not re.match(r"[.!?,;)]?(\s|$)|[.!?;)]", rest)) or self.currency_at(end):
            return None
        spoken = token.kind == "words" and _PER.match(self.text, token.end) is not None
        if rest[:1] == "%" or (rest[:1] == " " and not spoken):
            return None
        return value, end

    def amount(self, first: int, end: int, value: Decimal, raw: str, iso: str | None, *, minor: bool = False) -> Amount:
        start, stop = self.tokens[first].start, self.tokens[end - 1].end
        return Amount(Span(start, stop, self.text[start:stop]), value, raw, iso, minor)


def find_amounts(text: str, default_currency: str | None = None) -> tuple[Amount, ...]:
    """Every amount of money in `text`, in order. Signs shared by several currencies go to `default_currency`."""
    if _HINT.search(text) is None:
        return ()
    return tuple(_amounts(_Scanner(text, default_currency)))


def _amounts(scanner: _Scanner) -> Iterator[Amount]:
    index = 0
    while index < len(scanner.tokens):
        found = scanner.suffixed(index) or scanner.prefixed(index)
        if found is None:
            index += 1
            continue
        yield found[0]
        index = found[1]


_PERCENT = re.compile(
    rf"(?<![\w.,])(?P<number>-?{DIGITS}|(?<![^\W\d_]){NUMBER_WORDS})\s*(?:%|-?\s?(?:prozent(?:punkten?)?|"
    rf"percent(?:s|age points)?|per cents?|v\.\s?h\.)(?![^\W\d_]))"
    rf"|(?<![^\W\d_])per\s?cents?\s+of\s+(?P<of>{DIGITS}|{NUMBER_WORDS})",
    re.IGNORECASE,
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def find_percentages(text: str) -> tuple[Percent, ...]:
    """Every percentage in `text`, in order; none out of web addresses."""
    masked = _URL.sub(lambda match: "\0" * len(match.group()), text)
    found = []
    for match in _PERCENT.finditer(masked):
        raw = match["number"] or match["of"]
        value = read_digits(raw.lstrip("-")) if re.search(r"\d", raw) else read_words(raw)
        if value is not None:
            signed = -value if raw.startswith("-") else value
            found.append(Percent(Span(match.start(), match.end(), match.group()), signed))
    return tuple(found)

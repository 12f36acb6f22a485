"""One price field of a shop or form (`1.198,- Kr`, `From $14.97`): amount, and the currency as written.

The field may come with a neighbouring text that only helps to find the currency. price-parser reads .881 of its own
test strings; these rules read more (`make bench`, task `price`), so it is not used.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal

from agent.language.currencies import CODES, SIGN_PATTERN, is_currency, iso_of
from agent.language.numerals import SPACES, read_digits
from negotiators.money import MINOR_DIGITS
from negotiators.text import Span

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_CODE = "|".join(sorted(CODES))
_DOLLAR = (
    rf"(?:(?:{_CODE})(?=\s?\$)|(?<=\$)\s?(?:SGD|USD|CAD|AUD|NZD|HKD|MXN)|(?:US|CAN|CAD|AU|AUD|NZ|CA|HK|MX|NT|RD|BZ|"
    rf"TT|SG|AR|CL|CO|BN|Bds|EC)\s?\$|\$\s?(?:US|U|b)(?![^\W_])|[A-Z]\s?\$)"
)
_LETTERS = (
    r"руб\.?|р\.|[рР](?![^\W\d_])|грн\.?|лв\.?|дин\.?|ден\.?|тг\.?|км|сом|сум|KShs|KSh|TSh|USh|FBu|FRw|GFr|Fdj|"
        r"CFA|Kč|Kčs|zł|zl|Zł|Ft|HUF|"
    r"Lek|lei|Lei|LEI|lev|kr\.?|Kr\.?|KR|TL|Tl|Rs\.?|Rp\.?|RM|KM|KD|LD|BD|KMF|MK|MT|Rf\.?|VT|Nu\.|Br\.?|Fr\.?|"
        r"SFr\.?|sFr\.?|B/\.|S/\.?|"
    r"FG|UM|RF|Ks|Esc\.?|Rbl|kwz|Kz|nis|NT|stg|yen|yuan|francs?|euros?|Euros?|EURO|dollars?|pounds?|rupees?|"
        r"zloty|bucks?|pesos?|rand|baht|VNĐ|VND"
)  # fmt: skip
_CURRENCY = re.compile(
    rf"(?P<dollar>{_DOLLAR})|(?P<sign>{SIGN_PATTERN})|(?P<code>{_W}(?:{_CODE}){_X})|"
    rf"(?P<lower>{_W}(?:{_CODE.lower()}){_X})|(?P<word>{_W}(?:руб(?=л)|(?:{_LETTERS}){_X}))"
)
_ALONE = re.compile(r"^\s*[\d.,\s]*\d\s*(?P<unit>[^\W\d_]{1,2}\.?|so'm)\s*$")
_WORDY_LOWER = re.compile(
    r"^(?:all|top|try|cup|mop|pen|mad|bob|sos|gel|ang|bam|lak|amd|mur|sar|dop|sek|mnt|won|std|sdg)$"
)
_GAP = rf"[{SPACES}]"
_NUMBER = re.compile(
    rf"(?<![\d.,])(?P<number>\d{{1,3}}(?:(?:{_GAP}|[.,'’])\d{{3}})+(?!\d)(?:[.,]{_GAP}?\d{{1,2}}(?!\d))?"
    rf"|\d{{1,3}}(?:,\d{{2}})+,\d{{3}}(?:\.\d+)?|\d+[.,]\d+|\d+[.,]{_GAP}\d{{2}}(?!\d)|\d+|(?<!\d)[.]+\d+(?:\.\d+)?)"
    rf"|(?P<dotted>[.]+\d[\d.,]*)"
)  # fmt: skip
_DATE = re.compile(r"(?<!\d)\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d\d(?!\d)|^\s*\d\d-\d\d\s*$")
_RANGE = re.compile(r"^\s*(?:-|–|to|bis|до|à|a)\s*\d")
_NO_PRICE = re.compile(
    r"\b(?:free shipping|free delivery|versandkostenfrei|gratis versand|shipping over|orders? (?:over|above|"
    r"from)?\s*\$)", re.IGNORECASE)  # fmt: skip
_SUPERSCRIPT = re.compile(r"(?<=\d)([⁰¹²³⁴⁵⁶⁷⁸⁹])([⁰¹²³⁴⁵⁶⁷⁸⁹])(?![⁰¹²³⁴⁵⁶⁷⁸⁹])")
_NOW = re.compile(r"\b(?:was|statt|before|vorher|RRP|UVP)\b.*?\b(?:now|jetzt|nur|today)\b", re.IGNORECASE | re.DOTALL)
_SCALE = re.compile(r"(?:[kK](?![^\W_])|[mM](?![^\W_])|\s?(?:Mio|million)\b\.?)")
_FREE = re.compile(r"\b(?:free|gratis|kostenlos)\b", re.IGNORECASE)
_MEASURE = re.compile(r"^\s*(?:ft|cm|mm|kg|inch|in|lbs?|oz|ml|km|pcs)\b\.?\s*$")


@dataclass(frozen=True, slots=True)
class PriceTag:
    """`amount` is exact or `None`; `raw_currency` as written (in field or neighbour), `currency` its ISO code when
    that is unambiguous; `span` where the amount stands in the field."""

    amount: Decimal | None
    raw_currency: str | None
    currency: str | None
    span: Span | None = None


def _currencies(text: str) -> list[tuple[int, int, str]]:
    found = []
    for match in _CURRENCY.finditer(text):
        raw = match.group().strip()
        if match["lower"] and (
            _WORDY_LOWER.match(raw) or not (len(text) < 24 or re.search(r"\d\s*$", text[: match.start()]))
        ):
            continue
        if match["code"] and raw in {"ALL", "TOP", "TRY", "CUP", "PEN", "MOP"} and not re.search(r"\d", text):
            continue
        found.append((match.start(), match.end(), raw))
    if not found:
        alone = _ALONE.match(text)
        if alone and alone["unit"] != "ft" and is_currency(alone["unit"]):
            found.append((alone.start("unit"), alone.end("unit"), alone["unit"]))
    return found


def _best(places: list[tuple[int, int, str]], text: str) -> str | None:
    """The currency of a field: a code glued to a dollar sign, else the first one that stands at a number."""
    for _, _, raw in places:
        if re.fullmatch(r"[A-Z]{3}", raw) and raw.endswith("D") and "$" in text:
            return raw
    for start, end, raw in places:
        if re.match(r"\s?[\d.]", text[end:]) or re.search(r"[\d,.-]\s?[-–]?\s?$", text[:start]):
            return raw
    return places[0][2] if places else None


def _numbers(text: str) -> list[re.Match[str]]:
    """Numbers that may be prices: no percentages, no dates, not part of a word unless that is a currency."""
    masked = _DATE.sub(lambda match: " " * len(match.group()), text)
    return [match for match in _NUMBER.finditer(masked) if _may_be_price(masked, match)]


def _may_be_price(text: str, match: re.Match[str]) -> bool:
    if re.match(r"\s?%", text[match.end() :]):
        return False
    inside_word = match.start() > 0 and text[match.start() - 1].isalpha()
    return not inside_word or _glued_currency(text, match.start())


def _glued_currency(text: str, start: int) -> bool:
    return any(end == start for _, end, _ in _currencies(text))


def _value(text: str, match: re.Match[str], minor_digits: int) -> Decimal | None:
    raw = match.group()
    if match["dotted"] or raw.startswith("."):
        digits = raw.lstrip(".")
        return read_digits("." + digits) if digits.isdigit() else read_digits(digits)
    split = re.match(r"(\s?)€\s?(\d\d)(?!\d)(?!\s*[€.,])", text[match.end() :])
    if split and text.count("€") == 1 and raw.replace(" ", "").isdigit():
        return Decimal(re.sub(r"\D", "", raw) + "." + split[2])
    return read_digits(re.sub(rf"([.,]){_GAP}", r"\1", raw), minor_digits=minor_digits)


def _chosen(text: str, numbers: list[re.Match[str]], places: list[tuple[int, int, str]]) -> re.Match[str]:
    now = _NOW.search(text)
    later = [match for match in numbers if now and match.start() >= now.end() and re.search(r"[1-9]", match.group())]
    numbers = later or numbers
    for match in numbers:
        before, behind = text[: match.start()], text[match.end() :]
        if any(re.fullmatch(r"[\s:.\-]*", text[end : match.start()]) for _, end, _ in places if end <= match.start()):
            return match
        if any(
            re.fullmatch(r"[\s\-–.,*]*", text[match.end() : start]) for start, _, _ in places if start >= match.end()
        ):
            return match
        if _RANGE.match(behind) and not before.rstrip().endswith("/"):
            return match
    return numbers[0]


def read_price_tag(field: str | None, neighbour: str | None = None) -> PriceTag:
    """Amount and currency of one price field. The field's own currency wins over its neighbour's; of several
    amounts the first that stands at a currency counts, of a range the lower end."""
    text = (field or "")[:400]
    raised = _SUPERSCRIPT.search(text)
    if raised is not None:
        cents = "".join(str(unicodedata.digit(char)) for char in raised.group())
        tag = read_price_tag(f"{text[: raised.start()]}.{cents}{text[raised.end() :]}", neighbour)
        return replace(tag, span=None)
    places = _currencies(text)
    raw = _best(places, text)
    if raw is None and neighbour:
        raw = _best(_currencies(neighbour[:400]), neighbour[:400])
    currency = iso_of(raw) if raw else None
    numbers = _numbers(text)
    if not numbers or _MEASURE.match(text[numbers[0].end() :]) or _NO_PRICE.search(text):
        free = field is not None and not numbers and _FREE.search(text) is not None
        return PriceTag(Decimal(0) if free else None, raw, currency)
    match = _chosen(text, numbers, places)
    value = _value(text, match, MINOR_DIGITS.get(currency or "", 2))
    scale = _SCALE.match(text, match.end())
    if value is not None and scale is not None and any(end == match.start() for _, end, _ in places):
        value *= 1000 if scale.group() in {"k", "K"} else 10**6
    return PriceTag(value, raw, currency, Span(match.start(), match.end(), match.group()))

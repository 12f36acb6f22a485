"""Telling less: the same datum on a lower rung of the granularity ladder.

Each rung is a function of the rung above it, so that a company that collects several rungs of one datum never learns
more than the finest of them (no shards). The values come from a closed set of forms: nothing of the original text is
passed on below EXACT except a given name, a city name, digits cut from a postcode and units out of a fixed list, and
what the person put into words themselves for a lower rung (`memory.vault`).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import assert_never

from memory.facts.model import Granularity
from memory.facts.vocabulary import CategoryId, DataCategory, Shape, category

KNOWN = "known"
"""What the rung EXISTS says, whatever the category."""

_UNITS = {
    "eur": "EUR", "euro": "EUR", "€": "EUR", "chf": "CHF", "usd": "USD", "$": "USD", "gbp": "GBP", "£": "GBP",
    "m2": "m2", "m²": "m2", "qm": "m2", "sqm": "m2", "m3": "m3", "m³": "m3", "cbm": "m3",
    "kwh": "kWh", "gb": "GB", "mb": "MB", "mbit/s": "Mbit/s", "km": "km", "kg": "kg", "cm": "cm",
}  # fmt: skip
_NUMBER = re.compile(
    r"^\s*(?P<number>\d[\d.,' ]*)\s*(?P<unit>[^\d\s/.,'][^\s/]*(?:/s)?)?(?:\s*(?:/|per|pro|a|im)\s*\w+)?\s*$"
)
_BAND = re.compile(r"^(?P<low>\d+)-(?P<high>\d+)(?: (?P<unit>\S+))?$")
_POSTCODE = re.compile(r"^(?:[A-Z]{1,2}-)?(\d{4,5})$")
_POSTCODE_CUT = re.compile(r"^(\d{1,2})x{2,4}$")
_IN_ADDRESS = re.compile(r"\b\d{4,5}\s+(?P<city>[^\W\d_][^\d,;]*?)\s*(?:[,;]|$)")
_CITY = re.compile(r"^[^\W\d_]+(?:[ .-]+[^\W\d_]+){0,3}$")
_GIVEN = re.compile(r"^[^\W\d_]+(?:-[^\W\d_]+)*$")
_POSTCODE_ALONE = re.compile(r"^(?:[A-Z]{2}[ -])?(?:\d{3,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})$")
"""A postcode with nothing beside it, also with a federal state before it ("TX 78701", "W8 4PT")."""
_YEARS = re.compile(r"^\d{3}0-\d{3}9$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_MONTH = re.compile(r"^\d{4}-\d{2}$")


def ladder(term: CategoryId) -> tuple[Granularity, ...]:
    """The rungs on which a value of this category can differ, lowest first; raises `UnknownTermError`."""
    below = (Granularity.NONE, Granularity.EXISTS)
    match category(term).shape:
        case Shape.TEXT | Shape.NAME:
            return (*below, Granularity.BAND, Granularity.EXACT)
        case Shape.ADDRESS | Shape.CITY:
            return (*below, Granularity.CITY, Granularity.EXACT)
        case Shape.POSTCODE:
            return (*below, Granularity.BAND, Granularity.REGION, Granularity.CITY, Granularity.EXACT)
        case Shape.BIRTH_DATE | Shape.DATE | Shape.NUMBER:
            return (*below, Granularity.BAND, Granularity.EXACT)
        case shape:
            assert_never(shape)


def snap(term: CategoryId, granularity: Granularity) -> Granularity:
    """The highest rung of the category's own ladder that is not above `granularity`."""
    return max(rung for rung in ladder(term) if rung <= granularity)


def coarsen(term: CategoryId, value: str, granularity: Granularity, said: str = "") -> str | None:
    """`value` told on that rung, or None for the rung NONE; raises `UnknownTermError`.

    `said` are the person's own words for less than the exact value; they are told on every rung between EXISTS and
    EXACT.

    A value whose form is not understood is told as `known` on every rung below EXACT. A birth date becomes the decade
    of birth, not an age band: two age bands taken in different years would narrow the date down.
    """
    kind = category(term)
    rung = snap(term, granularity)
    if rung is Granularity.NONE:
        return None
    if rung is Granularity.EXACT or value == KNOWN:
        return value
    if rung is Granularity.EXISTS:
        return KNOWN
    return said or _cut(kind, value, rung) or KNOWN


def _cut(kind: DataCategory, value: str, rung: Granularity) -> str | None:
    match kind.shape:
        case Shape.TEXT:
            return None
        case Shape.NAME:
            return _given_name(value)
        case Shape.ADDRESS:
            return _city_of(value)
        case Shape.CITY:
            return value.strip() if _CITY.match(value.strip()) else None
        case Shape.POSTCODE:
            return _cut_postcode(value.strip(), rung)
        case Shape.BIRTH_DATE:
            return _decade(value.strip())
        case Shape.DATE:
            return _month(value.strip())
        case Shape.NUMBER:
            return _band(value, kind.band)
        case shape:
            assert_never(shape)


def _given_name(name: str) -> str | None:
    """`Mira` of "Dr. Mira Sommerfeldt" and of "Sommerfeldt, Mira"; a single word may be the surname and stays."""
    family, comma, rest = name.partition(",")
    words = [word for word in (rest if comma else family).split() if not word.endswith(".")]
    whole = len(words) > 1 or (comma and family.strip() and words)
    return words[0] if whole and _GIVEN.match(words[0]) else None


def _city_of(address: str) -> str | None:
    """The city beside the postcode: behind it ("1 Weg, 10435 Berlin") or before it ("1 Road, London, W8 4PT, UK")."""
    found = _IN_ADDRESS.search(address)
    if found:
        return found["city"] if _CITY.match(found["city"]) else None
    parts = [part.strip() for part in address.split(",")]
    if len(parts) == 1:
        return parts[0] if _CITY.match(parts[0]) else None
    at = next((at for at, part in enumerate(parts) if at > 1 and _POSTCODE_ALONE.match(part)), None)
    city = parts[at - 1] if at is not None else ""
    return city if _CITY.match(city) else None


def _cut_postcode(value: str, rung: Granularity) -> str | None:
    whole = _POSTCODE.match(value)
    if whole:
        digits = whole[1]
        keep = {Granularity.CITY: len(digits), Granularity.REGION: 2}.get(rung, 1)
        return digits[:keep] + "x" * (len(digits) - keep)
    cut = _POSTCODE_CUT.match(value)
    if cut is None or len(value) not in (4, 5):
        return None
    return value if rung >= Granularity.REGION else value[0] + "x" * (len(value) - 1)


def _decade(value: str) -> str | None:
    if _YEARS.match(value):
        return value
    day = _day(value)
    if day is None:
        return None
    start = day.year // 10 * 10
    return f"{start:04}-{start + 9:04}"


def _day(value: str) -> date | None:
    """A calendar day written `YYYY-MM-DD`; the other ISO forms that `fromisoformat` reads are numbers to people."""
    if not _DAY.match(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _month(value: str) -> str | None:
    if _MONTH.match(value):
        return value
    day = _day(value)
    return f"{day.year:04}-{day.month:02}" if day is not None else None


def _band(value: str, width: int) -> str | None:
    banded = _BAND.match(value)
    if banded:
        low, high = int(banded["low"]), int(banded["high"])
        unit = banded["unit"] or ""
        fits = low % width == 0 and high == low + width - 1 and (not unit or unit in _UNITS.values())
        return value if fits else None
    found = _NUMBER.match(value)
    number = _decimal(found["number"]) if found else None
    if found is None or number is None:
        return None
    start = int(number) // width * width
    unit = _UNITS.get((found["unit"] or "").casefold(), "")
    return f"{start}-{start + width - 1} {unit}".rstrip()


def _decimal(text: str) -> Decimal | None:
    """Reads 2450, 2.450,00, 2,450.00 and 2 450; a single separator before exactly three digits groups thousands."""
    digits = text.replace(" ", "").replace("'", "")
    last = max(digits.rfind("."), digits.rfind(","))
    if last >= 0:
        grouped = len(digits) - last - 1 == 3 and digits.count(digits[last]) >= 1 and not _mixed(digits)
        whole, part = digits[:last], digits[last + 1 :]
        digits = re.sub(r"[.,]", "", digits) if grouped else re.sub(r"[.,]", "", whole) + "." + part
    try:
        return Decimal(digits.rstrip(".") or "x")
    except InvalidOperation:
        return None


def _mixed(digits: str) -> bool:
    return "." in digits and "," in digits

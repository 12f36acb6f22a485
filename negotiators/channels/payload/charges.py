"""Amounts under names nobody here knows: a deposit or a surcharge beside the price is still to be paid. Pure.

What is found makes an offer unread (`Offer.unread`): it is shown with the names, and never taken. Default deny: a field
counts as a charge unless it is known not to be one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from itertools import islice

from negotiators.channels.payload.fields import safe_name
from negotiators.money import MoneyError, exact_decimal

MAX_FIELDS = 200
MAX_NAMES = 8

_ENGLISH = ("fee", "fees", "charge", "charges", "deposit", "deposits", "levy", "cost", "costs")
_HARMLESS = {"coffee", "toffee"}
_GERMAN = re.compile(
    r"geb(?:ü|ue)hr|kaution|pfand|zuschlag|aufschlag|pauschale|entgelt|umlage|anzahlung|kosten|"
    r"(?:anschluss|einrichtungs|bereitstellungs)preis"
)
_STATED = ("amount", "price", "value")


def names_of(found: Iterable[object]) -> tuple[str, ...]:
    """Names as they may be kept and shown: printable ones once each, at most `MAX_NAMES`; any other is a `?`."""
    kept = dict.fromkeys(safe_name(_plain(name)) or "?" for name in islice(found, MAX_FIELDS))
    return tuple(islice(kept, MAX_NAMES))


def _plain(name: object) -> str:
    """A company's own name for something, in the letters a field name may have."""
    text = str(name).translate({228: "ae", 246: "oe", 252: "ue", 223: "ss", 196: "Ae", 214: "Oe", 220: "Ue"})
    return re.sub(r"[^A-Za-z0-9_.:-]+", "_", text).strip("_")[:64]


def is_charge(name: str) -> bool:
    """Whether a name says that something is charged: `serviceFee`, `Deposit (EUR)`, `Anschlussgebühr`."""
    words = re.sub(r"(?<=[a-zä-ü])(?=[A-ZÄ-Ü])", " ", name).casefold()
    english = any(word.endswith(_ENGLISH) and word not in _HARMLESS for word in re.split(r"[^a-z]+", words))
    return english or _GERMAN.search(words) is not None


def charges_in(body: Mapping[str, object], known: Collection[str]) -> list[str]:
    """Fields of a document, beside the known ones, that hold an amount other than zero."""
    return [
        str(name)
        for name, value in islice(body.items(), MAX_FIELDS)
        if name not in known and (_holds_amount(value, 3) or (is_charge(str(name)) and not is_nothing(value)))
    ]


def _holds_amount(value: object, depth: int) -> bool:
    if depth == 0:
        return False
    if isinstance(value, Mapping):
        if any(key in value and not is_nothing(value[key]) for key in _STATED) and _is_money(value):
            return True
        return any(_holds_amount(inner, depth - 1) for inner in islice(value.values(), MAX_FIELDS))
    return isinstance(value, list) and any(_holds_amount(inner, depth - 1) for inner in value[:MAX_FIELDS])


def _is_money(value: Mapping[str, object]) -> bool:
    return "amount" in value or "price" in value or "currency" in value or "priceCurrency" in value


def is_nothing(value: object) -> bool:
    """Whether a stated amount is none at all: empty, a plain zero, a no."""
    if value is None or isinstance(value, bool):
        return value is not True
    if isinstance(value, int | float | Decimal):
        return value == 0
    if isinstance(value, str):
        try:
            return not value.strip() or exact_decimal(value.strip()) == 0
        except MoneyError:
            return False
    return not _holds_amount(value, 3) if isinstance(value, Mapping | list) else False

"""Terms as fields people can type in: `24` months instead of `P24M`, `640,00` instead of `640.00` in German."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.views import TermView
from tui.wording import Wording

_PERIOD = re.compile(r"P(\d+)([YMWD])")
_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_CENTS = re.compile(r"\d+[.,]\d{1,2}")
_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


@dataclass(frozen=True, slots=True)
class Field:
    """One changeable term: what stands in the field, and how to read it back."""

    term: TermView
    shown: str
    unit: str
    """`Y`, `M`, `W`, `D` of a period, else empty."""
    currency: str = ""
    """Of an amount whose value names it."""

    def label(self, w: Wording) -> str:
        """The term's name, with the unit the number is in."""
        name = w.pick(self.term.label)
        if self.unit:
            return w.t("field.in", name=name, unit=w.t(f"unit.{_UNITS[self.unit]}"))
        unit = (self.currency or self.term.unit.partition("/")[0]).replace("EUR", "€")
        return f"{name} ({unit})" if unit else name

    def read(self, typed: str, w: Wording) -> str | None:
        """The canonical value, or None when nothing was changed."""
        text = typed.strip()
        if not text or text == self.shown:
            return None
        if self.unit:
            return f"P{text}{self.unit}" if text.isdigit() else text
        if self.term.kind == "date" and (day := _DAY.fullmatch(text)):
            return f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"
        if self.term.kind not in {"money", "number"}:
            return text
        plain = _plain(text, "," if w.language == "de" else ".")
        return f"{plain} {self.currency}" if self.currency and plain.replace(".", "").isdigit() else plain


def _plain(text: str, point: str) -> str:
    """A number as typed, with a decimal point: `1.016,50` and `16.50` are both understood where the comma is usual, for
    no thousands have two digits."""
    other = "." if point == "," else ","
    if point not in text and _CENTS.fullmatch(text):
        point, other = other, point
    return text.replace(other, "").replace(point, ".")


def field_of(term: TermView, w: Wording) -> Field:
    """The field for a term of any kind that can be changed."""
    found = _PERIOD.fullmatch(term.value) if term.kind == "duration" else None
    if found:
        return Field(term, found[1], found[2])
    if term.kind == "money" and " " in term.value:
        amount, _, currency = term.value.partition(" ")
        return Field(term, w.formats.number(amount, max(2, len(amount.partition(".")[2]))), "", currency)
    if term.kind in {"money", "number"}:
        return Field(term, w.formats.number(term.value), "")
    if term.kind == "date" and w.language == "de":
        return Field(term, ".".join(reversed(term.value.split("-"))), "")
    return Field(term, term.value, "")

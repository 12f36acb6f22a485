"""Terms as fields people can type in: `24` months instead of `P24M`, `640,00` instead of `640.00` in German."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.views import TermView
from tui.wording import Wording

_PERIOD = re.compile(r"P(\d+)([YMWD])")
_UNITS = {"Y": "year", "M": "month", "W": "week", "D": "day"}


@dataclass(frozen=True, slots=True)
class Field:
    """One changeable term: what stands in the field, and how to read it back."""

    term: TermView
    shown: str
    unit: str
    """`Y`, `M`, `W`, `D` of a period, else empty."""

    def label(self, w: Wording) -> str:
        """The term's name, with the unit the number is in."""
        name = w.pick(self.term.label)
        if self.unit:
            return w.t("field.in", name=name, unit=w.t(f"unit.{_UNITS[self.unit]}"))
        unit = self.term.unit.partition("/")[0].replace("EUR", "€")
        return f"{name} ({unit})" if unit else name

    def read(self, typed: str, w: Wording) -> str | None:
        """The canonical value, or None when nothing was changed."""
        text = typed.strip()
        if not text or text == self.shown:
            return None
        if self.unit:
            return f"P{text}{self.unit}" if text.isdigit() else text
        if self.term.kind in {"money", "number"} and w.language == "de":
            return text.replace(".", "").replace(",", ".")
        return text.replace(",", "") if self.term.kind in {"money", "number"} else text


def field_of(term: TermView, w: Wording) -> Field:
    """The field for a term of any kind that can be changed."""
    found = _PERIOD.fullmatch(term.value) if term.kind == "duration" else None
    if found:
        return Field(term, found[1], found[2])
    if term.kind in {"money", "number"}:
        return Field(term, w.formats.number(term.value), "")
    return Field(term, term.value, "")

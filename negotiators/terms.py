"""Values of negotiable terms: their kinds, their one canonical text, and a set of them by issue name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from negotiators.money import Money, Period, exact_decimal, plain

TermValue = Money | Decimal | Period | str | bool | date


class TermError(ValueError):
    """A term that cannot be read as its issue's kind."""


class IssueKind(StrEnum):
    """What values an issue takes. `NUMBER` carries the issue's unit; `MONEY` its own currency."""

    MONEY = "money"
    NUMBER = "number"
    DURATION = "duration"
    CHOICE = "choice"
    FLAG = "flag"
    DATE = "date"


def parse_term(kind: IssueKind, value: object, *, currency: str | None = None) -> TermValue:
    """Read one wire or file value as `kind`.

    Money is `"19.99 EUR"`, or `"19.99"` when `currency` is given; numbers are decimal strings; durations ISO
    8601 (`"P24M"`); dates ISO 8601 days; choices plain strings; flags booleans or `"true"`/`"false"`.
    Raises `TermError`.
    """
    try:
        match kind:
            case IssueKind.FLAG:
                if isinstance(value, bool):
                    return value
                return {"true": True, "false": False, "yes": True, "no": False}[str(value)]
            case IssueKind.MONEY:
                amount, _, code = str(value).partition(" ")
                return Money(exact_decimal(amount), code or currency or "")
            case IssueKind.NUMBER:
                return exact_decimal(str(value))
            case IssueKind.DURATION:
                return Period.parse(str(value))
            case IssueKind.DATE:
                return date.fromisoformat(str(value))
            case IssueKind.CHOICE:
                if not isinstance(value, str) or not value or len(value) > 64:
                    raise TermError("a choice is a short string")
                return value
    except (ValueError, KeyError) as err:
        raise TermError(f"`{str(value)[:40]}` is not a {kind.value}") from err


def term_text(value: TermValue) -> str:
    """The one canonical string of a term value; `parse_term` of the right kind reads it back unchanged."""
    match value:
        case bool():
            return "true" if value else "false"
        case Money():
            return f"{plain(value.amount)} {value.currency}"
        case Decimal():
            return plain(value)
        case Period():
            return str(value)
        case date():
            return value.isoformat()
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Terms(Mapping[str, TermValue]):
    """One assignment of values to issue names (an *outcome*), ordered by name. Equal terms are equal values."""

    items_: tuple[tuple[str, TermValue], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, TermValue]) -> Terms:
        return cls(tuple(sorted(values.items())))

    def __getitem__(self, name: str) -> TermValue:
        for key, value in self.items_:
            if key == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self.items_)

    def __len__(self) -> int:
        return len(self.items_)

    def with_(self, **changed: TermValue) -> Terms:
        return Terms.of({**dict(self.items_), **changed})

    def texts(self) -> dict[str, str]:
        """Canonical strings by issue name: what is stored, hashed and shown to machines."""
        return {name: term_text(value) for name, value in self.items_}


NO_TERMS = Terms()

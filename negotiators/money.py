"""Exact money and calendar periods: the two quantities a contract is made of.

Money is a `decimal.Decimal` with an ISO 4217 code; it is never a float and never converted. Periods keep
months and days apart, because "one month" has no fixed length (ISO 8601 durations).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import total_ordering

NO_CURRENCY = "XXX"
"""ISO 4217's code for an amount of no currency: one that nobody named."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_AMOUNT = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
_PERIOD = re.compile(r"P(?:(\d{1,5})Y)?(?:(\d{1,6})M)?(?:(\d{1,6})W)?(?:(\d{1,7})D)?")

MINOR_DIGITS: dict[str, int] = {"JPY": 0, "KRW": 0, "HUF": 2, "BHD": 3, "KWD": 3, "TND": 3}
"""Decimal places of currencies that do not have two (ISO 4217)."""


class MoneyError(ValueError):
    """An amount or currency that cannot be read exactly, or two currencies in one sum."""


def exact_decimal(text: str) -> Decimal:
    """Read a plain decimal string such as `"1234.50"`.

    Raises `MoneyError` for exponents, NaN, infinities, grouping signs and more than 15+9 digits: what a
    machine sends as an amount must have one reading only.
    """
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise MoneyError(f"`{str(text)[:40]}` is not a plain decimal number")
    try:
        return Decimal(text)
    except InvalidOperation as err:  # pragma: no cover - the pattern admits no such text
        raise MoneyError(f"`{text}` is not a number") from err


def plain(number: Decimal) -> str:
    """The shortest plain decimal string of `number`: no exponent, no trailing zeros (`"9.5"`, `"100"`)."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency. Arithmetic and comparison across currencies raise `MoneyError`."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal) or not self.amount.is_finite():
            raise MoneyError("an amount is a finite Decimal")
        if not _CURRENCY.fullmatch(self.currency):
            raise MoneyError(f"`{self.currency[:12]}` is not an ISO 4217 currency code")

    @classmethod
    def of(cls, amount: str | int, currency: str) -> Money:
        """Money from a plain decimal string or a whole number of main units. Raises `MoneyError`."""
        return cls(exact_decimal(str(amount)), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MoneyError(f"cannot combine {self.currency} with {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def rounded(self) -> Money:
        """Rounded half-even to the currency's minor unit: the one rounding rule of the house."""
        digits = MINOR_DIGITS.get(self.currency, 2)
        return Money(self.amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN), self.currency)

    def text(self) -> str:
        """The amount as a decimal string with at least the currency's minor digits (`"171.00"`, `"0.2849"`)."""
        digits = MINOR_DIGITS.get(self.currency, 2)
        places = -int(self.amount.normalize().as_tuple().exponent)
        return format(self.amount, f".{max(digits, places)}f")

    def __str__(self) -> str:
        return f"{self.text()} {self.currency}"


@dataclass(frozen=True, slots=True)
class Period:
    """A span of calendar time in a contract: minimum term, notice, price guarantee. Both parts are >= 0."""

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if self.months < 0 or self.days < 0:
            raise ValueError("a period is not negative")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read an ISO 8601 date duration (`P24M`, `P1Y6M`, `P14D`, `P2W`, `P0D`). Raises `ValueError`."""
        found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
        if not found or not any(found.groups()):
            raise ValueError(f"`{str(text)[:40]}` is not a period such as P24M or P14D")
        years, months, weeks, days = (int(part or 0) for part in found.groups())
        return cls(12 * years + months, 7 * weeks + days)

    def __str__(self) -> str:
        months = f"{self.months}M" if self.months else ""
        days = f"{self.days}D" if self.days or not self.months else ""
        return f"P{months}{days}"

    def approximate_days(self) -> int:
        """Days with a month counted as 30.4375 days; for ordering and utilities, never for deadlines."""
        return round(self.months * 30.4375) + self.days

    def after(self, start: date) -> date:
        """The day this period ends when it begins on `start`; month ends are clipped (31 Jan + P1M = 28 Feb)."""
        month = start.month - 1 + self.months
        year, month = start.year + month // 12, month % 12 + 1
        day = min(start.day, monthrange(year, month)[1])
        return date(year, month, day) + timedelta(days=self.days)

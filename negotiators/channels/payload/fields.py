"""Small closed readers for fields a counterpart sent: ids, codes, moments, exact integers.

Each returns a value of its own type or `None`; what could not be read is noted as a problem code. Nothing here
passes a counterpart's characters through unchecked.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

MAX_PROBLEMS = 32

_ID = re.compile(r"[A-Za-z0-9_.:/+=@~-]{1,128}")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,47}")
_NOT_NAME = re.compile(r"[^A-Za-z0-9_.:\[\]-]")


class Problems:
    """Codes of what was ignored and where (`bad_term:terms.price`), each once, at most `MAX_PROBLEMS`."""

    __slots__ = ("_codes",)

    def __init__(self) -> None:
        self._codes: dict[str, None] = {}

    def add(self, code: str, where: object = "") -> None:
        place = _NOT_NAME.sub("", str(where)[:128])[:64]
        if len(self._codes) < MAX_PROBLEMS:
            self._codes[f"{code}:{place}" if place else code] = None

    def codes(self) -> tuple[str, ...]:
        return tuple(self._codes)


def safe_id(value: object) -> str | None:
    """An id of printable ASCII without spaces, quotes and brackets, at most 128 characters."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def safe_name(value: object) -> str | None:
    """A field or category name: `[A-Za-z0-9_.:-]`, at most 64 characters."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else None


def safe_code(value: object) -> str:
    """A lower-case reason code, or the empty string."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def exact_integer(value: object) -> int | None:
    """A whole number that came as an int, an integral float below 2**53 (A2A turns 3 into 3.0) or digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        value = Decimal(value)
    if isinstance(value, Decimal):
        small = value.is_finite() and abs(value) < 2**53
        return int(value) if small and value == int(value) else None
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    return None


def moment(value: object, problems: Problems, where: str) -> datetime | None:
    """An RFC 3339 moment with an offset, as UTC; a naive or unreadable one is a problem and `None`."""
    if not isinstance(value, str) or not 16 <= len(value) <= 40:
        problems.add("bad_time", where)
        return None
    try:
        read = datetime.fromisoformat(value)
        if read.tzinfo is None:
            problems.add("naive_time", where)
            return None
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        problems.add("bad_time", where)
        return None


def rfc3339(value: datetime) -> str:
    """A moment as RFC 3339 in UTC with a `Z`."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

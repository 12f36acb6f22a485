"""Frozen dataclasses to plain JSON values and back, strictly and without loss.

One codec serves the store's rows, export and import, and persona files. Enumerations with text values are written as
that text, ladders (IntEnum) by name, exact numbers and times as strings, sets sorted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from memory.errors import EntryInvalidError, nearest

T = TypeVar("T")
Json = Any
"""What the json module reads and writes; its shape is checked on the way in."""


class RecordError(EntryInvalidError):
    """A record does not read: `key` is the dotted place, `nearest_key` the known key it may have meant."""

    def __init__(self, key: str, what: str, *, nearest_key: str | None = None) -> None:
        self.key, self.what, self.nearest_key = key, what, nearest_key
        super().__init__(f"`{key}`: {what}" + (f"; did you mean `{nearest_key}`?" if nearest_key else ""))


def dump(value: object) -> Json:
    """The value as JSON-ready data; fields that hold their default are left out."""
    match value:
        case None | bool() | str() if not isinstance(value, Enum):
            return value
        case IntEnum():
            return value.name
        case Enum():
            return value.value
        case int():
            return value
        case Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case frozenset():
            return sorted((dump(item) for item in value), key=str)
        case tuple() | list():
            return [dump(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {
            spec.name: dump(getattr(value, spec.name))
            for spec in fields(value)
            if not _is_default(getattr(value, spec.name), spec.default, spec.default_factory)
        }
    raise TypeError(f"cannot write a {type(value).__name__}")


def _is_default(value: object, default: object, factory: Any) -> bool:
    if default is not MISSING:
        return bool(value == default)
    return factory is not MISSING and bool(value == factory())


def load(kind: type[T], data: Json, where: str = "") -> T:
    """The dataclass `kind` read from JSON-ready data; raises `RecordError` naming the place and what was wrong."""
    if not isinstance(data, Mapping):
        raise RecordError(where or kind.__name__, "a table was expected")
    known = _hints(kind)  # type: ignore[arg-type]  # a type is hashable
    for key in data:
        if key not in known:
            raise RecordError(_at(where, str(key)), "no such key", nearest_key=nearest(str(key), known))
    values = {name: _read(known[name], item, _at(where, name)) for name, item in data.items()}
    missing = [spec.name for spec in fields(kind) if spec.name not in values and _required(spec)]  # type: ignore[arg-type]
    if missing:
        raise RecordError(_at(where, missing[0]), "is missing")
    try:
        return kind(**values)
    except (ValueError, TypeError, ArithmeticError) as err:
        raise RecordError(where or kind.__name__, str(err)) from err


def _required(spec: Any) -> bool:
    return spec.default is MISSING and spec.default_factory is MISSING


def _at(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {spec.name: hints[spec.name] for spec in fields(kind)}


def _read(hint: Any, data: Json, where: str) -> Any:
    while hasattr(hint, "__supertype__"):  # NewType
        hint = hint.__supertype__
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = [option for option in get_args(hint) if option is not type(None)]
        return None if data is None else _read(inner[0], data, where)
    if origin in (tuple, frozenset):
        return _read_many(origin, get_args(hint), data, where)
    if is_dataclass(hint):
        return load(hint, data, where)  # type: ignore[arg-type]
    return _read_scalar(hint, data, where)


def _read_many(origin: Any, arguments: tuple[Any, ...], data: Json, where: str) -> Any:
    if not isinstance(data, list | tuple):
        raise RecordError(where, "a list was expected")
    if origin is tuple and arguments[-1] is not Ellipsis:
        if len(data) != len(arguments):
            raise RecordError(where, f"a list of {len(arguments)} was expected")
        return tuple(
            _read(hint, item, f"{where}[{at}]") for at, (hint, item) in enumerate(zip(arguments, data, strict=True))
        )
    return origin(_read(arguments[0], item, f"{where}[{at}]") for at, item in enumerate(data))


def _read_scalar(hint: Any, data: Json, where: str) -> Any:
    if issubclass(hint, IntEnum):
        if data in hint.__members__:
            return hint[data]
        raise RecordError(
            where,
            f"`{data}` is not one of {', '.join(hint.__members__)}",
            nearest_key=nearest(str(data), hint.__members__),
        )
    if issubclass(hint, Enum):
        values = [str(member.value) for member in hint]
        if data in values:
            return hint(data)
        raise RecordError(where, f"`{data}` is not one of {', '.join(values)}", nearest_key=nearest(str(data), values))
    if hint in (datetime, date, Decimal):
        return _read_exact(hint, data, where)
    if not isinstance(data, hint) or (hint is int and isinstance(data, bool)):
        raise RecordError(where, f"{hint.__name__} was expected, not {type(data).__name__}")
    return data


def _read_exact(hint: Any, data: Json, where: str) -> Any:
    try:
        if hint is Decimal:
            if isinstance(data, float | bool):
                raise RecordError(where, 'write exact numbers as text, as in "12.50"')
            number = Decimal(data)
            if not number.is_finite():
                raise ValueError(data)
            return number
        moment = data if isinstance(data, date) else hint.fromisoformat(data)  # TOML has dates of its own
        if hint is date:
            return moment.date() if isinstance(moment, datetime) else moment
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise RecordError(where, "the time needs a zone, as in 2026-12-01T00:00:00Z")
        return moment
    except (ValueError, TypeError, InvalidOperation) as err:
        raise RecordError(where, f"`{data}` is not a {hint.__name__.lower()}") from err

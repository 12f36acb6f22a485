"""JSON with one reading: what the guard accepts before any vendor library sees a body.

The standard library accepts NaN, turns 1e400 into infinity, keeps the last of two equal keys and recurses
without end. Here sizes and nesting are counted before parsing, and numbers are exact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

from negotiators.wire.errors import JsonLimits, NotStrictJson

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?+\Z)', re.DOTALL)
"""A JSON string, or an unterminated one to the end: linear, because it can never fail after a quote."""

_NOT_BRACKET = re.compile(rb"[^\[\]{}]+")
_SURROGATE = re.compile(rb"\\u[dD][89abcdefABCDEF]")
_MAX_EXPONENT = 308


def _refuse(code: str, message: str) -> NoReturn:
    raise NotStrictJson(message, code)


def check_shape(body: bytes, limits: JsonLimits) -> None:
    """Count nesting, members and values without parsing. Raises `NotStrictJson`."""
    bare = _STRING.sub(b"", body)
    brackets = _NOT_BRACKET.sub(b"", bare)
    if bare.count(b",") + len(brackets) > limits.items:
        _refuse("json_too_many_items", f"more than {limits.items} values")
    depth = 0
    for mark in brackets:
        depth += 1 if mark in b"[{" else -1
        if depth > limits.depth:
            _refuse("json_too_deep", f"nested deeper than {limits.depth} levels")


def strict_json(body: bytes, limits: JsonLimits | None = None) -> object:
    """Parse `body` as RFC 8259 JSON in UTF-8 with exactly one reading.

    Refused: NaN and infinities, duplicate keys, a byte order mark, lone surrogates, numbers of more than
    `limits.number` characters or beyond 1e308, nesting and sizes beyond `limits`. Whole numbers come as `int`,
    all others as `Decimal`. Raises `NotStrictJson`.
    """
    limits = limits or JsonLimits()
    check_shape(body, limits)

    def number(text: str) -> Decimal:
        if len(text) > limits.number:
            _refuse("json_long_number", f"a number of {len(text)} characters")
        value = Decimal(text)
        if value and abs(value.adjusted()) > _MAX_EXPONENT:
            _refuse("json_number_range", "a number beyond 1e308")
        return value

    try:
        value: object = json.loads(
            body.decode("utf-8"),
            parse_float=number,
            parse_int=lambda text: int(number(text)),
            parse_constant=lambda name: _refuse("json_constant", f"`{name}` is not JSON"),
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as err:
        raise NotStrictJson(f"not JSON: {type(err).__name__}") from err
    if _SURROGATE.search(body):
        _check_text(value)
    return value


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _refuse("json_duplicate_key", "an object names a key twice")
    return members


def _check_text(value: object) -> None:
    """Refuse lone surrogates: they cannot be written out again."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeEncodeError as err:
        raise NotStrictJson("a string with a lone surrogate", "json_surrogate") from err

"""What every channel's discovery does with a document that says who answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal


def card_hash(document: object) -> str:
    """sha256 of a JSON document with sorted keys and without its signatures, which may differ at every signing."""
    plain = (
        {key: value for key, value in document.items() if key != "signatures"}
        if isinstance(document, Mapping)
        else document
    )
    body = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=_number)
    return hashlib.sha256(body.encode()).hexdigest()


def _number(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"`{type(value).__name__}` is not a JSON value")

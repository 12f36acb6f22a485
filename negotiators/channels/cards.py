"""What every channel's discovery does with a document that says who answers."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urljoin

from negotiators.adapter import Refused
from negotiators.wire import AddressRefused, AddressRules, Target, target_of

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


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


def signed_by(document: object) -> str:
    """Which keys a document says it is signed with (JWS: algorithm, key id, where the keys lie); empty for none.

    It names keys, it does not verify them (`a2a.signatures` does): what counts is that a known company suddenly names
    another, or none.
    """
    listed = document.get("signatures") if isinstance(document, Mapping) else None
    entries = listed[:8] if isinstance(listed, list) else []
    found = [_key_of(entry.get("protected")) for entry in entries if isinstance(entry, Mapping)]
    return hashlib.sha256("|".join(sorted(found)).encode()).hexdigest()[:32] if found else ""


def _key_of(protected: object) -> str:
    try:
        padded = str(protected) + "=" * (-len(str(protected)) % 4)
        header = json.loads(base64.urlsafe_b64decode(padded))
        return json.dumps([str(header.get(name, ""))[:200] for name in ("alg", "kid", "jku")])
    except (ValueError, AttributeError, RecursionError):
        return "unreadable"


def followed(stated: str, url: str, rules: AddressRules) -> str:
    """The address that a document of `url` names for going on. Raises `Refused` for one of another host, one that
    gives up TLS, and one that may not be asked at all."""
    address = urljoin(url, stated)
    try:
        here, there = target_of(url, rules), target_of(address, rules)
    except AddressRefused as err:
        raise Refused(f"`{address}`, named by `{url}`, is refused: {err}") from err
    if not same_party(here, there, rules):
        raise Refused(f"`{here.origin}` sends us to `{there.origin}`")
    return address


def same_party(here: Target, there: Target, rules: AddressRules) -> bool:
    """Same host, no downgrade; where loopback is allowed its names are one host."""
    if here.scheme == "https" and there.scheme == "http":
        return False
    return here.host == there.host or (rules.allow_loopback and {here.host, there.host} <= _LOOPBACK)

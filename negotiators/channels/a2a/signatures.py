"""Whether a card's signatures hold (A2A 1.0, section 8.4: JWS over the canonical card), and with which key.

What counts is fixed here and not by the card: asymmetric algorithms only, the key from the card's own origin only
(`jku` of the protected header, without a redirect), its kind and curve fitting the algorithm. Keys a signature brings
itself (`jwk`, `x5c`, `x5u`, the unprotected header) are not looked at. That a signature holds says that whoever has the
origin also has the key, not who that is: the key's thumbprint is pinned, and another one is another company.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from negotiators.channels.faults import as_adapter_error
from negotiators.wire import (
    AddressRefused,
    AddressRules,
    Limits,
    NotStrictJson,
    PeerBroke,
    PeerTooSlow,
    PeerUnreachable,
    WireError,
    strict_json,
    target_of,
)

if TYPE_CHECKING:
    from jwt import PyJWK

ALGORITHMS: Mapping[str, tuple[str, str]] = {
    "ES256": ("EC", "P-256"), "ES384": ("EC", "P-384"), "EdDSA": ("OKP", "Ed25519"), "RS256": ("RSA", ""),
    "PS256": ("RSA", ""),
}  # fmt: skip
"""The algorithms that count, with the kind and curve of their keys."""

RSA_BYTES = 256
MAX_SIGNATURES = 8
MAX_KEYS = 20
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,4096}")
_THUMB = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}


class _Invalid(Exception):
    """Why one signature does not hold, as a code."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found. `told` is empty for an unsigned card, else `verified:THUMBPRINT` or `invalid:WHY`.

    `covered` is the part of the document to read: all of it, or what the signature covers where that is less.
    """

    told: str
    covered: object


@dataclass(frozen=True, slots=True)
class _Signature:
    protected: str
    signature: str
    algorithm: str
    key_id: str | None
    keys_at: str


async def check_signatures(document: object, url: str, rules: AddressRules, limits: Limits) -> Checked:
    """Check the card that `url` gave. One signature that holds is enough; else the last one's fault is told.

    Raises an `AdapterError` where the keys cannot be reached now: that says nothing about the card.
    """
    listed = document.get("signatures") if isinstance(document, Mapping) else None
    if not isinstance(document, Mapping) or not listed:
        return Checked("", document)
    why, sets = "unreadable", dict[str, list[Mapping[str, Any]]]()
    for entry in listed[:MAX_SIGNATURES] if isinstance(listed, list) else []:
        try:
            signature = _read(entry)
            if signature.keys_at not in sets:
                sets[signature.keys_at] = await _keys(signature.keys_at, url, rules, limits)
            key = _key_for(signature, sets[signature.keys_at])
            covered = _covered(document, signature, _usable(key, signature.algorithm))
            return Checked(f"verified:{thumbprint(key)}", covered)
        except _Invalid as err:
            why = str(err)
    return Checked(f"invalid:{why}", document)


def _read(entry: object) -> _Signature:
    """Raises `_Invalid`."""
    protected, value = (entry.get(name) if isinstance(entry, Mapping) else None for name in ("protected", "signature"))
    if not isinstance(protected, str) or not isinstance(value, str):
        raise _Invalid("unreadable")
    if not _BASE64URL.fullmatch(protected) or not _BASE64URL.fullmatch(value):
        raise _Invalid("unreadable")
    try:
        header = strict_json(urlsafe_b64decode(protected + "=" * (-len(protected) % 4)))
    except (ValueError, NotStrictJson) as err:
        raise _Invalid("unreadable") from err
    if not isinstance(header, Mapping) or "crit" in header or "b64" in header:
        raise _Invalid("unreadable")
    algorithm, key_id, keys_at = (header.get(name) for name in ("alg", "kid", "jku"))
    if algorithm not in ALGORITHMS:
        raise _Invalid("algorithm")
    if not isinstance(keys_at, str):
        raise _Invalid("no_key")
    return _Signature(protected, value, str(algorithm), key_id if isinstance(key_id, str) else None, keys_at)


async def _keys(address: str, card_url: str, rules: AddressRules, limits: Limits) -> list[Mapping[str, Any]]:
    """The keys at an address of the card's own origin. Raises `_Invalid`, and an `AdapterError` for a broken line."""
    from negotiators.wire.httpx_edge import fetch_json, guarded_client

    try:
        if target_of(address, rules).origin != target_of(card_url, rules).origin:
            raise _Invalid("foreign_key")
        async with guarded_client(rules, replace(limits, redirects=0)) as client:
            found, _ = await fetch_json(client, address)
    except AddressRefused as err:
        raise _Invalid("foreign_key") from err
    except (PeerUnreachable, PeerTooSlow, PeerBroke) as err:
        raise as_adapter_error(err) from err
    except (WireError, LookupError) as err:
        raise _Invalid("no_key") from err
    keys = found.get("keys") if isinstance(found, Mapping) else None
    return [key for key in keys[:MAX_KEYS] if isinstance(key, Mapping)] if isinstance(keys, list) else []


def _key_for(signature: _Signature, keys: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one key that is meant. Raises `_Invalid` for none and for several."""
    meant = [key for key in keys if key.get("kid") == signature.key_id] if signature.key_id is not None else keys
    if len(meant) != 1:
        raise _Invalid("no_key")
    return meant[0]


def _usable(key: Mapping[str, Any], algorithm: str) -> PyJWK:
    """A public key that fits the algorithm. Raises `_Invalid`."""
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    kind, curve = ALGORITHMS[algorithm]
    if key.get("kty") != kind or (curve and key.get("crv") != curve) or "d" in key:
        raise _Invalid("algorithm")
    if key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
        raise _Invalid("algorithm")
    try:
        if kind == "RSA" and len(urlsafe_b64decode(f"{key.get('n')}===").lstrip(b"\0")) < RSA_BYTES:
            raise _Invalid("algorithm")
        return PyJWK.from_dict({**key, "alg": algorithm}, algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError) as err:
        raise _Invalid("no_key") from err


def _covered(document: Mapping[str, Any], signature: _Signature, key: PyJWK) -> Mapping[str, Any]:
    """What the signature covers. Raises `_Invalid` where it covers nothing of this document."""
    from jwt import PyJWS
    from jwt.exceptions import PyJWTError

    for content, payload in _canonical(document):
        body = urlsafe_b64encode(payload).rstrip(b"=").decode()
        try:
            PyJWS().decode(f"{signature.protected}.{body}.{signature.signature}", key, algorithms=[signature.algorithm])
        except (PyJWTError, ValueError):
            continue
        return content
    raise _Invalid("not_signed")


def _canonical(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    """What can be signed, with its canonical bytes (RFC 8785, without signatures and empty values): the document as it
    stands, and as the protocol's own types keep it, which leaves out what they do not know."""
    import rfc8785

    whole = {name: value for name, value in document.items() if name != "signatures"}
    for form in (whole, _typed(whole)):
        try:
            content = _plain(form) or {}
            yield content, rfc8785.dumps(content)
        except (rfc8785.CanonicalizationError, RecursionError):
            continue


def _typed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    from a2a.types import AgentCard
    from google.protobuf.json_format import MessageToDict, ParseDict, ParseError

    try:
        kept: Mapping[str, Any] = MessageToDict(ParseDict(_numbers(document), AgentCard(), ignore_unknown_fields=True))
    except (ParseError, RecursionError):
        return {}
    return kept


def _plain(value: Any) -> Any:
    """Without empty strings, lists and objects, which protobuf does not tell from absent ones; `None` for those."""
    if isinstance(value, Mapping):
        return {name: kept for name, one in value.items() if (kept := _plain(one)) is not None} or None
    if isinstance(value, list):
        return [kept for one in value if (kept := _plain(one)) is not None] or None
    return float(value) if isinstance(value, Decimal) else None if value == "" else value


def _numbers(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return float(value) if isinstance(value, Decimal) else value


def thumbprint(key: Mapping[str, Any]) -> str:
    """sha256 of a public key's own members (RFC 7638), base64url."""
    import rfc8785

    members = {name: key[name] for name in _THUMB[str(key["kty"])]}
    return urlsafe_b64encode(hashlib.sha256(rfc8785.dumps(members)).digest()).rstrip(b"=").decode()

"""Reading `/.well-known/ucp`, in the shapes of 2026-01-11 and later. Pure; a profile is untrusted input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from negotiators.adapter import Malformed, Unsupported
from negotiators.channels.cards import followed
from negotiators.wire import AddressRules

SERVICE = "dev.ucp.shopping"
KNOWN = ("2026-01-11", "2026-01-23", "2026-04-08")
"""Versions whose shapes were read from their specifications, oldest first."""

_VERSION = re.compile(r"20\d\d-[01]\d-[0-3]\d")
_NAME = re.compile(r"[a-z0-9_.-]{3,120}")
MAX_ENTRIES = 60


@dataclass(frozen=True, slots=True)
class Profile:
    """What a shop says of itself: where its REST service lies, the version it speaks, what it can do."""

    endpoint: str
    version: str
    capabilities: tuple[str, ...]
    transport: str = "rest"
    """`rest`, or `a2a`: then the endpoint is the address of an agent card."""
    older: tuple[tuple[str, str], ...] = ()
    """Versions with profiles of their own, and where they lie."""

    def can(self, name: str) -> bool:
        return f"{SERVICE}.{name}" in self.capabilities


def _maps(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value[:MAX_ENTRIES] if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _services(ucp: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """`(version, transport, endpoint)` of every binding of the shopping service that we speak."""
    services = ucp.get("services")
    found = services.get(SERVICE) if isinstance(services, Mapping) else None
    entries = [found] if isinstance(found, Mapping) else _maps(found)
    listed = []
    for entry in entries:
        rest = entry.get("rest")
        endpoint = rest.get("endpoint") if isinstance(rest, Mapping) else None
        transport = "a2a" if endpoint is None and entry.get("transport") == "a2a" else "rest"
        if endpoint is None and entry.get("transport") in ("rest", "a2a"):
            endpoint = entry.get("endpoint")
        version = entry.get("version") or ucp.get("version")
        if isinstance(endpoint, str) and isinstance(version, str) and _VERSION.fullmatch(version):
            listed.append((version, transport, endpoint))
    return listed


def _capabilities(ucp: Mapping[str, object]) -> tuple[str, ...]:
    """Names of capabilities: keys of a map, or `name`s of a list (2026-01-11)."""
    found = ucp.get("capabilities")
    names = list(found) if isinstance(found, Mapping) else [entry.get("name") for entry in _maps(found)]
    return tuple(name for name in names[:MAX_ENTRIES] if isinstance(name, str) and _NAME.fullmatch(name))


def read_profile(value: object, url: str, rules: AddressRules) -> Profile:
    """The profile in a document fetched from `url`.

    REST goes before A2A; of several bindings the newest known version is taken; a newer one than all known is spoken to
    in the newest known shape. Raises `Malformed` for what is no profile, `Unsupported` for one without shopping over
    either, `Refused` for a service on another host.
    """
    if not isinstance(value, Mapping):
        raise Malformed("the document is no UCP profile")
    inner = value.get("ucp")
    ucp = inner if isinstance(inner, Mapping) else value
    if not isinstance(ucp.get("services"), Mapping):
        raise Malformed("the document is no UCP profile: it names no services")
    services = _services(ucp)
    if not services:
        raise Unsupported("the shop has no service for shopping over REST or A2A")
    version, transport, stated = max(services, key=lambda one: (one[1] == "rest", one[0] in KNOWN, one[0]))
    endpoint = followed(stated, url, rules).rstrip("/")
    return Profile(endpoint, version, _capabilities(ucp), transport, _older(ucp, url))


def _older(ucp: Mapping[str, object], url: str) -> tuple[tuple[str, str], ...]:
    listed = ucp.get("supported_versions")
    entries = listed.items() if isinstance(listed, Mapping) else ()
    return tuple(
        (version, urljoin(url, place))
        for version, place in list(entries)[:MAX_ENTRIES]
        if version in KNOWN and isinstance(place, str)
    )

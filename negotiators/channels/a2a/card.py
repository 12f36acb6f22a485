"""Reading an agent card, of A2A 1.0 or 0.3, into an `EndpointCard`. Pure; a card is untrusted input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

from negotiators.adapter import Capabilities, EndpointCard, Malformed, Pace, Refused, Unsupported
from negotiators.channels.cards import card_hash, same_party, signed_by
from negotiators.channels.payload import EXTENSION_URI
from negotiators.text import UntrustedText
from negotiators.wire import AddressRefused, AddressRules, target_of

BINDINGS = ("JSONRPC", "HTTP+JSON")
"""The bindings we speak, the preferred one first."""

TYPED_ACTS = frozenset(
    {"ask", "propose", "accept", "commit", "confirm", "reject", "withdraw", "inquire", "inform", "leave"}
)
PLAIN_ACTS = frozenset({"ask", "propose", "accept", "reject", "inform", "leave"})

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(\.[0-9A-Za-z.-]{1,20})?")
_WILDCARD = {"0.0.0.0", "::"}  # noqa: S104 - recognised here, never bound
MAX_WORDS = 4000


@dataclass(frozen=True, slots=True)
class Interface:
    """One address of an agent with its binding and protocol version (`1.0` or `0.3`)."""

    url: str
    binding: str
    version: str
    tenant: str = ""


def read_card(value: object, url: str, rules: AddressRules, allowed_origins: frozenset[str]) -> EndpointCard:
    """The endpoint a card describes, fetched from `url`.

    Raises `Malformed` when it is no card, `Unsupported` when it offers no binding or version we speak,
    `Refused` when its address is on another host that was not allowed, or when it requires an extension we
    do not have.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("name"), str):
        raise Malformed("the document is not an agent card: it has no name")
    found = _interfaces(value)
    if not found:
        raise Malformed("the agent card names no interface")
    interface = _placed(_preferred(found), url, rules, allowed_origins)
    extensions, parameters = _extensions(value)
    typed = EXTENSION_URI in extensions
    origin = target_of(url, rules).origin
    return EndpointCard(
        url=url,
        origin=origin,
        channel="a2a",
        protocol=f"a2a/{interface.version}",
        card_hash=card_hash(value),
        name=UntrustedText(str(value["name"])[:MAX_WORDS], origin),
        description=UntrustedText(str(value.get("description") or "")[:MAX_WORDS], origin),
        capabilities=Capabilities(
            channel="a2a",
            acts=TYPED_ACTS if typed else PLAIN_ACTS,
            typed_terms=typed,
            commits=typed,
            pace=Pace.SYNCHRONOUS,
            idempotent=typed,
        ),
        extensions=extensions,
        categories=_categories(parameters),
        details={
            "interface": interface.url,
            "binding": interface.binding,
            "version": interface.version,
            "tenant": interface.tenant,
            "key": signed_by(value),
        },
    )


def _interfaces(card: Mapping[str, object]) -> list[Interface]:
    """The interfaces we could speak, in the card's order; 1.0's list wins over 0.3's fields."""
    listed = card.get("supportedInterfaces")
    if isinstance(listed, list):
        entries = [
            (entry, entry.get("protocolBinding"), entry.get("protocolVersion", "1.0")) for entry in _maps(listed)
        ]
    else:
        version = card.get("protocolVersion", "0.3")
        root = {"url": card.get("url")}
        entries = [(root, card.get("preferredTransport", "JSONRPC"), version)]
        extra = card.get("additionalInterfaces")
        entries += [
            (entry, entry.get("transport"), version) for entry in _maps(extra if isinstance(extra, list) else [])
        ]
    return [
        Interface(str(entry["url"]), str(binding).upper(), version, str(entry.get("tenant") or "")[:200])
        for entry, binding, stated in entries
        if isinstance(entry.get("url"), str) and (version := _version(stated or "1.0")) is not None
    ]


def _maps(entries: list[object]) -> list[Mapping[str, object]]:
    return [entry for entry in entries[:20] if isinstance(entry, Mapping)]


def _version(stated: object) -> str | None:
    """The version we speak that fits: `0.3` for 0.2 and 0.3, `1.0` for 1.x; `None` for any other."""
    found = _VERSION.fullmatch(stated) if isinstance(stated, str) else None
    if found is None:
        return None
    major, minor = int(found[1]), int(found[2])
    return "1.0" if major == 1 else "0.3" if (major, minor) in {(0, 2), (0, 3)} else None


def _preferred(found: list[Interface]) -> Interface:
    usable = [interface for interface in found if interface.binding in BINDINGS]
    if not usable:
        raise Unsupported(f"the agent speaks none of {', '.join(BINDINGS)}")
    return min(usable, key=lambda one: (BINDINGS.index(one.binding), one.version != "1.0"))


def _placed(interface: Interface, card_url: str, rules: AddressRules, allowed: frozenset[str]) -> Interface:
    """The interface with its address resolved against the card's and checked against its origin."""
    url = urljoin(card_url, interface.url)
    parts = urlsplit(url)
    if rules.allow_loopback and parts.hostname in _WILDCARD:
        # A bot that prints its bind address means the host that served its card.
        host = urlsplit(card_url).hostname or ""
        port = f":{parts.port}" if parts.port else ""
        url = urlunsplit(parts._replace(netloc=f"[{host}]{port}" if ":" in host else f"{host}{port}"))
    try:
        here, there = target_of(card_url, rules), target_of(url, rules)
    except AddressRefused as err:
        raise Refused(f"the agent card's address is refused: {err}") from err
    if not same_party(here, there, rules) and there.origin not in allowed:
        raise Refused(f"the card of `{here.origin}` sends us to `{there.origin}`; allow it to follow")
    return Interface(url, interface.binding, interface.version, interface.tenant)


def _extensions(card: Mapping[str, object]) -> tuple[tuple[str, ...], Mapping[str, object]]:
    """Declared extension addresses and the parameters of ours. A required foreign one is `Refused`."""
    capabilities = card.get("capabilities")
    declared = capabilities.get("extensions") if isinstance(capabilities, Mapping) else None
    addresses: list[str] = []
    parameters: Mapping[str, object] = {}
    for entry in _maps(declared if isinstance(declared, list) else []):
        address = entry.get("uri")
        if not isinstance(address, str) or len(address) > 200:
            continue
        if address != EXTENSION_URI and entry.get("required") is True:
            raise Refused("the agent requires an extension we do not speak")
        addresses.append(address)
        params = entry.get("params")
        if address == EXTENSION_URI and isinstance(params, Mapping):
            parameters = params
    return tuple(dict.fromkeys(addresses)), parameters


def _categories(parameters: Mapping[str, object]) -> tuple[str, ...]:
    listed = parameters.get("categories")
    names = list(listed)[:50] if isinstance(listed, Mapping | list) else []
    return tuple(name for name in names if isinstance(name, str) and _NAME.fullmatch(name))

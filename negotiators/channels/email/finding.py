"""A mailbox's servers from its address alone: the shipped presets, the domain's own autoconfig file, its SRV records.

Only the address's own domain is asked, never a third party's directory: the person's provider knows the address anyway.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from negotiators.adapter import Unreachable
from negotiators.channels.email.errors import BadAddress
from negotiators.channels.email.settings import Login, MailSettings, Server, Tls, domain_of
from negotiators.wire import AddressRules, Limits
from negotiators.wire.guard import Resolver, system_resolver

MAX_XML = 200_000

Srv = Callable[[str], Sequence[tuple[int, int, int, str]]]
"""The SRV records of a name: `(priority, weight, port, host)`. Empty where there are none."""


@dataclass(frozen=True, slots=True)
class OAuth:
    """Where a provider gives tokens to programs without a browser of their own (RFC 8628)."""

    device: str
    token: str
    scope: str


@dataclass(frozen=True, slots=True)
class Found:
    """Settings with where they come from (`preset`, `autoconfig`, `srv`, `person`), and the provider's hurdle."""

    settings: MailSettings
    source: str
    name: str = ""
    hint: str = ""
    help: str = ""
    oauth: OAuth | None = None


@cache
def _presets() -> tuple[Mapping[str, Any], ...]:
    text = files("negotiators.channels.email").joinpath("presets.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["provider"])


def preset(address: str) -> Found | None:
    """What is shipped for the address's domain."""
    domain = domain_of(address)
    for entry in _presets():
        if domain in entry["domains"]:
            imap, smtp = (Server(host, port, Tls(tls)) for host, port, tls in (entry["imap"], entry["smtp"]))
            oauth = OAuth(**entry["oauth"]) if "oauth" in entry else None
            login = Login.OAUTH if entry["hint"] == "oauth_only" else Login.PASSWORD
            settings = MailSettings(address, imap, smtp, address, login=login)
            return Found(settings, "preset", entry["name"], entry["hint"], entry["help"], oauth)
    return None


async def find(
    address: str, rules: AddressRules, *, srv: Srv | None = None, resolver: Resolver = system_resolver
) -> Found:
    """The servers of an address. Raises `BadAddress`, or `Unreachable` when its domain names none."""
    known = preset(address)
    if known is not None:
        return known
    domain = domain_of(address)
    found = await _autoconfig(address, domain, rules, resolver)
    if found is None:
        import asyncio

        found = await asyncio.to_thread(_by_srv, address, domain, srv or _srv)
    if found is None:
        raise Unreachable(f"`{domain}` names no mail servers; give them with --imap and --smtp")
    return found


async def _autoconfig(address: str, domain: str, rules: AddressRules, resolver: Resolver) -> Found | None:
    """The domain's own file, at its two places (Mozilla's autoconfig format)."""
    import httpx

    from negotiators.wire.errors import WireError
    from negotiators.wire.httpx_edge import guarded_client

    places = (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(address)}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )
    limits = Limits(total=10.0, raw=MAX_XML, inflated=MAX_XML)
    async with guarded_client(rules, limits, resolver, kinds=frozenset({"text/xml", "application/xml"})) as client:
        for place in places:
            try:
                answer = await client.get(place)
            except (httpx.HTTPError, WireError, OSError, ValueError):
                continue
            if answer.status_code == 200 and (found := read_autoconfig(answer.content, address)) is not None:
                return found
    return None


def read_autoconfig(xml: bytes, address: str) -> Found | None:
    """IMAP and SMTP of an autoconfig file, each the first one with TLS; `None` for a file that names none."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(xml[:MAX_XML], parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    imap = _xml_server(tree.findall(".//incomingServer[@type='imap']"))
    smtp = _xml_server(tree.findall(".//outgoingServer[@type='smtp']"))
    if imap is None or smtp is None:
        return None
    user = _filled(imap[1], address)
    return Found(MailSettings(address, imap[0], smtp[0], user), "autoconfig", tree.findtext(".//displayName") or "")


def _xml_server(entries: Sequence[Any]) -> tuple[Server, str] | None:
    ways = {"SSL": Tls.TLS, "STARTTLS": Tls.STARTTLS}
    for entry in entries:
        host, port, tls = (str(entry.findtext(name) or "").strip() for name in ("hostname", "port", "socketType"))
        if host and port.isdigit() and tls in ways:
            return Server(host, int(port), ways[tls]), str(entry.findtext("username") or "%EMAILADDRESS%")
    return None


def _filled(pattern: str, address: str) -> str:
    local, _, domain = address.partition("@")
    found = pattern.replace("%EMAILADDRESS%", address).replace("%EMAILLOCALPART%", local)
    return found.replace("%EMAILDOMAIN%", domain)


def _by_srv(address: str, domain: str, srv: Srv) -> Found | None:
    """RFC 6186 and 8314: `_imaps`, `_submissions`, and submission with STARTTLS."""
    imap = _first(srv(f"_imaps._tcp.{domain}"), Tls.TLS) or _first(srv(f"_imap._tcp.{domain}"), Tls.STARTTLS)
    smtp = _first(srv(f"_submissions._tcp.{domain}"), Tls.TLS)
    smtp = smtp or _first(srv(f"_submission._tcp.{domain}"), Tls.STARTTLS)
    return Found(MailSettings(address, imap, smtp, address), "srv") if imap and smtp else None


def _first(records: Sequence[tuple[int, int, int, str]], tls: Tls) -> Server | None:
    """The record of lowest priority and highest weight; `.` says that there is no such service."""
    for _, _, port, host in sorted(records, key=lambda one: (one[0], -one[1], one[3])):
        name = host.rstrip(".")
        if name:
            return Server(name, port, tls)
    return None


def _srv(name: str) -> list[tuple[int, int, int, str]]:
    import dns.exception
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, "SRV", lifetime=5.0)
    except (dns.exception.DNSException, OSError):
        return []
    return [(one.priority, one.weight, one.port, str(one.target)) for one in answer]


def server_of(text: str, *, ports: Mapping[int, Tls]) -> Server:
    """`host:port` as the person typed it; TLS by the port. Raises `BadAddress`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) not in ports:
        raise BadAddress(f"`{text[:80]}` is not HOST:PORT with a port of {', '.join(map(str, ports))}")
    return Server(host, int(port), ports[int(port)])


IMAP_PORTS: Mapping[int, Tls] = {993: Tls.TLS}
SMTP_PORTS: Mapping[int, Tls] = {465: Tls.TLS, 587: Tls.STARTTLS}

"""Where we connect: https to public addresses, resolved once and pinned.

Loopback exists for tests, the arena and `--allow-loopback` only. A host name is checked after resolving, every
address of it, so that neither a strange spelling nor a second answer of the resolver leads inside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

from negotiators.wire.errors import AddressRefused

Address = IPv4Address | IPv6Address

_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)\Z")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = ip_network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)
"""IANA's special-purpose blocks, written out because `ipaddress.is_global` differs between Python's patch levels."""

_UNICAST6 = ip_network("2000::/3")
_PRIVATE_NAMES = (".internal", ".local", ".localdomain", ".lan", ".home", ".corp", ".intranet", ".home.arpa", ".onion")
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class AddressRules:
    """`allow_loopback` opens loopback, with http and any port, and nothing else. `ports` are those of https."""

    allow_loopback: bool = False
    ports: frozenset[int] = field(default_factory=lambda: frozenset({443, 8443}))


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address of the web: scheme, host in ASCII lower case, port."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        default = _DEFAULT_PORTS[self.scheme] == self.port
        return f"{self.scheme}://{host}" + ("" if default else f":{self.port}")


def target_of(url: str, rules: AddressRules) -> Target:
    """Check a URL's spelling. Raises `AddressRefused`; what its host resolves to is checked by `pinned`."""
    if _UNSAFE.search(url) or len(url) > 2048:
        raise AddressRefused("an address holds spaces, controls or a backslash", "bad_url")
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as err:
        raise AddressRefused("not an address of the web", "bad_url") from err
    return checked(parts.scheme, parts.netloc, host, port, rules)


def checked(scheme: str, netloc: str, host: str, port: int | None, rules: AddressRules) -> Target:
    """Check the parts of an address that some parser has split. Raises `AddressRefused`."""
    if scheme not in _DEFAULT_PORTS:
        raise AddressRefused("only https is spoken", "scheme")
    if "@" in netloc:
        raise AddressRefused("an address with a user name in it", "userinfo")
    name = ascii_host(host)
    target = Target(scheme, name, port if port is not None else _DEFAULT_PORTS[scheme])
    if scheme == "http" and not rules.allow_loopback:
        raise AddressRefused("only https is spoken", "scheme")
    if target.port not in rules.ports and not (rules.allow_loopback and _may_be_loopback(name)):
        raise AddressRefused(f"port {target.port} is not on the list", "port")
    return target


def ascii_host(host: str) -> str:
    """The host in ASCII (IDNA), an IP literal in its one canonical spelling. Raises `AddressRefused`."""
    text = host.strip("[]").rstrip(".").lower()
    literal = _literal(text)
    if literal is not None:
        return str(literal)
    if not text.isascii():
        import idna

        try:
            text = idna.encode(text, uts46=True).decode("ascii").lower()
        except idna.IDNAError as err:
            raise AddressRefused("not a host name", "bad_host") from err
        literal = _literal(text)
        if literal is not None:
            return str(literal)
    if not _HOST.fullmatch(text) or _NUMERIC.match(text.rpartition(".")[2]):
        raise AddressRefused("not a host name", "bad_host")
    if text.endswith(_PRIVATE_NAMES) or ("." not in text and text != "localhost"):
        raise AddressRefused("a name that exists on private networks only", "private_name")
    return text


def _literal(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _may_be_loopback(name: str) -> bool:
    literal = _literal(name)
    return literal.is_loopback if literal is not None else name == "localhost" or name.endswith(".localhost")


def _embedded(address: Address) -> Address:
    """The address a packet would really go to: IPv4 unwrapped from mapped, 6to4 and NAT64 forms."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
    return address


def is_public(address: Address) -> bool:
    """Whether an address, unwrapped, is a unicast one of the public internet."""
    inner = _embedded(address)
    if isinstance(inner, IPv6Address) and inner not in _UNICAST6:
        return False
    return inner.is_global and not any(inner in block for block in _NOT_PUBLIC if block.version == inner.version)


def pinned(target: Target, resolved: Sequence[str], rules: AddressRules) -> tuple[Address, ...]:
    """The addresses that may be connected for `target`, IPv4 first: all that it resolved to, or none.

    Raises `AddressRefused` when one of them is not public (or, where allowed, loopback), and for plain http to
    anything but loopback.
    """
    addresses = [ip_address(text.partition("%")[0]) for text in resolved]
    if not addresses:
        raise AddressRefused("the host has no address", "no_address")
    loopback = all(_embedded(address).is_loopback for address in addresses)
    if loopback and rules.allow_loopback:
        return tuple(sorted(addresses, key=lambda address: address.version))
    if target.scheme == "http" or not all(is_public(address) for address in addresses):
        raise AddressRefused("the host is not on the public internet", "not_public")
    return tuple(sorted(addresses, key=lambda address: address.version))


def redirected(url: str, location: str, *, carries_body: bool, rules: AddressRules) -> str:
    """Where a redirect leads, checked. Raises `AddressRefused`, or `RedirectRefused` across origins with a body."""
    from negotiators.wire.errors import RedirectRefused

    following = urljoin(url, location)
    before, after = target_of(url, rules), target_of(following, rules)
    if carries_body and before != after:
        raise RedirectRefused("a redirect would carry the message to another origin")
    return following

"""What the guard refuses, and how much it lets through.

WireError
|- AddressRefused     the address breaks a rule: nothing was connected
|- RedirectRefused    a redirect too many, or one that would carry a body to another origin
|- PeerUnreachable    no such host, refused, or no connection in time: nothing was sent
|- PeerTooSlow        the deadline or the minimum rate was missed after sending
|- PeerBroke          the connection broke after sending
|- TooLarge           more bytes, inflated bytes or a higher ratio than allowed
`- NotStrictJson      the body or an event is not the JSON we read
"""

from __future__ import annotations

from dataclasses import dataclass


class WireError(Exception):
    """A request the guard ended. `code` is machine-readable; `sent` says that the peer may have seen it."""

    code = "wire"
    sent = False

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code or type(self).code


class AddressRefused(WireError):
    code = "address_refused"


class RedirectRefused(WireError):
    code = "redirect_refused"
    sent = True


class PeerUnreachable(WireError):
    code = "unreachable"


class PeerTooSlow(WireError):
    code = "too_slow"
    sent = True


class PeerBroke(WireError):
    code = "connection_broke"
    sent = True


class TooLarge(WireError):
    code = "too_large"
    sent = True


class NotStrictJson(WireError):
    code = "not_strict_json"
    sent = True


@dataclass(frozen=True, slots=True)
class JsonLimits:
    """What is counted before a body is parsed: nesting, values and members, characters of one number."""

    depth: int = 64
    items: int = 100_000
    number: int = 128


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one exchange. Sizes in bytes, times in seconds, rate in bytes a second.

    The rate counts from the first byte of the body and after `grace` seconds, so a bot that thinks before it
    speaks is not cut, and one that drips is.
    """

    raw: int = 1 << 20
    inflated: int = 4 << 20
    ratio: int = 50
    total: float = 15.0
    connect: float = 5.0
    rate: int = 512
    grace: float = 3.0
    events: int = 2000
    redirects: int = 3
    connections: int = 2
    json: JsonLimits = JsonLimits()

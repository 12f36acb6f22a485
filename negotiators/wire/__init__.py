"""The guard between us and any peer: addresses, sizes, times, strict JSON.

Plain functions here and one exchange in `guard`; the thin edges are `httpx_edge`, `httpx2_edge` (each imports its
library only there) and, for IMAP and SMTP, `socket_edge`.
"""

from negotiators.wire.addresses import AddressRules, Target, is_public, pinned, redirected, target_of
from negotiators.wire.bodies import bounded, checked_events, inflate
from negotiators.wire.errors import (
    AddressRefused,
    JsonLimits,
    Limits,
    NotStrictJson,
    PeerBroke,
    PeerTooSlow,
    PeerUnreachable,
    RedirectRefused,
    TooLarge,
    WireError,
)
from negotiators.wire.strict import strict_json

__all__ = [
    "AddressRefused",
    "AddressRules",
    "JsonLimits",
    "Limits",
    "NotStrictJson",
    "PeerBroke",
    "PeerTooSlow",
    "PeerUnreachable",
    "RedirectRefused",
    "Target",
    "TooLarge",
    "WireError",
    "bounded",
    "checked_events",
    "inflate",
    "is_public",
    "pinned",
    "redirected",
    "strict_json",
    "target_of",
]

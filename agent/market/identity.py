"""Who a company is: its endpoint as it was met first, by origin, key and card. A changed one, one that looks like
another, and one whose signature does not hold is asked about before anything is said to it.

A doubt is a card of the digest (`items.kind = 'identity'`): until the person says yes nothing but a probe goes to that
endpoint, what its company was told has ended, and its talks start anew from the first stage.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Row
from typing import Any
from urllib.parse import urlsplit

from agent.kernel.events import EndpointPinned, Event, GrantExpired, IncidentNoted, ItemClosed, ItemMade
from agent.kernel.ledger import Ledger
from agent.kernel.myterms import ended_with_identity
from negotiators.adapter import AdapterError, EndpointCard
from negotiators.likeness import hosts_alike, names_alike
from negotiators.registry import names
from negotiators.text import safe_text

KIND = "identity"
CHANGED, ALIKE, UNPROVEN = "identity_changed", "identity_look_alike", "identity_unproven"
_OPEN = ("waiting", "later", "countered", "approved")


class IdentityChanged(AdapterError):
    """An endpoint answers with another card, key or origin than the one that was pinned: `found`."""

    code = "identity_changed"

    def __init__(self, message: str, doubt: Doubt, found: EndpointPinned) -> None:
        super().__init__(message)
        self.doubt = doubt
        self.found = found


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an endpoint is asked about: `code` with parameters for the person."""

    code: str
    params: Mapping[str, str]


def pin_of(card: EndpointCard, provider: str, endpoint: str) -> EndpointPinned:
    """What is kept of a card. Its words are made harmless; its key is the one it is signed with, if any."""
    details = {
        "name": safe_text(card.name, limit=80, multiline=False),
        "extension": "yes" if card.capabilities.typed_terms else "no",
        "key": card.details.get("key", ""),
        "signature": card.details.get("signature", ""),
    }
    if card.channel not in names():
        details["acts"] = ",".join(sorted(card.capabilities.acts))
        details["commits"] = "yes" if card.capabilities.commits else "no"
        details["pace"] = card.capabilities.pace.value
    return EndpointPinned(endpoint, provider, card.origin, card.card_hash, card.protocol, details)


def changes(known: Row | Mapping[str, Any] | None, found: EndpointPinned) -> tuple[str, ...]:
    """What differs from the pin, in words of `identity.part`; nothing where there is no pin yet."""
    if known is None or known["card_hash"] is None:
        return ()
    before: Mapping[str, str] = json.loads(known["details"] or "{}")
    card = known["card_hash"] != found.card_hash
    parts = [
        ("origin", known["origin"] != found.origin),
        ("key", before.get("key", "") != found.details["key"]),
        ("signature", before.get("signature", found.details["signature"]) != found.details["signature"]),
        ("name", card and before.get("name", "") != found.details["name"]),
        ("protocol", card and known["protocol"] != found.protocol),
    ]
    differing = tuple(part for part, differs in parts if differs)
    return differing or (("card",) if card else ())


def look_alikes(ledger: Ledger, provider: str, names: Sequence[str], host: str) -> list[str]:
    """Names of companies the person let in before this one and that it could be taken for."""
    rows = ledger.rows(
        "SELECT p.id, p.name, e.url, e.details, e.card_hash FROM providers p JOIN endpoints e ON e.provider=p.id "
        "WHERE p.id<>? ORDER BY p.name, e.url",
        (provider,),
    )
    found: dict[str, None] = {}
    for row in rows:
        known = urlsplit(row["url"]).hostname or ""
        said = json.loads(row["details"] or "{}").get("name", "")
        same_name = known != host and any(names_alike(name, other) for name in names for other in (row["name"], said))
        if (same_name or hosts_alike(host, known)) and (row["card_hash"] or _before(ledger, row["id"], provider)):
            found[row["name"]] = None
    return list(found)


def _before(ledger: Ledger, one: str, other: str) -> bool:
    """Whether the person let `one` in first: the later of two unknown ones is the one to ask about."""
    rows = ledger.rows(
        "SELECT json_extract(payload,'$.provider') AS id FROM events WHERE type='ProviderKnown' ORDER BY seq"
    )
    order = [row["id"] for row in rows]
    return one in order and (other not in order or order.index(one) < order.index(other))


def shut(ledger: Ledger, endpoint: str) -> str:
    """The code of the doubt that keeps an endpoint shut: not decided yet, or turned down. Empty for none."""
    standing = _standing(ledger, f"endpoint:{endpoint}")
    return str(json.loads(standing[-1]["because"])[0]["code"]) if standing else ""


def _standing(ledger: Ledger, ref: str) -> list[Row]:
    """The doubts about an endpoint that are not settled. One that was turned down is, once the person lets the company
    in again: it is then asked about anew."""
    return ledger.rows(
        "SELECT i.* FROM items i WHERE i.kind=? AND i.ref=? AND i.state NOT IN ('agreed','expired') AND NOT ("
        "i.state='rejected' AND EXISTS (SELECT 1 FROM events e JOIN endpoints p ON p.url=substr(i.ref,10) "
        "WHERE e.type='ProviderKnown' AND json_extract(e.payload,'$.provider')=p.provider "
        "AND e.seq>(SELECT MAX(seq) FROM decisions WHERE item=i.id))) ORDER BY i.number",
        (KIND, ref),
    )


def doubt_about(ledger: Ledger, row: Mapping[str, str], found: EndpointPinned) -> Doubt | None:
    """Whether this endpoint has to be asked about, now that it was met."""
    known = ledger.row("SELECT * FROM endpoints WHERE url=?", (row["url"],))
    changed = changes(known, found)
    if changed:
        return Doubt(CHANGED, {"provider": row["name"], "parts": ", ".join(changed)})
    if known is not None and known["card_hash"] is not None:
        return None
    proof, _, why = found.details["signature"].partition(":")
    if proof == "invalid":
        return Doubt(UNPROVEN, {"provider": row["name"], "why": why})
    host = urlsplit(row["url"]).hostname or ""
    alike = look_alikes(ledger, row["id"], (row["name"], found.details["name"]), host)
    return Doubt(ALIKE, {"provider": row["name"], "others": ", ".join(alike)[:200]}) if alike else None


def asked(ledger: Ledger, doubt: Doubt, found: EndpointPinned, item: str) -> list[Event]:
    """The events of a doubt: one card for this answer of the endpoint, and the end of what its company was told.

    The same answer is asked about once; one that was turned down stays shut without another question.
    """
    bound = json.dumps([found.endpoint, found.origin, found.card_hash, found.details], sort_keys=True)
    approval = hashlib.sha256(bound.encode()).hexdigest()
    ref = f"endpoint:{found.endpoint}"
    earlier = _standing(ledger, ref)
    if any(one["approval_hash"] == approval for one in earlier):
        return []
    pin = {
        "endpoint": found.endpoint, "id": found.provider, "origin": found.origin, "card_hash": found.card_hash,
        "protocol": found.protocol, **{f"card.{name}": text for name, text in found.details.items()},
    }  # fmt: skip
    because = [{"code": doubt.code, "params": {**doubt.params, **pin}, "refs": [ref]}]
    superseded = [ItemClosed(one["id"], "expired", "card_changed_again") for one in earlier if one["state"] in _OPEN]
    grants = ledger.rows("SELECT id FROM releases WHERE provider=? AND released=1 AND ended IS NULL", (found.provider,))
    return [
        *superseded,
        *(GrantExpired(grant["id"], doubt.code) for grant in grants),
        *ended_with_identity(ledger, found.provider),
        ItemMade(item, KIND, ref, [], approval, because, None, None, "EUR", None, []),
        IncidentNoted(doubt.code, dict(doubt.params), [f"item:{item}", ref], found.provider),
    ]


def accept(ledger: Ledger, item: str) -> list[Event]:
    """Carry out the person's yes: what answered is pinned from now on. Nothing for what is no approved doubt."""
    row = ledger.row(
        "SELECT i.*, a.approval_hash AS yes FROM items i JOIN approvals a ON a.item=i.id WHERE i.id=? AND i.kind=?",
        (item, KIND),
    )
    if row is None or row["state"] != "approved" or row["yes"] != row["approval_hash"]:
        return []
    pin = json.loads(row["because"])[0]["params"]
    details = {name.removeprefix("card."): text for name, text in pin.items() if name.startswith("card.")}
    pinned = EndpointPinned(pin["endpoint"], pin["id"], pin["origin"], pin["card_hash"], pin["protocol"], details)
    return [pinned, ItemClosed(item, "agreed", "identity_accepted")]


def checked(ledger: Ledger, card: EndpointCard, endpoint: str, provider: str) -> EndpointCard:
    """The card of a talk under way, with its provider. Raises `IdentityChanged` where it is not the pinned one."""
    known = ledger.row(
        "SELECT e.*, p.name FROM endpoints e JOIN providers p ON p.id=e.provider WHERE url=?", (endpoint,)
    )
    found = pin_of(card, provider, endpoint)
    parts = changes(known, found)
    if known is not None and parts:
        doubt = Doubt(CHANGED, {"provider": known["name"], "parts": ", ".join(parts)})
        raise IdentityChanged(f"`{endpoint}` answers with another card than before", doubt, found)
    return replace(card, details={**card.details, "provider": provider})

"""The signed head of the ledger: its last event's hash, signed with a key only the person's vault can make.

The chain finds a changed byte; the signature finds a chain made anew by somebody without the key. A copy lies where the
vault's key lies, outside the data folder, and can be exported: it finds a record that was cut or put back to an older
state. Whoever owns the key can still rewrite everything; only an exported head of earlier says so then.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from agent.kernel.chain import canonical
from agent.kernel.ledger import Ledger
from agent.kernel.ownevents import HeadSigned

PURPOSE = "gegenbot-ledger-head-1"
"""What the signing key is derived for, and the first word of what is signed."""

EVERY = timedelta(hours=1)
"""How long events may stand unsigned while a runner with an open vault lives."""


@dataclass(frozen=True, slots=True)
class Head:
    """Event number `seq` of the ledger that began with the event of hash `ledger` has this `hash`: signed `at` (UTC)
    with the Ed25519 `key`; all but number and time in hex."""

    ledger: str
    seq: int
    hash: str
    at: str
    key: str
    signature: str

    def statement(self) -> bytes:
        """The signed bytes."""
        return canonical([PURPOSE, self.ledger, self.seq, self.hash, self.at]).encode()

    def text(self) -> str:
        """As it is exported and kept."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Head:
        """The inverse of `text`. Raises `ValueError`."""
        return cls.of(json.loads(text))

    @classmethod
    def of(cls, found: object) -> Head:
        """From its fields. Raises `ValueError`."""
        shape = {"ledger": str, "seq": int, "hash": str, "at": str, "key": str, "signature": str}
        if not isinstance(found, dict) or any(type(found.get(name)) is not kind for name, kind in shape.items()):
            raise ValueError("not a head of a ledger")
        return cls(**{name: found[name] for name in shape})


@dataclass(frozen=True, slots=True)
class HeadCheck:
    """How far the record is signed. `problem` is empty or: `bad_signature` (an event that signs what is not so),
    `other_key` (signed with a key that is not the person's), `not_as_signed` (a head kept elsewhere says otherwise)."""

    seq: int = 0
    at: str = ""
    problem: str = ""


def public_of(secret: bytes) -> str:
    """The hex public key that belongs to 32 secret bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw().hex()


def signed(conn: sqlite3.Connection, secret: bytes, at: datetime) -> Head | None:
    """The last event's head, signed now; `None` for an empty ledger. Writes nothing."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    last = conn.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
    if last is None:
        return None
    bare = Head(_first(conn), last["seq"], last["hash"], at.isoformat(timespec="milliseconds"), public_of(secret), "")
    signature = Ed25519PrivateKey.from_private_bytes(secret).sign(bare.statement()).hex()
    return Head(bare.ledger, bare.seq, bare.hash, bare.at, bare.key, signature)


def holds(head: Head) -> bool:
    """Whether the signature is one of its key over what it says."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.key)).verify(
            bytes.fromhex(head.signature), head.statement()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def agrees(conn: sqlite3.Connection, head: Head) -> bool:
    """Whether this record is the signed one or goes on from it."""
    row = conn.execute("SELECT hash FROM events WHERE seq=?", (head.seq,)).fetchone()
    return holds(head) and row is not None and row["hash"] == head.hash and _first(conn) == head.ledger


def check(conn: sqlite3.Connection, key: str = "", elsewhere: tuple[Head, ...] = ()) -> HeadCheck:
    """Every signature on the chain, against the person's public key where it is known, and heads kept elsewhere."""
    found, problem = HeadCheck(), ""
    for row in conn.execute("SELECT payload FROM events WHERE type='HeadSigned' ORDER BY seq"):
        try:
            head = Head.of(_renamed(json.loads(row["payload"])))
        except ValueError:  # written by somebody else: no event of ours looks so
            problem = problem or "bad_signature"
            continue
        if not agrees(conn, head):
            problem = problem or "bad_signature"
        elif key and head.key != key:
            problem = problem or "other_key"
        found = HeadCheck(head.seq, head.at)
    if any(not agrees(conn, head) for head in elsewhere):
        problem = problem or "not_as_signed"
    elif key and any(head.key != key for head in elsewhere):
        problem = problem or "other_key"
    return HeadCheck(found.seq, found.at, problem)


def due(ledger: Ledger, now: datetime) -> bool:
    """Whether something happened since the last signature, and that is long enough ago."""
    last = ledger.row("SELECT seq, at FROM events WHERE type='HeadSigned' ORDER BY seq DESC LIMIT 1")
    newest = ledger.row("SELECT seq FROM events ORDER BY seq DESC LIMIT 1")
    if newest is None or (last is not None and newest["seq"] == last["seq"]):
        return False
    return last is None or datetime.fromisoformat(last["at"]) + EVERY <= now


def event_of(head: Head) -> HeadSigned:
    """The head as an event of the chain it signs."""
    return HeadSigned(head.ledger, head.seq, head.hash, head.at, head.key, head.signature)


def _renamed(fields: object) -> object:
    """An event's fields as a head's: an event has its time under another name."""
    return {**fields, "at": fields.get("signed_at")} if isinstance(fields, dict) else fields


def _first(conn: sqlite3.Connection) -> str:
    """The hash that names this ledger; nothing where it lacks its first event."""
    row = conn.execute("SELECT hash FROM events WHERE seq=1").fetchone()
    return str(row["hash"]) if row is not None else ""

"""Signs the ledger's head while the vault is open, and keeps a copy where the vault's key lies."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from agent.kernel.chain import FILE, connect
from agent.kernel.errors import LedgerBroken, LedgerError
from agent.kernel.events import IncidentNoted
from agent.kernel.head import PURPOSE, Head, HeadCheck, agrees, check, due, event_of, public_of, signed
from agent.kernel.ledger import Ledger
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from agent.runtime.person import ask_at_terminal, key_sources
from memory.errors import VaultLockedError
from memory.store import Store
from memory.vault import Vault

NOT_AS_SIGNED = "ledger_not_as_signed"


def seal(ledger: Ledger, vault: Vault | None, now: datetime, *, closing: bool = False) -> bool:
    """Sign what happened since the last signature, where an hour has passed or the house closes, with an open vault. A
    record that is not the one that was signed is not signed over: that is noted, until the person signs anew."""
    if vault is None or not (closing or due(ledger, now)):
        return False
    kept = _kept(vault)
    if kept is not None and not agrees(ledger.conn, kept):
        note = IncidentNoted(NOT_AS_SIGNED, {"events": str(kept.seq), "at": kept.at}, [])
        noted = ledger.rows("SELECT params FROM incidents WHERE code=?", (NOT_AS_SIGNED,))
        if all(json.loads(row["params"]) != note.params for row in noted):
            ledger.append(now, [note])
        return False
    return _sign(ledger, vault, now) is not None


def seal_at_end(ledger: Ledger, vault: Vault | None, now: datetime) -> None:
    """Sign as the house closes; a full disk keeps it from nothing."""
    with suppress(LedgerError):
        seal(ledger, vault, now, closing=True)


def _sign(ledger: Ledger, vault: Vault, now: datetime) -> Head | None:
    last = ledger.row("SELECT type FROM events ORDER BY seq DESC LIMIT 1")
    if last is None or last["type"] == "HeadSigned":
        return None
    head = signed(ledger.conn, vault.derived(PURPOSE), now)
    if head is not None:
        ledger.append(now, [event_of(head)])
        vault.keep_beside(head.text())
    return head


def _kept(vault: Vault) -> Head | None:
    """The copy beside the key; one that cannot be read is none."""
    try:
        return Head.read(vault.beside() or "")
    except ValueError:
        return None


def sign_now(root: Path, now: datetime, *, anew: bool = False) -> Head:
    """The head of this moment, for keeping elsewhere. `anew` signs although a kept head says otherwise. Raises
    `VaultLockedError`, `LedgerError` (`LedgerBroken` for a record that is not as signed)."""
    home = Home(root)
    with Store(root) as store:
        vault = Vault.open(store, key_sources(load_config(home.config), root, ask_at_terminal))
        ledger = Ledger(root)
        try:
            kept = _kept(vault)
            if kept is not None and not anew and not agrees(ledger.conn, kept):
                raise LedgerBroken(seq=str(kept.seq), why="not as signed")
            _sign(ledger, vault, now)
            head = signed(ledger.conn, vault.derived(PURPOSE), now)
        finally:
            ledger.close()
    if head is None:
        raise LedgerBroken(seq="0", why="empty")
    return head


def head_check(root: Path, exported: Path | None = None) -> HeadCheck:
    """How far the record of a folder is signed, and by whom, where a key is at hand without asking. Raises
    `LedgerError`; `ValueError` for a file that is no head."""
    elsewhere = [Head.read(exported.read_text("utf-8"))] if exported is not None else []
    key = ""
    if any(root.glob("memory*")):
        with Store(root, read_only=True) as store:
            if not Vault.is_unused(store):
                try:
                    vault = Vault.open(store, key_sources(load_config(Home(root).config), root, lambda: None))
                except VaultLockedError:
                    pass
                else:
                    key = public_of(vault.derived(PURPOSE))
                    elsewhere += [kept] if (kept := _kept(vault)) is not None else []
    conn = connect(root / FILE, readonly=True)
    try:
        return check(conn, key, tuple(elsewhere))
    finally:
        conn.close()

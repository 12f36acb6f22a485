"""The vault: values of facts, sealed with AES-256-GCM; the key never lies beside them.

Each value is sealed on its own, bound to its fact id and category (associated data), so that boxes cannot be swapped.
Preferences, rules, digest and search need no key; a locked vault stops only what needs a value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from memory.errors import EntryNotFoundError, VaultDamagedError, VaultLockedError
from memory.facts import CategoryId, Fact, FactId
from memory.keys import KeySource, KeyUnavailable
from memory.store import Store

_NONCE_BYTES = 12  # the size GCM is made for (NIST SP 800-38D)
_CHECK = FactId("gb:vault-check")


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """One value as the egress scanner must look for it; its repr hides the value."""

    fact_id: FactId
    category: CategoryId
    subject: str
    value: str

    def __repr__(self) -> str:
        return f"VaultEntry({self.fact_id!r}, {self.category!r}, value=<hidden>)"


@dataclass(frozen=True, slots=True)
class VaultScanView:
    """Every value in the vault, for matching outgoing bytes against them (agent/kernel) and for nothing else.

    `fingerprint` changes with the content, so that a scanner may keep its prepared forms.
    """

    entries: tuple[VaultEntry, ...]
    fingerprint: str


class Vault:
    """The unlocked vault of one store. Open it with `Vault.open`."""

    def __init__(self, store: Store, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 40 ms, and most commands need no vault

        self._store = store
        self._cipher = AESGCM(key)

    @classmethod
    def open(cls, store: Store, sources: Sequence[KeySource]) -> Vault:
        """Unlocks with the first source that has a key; a new vault lets the first source that can make one do so.

        Raises `VaultLockedError` naming what each source said, or that the key does not fit these values.
        """
        box = store.blobs.sealed_one(_CHECK)
        key, source = _first_key(sources, create=box is None)
        vault = cls(store, key)
        if box is None:
            store.blobs.seal(_CHECK, vault._seal(_CHECK, CategoryId("gb:vault"), "open"))
            return vault
        try:
            vault._unseal(_CHECK, CategoryId("gb:vault"), box)
        except VaultDamagedError as err:
            raise VaultLockedError(
                f"the key from `{source}` does not open this vault; use the key it was made with"
            ) from err
        return vault

    @staticmethod
    def is_unused(store: Store) -> bool:
        """Whether no key was ever made for this store, because nothing was ever sealed in it."""
        return store.blobs.sealed_one(_CHECK) is None

    def put(self, fact: Fact, value: str) -> None:
        """Adds the fact with its value, or replaces the value of a known fact; one transaction."""
        with self._store.transaction():
            try:
                self._store.replace(fact)
            except EntryNotFoundError:
                self._store.add(fact)
            self._store.blobs.seal(fact.id, self._seal(fact.id, fact.category, value))

    def value(self, fact_id: FactId) -> str:
        """The value; raises `EntryNotFoundError`, `VaultDamagedError`."""
        fact = self._store.get(Fact, fact_id)
        box = self._store.blobs.sealed_one(fact_id)
        if box is None:
            raise EntryNotFoundError("value of fact", fact_id)
        return self._unseal(fact_id, fact.category, box)

    def scan_view(self) -> VaultScanView:
        """All values at once; raises `VaultDamagedError`."""
        boxes = self._store.blobs.sealed()
        facts = [fact for fact in self._store.entries(Fact) if fact.id in boxes]
        fingerprint = sha256(b"".join(boxes[fact.id] for fact in facts)).hexdigest()
        entries = tuple(
            VaultEntry(fact.id, fact.category, fact.subject, self._unseal(fact.id, fact.category, boxes[fact.id]))
            for fact in facts
        )
        return VaultScanView(entries, fingerprint)

    def _seal(self, fact_id: FactId, category: CategoryId, value: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode(), _bound_to(fact_id, category))

    def _unseal(self, fact_id: FactId, category: CategoryId, box: bytes) -> str:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _bound_to(fact_id, category)).decode()
        except (InvalidTag, ValueError) as err:
            raise VaultDamagedError(f"the value of fact `{fact_id}` was altered or belongs to another fact") from err


def _bound_to(fact_id: FactId, category: CategoryId) -> bytes:
    return f"gegenbot-vault-1\0{fact_id}\0{category}".encode()


def _first_key(sources: Iterable[KeySource], *, create: bool) -> tuple[bytes, str]:
    tried: list[tuple[str, str]] = []
    for source in sources:
        try:
            return source.data_key(create=create), source.name
        except KeyUnavailable as nothing:
            tried.append((source.name, str(nothing)))
    said = "; ".join(f"{name}: {why}" for name, why in tried) or "no key source is configured"
    raise VaultLockedError(f"the vault is locked ({said})", tried=tuple(tried))

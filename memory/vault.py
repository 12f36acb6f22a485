"""The vault: values of facts, sealed with AES-256-GCM; the key never lies beside them.

Each value is sealed on its own, bound to its fact id and category (associated data), so that boxes cannot be swapped.
Preferences, rules, digest and search need no key; a locked vault stops only what needs a value.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from memory.errors import EntryNotFoundError, VaultDamagedError, VaultLockedError
from memory.facts import CategoryId, Fact, FactId
from memory.keys import KeySource, KeyUnavailable
from memory.store import Store

_NONCE_BYTES = 12  # the size GCM is made for (NIST SP 800-38D)
_SAID = "\0said"
"""Marks a sealed text that holds a value and the person's own words for less of it."""

_CHECK = FactId("gb:vault-check")


@dataclass(frozen=True, slots=True)
class VaultEntry:
    """One value as the egress scanner must look for it; its repr hides the value."""

    fact_id: FactId
    category: CategoryId
    subject: str
    value: str
    said: str = ""

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

    def __init__(self, store: Store, key: bytes, source: KeySource) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # 40 ms, and most commands need no vault

        self._store = store
        self._cipher = AESGCM(key)
        self._key = key
        self._source = source

    @classmethod
    def open(cls, store: Store, sources: Sequence[KeySource]) -> Vault:
        """Unlocks with the first source that has a key; a new vault lets the first source that can make one do so.

        Raises `VaultLockedError` naming what each source said, or that the key does not fit these values.
        """
        box = store.blobs.sealed_one(_CHECK)
        key, source = _first_key(sources, create=box is None)
        vault = cls(store, key, source)
        if box is None:
            store.blobs.seal(_CHECK, vault._seal(_CHECK, CategoryId("gb:vault"), "open"))
            return vault
        try:
            vault._unseal(_CHECK, CategoryId("gb:vault"), box)
        except VaultDamagedError as err:
            raise VaultLockedError(
                f"the key from `{source.name}` does not open this vault; use the key it was made with"
            ) from err
        return vault

    @staticmethod
    def is_unused(store: Store) -> bool:
        """Whether no key was ever made for this store, because nothing was ever sealed in it."""
        return store.blobs.sealed_one(_CHECK) is None

    def put(self, fact: Fact, value: str, said: str = "") -> None:
        """Adds the fact with its value, or replaces the value of a known fact; one transaction.

        `said` are the person's own words for telling less than the value; they are sealed with it.
        """
        with self._store.transaction():
            try:
                self._store.replace(fact)
            except EntryNotFoundError:
                self._store.add(fact)
            sealed = _SAID + json.dumps([value, said]) if said or value.startswith(_SAID) else value
            self._store.blobs.seal(fact.id, self._seal(fact.id, fact.category, sealed))

    def value(self, fact_id: FactId) -> str:
        """The value; raises `EntryNotFoundError`, `VaultDamagedError`."""
        return self._value_and_words(fact_id)[0]

    def said(self, fact_id: FactId) -> str:
        """The person's own words for less than the value, or nothing; raises as `value` does."""
        return self._value_and_words(fact_id)[1]

    def _value_and_words(self, fact_id: FactId) -> tuple[str, str]:
        fact = self._store.get(Fact, fact_id)
        box = self._store.blobs.sealed_one(fact_id)
        if box is None:
            raise EntryNotFoundError("value of fact", fact_id)
        return _opened(self._unseal(fact_id, fact.category, box))

    def scan_view(self) -> VaultScanView:
        """All values at once; raises `VaultDamagedError`."""
        boxes = self._store.blobs.sealed()
        facts = [fact for fact in self._store.entries(Fact) if fact.id in boxes]
        fingerprint = sha256(b"".join(boxes[fact.id] for fact in facts)).hexdigest()
        entries = tuple(
            VaultEntry(
                fact.id, fact.category, fact.subject, *_opened(self._unseal(fact.id, fact.category, boxes[fact.id]))
            )
            for fact in facts
        )
        return VaultScanView(entries, fingerprint)

    def derived(self, purpose: str) -> bytes:
        """32 secret bytes for one other purpose, always the same for this vault (HKDF, RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(self._key)

    def keep_beside(self, text: str) -> None:
        """Keep one small text where the key lies, as far as its place can."""
        self._source.keep_beside(text)

    def beside(self) -> str | None:
        """The text kept there last."""
        return self._source.beside()

    def _seal(self, fact_id: FactId, category: CategoryId, value: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode(), _bound_to(fact_id, category))

    def _unseal(self, fact_id: FactId, category: CategoryId, box: bytes) -> str:
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], _bound_to(fact_id, category)).decode()
        except (InvalidTag, ValueError) as err:
            raise VaultDamagedError(f"the value of fact `{fact_id}` was altered or belongs to another fact") from err


def _opened(sealed: str) -> tuple[str, str]:
    """A value and the person's words for less of it."""
    if not sealed.startswith(_SAID):
        return sealed, ""
    value, said = json.loads(sealed.removeprefix(_SAID))
    return value, said


def _bound_to(fact_id: FactId, category: CategoryId) -> bytes:
    return f"gegenbot-vault-1\0{fact_id}\0{category}".encode()


def _first_key(sources: Iterable[KeySource], *, create: bool) -> tuple[bytes, KeySource]:
    tried: list[tuple[str, str]] = []
    for source in sources:
        try:
            return source.data_key(create=create), source
        except KeyUnavailable as nothing:
            tried.append((source.name, str(nothing)))
    said = "; ".join(f"{name}: {why}" for name, why in tried) or "no key source is configured"
    raise VaultLockedError(f"the vault is locked ({said})", tried=tuple(tried))

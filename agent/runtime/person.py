"""The person's memory as the kernel and the needs see it: one store, one vault, one recall."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from agent.asking import asker
from agent.kernel.disclosure import QuestionMatch
from agent.kernel.egress import Scanner
from agent.needs.completing import WEIGHT, RecalledPreference
from agent.needs.contracts import Contract, read_contract
from agent.runtime.config import Config
from memory.embedding import Embedder, NGram
from memory.errors import EmbedderError, EntryNotFoundError, VaultLockedError
from memory.facts import Fact
from memory.facts.words import fold
from memory.keys import KeyFile, KeyringKey, KeySource, Passphrase, SystemdCredential
from memory.minilm import MiniLm
from memory.preferences import Preference
from memory.recall import Recall
from memory.rules import PrivacyRule
from memory.store import Contract as KeptContract
from memory.store import Store
from memory.vault import Vault
from negotiators.categories import Category


def embedder_of(config: Config, home: Path) -> tuple[Embedder, str]:
    """The configured embedder and, when it is a fallback, the code of what is worse with it."""
    if config.memory.embedder == "remote":
        from agent.language.embedding import RemoteEmbedder

        return RemoteEmbedder(config.memory.remote_url, config.memory.remote_model), ""
    if config.memory.embedder != "ngram":
        try:
            weights = Path(config.memory.weights) if config.memory.weights else None
            return MiniLm.find(weights, checked_in=home), ""
        except EmbedderError:
            if config.memory.embedder == "minilm":
                raise
            return NGram(), "weights_missing"
    return NGram(), ""


def key_sources(config: Config, home: Path, ask: Callable[[], str | None]) -> list[KeySource]:
    """Where the vault's key may come from, in the configured order."""
    made: dict[str, Callable[[], KeySource]] = {
        "keyring": lambda: KeyringKey(str(home)),
        "file": lambda: KeyFile(key_file(config, home), home),
        "systemd": lambda: SystemdCredential(_credentials()),
        "passphrase": lambda: Passphrase(home, ask),
    }
    return [made[name]() for name in config.vault.key_sources]


def key_file(config: Config, home: Path) -> Path:
    """The configured key file, or one per data folder in the person's configuration folder: the last resort of a
    machine without a keyring and without a terminal."""
    if config.vault.key_file:
        return Path(config.vault.key_file)
    from platformdirs import user_config_path

    name = hashlib.sha256(str(home.absolute()).encode()).hexdigest()[:16]
    return user_config_path("gegenbot") / f"vault-{name}.key"


def _credentials() -> Path | None:
    """Where systemd put this service's credentials, if it did."""
    named = os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named else None


def ask_at_terminal() -> str | None:
    """The passphrase, asked once when a person sits at a terminal; `None` otherwise."""
    if ask := asker():
        return ask()
    if not sys.stdin.isatty():
        return None
    from getpass import getpass

    return getpass("Passphrase for the vault: ") or None


_NAMED = frozenset({"pd:Name", "pd:EmailAddress", "pd:Username"})


class Person:
    """What is known of the person. Reads go to SQLite every time: a change is seen at the next question."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        categories: Mapping[str, Category],
        *,
        sources: Sequence[KeySource],
        holds_lock: bool,
    ) -> None:
        self.store = store
        self.embedder_id = embedder.id
        self._categories = categories
        self._sources = tuple(sources)
        self._vault: Vault | None = None
        self.recall = Recall(store, embedder, holds_runner_lock=holds_lock)

    # -- vault --------------------------------------------------------------------------------------------------

    def unlock(self) -> Vault:
        """The open vault. Raises `VaultLockedError`."""
        if self._vault is None:
            self._vault = Vault.open(self.store, self._sources)
        return self._vault

    @property
    def opened(self) -> Vault | None:
        """The vault where it is open already; no key is looked for."""
        return self._vault

    def is_open(self) -> bool:
        """Whether the vault is open or can be opened with a key that is at hand."""
        try:
            self.unlock()
        except VaultLockedError:
            return False
        return True

    def scanner(self) -> Scanner:
        """A scanner over the vault; an empty one while it is locked, because nothing of it can be told then. Where
        no value was ever sealed there is nothing to look for, and no key is asked for or made."""
        if Vault.is_unused(self.store):
            return Scanner()
        try:
            entries = self.unlock().scan_view().entries
        except VaultLockedError:
            return Scanner()
        return Scanner.of((entry.fact_id, entry.category, entry.value) for entry in entries)

    def own_names(self, at: datetime) -> frozenset[str]:
        """Words of the person's own names and addresses, from a vault that is open already: for this none is opened,
        and nobody is asked for a key."""
        if self._vault is None:
            return frozenset()
        named = (fact for fact in self.facts(at) if fact.category in _NAMED and fact.subject == "person")
        from agent.language.addressed import names_of

        return frozenset().union(*(names_of(self.value(fact) or "") for fact in named))

    # -- PersonMemory -------------------------------------------------------------------------------------------

    def rules(self) -> tuple[PrivacyRule, ...]:
        return self.store.rules(enabled_only=True)

    def facts(self, at: datetime) -> tuple[Fact, ...]:
        return self.store.entries(Fact, at=at)

    def value(self, fact: Fact) -> str | None:
        """The fact's value; `None` when there is none. Raises `VaultLockedError`."""
        try:
            return self.unlock().value(fact.id)
        except EntryNotFoundError:
            return None

    def said(self, fact: Fact) -> str:
        """The person's own words for less than the value. Raises `VaultLockedError`."""
        try:
            return self.unlock().said(fact.id)
        except EntryNotFoundError:
            return ""

    def match_question(self, text: str) -> tuple[QuestionMatch, ...]:
        found = self.recall.match_question(text)
        return tuple(QuestionMatch(match.category, match.similarity, match.by.value) for match in found.categories)

    # -- needs --------------------------------------------------------------------------------------------------

    def recalled(
        self, text: str, category: Category, at: datetime, *, event: str | None = None
    ) -> tuple[RecalledPreference, ...]:
        """Preferences that a need calls up, with how near they are, and every weight learned for its category.

        `event` is what the need belongs to ("moving house"): it counts as a present circumstance.
        """
        words = f"{text} {category.labels['en']} {category.labels['de']}"
        circumstances = self.store.present(at) | ({fold(event)} if event else set())
        found = self.recall.complete_need(words, category.id, at, circumstances=circumstances)
        by_words = (
            RecalledPreference(
                self.store.get(Preference, hit.id), hit.similarity or 0.0, ",".join(why.value for why in hit.because)
            )
            for hit in found.preferences
        )
        standing = self.store.preferences(at, category=category.id, circumstances=circumstances).effective
        weights = (RecalledPreference(one, 1.0, WEIGHT) for one in standing if one.is_weight)
        return (*by_words, *weights)

    def contracts(self, today: date) -> dict[str, Contract]:
        kept = self.store.entries(KeptContract)
        return {entry.id: read_contract(entry, self._categories, today) for entry in kept}

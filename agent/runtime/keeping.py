"""Short visits to a data folder that need no runner: importing and exporting memory, stating a need, letting a
provider in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.kernel.errors import NeedInvalid
from agent.kernel.events import ProviderKnown
from agent.kernel.ledger import Ledger
from agent.needs.need import Need, Wish, read_need_file
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from agent.runtime.person import ask_at_terminal, key_sources
from agent.runtime.wiring import build, random_id
from memory.persona import Person as PersonCard
from memory.persona import export_persona, import_persona, persona_of
from memory.store import Store
from memory.vault import Vault
from negotiators.categories import load_categories


def load_persona(root: Path, file: Path) -> Mapping[str, int]:
    """Read a persona file into memory. Nothing is stored when the file or the vault is not in order."""
    persona = import_persona(file)
    home = Home(root).make()
    Ledger(root).close()
    with Store(home.root) as store:
        vault = Vault.open(store, key_sources(load_config(home.config), home.root, ask_at_terminal))
        persona.load_into(store, vault)
    return {
        "facts": len(persona.facts), "preferences": len(persona.preferences), "rules": len(persona.rules),
        "contracts": len(persona.contracts),
    }  # fmt: skip


def save_persona(root: Path, file: Path) -> None:
    """Write memory as a persona file with mode 0600."""
    home = Home(root).make()
    with Store(home.root) as store:
        vault = Vault.open(store, key_sources(load_config(home.config), home.root, ask_at_terminal))
        text = export_persona(persona_of(store, vault, PersonCard()))
    handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)


def state_need(root: Path, *, text: str | None, file: Path | None) -> Mapping[str, object]:
    """Put a need on the ledger. A sentence is read by rules; what was not understood is in the answer, and a
    sentence without a category is refused. Raises `NeedInvalid`."""
    house = build(root)
    try:
        need_id = f"need-{random_id()[:8]}"
        missed: list[str] = []
        if file is not None:
            need = read_need_file(file, house.categories, need_id)
        else:
            need, missed = _read_sentence(text or "", house.categories, need_id, house.clock.now())
        kept = house.state_need(need)
        return {
            "need": kept.id, "category": kept.category, "text": kept.text,
            "wishes": {wish.issue: wish.texts() for wish in kept.wishes}, "mandate": kept.mandate.texts(),
            "recalled": [dict(entry) for entry in kept.recalled], "not_understood": missed,
        }  # fmt: skip
    finally:
        house.person.store.close()
        house.ledger.close()


def _read_sentence(text: str, categories: Mapping[str, Any], need_id: str, now: datetime) -> tuple[Need, list[str]]:
    from agent.language.reading import read_need

    read = read_need(text, categories, today=now.date())
    if read.category is None:
        raise NeedInvalid("need_not_understood", text=text[:80], candidates=", ".join(read.candidates),
                          known=", ".join(sorted(categories)))  # fmt: skip
    wishes = tuple(Wish(wish.issue, wish.minimum, wish.maximum, wish.want, None, wish.hard) for wish in read.wishes)
    return Need(need_id, read.category.id, text, wishes), [span.quote for span in read.not_understood]


def know_provider(root: Path, name: str, url: str, categories: tuple[str, ...], trust: str) -> None:
    """Let a provider in, or block one."""
    home = Home(root).make()
    known = load_categories(home.categories)
    unknown = [entry for entry in categories if entry not in known]
    if unknown or trust not in ("trusted", "allowed", "blocked"):
        raise NeedInvalid("unknown_category", where="provider", key=", ".join(unknown) or trust, nearest="",
                          known=", ".join(sorted(known)))  # fmt: skip
    ledger = Ledger(home.root)
    try:
        slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "provider"
        ledger.append(datetime.now(UTC), [ProviderKnown(slug, name, trust, url, "a2a", list(categories))])
    finally:
        ledger.close()


def units_of(text: str) -> Decimal | None:
    """The number in a quantity such as `2100 kWh`."""
    found = re.search(r"\d+(?:[.,]\d+)?", text)
    return Decimal(found.group().replace(",", ".")) if found else None

"""Short visits to a data folder that need no runner: importing and exporting memory, stating a need, letting a
provider in."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.kernel.errors import NeedInvalid
from agent.kernel.events import ProviderKnown
from agent.kernel.ledger import Ledger
from agent.needs.bundles import Bundle, bundle_from_table, bundled, is_bundle
from agent.needs.need import Leg, Mandate, Need, Wish, need_from_table, need_table
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from agent.runtime.person import ask_at_terminal, key_sources
from agent.runtime.wiring import build, random_id
from agent.zone import Days, zone_of
from memory.persona import Person as PersonCard
from memory.persona import export_persona, import_persona, persona_of
from memory.store import Store
from memory.vault import Vault
from negotiators.categories import Category, load_categories
from negotiators.money import Money

if TYPE_CHECKING:
    from agent.language.results import ReadNeed
    from negotiators.text import Span


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
        vault = None
        if not Vault.is_unused(store):  # where nothing was sealed, no key is asked for
            vault = Vault.open(store, key_sources(load_config(home.config), home.root, ask_at_terminal))
        text = export_persona(persona_of(store, vault, PersonCard()))
    handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)


def read_back(root: Path, *, text: str | None, table: Mapping[str, Any] | None) -> Mapping[str, object]:
    """What would be stated; nothing is kept. Raises `NeedInvalid`."""
    today = Days(zone_of(root)).of(datetime.now(UTC))
    wanted, missed = _read(load_categories(Home(root).categories), text, table, "", today, "form")
    return _told(wanted, missed)


def state_need(
    root: Path, *, text: str | None, file: Path | None, table: Mapping[str, Any] | None = None
) -> Mapping[str, object]:
    """Put what is wanted on the ledger, one need or several decided together: a sentence, a file, or a table as
    NEED.toml has it. A sentence is read by rules; what was not understood is in the answer, and a sentence without a
    category is refused. Raises `NeedInvalid`."""
    house = build(root, sources=())  # a need needs no personal datum, so no key is asked for
    try:
        table, where = (need_table(file), str(file)) if file is not None else (table, "form")
        today = house.days.of(house.clock.now())
        wanted, missed = _read(house.categories, text, table, random_id()[:8], today, where)
        return _told(house.state_bundle(wanted) if isinstance(wanted, Bundle) else house.state_need(wanted), missed)
    finally:
        house.person.store.close()
        house.ledger.close()


def _told(wanted: Need | Bundle, missed: list[str]) -> Mapping[str, object]:
    """A need as it was understood; of several the first one's id and category with all of them in `needs`."""
    if isinstance(wanted, Bundle):
        needs = [_need_told(need) for need in wanted.needs]
        cap = str(wanted.cap) if wanted.cap is not None else ""
        return {**needs[0], "bundle": wanted.id, "event": wanted.event, "cap": cap, "needs": needs,
                "not_understood": missed}  # fmt: skip
    return {**_need_told(wanted), "not_understood": missed}


def _need_told(need: Need) -> dict[str, object]:
    return {
        "need": need.id, "category": need.category, "text": need.text,
        "wishes": {wish.issue: wish.texts() for wish in need.wishes}, "mandate": need.mandate.texts(),
        "units": str(need.units) if need.units is not None else "", "leg": need.leg.texts(),
        "recalled": [dict(entry) for entry in need.recalled],
    }  # fmt: skip


def _read(
    categories: Mapping[str, Category], text: str | None, table: Mapping[str, Any] | None, new: str, today: date,
    where: str,
) -> tuple[Need | Bundle, list[str]]:  # fmt: skip
    if table is not None and is_bundle(table):
        return bundle_from_table(table, categories, f"bundle-{new}", where), []
    if table is not None:
        return need_from_table(table, categories, f"need-{new}", where), []
    return _read_sentence(text or "", categories, new, today)


def _read_sentence(
    text: str, categories: Mapping[str, Category], new: str, today: date
) -> tuple[Need | Bundle, list[str]]:
    from agent.language.reading import read_need
    from agent.language.several import read_several

    several = read_several(text, categories, today=today)
    if several is not None:
        needs = [
            replace(_need(part.need, part.text, f"bundle-{new}-{number}"), leg=_leg(part.only_if_slips))
            for number, part in enumerate(several.parts, 1)
        ]
        currency = several.cap.currency if several.cap is not None else needs[0].mandate.currency
        return bundled(f"bundle-{new}", "", several.cap, currency, needs, "sentence"), _quotes(several.not_understood)
    read = read_need(text, categories, today=today)
    if read.category is None:
        raise NeedInvalid("need_not_understood", text=text[:80], candidates=", ".join(read.candidates),
                          known=", ".join(sorted(categories)))  # fmt: skip
    return _need(read, text, f"need-{new}"), _quotes(read.not_understood)


def _quotes(spans: Iterable[Span]) -> list[str]:
    return [span.quote for span in spans]


def _leg(only_if_slips: str | None) -> Leg:
    return Leg("fallback", only_if_slips) if only_if_slips is not None else Leg()


def _need(read: ReadNeed, text: str, need_id: str) -> Need:
    assert read.category is not None
    wishes = tuple(Wish(wish.issue, wish.minimum, wish.maximum, wish.want, None, wish.hard) for wish in read.wishes)
    mandate = Mandate(currency=read.category.currency)
    for hint in read.mandate:  # a limit only ever narrows what may be signed
        if isinstance(hint.value, Money):
            mandate = replace(mandate, max_total=hint.value, currency=hint.value.currency)
        elif isinstance(hint.value, Decimal):
            mandate = replace(mandate, max_term_months=int(hint.value))
    return Need(need_id, read.category.id, text, wishes, mandate, read.units)


def know_provider(
    root: Path, name: str, address: str, categories: tuple[str, ...], trust: str = "", channel: str = "a2a"
) -> str:
    """Let a provider in over one of its doors, block one, or add a door to one that is known: what is not given stays.
    Returns its id. Raises `NeedInvalid` for an unknown category, none at all, or an address of another company."""
    home = Home(root).make()
    known = load_categories(home.categories)
    unknown = [entry for entry in categories if entry not in known]
    if unknown or trust not in ("", "trusted", "allowed", "blocked"):
        raise NeedInvalid("unknown_category", where="provider", key=", ".join(unknown) or trust, nearest="",
                          known=", ".join(sorted(known)))  # fmt: skip
    ledger = Ledger(home.root)
    try:
        slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "provider"
        earlier = ledger.row("SELECT trust, categories FROM providers WHERE id=?", (slug,))
        kept = list(categories) or (json.loads(earlier["categories"]) if earlier else [])
        owner = ledger.row("SELECT provider FROM endpoints WHERE url=?", (address,))
        if not kept:
            raise NeedInvalid("no_category", name=name, known=", ".join(sorted(known)))
        if owner is not None and owner["provider"] != slug:
            raise NeedInvalid("address_taken", address=address, name=owner["provider"])
        trusted = trust or (earlier["trust"] if earlier else "allowed")
        ledger.append(datetime.now(UTC), [ProviderKnown(slug, name, trusted, address, channel, kept)])
    finally:
        ledger.close()
    return slug


def units_of(text: str) -> Decimal | None:
    """The number in a quantity such as `2100 kWh`."""
    found = re.search(r"\d+(?:[.,]\d+)?", text)
    return Decimal(found.group().replace(",", ".")) if found else None

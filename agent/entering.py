"""The facade's entrance: needs, companies, personas and files the person brings, and all of it taken along again.
Heavy parts load inside the functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from agent.edge import facade_errors


def import_persona(home: Path, file: Path) -> Mapping[str, int]:
    """Load a persona file (docs/persona.md). Returns how many entries of each kind."""
    from agent.runtime.keeping import load_persona

    with facade_errors():
        return load_persona(home, file)


def export_memory(home: Path, file: Path) -> None:
    """Write everything memory holds as a persona file, readable by its owner only."""
    from agent.runtime.keeping import save_persona

    with facade_errors():
        save_persona(home, file)


def read_back(
    home: Path, *, text: str | None = None, table: Mapping[str, object] | None = None
) -> Mapping[str, object]:
    """A need as it would be understood, to be confirmed or put right; nothing is kept."""
    from agent.runtime.keeping import read_back as read

    with facade_errors():
        return read(home, text=text, table=table)


def add_need(
    home: Path, *, text: str | None = None, file: Path | None = None, table: Mapping[str, object] | None = None
) -> Mapping[str, object]:
    """State a need from a sentence, a NEED.toml, or a table of the same form; returns it as it was understood."""
    from agent.runtime.keeping import state_need

    with facade_errors():
        return state_need(home, text=text, file=file, table=table)


def add_provider(
    home: Path, name: str, address: str, categories: tuple[str, ...], trust: str = "", channel: str = "a2a"
) -> str:
    """Let a provider in, or add a door to one that is known. Returns its id."""
    from agent.runtime.keeping import know_provider

    with facade_errors():
        return know_provider(home, name, address, categories, trust, channel)


def add_provider_file(home: Path, file: Path) -> tuple[str, Mapping[str, str]]:
    """Let a company in as its file says (`docs/providers.md`). Returns its id and its doors by channel."""
    from agent.runtime.providerfile import add_provider_file as add

    with facade_errors():
        return add(home, file)


def categories(home: Path | None) -> tuple[Mapping[str, object], ...]:
    """Every category with its issues, for forms and `config categories`."""
    from negotiators.categories import load_categories

    found = load_categories(home / "categories" if home else None)
    return tuple(
        {
            "id": category.id, "label": dict(category.labels), "recurring": category.recurring,
            "currency": category.currency, "unit": category.unit_name,
            "issues": [
                {"name": issue.name, "kind": issue.kind.value, "label": dict(issue.labels), "unit": issue.unit,
                 "per": issue.per, "better": issue.better, "choices": list(issue.choices),
                 "mandatory": issue.mandatory, "negotiable": issue.negotiable}
                for issue in category.issues
            ],
        }
        for category in found.values()
    )  # fmt: skip


def rank(home: Path, needs: Path, offers: Path, *, limit: int, each: bool) -> Iterator[dict[str, Any]]:
    """Rank the offers of a file against needs of a file; stores nothing but the embedding cache."""
    from agent.runtime.texts import rank as rank_texts

    with facade_errors():
        yield from rank_texts(home, needs, offers, limit=limit, each=each)


def search_memory(
    home: Path, *, text: str | None, queries: Path | None, among: Path | None, limit: int
) -> Iterator[dict[str, Any]]:
    """Search memory, or the entries of a file, for one text or for every query of a file."""
    from agent.runtime.texts import queries_of, search

    with facade_errors():
        asked = queries_of(queries) if queries is not None else iter([(None, text or "")])
        yield from search(home, asked, among, limit)


def keep_files(home: Path, paths: tuple[Path, ...]) -> Iterator[Mapping[str, Any]]:
    """As `read_files`, with every offer stored once and weighed; the last mapping counts what became of them."""
    from agent.runtime.found import keep_offers

    with facade_errors():
        yield from keep_offers(home, paths)


def read_files(home: Path, paths: tuple[Path, ...]) -> Iterator[Mapping[str, Any]]:
    """Read mails, mailboxes, pages and documents into offers with evidence. The home says only what day it is."""
    from agent.runtime.texts import read

    yield from read(home, paths)


def sort_messages(home: Path, paths: tuple[Path, ...]) -> Iterator[Mapping[str, Any]]:
    """Sort messages day by day: what would be shown, and what is held back by reason. Writes nothing."""
    from agent.runtime.sorting import sort

    with facade_errors():
        yield from sort(home, paths)


def export_everything(home: Path, folder: Path) -> Mapping[str, int]:
    """Everything the person may take along, in a new folder: memory, the whole ledger, the configuration."""
    from agent.runtime.leaving import export_everything as export

    with facade_errors():
        return export(home, folder)


def delete_everything(home: Path) -> tuple[str, ...]:
    """End the background work and delete all this program wrote; returns what of others is left in the folder."""
    from agent.runtime.leaving import delete_everything as delete

    with facade_errors():
        return delete(home)

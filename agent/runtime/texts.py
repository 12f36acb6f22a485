"""Ranking offers of a file, searching memory, reading files: the verbs that look at texts and decide nothing.

Nothing is written but the embedding cache of memory's file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.kernel.errors import NeedInvalid
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from agent.runtime.person import embedder_of
from agent.zone import Days, zone_of
from memory.embedding import Cached, Embedder
from memory.preferences import Preference
from memory.relevance import NeedText, OfferText, Relevance, SearchableEntries, TextEntry, rank_offers
from memory.rules import PrivacyRule
from memory.store import PastDecision, Store


def _lines(path: Path, required: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file. Raises `NeedInvalid` naming the line."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                row = json.loads(line)
                missing = [key for key in required if not isinstance(row, dict) or key not in row]
                if missing:
                    raise NeedInvalid("bad_line", where=str(path), line=str(number), key=missing[0])
                yield row
    except OSError as err:
        raise NeedInvalid("unreadable", where=str(path), why=err.strerror or str(err)) from err
    except ValueError as err:
        raise NeedInvalid("not_json_lines", where=str(path), why=str(err)[:120]) from err


@contextmanager
def _embedder(root: Path) -> Iterator[tuple[Embedder, Store]]:
    """The configured embedder with this folder's cache."""
    home = Home(root).make()
    with Store(home.root) as store:
        yield Cached(embedder_of(load_config(home.config), home.root)[0], store), store


def rank(root: Path, needs: Path, offers: Path, *, limit: int, each: bool) -> Iterator[dict[str, Any]]:
    """`{"need"?, "ranking": [{"id", "score", "because"}]}`: one line over all needs, or one per need with `each`."""
    wanted = [NeedText(str(row["id"]), str(row["need"])) for row in _lines(needs, ("id", "need"))]
    listed = [
        OfferText(str(row["id"]), str(row["title"]), str(row.get("description") or ""))
        for row in _lines(offers, ("id", "title"))
    ]
    with _embedder(root) as (embedder, _):
        for need, ranking in rank_offers(wanted, listed, embedder, k=limit, each=each):
            head = {"need": need} if need is not None else {}
            yield {**head, "ranking": [_ranked(found) for found in ranking]}


def _ranked(found: Relevance) -> dict[str, Any]:
    """One entry with the parts its score is made of."""
    parts = {"meaning": found.meaning, "feedback": found.feedback, "words": found.words, "crowd": found.crowd}
    because = [
        {"code": f"relevance_{name}", "refs": [f"need:{found.need}"], "params": {"share": f"{value:.3f}"}}
        for name, value in parts.items()
        if value or name != "crowd"
    ]
    return {"id": found.id, "score": round(found.score, 6), "because": because}


def search(
    root: Path, queries: Iterable[tuple[str | None, str]], among: Path | None, limit: int
) -> Iterator[dict[str, Any]]:
    """`{"id"?, "ranking": [{"id", "score"}]}` per query, over memory or over the entries of a file. Queries that come
    together help each other: see `SearchableEntries`."""
    with _embedder(root) as (embedder, store):
        together = list(queries)
        asked = [text for _, text in together] if len(together) > 1 else []
        entries = SearchableEntries(_entries(store, among), embedder, asked)
        for query_id, text in together:
            head = {"id": query_id} if query_id is not None else {}
            ranking = [{"id": entry, "score": round(score, 6)} for entry, score in entries.search(text, limit)]
            yield {**head, "ranking": ranking}


def queries_of(path: Path) -> Iterator[tuple[str | None, str]]:
    """The queries of a JSON Lines file (`{"id", "text"}`)."""
    for row in _lines(path, ("id", "text")):
        yield str(row["id"]), str(row["text"])


def _entries(store: Store, among: Path | None) -> list[TextEntry]:
    if among is not None:
        return [
            TextEntry(str(row["id"]), str(row["text"]), str(row.get("when") or ""))
            for row in _lines(among, ("id", "text"))
        ]
    found = [TextEntry(entry.id, entry.words) for entry in store.entries(Preference)]
    found += [TextEntry(entry.id, entry.text) for entry in store.entries(PrivacyRule) if entry.text]
    return found + [TextEntry(entry.id, entry.words, entry.at.isoformat()) for entry in store.entries(PastDecision)]


def read(root: Path, paths: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """The record of every message and file below `paths`."""
    from agent.language.documents import read_paths

    return read_paths(paths, today=Days(zone_of(root)).of(datetime.now(UTC)))

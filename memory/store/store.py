"""The truth of this room: one SQLite file that only the person can read. Plain SQL, usable from several threads."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import TypeVar, cast

from memory.codec import Json, dump, load
from memory.errors import EntryInvalidError, EntryNotFoundError, StoreUnavailableError
from memory.facts import Fact
from memory.facts.words import fold
from memory.preferences import Preference, PreferenceId, Resolved, cascade, corrected, resolve
from memory.rules import PrivacyRule, RuleId
from memory.store.blobs import Blobs, content_hash
from memory.store.entries import (
    ENTRY_TYPES,
    Circumstance,
    Contract,
    DecisionId,
    Entry,
    EntryKind,
    PastDecision,
    kind_of,
    words_for_search,
)
from memory.store.fulltext import TrigramRarity, trigram_query, trigrams
from memory.store.schema import open_file

E = TypeVar("E", Fact, Preference, PrivacyRule, PastDecision, Contract, Circumstance)
INDEX_FOLDER = "index"
_CROWD = 20  # so many times the limit are looked at before other kinds of entries are left out


@dataclass(frozen=True, slots=True)
class TextHit:
    """An entry found by full text; `score` is bm25 turned so that more is better."""

    kind: EntryKind
    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a forget removed. `complete` is False while another process still reads an older state of the file:
    call `Store.scrub()` again later."""

    entries: tuple[tuple[EntryKind, str], ...]
    complete: bool


class Store:
    """The memory file. Every write is one transaction; `with store.transaction():` joins several into one."""

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        """Opens (or creates) FOLDER/memory.sqlite3. Raises the `StoreError` family."""
        self.folder = folder
        self._lock = RLock()
        self._connection = open_file(folder, read_only=read_only)
        self._depth = 0
        self._changes = 0
        self._rarity = TrigramRarity()
        self._before_scrub: list[Callable[[], None]] = []
        self.blobs = Blobs(self)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; what was committed is safe."""
        with self._lock:
            self._connection.close()

    # -- the connection --------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; nested use joins the outer one. Raises `StoreUnavailableError`."""
        with self._lock, _sqlite_errors():
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield self._connection
            except BaseException:
                if outermost and self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Runs one reading statement. Raises `StoreUnavailableError`."""
        with self._lock, _sqlite_errors():
            return self._connection.execute(sql, tuple(values)).fetchall()

    @property
    def revision(self) -> tuple[int, int]:
        """Changes whenever entries may have changed, by this or another process: a key for caches."""
        with self._lock, _sqlite_errors():
            version = int(self._connection.execute("PRAGMA data_version").fetchone()[0])
            return version, self._changes

    # -- entries ---------------------------------------------------------------------------------------------------

    def add(self, *entries: Entry) -> None:
        """Adds entries, all or none; an id that is taken raises `EntryInvalidError`."""
        with self.transaction() as connection:
            self._changes += 1
            for entry in entries:
                try:
                    connection.execute(
                        "INSERT INTO entry (kind, id, category, valid_until, folded, text_hash, body)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (kind_of(entry), entry.id, *_columns(entry)),
                    )
                except sqlite3.IntegrityError as err:
                    raise EntryInvalidError(f"there already is a {kind_of(entry)} `{entry.id}`") from err

    def replace(self, entry: Entry) -> None:
        """Overwrites the entry with the same id; raises `EntryNotFoundError`.

        Changed words make a new row, so that `no` tells an index what it has not seen.
        """
        with self.transaction() as connection:
            self._changes += 1
            category, closed, folded, text_hash, body = _columns(entry)
            changed = connection.execute(
                "UPDATE entry SET category = ?, valid_until = ?, body = ?"
                " WHERE kind = ? AND id = ? AND folded = ? AND text_hash IS ?",
                (category, closed, body, kind_of(entry), entry.id, folded, text_hash),
            ).rowcount
            if not changed:
                self._delete(kind_of(entry), entry.id)
                self.add(entry)

    def get(self, made: type[E], entry_id: str) -> E:
        """The entry with this id; raises `EntryNotFoundError`."""
        kind = _kind(made)
        found = self.rows("SELECT body FROM entry WHERE kind = ? AND id = ?", (kind, entry_id))
        if not found:
            raise EntryNotFoundError(kind, entry_id)
        return _read(made, found[0][0])

    def entries(self, made: type[E], *, category: str | None = None, at: datetime | None = None) -> tuple[E, ...]:
        """Every entry of a kind in order of arrival, closed ones included unless `at` names a moment.

        With `category`, those of that category and those that speak of all categories.
        """
        values = [str(_kind(made))]
        sql = "SELECT body FROM entry WHERE kind = ?"
        if category is not None:
            sql += " AND (category = ? OR category IS NULL)"
            values.append(category)
        found = (_read(made, body) for (body,) in self.rows(f"{sql} ORDER BY no", values))
        return tuple(entry for entry in found if at is None or _is_valid(entry, at))

    def words_of(self, keys: Iterable[tuple[str, str]]) -> list[str]:
        """The searchable words of entries given as (kind, id)."""
        wanted = set(keys)
        made = [ENTRY_TYPES[kind] for kind in EntryKind if any(kind == key for key, _ in wanted)]
        return [
            words_for_search(entry)
            for one in made
            for entry in self.entries(one)  # type: ignore[type-var]
            if (str(_kind(one)), str(entry.id)) in wanted
        ]

    # -- what the person does with them ----------------------------------------------------------------------------

    def preferences(
        self, at: datetime, *, category: str | None = None, circumstances: frozenset[str] | None = None
    ) -> Resolved:
        """The preferences that count at a moment, and the contradictions that were resolved.

        With `circumstances` (what is so: `present`) those of other circumstances do not count; without, all do.
        """
        return resolve(self.entries(Preference, category=category), at, circumstances)

    def present(self, at: datetime) -> frozenset[str]:
        """What is so at that moment, in the person's words, folded."""
        return frozenset(fold(entry.words) for entry in self.entries(Circumstance, at=at))

    def correct(self, old_id: PreferenceId, new: Preference, at: datetime) -> tuple[PreferenceId, ...]:
        """Supersedes a preference from `at` on; returns the derived ones that were closed with it."""
        with self.transaction():
            closed, fresh = corrected(self.get(Preference, old_id), new, at)
            fallen = self._close_derived(old_id, at)
            self.replace(closed)
            self.add(fresh)
        return fallen

    def retract(self, preference_id: PreferenceId, at: datetime) -> tuple[PreferenceId, ...]:
        """Closes a preference and everything derived from it; they stay visible. Returns the derived ones."""
        with self.transaction():
            self.replace(replace(self.get(Preference, preference_id), valid_until=at))
            return self._close_derived(preference_id, at)

    def _close_derived(self, preference_id: PreferenceId, at: datetime) -> tuple[PreferenceId, ...]:
        known = self.entries(Preference)
        fallen = cascade(known, preference_id)
        for preference in known:
            if preference.id in fallen and preference.is_valid(at):
                self.replace(replace(preference, valid_until=at))
        return fallen

    def rules(self, *, enabled_only: bool = False) -> tuple[PrivacyRule, ...]:
        """The complete rule set, as the policy must see it."""
        return tuple(rule for rule in self.entries(PrivacyRule) if rule.enabled or not enabled_only)

    def next_rule_number(self) -> int:
        """The number under which the person will know the next rule."""
        return max((rule.number or 0 for rule in self.rules()), default=0) + 1

    def remove_rule(self, rule_id: RuleId) -> None:
        """Deletes a rule (its sentence is scrubbed by `forget`); raises `EntryNotFoundError`."""
        self._delete(EntryKind.RULE, rule_id)

    def remove_decision(self, decision_id: DecisionId) -> None:
        """Deletes an answer the person takes back (`forget` erases a decision with its words)."""
        self._delete(EntryKind.DECISION, decision_id)

    def remove_preference(self, preference_id: PreferenceId) -> None:
        """Deletes a learned preference whose decisions are gone (its words are scrubbed by `forget`)."""
        self._delete(EntryKind.PREFERENCE, preference_id)

    # -- full text -------------------------------------------------------------------------------------------------

    def search_text(self, query: str, kinds: Iterable[EntryKind], limit: int = 50) -> tuple[TextHit, ...]:
        """Entries that share letter sequences with the query (FTS5 trigram, bm25): finds parts of German compounds."""
        match = trigram_query(self._rarity.worth_asking(self, trigrams(query)))
        wanted = sorted(set(kinds))
        if not match or not wanted:
            return ()
        marks = ", ".join("?" * len(wanted))
        found = self.rows(
            "SELECT entry.kind, entry.id, -hit.score FROM"
            " (SELECT rowid, bm25(entry_text) AS score FROM entry_text"
            "  WHERE entry_text MATCH ? ORDER BY score LIMIT ?) AS hit"
            f" JOIN entry ON entry.no = hit.rowid WHERE entry.kind IN ({marks}) ORDER BY hit.score LIMIT ?",
            (match, _CROWD * limit, *wanted, limit),
        )
        return tuple(TextHit(EntryKind(str(k)), str(i), float(cast("float", score))) for k, i, score in found)

    # -- across the two files --------------------------------------------------------------------------------------

    def applied_seq(self) -> int:
        """The last ledger event whose effect on this file is done (0 = none)."""
        return int(self.blobs.meta("applied_seq") or 0)

    def set_applied_seq(self, seq: int) -> None:
        """Records it; call inside the same `transaction()` as the effect, so that a crash repeats all or nothing."""
        self.blobs.set_meta("applied_seq", str(seq))

    # -- forgetting ------------------------------------------------------------------------------------------------

    def forget(self, kind: EntryKind, entry_id: str) -> Forgotten:
        """Removes an entry, its sealed value, its vectors, and what was derived from it, from every file of this room.

        The vector index is dropped (it is rebuilt from what is left). Raises `EntryNotFoundError`.
        """
        gone = [(kind, entry_id)]
        with self.transaction() as connection:
            texts = []
            if kind is EntryKind.PREFERENCE:
                derived = cascade(self.entries(Preference), PreferenceId(entry_id))
                gone += [(EntryKind.PREFERENCE, other) for other in derived]
            for one_kind, one_id in gone:
                texts.append(words_for_search(self.get(ENTRY_TYPES[one_kind], one_id)))  # type: ignore[type-var]
                self._delete(one_kind, one_id)
                connection.execute("DELETE FROM sealed WHERE fact_id = ? AND ? = 'fact'", (one_id, one_kind))
            self.blobs.drop_vectors_of([text for text in texts if text and not self._is_used(text)])
            # Words survive a delete inside the full-text index until its segments are merged.
            connection.execute("INSERT INTO entry_text (entry_text) VALUES ('optimize')")
        return Forgotten(tuple(gone), self.scrub())

    def scrub(self) -> bool:
        """Empties the write-ahead log and drops the vector index; False when another reader kept part of the log."""
        for let_go in self._before_scrub:
            let_go()
        left = False
        for index in self.folder.glob(f"{INDEX_FOLDER}*"):
            shutil.rmtree(index, ignore_errors=True)
            left = left or index.exists()
        with self._lock, _sqlite_errors():
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy and not left

    def before_scrub(self, let_go: Callable[[], None]) -> None:
        """Registers who must let go of the vector index before its folder is deleted (it might write it anew)."""
        self._before_scrub.append(let_go)

    def _is_used(self, text: str) -> bool:
        return bool(self.rows("SELECT 1 FROM entry WHERE text_hash = ? LIMIT 1", (content_hash(text),)))

    def _delete(self, kind: EntryKind, entry_id: str) -> None:
        with self.transaction() as connection:
            self._changes += 1
            gone = connection.execute("DELETE FROM entry WHERE kind = ? AND id = ?", (kind, entry_id)).rowcount
            if not gone:
                raise EntryNotFoundError(kind, entry_id)

    # -- export and import -----------------------------------------------------------------------------------------

    def export(self) -> Json:
        """Everything but the sealed values, as JSON-ready data; `restore` gives back exactly the same entries."""
        made = {str(kind): [dump(entry) for entry in self.entries(ENTRY_TYPES[kind])] for kind in EntryKind}  # type: ignore[type-var]
        return {"format": "gegenbot-memory", "version": 1, "entries": made}

    def restore(self, exported: Json) -> int:
        """Adds every exported entry, all or none; returns how many. Raises `EntryInvalidError`."""
        if (
            not isinstance(exported, dict)
            or exported.get("format") != "gegenbot-memory"
            or exported.get("version") != 1
        ):
            raise EntryInvalidError("this is not an export of Gegenbot's memory (format 1)")
        entries: list[Entry] = []
        for name, records in exported.get("entries", {}).items():
            if name not in list(EntryKind):
                raise EntryInvalidError(f"`entries.{name}` is not a kind of entry")
            made = ENTRY_TYPES[EntryKind(name)]
            entries += [load(made, record, f"entries.{name}[{at}]") for at, record in enumerate(records)]
        self.add(*entries)
        return len(entries)


def _columns(entry: Entry) -> tuple[str | None, str | None, str, bytes | None, str]:
    until = getattr(entry, "valid_until", None)
    words = words_for_search(entry)
    body = json.dumps(dump(entry), ensure_ascii=False, separators=(",", ":"))
    closed = until.astimezone(UTC).isoformat() if until is not None else None
    embedded = bool(words) and not isinstance(entry, Fact | Contract)
    return entry.category, closed, fold(words), content_hash(words) if embedded else None, body


def _kind(made: type[Entry]) -> EntryKind:
    return next(kind for kind, known in ENTRY_TYPES.items() if known is made)


def _read(made: type[E], body: object) -> E:
    return load(made, json.loads(str(body)))


def _is_valid(entry: Entry, at: datetime) -> bool:
    return not isinstance(entry, Fact | Preference | Circumstance) or entry.is_valid(at)


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as err:
        raise EntryInvalidError(str(err)) from err
    except sqlite3.Error as err:
        raise StoreUnavailableError(f"the memory file cannot be used: {err}; is the disk full or read-only?") from err

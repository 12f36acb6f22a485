"""The facade's read side: what the person sees, straight from SQLite. No other package than the standard library
is loaded, so that `gegenbot digest --json` stays a matter of milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agent.cards import compared, item_view, leg_view, note_of, provider_view, reason_of, share_of_best, terms_of
from agent.digest.effort import effort
from agent.digest.score import score_of
from agent.kernel.chain import FILE, connect
from agent.kernel.names import name_at, row_with_names, with_names
from agent.kernel.schema import MIGRATIONS
from agent.talknames import talk_named
from agent.views import (
    DigestView,
    DisclosureView,
    EffortView,
    FacadeError,
    HeldBackView,
    IncidentView,
    ItemView,
    JobView,
    LedgerCheck,
    ProviderView,
    Reason,
    StatusView,
    TalkView,
    Theirs,
    TurnView,
    WhyView,
)
from negotiators.categories import load_categories
from negotiators.text import safe_text

SAMPLE = 5
"""Held-back entries shown for audit, drawn at random once for each digest."""

_RUNNING = "('open','waiting_them','waiting_us','reopened','committing')"
_CURRENCY = "json_extract(d.mandate, '$.currency') AS currency"
_LOOKS = {"digest", "window_end", "reply_reminder", "watch", "retender"}


class Reading:
    """Read views over one data folder. Not shared between threads."""

    def __init__(self, home: Path) -> None:
        """Raises `FacadeError` (`no_home`) when nothing was set up here."""
        self.home = home
        path = home / FILE
        if not path.exists():
            raise FacadeError("no_home", path=str(home))
        self._conn = connect(path, readonly=True)
        if self._conn.execute("PRAGMA user_version").fetchone()[0] < len(MIGRATIONS):
            from agent.kernel.ledger import Ledger

            self._conn.close()
            Ledger(home).close()  # written by an earlier version: brought up to date before it is read
            self._conn = connect(path, readonly=True)
        self._categories = load_categories(home / "categories")

    def close(self) -> None:
        self._conn.close()

    def data_version(self) -> int:
        """A number that changes when another process wrote."""
        return int(self._conn.execute("PRAGMA data_version").fetchone()[0])

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
        return self._conn.execute(query, parameters).fetchall()

    def _row(self, query: str, parameters: Sequence[object] = ()) -> sqlite3.Row | None:
        found: sqlite3.Row | None = self._conn.execute(query, parameters).fetchone()
        return found

    def _meta(self, key: str) -> str:
        row = self._row("SELECT value FROM meta WHERE key=?", (key,))
        return str(row["value"]) if row else ""

    # -- digest -------------------------------------------------------------------------------------------------

    def digest(self) -> DigestView:
        """The latest digest with the present state of its items."""
        row = self._row("SELECT * FROM digests ORDER BY at DESC, rowid DESC LIMIT 1")
        shown = json.loads(row["items"]) if row else []
        items = tuple(item for n, key in enumerate(shown, 1) if (item := self._item(key, n)) is not None)
        quiet = tuple(reason_of(entry) for entry in json.loads(row["quiet"])) if row else ()
        return DigestView(
            made_at=row["at"] if row else None,
            items=items,
            notes=tuple(note_of(entry) for entry in with_names(self._rows, json.loads(row["notes"]))) if row else (),
            quiet=quiet,
            held_back=self._held_back(json.loads(row["held_back"]) if row else [], row["id"] if row else ""),
            running=self._count(f"SELECT COUNT(*) FROM negotiations WHERE state IN {_RUNNING}"),
            embedder=self._meta("embedder"),
            stopped=self._stopped(),
            next_look=self._next_look(),
            effort=self._effort(),
            to_carry=self._count("SELECT COUNT(DISTINCT negotiation) FROM outbox WHERE state='with_person'"),
        )

    def _count(self, query: str) -> int:
        return int(self._conn.execute(query).fetchone()[0])

    def _stopped(self) -> bool:
        return (self.home / "STOP").exists() or self._meta("stopped") == "1"

    def _next_look(self) -> str | None:
        row = self._row("SELECT MIN(next_run) AS due FROM jobs WHERE kind='digest'")
        return row["due"] if row else None

    def _held_back(self, entries: Sequence[Mapping[str, Any]], seed: str) -> HeldBackView:
        counts = Counter(str(entry["reason"]) for entry in entries)
        drawn = sorted(entries, key=lambda e: hashlib.sha256(f"{seed}|{e['ref']}".encode()).digest())[:SAMPLE]
        sample = tuple(
            {"id": str(e["ref"]), "reason": str(e["reason"]), **{k: str(v) for k, v in e["params"].items()}}
            for e in with_names(self._rows, drawn)
        )
        return HeldBackView(len(entries), dict(counts), sample)

    def item(self, item_id: str) -> ItemView | None:
        """One item by its id, its start, or its number on the latest digest."""
        if item_id.isdigit() and len(item_id) < 4:
            shown = self.digest().items
            return next((item for item in shown if item.number == int(item_id)), None)
        row = self._row("SELECT id, number FROM items WHERE id=? OR id LIKE ?", (item_id, f"{item_id[:32]}%"))
        return self._item(row["id"], row["number"]) if row else None

    def _item(self, item_id: str, number: int) -> ItemView | None:
        stored = self._row("SELECT * FROM items WHERE id=?", (item_id,))
        if stored is None:
            return None
        row, legs = row_with_names(self._rows, stored), []
        for leg in json.loads(row["legs"]):
            talk = self._row("SELECT state FROM negotiations WHERE id=?", (leg["negotiation"],))
            done = self._row("SELECT state FROM commitments WHERE negotiation=?", (leg["negotiation"],))
            state = done["state"] if done else talk["state"] if talk else "failed"
            legs.append(
                leg_view(leg, state, self._categories, self._data(leg["provider"]), self._score(leg["provider"]))
            )
        bundle = self._row("SELECT event FROM bundles WHERE id=?", (row["ref"],))
        event = name_at(self._rows, bundle["event"]) if bundle else None
        return item_view(row, number, tuple(legs), event.text if event else None)

    def _score(self, provider: str) -> int | None:
        return score_of(self._rows, provider).total

    def _data(self, provider: str) -> list[dict[str, str]]:
        rows = self._rows(
            "SELECT data_category, granularity, stage, until FROM releases WHERE provider=? AND released=1 "
            "AND ended IS NULL ORDER BY at",
            (provider,),
        )
        return [{"category": r["data_category"], "granularity": r["granularity"], "stage": r["stage"],
                 "until": r["until"] or ""} for r in rows]  # fmt: skip

    # -- why ----------------------------------------------------------------------------------------------------

    def why(self, item_id: str) -> WhyView:
        """Everything an item rests on. Raises `FacadeError` (`no_such_item`)."""
        item = self.item(item_id)
        if item is None:
            raise FacadeError("no_such_item", item=item_id)
        needs = [leg.need for leg in item.legs]
        marks = ",".join("?" * len(needs))
        rows = self._rows(
            f"SELECT n.*, p.name, e.channel, {_CURRENCY} FROM negotiations n JOIN providers p ON p.id=n.provider "
            f"JOIN needs d ON d.id=n.need LEFT JOIN endpoints e ON e.url=n.endpoint WHERE n.need IN ({marks}) "
            "ORDER BY n.category, n.provider, n.endpoint",
            needs,
        )
        weighed = tuple(compared(self._rows, row, item, rows, self._categories) for row in rows)
        recalled = [
            entry
            for row in self._rows(f"SELECT recalled FROM needs WHERE id IN ({marks})", needs)
            for entry in json.loads(row["recalled"])
        ]
        share = share_of_best(self._legs(item.id), rows)
        return WhyView(item, item.because, self._preferences_used(recalled), self._rules_used(rows), weighed, share)

    def _legs(self, item_id: str) -> list[dict[str, Any]]:
        row = self._row("SELECT legs FROM items WHERE id=?", (item_id,))
        legs: list[dict[str, Any]] = json.loads(row["legs"]) if row else []
        return legs

    def _preferences_used(self, recalled: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
        words = {row["id"]: row["words"] for row in self.preferences()}
        return tuple(
            {"id": e["id"], "words": words.get(e["id"], ""), "similarity": e["similarity"], "how": e["how"],
             "issue": e["issue"]}
            for e in recalled
        )  # fmt: skip

    def _rules_used(self, talks: Sequence[sqlite3.Row]) -> tuple[Mapping[str, str], ...]:
        """Rules that decided a question in these talks, with what they decided and how the question was matched."""
        texts = {row["id"]: row["text"] for row in self.rules()}
        found = {}
        for talk in talks:
            for row in self._rows("SELECT * FROM releases WHERE negotiation=? ORDER BY at", (talk["id"],)):
                for rule in json.loads(row["rules"]) or [""]:
                    found[(rule, row["data_category"], talk["name"])] = {
                        "id": rule, "text": texts.get(rule, ""), "data_category": row["data_category"],
                        "provider": talk["name"], "decision": row["granularity"] if row["released"] else row["reason"],
                        "similarity": row["similarity"] or "",
                    }  # fmt: skip
        return tuple(found.values())

    # -- talks --------------------------------------------------------------------------------------------------

    def talks(self, item_id: str | None = None) -> tuple[TalkView, ...]:
        """All talks, or those behind one item; without their turns."""
        rows = self._rows(
            "SELECT n.*, p.name, e.protocol, e.channel FROM negotiations n JOIN providers p ON p.id=n.provider "
            "LEFT JOIN endpoints e ON e.url=n.endpoint ORDER BY n.opened_at, n.category, n.provider"
        )
        item = self.item(item_id) if item_id is not None else None
        needs = {leg.need for leg in item.legs} if item else None
        return tuple(self._talk_view(row, ()) for row in rows if needs is None or row["need"] in needs)

    def _talk_view(self, row: sqlite3.Row, turns: tuple[TurnView, ...]) -> TalkView:
        return TalkView(
            row["id"],
            row["name"],
            row["category"],
            row["state"],
            row["round"],
            row["protocol"] or "",
            turns,
            row["channel"] == "byhand",
        )

    def talk(self, negotiation: str) -> TalkView:
        """One talk with every turn, named as `talk_named` takes it. Raises `FacadeError` (`no_such_talk`)."""
        row = self._row(
            f"SELECT n.*, p.name, e.protocol, e.channel, {_CURRENCY} FROM negotiations n "
            "JOIN providers p ON p.id=n.provider JOIN needs d ON d.id=n.need LEFT JOIN endpoints e ON e.url=n.endpoint "
            "WHERE n.id=?",
            (talk_named(self._rows, negotiation),),
        )
        if row is None:
            raise FacadeError("no_such_talk", talk=negotiation)
        turns = self._rows("SELECT * FROM turns WHERE negotiation=? ORDER BY seq", (row["id"],))
        return self._talk_view(row, tuple(self._turn(turn, row["category"], row["currency"]) for turn in turns))

    def _turn(self, turn: sqlite3.Row, category: str, currency: str) -> TurnView:
        moves = json.loads(turn["moves"])
        first = moves[0] if moves else {"act": turn["status"]}
        stored = first.get("offer", first).get("terms") or {}
        body = self._row("SELECT body FROM bodies WHERE id=?", (turn["body"],)) if turn["body"] else None
        text = bytes(body["body"]).decode() if body else None
        ours = turn["party"] == "us"
        reason = None
        if turn["reason"]:
            rule, numbers = json.loads(turn["reason"])
            reason = Reason(f"rule_{rule}", {key: str(value) for key, value in numbers.items()})
        claimed = any(e["standing"] == "claimed" for e in first.get("offer", {}).get("evidence", ()))
        return TurnView(
            turn["round"], turn["at"], turn["party"], " + ".join(move["act"] for move in moves) or turn["status"],
            terms_of(stored, self._categories.get(category), "claimed" if claimed else "typed"),
            turn["total"], currency,
            json.loads(text)["text"] if ours and text else None,
            Theirs(safe_text(text)) if not ours and text else None, turn["message_id"], reason,
        )  # fmt: skip

    # -- disclosures, status, incidents -------------------------------------------------------------------------

    def disclosures(self) -> tuple[DisclosureView, ...]:
        """Every release and refusal, oldest first, with the rule in the person's words."""
        texts = {row["id"]: row["text"] for row in self.rules()}
        rows = self._rows(
            "SELECT r.*, p.name FROM releases r LEFT JOIN providers p ON p.id=r.provider ORDER BY r.at, r.rowid"
        )
        return tuple(self._disclosure(row, texts) for row in rows)

    def _disclosure(self, row: sqlite3.Row, texts: Mapping[str, str]) -> DisclosureView:
        from memory.facts import CATEGORIES, CategoryId

        kind = CATEGORIES.get(CategoryId(row["data_category"]))
        labels = {"en": kind.en, "de": kind.de} if kind else {"en": "?", "de": "?"}
        rules = json.loads(row["rules"])
        return DisclosureView(
            row["at"], row["name"] or row["provider"], row["data_category"], labels, row["granularity"],
            bool(row["released"]), row["purpose"], row["stage"], ", ".join(rules) or None,
            texts.get(rules[0], "") if rules else "", row["similarity"], row["until"], row["ended"], row["negotiation"],
        )  # fmt: skip

    def status(self) -> StatusView:
        from agent.runtime.lock import runner_pid

        pid = runner_pid(self.home)
        jobs = tuple(
            JobView(r["id"], r["kind"], r["ref"], r["next_run"], r["last_run"], r["last_result"])
            for r in self._rows("SELECT * FROM jobs ORDER BY COALESCE(next_run,'9'), id")
        )
        looks = [job.next_run for job in jobs if job.next_run and job.kind in _LOOKS]
        return StatusView(
            runner="stopped" if self._stopped() else "alive" if pid else "none", runner_pid=pid,
            stopped=self._stopped(), vault=self._meta("vault") or "unknown", embedder=self._meta("embedder"),
            needs=self._count("SELECT COUNT(*) FROM needs WHERE state='open'"),
            talks=self._count(f"SELECT COUNT(*) FROM negotiations WHERE state IN {_RUNNING}"),
            waiting=self._count("SELECT COUNT(*) FROM items WHERE state='waiting'"), jobs=jobs,
            next_look=min(looks, default=None), ledger_events=self._count("SELECT COUNT(*) FROM events"),
            embedding=self._meta("embedding"), effort=self._effort(),
        )  # fmt: skip

    def _effort(self) -> EffortView:
        found = effort(self._rows)
        return EffortView(found.cases, found.decisions, found.keys, found.seconds, found.measured)

    def incidents(self, after: int = 0) -> tuple[tuple[int, IncidentView], ...]:
        """What happened after a sequence number, oldest first, with its own number."""
        rows = self._rows("SELECT * FROM incidents WHERE seq>? ORDER BY seq", (after,))
        found = ({**dict(r), "params": json.loads(r["params"]), "refs": json.loads(r["refs"])} for r in rows)
        return tuple(
            (r["seq"], IncidentView(r["at"], reason_of(r), r["provider"])) for r in with_names(self._rows, found)
        )

    def ledger_check(self, head: Path | None = None) -> LedgerCheck:
        """Check the whole chain, the tables beside it, and its signatures, also against an exported `head`. Raises
        `LedgerBroken` when the file cannot be read, `FacadeError` (`not_a_head`)."""
        from agent.checking import ledger_check

        return ledger_check(self._conn, self.home, head)

    # -- lists --------------------------------------------------------------------------------------------------

    def rules(self) -> tuple[Mapping[str, str], ...]:
        from agent.memory_lists import rules

        return rules(self.home)

    def preferences(self) -> tuple[Mapping[str, str], ...]:
        from agent.memory_lists import preferences

        return preferences(self.home)

    def contracts(self) -> tuple[Mapping[str, str], ...]:
        from agent.memory_lists import contracts

        return contracts(self.home)

    def facts(self) -> tuple[Mapping[str, str], ...]:
        from agent.memory_lists import facts

        return facts(self.home)

    def needs(self) -> tuple[Mapping[str, str], ...]:
        """Every need with the person's own words for it, where they were not forgotten."""
        rows = self._rows(
            "SELECT n.*, b.body AS words FROM needs n LEFT JOIN bodies b ON b.id=n.body ORDER BY n.stated_at, n.id"
        )
        return tuple(
            {"id": r["id"], "category": r["category"], "state": r["state"], "window_ends": r["window_ends"],
             "bundle": r["bundle"] or "", "words": bytes(r["words"]).decode() if r["words"] else ""}
            for r in rows
        )  # fmt: skip

    def limits(self) -> tuple[Mapping[str, str], ...]:
        """How far the bot may go, by category: what the person set, else the careful default."""
        known = {row["category"]: json.loads(row["limits"]) for row in self._rows("SELECT * FROM limits")}
        return tuple(
            {"category": name, "autonomy": known.get(name, {}).get("autonomy", "propose"),
             "max_total": known.get(name, {}).get("max_total", ""), "currency": category.currency,
             "max_term_months": known.get(name, {}).get("max_term_months", "")}
            for name, category in self._categories.items()
        )  # fmt: skip

    def provider(self, name: str) -> ProviderView:
        """One provider, by id or name, with the sum of its score. Raises `FacadeError` (`no_such_provider`)."""
        row = self._row("SELECT * FROM providers WHERE id=? OR lower(name)=lower(?) ORDER BY id=? DESC", (name,) * 3)
        if row is None:
            raise FacadeError("no_such_provider", provider=name)
        return provider_view(self._rows, row)

    def providers(self) -> tuple[Mapping[str, str], ...]:
        rows = self._rows(
            "SELECT p.*, e.url, e.channel, e.protocol FROM providers p JOIN endpoints e ON e.provider=p.id "
            "ORDER BY p.id"
        )
        return tuple(
            {"id": r["id"], "name": r["name"], "trust": r["trust"], "channel": r["channel"],
             "categories": ", ".join(json.loads(r["categories"])), "address": r["url"],
             "protocol": r["protocol"] or ""}
            for r in rows
        )  # fmt: skip

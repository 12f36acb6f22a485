"""What memory holds, as plain rows for lists. Values of facts are not among them: they lie in the vault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from agent.views import FacadeError
from memory.errors import StoreError
from memory.facts import Fact
from memory.preferences import Preference
from memory.store import Contract, Store

Rows = tuple[Mapping[str, str], ...]


def _store(home: Path) -> Store | None:
    """The store opened for reading; `None` when nothing was remembered yet."""
    if not home.is_dir() or not any(home.glob("memory*")):
        return None
    try:
        return Store(home, read_only=True)
    except StoreError as err:
        raise FacadeError("home_unreadable", path=str(home), why=str(err)) from err


def rules(home: Path) -> Rows:
    """The person's rules with their own sentences."""
    store = _store(home)
    if store is None:
        return ()
    with store:
        return tuple(
            {
                "id": rule.id, "number": str(rule.number or ""), "text": rule.text, "effect": rule.effect.value,
                "category": rule.category, "granularity": rule.granularity.name.lower(),
                "recipient": rule.recipient.name or rule.recipient.kind.value,
                "stages": ", ".join(sorted(stage.value for stage in rule.stages)),
                "enabled": "yes" if rule.enabled else "no",
            }
            for rule in store.rules()
        )  # fmt: skip


def preferences(home: Path) -> Rows:
    """Preferences in the person's words with their terms, where they come from, whether they count now, and which later
    one overrules them."""
    store = _store(home)
    if store is None:
        return ()
    with store:
        now = datetime.now(UTC)
        overruled = {one.earlier: one.later for one in store.preferences(now).contradictions}
        return tuple(
            {
                "id": entry.id, "words": entry.words, "category": entry.category or "",
                "terms": "; ".join(f"{t.issue} {t.op.value} {t.value} {t.unit}".strip() for t in entry.terms),
                "hard": "yes" if entry.hard else "no", "source": entry.source.value, "context": entry.context,
                "evidence": ", ".join(entry.evidence),
                "stated_at": entry.stated_at.isoformat() if entry.stated_at else "",
                "valid_from": entry.valid_from.isoformat() if entry.valid_from else "",
                "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
                "counts": "overruled" if entry.id in overruled else _counts(entry, now),
                "overruled_by": overruled.get(entry.id, ""),
            }
            for entry in store.entries(Preference)
        )  # fmt: skip


def _counts(entry: Preference, now: datetime) -> str:
    if entry.is_valid(now):
        return "now"
    return "ended" if entry.valid_until is not None and entry.valid_until <= now else "later"


def contracts(home: Path) -> Rows:
    """What the person pays today."""
    store = _store(home)
    if store is None:
        return ()
    with store:
        return tuple(
            {
                "id": entry.id, "category": entry.category, "provider": entry.provider,
                "monthly": ", ".join(f"{s.monthly} {entry.currency} (month {s.from_month})" for s in entry.price_steps),
                "start": entry.start.isoformat() if entry.start else "",
                "end": entry.end.isoformat() if entry.end else "", "notice": entry.notice,
            }
            for entry in store.entries(Contract)
        )  # fmt: skip


def facts(home: Path) -> Rows:
    """Which facts are known, never their values."""
    store = _store(home)
    if store is None:
        return ()
    with store:
        return tuple(
            {
                "id": fact.id, "category": fact.category, "label": fact.label,
                "subject": fact.subject, "source": fact.source.value,
                "valid_from": fact.valid_from.isoformat() if fact.valid_from else "",
                "valid_until": fact.valid_until.isoformat() if fact.valid_until else "",
            }
            for fact in store.entries(Fact)
        )  # fmt: skip

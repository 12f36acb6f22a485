"""The facade's write side: the person's decisions, appended to the ledger by whichever process they sit at.

Only the person's own events are appended here; carrying them out is the runner's work.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.digest.score import FELT
from agent.kernel.chain import FILE
from agent.kernel.effortevents import EffortSpent
from agent.kernel.errors import LedgerError, RunnerAlive
from agent.kernel.events import Approved, Decided, ForgetRequested, Resumed, Stopped
from agent.kernel.ledger import Ledger
from agent.runtime.lock import runner_pid
from agent.views import DecisionError, FacadeError
from agent.zone import Days, zone_of
from memory.errors import EntryNotFoundError, StoreError, VaultLockedError

APPROVAL_LASTS = timedelta(days=2)
"""An approval that was not carried out within this time has to be given again."""

REASONS = ("too_expensive", "wrong_terms", "wrong_provider", "not_now", "other")
_OPEN = ("waiting", "later", "countered")


class Deciding:
    """Appends decisions. Opens the ledger for each one, so that nothing is held while the person thinks."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def _ledger(self) -> Ledger:
        if not (self.home / FILE).exists():
            raise FacadeError("no_home", path=str(self.home))
        return Ledger(self.home)

    def approve(self, item_id: str, approval_hash: str, *, over_limit: bool = False) -> None:
        """Approve exactly the terms with this hash.

        Raises `DecisionError`: `no_such_item`, `already_decided`, `expired`, `terms_changed` when the hash is not
        the item's, `over_limit` when the item exceeds the mandate and the second yes is missing.
        """
        ledger = self._ledger()
        try:
            now = ledger.now(datetime.now(UTC))
            row = ledger.row("SELECT * FROM items WHERE id=?", (item_id,))
            if row is None:
                raise DecisionError("no_such_item", item=item_id)
            if row["state"] not in _OPEN:
                raise DecisionError("already_decided", item=item_id, state=row["state"])
            if row["approval_hash"] != approval_hash:
                raise DecisionError("terms_changed", item=item_id)
            if row["deadline"] and datetime.fromisoformat(row["deadline"]) <= now:
                raise DecisionError("expired", item=item_id, deadline=row["deadline"])
            if json.loads(row["over_limit"]) and not over_limit:
                raise DecisionError("over_limit", item=item_id)
            ledger.append(now, [Approved(item_id, approval_hash, over_limit, (now + APPROVAL_LASTS).isoformat())])
        finally:
            ledger.close()

    def _decide(self, item_id: str, decision: str, reason: str, changes: Mapping[str, str] | None = None) -> None:
        ledger = self._ledger()
        try:
            row = ledger.row("SELECT * FROM items WHERE id=?", (item_id,))
            if row is None:
                raise DecisionError("no_such_item", item=item_id)
            undoing = decision == "undo"
            if not undoing and row["state"] not in _OPEN:
                raise DecisionError("already_decided", item=item_id, state=row["state"])
            if decision == "counter":
                _check_counter(item_id, json.loads(row["legs"]), changes or {})
            now = ledger.now(datetime.now(UTC))
            if undoing:
                self._may_undo(row["state"], json.loads(row["legs"]), item_id, now)
            ledger.append(now, [Decided(item_id, decision, reason, dict(changes or {}))])
        finally:
            ledger.close()

    def _may_undo(self, state: str, legs: list[dict[str, str | None]], item_id: str, now: datetime) -> None:
        if state not in ("agreed", "partly", "approved"):
            raise DecisionError("undo_over", item=item_id, state=state)
        untils = [leg["cancel_until"] for leg in legs]
        if state != "approved" and None in untils:
            raise DecisionError("undo_never", item=item_id, state=state)
        today = Days(zone_of(self.home)).of(now).isoformat()
        if state != "approved" and not all(until and until >= today for until in untils):
            raise DecisionError("undo_over", item=item_id, state=state)

    def reject(self, item_id: str, reason: str, issues: Sequence[str] = ()) -> None:
        """Turn an item down; `reason` is one of `REASONS`, `issues` name what was wrong with `wrong_terms`."""
        if reason not in REASONS:
            raise DecisionError("unknown_reason", reason=reason, known=", ".join(REASONS))
        self._decide(item_id, "reject", reason, dict.fromkeys(issues, ""))

    def later(self, item_id: str, until: str | None = None) -> None:
        self._decide(item_id, "later", until or "")

    def counter(self, item_id: str, changes: Mapping[str, str]) -> None:
        """Ask the companies of a card for other terms: `ISSUE`, or `PROVIDER_ID.ISSUE` in a bundle, with the canonical
        value. What they answer becomes a new card. Raises `DecisionError` (`counter_unreadable`)."""
        self._decide(item_id, "counter", "", changes)

    def undo(self, item_id: str) -> None:
        """Withdraw an approval not yet carried out, or agreements that may still be cancelled."""
        self._decide(item_id, "undo", "")

    def felt(self, provider: str, how: str) -> None:
        """How a contact with a provider felt, `good` or `bad`: it moves the provider's score by a fixed amount."""
        ledger = self._ledger()
        try:
            if how not in FELT:
                raise DecisionError("unknown_reason", reason=how, known=", ".join(FELT))
            row = ledger.row("SELECT id FROM providers WHERE id=? OR lower(name)=lower(?)", (provider, provider))
            if row is None:
                raise DecisionError("no_such_provider", provider=provider)
            ledger.append(ledger.now(datetime.now(UTC)), [Decided(f"provider:{row['id']}", "felt", how)])
        finally:
            ledger.close()

    def spent(self, item_id: str, keys: int, seconds: int) -> None:
        """What a decision took, as the screen measured it from showing to deciding."""
        ledger = self._ledger()
        try:
            ledger.append(ledger.now(datetime.now(UTC)), [EffortSpent(item_id, keys, seconds)])
        finally:
            ledger.close()

    def should_have_shown(self, held_back_id: str) -> None:
        """Teach: this entry was wrongly held back."""
        ledger = self._ledger()
        try:
            ledger.append(ledger.now(datetime.now(UTC)), [Decided(held_back_id, "should_have_shown", "")])
        finally:
            ledger.close()

    def look_now(self) -> None:
        """Have a digest made now instead of at its hour, by whoever runs the folder."""
        ledger = self._ledger()
        try:
            ledger.append(ledger.now(datetime.now(UTC)), [Decided("digest", "look_now", "")])
        finally:
            ledger.close()

    def forget(self, ref: str) -> bool:
        """Have an entry of memory forgotten everywhere: `fact:ID`, `pref:ID`, `rule:ID`, `decision:ID`, `contract:ID`;
        or, with `seller:ID`, what the talks with a company taught about how it bargains, with `file:ID` what the
        person's provider file says of it, codes included, and with `mail:DOMAIN` (or `all`) what is kept of the
        mail and offers of a sender, the domain included.

        Carried out at once when no runner lives, else by the runner. True when it is done already. Raises
        `FacadeError` (`no_such_item`) for what memory does not hold, and (`vault_locked`) when its mentions cannot be
        found without the key; the request is kept then.
        """
        from agent.runtime.forgetting import entry_of, file_of, mail_of, seller_of, senders_of
        from memory.store import ENTRY_TYPES, Store

        ledger = self._ledger()
        try:
            refs = [ref]
            if named := entry_of(ref):
                with Store(self.home, read_only=True) as store:
                    store.get(ENTRY_TYPES[named[0]], named[1])  # type: ignore[type-var]
            elif domain := mail_of(ref):
                refs = senders_of(ledger.rows, domain)
            elif not ledger.row("SELECT 1 FROM providers WHERE id=?", (seller_of(ref) or file_of(ref) or "",)):
                refs = []
            if not refs:
                raise DecisionError("no_such_item", item=ref)
            ledger.append(ledger.now(datetime.now(UTC)), [ForgetRequested(one) for one in refs])
        except EntryNotFoundError as err:
            raise DecisionError("no_such_item", item=ref) from err
        except StoreError as err:
            raise FacadeError("home_unreadable", path=str(self.home), why=str(err)) from err
        finally:
            ledger.close()
        return self._forget_now()

    def _forget_now(self) -> bool:
        from agent.runtime.forgetting import Forgetting
        from agent.runtime.lock import RunnerLock
        from agent.runtime.paths import Home
        from agent.runtime.wiring import build

        try:
            lock = RunnerLock(Home(self.home)).take()
        except RunnerAlive:
            return False
        try:
            house = build(self.home, holds_lock=True)
            try:
                return bool(Forgetting(house).apply())
            finally:
                house.shut()
        except VaultLockedError as err:
            raise FacadeError("vault_locked", why=str(err)) from err
        finally:
            lock.release()

    def stop(self) -> None:
        """Halt everything outgoing: the file first (it needs no free disk block), then the runner, then the record."""
        path = self.home / "STOP"
        if not self.home.is_dir():
            raise FacadeError("no_home", path=str(self.home))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as err:
            self._signal()
            raise FacadeError("home_read_only", path=str(path), why=err.strerror or str(err)) from err
        self._signal()
        self._record(Stopped("person"))

    def _signal(self) -> None:
        pid = runner_pid(self.home)
        if pid is not None:
            try:
                os.kill(pid, signal.SIGUSR1)
            except ProcessLookupError:
                return

    def resume(self) -> None:
        """Take the stop back."""
        (self.home / "STOP").unlink(missing_ok=True)
        self._record(Resumed("person"))

    def _record(self, event: Stopped | Resumed) -> None:
        """Best effort: stopping must work with a full disk, and the file already holds."""
        if not (self.home / FILE).exists():
            return
        try:
            ledger = Ledger(self.home, patience=0.3)
        except LedgerError:
            return
        try:
            ledger.append(ledger.now(datetime.now(UTC)), [event])
        except LedgerError:
            return
        finally:
            ledger.close()


def _check_counter(item_id: str, legs: list[dict[str, Any]], changes: Mapping[str, str]) -> None:
    """Whether every change names a term of the card and a value of its kind."""
    from agent.market.countering import wanted

    if not legs:
        raise DecisionError("nothing_to_counter", item=item_id)
    try:
        wanted(legs, changes)
    except ValueError as err:
        raise DecisionError("counter_unreadable", item=item_id, why=str(err)) from err

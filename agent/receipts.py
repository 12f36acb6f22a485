"""The facade of what was told and refused: receipts after ISO/IEC TS 27560, withdrawing, and the letters that follow.

A receipt is put together from the ledger, which held its parts before the answer was sent. It never holds the value,
only its salted digest. Withdrawing ends the grants, forbids telling it again and, where a talk is still open, has the
bot say so with its next message; a company without an open talk gets the letter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.edge import facade_errors
from agent.kernel.chain import FILE
from agent.kernel.events import GrantExpired
from agent.kernel.ledger import Ledger
from agent.views import FacadeError
from agent.zone import Days, zone_of

if TYPE_CHECKING:
    from sqlite3 import Row

WITHDRAWN = "withdrawn"
"""Why a grant ended when the person took it back."""

SCHEMA = "ISO/IEC TS 27560:2023"
_CONTRACT_STAGES = ("commit", "after")


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One release or refusal. Categories and purposes are DPV terms; `legal_basis` too.

    `state` is `given`, `refused`, or why the grant ended: `time`, `not_chosen`, `withdrawn`, `agreement_ended`, a doubt
    about the company's identity. `agreement` is the one on data it was told under, with its record; `recipient_key`
    the hash of the company's card as pinned; `policy` the digest of the rule set that decided.
    """

    id: str
    schema: str
    at: str
    recipient: str
    recipient_name: str
    recipient_address: str
    recipient_key: str
    negotiation: str
    data_category: str
    granularity: str
    purpose: str
    stage: str
    legal_basis: str
    value_digest: str
    rules: tuple[str, ...]
    policy: str
    consideration: str
    agreement: str
    reason: str
    until: str
    state: str
    ended: str
    withdraw_with: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The agreement on data of one talk (IEEE 7012, MyTerms). `status`: `proffered` (no answer yet), `accepted`,
    `taking` or `declining` (their alternative, answered with the next message), `refused`, `ended`. `record` is the
    digest of what both sides keep."""

    negotiation: str
    provider: str
    provider_name: str
    agreement: str
    standard: str
    status: str
    record: str
    at: str


class Receipts:
    """What left and what did not, in one data folder."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @contextmanager
    def _ledger(self) -> Iterator[Ledger]:
        if not (self.home / FILE).exists():
            raise FacadeError("no_home", path=str(self.home))
        with facade_errors():
            ledger = Ledger(self.home)
            try:
                yield ledger
            finally:
                ledger.close()

    def receipts(self, ref: str = "") -> tuple[ReceiptView, ...]:
        """Receipts, oldest first: all, those of one company (key or name), or the one whose id starts with `ref`.

        Raises `FacadeError` (`no_such_receipt`) for a `ref` that names none.
        """
        with self._ledger() as ledger:
            recorded = {
                event.payload["release"]: event.payload for event in ledger.events(kinds=("Released", "Refused"))
            }
            ended = {
                event.payload["release"]: event.payload["reason"] for event in ledger.events(kinds=("GrantExpired",))
            }
            rows = ledger.rows(_QUERY, (ref, ref, ref, f"{ref}%"))
        if ref and not rows:
            raise FacadeError("no_such_receipt", ref=ref)
        return tuple(_view(row, recorded[row["id"]], ended.get(row["id"], "")) for row in rows)

    def withdraw(self, ref: str) -> tuple[ReceiptView, ...]:
        """Take back what was told, by company or receipt: ends the grants and adds a rule that forbids telling the
        same kinds of data to the same company. Returns what was ended now. Raises `FacadeError` (`no_such_receipt`,
        `nothing_to_withdraw`)."""
        standing = [one for one in self.receipts(ref) if one.state == "given"]
        if not standing:
            raise FacadeError("nothing_to_withdraw", ref=ref)
        self._forbid({(one.recipient, one.recipient_name, one.data_category) for one in standing})
        with self._ledger() as ledger:
            now = ledger.now(datetime.now(UTC))
            ledger.append(now, [GrantExpired(one.id, WITHDRAWN) for one in standing])
        ids = {one.id for one in standing}
        return tuple(one for one in self.receipts() if one.id in ids)

    def _forbid(self, told: set[tuple[str, str, str]]) -> None:
        """Rules come before the record: a bot that runs meanwhile cannot tell it once more."""
        from memory.facts import CategoryId
        from memory.rules import Effect, PrivacyRule, RecipientKind, RecipientSelector, RuleId
        from memory.store import Store

        with facade_errors(), Store(self.home) as store:
            known = {rule.id for rule in store.rules()}
            number = store.next_rule_number()
            for key, name, term in sorted(told):
                rule_id = RuleId(f"withdrawn-{key}-{term}")
                if rule_id not in known:
                    chosen = RecipientSelector(RecipientKind.NAMED, key)
                    text = f"{name}: {term}"
                    store.add(PrivacyRule(rule_id, Effect.FORBID, CategoryId(term), text, chosen, number=number))
                    number += 1

    def agreements(self, ref: str = "") -> tuple[AgreementView, ...]:
        """Agreements on data, oldest first: all, or those of one company (key or name)."""
        from memory.rules.myterms import STANDARD

        with self._ledger() as ledger:
            rows = ledger.rows(
                "SELECT m.*, p.name FROM myterms m LEFT JOIN providers p ON p.id=m.provider "
                "WHERE ?='' OR m.provider=? OR lower(p.name)=lower(?) ORDER BY m.at, m.negotiation",
                (ref, ref, ref),
            )
        return tuple(
            AgreementView(
                row["negotiation"], row["provider"], row["name"] or row["provider"], row["agreement"], STANDARD,
                row["status"], row["record"], row["at"],
            )
            for row in rows
        )  # fmt: skip

    def due(self) -> tuple[str, ...]:
        """Companies that still hold something whose grant has ended, so that a letter is due."""
        ended = [one for one in self.receipts() if one.state not in ("given", "refused")]
        return tuple(dict.fromkeys(one.recipient for one in ended))

    def letter(self, ref: str, language: str, *, erase: bool = True, sender: str = "") -> str:
        """The letter to one company, made from its receipts: withdrawal of consent, or also erasure. Raises
        `FacadeError` (`no_such_receipt`, `letter_incomplete`, `vault_locked`)."""
        from agent.papers import LetterOrder, letter
        from memory.facts import CATEGORIES, CategoryId

        told = [one for one in self.receipts(ref) if one.state != "refused"]
        if not told:
            raise FacadeError("no_such_receipt", ref=ref)
        german = language.startswith("de")
        days, points = Days(zone_of(self.home)), []
        for one in told:
            kind = CATEGORIES.get(CategoryId(one.data_category))
            label = one.data_category if kind is None else kind.de if german else kind.en
            day = days.of(datetime.fromisoformat(one.at))
            written = f"{day.day}. {day.month}. {day.year}" if german else day.isoformat()
            points.append(f"{label} ({written}, {one.id[:8]})")
        kind_of_letter = "erasure" if erase else "withdraw_consent"
        order = LetterOrder(kind_of_letter, told[0].recipient_name, points=tuple(dict.fromkeys(points)), sender=sender)
        return letter(self.home, order, language)


_QUERY = (
    "SELECT r.*, p.name, n.endpoint, e.card_hash FROM releases r LEFT JOIN providers p ON p.id=r.provider "
    "LEFT JOIN negotiations n ON n.id=r.negotiation LEFT JOIN endpoints e ON e.url=n.endpoint "
    "WHERE ?='' OR r.provider=? OR lower(p.name)=lower(?) OR r.id LIKE ? ORDER BY r.at, r.rowid"
)


def _view(row: Row, recorded: dict[str, Any], ended: str) -> ReceiptView:
    given = bool(row["released"])
    basis = "dpv:Contract" if row["stage"] in _CONTRACT_STAGES else "dpv:Consent"
    return ReceiptView(
        row["id"], SCHEMA, row["at"], row["provider"], row["name"] or row["provider"], row["endpoint"] or "",
        row["card_hash"] or "", row["negotiation"], row["data_category"], row["granularity"], row["purpose"],
        row["stage"], basis if given else "", recorded.get("value_digest", ""), tuple(json.loads(row["rules"])),
        recorded.get("policy", ""), recorded.get("consideration", ""),
        recorded.get("agreement", ""), row["reason"], row["until"] or "",
        ended or ("given" if given else "refused"), row["ended"] or "",
        f"gegenbot disclosures withdraw {row['id'][:8]}" if given and not ended else "",
    )  # fmt: skip

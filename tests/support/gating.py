"""A gate with nothing around it: a ledger, a phone need, and commitments that ask to leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.kernel.codec import terms_json
from agent.kernel.egress import Scanner
from agent.kernel.events import (
    AgreementHeld,
    Approved,
    ItemMade,
    MoveChosen,
    NegotiationOpened,
    ProviderKnown,
    SigningLocked,
    SigningReleased,
)
from agent.kernel.gate import Gate
from agent.kernel.ledger import Ledger
from agent.kernel.outgoing import Outgoing
from agent.needs.need import Need
from agent.needs.valuation import Valuation
from agent.runtime.wiring import payload, wording
from negotiators.categories import shipped
from negotiators.clock import SimClock
from negotiators.dialogue import Commit, Move, NegotiationId, OfferId, ProviderId, Terms, terms_hash
from tests.support.house import START, counting_ids, phone_need

PHONE = shipped()["mobile_plan"]


@dataclass(slots=True)
class Bench:
    ledger: Ledger
    gate: Gate
    clock: SimClock
    home: Path

    def talk(self, provider: str = "acme", need: str = "need-1") -> NegotiationId:
        found = NegotiationId(f"n-{need}-{provider}")
        if self.ledger.row("SELECT 1 FROM negotiations WHERE id=?", (found,)) is None:
            known = ProviderKnown(provider, provider, "allowed", f"https://{provider}.example", "a2a", ["mobile_plan"])
            opened = NegotiationOpened(found, need, provider, f"https://{provider}.example", "mobile_plan", 8)
            self.ledger.append(self.clock.now(), [known, opened])
        return found

    def outgoing(self, need: Need, move: Move, *, provider: str = "acme", **more: Any) -> Outgoing:
        talk = self.talk(provider, need.id)
        made = Outgoing(
            talk, ProviderId(provider), f"https://{provider}.example", PHONE, move, 1, "en", Valuation(PHONE, need),
            MoveChosen(talk, 1, type(move).__name__.lower(), "test", {}),
        )  # fmt: skip
        return replace(made, **more)

    def lock(
        self,
        terms: Terms,
        *,
        provider: str = "acme",
        need: str = "need-1",
        item: str = "item-1",
        standing: str = "firm",
    ) -> None:
        """A held agreement on these terms, about to be signed."""
        talk, bound = self.talk(provider, need), terms_hash(ProviderId(provider), PHONE.id, terms)
        held = AgreementHeld(talk, "o-1", bound, terms_json(terms), None, "EUR", "0.5", standing, None)
        self.ledger.append(self.clock.now(), [held, SigningLocked(need, talk, item, bound)])

    def unlock(self, *, provider: str = "acme", need: str = "need-1") -> None:
        self.ledger.append(self.clock.now(), [SigningReleased(need, self.talk(provider, need), "test")])

    def approve(self, *, item: str = "item-1", over_limit: bool = False, lasts: timedelta = timedelta(days=2)) -> None:
        made = ItemMade(item, "need", "need-1", [], "h", [], None, None, "EUR", None, [])
        known = self.ledger.row("SELECT 1 FROM items WHERE id=?", (item,))
        approved = Approved(item, "h", over_limit, (self.clock.now() + lasts).isoformat())
        self.ledger.append(self.clock.now(), [approved] if known else [made, approved])

    def commitments_recorded(self) -> int:
        row = self.ledger.row("SELECT COUNT(*) AS n FROM outbox WHERE act='commit'")
        assert row is not None
        return int(row["n"])


def commit(terms: Terms, provider: str = "acme") -> Commit:
    return Commit(OfferId("o-1"), terms, terms_hash(ProviderId(provider), PHONE.id, terms))


def acting(**mandate: Any) -> Need:
    """A phone need whose mandate gives leave to sign inside its limits."""
    return phone_need(autonomy="act", **mandate)


def bench(home: Path, scanner: Scanner | None = None, now: datetime = START, ids: str = "m") -> Bench:
    home.mkdir(parents=True, exist_ok=True)
    ledger, clock = Ledger(home), SimClock(now)
    gate = Gate(
        ledger, clock, home, wording=wording, payload=payload, new_id=counting_ids(ids), scanner=scanner or Scanner()
    )
    return Bench(ledger, gate, clock, home)


def cents(text: str) -> Decimal:
    return Decimal(text)

"""The person's decisions carried out by the runner: rejected, postponed, countered, undone."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from agent.digest.stream import company_at
from agent.kernel.events import Event, IncidentNoted, ItemClosed, Learned, NeedClosed, NegotiationMoved
from agent.kernel.names import name_at
from agent.market.countering import wanted
from agent.needs.eliciting import asked_issues
from agent.needs.learning import drift
from agent.runtime.lessons import relearn, stored_terms
from agent.runtime.sorting import MISSED
from memory.facts.words import fold
from memory.preferences import Op, Preference, Term
from memory.store import DecisionId, PastDecision, Verdict
from negotiators.categories import Category
from negotiators.dialogue import NegotiationState

if TYPE_CHECKING:
    from agent.runtime.wiring import House

_VERDICTS = {
    "approve": Verdict.ACCEPTED, "reject": Verdict.REJECTED, "later": Verdict.LATER, "counter": Verdict.COUNTERED,
    "should_have_shown": Verdict.SHOULD_HAVE_SHOWN,
}  # fmt: skip


@dataclass(slots=True)
class Decisions:
    """Applies decisions once each, in the order they were made. Learning crosses to memory's file by the ledger's
    sequence number, so it is idempotent and resumed at start."""

    house: House

    async def apply(self) -> None:
        house = self.house
        after = house.person.store.applied_seq()
        rows = house.ledger.rows("SELECT * FROM decisions WHERE seq>? ORDER BY seq", (after,))
        for row in rows:
            if row["decision"] == "reject":
                await self._close_talks(row["item"])
            elif row["decision"] == "undo":
                await self._undo(row["item"])
            elif row["decision"] == "counter":
                await self._counter(row["item"], json.loads(row["changes"]), row["seq"])
            await asyncio.to_thread(self._remember, row)

    async def _close_talks(self, item: str) -> None:
        """A rejected item ends its talks politely; its needs are closed."""
        house = self.house
        row = house.ledger.row("SELECT legs FROM items WHERE id=?", (item,))
        if row is None:
            return
        for leg in json.loads(row["legs"]):
            need = house.book.need(leg["need"])
            for thread in house.market.threads_of(need):
                await house.market.leave(need, thread, NegotiationState.SUPERSEDED, "person_declined")
            await asyncio.to_thread(house.ledger.append, house.clock.now(), [NeedClosed(need.id, "declined")])

    async def _counter(self, item: str, changes: dict[str, str], decided: int) -> None:
        """Ask the companies for what the person wants instead; where none can be asked the card waits again."""
        house = self.house
        row = house.ledger.row("SELECT legs FROM items WHERE id=? AND state='countered'", (item,))
        if row is None:
            return
        legs = {str(leg["negotiation"]): leg for leg in json.loads(row["legs"])}
        sent = False
        for talk, terms in wanted(list(legs.values()), changes).items():
            sent |= await house.market.counter(house.book.need(legs[talk]["need"]), talk, terms, decided)
        if not sent:
            params = {"provider": ", ".join(str(leg["name"]) for leg in legs.values())}
            note = IncidentNoted("counter_not_taken", params, [f"item:{item}"])
            again = ItemClosed(item, "waiting", "counter_not_taken")
            await asyncio.to_thread(house.ledger.append, house.clock.now(), [again, note])

    async def _undo(self, item: str) -> None:
        """Withdraw every confirmed leg that may still be cancelled."""
        house = self.house
        row = house.ledger.row("SELECT legs FROM items WHERE id=?", (item,))
        if row is None:
            return
        for leg in json.loads(row["legs"]):
            held = house.ledger.row("SELECT state FROM commitments WHERE negotiation=?", (leg["negotiation"],))
            if held is not None and held["state"] == "agreed" and await house.signing.withdraw(leg, item):
                moved = NegotiationMoved(leg["negotiation"], NegotiationState.SUPERSEDED.value, "undone")
                note = IncidentNoted("undone", {"provider": leg["name"]}, [f"item:{item}"], leg["provider"])
                await asyncio.to_thread(house.ledger.append, house.clock.now(), [moved, note])

    def _remember(self, row: sqlite3.Row) -> None:
        """Keep the decision as a memory in our words, learn from it, and mark it applied."""
        house, store = self.house, self.house.person.store
        item = house.ledger.row("SELECT legs FROM items WHERE id=?", (row["item"],))
        legs = json.loads(item["legs"]) if item is not None else self._held_leg(str(row["item"]))
        changed: tuple[Preference, ...] = ()
        with store.transaction():
            if row["decision"] == "undo":
                self._take_back(str(row["item"]))
            elif row["decision"] in _VERDICTS and legs:
                store.add(self._decision(row, legs))
            elif row["decision"] == "should_have_shown" and (missed := self._missed_mail(row)) is not None:
                store.add(missed)
            category = house.categories.get(legs[0]["category"]) if len(legs) == 1 else None
            if category is not None:
                changed = relearn(store, category, house.clock.now())
            store.set_applied_seq(int(str(row["seq"])))
        events: list[Event] = [Learned(entry.id, str(row["item"]), str(row["reason"])) for entry in changed]
        if category is not None:
            events += self._drift(category)
        if events:
            house.ledger.append(house.clock.now(), events)

    def _missed_mail(self, row: sqlite3.Row) -> PastDecision | None:
        """Mail of this sender that is held back for this reason is told from now on."""
        name = str(row["item"]).removeprefix("mail:")
        mail = self.house.ledger.row("SELECT sender, reason FROM mails WHERE id=?", (name,))
        sender = name_at(self.house.ledger.rows, mail["sender"]) if mail is not None else None
        if mail is None or sender is None or not mail["reason"]:
            return None
        ref = f"{MISSED}{company_at(sender)}:{mail['reason']}"
        return PastDecision(
            DecisionId(f"d-{row['seq']}"), Verdict.SHOULD_HAVE_SHOWN, sender.text, self.house.clock.now(),
            reason=mail["reason"], refs=(ref,),
        )  # fmt: skip

    def _held_leg(self, ref: str) -> list[dict[str, Any]]:
        """The offer of a talk that was held back, in the form of a leg."""
        talk = self.house.ledger.row(
            "SELECT n.*, p.name FROM negotiations n JOIN providers p ON p.id=n.provider WHERE n.id=?",
            (ref.removeprefix("talk:"),),
        )
        if talk is None or not talk["held"]:
            return []
        held = json.loads(talk["held"])
        return [{**held, "need": talk["need"], "category": talk["category"], "provider": talk["provider"],
                 "negotiation": talk["id"]}]  # fmt: skip

    def _decision(self, row: sqlite3.Row, legs: list[dict[str, Any]]) -> PastDecision:
        """One decision; of a bundle no single leg was decided on, so it carries no terms."""
        house = self.house
        words = "; ".join(f"{leg['category']} {leg['provider']} {leg['total']} {leg['currency']}" for leg in legs)
        need = house.ledger.row(
            "SELECT b.event FROM needs n JOIN bundles b ON b.id=n.bundle WHERE n.id=?", (legs[0]["need"],)
        )
        event = name_at(house.ledger.rows, need["event"]) if need is not None else None
        contexts = sorted(house.person.store.present(house.clock.now()))
        terms, over = self._compared(row, legs[0]) if len(legs) == 1 else ((), ())
        return PastDecision(
            DecisionId(f"d-{row['seq']}"), _VERDICTS[str(row["decision"])], words, house.clock.now(),
            legs[0]["category"], str(row["reason"]), (f"item:{row['item']}",), terms, over,
            fold(event.text) if event is not None else contexts[0] if contexts else "",
        )  # fmt: skip

    def _compared(self, row: sqlite3.Row, leg: dict[str, Any]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
        """What was decided on and what it was preferred over, as far as the decision says so."""
        own, changes = stored_terms(leg["terms"]), json.loads(row["changes"])
        match str(row["decision"]):
            case "counter":
                wanted = [replace(term, value=changes[term.issue].split()[0]) for term in own if term.issue in changes]
                return (*(term for term in own if term.issue not in changes), *wanted), own
            case "reject":
                return own, tuple(Term(issue, Op.IS_NOT) for issue in changes)
            case "approve":
                return own, self._rival(leg)
            case "should_have_shown":
                return own, self._shown_instead(leg)
            case _:
                return own, ()

    def _rival(self, leg: dict[str, Any]) -> tuple[Term, ...]:
        """The best offer for the same need that was not chosen."""
        need = self.house.book.need(leg["need"])
        held = self.house.composer.held(need)
        return next((stored_terms(one["terms"]) for one in held if one["negotiation"] != leg["negotiation"]), ())

    def _shown_instead(self, leg: dict[str, Any]) -> tuple[Term, ...]:
        """What the digest showed for the same need in place of this."""
        row = self.house.ledger.row("SELECT legs FROM items WHERE ref=? ORDER BY number DESC", (leg["need"],))
        return stored_terms(json.loads(row["legs"])[0]["terms"]) if row is not None else ()

    def _take_back(self, item: str) -> None:
        """What was accepted and then undone teaches nothing."""
        store = self.house.person.store
        for past in store.entries(PastDecision):
            if past.verdict is Verdict.ACCEPTED and f"item:{item}" in past.refs:
                store.replace(replace(past, verdict=Verdict.UNDONE))

    def _drift(self, category: Category) -> list[Event]:
        """Ask once, as a note, when the latest decisions go against what was learned."""
        ledger = self.house.ledger
        decisions = self.house.person.store.entries(PastDecision, category=category.id)
        found = drift(asked_issues(category), [one for one in decisions if not one.context])
        if found is None:
            return []
        params = {"category": category.id, "issue": found.issue, "more": "yes" if found.more else "no"}
        asked = ledger.rows("SELECT params FROM incidents WHERE code='drift_asked'")
        if any(json.loads(row["params"]) == params for row in asked):
            return []
        return [IncidentNoted("drift_asked", params, [f"decision:{one}" for one in found.decisions])]

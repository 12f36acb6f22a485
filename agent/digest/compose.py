"""From settled needs to at most a few decisions, each with the exact terms an approval would bind.

An item is made once per need or bundle, when its talks have ended, hold an agreement, or the window closed. What
is not chosen is held back with a reason, never dropped in silence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.digest.carded import Legs, cap_left, carded, decided, legs_of
from agent.digest.novelty import REPEAT, shown_before
from agent.digest.score import ranked, score_of
from agent.kernel.chain import Rows, canonical
from agent.kernel.codec import terms_from
from agent.kernel.events import ItemMade
from agent.kernel.ledger import Draft, Ledger
from agent.kernel.names import Naming, contract_ref
from agent.market.doors import directness, offered_once
from agent.market.endpoints import commits
from agent.market.needs_book import NeedsBook
from agent.market.offers import saving
from agent.needs.bundle import Candidate, Choice, choose
from agent.needs.contracts import Contract, cost_today
from agent.needs.need import Need
from negotiators.money import Money, Period

SETTLED = {"held", "waiting_person", "declined", "failed", "expired", "superseded", "dormant", "mismatch", "agreed"}
DECIDE_WITHIN = timedelta(days=3)
"""How long the person has, when no held offer ends earlier."""

FIRM, CLAIMED, INCOMPLETE = "firm", "claimed", "incomplete"


@dataclass(frozen=True, slots=True)
class Settled:
    """A need or bundle whose talks are over for now."""

    kind: str
    ref: str
    needs: tuple[Need, ...]


class Composer:
    """Reads settled needs and makes items of them. Appends nothing itself: `named` gives what to record before them."""

    def __init__(self, ledger: Ledger, book: NeedsBook, new_id: Callable[[], str]) -> None:
        self._ledger = ledger
        self._book = book
        self._new_id = new_id
        self._naming: Naming | None = None

    def named(self) -> list[Draft]:
        """The names that items made since the last call mean by a tag."""
        naming, self._naming = self._naming, None
        return [Draft(met, name) for met, name in naming.new()] if naming is not None else []

    def _contract_name(self, contract: Contract) -> str:
        if self._naming is None:
            self._naming = Naming(self._ledger.rows, self._new_id)
        return self._naming.tag(contract.label, contract_ref(contract.id))

    def settled(self, now: datetime) -> list[Settled]:
        """Needs and bundles whose talks are over or whose window has closed, without an item or with one the person
        countered. What a bundle's item left out stands for itself."""
        done: list[Settled] = []
        bundles: dict[str, list[Need]] = {}
        on_card, had_card = carded(self._ledger.rows), decided(self._ledger.rows)
        for need in self._book.open_needs():
            if need.id in on_card:
                continue
            if need.bundle and need.bundle not in had_card:
                bundles.setdefault(need.bundle, []).append(need)
            elif self._is_settled(need, now):
                done.append(Settled("need", need.id, (need,)))
        for bundle, needs in bundles.items():
            if all(self._is_settled(need, now) for need in needs):
                done.append(Settled("bundle", bundle, tuple(needs)))
        return done

    def _is_settled(self, need: Need, now: datetime) -> bool:
        row = self._ledger.row("SELECT window_ends FROM needs WHERE id=?", (need.id,))
        if row is not None and datetime.fromisoformat(row["window_ends"]) <= now and not self._countered(need):
            return True
        states = {r["state"] for r in self._ledger.rows("SELECT state FROM negotiations WHERE need=?", (need.id,))}
        return bool(states) and states <= SETTLED

    def _countered(self, need: Need) -> bool:
        """Whether a company still has to answer the person: it has until the card's own deadline."""
        query = "SELECT 1 FROM items WHERE ref IN (?,?) AND state='countered'"
        return self._ledger.row(query, (need.id, need.bundle or "")) is not None

    def held(self, need: Need) -> list[dict[str, Any]]:
        """The need's held agreements as stored, best first, one offer at several doors once; the order does not depend
        on arrival."""
        rows = self._ledger.rows(
            "SELECT n.*, p.name, e.channel FROM negotiations n JOIN providers p ON p.id=n.provider "
            "LEFT JOIN endpoints e ON e.url=n.endpoint WHERE n.need=? "
            "AND n.state IN ('held','waiting_person') AND n.held IS NOT NULL",
            (need.id,),
        )
        stated = self._ledger.row("SELECT stated_at FROM needs WHERE id=?", (need.id,))
        found = []
        for row in rows:
            held = json.loads(row["held"])
            full = self._book.valuation(need).utility(terms_from(held["terms"]))
            since = stated["stated_at"] if stated else None
            score = score_of(self._ledger.rows, row["provider"], since).total
            again = shown_before(self._ledger.rows, row["provider"], need.category, float(held["utility"]), since)
            found.append({**held, "negotiation": row["id"], "provider": row["provider"], "name": row["name"],
                          "bare": full, "score": score, "again": again,
                          "rank": ranked(full, score) - (REPEAT if again else 0.0),
                          "rounds": row["round"], "channel": row["channel"] or "a2a", "endpoint": row["endpoint"],
                          "commits": commits(self._ledger, row["endpoint"], row["channel"] or "a2a")})  # fmt: skip
        order = sorted(found, key=lambda h: (
            h["standing"] != FIRM, -h["rank"], h["provider"], not h["commits"], directness(h["channel"], h["endpoint"]),
        ))  # fmt: skip
        return offered_once(order)

    def items(self, settled: Settled, now: datetime) -> list[ItemMade]:
        """The decisions to put before the person; none when nothing can be signed. One for a bundle, and one for each
        of its needs that the bundle's own cannot hold, since what was only read from text cannot be signed by us."""
        item = self.item(settled, now)
        made = [item] if item is not None else []
        if settled.kind == "bundle":
            held = {leg["need"] for one in made for leg in one.legs}
            alone = [Settled("need", need.id, (need,)) for need in settled.needs if need.id not in held]
            alone.sort(key=lambda one: one.needs[0].leg.role == "fallback")
            for one in alone:
                single = self.item(one, now, [leg for card in made for leg in card.legs])
                made += [single] if single is not None else []
        return made

    def item(self, settled: Settled, now: datetime, beside: Legs = ()) -> ItemMade | None:
        """The decision to put before the person; `None` when nothing can be signed. `beside` are legs of cards made
        together with it.

        Only offers whose every term stands in typed form can be signed by us. Where a single need has none, the best
        complete offer read from text is put up as `claimed`: approving it hands it over to the person, who closes it.
        So is, where there is none either, one that names amounts nobody here can place, as `incomplete`.
        """
        offers = {need.id: self.held(need) for need in settled.needs}
        offers |= {name: [] for name in self._nothing_to_stand_in_for(settled, offers, beside, now)}
        cap, currency = self._cap(settled, beside)
        choice = choose(self._candidates(settled, offers, FIRM, now), cap, currency)
        if choice is None and settled.kind == "need":
            choice = choose(self._candidates(settled, offers, CLAIMED, now), cap, currency)
        if choice is None and settled.kind == "need":
            choice = choose(self._candidates(settled, offers, INCOMPLETE, now), cap, currency)
        if choice is None:
            return None
        chosen = {c.negotiation: c for c in choice.candidates}
        made = []
        for need in settled.needs:
            leg = next((held for held in offers[need.id] if held["negotiation"] in chosen), None)
            if leg is not None:
                made.append(self._leg(need, leg, now))
        return ItemMade(
            item=self._new_id(),
            kind=settled.kind,
            ref=settled.ref,
            legs=made,
            approval_hash=approval_hash(made, cap),
            because=self._because(settled, made, offers, choice),
            deadline=self._deadline(made, now).isoformat(),
            total=str(choice.total.amount),
            currency=currency,
            saving=_joint_saving(made),
            over_limit=self._over_limit(settled, made, choice, cap, now),
        )

    def _nothing_to_stand_in_for(
        self, settled: Settled, offers: Mapping[str, Sequence[dict[str, Any]]], beside: Legs,
        now: datetime,
    ) -> set[str]:  # fmt: skip
        """Fallbacks of what has neither an offer nor a card: nobody needs the room of a move that is not booked."""
        with_offer = {
            need.category for need in settled.needs if need.leg.role == "main"
            and any(one["standing"] == FIRM and one["commits"] for one in self._live(offers[need.id], now))
        }  # fmt: skip
        fallbacks = [need for need in settled.needs if need.leg.role == "fallback"]
        bundle = fallbacks[0].bundle if fallbacks else None
        known = {leg["category"] for leg in (*beside, *legs_of(self._ledger.rows, bundle))}
        return {need.id for need in fallbacks if need.leg.only_if_slips not in with_offer | known}

    def _candidates(
        self, settled: Settled, offers: Mapping[str, Sequence[dict[str, Any]]], standing: str, now: datetime
    ) -> list[list[Candidate]]:
        return [
            [
                _candidate(need, held)
                for held in self._live(offers[need.id], now)
                if held["standing"] == standing
                and (settled.kind == "need" or held["commits"])
                and (standing != INCOMPLETE or unread_names(self._ledger.rows, held["negotiation"], held["offer_id"]))
            ]
            for need in settled.needs
        ]

    def _live(self, held: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
        return [h for h in held if h["valid_until"] is None or datetime.fromisoformat(h["valid_until"]) > now]

    def _cap(self, settled: Settled, beside: Legs) -> tuple[Money | None, str]:
        own = [need.id for need in settled.needs]
        left = cap_left(self._ledger.rows, settled.needs[0].bundle or "", own, beside)
        return left or (None, settled.needs[0].mandate.currency)

    def _leg(self, need: Need, held: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        terms = terms_from(held["terms"])
        cost = self._book.valuation(need).cost(terms)
        contract = self._book.contract(need)
        saved = self._saving(need, contract, cost, now)
        free = terms.get("free_cancel")
        until = need.leg.cancellable_until
        if until is None and isinstance(free, Period):
            start = next((v for v in (terms.get("check_in"), terms.get("day")) if isinstance(v, date)), None)
            until = start - timedelta(days=free.approximate_days()) if start is not None else None
        return {
            "need": need.id, "negotiation": held["negotiation"], "provider": held["provider"], "name": held["name"],
            "category": need.category, "role": need.leg.role, "fallback_for": need.leg.only_if_slips,
            "cancel_until": until.isoformat() if until else None, "offer_id": held["offer_id"],
            "terms_hash": held["hash"], "terms": held["terms"], "total": held["total"], "currency": held["currency"],
            "year1": str(cost.year1.amount) if cost.year1 else None,
            "year2": str(cost.year2.amount) if cost.year2 else None, "saving": saved,
            "utility": held["utility"], "standing": held["standing"], "valid_until": held["valid_until"],
            "channel": held["channel"], "commits": held["commits"],
        }  # fmt: skip

    def _saving(self, need: Need, contract: Contract | None, cost: Any, now: datetime) -> dict[str, str | None] | None:
        if contract is None:
            return None
        saved = saving(cost, cost_today(contract, self._book.days.of(now)))
        if saved is None:
            return None
        return {
            "year1": str(saved.year1.amount) if saved.year1 else None,
            "year2": str(saved.year2.amount) if saved.year2 else None,
            "against": self._contract_name(contract),
        }

    def _deadline(self, legs: Sequence[Mapping[str, Any]], now: datetime) -> datetime:
        ends = [datetime.fromisoformat(leg["valid_until"]) for leg in legs if leg["valid_until"]]
        return min([now + DECIDE_WITHIN, *ends])

    def _over_limit(
        self, settled: Settled, legs: Sequence[Mapping[str, Any]], choice: Choice, cap: Money | None, now: datetime
    ) -> list[dict[str, Any]]:
        found = []
        if cap is not None and not choice.within_cap:
            found.append({"code": "above_cap", "params": {"total": str(choice.total), "cap": str(cap)}, "refs": []})
        for leg in legs:
            need = next(n for n in settled.needs if n.id == leg["need"])
            valuation = self._book.valuation(need)
            for violation in valuation.violations(terms_from(leg["terms"]), leg["provider"], now):
                found.append(
                    {"code": violation.code, "params": dict(violation.params), "refs": [f"talk:{leg['negotiation']}"]}
                )
        return found

    def _weighed(self, need: Need, leg: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the person said of two terms together, and of weights they are unsure about."""
        ref = [f"offer:{leg['offer_id']}"]
        pairs = self._book.valuation(need).pairs(terms_from(leg["terms"]))
        found: list[dict[str, Any]] = [
            {"code": "together", "refs": ref,
             "params": {"issue": pair.first.issue, "other": pair.second.issue, "worth": str(pair.worth)}}
            for pair in pairs
        ]  # fmt: skip
        unsure = ({"issue": wish.issue} for wish in need.wishes if wish.spread)
        return [*found, *({"code": "unsure_weight", "params": params, "refs": ref} for params in unsure)]

    def _because(
        self,
        settled: Settled,
        legs: Sequence[Mapping[str, Any]],
        offers: Mapping[str, Sequence[Mapping[str, Any]]],
        choice: Choice,
    ) -> list[dict[str, Any]]:
        """Why this one, from recorded evidence: comparison, saving, preferences that took part."""
        reasons: list[dict[str, Any]] = []
        asked = sum(
            self._ledger.rows("SELECT COUNT(DISTINCT provider) AS n FROM negotiations WHERE need=?", (need.id,))[0]["n"]
            for need in settled.needs
        )
        answered = sum(len({one["provider"] for one in found}) for found in offers.values())
        params = {"count": str(asked), "agreed": str(answered)}
        reasons.append({"code": "compared", "params": params, "refs": [f"need:{need.id}" for need in settled.needs]})
        for leg in legs:
            rivals = [h for h in offers[leg["need"]] if h["negotiation"] != leg["negotiation"]]
            totals = [Money.of(h["total"], h["currency"]) for h in rivals if h["total"]]
            own = Money.of(leg["total"], leg["currency"])
            ref = [f"offer:{leg['offer_id']}"]
            if all(rival["provider"] == leg["provider"] for rival in rivals):
                reasons.append({"code": "only_offer", "params": {"category": leg["category"]}, "refs": ref})
            elif all(own <= total for total in totals if total.currency == own.currency):
                reasons.append({"code": "cheapest_all_in", "params": {"provider": leg["name"]}, "refs": ref})
            else:
                worth = {"provider": leg["name"], "utility": f"{float(leg['utility']):.2f}"}
                reasons.append({"code": "best_value", "params": worth, "refs": ref})
            if names := unread_names(self._ledger.rows, leg["negotiation"], leg["offer_id"]):
                reasons.append({"code": "amount_unread", "params": {"names": names}, "refs": ref})
            chosen = next(h for h in offers[leg["need"]] if h["negotiation"] == leg["negotiation"])
            if any(rival["bare"] > chosen["bare"] for rival in rivals if rival["standing"] == FIRM):
                reasons.append(
                    {"code": "provider_score", "params": {"score": str(chosen["score"] or "")},
                     "refs": [f"provider:{leg['provider']}"]}
                )  # fmt: skip
            reasons += _novelty(chosen, rivals, leg["name"])
            if len(chosen["doors"]) > 1:
                reasons.append({"code": "several_doors", "params": {"count": str(len(chosen["doors"]))}, "refs": ref})
            if leg["saving"] and leg["saving"]["year1"] is not None:
                reasons.append(
                    {"code": "saves_against",
                     "params": {"amount": f"{leg['saving']['year1']} {leg['currency']}",
                                "contract": leg["saving"]["against"]}, "refs": ref}
                )  # fmt: skip
        for leg in legs:
            need = next(need for need in settled.needs if need.id == leg["need"])
            reasons += self._weighed(need, leg)
        for need in settled.needs:
            for used in need.recalled:
                reasons.append(
                    {"code": "preference", "params": {"id": used["id"], "issue": used["issue"],
                                                      "similarity": used["similarity"]},
                     "refs": [f"pref:{used['id']}"]}
                )  # fmt: skip
        if choice.within_cap and settled.kind == "bundle":
            reasons.append({"code": "inside_cap", "params": {"total": str(choice.total)}, "refs": []})
        return reasons


def unread_names(rows: Rows, negotiation: str, offer: str) -> str:
    """Names of the amounts nobody could place in one offer of a talk, as they were noted when it came."""
    noted = rows("SELECT params, refs FROM incidents WHERE code='amount_unread' ORDER BY seq", ())
    for row in noted:
        if {f"talk:{negotiation}", f"offer:{offer}"} <= set(json.loads(row["refs"])):
            return str(json.loads(row["params"])["names"])
    return ""


def _novelty(chosen: Mapping[str, Any], rivals: Sequence[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """Said when the offer itself was shown before, or when one that was would have come first."""
    if chosen["again"]:
        return [{"code": "shown_before", "params": {"provider": name}, "refs": [f"item:{chosen['again']}"]}]
    before = [
        one for one in rivals if one["again"] and one["rank"] + REPEAT > chosen["rank"] and one["standing"] == FIRM
    ]
    return [
        {"code": "fresh_offer", "params": {"provider": one["name"]}, "refs": [f"item:{one['again']}"]}
        for one in before[:1]
    ]


def approval_hash(legs: Sequence[Mapping[str, Any]], cap: Money | None) -> str:
    """What one approval binds: every leg's need, talk, provider, role and terms hash, and the cap over all."""
    bound = sorted([leg["need"], leg["negotiation"], leg["provider"], leg["role"], leg["terms_hash"]] for leg in legs)
    return hashlib.sha256(canonical([bound, str(cap) if cap else None]).encode()).hexdigest()


def _candidate(need: Need, held: Mapping[str, Any]) -> Candidate:
    total = Money.of(held["total"], held["currency"]) if held["total"] is not None else None
    return Candidate(
        need.id, held["negotiation"], held["provider"], float(held["rank"]), total, held["standing"] == FIRM
    )


def _joint_saving(legs: Sequence[Mapping[str, Any]]) -> dict[str, str | None] | None:
    """The sum over legs that replace a contract; `None` when none does, unknown when one is unknown."""
    saved = [leg["saving"] for leg in legs if leg["saving"]]
    if not saved:
        return None

    def total(year: str) -> str | None:
        parts = [entry[year] for entry in saved]
        return None if any(part is None for part in parts) else str(sum((Decimal(part) for part in parts), Decimal(0)))

    return {"year1": total("year1"), "year2": total("year2"), "against": ", ".join(e["against"] for e in saved)}

"""A shop with an interface of its own: `GET /shop`, `POST /quotes`, `POST /orders`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Inquire,
    Leave,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Terms,
)
from negotiators.money import Money, Period
from negotiators.sdk import Company, Heard, Outgoing, OutsideAdapter, OutsideSession, Request, Sent, Steps, Talk


class Shop(OutsideAdapter):
    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.token = secrets["api_token"]

    def discover(self, url: str) -> Steps[Company]:
        shop = (yield Request("GET", f"{url}/shop")).json
        assert isinstance(shop, dict)
        return Company(shop["name"], "A shop for phone plans", ["mobile_plan"], document=shop)

    def open(self, talk: Talk) -> OutsideSession:
        return ShopTalk(self.token, talk)


class ShopTalk(OutsideSession):
    def __init__(self, token: str, talk: Talk) -> None:
        self.url, self.headers = talk.url, {"Authorization": f"Bearer {token}"}
        memory = json.loads(talk.resume or '{"sent": {}, "waiting": []}')
        self.sent: dict[str, str] = memory["sent"]
        self.waiting: list[dict[str, str]] = memory["waiting"]

    def send(self, move: Outgoing) -> Steps[Sent]:
        match move.move:
            case Ask() | Propose():
                wanted = move.move.offer.terms if isinstance(move.move, Propose) else move.move.terms
                asked = {"id": move.message_id, "wishes": wanted.texts()}
                answer = yield Request("POST", f"{self.url}/quotes", asked, self.headers)
            case Accept(offer_id=offer_id) | Commit(offer_id=offer_id):
                order = {"id": move.message_id, "quote": offer_id, "binding": isinstance(move.move, Commit)}
                answer = yield Request("POST", f"{self.url}/orders", order, self.headers)
            case _:
                return Sent("delivered")
        if not answer.ok:
            return Sent("failed", error=f"http_{answer.status}")
        found = answer.json
        assert isinstance(found, dict)
        self.sent[move.message_id] = found["id"]
        self.waiting.append({name: str(value) for name, value in found.items()})
        return Sent("delivered", found["id"])

    def receive(self) -> Sequence[Heard]:
        waiting, self.waiting = self.waiting, []
        return [self.heard(one) for one in waiting]

    def heard(self, one: dict[str, str]) -> Heard:
        if one["kind"] == "gone":
            return Heard(one["id"], [Leave("sold_out")], final=True)
        if one["kind"] == "question":
            return Heard(one["id"], [Inquire(one["field"], required=True)])
        terms = Terms.of(
            {
                "price_monthly": Money(Decimal(one["monthly"]), "EUR"),
                "data_gb": Decimal(one["gb"]),
                "term": Period(int(one["months"])),
                "setup_fee": Money(Decimal("0.00"), "EUR"),
            }
        )
        offer = Offer(OfferId(one["quote"]), ProviderId("shop"), "mobile_plan", terms, binding=True)
        match one["kind"]:
            case "quote":
                return Heard(one["id"], [Propose(offer)], one.get("note", ""))
            case "agreed":
                return Heard(one["id"], [Accept(offer.id, terms)])
            case _:
                return Heard(one["id"], [Confirm(terms, offer.id, one["id"])])

    def status(self, reference: str) -> Sent:
        known = self.sent.get(reference)
        return Sent("delivered", known) if known else Sent("unknown")

    def resume_token(self) -> str:
        return json.dumps({"sent": self.sent, "waiting": self.waiting})

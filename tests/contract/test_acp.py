"""The ACP channel: the contract of all adapters in each version, and what a shop never hears."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from negotiators.adapter import Adapter, Refused
from negotiators.categories import shipped
from negotiators.channels.acp import AcpAdapter
from negotiators.channels.acp.documents import request_of
from negotiators.clock import SimClock
from negotiators.dialogue import Accept, Ask, Inquire, Leave, Offer, Reply
from negotiators.testkit import AdapterContract
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import Wiretap, tapped
from negotiators.wire import AddressRules, Limits
from tests.requirements import requirement
from tests.support.acpshop import KEY, AcpShop, acp_shop

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
ORDER: dict[str, Any] = {"items": [{"id": "tee", "quantity": 2}], "codes": ["SAVE10", "NOPE"]}


def adapter(patience: float = 5.0, key: str | None = KEY) -> AcpAdapter:
    async def tokens(host: str) -> str | None:
        return key

    rules = AddressRules(allow_loopback=True)
    return AcpAdapter(rules=rules, limits=Limits(total=patience), clock=SimClock(START), tokens=tokens)


class TestAcp20260116(AdapterContract):
    category = "purchase"
    order: ClassVar = {"items": [{"id": "tee", "quantity": 2}], "codes": ["SAVE10", "gegenbot-code"]}
    version = "2026-01-16"

    def adapter(self, patience: float) -> Adapter:
        return adapter(patience)

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with acp_shop(AcpShop(self.version)) as served:
            yield served.url


class TestAcp20260417(TestAcp20260116):
    version = "2026-04-17"


def stage_of(tap: Wiretap, key: str | None = KEY, settings: Mapping[str, Any] | None = None) -> Stage:
    return Stage(lambda: adapter(key=key), tap, "", shipped()["purchase"], ORDER, settings or {})


async def asked(shop: AcpShop, settings: Mapping[str, Any] | None = None) -> tuple[list[Offer], list[Reply]]:
    async with acp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap, settings=settings)
        async with stage.session() as session:
            _, replies = await stage.say(session, Ask())
    return offers_of(replies), replies


def price(offer: Offer) -> tuple[str, str]:
    return str(offer.terms["price"]), str(offer.terms.get("shipping"))


@pytest.mark.parametrize("version", ["2026-01-16", "2026-01-30", "2026-04-17", "2026-09-01"])
async def test_the_search_finds_the_cheapest_way_to_buy(version: str) -> None:
    offers, replies = await asked(AcpShop(version))
    assert price(offers[-1]) == ("45.00 EUR", "5.00 EUR")
    assert {price(offer) for offer in offers} == {
        ("45.00 EUR", "5.00 EUR"), ("50.00 EUR", "5.00 EUR"), ("50.00 EUR", "15.00 EUR"),
    }  # fmt: skip
    assert "code_not_applied:1" in replies[-1].problems and not any(offer.unread for offer in offers)


async def test_a_delivery_is_chosen_as_the_shop_keeps_it() -> None:
    offers, _ = await asked(AcpShop(flat=True))
    assert price(offers[-1]) == ("45.00 EUR", "5.00 EUR")


def test_requests_hold_what_their_version_names() -> None:
    body = {"line_items": [{"item": {"id": "tee"}, "quantity": 1}], "discounts": {"codes": []}}
    assert request_of(body, "2026-01-16", "EUR", create=True) == {"items": [{"id": "tee", "quantity": 1}]}
    assert request_of(body, "2026-04-17", "EUR", create=True) == {
        "line_items": [{"id": "tee"}], "currency": "eur", "capabilities": {},
    }  # fmt: skip
    assert request_of(body, "2026-04-17", "EUR", create=False) == {
        "line_items": [{"id": "tee"}], "discounts": {"codes": []},
    }  # fmt: skip


async def test_a_shop_that_says_nothing_of_itself_is_taken_at_the_files_address() -> None:
    offers, _ = await asked(AcpShop(says_so=False))
    assert price(offers[-1]) == ("45.00 EUR", "5.00 EUR")


async def test_a_delivery_that_wants_an_address_is_asked_of_nobody_and_not_taken_for_free() -> None:
    offers, replies = await asked(AcpShop(delivers=False))
    assert not any("shipping" in offer.terms for offer in offers)
    assert not any(isinstance(move, Inquire) for reply in replies for move in reply.moves)
    offers, _ = await asked(AcpShop(delivers=False), {"terms": {"shipping": "4.90"}})
    assert price(offers[-1]) == ("45.00 EUR", "4.90 EUR")


@requirement("secret:acp-hears-no-reasons")
@pytest.mark.parametrize("version", ["2026-01-16", "2026-04-17"])
async def test_a_shop_hears_goods_and_codes_and_never_why_how_much_or_who(version: str) -> None:
    shop = AcpShop(version)
    async with acp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap)
        async with stage.session() as session:
            _, replies = await stage.say(session, Ask())
            best = offers_of(replies)[-1]
            _, (taken,) = await stage.say(session, Accept(best.id, best.terms))
            await stage.say(session, Leave("too_expensive"))
    assert taken.moves == (Accept(best.id, best.terms),) and len(shop.cancelled) == 1
    said = [json.loads(one.body) for one in shop.heard if one.body]
    allowed = {"items", "line_items", "currency", "capabilities", "discounts", "fulfillment_option_id",
               "selected_fulfillment_options"}  # fmt: skip
    assert said[-1] == {} and all(set(one) <= allowed for one in said)
    assert not any(one.path.endswith("/complete") for one in shop.heard)


async def test_without_a_key_of_the_person_nobody_is_asked() -> None:
    shop = AcpShop()
    async with acp_shop(shop) as served, tapped(served.url) as tap:
        with pytest.raises(Refused):
            async with stage_of(tap, key=None).session():
                pass
    assert {one.path for one in shop.heard} == {"/.well-known/acp.json"}


def _tip(found: dict[str, Any]) -> dict[str, Any]:
    totals = [*found["totals"][:-1], {"type": "tip", "amount": 300}, {**found["totals"][-1]}]
    totals[-1]["amount"] += 300
    return {**found, "totals": totals}


async def test_a_total_nobody_can_place_makes_the_offer_incomplete() -> None:
    offers, _ = await asked(AcpShop(twist=_tip))
    assert offers and all("tip" in offer.unread for offer in offers)


@pytest.mark.parametrize(
    "twist",
    [
        lambda found: {**found, "totals": [*found["totals"][:-1], {"type": "total", "amount": 1}]},
        lambda found: {**found, "line_items": [{"id": "x", "quantity": 1, "item": {"id": "mug"}}]},
        lambda found: {**found, "order": {"id": "o-1"}},
        lambda found: {**found, "totals": [{"type": "total", "amount": 4500.5}]},
    ],
    ids=["totals differ", "other goods", "ordered unasked", "no whole amount"],
)
async def test_what_a_shop_does_otherwise_makes_no_offer(twist: Any) -> None:
    offers, replies = await asked(AcpShop(twist=twist))
    assert offers == [] and replies[-1].problems


@pytest.mark.parametrize("base", ["http://127.0.0.1.evil.example/", "http://127.0.0.1:1/", "https://other.example"])
async def test_a_shop_that_sends_us_elsewhere_is_refused_and_hears_no_key(base: str) -> None:
    shop = AcpShop(base=base)
    async with acp_shop(shop) as served, tapped(served.url) as tap:
        with pytest.raises(Refused):
            async with stage_of(tap).session():
                pass
    assert not any("authorization" in one.headers for one in shop.heard)

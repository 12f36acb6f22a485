"""The MCP channel against servers on the vendor's own SDK, and the contract of all adapters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from negotiators.adapter import Adapter, DeliveryState, Unsupported
from negotiators.categories import shipped
from negotiators.channels.faults import ExchangeFailed
from negotiators.channels.mcp import McpAdapter
from negotiators.channels.mcp.catalogue import goods_in
from negotiators.channels.mcp.exchange import Exchange
from negotiators.channels.payload.fields import Problems
from negotiators.clock import SimClock
from negotiators.dialogue import Ask
from negotiators.testkit import AdapterContract, rehearsal
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import tapped
from negotiators.wire import AddressRules, Limits
from tests.support.mcpshop import mcp_shop
from tests.support.peer import http, peer

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
LOOPBACK = AddressRules(allow_loopback=True)


def adapter(patience: float = 10.0) -> McpAdapter:
    return McpAdapter(rules=LOOPBACK, limits=Limits(total=patience), clock=SimClock(START))


class TestMcp(AdapterContract):
    category = "purchase"
    order: ClassVar = {"items": [{"id": "roses"}, {"id": "tulips"}]}
    settings: ClassVar = {"terms": {"shipping": "4.90"}}
    patience = 2.0
    company_logs = ("uvicorn", "mcp.server", "sse_starlette")

    def adapter(self, patience: float) -> Adapter:
        return adapter(patience)

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with mcp_shop() as url:
            yield url


async def asked(url: str, order: Mapping[str, Any]) -> tuple[list[str], Any]:
    base, _, path = url.removeprefix("http://").partition("/")
    async with tapped(f"http://{base}") as tap:
        stage = Stage(adapter, tap, f"/{path}", shipped()["purchase"], order, {"terms": {"shipping": "0.00"}})
        async with stage.session() as session:
            delivery, replies = await stage.say(session, Ask())
    return [str(offer.terms["price"]) for offer in offers_of(replies)], delivery


@pytest.mark.parametrize("stateless", [True, False])
@pytest.mark.parametrize("older", [True, False])
async def test_goods_are_searched_in_both_dialects_with_and_without_sessions(older: bool, stateless: bool) -> None:
    async with mcp_shop(older=older, stateless=stateless) as url:
        prices, _ = await asked(url, {"search": "o"})
    assert prices == (["35.00 EUR", "15.00 EUR"] if older else ["35.00 EUR"]), "what is gone is not offered"


async def test_named_items_are_looked_up_and_counted() -> None:
    async with mcp_shop() as url:
        prices, _ = await asked(url, {"items": [{"id": "tulips", "quantity": 3}]})
        nothing, delivery = await asked(url, {"items": ["orchids"]})
    assert prices == ["90.00 EUR"]
    assert nothing == [] and delivery.state is DeliveryState.FAILED and delivery.error == "refused:nothing_found"


async def test_a_named_product_of_an_older_storefront_is_looked_up_as_a_real_one_answers() -> None:
    async with mcp_shop(older=True) as url:
        prices, _ = await asked(url, {"items": [{"id": "gid://shopify/Product/7001", "quantity": 2}]})
        nothing, delivery = await asked(url, {"items": ["gid://shopify/Product/7002"]})
    assert prices == ["236.00 EUR"]
    assert nothing == [] and delivery.error == "refused:nothing_found"


async def test_an_order_no_tool_fits_is_unsupported() -> None:
    async with mcp_shop() as url:
        with pytest.raises(Unsupported):
            await asked(url, {"codes": ["TENOFF"], "search": ""})


async def test_the_address_is_found_in_a_ucp_profile_on_the_same_host() -> None:
    async with mcp_shop() as url:
        listed = [{"version": "2026-04-08", "transport": "mcp", "endpoint": url}]

        async def profile(said: Any, writer: Any) -> None:
            writer.write(http({"ucp": {"version": "2026-04-08", "services": {"dev.ucp.shopping": listed}}}))

        async with peer(profile) as served:
            card = await adapter().discover(rehearsal.probe(served.url))
    assert card.details["endpoint"] == url and card.extensions == ("search_catalog", "lookup_catalog")


async def test_a_tool_that_fails_is_a_refusal_and_words_without_data_are_malformed() -> None:
    async with mcp_shop() as url:
        exchange = Exchange(url, LOOPBACK, Limits(total=10))
        with pytest.raises(ExchangeFailed) as refused:
            await exchange.call("lookup_catalog", [{"catalog": {"nothing": 1}}])
        with pytest.raises(ExchangeFailed) as unread:
            await exchange.call("say_hello", [{}])
    assert refused.value.refused and unread.value.malformed


@pytest.mark.parametrize(
    "price",
    [
        {"amount": 12.5, "currency": "EUR"},
        {"amount": 1250},
        {"amount": True, "currency": "EUR"},
        {"amount": 12.5, "currencyCode": "EUR"},
        {"amount": True, "currencyCode": "EUR"},
        {"amount": "12.50", "currencyCode": ""},
        "1e3",
        "12,50",
        None,
        [1250],
    ],
)
def test_a_price_that_is_not_exact_is_left_out(price: object) -> None:
    problems = Problems()
    answer = {"products": [{"id": "p", "variants": [{"id": "v", "price": price}]}]}
    assert list(goods_in(answer, problems)) == [] and problems.codes() == ("bad_price:v",)


def test_an_older_tool_that_answers_like_the_graphql_interface_behind_it_is_read_in_whole_units() -> None:
    """A public mock of the older tools answers so: the price would be a hundredth if it were taken for minor units."""

    def variant(name: str, amount: str, sold: bool) -> dict[str, Any]:
        price = {"amount": amount, "currencyCode": "JPY" if name == "y" else "EUR"}
        return {"id": name, "title": name, "price": price, "availableForSale": sold, "compareAtPrice": price}

    tee = {"id": "tee", "title": "Tee", "variants": [variant("s", "12", True), variant("m", "12.50", False)]}
    cap = {"id": "cap", "title": "Cap", "variants": {"nodes": [variant("y", "1200", True)]}}
    cap["priceRange"] = {"minVariantPrice": {"amount": "1200", "currencyCode": "JPY"}}
    problems = Problems()
    found = list(goods_in({"nodes": [tee, cap], "userErrors": []}, problems))
    assert [(one.id, str(one.price), one.unread) for one in found] == [("s", "12.00 EUR", ()), ("y", "1200 JPY", ())]
    assert [one.id for one in goods_in({"product": tee}, problems)] == ["s"] and problems.codes() == ()


def test_what_a_shop_says_of_shipping_and_shelves_is_no_charge() -> None:
    """The fields a public recording of a live UCP catalogue (2026-04-08) has beside the price."""
    price = {"amount": 4000, "currency": "CAD"}
    variant = {
        "id": "v1", "sku": "", "title": "Small / Green", "price": price, "availability": {"available": True},
        "requires": {"shipping": True}, "checkout_url": "https://shop.example/cart/1:1",
    }  # fmt: skip
    product = {
        "id": "p1", "title": "Tee", "handle": "tee", "gift_card": False, "variants": [variant],
        "price_range": {"min": price, "max": price}, "list_price_range": {"min": price, "max": price},
        "collections": [{"id": "c1", "handle": "tops", "title": "Tops", "description": {"html": "from 10 CAD"}}],
    }  # fmt: skip
    (goods,) = goods_in({"products": [product]}, Problems())
    assert (str(goods.price), goods.unread) == ("40.00 CAD", ())


def test_the_sdk_is_not_loaded_before_it_is_used() -> None:
    source = "import sys, negotiators.channels.mcp as m\nm.McpAdapter()\nprint('mcp' in sys.modules, 'httpx2' in sys.modules)"
    root = Path(__file__).parents[2]
    out = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=root, check=True, timeout=60
    )
    assert out.stdout.split() == ["False", "False"]

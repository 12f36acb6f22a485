"""Amounts under names a category does not know: over every channel they stand on the offer as unread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from negotiators.categories import shipped
from negotiators.channels.mcp.catalogue import goods_in
from negotiators.channels.payload import EXTENSION_URI, PayloadContext, read_payload
from negotiators.channels.payload.charges import is_charge
from negotiators.channels.payload.fields import Problems
from negotiators.channels.payload.terms import MAX_TERMS
from negotiators.dialogue import MessageId, Propose, ProviderId
from negotiators.testkit.stage import offers_of
from negotiators.testkit.wiretap import tapped
from tests.contract.test_looking import SHIPPING, page, plans
from tests.contract.test_ucp import ORDER, asked_for, stage_of
from tests.requirements import requirement
from tests.support.sites import PLAN_MAPPING
from tests.support.ucpshop import UcpShop, ucp_shop

TOTALS = {"type": "eco_levy", "display_text": "Eco levy", "amount": 300}


def in_totals(found: dict[str, Any]) -> dict[str, Any]:
    found["totals"][-1]["amount"] += 300
    found["totals"].insert(-1, TOTALS)
    return found


def in_a_line(found: dict[str, Any]) -> dict[str, Any]:
    found["line_items"][0]["totals"] = [{"type": "subtotal", "amount": 3500}, TOTALS]
    return found


def beside(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "com.shop.terms": {"security": {"amount": 5000, "currency": "EUR"}}}


def named_only(found: dict[str, Any]) -> dict[str, Any]:
    found["line_items"][0]["item"]["deposit"] = "on request"
    return found


def nothing_unknown(found: dict[str, Any]) -> dict[str, Any]:
    found["totals"].insert(-1, {**TOTALS, "amount": 0})
    found["line_items"][0]["item"]["list_price"] = 4900
    return {**found, "com.shop.points": {"earned": 12}, "deposit": 0}


@requirement("mandate:unread-amount-on-every-channel")
@pytest.mark.parametrize(
    ("twist", "names"),
    [
        (in_totals, ("eco_levy",)), (in_a_line, ("eco_levy",)), (beside, ("com.shop.terms",)),
        (named_only, ("deposit",)), (nothing_unknown, ()),
    ],
    ids=["totals", "line", "beside", "named", "nothing"],
)  # fmt: skip
async def test_a_shop_s_unknown_amounts_are_named_on_its_offers(twist: Any, names: tuple[str, ...]) -> None:
    async with ucp_shop(UcpShop("2026-04-08", twist)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
    assert offers and {offer.unread for offer in offers} == {names}


@requirement("mandate:unread-amount-on-every-channel")
@pytest.mark.parametrize(
    ("column", "cell", "ignored", "names"),
    [
        ("Anschlussgebühr", "39,99", False, ("Anschlussgebuehr",)), ("Sonstiges", "4,99 €", False, ("Sonstiges",)),
        ("Deposit", "on request", False, ("Deposit",)), ("Anschlussgebühr", "0,00", False, ()),
        ("UVP", "29,99 €", True, ()), ("Netz", "5G", False, ()), ("Lieferzeit", "3 Tage", False, ()),
        ("Kaution", "", False, ()),
    ],
)  # fmt: skip
async def test_a_price_list_s_unknown_amounts_are_named_on_its_rows(
    column: str, cell: str, ignored: bool, names: tuple[str, ...]
) -> None:
    listed = f"Nr;Tarif;Preis;GB;Laufzeit;{column}\n1;Klein;7,99;5;24;{cell}\n"
    settings = {**PLAN_MAPPING, "ignore": [column]} if ignored else PLAN_MAPPING
    (offer,), _ = await plans(listed, settings)
    assert offer.unread == names


async def test_a_fee_whose_cell_cannot_be_read_is_named_too() -> None:
    settings: Mapping[str, Any] = {**PLAN_MAPPING, "columns": {**PLAN_MAPPING["columns"], "setup_fee": "Start"}}  # type: ignore[dict-item]
    (offer,), reply = await plans("Nr;Tarif;Preis;GB;Laufzeit;Start\n1;Klein;7,99;5;24;ca. 30\n", settings)
    assert offer.unread == ("Start",) and "bad_cell:setup_fee" in reply.problems


HEAD = '<html><head><script type="application/ld+json">{"@type": "Product", "name": "Pot", "offers": {"@type": "Offer",'
LEVY = '{"@type": "UnitPriceSpecification", "priceComponentType": "https://schema.org/CleaningFee", "price": "9.00"}'
POST = '{"@type": "DeliveryChargeSpecification", "price": "4.90", "priceCurrency": "EUR"}'
RATES = '[{"shippingRate": {"value": "3.90"}}, {"shippingRate": {"value": "12.00"}}]'


def marked(more: str) -> str:
    return f'{HEAD}"price": "15.00", "priceCurrency": "EUR", {more}}}}}</script></head><body><h1>Pot</h1></body></html>'


def items(inner: str) -> str:
    return f"""<html><body itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Pot</h1>
    <div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><span itemprop="price" content="15.00">15</span>
    <meta itemprop="priceCurrency" content="EUR"><div itemprop="priceSpecification" itemscope {inner}</div></div></body>"""


MICRODATA = items('itemtype="https://schema.org/PaymentChargeSpecification"><meta itemprop="price" content="2.50">')
LINKED = items(
    'itemtype="https://schema.org/UnitPriceSpecification"><meta itemprop="price" content="2.50">'
    '<link itemprop="priceComponentType" href="https://schema.org/Installation">'
)


@requirement("mandate:unread-amount-on-every-channel")
@pytest.mark.parametrize(
    ("content", "shipping", "names"),
    [
        (marked(f'"priceSpecification": [{LEVY}]'), "4.90", ("CleaningFee",)),
        (marked('"priceSpecification": {"name": "Pfand", "price": 0.25}'), "4.90", ("Pfand",)),
        (marked('"priceSpecification": {"priceComponent": [' + LEVY + "]}"), "4.90", ("CleaningFee",)),
        (marked(f'"priceSpecification": {POST}'), "4.90", ()),
        (marked('"priceSpecification": {"priceType": "https://schema.org/ListPrice", "price": "19"}'), "4.90", ()),
        (marked('"priceSpecification": {"price": "30.00", "referenceQuantity": {"value": 1}}'), "4.90", ()),
        (marked('"shippingDetails": {"shippingRate": {"value": 3.9, "currency": "EUR"}}'), "3.90", ()),
        (MICRODATA, "4.90", ("PaymentChargeSpecification",)), (LINKED, "4.90", ("Installation",)),
    ],
    ids=["component", "named", "compound", "delivery", "list price", "per unit", "shipping", "microdata", "link"],
)  # fmt: skip
async def test_a_page_s_charges_are_placed_or_named(content: str, shipping: str, names: tuple[str, ...]) -> None:
    (offer,) = offers_of([await page(content)])
    assert (str(offer.terms["price"]), str(offer.terms["shipping"])) == ("15.00 EUR", f"{shipping} EUR")
    assert offer.unread == names


@pytest.mark.parametrize(("settings", "names"), [(SHIPPING, ()), ({}, ("DeliveryChargeSpecification",))])
async def test_of_several_deliveries_the_person_s_file_says_which_counts(
    settings: Mapping[str, Any], names: tuple[str, ...]
) -> None:
    (offer,) = offers_of([await page(marked(f'"shippingDetails": {RATES}'), settings)])
    assert offer.unread == names and ("shipping" in offer.terms) is not bool(names)


@requirement("mandate:unread-amount-on-every-channel")
@pytest.mark.parametrize(
    ("more", "names"),
    [
        ({"deposit": {"amount": 2500, "currency": "EUR"}}, ("deposit",)), ({"fees": [{"amount": 100}]}, ("fees",)),
        ({"list_price": {"amount": 5000, "currency": "EUR"}}, ()), ({"recyclingFee": 0}, ()),
    ],
)  # fmt: skip
def test_a_catalogue_s_unknown_amounts_are_named_on_its_goods(more: dict[str, Any], names: tuple[str, ...]) -> None:
    variant = {"id": "v", "price": {"amount": 3500, "currency": "EUR"}}
    for answer in ({"id": "p", "variants": [{**variant, **more}]}, {"id": "p", "variants": [variant], **more}):
        (found,) = goods_in({"products": [answer]}, Problems())
        assert found.unread == names


@requirement("mandate:unread-amount-on-every-channel")
def test_an_offer_of_a_bare_bot_names_what_it_charges_on_top() -> None:
    specified = [
        {"price": "1.00", "priceComponentType": "https://schema.org/DistanceFee"},
        {"price": "80.00", "priceComponentType": "ActivationFee", "priceCurrency": "EUR"},
        {"price": "20.00", "priceComponentType": "Installation", "priceCurrency": "EUR"},
    ]
    bare = {
        "@type": "Offer",
        "price": "9.00",
        "priceCurrency": "EUR",
        "unitCode": "MON",
        "priceSpecification": specified,
    }
    context = PayloadContext(shipped()["mobile_plan"], ProviderId("x"), MessageId("m-1"))
    (move,) = read_payload(bare, context).moves
    assert isinstance(move, Propose)
    assert str(move.offer.terms["setup_fee"]) == "80.00 EUR" and move.offer.unread == ("DistanceFee", "Installation")


def test_a_fee_behind_more_terms_than_are_read_leaves_its_mark() -> None:
    terms = {f"x{number}": {"type": "choice", "value": "a"} for number in range(MAX_TERMS)}
    terms = {
        "price_monthly": {"type": "money", "value": "9.00", "unit": "EUR"},
        **terms,
        "fee": {"value": "1", "unit": "EUR"},
    }
    body = {"type": EXTENSION_URI, "act": "propose", "offer_id": "o", "terms": terms}
    context = PayloadContext(shipped()["mobile_plan"], ProviderId("x"), MessageId("m-1"))
    (move,) = read_payload(body, context).moves
    assert isinstance(move, Propose) and "?" in move.offer.unread


@pytest.mark.parametrize(
    "name", ["serviceFee", "Deposit (EUR)", "Anschlussgebühr", "fuel_surcharge", "Reinigungskosten"]
)
def test_names_that_charge(name: str) -> None:
    assert is_charge(name)


@pytest.mark.parametrize("name", ["Coffee", "Feedback", "Lieferzeit", "Grundpreis", "Premium", "title"])
def test_names_that_do_not(name: str) -> None:
    assert not is_charge(name)

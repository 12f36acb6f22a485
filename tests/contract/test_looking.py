"""Pages and price lists: what is read from them, how politely, and what is left out aloud."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.language.pages import page_prices
from negotiators.adapter import Refused
from negotiators.categories import shipped
from negotiators.channels.feed import FeedAdapter
from negotiators.channels.feed.mapping import MappingError, read_mapping
from negotiators.channels.web import WebAdapter
from negotiators.clock import SimClock
from negotiators.dialogue import Ask, Offer, Reply, Standing
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import Wiretap, tapped
from negotiators.wire import AddressRules, Limits
from tests.support.sites import PLAN_MAPPING, PLANS, TULIPS, Files, site

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
SHIPPING = {"terms": {"shipping": "4.90"}}


class Visit:
    """One adapter at one site, with a clock that is moved by hand."""

    def __init__(self, tap: Wiretap, path: str, category: str, settings: Mapping[str, Any]) -> None:
        self.clock = SimClock(START)
        rules, limits = AddressRules(allow_loopback=True), Limits(total=5)
        kind: Any = FeedAdapter if path.endswith(("csv", "jsonl", "xml")) else WebAdapter
        reader = {} if kind is FeedAdapter else {"reader": page_prices}
        adapter = kind(rules=rules, limits=limits, clock=self.clock, **reader)
        self.tap = tap
        self.stage = Stage(lambda: adapter, tap, path, shipped()[category], {}, settings)

    async def look(self) -> Reply:
        async with self.stage.session() as session:
            delivery, replies = await self.stage.say(session, Ask())
            assert replies, delivery
            return replies[0]


async def looked(files: Files, path: str, category: str, settings: Mapping[str, Any], **more: Any) -> Reply:
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(site(files, **more))
        tap = await stack.enter_async_context(tapped(served.url))
        return await Visit(tap, path, category, settings).look()


async def page(content: str, settings: Mapping[str, Any] = SHIPPING, kind: str = "text/html") -> Reply:
    return await looked({"/p": (kind, content)}, "/p", "purchase", settings)


MICRODATA = """<html><body itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Pot</h1>
<div itemprop="offers" itemscope itemtype="https://schema.org/Offer"><span itemprop="price" content="15.00">15</span>
<meta itemprop="priceCurrency" content="EUR"></div></body></html>"""
RDFA = """<html><body vocab="https://schema.org/" typeof="Product"><h1 property="name">Pot</h1>
<div property="offers" typeof="Offer"><span property="price" content="15.00">15</span>
<meta property="priceCurrency" content="EUR"></div></body></html>"""
OPENGRAPH = """<html><head><meta property="og:title" content="Pot"><meta property="product:price:amount" content="15.00">
<meta property="product:price:currency" content="EUR"></head><body><h1>Pot</h1></body></html>"""
VISIBLE = "<html><body><h1>Pot</h1><div class='price'>15,00 €</div></body></html>"


@pytest.mark.parametrize(
    ("content", "standing"),
    [(MICRODATA, Standing.TYPED), (RDFA, Standing.TYPED), (OPENGRAPH, Standing.TYPED), (VISIBLE, Standing.CLAIMED)],
    ids=["microdata", "rdfa", "opengraph", "visible"],
)
async def test_a_price_in_markup_is_typed_and_one_that_is_only_seen_is_claimed(
    content: str, standing: Standing
) -> None:
    (offer,) = offers_of([await page(content)])
    assert str(offer.terms["price"]) == "15.00 EUR" and str(offer.terms["shipping"]) == "4.90 EUR"
    assert {item.standing for item in offer.evidence if item.issue == "price"} == {standing}
    assert offer.valid_until == START + timedelta(days=3)


@pytest.mark.parametrize(("stated", "pieces"), [({}, "1"), ({"quantity": "6"}, "6")], ids=["one", "a pack of six"])
async def test_a_price_is_of_one_piece_where_nobody_says_otherwise(stated: dict[str, str], pieces: str) -> None:
    (offer,) = offers_of([await page(MICRODATA, {"terms": stated})])
    assert str(offer.terms["quantity"]) == pieces


async def test_json_ld_with_its_validity() -> None:
    (offer,) = offers_of([await page(TULIPS)])
    assert str(offer.terms["price"]) == "24.90 EUR"
    soon = TULIPS.replace("2026-11-30", "2026-11-22")
    (offer,) = offers_of([await page(soon)])
    assert offer.valid_until == datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)


async def test_the_title_in_the_file_chooses_among_several_prices() -> None:
    two = TULIPS.replace("</head>", MICRODATA.partition("<body")[0] + "</head>").replace(
        "</body>", '<div itemscope itemtype="https://schema.org/Product"><b itemprop="name">Vase</b><div itemprop="offers" '
        'itemscope itemtype="https://schema.org/Offer"><i itemprop="price" content="9.50">9.50</i>'
        '<meta itemprop="priceCurrency" content="EUR"></div></div></body>')  # fmt: skip
    (vase,) = offers_of([await page(two, {**SHIPPING, "title": "vase"})])
    (tulips,) = offers_of([await page(two)])
    assert (str(vase.terms["price"]), str(tulips.terms["price"])) == ("9.50 EUR", "24.90 EUR")


async def test_a_price_without_a_currency_is_a_claim() -> None:
    reply = await page(TULIPS.replace('"priceCurrency": "EUR", ', ""))
    (offer,) = offers_of([reply])
    assert not offer.typed and "currency_assumed" in reply.problems


async def test_a_page_in_an_old_charset_is_read() -> None:
    content = VISIBLE.replace("€", "EUR").replace("Pot", "T\u00f6pfchen").encode("latin-1")
    reply = await looked({"/p": ("text/html; charset=iso-8859-1", content)}, "/p", "purchase", SHIPPING)
    assert reply.text is not None and "T\u00f6pfchen" in reply.text.reveal()


@pytest.mark.parametrize("robots", ["User-agent: *\nDisallow: /p\n", "User-agent: Gegenbot\nDisallow: /\n"])
async def test_what_robots_txt_forbids_is_not_fetched(robots: str) -> None:
    async with site({"/p": ("text/html", TULIPS)}, robots) as served, tapped(served.url) as tap:
        with pytest.raises(Refused, match="robots"):
            await Visit(tap, "/p", "purchase", SHIPPING).look()
        assert [one.path for one in tap.asked] == ["/robots.txt"]


async def test_a_site_without_robots_txt_may_be_read() -> None:
    reply = await looked({"/p": ("text/html", TULIPS)}, "/p", "purchase", SHIPPING, robots=None)
    assert offers_of([reply])


async def test_a_page_is_not_fetched_twice_in_a_row_and_robots_once_a_day() -> None:
    robots = "User-agent: *\nCrawl-delay: 300\n"
    async with site({"/p": ("text/html", TULIPS)}, robots) as served, tapped(served.url) as tap:
        visit = Visit(tap, "/p", "purchase", SHIPPING)
        for minutes in (0, 4, 1):
            visit.clock.advance(timedelta(minutes=minutes))
            await visit.look()
    assert [one.path for one in tap.asked] == ["/robots.txt", "/p", "/p"], "five minutes are the site's own pause"


# -- price lists


async def plans(content: str, settings: Mapping[str, Any] = PLAN_MAPPING) -> tuple[list[Offer], Reply]:
    reply = await looked({"/f.csv": ("text/csv", content)}, "/f.csv", "mobile_plan", settings)
    return offers_of([reply]), reply


async def test_rows_become_offers_the_cheapest_last() -> None:
    offers, reply = await plans(PLANS)
    assert [str(offer.terms["price_monthly"]) for offer in offers] == ["19.99 EUR", "12.50 EUR", "7.99 EUR"]
    assert offers[1].terms.texts() == {"data_gb": "20", "price_monthly": "12.5 EUR", "term": "P1M"}
    assert all(offer.typed for offer in offers) and reply.problems == ()


async def test_only_rows_that_count_are_offered() -> None:
    offers, _ = await plans(PLANS, {**PLAN_MAPPING, "where": {"Netz": "5G"}, "terms": {"setup_fee": "0.00"}})
    assert [str(offer.terms["price_monthly"]) for offer in offers] == ["19.99 EUR", "12.50 EUR"]
    assert str(offers[0].terms["setup_fee"]) == "0.00 EUR"


async def test_what_cannot_be_read_is_said_and_the_rest_goes_on() -> None:
    broken = PLANS + "4;Ohne;;10;1;5G\n5;Ungenau;ca. 9;10;1;5G\n6;Halb;9,50;viel;1;5G\n"
    offers, reply = await plans(broken)
    assert len(offers) == 4 and "data_gb" not in offers[-2].terms
    assert {"row_without_price", "bad_cell:price_monthly", "bad_cell:data_gb"} <= set(reply.problems)


async def test_of_a_long_list_the_cheapest_rows_are_taken_and_the_rest_is_counted() -> None:
    rows = "".join(f"{n};T{n};{n},00;20;1;5G\n" for n in range(1, 101))
    offers, reply = await plans(PLANS.partition("\n")[0] + "\n" + rows)
    assert len(offers) == 40 and str(offers[-1].terms["price_monthly"]) == "1.00 EUR"
    assert "dearer_rows_left_out:60" in reply.problems


async def test_the_last_day_of_a_price_is_read_in_both_spellings() -> None:
    dated = "Preis;GB;Laufzeit;Bis\n9,00;20;1;30.11.2026\n8,00;20;1;2026-12-24\n7,00;20;1;bald\n"
    offers, reply = await plans(dated, {**PLAN_MAPPING, "title": "", "id": "", "valid_until": "Bis"})
    assert [offer.valid_until.day for offer in offers if offer.valid_until] == [
        30,
        24,
        25,
    ] and "bad_day" in reply.problems


@pytest.mark.parametrize(
    ("change", "named"),
    [({"colour": "x"}, "colour"), ({"columns": {"data_gb": "GB"}}, "price_monthly"), ({"units": {"term": "moon"}}, "units.term"),
     ({"columns": {"price_monthly": "P", "speed": "S"}}, "columns.speed"), ({"decimal": ";"}, "decimal")],
)  # fmt: skip
def test_a_mapping_that_cannot_be_used_is_named(change: Mapping[str, Any], named: str) -> None:
    with pytest.raises(MappingError, match=named):
        read_mapping({**PLAN_MAPPING, **change}, shipped()["mobile_plan"])

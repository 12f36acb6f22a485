"""RSS and Atom as price lists, and the currency an amount says itself."""

from __future__ import annotations

import pytest

from negotiators.categories import shipped
from negotiators.channels.feed.items import NotXml, items_in
from negotiators.channels.feed.mapping import Row, read_mapping, rows_in
from negotiators.channels.payload.fields import Problems
from tests.contract.test_looking import looked
from tests.requirements import requirement
from tests.support.sites import VASE_MAPPING, VASES

PURCHASE = shipped()["purchase"]

ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<!-- <entry><title>hidden</title></entry> -->
<entry><id>tag:1</id><title type="html">Vase &amp; Pot</title><link rel="alternate" href="https://vases.example/1"/>
<g:price>12.50 EUR</g:price></entry></feed>"""


def rows(content: str | bytes, **mapping: object) -> tuple[list[Row], tuple[str, ...]]:
    form = "xml" if isinstance(content, bytes) else "csv"
    problems = Problems()
    read = read_mapping({"format": form, "columns": {"price": "price"}} | mapping, PURCHASE)
    return list(rows_in(content, read, PURCHASE, problems)), problems.codes()


def item(inner: str) -> bytes:
    return f"<rss xmlns:g='http://base.google.com/ns/1.0'><channel><item>{inner}</item></channel></rss>".encode()


async def test_a_shops_feed_is_read_with_its_delivery_and_the_charset_it_names() -> None:
    reply = await looked({"/v.xml": ("application/rss+xml", VASES)}, "/v.xml", "purchase", VASE_MAPPING)
    offers = [move.offer for move in reply.moves]  # type: ignore[union-attr]
    assert [str(offer.terms["price"]) for offer in offers] == ["39.00 EUR", "35.00 EUR"]
    assert {str(offer.terms["shipping"]) for offer in offers} == {"4.90 EUR"}
    assert not any(offer.unread for offer in offers)
    assert reply.text is not None and reply.text.reveal() == "Vase blau\nVase grün"


def test_an_entry_of_atom_is_read_and_a_comment_is_not() -> None:
    assert list(items_in(ATOM)) == [
        {"id": "tag:1", "title": "Vase & Pot", "link": "https://vases.example/1", "g:price": "12.50 EUR"}
    ]


@requirement("untrusted:feeds-load-nothing")
@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><title>&a;</title></item></rss>',
        b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><rss><item><title>&b;</title></item></rss>',
        b'<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd"><rss><item/></rss>',
    ],
)
def test_a_feed_with_a_dtd_is_refused(body: bytes) -> None:
    with pytest.raises(NotXml):
        list(items_in(body))


@requirement("untrusted:feeds-load-nothing")
def test_a_dtd_in_another_charset_declares_nothing_that_is_read() -> None:
    secret = '<!DOCTYPE r [<!ENTITY a "expanded">]><rss><item><title>&a;!</title></item></rss>'.encode("utf-16")
    try:
        found = list(items_in(secret))
    except NotXml:
        return
    assert "expanded" not in str(found)


@pytest.mark.parametrize("body", [b"", b"no xml", b"<rss><item>", b"\x00\xff", b"<rss>" * 5000])
def test_what_is_no_feed_is_said(body: bytes) -> None:
    assert rows(body) == ([], ("bad_xml",))


def test_items_before_a_fault_are_read_and_the_fault_is_said() -> None:
    found, problems = rows(item("<price>5 EUR</price>") + b"<rss>")
    assert [str(row.terms["price"]) for row in found] == ["5.00 EUR"] and problems == ("bad_xml",)


def test_two_deliveries_that_differ_are_no_delivery() -> None:
    shipping = "".join(f"<g:shipping><g:price>{price} EUR</g:price></g:shipping>" for price in ("4.90", "9.90"))
    body = item("<price>35 EUR</price>" + shipping)
    (row,), problems = rows(body, columns={"price": "price", "shipping": "g:shipping/g:price"})
    assert "shipping" not in row.terms and problems == ("bad_cell:shipping",) and row.unread
    (row,), _ = rows(body)
    assert row.unread, "an amount nobody placed makes the offer incomplete"


@requirement("mandate:a-currency-is-the-amounts-own")
@pytest.mark.parametrize(
    ("cell", "mapping", "price"),
    [
        ("12.50 EUR", {}, "12.50 EUR"),
        ("12.50 CHF", {}, "12.50 CHF"),
        ("£12.50", {}, "12.50 GBP"),
        ("$12.50", {"currency": "CAD"}, "12.50 CAD"),
        ("12.50", {"currency": "USD"}, "12.50 USD"),
        ("12.50 CHF", {"currency": "EUR"}, None),
        ("$12.50", {}, None),
        ("€ 12.50 CHF", {}, None),
    ],
)
def test_an_amount_is_in_the_currency_beside_it_or_unread(
    cell: str, mapping: dict[str, str], price: str | None
) -> None:
    found, _ = rows(f"price\n{cell}\n", **mapping)
    assert [str(row.terms["price"]) for row in found] == ([price] if price else [])

"""A shop's page for the web channel: its prices as plain values. Handed to the channel, which does not read text."""

from __future__ import annotations

import re

from agent.language.htmltext import MAX_HTML
from agent.language.mailfile import decode_bytes
from agent.language.webpage import PageOffer, read_page
from negotiators.channels.web import PageCharge, PagePrice

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]{3,20})", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,80}charset\s*=\s*[\"']?([\w-]{3,20})", re.IGNORECASE)
MAX_PRICES = 60


def page_prices(body: bytes, kind: str) -> list[PagePrice]:
    """Every price of a page, markup first. `kind` is its media type with parameters."""
    stated, meta = _CHARSET.search(kind), _META.search(body[:4096])
    charset = stated[1] if stated else meta[1].decode("ascii") if meta else None
    html, _ = decode_bytes(body[: MAX_HTML * 2], charset)
    page = read_page(html)
    shown = list(page.offers[:MAX_PRICES])
    if page.main_offer is not None and page.main_offer not in shown:
        shown.append(page.main_offer)
    return [_price(offer, offer == page.main_offer, page.title) for offer in shown]


def _price(offer: PageOffer, main: bool, title: str | None) -> PagePrice:
    charges = tuple(PageCharge(name, amount) for name, amount in offer.charges)
    return PagePrice(
        offer.name or title or "", offer.amount, offer.currency, offer.source, offer.quote, offer.valid_until, main,
        charges,
    )  # fmt: skip

"""A shop page as offers: what its markup says, else the price a visitor sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from agent.language.amounts import find_amounts
from agent.language.htmltext import is_hidden, parse_html, readable_text
from agent.language.markup import MarkedOffer, marked_offers
from agent.language.pricetags import read_price_tag

if TYPE_CHECKING:
    from lxml.html import HtmlElement


@dataclass(frozen=True, slots=True)
class PageOffer:
    """One offer of a page: `source` is the markup's syntax or `visible`; `quote` what stood there."""

    name: str | None
    amount: Decimal
    currency: str | None
    source: str
    quote: str
    valid_until: str | None = None
    charges: tuple[tuple[str, Decimal | None], ...] = ()
    """What the markup charges on top, by schema.org's names; `None` where the amount is no figure."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """The page's readable text, title and offers; `main_offer` is the product the page is about."""

    text: str = ""
    title: str | None = None
    offers: tuple[PageOffer, ...] = ()
    main_offer: PageOffer | None = None


_GOOD = re.compile(r"price|preis|buybox|amount|betrag|cost", re.IGNORECASE)
_OLD = re.compile(
    r"strike|strik|old|was[-_]?price|before|list[-_]?price|rrp|uvp|msrp|basis|original|regular|cross|retail|"
    r"reference|compare|barred|saving|ersparnis|(?<!with-)(?<!with_)discount(?!(?:ed)?[-_]?price)|availab|pick-?up|"
    r"unit[-_]?price|per[-_]?unit|grundpreis|base[-_]?price|shipping|versand|delivery|rate|instal|monthly|"
    r"finance|used|gebraucht|trade|warranty|"
    r"garantie|insurance|coupon|voucher|lowest",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"recommend|carousel|similar|sponsor|related|also|cross-?sell|upsell|(?<!to)(?<!to[-_])(?<!den[-_])(?:basket|warenkorb|cart(?!on))|"
    r"nav|footer|(?<![-\w])(?:\w+[-_])?(?<!accordion-)(?<!product-)header(?![-\w])|other[-_]?(?:sellers|offers)|buying[-_]?choices|mbc|"
    r"swatch|tooltip|menu|teaser|sims|bundle|history|wishlist|comparison|"
    r"accessor|zubeh|recently|suggest|bestseller|advert|banner",
    re.IGNORECASE,
)
_BUYING = re.compile(
    r"buy-?box|add[-_]?to[-_]?(?:cart|basket)|den[-_]?warenkorb|purchase|product[-_]?(?:price|info|detail|summary)",
    re.IGNORECASE,
)
_SIGNS = r"€|EUR|\$|£|CHF|USD|GBP|zł|PLN|kr|SEK|NOK|DKK|Kč|CZK|Ft|HUF|lei|RON|лв|BGN"
_PRICE_TEXT = re.compile(
    rf"^\D{{0,25}}\d[\d.,' \xa0]*(?:\s*(?:{_SIGNS}|,-|,–)).{{0,25}}$|^\D{{0,25}}(?:{_SIGNS})\.?\s*\d[\d.,' \xa0]*.{{0,25}}$",
    re.DOTALL,
)
_OLD_WORDS = re.compile(
    r"\b(?:statt|UVP|vorher|war|was|RRP|list price|Versand|zzgl\. Versand|shipping|sparen|save|ab|from|Rate|Monat|"
    r"/\s?(?:kg|l|100|m²|Stück)|gebraucht|used|Gutschein)\b", re.IGNORECASE)  # fmt: skip


def _signature(element: HtmlElement) -> str:
    return " ".join(
        filter(None, (element.get("id"), element.get("class"), element.get("data-testid"), element.get("data-qa")))
    )


def _rank(element: HtmlElement, text: str, position: int, heading: int | None) -> int:
    """How likely an element holds the page's price; negative is unlikely."""
    score, node, level = 0, element, 0
    good = buying = False
    while node is not None and level < 14:
        signature = _signature(node)
        buying = buying or _BUYING.search(signature) is not None
        if level < 5:
            good = good or _GOOD.search(signature) is not None
            if _OLD.search(signature) or node.tag in {"del", "s", "strike"}:
                score -= 4
        if _ELSEWHERE.search(signature) or node.tag in {"nav", "footer", "aside", "header"}:
            score -= 3
        if is_hidden(node):
            score -= 2
        node, level = node.getparent(), level + 1
    score += 4 * good + 2 * buying
    if _OLD_WORDS.search(text):
        score -= 3
    if any(text == _own_text(crossed) for crossed in element.iter("del", "s", "strike")):
        score -= 4
    if heading is not None:
        distance = position - heading
        score += 3 if 0 <= distance < 250 else 1 if 0 <= distance < 900 else 0
    return score


def _own_text(element: HtmlElement) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


def _visible(tree: HtmlElement, name: str | None) -> PageOffer | None:
    """The best ranked element that shows exactly one price; the first of equals."""
    heading: int | None = None
    best: tuple[int, PageOffer] | None = None
    for position, element in enumerate(tree.iter()):
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag == "h1" and heading is None and _own_text(element):
            heading = position
        if tag in {"", "script", "style", "head", "title", "noscript", "body", "html", "option"} or len(element) > 12:
            continue
        text = _own_text(element) if element.text or len(element) else ""
        if not 2 < len(text) < 60 or text[0] in "<>" or not _PRICE_TEXT.match(text):
            continue
        amounts = {amount.money() for amount in find_amounts(text, "EUR") if not amount.minor}
        money = next(iter(amounts)) if len(amounts) == 1 else None
        if money is None or money.amount <= 0:
            continue
        score = _rank(element, text, position, heading)
        if best is None or score > best[0]:
            best = score, PageOffer(name, money.amount, money.currency, "visible", text)
    return best[1] if best else None


def _page_title(tree: HtmlElement) -> str | None:
    for element in tree.iter("meta"):
        if (element.get("property") or "").lower() == "og:title" and element.get("content"):
            return str(element.get("content")).strip()
    for element in tree.iter("title"):
        return _own_text(element) or None
    return None


def _heading(tree: HtmlElement) -> str | None:
    """The main heading: of several the one that shares most words with the page's title."""
    title = _page_title(tree)
    words = set(re.findall(r"\w+", (title or "").lower()))
    best: tuple[float, str] | None = None
    for element in tree.iter("h1"):
        text = _own_text(element)
        own = set(re.findall(r"\w+", text.lower()))
        if not 2 < len(text) < 400 or not own:
            continue
        share = len(own & words) / len(own)
        if best is None or share > best[0]:
            best = share, text
    return best[1] if best else re.split(r"\s[|–]\s", title)[0] if title else None


_PRODUCTS = {"Offer", "Product", "AggregateOffer", "ProductModel", "IndividualProduct", "SomeProducts"}


def _page_offer(offer: MarkedOffer, name: str | None) -> PageOffer | None:
    amount = offer.amount
    if amount is None:
        return None
    charges = tuple((kind, read_price_tag(text).amount) for kind, text in offer.charges)
    return PageOffer(offer.name or name, amount, offer.iso, offer.syntax, offer.price_text, offer.valid_until, charges)


def read_marked_offers(html: str) -> tuple[MarkedOffer, ...]:
    """The prices in a page's markup only."""
    tree = parse_html(html)
    return marked_offers(tree) if tree is not None else ()


def read_page(html: str) -> ReadPage:
    """Text, title and offers of a page. Markup first; without any, the visible price."""
    tree = parse_html(html)
    if tree is None:
        return ReadPage()
    title = _heading(tree)
    marked = marked_offers(tree)
    offers = tuple(offer for offer in (_page_offer(item, title) for item in marked) if offer is not None)
    products = [
        offer for offer, item in zip(offers, marked, strict=False) if set(item.types) & _PRODUCTS and offer.amount > 0
    ]
    main = products[0] if products else None
    if main is None:
        main = _visible(tree, title)
        offers += (main,) if main is not None and not offers else ()
    return ReadPage(readable_text(tree), title, offers, main or (offers[0] if offers else None))

"""Offers in a page's own markup: JSON-LD, microdata, RDFa and OpenGraph, read from one parsed tree.

extruct finds the exact set of offers on .884 of the test pages; this reader, which does not need rdflib (0.6 s of
import), on .954 (`make bench`, task `markup`): on all but two, whose microdata and RDFa say 0.30, 0.25, 0.50 and 0.15
USD while the expected set repeats 0.30 four times, as the JSON-LD form of the same example does.
"""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from agent.language.currencies import iso_of
from agent.language.pricetags import read_price_tag
from negotiators.channels.payload.schema_offer import charge_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PRICE_KEYS = ("price", "lowPrice")
_DEPTH = 24


@dataclass(frozen=True, slots=True)
class MarkedOffer:
    """A price in markup. `currency` is what the markup states; `syntax` one of jsonld, microdata, rdfa, opengraph."""

    price_text: str
    currency: str | None
    name: str | None
    syntax: str
    valid_until: str | None = None
    types: tuple[str, ...] = ()
    charges: tuple[tuple[str, str], ...] = ()
    """What is charged on top: schema.org's name of each component, and its amount as it stands there."""

    @property
    def amount(self) -> Decimal | None:
        return read_price_tag(self.price_text).amount

    @property
    def iso(self) -> str | None:
        """The ISO code, from the stated currency or the price's own sign."""
        return iso_of(self.currency) if self.currency else read_price_tag(self.price_text).currency


def _local(name: object) -> str:
    """The last part of a type or property name (`https://schema.org/Offer`, `schema:price`)."""
    return re.split(r"[/#:]", str(name).strip())[-1]


def _types(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value] if value else []
    return tuple(_local(item) for item in values)


def _loads(text: str) -> Any:
    """JSON as pages write it: comments, CDATA, trailing commas and raw line breaks are forgiven."""
    text = re.sub(
        r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*<!\[CDATA\[\*/)|(?:-->|//\s*\]\]>|\]\]>|/\*\]\]>\*/)\s*;?\s*$",
        "",
        text,
    )
    for attempt in (text, entities.unescape(text), re.sub(r",\s*([}\]])", r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _scalar(value: object) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float, str)):
        return str(value).strip() or None
    if isinstance(value, dict):
        return _scalar(value.get("@value") or value.get("value"))
    if isinstance(value, list) and value:
        return _scalar(value[0])
    return None


DELIVERY = "DeliveryChargeSpecification"
_MOST_CHARGES = 40


def _listed(value: object) -> list[dict[str, Any]]:
    """The objects of a property, by local names."""
    values = value if isinstance(value, list) else [value]
    return [{_local(key): inner for key, inner in one.items()} for one in values if isinstance(one, dict)]


def _charges(offer: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Components an offer charges on top of its price, and what its delivery costs."""
    found = []
    specified = _listed(offer.get("priceSpecification"))
    specified += [part for one in specified for part in _listed(one.get("priceComponent"))]
    for one in specified:
        name = charge_of({**one, "price": _scalar(one.get("price") or one.get("minPrice"))})
        if name is not None:
            found.append((name, _scalar(one.get("price") or one.get("minPrice")) or ""))
    for detail in _listed(offer.get("shippingDetails")):
        found += [(DELIVERY, _scalar(rate.get("value")) or "") for rate in _listed(detail.get("shippingRate"))]
    return tuple(dict.fromkeys(found))[:_MOST_CHARGES]


def _walk(
    node: object,
    name: str | None,
    currency: str | None,
    until: str | None,
    depth: int = 0,
    charges: tuple[tuple[str, str], ...] = (),
) -> Iterator[MarkedOffer]:
    if depth > _DEPTH:
        return
    if isinstance(node, list):
        for item in node[:500]:
            yield from _walk(item, name, currency, until, depth + 1, charges)
        return
    if not isinstance(node, dict):
        return
    local = {_local(key): value for key, value in node.items()}
    name = _scalar(local.get("name")) or name
    until = _scalar(local.get("priceValidUntil") or local.get("validThrough")) or until
    own = _scalar(local.get("priceCurrency")) or currency
    charges = _charges(local) or charges
    for key in _PRICE_KEYS:
        price = _scalar(local.get(key))
        if price is not None and re.search(r"\d", price):
            yield MarkedOffer(price, own, name, "jsonld", until, _types(node.get("@type")), charges)
    for value in node.values():
        if isinstance(value, (dict, list)):
            yield from _walk(value, name, _scalar(local.get("priceCurrency")), until, depth + 1, charges)


def _json_ld(tree: HtmlElement) -> Iterator[MarkedOffer]:
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower() and script.text:
            yield from _walk(_loads(script.text[:1_000_000]), None, None, None)


def _value_of(element: HtmlElement) -> str:
    if element.tag == "link" and element.get("href"):
        return str(element.get("href")).strip()
    for attribute in ("content", "datetime", "value"):
        if element.get(attribute) is not None and (attribute == "content" or element.tag in {"time", "data", "meter"}):
            return str(element.get(attribute)).strip()
    return re.sub(r"\s+", " ", element.text_content()).strip()


@dataclass(frozen=True, slots=True)
class _Dialect:
    syntax: str
    prop: str
    scope: str
    kind: str


_MICRODATA = _Dialect("microdata", "itemprop", "itemscope", "itemtype")
_RDFA = _Dialect("rdfa", "property", "typeof", "typeof")


def _scope_of(element: HtmlElement, dialect: _Dialect) -> HtmlElement | None:
    parent = element.getparent()
    while parent is not None and parent.get(dialect.scope) is None:
        parent = parent.getparent()
    return parent


def _own_property(scope: HtmlElement, name: str, dialect: _Dialect) -> str | None:
    """A property of an item itself, not of an item inside it."""
    for element in scope.iter():
        if not isinstance(element.tag, str) or element is scope:
            continue
        names = {_local(part) for part in (element.get(dialect.prop) or "").split()}
        if name in names and element.get(dialect.scope) is None and _scope_of(element, dialect) is scope:
            return _value_of(element) or None
    return None


def _near(scope: HtmlElement | None, name: str, dialect: _Dialect, reach: int) -> str | None:
    for _ in range(reach):
        if scope is None:
            return None
        found = _own_property(scope, name, dialect)
        if found:
            return found
        scope = _scope_of(scope, dialect)
    return None


def _scope_charges(scope: HtmlElement, dialect: _Dialect) -> tuple[tuple[str, str], ...]:
    """Components charged on top, in the items inside an offer."""
    found = []
    for inner in scope.iter():
        if not isinstance(inner.tag, str) or inner is scope or inner.get(dialect.scope) is None:
            continue
        if "shippingRate" in {_local(part) for part in (inner.get(dialect.prop) or "").split()}:
            found.append((DELIVERY, _own_property(inner, "value", dialect) or ""))
            continue
        keys = ("price", "priceComponentType", "priceType", "name")
        entry: dict[str, object] = {key: value for key in keys if (value := _own_property(inner, key, dialect))}
        name = charge_of({**entry, "@type": list(_types((inner.get(dialect.kind) or "").split()))})
        if name is not None:
            found.append((name, str(entry.get("price", ""))))
    return tuple(dict.fromkeys(found))[:_MOST_CHARGES]


def _attributes(tree: HtmlElement, dialect: _Dialect) -> Iterator[MarkedOffer]:
    for element in tree.iter():
        if not isinstance(element.tag, str) or not element.get(dialect.prop):
            continue
        names = {_local(part) for part in element.get(dialect.prop, "").split()}
        if not names & set(_PRICE_KEYS) or element.get(dialect.scope) is not None:
            continue
        scope = _scope_of(element, dialect)
        text = _value_of(element)
        if scope is None or not re.search(r"\d", text):
            continue
        currency = _own_property(scope, "priceCurrency", dialect)
        yield MarkedOffer(
            text, currency, _near(scope, "name", dialect, 4), dialect.syntax,
            _near(scope, "priceValidUntil", dialect, 1), _types((scope.get(dialect.kind) or "").split()),
            _scope_charges(scope, dialect),
        )  # fmt: skip


def _open_graph(tree: HtmlElement) -> Iterator[MarkedOffer]:
    found: dict[str, str] = {}
    for element in tree.iter("meta"):
        key = (element.get("property") or element.get("name") or "").lower()
        if element.get("content"):
            found.setdefault(key, element.get("content", "").strip())
    for prefix in ("product:price", "og:price", "product:sale_price"):
        amount = found.get(f"{prefix}:amount")
        if amount and re.search(r"\d", amount):
            currency = found.get(f"{prefix}:currency")
            yield MarkedOffer(amount, currency, found.get("og:title"), "opengraph", types=("Product",))
            return


def marked_offers(tree: HtmlElement) -> tuple[MarkedOffer, ...]:
    """Every price in the page's markup. The same price in two syntaxes is kept once, in the first syntax."""
    found: list[MarkedOffer] = []
    for offers in (_json_ld(tree), _attributes(tree, _MICRODATA), _attributes(tree, _RDFA), _open_graph(tree)):
        fresh = list(offers)
        known = {(offer.amount, offer.currency) for offer in found}
        found += [offer for offer in fresh if (offer.amount, offer.currency) not in known]
    return tuple(replace(offer, name=entities.unescape(offer.name) if offer.name else None) for offer in found)

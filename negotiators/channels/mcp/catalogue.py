"""What a catalogue tool answers, as goods with exact prices. Pure.

Three dialects are read: UCP's catalogue; the older storefront's own; and that of servers that put the older tools'
names before those shops' GraphQL interface (`nodes`, `availableForSale`, an amount beside a `currencyCode`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from negotiators.channels.payload.charges import charges_in, names_of
from negotiators.channels.payload.fields import Problems, exact_integer, safe_id
from negotiators.channels.quotes import minor
from negotiators.money import Money, MoneyError, exact_decimal

SEARCH = ("search_catalog", "search_shop_catalog")
LOOKUP = ("lookup_catalog", "get_product", "get_product_details")
TOOLS = (*SEARCH, *LOOKUP)
"""Tools we call, UCP's first; every other one is left alone."""
OLDER = ("search_shop_catalog", "get_product_details")

MAX_PRODUCTS = 60

_KNOWN_FIELDS = {
    "id", "product_id", "variant_id", "handle", "title", "description", "url", "image_url", "images", "media", "sku",
    "barcodes", "categories", "tags", "metadata", "rating", "seller", "options", "selected_options", "available",
    "availability", "price", "currency", "list_price", "unit_price", "compare_at_price", "price_range",
    "list_price_range", "quantity_unit", "variants", "selectedOrFirstAvailableVariant", "total_variants",
    "checkout_url", "priceRange", "compareAtPrice", "compareAtPriceRange", "unitPrice",
}  # fmt: skip
"""Fields of products and variants, and prices beside the price that nobody pays."""


@dataclass(frozen=True, slots=True)
class Goods:
    """One thing that can be bought."""

    id: str
    product: str
    title: str
    price: Money
    unread: tuple[str, ...] = ()
    """Names of amounts beside the price that nobody here can place."""


def call_of(tool: str, order: Mapping[str, object]) -> list[dict[str, object]]:
    """The arguments of every call that answers the order: ids where it names items, else the search words."""
    profile = profile_for(tool, order)
    meta = {"meta": {"ucp-agent": {"profile": profile}}} if profile else {}
    items = list(item_ids(order))
    match tool:
        case "lookup_catalog":
            return [{**meta, "catalog": {"ids": items}}]
        case "get_product":
            return [{**meta, "catalog": {"id": item}} for item in items]
        case "get_product_details":
            return [{"product_id": item} for item in items]
        case "search_catalog":
            return [{**meta, "catalog": {"query": str(order.get("search", "")), "pagination": {"limit": 20}}}]
        case _:
            return [{"query": str(order.get("search", "")), "context": ""}]


def profile_for(tool: str, order: Mapping[str, object]) -> str:
    """The UCP profile that goes with a call; the older storefront's tools know of none."""
    return "" if tool in OLDER else str(order.get("profile") or "")


def item_ids(order: Mapping[str, object]) -> Iterator[str]:
    listed = order.get("items")
    for entry in listed if isinstance(listed, list | tuple) else [listed] if listed else []:
        found = entry.get("id") if isinstance(entry, Mapping) else entry
        yield from (str(item) for item in (found if isinstance(found, list) else [found]) if item)


def tool_for(offered: tuple[str, ...], order: Mapping[str, object]) -> str | None:
    """The tool to call: a lookup where items are named, else a search."""
    wanted = LOOKUP if any(item_ids(order)) else SEARCH if order.get("search") else ()
    return next((tool for tool in wanted if tool in offered), None)


def goods_in(value: object, problems: Problems) -> Iterator[Goods]:
    """Everything that can be bought, in the answer's order; what is gone or has no exact price is left out."""
    body = value if isinstance(value, Mapping) else {}
    products = body.get("products", body.get("nodes"))
    single = body.get("product")
    listed = products if isinstance(products, list) else [single] if isinstance(single, Mapping) else []
    for product in listed[:MAX_PRODUCTS]:
        if not isinstance(product, Mapping):
            continue
        for variant in _variants(product):
            found = _goods(product, variant, problems) if isinstance(variant, Mapping) else None
            if found is not None:
                yield found


def _variants(product: Mapping[str, object]) -> list[object]:
    found = product.get("variants") or product.get("selectedOrFirstAvailableVariant")
    if isinstance(found, Mapping):
        nodes = found.get("nodes")
        return nodes if isinstance(nodes, list) else [found]
    return found if isinstance(found, list) else []


def _goods(product: Mapping[str, object], variant: Mapping[str, object], problems: Problems) -> Goods | None:
    name = safe_id(variant.get("id") or variant.get("variant_id"))
    whole = safe_id(product.get("id") or product.get("product_id"))
    available = variant.get("availability")
    shown = available.get("available") if isinstance(available, Mapping) else variant.get("available")
    if name is None or shown is False or variant.get("availableForSale") is False:
        return None
    price = _price(variant)
    if price is None or price.amount < 0:
        problems.add("bad_price", name)
        return None
    titles = [str(one["title"]) for one in (product, variant) if isinstance(one.get("title"), str)]
    unread = names_of([*charges_in(product, _KNOWN_FIELDS), *charges_in(variant, _KNOWN_FIELDS)])
    return Goods(name, whole or name, " ".join(titles), price, unread)


def _price(variant: Mapping[str, object]) -> Money | None:
    """UCP prices are whole minor units in an object; the older storefront's are decimals with a currency beside, or in
    an object that calls it `currencyCode`."""
    stated = variant.get("price")
    try:
        if isinstance(stated, Mapping) and "currencyCode" not in stated:
            amount, currency = exact_integer(stated.get("amount")), str(stated.get("currency") or "")
            return Money(minor(amount, currency), currency) if amount is not None else None
        if isinstance(stated, Mapping):
            return _decimal(stated.get("amount"), stated["currencyCode"])
        return _decimal(stated, variant.get("currency"))
    except MoneyError:
        return None


def _decimal(amount: object, currency: object) -> Money | None:
    """An amount in whole units of its currency; a binary fraction is none. Raises `MoneyError`."""
    if isinstance(amount, bool) or not isinstance(amount, str | int | Decimal):
        return None
    return Money(exact_decimal(str(amount)), str(currency or ""))

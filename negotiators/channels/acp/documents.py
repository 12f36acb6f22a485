"""ACP's documents from and to UCP's, so that one search and one reader serve both. Pure; an answer is untrusted."""

from __future__ import annotations

from collections.abc import Mapping

from negotiators.channels.payload.fields import exact_integer

KNOWN = ("2026-01-16", "2026-01-30", "2026-04-17")
"""Versions whose shapes were read from their specifications, oldest first."""

LINES_SINCE = KNOWN[1]
"""From this version on a request names `line_items`, a currency and what the caller can do; before, `items`."""

MAX_LINES = 40
METHOD = "acp"
"""What stands for the method and group of a delivery in UCP's documents."""

_STATUS = {"not_ready_for_payment": "incomplete", "ready_for_payment": "ready_for_complete",
           "in_progress": "complete_in_progress"}  # fmt: skip
_UNPAID = {"items_base_amount", "items_discount"}
"""Totals that the subtotal holds already."""

_DROPPED = {
    "protocol", "capabilities", "payment_provider", "presentment_currency", "exchange_rate", "exchange_rate_timestamp",
    "locale", "timezone", "fulfillment_address", "fulfillment_details", "fulfillment_options", "fulfillment_option_id",
    "selected_fulfillment_options", "fulfillment_groups", "authentication_metadata", "created_at", "updated_at",
    "metadata", "quote_id", "quote_expires_at", "marketing_consent_options",
}  # fmt: skip
"""Fields of the protocol that hold nothing to pay: options are priced in the totals once one is chosen."""

_DROPPED_OF_LINES = {"unit_amount", "name", "description", "images", "promotion"}


def _maps(value: object) -> list[Mapping[str, object]]:
    return [entry for entry in value[:MAX_LINES] if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def request_of(
    body: Mapping[str, object], version: str, currency: str, *, create: bool, flat: bool = False
) -> dict[str, object]:
    """A create or update request. It carries goods, codes and a chosen delivery: no buyer, no address, no reasons.

    `flat`: the shop keeps its chosen delivery in `fulfillment_option_id`, as the oldest versions did.
    """
    lines, newer = _maps(body.get("line_items")), version >= LINES_SINCE
    items = [_item(line, newer=newer) for line in lines]
    asked: dict[str, object] = {"line_items" if newer else "items": items}
    if newer and create:
        asked |= {"currency": currency.lower(), "capabilities": {}}
    codes = _map(body.get("discounts")).get("codes")
    if codes or ("discounts" in body and not create):
        asked["discounts"] = {"codes": codes}
    option = _chosen(body)
    if option and flat:
        asked["fulfillment_option_id"] = option
    elif option:
        named = {"option_id": option, "item_ids": [str(line["id"]) for line in lines if line.get("id")]}
        asked["selected_fulfillment_options"] = [{"type": "shipping", **(named if newer else {"shipping": named})}]
    return asked


def _item(line: Mapping[str, object], *, newer: bool) -> dict[str, object]:
    """An item. The newer schema has no quantity beside its id, so it is named only where it is not one."""
    made = {"id": _map(line.get("item")).get("id"), "quantity": line.get("quantity")}
    return {"id": made["id"]} if newer and made["quantity"] == 1 else made


def is_flat(value: object) -> bool:
    """Whether a shop's answer keeps the chosen delivery as the oldest versions did."""
    return "fulfillment_option_id" in _map(value)


def _chosen(body: Mapping[str, object]) -> str:
    for method in _maps(_map(body.get("fulfillment")).get("methods")):
        for group in _maps(method.get("groups")):
            return str(group.get("selected_option_id") or "")
    return ""


def checkout_of(value: object) -> dict[str, object]:
    """A checkout as UCP would say it. What this version of ACP does not name stays, so that an amount in it is seen."""
    body = _map(value)
    made = {key: entry for key, entry in body.items() if key not in _DROPPED}
    currency, status = body.get("currency"), body.get("status")
    made["currency"] = currency.upper() if isinstance(currency, str) else None
    made["status"] = _STATUS.get(status, status) if isinstance(status, str) else ""
    made["line_items"] = [_line(entry) for entry in _maps(body.get("line_items"))]
    totals = _maps(body.get("totals"))
    has_subtotal = any(entry.get("type") == "subtotal" for entry in totals)
    made["totals"] = [entry for entry in totals if not (has_subtotal and entry.get("type") in _UNPAID)]
    made["fulfillment"] = {"methods": _methods(body)}
    return made


def _line(entry: Mapping[str, object]) -> dict[str, object]:
    item = _map(entry.get("item"))
    quantity = exact_integer(entry.get("quantity"))
    made = {key: one for key, one in entry.items() if key not in _DROPPED_OF_LINES | {"totals"}}
    made["item"] = {"id": item.get("id"), "title": entry.get("name") or item.get("name")}
    made["quantity"] = quantity if quantity is not None else item.get("quantity")
    return made


def _methods(body: Mapping[str, object]) -> list[object]:
    options = [{"id": one.get("id")} for one in _maps(body.get("fulfillment_options"))]
    selected = _maps(body.get("selected_fulfillment_options"))
    first = selected[0] if selected else {}
    chosen = body.get("fulfillment_option_id") or first.get("option_id") or _map(first.get("shipping")).get("option_id")
    group = {"id": METHOD, "selected_option_id": chosen, "options": options}
    return [{"id": METHOD, "type": "shipping", "groups": [group]}] if options else []

"""What is ordered and what may be varied: read from the cleared move, written into requests. Pure.

The order comes from the person's provider file through the gate (`payload["order"]`); nothing else of ours reaches a
shop. Every consent is refused in words unless a configuration tries one the file allows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from negotiators.adapter import Unsupported
from negotiators.channels.ucp.profile import KNOWN, Profile
from negotiators.channels.ucp.reading import CONSENTS, Session

MAX_BASES = 4
"""Combinations of alternative items and quantities that are tried at most."""


@dataclass(frozen=True, slots=True)
class Order:
    """`lines` are alternatives by line: which items, in which quantities. `codes` are the person's."""

    lines: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]
    codes: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    currency: str = ""
    search: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One way of buying: items with quantities, positions of codes, a delivery option, consents given."""

    lines: tuple[tuple[str, int], ...]
    codes: tuple[int, ...] = ()
    option: str = ""
    consents: bool = False

    def stored(self) -> list[Any]:
        return [[list(line) for line in self.lines], list(self.codes), self.option, self.consents]

    @classmethod
    def read(cls, stored: Sequence[Any]) -> Configuration:
        lines, codes, option, consents = stored
        return cls(tuple((str(i), int(q)) for i, q in lines), tuple(codes), str(option), bool(consents))


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value] if value not in (None, "") else []


def read_order(payload: Mapping[str, object]) -> Order:
    """The cleared order. Raises `Unsupported` when nothing is ordered: a shop cannot quote a wish in general."""
    found = payload.get("order")
    table = found if isinstance(found, Mapping) else {}
    lines = []
    for entry in _list(table.get("items")):
        line = entry if isinstance(entry, Mapping) else {"id": entry}
        items = tuple(str(item) for item in _list(line.get("id")))
        quantities = tuple(int(str(number)) for number in _list(line.get("quantity")) or [1])
        if items:
            lines.append((items, quantities))
    search = str(table.get("search") or "")
    if not lines and not search:
        raise Unsupported("the provider file names no item for this category")
    return Order(
        lines=tuple(lines),
        codes=tuple(str(code) for code in _list(table.get("codes"))),
        consents=tuple(str(name) for name in _list(table.get("consents")) if name in CONSENTS),
        currency=str(table.get("currency") or ""),
        search=search,
        profile=str(table.get("profile") or ""),
    )


def bases(order: Order) -> list[Configuration]:
    """The alternatives of items and quantities, as listed, without any code."""
    per_line = [[(item, count) for item in items for count in counts] for items, counts in order.lines]
    return [Configuration(tuple(lines)) for lines in list(product(*per_line))[:MAX_BASES]]


def with_codes(base: Configuration, order: Order) -> Iterator[Configuration]:
    """The configuration with each code the person holds, and with all of them."""
    for at in range(len(order.codes)):
        yield replace(base, codes=(at,))
    if len(order.codes) > 1:
        yield replace(base, codes=tuple(range(len(order.codes))))


def _consents(order: Order, chosen: Configuration, version: str) -> dict[str, object]:
    given = set(order.consents) if chosen.consents else set()
    if version <= KNOWN[-1]:
        return {name: name in given for name in CONSENTS}
    renamed = {"sale_of_data": "sale_or_sharing"}
    return {
        f"dev.ucp.consent.{renamed.get(name, name)}": {"granted": name in given, "source": "platform"}
        for name in CONSENTS
    }


def request_body(
    order: Order,
    chosen: Configuration,
    profile: Profile,
    known: Session | None,
    destination: Mapping[str, str],
) -> dict[str, object]:
    """A create request, or with `known` an update, which replaces everything."""
    ids = {line.item: line.id for line in known.lines} if known is not None else {}
    lines = []
    for item, quantity in chosen.lines:
        line: dict[str, object] = {"item": {"id": item}, "quantity": quantity}
        if profile.version == KNOWN[0]:
            line["item"] = {"id": item, "title": item}
        if ids.get(item):
            line["id"] = ids[item]
        lines.append(line)
    body: dict[str, object] = {"line_items": lines}
    if known is not None and profile.version < KNOWN[2]:
        body["id"] = known.id
    if profile.version == KNOWN[0]:
        body |= {"currency": order.currency, "payment": {"instruments": [], "handlers": []}}
    if profile.can("buyer_consent"):
        body["buyer"] = {"consent": _consents(order, chosen, profile.version)}
    if profile.can("discount") and (order.codes or chosen.codes):
        body["discounts"] = {"codes": [order.codes[at] for at in chosen.codes]}
    if profile.can("fulfillment"):
        body["fulfillment"] = {"methods": _methods(chosen, known, destination)}
    return body


def _methods(chosen: Configuration, known: Session | None, destination: Mapping[str, str]) -> list[object]:
    """Shipping to the destination that was told, with the chosen option where the shop has offered it."""
    method: dict[str, object] = {"type": "shipping"}
    theirs = known.methods[0] if known is not None and known.methods else {}
    for key in ("id", "line_item_ids"):
        if theirs.get(key):
            method[key] = theirs[key]
    if destination:
        method |= {"selected_destination_id": "d1", "destinations": [{"id": "d1", **destination}]}
    elif theirs.get("selected_destination_id"):
        method["selected_destination_id"] = theirs["selected_destination_id"]
        method["destinations"] = _without_nulls(theirs.get("destinations"))
    offered = {choice.option: choice for choice in (known.choices if known is not None else ())}
    if chosen.option in offered:
        choice = offered[chosen.option]
        group: dict[str, object] = {"id": choice.group, "selected_option_id": choice.option}
        if theirs.get("line_item_ids"):
            group["line_item_ids"] = theirs["line_item_ids"]
        method["groups"] = [group]
    return [method]


def _without_nulls(value: object) -> object:
    match value:
        case list():
            return [_without_nulls(entry) for entry in value]
        case dict():
            return {key: _without_nulls(entry) for key, entry in value.items() if entry is not None}
        case _:
            return value


def not_as_asked(order: Order, chosen: Configuration, got: Session) -> list[str]:
    """What a shop did otherwise than asked: codes left out or added, other items or quantities, consents."""
    found = []
    asked = [order.codes[at].casefold() for at in chosen.codes]
    applied = {code for code, automatic in got.applied if not automatic}
    found += [f"code_not_applied:{at}" for at, code in zip(chosen.codes, asked, strict=True) if code not in applied]
    if applied - set(asked):
        found.append("code_not_asked_for")
    if sorted(chosen.lines) != sorted((line.item, line.quantity) for line in got.lines):
        found.append("order_changed")
    allowed = set(order.consents) if chosen.consents else set()
    found += [f"consent_claimed:{name}" for name in got.granted if name not in allowed]
    if chosen.option and got.chosen and chosen.option not in got.chosen:
        found.append("delivery_changed")
    if got.ordered:
        found.append("ordered_unasked")
    return found

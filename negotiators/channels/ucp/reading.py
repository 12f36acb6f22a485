"""Reading a shop's checkout or cart: exact amounts, whose parts add up, and what of our wishes was applied. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from negotiators.channels.faults import ExchangeFailed
from negotiators.channels.payload.charges import charges_in, names_of
from negotiators.channels.payload.fields import Problems, exact_integer, moment, safe_code, safe_id
from negotiators.channels.quotes import Quote, minor
from negotiators.money import Money, MoneyError

MAX_LINES = 40
MAX_MESSAGES = 20
CONSENTS = ("marketing", "analytics", "preferences", "sale_of_data")

_REDUCING = {"discount", "items_discount", "discounts"}
_KNOWN_PARTS = {"subtotal", "discount", "items_discount", "discounts", "fulfillment", "tax", "fee", "total"}
_KNOWN_FIELDS = {
    "ucp", "id", "line_items", "buyer", "context", "signals", "attribution", "status", "currency", "totals", "actions",
    "messages", "links", "policies", "expires_at", "continue_url", "payment", "order", "discounts", "fulfillment",
    "ap2",
}  # fmt: skip
_KNOWN_OF_LINES = {
    "id", "item", "quantity", "totals", "parent_id", "base_amount", "discount", "subtotal", "tax", "total", "policies",
}  # fmt: skip
_KNOWN_OF_ITEMS = {"id", "title", "price", "quantity_unit", "unit_price", "list_price", "image_url", "compare_at_price"}
"""Fields of the protocol's documents, and prices beside the price that nobody pays."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as the shop keeps it."""

    id: str
    item: str
    quantity: int
    title: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A delivery option: the method and group it belongs to, and its own id."""

    method: str
    group: str
    option: str


@dataclass(frozen=True, slots=True)
class Session:
    """A checkout or cart as the shop shows it."""

    id: str
    status: str
    lines: tuple[Line, ...]
    currency: str
    totals: Mapping[str, int]
    applied: tuple[tuple[str, bool], ...]
    """Codes that count, in lower case, each with whether the shop gave it by itself."""
    choices: tuple[Choice, ...] = ()
    chosen: tuple[str, ...] = ()
    methods: tuple[Mapping[str, object], ...] = ()
    destinations: bool = False
    granted: tuple[str, ...] = ()
    """Consents that stand as given."""
    codes: tuple[str, ...] = ()
    """Codes of the shop's messages."""
    words: str = ""
    expires: datetime | None = None
    hand_over: str = ""
    ordered: bool = False
    problems: tuple[str, ...] = field(default=())

    unread: tuple[str, ...] = ()
    """Names of amounts that are none the protocol knows."""

    @property
    def awaits_delivery(self) -> bool:
        """Whether a delivery may still be priced: one can be chosen, or the shop lacks something and shows none yet."""
        return bool(self.methods) or self.status == "incomplete"


def _maps(value: object, most: int) -> list[Mapping[str, object]]:
    return [entry for entry in value[:most] if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def read_session(value: object) -> Session:
    """Raises `ExchangeFailed`: refused for an error document of the protocol, malformed for anything else."""
    body = _map(value)
    identity = safe_id(body.get("id"))
    if identity is None:
        if _map(body.get("ucp")).get("status") == "error" or body.get("messages"):
            raise ExchangeFailed(_first_code(body) or "shop_error", sent=False, refused=True)
        raise ExchangeFailed("no_session", sent=True, malformed=True)
    problems = Problems()
    currency = body.get("currency")
    try:
        Money.zero(currency if isinstance(currency, str) else "")
    except MoneyError as err:
        raise ExchangeFailed("no_currency", sent=True, malformed=True) from err
    messages = _maps(body.get("messages"), MAX_MESSAGES)
    methods = _maps(_map(body.get("fulfillment")).get("methods"), MAX_LINES)
    expires = body.get("expires_at")
    return Session(
        id=identity,
        status=str(safe_code(body.get("status"))),
        lines=tuple(_lines(body)),
        currency=str(currency),
        totals=_totals(body, problems),
        applied=tuple(_applied(body)),
        choices=tuple(_choices(methods)),
        chosen=tuple(_chosen(methods)),
        methods=tuple(methods),
        destinations=any(_map(method).get("selected_destination_id") for method in methods),
        granted=tuple(_granted(body)),
        codes=tuple(code for entry in messages if (code := safe_code(entry.get("code")))),
        words="\n".join(str(entry["content"]) for entry in messages if isinstance(entry.get("content"), str)),
        expires=moment(expires, problems, "expires_at") if expires is not None else None,
        hand_over=str(body.get("continue_url") or ""),
        ordered=body.get("order") is not None or body.get("status") in ("completed", "complete_in_progress"),
        problems=problems.codes(),
        unread=_unplaced(body),
    )


def _unplaced(body: Mapping[str, object]) -> tuple[str, ...]:
    """Totals of a kind the protocol does not name, of the whole and of each line, those whose amount cannot be read,
    and amounts in fields beside."""
    lines = _maps(body.get("line_items"), MAX_LINES)
    found = charges_in(body, _KNOWN_FIELDS)
    for line in lines:
        found += [*charges_in(line, _KNOWN_OF_LINES), *charges_in(_map(line.get("item")), _KNOWN_OF_ITEMS)]
    for entry in [part for one in (body, *lines) for part in _maps(one.get("totals"), MAX_LINES)]:
        kind, amount = safe_code(entry.get("type")), exact_integer(entry.get("amount"))
        if amount is None or (amount != 0 and kind not in _KNOWN_PARTS):
            found.append(kind or "?")
    return names_of(found)


def _first_code(body: Mapping[str, object]) -> str:
    codes = (safe_code(entry.get("code")) for entry in _maps(body.get("messages"), MAX_MESSAGES))
    return next(filter(None, codes), "")


def _lines(body: Mapping[str, object]) -> list[Line]:
    found = []
    for entry in _maps(body.get("line_items"), MAX_LINES):
        item, quantity = _map(entry.get("item")), exact_integer(entry.get("quantity"))
        line, name = safe_id(entry.get("id")), safe_id(item.get("id"))
        if name is not None and quantity is not None and quantity > 0:
            title = item.get("title")
            found.append(Line(line or "", name, quantity, title if isinstance(title, str) else ""))
    return found


def _totals(body: Mapping[str, object], problems: Problems) -> dict[str, int]:
    """Amounts by kind in minor units, added up; an amount that is not whole is a problem."""
    found: dict[str, int] = {}
    for entry in _maps(body.get("totals"), MAX_LINES):
        kind, amount = safe_code(entry.get("type")), exact_integer(entry.get("amount"))
        if amount is None or not kind:
            problems.add("bad_total", kind)
            continue
        known = kind if kind in _KNOWN_PARTS else "fee"
        found[known] = found.get(known, 0) + (-abs(amount) if known in _REDUCING else amount)
    return found


def _applied(body: Mapping[str, object]) -> list[tuple[str, bool]]:
    entries = _maps(_map(body.get("discounts")).get("applied"), MAX_LINES)
    return [
        (str(entry.get("code") or "").casefold(), entry.get("automatic") is True or not entry.get("code"))
        for entry in entries
    ]


def _choices(methods: list[Mapping[str, object]]) -> list[Choice]:
    found = []
    for method in methods:
        for group in _maps(method.get("groups"), MAX_LINES):
            for option in _maps(group.get("options"), MAX_LINES):
                ids = [safe_id(one.get("id")) for one in (method, group, option)]
                if ids[2] is not None:
                    found.append(Choice(ids[0] or "", ids[1] or "", ids[2]))
    return found


def _chosen(methods: list[Mapping[str, object]]) -> list[str]:
    groups = [group for method in methods for group in _maps(method.get("groups"), MAX_LINES)]
    return [name for group in groups if (name := safe_id(group.get("selected_option_id"))) is not None]


def _granted(body: Mapping[str, object]) -> list[str]:
    """Consents that the shop holds as given, in either shape: plain booleans, or `{granted: true}` by name."""
    consent = _map(_map(body.get("buyer")).get("consent"))
    found = []
    for name, entry in list(consent.items())[:MAX_LINES]:
        given = entry is True or _map(entry).get("granted") is True
        short = safe_code(str(name).rpartition(".")[2])
        if given and short:
            found.append(short)
    return found


def quote_of(session: Session, *, delivers: bool) -> Quote | str:
    """The session's figures, or why they cannot be believed: `no_total`, `totals_differ`, `negative`.

    `delivers`: the shop has deliveries to choose, so that a total without one does not hold it yet. Discounts come
    with either sign; a total that is not the sum of its parts is not believed.
    """
    totals = dict(session.totals)
    total = totals.pop("total", None)
    if total is None:
        return "no_total"
    goods = totals.get("subtotal", 0) + sum(totals.get(kind, 0) for kind in _REDUCING)
    delivery = totals.get("fulfillment")
    extras = totals.get("tax", 0) + totals.get("fee", 0)
    parts = goods + (delivery or 0) + extras
    if "subtotal" not in totals:
        goods = total - (delivery or 0) - extras
    elif parts != total:
        # Items may be listed at their reduced price with the reduction told beside it.
        if parts - sum(totals.get(kind, 0) for kind in ("items_discount",)) != total:
            return "totals_differ"
        goods = total - (delivery or 0) - extras
    if min(total, goods, delivery or 0, extras) < 0:
        return "negative"
    currency = session.currency
    known = minor(delivery, currency) if delivery is not None else None if delivers else Decimal(0)
    return Quote(
        currency=currency,
        goods=minor(goods, currency),
        delivery=known,
        extras=minor(extras, currency),
        quantity=sum(line.quantity for line in session.lines) or None,
        consents=bool(session.granted),
        valid_until=session.expires,
        path="totals",
        unread=session.unread,
    )

"""schema.org `Offer`, in both directions: the form a shop or a bot without our extension already speaks.

The headline price travels as `price` + `priceCurrency`, with its unit in a `UnitPriceSpecification`
(`unitCode`, UN/CEFACT). What the vocabulary leaves open is read as *claimed*, never as typed: a recurring price
without a unit, a price sent as a JSON number, a `billingDuration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import islice

from negotiators.categories import Category, Issue
from negotiators.channels.payload.charges import is_charge, is_nothing
from negotiators.channels.payload.fields import Problems, exact_integer, moment, safe_id
from negotiators.dialogue import Evidence, OfferId, Standing, Terms, TermValue
from negotiators.money import Money, MoneyError, Period, exact_decimal

UNIT_CODES: Mapping[str, str] = {"month": "MON", "year": "ANN", "night": "DAY", "unit": "KWH", "once": "C62"}
"""UN/CEFACT codes for an issue's `per`; `unit` is kWh in every shipped category that has unit prices."""

_PER_OF_CODE = {code: per for per, code in UNIT_CODES.items()} | {"MONTH": "month", "NIGHT": "night", "ONE": "once"}
_DURATION_CODES = {"MON": "M", "ANN": "Y", "DAY": "D", "WEE": "W"}
DELIVERY = ("shipping", "delivery_fee")
"""Issues that stand for a delivery, in the order they are looked for."""

MAX_OFFERS = 20
MAX_PARTS = 16


@dataclass(slots=True)
class SchemaOffer:
    """What one schema.org Offer says: terms by issue name with their evidence, id and validity."""

    id: OfferId | None = None
    values: dict[str, TermValue] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    valid_until: datetime | None = None
    unread: list[str] = field(default_factory=list)
    """Names of price components that nobody here can place."""


def schema_offer(category: Category, terms: Terms, valid_until: datetime | None) -> dict[str, object] | None:
    """The schema.org Offer for `terms`; `None` when they carry no headline price."""
    issue = category.headline()
    price = terms.get(issue.name)
    if not isinstance(price, Money):
        return None
    amount = {"price": price.text(), "priceCurrency": price.currency}
    offer: dict[str, object] = {"@context": "https://schema.org", "@type": "Offer", **amount, "eligibleQuantity": "1"}
    if issue.per != "once":
        unit = {"@type": "UnitPriceSpecification", **amount, "unitCode": UNIT_CODES[issue.per]}
        offer["priceSpecification"] = unit
    if valid_until is not None:
        offer["priceValidUntil"] = valid_until.astimezone(UTC).date().isoformat()
    return offer


def offers_in(value: object) -> list[tuple[str, Mapping[str, object]]]:
    """Every schema.org Offer in a decoded JSON value with its path: bare, in a list, in `offers` or `@graph`."""
    found: list[tuple[str, Mapping[str, object]]] = []
    _collect(value, "", found, 3)
    return found[:MAX_OFFERS]


def _collect(value: object, path: str, found: list[tuple[str, Mapping[str, object]]], depth: int) -> None:
    if depth < 0 or len(found) >= MAX_OFFERS:
        return
    if isinstance(value, list):
        for index, entry in enumerate(value[:MAX_OFFERS]):
            _collect(entry, f"{path}[{index}]", found, depth - 1)
    elif isinstance(value, Mapping):
        if "Offer" in _types(value):
            found.append((path or "offer", value))
            return
        for key in ("offers", "offer", "@graph", "itemListElement", "item"):
            if key in value:
                _collect(value[key], f"{path}.{key}" if path else key, found, depth - 1)


def _types(value: Mapping[str, object]) -> set[str]:
    kind = value.get("@type")
    names = kind if isinstance(kind, list) else [kind]
    return {str(name).rpartition("/")[2] for name in names[:8] if isinstance(name, str)}


def read_schema_offer(
    offer: Mapping[str, object], category: Category, problems: Problems, *, path: str, headline_known: bool
) -> SchemaOffer:
    """Read one Offer over the category's issues. `headline_known` says that the sender declared, by our
    extension, that `price` is the headline issue; without it a recurring price needs a `unitCode`."""
    reading = SchemaOffer()
    for key in ("identifier", "@id", "sku"):
        if key in offer and reading.id is None:
            found = safe_id(offer[key])
            reading.id = OfferId(found) if found else None
    if "priceValidUntil" in offer:
        reading.valid_until = valid_through(offer["priceValidUntil"], problems, f"{path}.priceValidUntil")
    if not _single(offer.get("eligibleQuantity"), problems, path):
        return reading
    _read_headline(offer, category, problems, path, headline_known, reading)
    for specification in _specifications(offer):
        _read_specification(specification, category, problems, path, reading)
    reading.unread += _unplaced(offer, category, reading)
    return reading


def _unplaced(offer: Mapping[str, object], category: Category, reading: SchemaOffer) -> list[str]:
    """Components charged on top that became no term, or another amount than the term of their kind. No more parts than
    are read may hide one."""
    listed = offer.get("priceSpecification")
    found = ["priceSpecification"] if isinstance(listed, list) and len(listed) > MAX_PARTS else []
    for entry in _specifications(offer):
        name, issue = charge_of(entry), _component_issue(entry, category)
        price = read_amount(entry, Problems(), "")[0]
        if name is not None and (issue is None or price is None or reading.values.get(issue.name) != price):
            found.append(name)
    return found


_OTHER_PRICES = {
    "listprice", "msrp", "srp", "regularprice", "strikethroughprice", "saleprice", "invoiceprice",
    "minimumadvertisedprice",
}  # fmt: skip
"""`priceType`s of schema.org: prices beside the price, none of which is charged."""


def charge_of(entry: Mapping[str, object]) -> str | None:
    """The name under which one `PriceSpecification` charges something on top of the price; `None` for the price itself,
    another view of it (per unit, before a reduction) and for what costs nothing."""
    component, kinds = _local(entry.get("priceComponentType")), _types(entry)
    stated = next((entry[key] for key in ("price", "minPrice", "value") if key in entry), None)
    if (
        is_nothing(stated)
        or component.lower() == "subscription"
        or _local(entry.get("priceType")).lower() in _OTHER_PRICES
    ):
        return None
    charging = sorted(kinds & {"DeliveryChargeSpecification", "PaymentChargeSpecification"})
    named = component or next(iter(charging), "")
    if named:
        return named
    name = entry.get("name")
    return name if isinstance(name, str) and is_charge(name) else None


def _local(value: object) -> str:
    """The last part of a schema.org term; of an object that names one, its `@id` or `name`."""
    if isinstance(value, Mapping):
        value = value.get("@id", value.get("name"))
    return str(value).strip().rpartition("/")[2] if isinstance(value, str) else ""


def _single(quantity: object, problems: Problems, path: str) -> bool:
    """Whether the price is for one item: a price that holds only for more is not the price asked for."""
    if isinstance(quantity, Mapping):
        quantity = quantity.get("value", quantity.get("minValue", "1"))
    if quantity is None or quantity == "1" or exact_integer(quantity) == 1:
        return True
    problems.add("quantity_not_one", path)
    return False


def _specifications(offer: Mapping[str, object]) -> list[Mapping[str, object]]:
    value = offer.get("priceSpecification")
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in islice(entries, MAX_PARTS) if isinstance(entry, Mapping)]


def _per_of(value: Mapping[str, object]) -> str | None:
    code = value.get("unitCode", value.get("unitText"))
    return _PER_OF_CODE.get(code.upper(), "?") if isinstance(code, str) else None


def _read_headline(
    offer: Mapping[str, object],
    category: Category,
    problems: Problems,
    path: str,
    known: bool,
    reading: SchemaOffer,
) -> None:
    issue = category.headline()
    if "price" not in offer:
        return
    price, exact = read_amount(offer, problems, f"{path}.price")
    if price is None:
        return
    units = {_per_of(entry) for entry in _specifications(offer) if entry.get("price", offer["price"]) == offer["price"]}
    units = {unit for unit in units | {_per_of(offer)} if unit is not None}
    if units - {issue.per}:
        problems.add("unit_mismatch", f"{path}.price")
        return
    standing = Standing.TYPED if exact and (units or known or issue.per == "once") else Standing.CLAIMED
    reading.values[issue.name] = price
    reading.evidence[issue.name] = Evidence(issue.name, standing, f"{path}.price", reader="schema.org")


def _read_specification(
    entry: Mapping[str, object], category: Category, problems: Problems, path: str, reading: SchemaOffer
) -> None:
    """One price component: the headline price by its unit, or a fee named by `priceComponentType`."""
    where = f"{path}.priceSpecification"
    issue = _component_issue(entry, category)
    if issue is not None and issue.name not in reading.values and "price" in entry:
        price, exact = read_amount(entry, problems, f"{where}.price")
        if price is not None:
            standing = Standing.TYPED if exact else Standing.CLAIMED
            reading.values[issue.name] = price
            reading.evidence[issue.name] = Evidence(issue.name, standing, f"{where}.price", reader="schema.org")
    term = next(iter(category.by_role("term")), None)
    if term is not None and "billingDuration" in entry and term.name not in reading.values:
        duration = _duration(entry)
        if duration is None:
            problems.add("bad_term", f"{where}.billingDuration")
        else:
            reading.values[term.name] = duration
            path_of = f"{where}.billingDuration"
            reading.evidence[term.name] = Evidence(term.name, Standing.CLAIMED, path_of, reader="schema.org")


def _component_issue(entry: Mapping[str, object], category: Category) -> Issue | None:
    headline = category.headline()
    if "DeliveryChargeSpecification" in _types(entry):
        return next((found for name in DELIVERY if (found := category.issue(name)) is not None), None)
    component = _local(entry.get("priceComponentType")).lower()
    if component in {"activationfee", "installation", "cleaningfee"}:
        return next((issue for issue in category.by_role("fee") if issue.per == "once"), None)
    if component in {"", "subscription"} and _per_of(entry) == headline.per:
        return headline
    return None


def _duration(entry: Mapping[str, object]) -> Period | None:
    value = entry["billingDuration"]
    if isinstance(value, Mapping):
        unit, value = str(value.get("unitCode", "")), value.get("value")
    else:
        unit = str(entry.get("unitCode", ""))
    if isinstance(value, str) and value.startswith("P"):
        try:
            return Period.parse(value)
        except ValueError:
            return None
    count, letter = exact_integer(value), _DURATION_CODES.get(unit.upper())
    if count is None or count < 0 or letter is None or count > 9999:
        return None
    return Period.parse(f"P{count}{letter}")


def read_amount(value: Mapping[str, object], problems: Problems, path: str) -> tuple[Money | None, bool]:
    """`price` and `priceCurrency` as money, and whether the amount came as an exact string.

    A JSON number is read through its shortest decimal form but is not exact: 2500 may have been cents, and a
    float has no one decimal reading.
    """
    amount, currency = value.get("price"), value.get("priceCurrency")
    if isinstance(amount, bool) or not isinstance(amount, str | int | float | Decimal):
        problems.add("bad_term", path)
        return None, False
    exact = isinstance(amount, str)
    if not exact:
        problems.add("number_not_string", path)
    whole = None if exact else exact_integer(amount)
    try:
        money = Money(exact_decimal(str(amount if whole is None else whole)), str(currency or ""))
        if money.amount < 0:
            raise MoneyError("a price is not negative")
        return money, exact
    except MoneyError:
        problems.add("missing_currency" if not currency else "bad_term", path)
        return None, False


def valid_through(value: object, problems: Problems, path: str) -> datetime | None:
    """The last moment of a `priceValidUntil`: a day counts to its end in UTC."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return datetime.combine(date.fromisoformat(value), time(23, 59, 59), UTC)
        except ValueError:
            problems.add("bad_time", path)
            return None
    return moment(value, problems, path)

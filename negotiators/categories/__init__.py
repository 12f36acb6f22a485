"""Kinds of deals: which issues they have, in which units, which way each party likes them, and what a deal
of the kind costs.

Each category is one TOML file beside this module, or in the person's own `HOME/categories`; the format is
documented in `docs/categories.md`. A new category is a new file, no code.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

from negotiators.money import Money, Period
from negotiators.terms import IssueKind, TermError, Terms, TermValue, parse_term

Role = Literal["price", "fee", "bonus", "term", "notice", "renewal", "after", "feature", "schedule"]
Better = Literal["lower", "higher", "order", "yes", "no", "none"]
Per = Literal["once", "month", "year", "night", "unit"]

_ROLES = {"price", "fee", "bonus", "term", "notice", "renewal", "after", "feature", "schedule"}
_BETTER = {"lower", "higher", "order", "yes", "no", "none"}
_PER = {"once", "month", "year", "night", "unit"}


class CategoryError(ValueError):
    """A category file that cannot be used. The message names file and key."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One negotiable item.

    `better` is the customer's usual direction (`order`: choices are listed worst to best). `low`/`high` is the
    public range every customer could name, `step` the grid our own proposals lie on. `role` and `per` say how
    the value enters the cost. `missing` is the value an offer has that does not mention the issue, if the
    field allows one (a fee not mentioned is still unknown; `None` says so).
    """

    name: str
    kind: IssueKind
    role: Role
    better: Better
    labels: Mapping[str, str]
    unit: str = ""
    per: Per = "once"
    low: TermValue | None = None
    high: TermValue | None = None
    step: TermValue | None = None
    choices: tuple[str, ...] = ()
    choice_labels: Mapping[str, Mapping[str, str]] | None = None
    mandatory: bool = False
    negotiable: bool = True
    weight: Decimal = Decimal(1)
    missing: TermValue | None = None
    words: Mapping[str, tuple[str, ...]] | None = None

    def parse(self, value: object, currency: str | None = None) -> TermValue:
        """Read a wire or file value of this issue. Raises `dialogue.TermError`; an unknown choice is one."""
        term = parse_term(self.kind, value, currency=currency)
        if self.kind is IssueKind.CHOICE and term not in self.choices:
            raise TermError(f"`{value}` is not one of {', '.join(self.choices)}")
        return term


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a company must know to make a quote of this kind, and the data category it falls under.

    `sufficient` is the granularity that is enough at stage `quote`.
    """

    name: str
    data_category: str
    sufficient: str
    labels: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of deal. `recurring` deals cost per month or year; others once. `units` is what `per = "unit"`
    prices are multiplied by in a year (kWh), with `default_units` when the need does not say."""

    id: str
    labels: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    recurring: bool
    currency: str
    issues: tuple[Issue, ...]
    parameters: tuple[Parameter, ...] = ()
    default_units: Decimal = Decimal(1)
    unit_name: str = ""

    def issue(self, name: str) -> Issue | None:
        return next((issue for issue in self.issues if issue.name == name), None)

    def by_role(self, *roles: Role) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.role in roles)

    @property
    def mandatory(self) -> tuple[str, ...]:
        return tuple(issue.name for issue in self.issues if issue.mandatory)

    def headline(self) -> Issue:
        """The price issue companies quote first."""
        return self.by_role("price")[0]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a deal costs, all-in. `None` is unknown, never zero.

    `year1`, `year2`: everything due in the first and second twelve months (a one-off deal has no year 2).
    `total`: everything due within the first twelve months or the minimum term, whichever is longer; for a
    one-off deal its price with fees. A mandate's `max_total` bounds this figure.
    """

    total: Money | None
    year1: Money | None
    year2: Money | None
    missing: tuple[str, ...] = ()


_MONTHLY: dict[str, Decimal] = {"month": Decimal(12), "year": Decimal(1)}


def _yearly(issue: Issue, amount: Money, units: Decimal) -> Money:
    """A recurring amount over twelve months."""
    match issue.per:
        case "month" | "year":
            return amount * _MONTHLY[issue.per]
        case "unit":
            return amount * units
        case _:
            return amount


def _after_price(category: Category, terms: Terms) -> tuple[Issue, Money] | None:
    """The price that replaces the headline price after `promo_months`, when the terms carry one."""
    for issue in category.by_role("after"):
        value = terms.get(issue.name)
        if isinstance(value, Money):
            return issue, value
    return None


def cost_of(category: Category, terms: Terms, units: Decimal | None = None) -> Cost:
    """The all-in cost of `terms`. Money in a currency other than the headline price's makes it unknown.

    One-off fees fall into year 1, as does a bonus (role `bonus`, counted only when the terms carry it); a
    price after a promotion (role `after`) replaces the headline price from month `promo_months` + 1 on.
    """
    missing = tuple(name for name in category.mandatory if name not in terms)
    headline = terms.get(category.headline().name)
    if not isinstance(headline, Money):
        return Cost(None, None, None, missing or (category.headline().name,))
    currency = headline.currency
    if any(isinstance(value, Money) and value.currency != currency for value in terms.values()):
        return Cost(None, None, None, missing)
    count = units if units is not None else category.default_units
    once = Money.zero(currency)
    yearly = Money.zero(currency)
    for issue in category.by_role("price", "fee", "bonus"):
        amount = terms.get(issue.name)
        if not isinstance(amount, Money):
            continue
        signed = -amount if issue.role == "bonus" else amount
        if category.recurring and issue.per in {"month", "year", "unit"}:
            yearly += _yearly(issue, signed, count)
        else:
            once += signed * count if issue.per in {"unit", "night"} else signed
    if not category.recurring:
        total = once.rounded()
        return Cost(None if missing else total, total, None, missing)
    year1, year2, later = _promotion(category, terms, yearly, count)
    months = term_months(category, terms) or 12
    committed = year1 + once
    if months > 12:
        committed += year2 * (Decimal(min(months, 24) - 12) / 12)
    if months > 24:
        committed += later * (Decimal(months - 24) / 12)
    first = (year1 + once).rounded()
    if missing:
        return Cost(None, first, year2.rounded(), missing)
    return Cost(committed.rounded(), first, year2.rounded(), ())


def _promotion(category: Category, terms: Terms, yearly: Money, units: Decimal) -> tuple[Money, Money, Money]:
    """Recurring cost of year 1, year 2 and any later year, with the price after a promotion in its place."""
    after = _after_price(category, terms)
    promo = terms.get("promo_months")
    if after is None or not isinstance(promo, Period):
        return yearly, yearly, yearly
    headline = category.headline()
    price = terms[headline.name]
    assert isinstance(price, Money)
    extra = _yearly(after[0], after[1], units) - _yearly(headline, price, units)
    months = promo.months
    share1 = Decimal(max(0, 12 - months)) / 12
    share2 = Decimal(min(12, max(0, 24 - months))) / 12
    return yearly + extra * share1, yearly + extra * share2, yearly + extra


def term_months(category: Category, terms: Terms) -> int | None:
    """The minimum term in whole months, rounded up; `None` when the terms do not say."""
    for issue in category.by_role("term"):
        value = terms.get(issue.name)
        if isinstance(value, Period):
            return value.months + (1 if value.days else 0)
    return None


def _texts(table: Mapping[str, Any], where: str) -> dict[str, str]:
    if not isinstance(table, dict) or not {"en", "de"} <= table.keys():
        raise CategoryError(f"{where}: needs `en` and `de`")
    return {str(key): str(value) for key, value in table.items()}


def _words(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {lang: tuple(str(word) for word in words) for lang, words in table.items()}


_ISSUE_KEYS = {
    "name", "kind", "role", "better", "label", "unit", "per", "range", "step", "choices", "choice_labels",
    "mandatory", "negotiable", "weight", "missing", "words",
}  # fmt: skip
_TOP_KEYS = {"id", "label", "words", "recurring", "currency", "default_units", "unit_name", "issues", "parameters"}
_PARAMETER_KEYS = {"name", "data_category", "sufficient", "label", "words"}


def _unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    extra = sorted(set(table) - known)
    if extra:
        raise CategoryError(f"{where}: unknown key `{extra[0]}`; known are {', '.join(sorted(known))}")


def _issue(table: Mapping[str, Any], currency: str, where: str) -> Issue:
    _unknown(table, _ISSUE_KEYS, where)
    try:
        kind = IssueKind(table["kind"])
        role, better, per = table.get("role", "feature"), table["better"], table.get("per", "once")
        if role not in _ROLES or better not in _BETTER or per not in _PER:
            raise CategoryError(f"{where}: role, better or per is not a known word")
        low, high = (
            (parse_term(kind, value, currency=currency) for value in table["range"])
            if "range" in table
            else (None, None)
        )
        optional = {
            key: parse_term(kind, table[key], currency=currency) if key in table else None
            for key in ("step", "missing")
        }
        return Issue(
            name=table["name"], kind=kind, role=role, better=better, labels=_texts(table["label"], where),
            unit=table.get("unit", ""), per=per, low=low, high=high, step=optional["step"],
            choices=tuple(table.get("choices", ())), choice_labels=table.get("choice_labels"),
            mandatory=table.get("mandatory", False), negotiable=table.get("negotiable", True),
            weight=Decimal(str(table.get("weight", 1))), missing=optional["missing"],
            words=_words(table.get("words", {})),
        )  # fmt: skip
    except KeyError as err:
        raise CategoryError(f"{where}: the key {err} is missing") from err
    except ValueError as err:
        raise CategoryError(f"{where}: {err}") from err


def parse_category(text: str, where: str) -> Category:
    """Read one category file. Raises `CategoryError` naming `where` and the key."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise CategoryError(f"{where}: not valid TOML: {err}") from err
    _unknown(table, _TOP_KEYS, where)
    try:
        currency = table.get("currency", "EUR")
        issues = tuple(
            _issue(entry, currency, f"{where}: issue `{entry.get('name', '?')}`") for entry in table["issues"]
        )
        parameters = []
        for entry in table.get("parameters", ()):
            _unknown(entry, _PARAMETER_KEYS, f"{where}: parameter")
            parameters.append(
                Parameter(entry["name"], entry["data_category"], entry["sufficient"],
                          _texts(entry["label"], where), _words(entry.get("words", {})))
            )  # fmt: skip
        category = Category(
            id=table["id"], labels=_texts(table["label"], where), words=_words(table.get("words", {})),
            recurring=table["recurring"], currency=currency, issues=issues, parameters=tuple(parameters),
            default_units=Decimal(str(table.get("default_units", 1))), unit_name=table.get("unit_name", ""),
        )  # fmt: skip
    except KeyError as err:
        raise CategoryError(f"{where}: the key {err} is missing") from err
    if not category.by_role("price"):
        raise CategoryError(f'{where}: one issue needs `role = "price"`')
    return category


class Shipped(Mapping[str, Category]):
    """The categories that come with the program, each read when it is first asked for (its file's name is its id)."""

    def __init__(self) -> None:
        self._files = {file.stem: file for file in Path(__file__).parent.glob("*.toml")}
        self._read: dict[str, Category] = {}

    def __getitem__(self, name: str) -> Category:
        if name not in self._read:
            file = self._files[name]
            self._read[name] = parse_category(file.read_text("utf-8"), file.name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._files))

    def __len__(self) -> int:
        return len(self._files)


@cache
def shipped() -> Mapping[str, Category]:
    """The categories that come with the program, by id."""
    return Shipped()


def load_categories(own: Path | None = None) -> Mapping[str, Category]:
    """Shipped categories with the person's own (`HOME/categories/*.toml`) beside or in place of them."""
    if own is None or not own.is_dir():
        return shipped()
    mine = [parse_category(path.read_text("utf-8"), str(path)) for path in sorted(own.glob("*.toml"))]
    return {**shipped(), **{category.id: category for category in mine}}

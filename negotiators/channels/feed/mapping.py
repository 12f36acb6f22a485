"""Rows of a price list as terms, by a mapping of columns to issues. Pure; a row is a company's word, read exactly.

[endpoints.reading]
format = "csv"                       # or "jsonl", or "xml": the items of an RSS or Atom feed (`items`)
delimiter = ";"
decimal = ","                        # how amounts are written in it
columns = { price_monthly = "Preis", data_gb = "GB", term = "Laufzeit" }
units = { term = "month" }           # what a bare number in that column counts: day, week, month, year
currency = "EUR"                     # or the name of a column under `columns`
title = "Tarif"                      # columns that name the row, its id and the day its price ends
id = "Nr"
valid_until = "Gültig bis"
where = { Netz = "5G" }              # rows that count
terms = { setup_fee = "0.00" }       # what holds for every row
ignore = ["UVP"]                     # columns of amounts that nobody pays

An amount with a currency beside it is in that currency; one that contradicts the mapping's is not read.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from negotiators.categories import Category, Issue
from negotiators.channels.feed.items import NotXml, items_in
from negotiators.channels.payload.charges import is_charge, is_nothing, names_of
from negotiators.channels.payload.fields import Problems
from negotiators.dialogue import IssueKind, TermError, TermValue
from negotiators.money import MoneyError
from negotiators.wire import NotStrictJson, strict_json

MAX_ROWS = 50_000
_UNITS = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_WORD = {"yes": True, "no": False, "ja": True, "nein": False, "true": True, "false": False, "1": True, "0": False}
_CURRENCY = re.compile(r"\d\s?(?:[€$£]|(?:EUR|USD|CHF|GBP)\b)|(?:[€$£]|\b(?:EUR|USD|CHF|GBP))\s?\d")
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_SIGNS = {"€": {"EUR"}, "£": {"GBP"}, "$": {"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN"}}
_AMOUNT = re.compile(r"-?\d{1,15}(?:\.\d{1,9})?")


class MappingError(ValueError):
    """A mapping that cannot be used: the message names its key."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping, checked against its category."""

    format: str
    columns: Mapping[str, str]
    delimiter: str = ","
    decimal: str = "."
    units: Mapping[str, str] = field(default_factory=dict)
    currency: str = ""
    title: str = ""
    id: str = ""
    valid_until: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()

    def places(self, column: str) -> bool:
        """Whether the mapping says what a column is."""
        named = {*self.columns.values(), *self.where, *self.ignore, self.title, self.id, self.valid_until}
        return column in named


_KEYS = {
    "format",
    "columns",
    "delimiter",
    "decimal",
    "units",
    "currency",
    "title",
    "id",
    "valid_until",
    "where",
    "terms",
    "ignore",
}


def read_mapping(table: Mapping[str, Any], category: Category) -> Mapped:
    """Check a mapping. Raises `MappingError`."""
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise MappingError(f"`{unknown[0]}` is no key of a mapping; known are {', '.join(sorted(_KEYS))}")
    columns = {str(name): str(column) for name, column in dict(table.get("columns") or {}).items()}
    for name in columns:
        if name != "currency" and category.issue(name) is None:
            raise MappingError(f"`columns.{name}` is no issue of `{category.id}`")
    if category.headline().name not in columns:
        raise MappingError(f"`columns` lacks the price, `{category.headline().name}`")
    units = {str(name): str(unit) for name, unit in dict(table.get("units") or {}).items()}
    for name, unit in units.items():
        if unit not in _UNITS:
            raise MappingError(f"`units.{name}` is one of {', '.join(_UNITS)}")
    form, delimiter, decimal = table.get("format", "csv"), str(table.get("delimiter", ",")), table.get("decimal", ".")
    if form not in ("csv", "jsonl", "xml") or len(delimiter) != 1 or decimal not in (".", ","):
        raise MappingError("`format` is csv, jsonl or xml, `delimiter` one character, `decimal` a point or a comma")
    texts = {key: str(table.get(key) or "") for key in ("currency", "title", "id", "valid_until")}
    where = {str(column): str(value) for column, value in dict(table.get("where") or {}).items()}
    ignore = frozenset(str(column) for column in list(table.get("ignore") or ()))
    return Mapped(form, columns, delimiter, str(decimal), units, where=where, ignore=ignore, **texts)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that counts. `name` and `title` are the company's words, `unread` its amounts without a place."""

    name: str
    title: str
    terms: Mapping[str, TermValue]
    valid_until: datetime | None
    unread: tuple[str, ...] = ()


def rows_in(content: str | bytes, mapping: Mapped, category: Category, problems: Problems) -> Iterator[Row]:
    """The rows that count and have a readable price; what is left out is counted in `problems`. XML comes as bytes,
    because it names its own charset."""
    return rows_of(_cells(content, mapping, problems), mapping, category, problems)


def rows_of(
    entries: Iterable[Mapping[str, str]], mapping: Mapped, category: Category, problems: Problems
) -> Iterator[Row]:
    """The same, of cells that were read already."""
    for number, cells in enumerate(entries):
        if number >= MAX_ROWS:
            problems.add("too_many_rows")
            return
        if any(cells.get(column) != value for column, value in mapping.where.items()):
            continue
        row = _row(cells, number, mapping, category, problems)
        if row is not None:
            yield row


def _cells(content: str | bytes, mapping: Mapped, problems: Problems) -> Iterator[dict[str, str]]:
    if isinstance(content, bytes):
        try:
            yield from items_in(content)
        except NotXml:
            problems.add("bad_xml")
        return
    text = content
    if mapping.format == "csv":
        try:
            for line in csv.DictReader(io.StringIO(text), delimiter=mapping.delimiter, strict=True):
                yield {str(key): str(value or "").strip() for key, value in line.items() if key is not None}
        except csv.Error:
            problems.add("bad_csv")
        return
    for raw in text.splitlines():
        if not raw.strip():
            continue
        try:
            value = strict_json(raw.encode("utf-8", "surrogatepass"))
        except NotStrictJson:
            problems.add("bad_line")
            continue
        if isinstance(value, dict):
            yield {key: "" if cell is None else str(cell).strip() for key, cell in value.items()}
        else:
            problems.add("bad_line")


def _row(cells: Mapping[str, str], number: int, mapping: Mapped, category: Category, problems: Problems) -> Row | None:
    column = mapping.columns.get("currency")
    currency = (cells.get(column, "") if column else "") or mapping.currency
    terms: dict[str, TermValue] = {}
    unread = [place for place, cell in cells.items() if not mapping.places(place) and _is_amount(place, cell)]
    for name, place in mapping.columns.items():
        issue = category.issue(name)
        cell = cells.get(place, "")
        if issue is None or not cell:
            continue
        try:
            terms[name] = _term(issue, cell, mapping, currency, category.currency)
        except (TermError, MoneyError, ValueError):
            problems.add("bad_cell", name)
            unread += [place] if issue.kind is IssueKind.MONEY else []
    if category.headline().name not in terms:
        problems.add("row_without_price")
        return None
    name = cells.get(mapping.id, "") or str(number + 1)
    ends = _end_of(cells.get(mapping.valid_until, ""), problems)
    return Row(name, cells.get(mapping.title, ""), terms, ends, names_of(unread))


def _is_amount(column: str, cell: str) -> bool:
    """Whether a cell nobody placed is to be paid: it carries a currency, or its column is called a charge."""
    zero = is_nothing(re.sub(r"[^0-9.,]", "", cell).replace(",", ".")) and re.search(r"[^\W\d_]{3}", cell) is None
    return not zero and (is_charge(column) or _CURRENCY.search(cell) is not None)


def _plain(cell: str, decimal: str) -> str:
    """A number as it is written in the file, as a plain decimal: grouping signs go, the decimal sign is a point."""
    grouping = "." if decimal == "," else ","
    text = re.sub(r"[\s'’\u00a0€$£%]", "", _CODE.sub("", cell)).replace(grouping, "").replace(decimal, ".")
    if not _AMOUNT.fullmatch(text):
        raise ValueError(cell[:40])
    return text


def _currency_of(cell: str, stated: str, usual: str) -> str:
    """The currency of an amount: its own, else the stated one, else the usual. Raises `ValueError` where two differ."""
    named = set(_CODE.findall(cell))
    for sign, meant in _SIGNS.items():
        if sign in cell and not named & meant:
            named |= {stated or usual} & meant or ({*meant} if len(meant) == 1 else {sign})
    if len(named | ({stated} if stated else set())) > 1:
        raise ValueError(cell[:40])
    return next(iter(named), stated or usual)


def _term(issue: Issue, cell: str, mapping: Mapped, currency: str, usual: str) -> TermValue:
    match issue.kind:
        case IssueKind.MONEY:
            return issue.parse(_plain(cell, mapping.decimal), _currency_of(cell, currency, usual))
        case IssueKind.NUMBER:
            return issue.parse(_plain(cell.replace(issue.unit, "") if issue.unit else cell, mapping.decimal))
        case IssueKind.DURATION if issue.name in mapping.units:
            return issue.parse(f"P{int(_plain(cell, mapping.decimal))}{_UNITS[mapping.units[issue.name]]}")
        case IssueKind.FLAG:
            return issue.parse(_WORD.get(cell.casefold(), cell))
        case _:
            return issue.parse(cell)


def _end_of(cell: str, problems: Problems) -> datetime | None:
    """The end of an ISO or German day."""
    german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", cell)
    text = f"{german[3]}-{int(german[2]):02}-{int(german[1]):02}" if german else cell
    if not text:
        return None
    try:
        return datetime.combine(datetime.fromisoformat(text).date(), time(23, 59, 59), UTC)
    except ValueError:
        problems.add("bad_day")
        return None

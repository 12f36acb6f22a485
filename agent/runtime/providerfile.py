"""A company as a file: its doors, what is ordered there and how its answers are read (`docs/providers.md`).

Strict, like every file of the person's: an unknown key is an error that names file and key.
"""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.kernel.errors import NeedInvalid
from agent.kernel.events import ProviderKnown
from agent.kernel.handevents import EndpointSet
from agent.kernel.ledger import Draft, Ledger
from agent.runtime.config import load_config
from agent.runtime.paths import Home
from negotiators.adapter import Unsupported
from negotiators.categories import Category, load_categories
from negotiators.channels.feed.mapping import MappingError, read_mapping
from negotiators.channels.mcp.tool import named_tool, read_tool_mapping
from negotiators.channels.payload.fields import Problems
from negotiators.channels.quotes import stated_terms
from negotiators.registry import names

_TOP = {"name", "categories", "trust", "endpoints"}
_ENDPOINT = {"channel", "url", "order", "reading"}
_ORDER = {"items", "codes", "consents", "currency", "search", "profile"}
_TOOL = {"tool", "arguments"}
_READING = {"web": {"title", "terms"}, "ucp": {"terms"}, "acp": {"terms"}, "mcp": {"terms"}}
TOOL = "mcptool"
MAPPED = ("feed", TOOL)
"""Channels whose fields mean what the file says."""

TRUST = ("trusted", "allowed", "blocked")


@dataclass(frozen=True, slots=True)
class Door:
    """One endpoint of a provider file. `order` and `reading` are tables by category."""

    channel: str
    url: str
    order: Mapping[str, Any]
    reading: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProviderFile:
    name: str
    categories: tuple[str, ...]
    trust: str
    doors: tuple[Door, ...]

    @property
    def id(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.casefold()).strip("-") or "provider"


def _refuse(path: Path, key: str, why: str) -> NeedInvalid:
    return NeedInvalid("provider_file", where=str(path), key=key, why=why)


def read_provider_file(path: Path, categories: Mapping[str, Category], channels: tuple[str, ...]) -> ProviderFile:
    """Raises `NeedInvalid` naming file and key."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as err:
        raise _refuse(path, "", str(err)) from err
    _known(table, _TOP, path, "")
    name, listed, trust = table.get("name"), table.get("categories"), table.get("trust", "allowed")
    if not isinstance(name, str) or not name.strip():
        raise _refuse(path, "name", "a company has a name")
    if not isinstance(listed, list) or not listed or any(entry not in categories for entry in listed):
        raise _refuse(path, "categories", f"a list of {', '.join(sorted(categories))}")
    if trust not in TRUST:
        raise _refuse(path, "trust", f"one of {', '.join(TRUST)}")
    doors = table.get("endpoints")
    if not isinstance(doors, list) or not doors:
        raise _refuse(path, "endpoints", "one table [[endpoints]] for each door")
    known = {entry: categories[entry] for entry in listed}
    return ProviderFile(name, tuple(listed), trust, tuple(_door(entry, known, channels, path) for entry in doors))


def _known(table: Mapping[str, Any], keys: set[str], path: Path, where: str) -> None:
    for key in table:
        if key not in keys:
            raise _refuse(path, f"{where}{key}", f"not a key here; there are {', '.join(sorted(keys))}")


def _door(table: Any, categories: Mapping[str, Category], channels: tuple[str, ...], path: Path) -> Door:
    if not isinstance(table, dict):
        raise _refuse(path, "endpoints", "a table")
    _known(table, _ENDPOINT, path, "endpoints.")
    channel, url = table.get("channel"), table.get("url")
    if channel not in channels:
        raise _refuse(path, "endpoints.channel", f"one of {', '.join(channels)}")
    if not isinstance(url, str) or not url.strip():
        raise _refuse(path, "endpoints.url", "an address")
    order, reading = table.get("order", {}), table.get("reading", {})
    for key, tables in (("order", order), ("reading", reading)):
        if not isinstance(tables, dict) or any(not isinstance(entry, dict) for entry in tables.values()):
            raise _refuse(path, f"endpoints.{key}", "a table for each category")
        for name in tables:
            if name not in categories:
                raise _refuse(path, f"endpoints.{key}.{name}", "not among this company's categories")
    for name, entry in order.items():
        _check_order(channel, entry, path, name)
    for name, entry in reading.items():
        _check_reading(channel, entry, categories[name], path)
    if channel in MAPPED and set(reading) != set(categories):
        raise _refuse(path, "endpoints.reading", "the columns of every category are needed")
    if channel == TOOL and set(order) != set(categories):
        raise _refuse(path, "endpoints.order", "a tool for every category")
    return Door(channel, url, order, reading)


def _check_order(channel: str, table: Mapping[str, Any], path: Path, category: str) -> None:
    from negotiators.channels.ucp.order import read_order

    _known(table, _TOOL if channel == TOOL else _ORDER, path, f"endpoints.order.{category}.")
    try:
        named_tool(table) if channel == TOOL else read_order({"order": table})
    except (Unsupported, ValueError) as err:
        raise _refuse(path, f"endpoints.order.{category}", str(err)) from err


def _check_reading(channel: str, table: Mapping[str, Any], category: Category, path: Path) -> None:
    if channel in MAPPED:
        try:
            read_tool_mapping(table, category) if channel == TOOL else read_mapping(table, category)
        except MappingError as err:
            raise _refuse(path, f"endpoints.reading.{category.id}", str(err)) from err
    elif channel in _READING:
        _known(table, _READING[channel], path, f"endpoints.reading.{category.id}.")
    problems = Problems()
    stated_terms(table.get("terms"), category, problems)
    for code in problems.codes():
        raise _refuse(path, f"endpoints.reading.{category.id}.terms", code)


def add_provider_file(root: Path, path: Path) -> tuple[str, Mapping[str, str]]:
    """Let a company in as its file says. Returns its id and its doors by channel. Raises `NeedInvalid`."""
    home = Home(root).make()
    config = load_config(home.config)
    found = read_provider_file(path, load_categories(home.categories), (*names(), *sorted(config.adapters)))
    ledger = Ledger(home.root)
    try:
        for door in found.doors:
            owner = ledger.row("SELECT provider FROM endpoints WHERE url=?", (door.url,))
            if owner is not None and owner["provider"] != found.id:
                raise NeedInvalid("address_taken", address=door.url, name=owner["provider"])
        for door in found.doors:
            ledger.append(datetime.now(UTC), _events(found, door))
    finally:
        ledger.close()
    return found.id, {door.channel: door.url for door in found.doors}


def _events(found: ProviderFile, door: Door) -> list[Draft | ProviderKnown]:
    settings = json.dumps({"order": door.order, "reading": door.reading}, ensure_ascii=False, default=str)
    body = f"endpoint:{uuid.uuid4().hex}"
    return [
        ProviderKnown(found.id, found.name, found.trust, door.url, door.channel, list(found.categories)),
        Draft(EndpointSet(found.id, door.url, body), settings),
    ]

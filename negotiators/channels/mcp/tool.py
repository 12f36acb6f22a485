"""Any tool of an MCP server as a price list: the person's file names the tool, its arguments and what its fields mean.

[endpoints.order.mobile_plan]        # sent
tool = "list_plans"
arguments = { region = "DE" }

[endpoints.reading.mobile_plan]      # stays here
rows = "data.plans"                  # where in the answer the rows are; without it the answer itself
columns = { price_monthly = "price.monthly", data_gb = "data_gb" }
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from negotiators.adapter import (
    ClearedMove,
    ClearedProbe,
    EndpointCard,
    Refused,
    Session,
    Unsupported,
)
from negotiators.categories import Category
from negotiators.channels.cards import card_hash
from negotiators.channels.faults import ExchangeFailed, as_adapter_error
from negotiators.channels.feed.items import BETWEEN, MAX_CELL, MAX_CELLS
from negotiators.channels.feed.mapping import Mapped, MappingError, Row, read_mapping, rows_of
from negotiators.channels.feed.session import Reader, RowsSession
from negotiators.channels.fixedprice import FixedPriceAdapter
from negotiators.channels.mcp.adapter import refusal_of
from negotiators.channels.payload.fields import Problems
from negotiators.dialogue import NegotiationId, ProviderId
from negotiators.wire import WireError, target_of

DEEPEST = 4


def read_tool_mapping(table: Mapping[str, object], category: Category) -> tuple[str, Mapped]:
    """Where the rows are, and what their fields mean. Raises `MappingError`."""
    found = dict(table)
    rows = found.pop("rows", "")
    if not isinstance(rows, str) or {"format", "delimiter"} & set(found):
        raise MappingError("`rows` is a path like data.plans; `format` and `delimiter` are no keys for a tool")
    return rows, read_mapping(found, category)


def named_tool(order: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """The tool of an order, and its arguments. Raises `Unsupported`."""
    tool, arguments = order.get("tool"), order.get("arguments", {})
    if not isinstance(tool, str) or not tool or not isinstance(arguments, Mapping):
        raise Unsupported("the provider file names no tool for this category")
    return tool, dict(arguments)


class McpToolAdapter(FixedPriceAdapter):
    """The channel to tools that are named by the person."""

    channel = "mcptool"

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        from negotiators.channels.mcp.exchange import Exchange

        try:
            origin = target_of(probe.url, self._rules).origin
        except WireError as err:
            raise as_adapter_error(err) from err
        try:
            tools = await Exchange(probe.url, self._rules, self._limits).tools()
        except ExchangeFailed as err:
            raise refusal_of(err) from err
        if not tools:
            raise Unsupported("the server has no tools")
        return self._card(probe.url, origin, "mcp", card_hash(sorted(tools)), {"endpoint": probe.url})

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        from negotiators.channels.mcp.exchange import Exchange

        known = self._category(category)
        settings = json.loads(card.details.get("settings", "{}"))
        try:
            rows, mapping = read_tool_mapping(settings, known)
        except MappingError as err:
            raise Refused(f"the provider file's mapping: {err}") from err
        url = card.details["endpoint"]
        provider = ProviderId(card.details.get("provider", card.origin))
        reader = Reader(url, known, provider, mapping, settings.get("terms"), self._clock, self.channel)
        return _ToolSession(resume, reader, Exchange(url, self._rules, self._limits), rows)


class _ToolSession(RowsSession):
    def __init__(self, resume: str, reader: Reader, exchange: object, rows: str) -> None:
        from negotiators.channels.mcp.exchange import Exchange

        super().__init__(resume, reader)
        assert isinstance(exchange, Exchange)
        self._exchange = exchange
        self._path = rows

    async def _rows(self, cleared: ClearedMove, problems: Problems) -> tuple[list[Row], bytes]:
        order = cleared.payload.get("order")
        tool, arguments = named_tool(order if isinstance(order, Mapping) else {})
        answered = await self._exchange.look(tool, arguments)
        entries = [_cells(entry) for entry in _entries(answered.data, self._path)]
        rows = list(rows_of(entries, self._reader.mapping, self._reader.category, problems))
        return rows, json.dumps(entries, sort_keys=True).encode("utf-8", "surrogatepass")


def _entries(value: object, path: str) -> list[Mapping[str, object]]:
    """The objects at a path; one object is a list of one. Raises `ExchangeFailed` where nothing is there."""
    for name in filter(None, path.split(".")):
        value = value.get(name) if isinstance(value, Mapping) else None
    listed = value if isinstance(value, list) else [value]
    found = [entry for entry in listed if isinstance(entry, Mapping)]
    if not found:
        raise ExchangeFailed("no_rows", sent=True, malformed=True)
    return found


def _cells(entry: Mapping[str, object]) -> dict[str, str]:
    """The fields of a row; one inside another is named by both (`price.monthly`)."""
    cells: dict[str, str] = {}
    for name, text in _leaves(entry, "", 1):
        if len(cells) < MAX_CELLS:
            cells[name] = text[:MAX_CELL]
    return cells


def _leaves(entry: Mapping[str, object], path: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, value in entry.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from _leaves(value, f"{name}.", depth + 1)
        elif isinstance(value, list):
            yield name, BETWEEN.join(str(one) for one in value[:MAX_CELLS])
        else:
            yield name, "" if value is None else str(value).strip()

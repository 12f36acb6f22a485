"""Tools of a company's own making, read by a mapping: the contract of all adapters, and what is never called."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agent.kernel.errors import NeedInvalid
from agent.runtime.providerfile import read_provider_file
from negotiators.adapter import Adapter, DeliveryState
from negotiators.categories import shipped
from negotiators.channels.mcp import McpToolAdapter
from negotiators.clock import SimClock
from negotiators.dialogue import Ask
from negotiators.registry import names
from negotiators.testkit import AdapterContract
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import tapped
from negotiators.wire import AddressRules, Limits
from tests.requirements import requirement
from tests.support.mcpshop import mcp_shop, plan_tools

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
ORDER: dict[str, Any] = {"tool": "list_plans", "arguments": {"region": "DE"}}
READING: dict[str, Any] = {
    "rows": "data.plans", "title": "name", "id": "code", "units": {"term": "month"},
    "columns": {"price_monthly": "price.monthly", "data_gb": "data_gb", "term": "months"},
}  # fmt: skip


def adapter(patience: float = 10.0) -> McpToolAdapter:
    return McpToolAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=patience), clock=SimClock(START))


class TestMcpTool(AdapterContract):
    order: ClassVar = ORDER
    settings: ClassVar = READING
    patience = 2.0
    company_logs = ("uvicorn", "mcp.server", "sse_starlette")

    def adapter(self, patience: float) -> Adapter:
        return adapter(patience)

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with mcp_shop(tools=plan_tools) as url:
            yield url


async def asked(order: Mapping[str, Any], reading: Mapping[str, Any], stateless: bool = True) -> tuple[Any, Any]:
    async with mcp_shop(tools=plan_tools, stateless=stateless) as url:
        base, _, path = url.removeprefix("http://").partition("/")
        async with tapped(f"http://{base}") as tap:
            stage = Stage(adapter, tap, f"/{path}", shipped()["mobile_plan"], order, reading)
            async with stage.session() as session:
                return await stage.say(session, Ask())


@pytest.mark.parametrize("stateless", [True, False])
async def test_the_rows_of_a_named_tool_are_offers(stateless: bool) -> None:
    _, replies = await asked(ORDER, READING, stateless)
    offers = offers_of(replies)
    assert [(str(o.terms["price_monthly"]), str(o.terms["data_gb"]), str(o.terms["term"])) for o in offers] == [
        ("12.50 EUR", "20", "P1M"), ("7.99 EUR", "5", "P24M"),
    ]  # fmt: skip
    assert all(offer.typed and not offer.unread for offer in offers)
    assert replies[0].text.reveal() == "Mittel\nKlein"


async def test_a_charge_nobody_placed_and_a_foreign_currency_are_told() -> None:
    _, replies = await asked(ORDER | {"arguments": {"region": "CH"}}, READING)
    (offer,) = offers_of(replies)
    assert str(offer.terms["price_monthly"]) == "3.00 CHF" and offer.unread


@requirement("mandate:a-named-tool-only-looks")
@pytest.mark.parametrize(
    ("tool", "code"),
    [
        ("order_plan", "refused:tool_changes_something"),
        ("drop_plan", "refused:tool_changes_something"),
        ("buy_plan", "refused:no_such_tool"),
    ],
)
async def test_a_tool_that_changes_something_is_never_called(tool: str, code: str) -> None:
    delivery, replies = await asked(ORDER | {"tool": tool}, READING)
    assert (delivery.state, delivery.error, replies) == (DeliveryState.FAILED, code, [])


FILE = """name = "Own Tools"
categories = ["mobile_plan"]
[[endpoints]]
channel = "mcptool"
url = "https://plans.example/mcp"
[endpoints.order.mobile_plan]
{order}
[endpoints.reading.mobile_plan]
{reading}
"""
COLUMNS = 'columns = { price_monthly = "price.monthly" }'


def test_the_file_of_a_tool_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FILE.format(order='tool = "list_plans"\narguments = { region = "DE", pages = 2 }', reading=COLUMNS))
    assert read_provider_file(path, shipped(), names()).doors[0].order["mobile_plan"]["tool"] == "list_plans"


@pytest.mark.parametrize(
    ("order", "reading", "key"),
    [
        ('items = ["a"]', COLUMNS, "endpoints.order.mobile_plan.items"),
        ("arguments = {}", COLUMNS, "endpoints.order.mobile_plan"),
        ('tool = "t"\narguments = "x"', COLUMNS, "endpoints.order.mobile_plan"),
        ('tool = "t"', "", "endpoints.reading.mobile_plan"),
        ('tool = "t"', COLUMNS + '\nformat = "csv"', "endpoints.reading.mobile_plan"),
        ('tool = "t"', COLUMNS + "\nrows = 3", "endpoints.reading.mobile_plan"),
    ],
)
def test_a_mistake_in_the_file_of_a_tool_is_named(tmp_path: Path, order: str, reading: str, key: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(FILE.format(order=order, reading=reading))
    with pytest.raises(NeedInvalid) as refused:
        read_provider_file(path, shipped(), names())
    assert refused.value.params["key"] == key

"""A catalogue over MCP on the vendor's own server, on loopback: UCP's tools, or those of older storefronts."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp_types import ToolAnnotations

STOREFRONT = Path(__file__).parents[1] / "fixtures/mcp/storefront_product.json"
PRICES = {"roses": 3500, "tulips": 3000, "pot": 1500}


def variant(name: str) -> dict[str, Any]:
    price = {"amount": PRICES[name], "currency": "EUR"}
    return {"id": f"{name}-v", "title": "Standard", "price": price, "availability": {"available": name != "pot"}}


def product(name: str) -> dict[str, Any]:
    return {"id": name, "title": name.title(), "variants": [variant(name)]}


def ucp_tools(server: MCPServer) -> None:
    @server.tool()
    def search_catalog(catalog: dict[str, Any], meta: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"products": [product(name) for name in PRICES if catalog["query"] in name]}

    @server.tool()
    def lookup_catalog(catalog: dict[str, Any], meta: dict[str, Any] | None = None) -> dict[str, Any]:
        return {"products": [product(name) for name in catalog["ids"] if name in PRICES]}

    @server.tool(structured_output=False)
    def say_hello() -> str:
        return "hello"

    @server.tool()
    def delete_everything() -> str:
        raise AssertionError("only catalogue tools are called")


def storefront_tools(server: MCPServer) -> None:
    @server.tool(structured_output=False)
    def search_shop_catalog(query: str, context: str) -> str:
        found = [
            {"product_id": f"gid://{name}", "title": name.title(),
             "variants": [{"variant_id": f"gid://{name}-v", "price": f"{amount / 100:.2f}", "currency": "EUR", "available": True}]}
            for name, amount in PRICES.items() if query in name
        ]  # fmt: skip
        return json.dumps({"products": found})

    @server.tool(structured_output=False)
    def get_product_details(product_id: str, options: dict[str, str] | None = None) -> str:
        """What a real storefront answered, its words replaced (`tests/fixtures/mcp`)."""
        answer = json.loads(STOREFRONT.read_text("utf-8"))
        return json.dumps(answer if product_id == answer["product"]["product_id"] else {"product": None})


def plan_tools(server: MCPServer) -> None:
    """Tools of a company's own making, one of which says that it changes something."""

    @server.tool()
    def list_plans(region: str) -> dict[str, Any]:
        plans = [
            {"code": "s", "name": "Klein", "price": {"monthly": "7.99 EUR"}, "data_gb": 5, "months": 24, "region": "DE"},
            {"code": "m", "name": "Mittel", "price": {"monthly": "12.50 EUR"}, "data_gb": 20, "months": 1, "region": "DE"},
            {"code": "x", "name": "Export", "price": {"monthly": "3.00 CHF", "setup": "5.00 CHF"}, "data_gb": 1,
             "months": 1, "region": "CH"},
        ]  # fmt: skip
        return {"data": {"plans": [plan for plan in plans if plan["region"] == region]}}

    @server.tool(annotations=ToolAnnotations(read_only_hint=False))
    def order_plan(region: str) -> dict[str, Any]:
        raise AssertionError("a tool that changes something is never called")

    @server.tool(annotations=ToolAnnotations(destructive_hint=True))
    def drop_plan(region: str) -> dict[str, Any]:
        raise AssertionError("a tool that changes something is never called")

    @server.tool(structured_output=False)
    def say_hello(region: str) -> str:
        return "hello"


@asynccontextmanager
async def mcp_shop(
    *, older: bool = False, stateless: bool = True, tools: Callable[[MCPServer], None] | None = None
) -> AsyncIterator[str]:
    """Serves the shop, or what else `tools` puts up; yields its MCP address."""
    server = MCPServer("shop")
    (tools or (storefront_tools if older else ucp_tools))(server)
    app = server.streamable_http_app(stateless_http=stateless, json_response=stateless)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on", ws="none"))
    serving = asyncio.ensure_future(running.serve(sockets=[bound]))
    try:
        while not running.started:
            await asyncio.sleep(0)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
    finally:
        running.force_exit = running.should_exit = True
        await asyncio.wait({serving}, timeout=10)
        bound.close()

"""The MCP channel's exchange as a program: what the client conformance suite runs (`... SERVER_URL`)."""

from __future__ import annotations

import asyncio
import sys

from negotiators.channels.faults import ExchangeFailed
from negotiators.channels.mcp.exchange import Exchange
from negotiators.wire import AddressRules, Limits

CALLS: dict[str, dict[str, object]] = {"add_numbers": {"a": 5, "b": 3}, "get-sum": {"a": 2, "b": 40}}


async def main(url: str) -> None:
    exchange = Exchange(url, AddressRules(allow_loopback=True), Limits(total=20))
    for tool in await exchange.tools():
        if tool in CALLS:
            try:
                await exchange.call(tool, [CALLS[tool]])
            except ExchangeFailed as err:
                print(tool, err.code)  # these tools answer in words, and we read data only


if __name__ == "__main__":
    asyncio.run(main(sys.argv[-1]))

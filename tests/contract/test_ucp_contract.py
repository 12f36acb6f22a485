"""The UCP channel keeps the contract of all adapters, in every version it knows and one it does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar

from negotiators.adapter import Adapter
from negotiators.channels.ucp import UcpAdapter
from negotiators.clock import SimClock
from negotiators.testkit import AdapterContract
from negotiators.wire import AddressRules, Limits
from tests.support.ucpshop import UcpShop, ucp_shop

START = datetime(2026, 11, 22, 9, tzinfo=UTC)


class TestUcp20260111(AdapterContract):
    category = "purchase"
    order: ClassVar = {
        "items": [{"id": "roses", "quantity": 2}],
        "codes": ["TENOFF", "gegenbot-code"],
        "currency": "EUR",
    }
    version = "2026-01-11"

    def adapter(self, patience: float) -> Adapter:
        rules = AddressRules(allow_loopback=True)
        return UcpAdapter(rules=rules, limits=Limits(total=patience), clock=SimClock(START))

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with ucp_shop(UcpShop(self.version)) as served:
            yield served.url


class TestUcp20260123(TestUcp20260111):
    version = "2026-01-23"


class TestUcp20260408(TestUcp20260111):
    version = "2026-04-08"


class TestUcpNewer(TestUcp20260111):
    version = "2026-08-25"

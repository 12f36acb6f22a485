"""The A2A channel keeps the contract of all adapters, against companies of the arena."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from negotiators.adapter import Adapter
from negotiators.arena import Arena
from negotiators.channels.a2a import A2AAdapter
from negotiators.clock import SimClock
from negotiators.testkit import AdapterContract
from negotiators.wire import AddressRules, Limits

START = datetime(2026, 11, 22, 9, tzinfo=UTC)


class TestA2A(AdapterContract):
    name = "funkturm"
    company_logs = ("uvicorn", "a2a.server", "a2a.utils")

    def adapter(self, patience: float) -> Adapter:
        return A2AAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=patience))

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with Arena.of(7, SimClock(START), [self.name]) as arena:
            yield arena.endpoints[0].url

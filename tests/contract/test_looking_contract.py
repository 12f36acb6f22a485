"""The channels that only look keep the contract of all adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import ClassVar

from agent.language.pages import page_prices
from negotiators.adapter import Adapter
from negotiators.channels.feed import FeedAdapter
from negotiators.channels.web import WebAdapter
from negotiators.clock import SimClock
from negotiators.testkit import AdapterContract
from negotiators.wire import AddressRules, Limits
from tests.support.sites import PLAN_MAPPING, PLANS, TULIPS, VASE_MAPPING, VASES, site

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
LOOPBACK = AddressRules(allow_loopback=True)


class TestWeb(AdapterContract):
    category = "purchase"
    settings: ClassVar = {"terms": {"shipping": "4.90"}}

    def adapter(self, patience: float) -> Adapter:
        return WebAdapter(reader=page_prices, rules=LOOPBACK, limits=Limits(total=patience), clock=SimClock(START))

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with site({"/tulips": ("text/html; charset=utf-8", TULIPS)}) as served:
            yield f"{served.url}/tulips"


class TestCsv(AdapterContract):
    settings: ClassVar = PLAN_MAPPING

    def adapter(self, patience: float) -> Adapter:
        return FeedAdapter(rules=LOOPBACK, limits=Limits(total=patience), clock=SimClock(START))

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with site({"/plans.csv": ("text/csv", PLANS)}) as served:
            yield f"{served.url}/plans.csv"


class TestJsonLines(TestCsv):
    settings: ClassVar = {
        "format": "jsonl", "columns": {"price_monthly": "price", "data_gb": "gb", "term": "term"}, "id": "id",
    }  # fmt: skip

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        lines = (
            '{"id": 1, "price": "9.99", "gb": 20, "term": "P1M"}\n{"id": 2, "price": 12, "gb": 50, "term": "P24M"}\n'
        )
        async with site({"/plans.jsonl": ("application/x-ndjson", lines)}) as served:
            yield f"{served.url}/plans.jsonl"


class TestRss(TestCsv):
    category = "purchase"
    settings: ClassVar = VASE_MAPPING

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with site({"/vases.xml": ("application/rss+xml", VASES)}) as served:
            yield f"{served.url}/vases.xml"

"""Discovery and sessions of the feed channel."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Unpack

from negotiators.adapter import ClearedMove, ClearedProbe, EndpointCard, Refused, Session
from negotiators.channels.feed.mapping import MappingError, Row, read_mapping, rows_in
from negotiators.channels.feed.session import Reader, RowsSession
from negotiators.channels.fixedprice import FixedPriceAdapter, Given
from negotiators.channels.payload.fields import Problems
from negotiators.channels.polite import Guest, text_of
from negotiators.dialogue import NegotiationId, ProviderId


class FeedAdapter(FixedPriceAdapter):
    """The channel to price lists."""

    channel = "feed"

    def __init__(self, **given: Unpack[Given]) -> None:
        super().__init__(**given)
        self._guest = Guest(self._rules, self._limits, self._clock)

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        origin = await self._guest.welcome(probe.url)
        digest = hashlib.sha256(origin.encode()).hexdigest()
        return self._card(probe.url, origin, "price list", digest, {"list": probe.url})

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        known = self._category(category)
        settings = json.loads(card.details.get("settings", "{}"))
        try:
            mapping = read_mapping(settings, known)
        except MappingError as err:
            raise Refused(f"the provider file's mapping: {err}") from err
        provider = ProviderId(card.details.get("provider", card.origin))
        reader = Reader(card.details["list"], known, provider, mapping, settings.get("terms"), self._clock)
        return _FeedSession(resume, reader, self._guest)


class _FeedSession(RowsSession):
    def __init__(self, resume: str, reader: Reader, guest: Guest) -> None:
        super().__init__(resume, reader)
        self._guest = guest

    async def _rows(self, cleared: ClearedMove, problems: Problems) -> tuple[list[Row], bytes]:
        page, mapping = await self._guest.fetch(self._reader.source), self._reader.mapping
        content = page.body if mapping.format == "xml" else text_of(page)
        rows = await asyncio.to_thread(lambda: list(rows_in(content, mapping, self._reader.category, problems)))
        return rows, page.body

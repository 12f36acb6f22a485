"""One rehearsal: an adapter, a tap on its wire and a company behind it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

from negotiators.adapter import Adapter, ClearedMove, Delivery, EndpointCard, Session
from negotiators.categories import Category
from negotiators.dialogue import Move, NegotiationId, Offer, Propose, Reply
from negotiators.testkit import rehearsal
from negotiators.testkit.wiretap import Asked, Exchanged, Wiretap, tapped
from negotiators.text import UntrustedText

_DERIVED = re.compile(r"[0-9a-fA-F-]{16,128}")
"""Ids computed from a message id, and digests."""


@dataclass(slots=True)
class Stage:
    """What a check plays on. `numbers` makes message ids; `prefix` tells two rehearsals apart."""

    make: Callable[[], Adapter]
    tap: Wiretap
    path: str
    category: Category
    order: Mapping[str, object]
    settings: Mapping[str, object]
    prefix: str = "m"
    count: int = 0
    cleared: list[ClearedMove] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.tap.url + self.path

    async def card(self, adapter: Adapter | None = None) -> EndpointCard:
        """Who answers, with the settings the person's provider file would bring."""
        found = await (adapter or self.make()).discover(rehearsal.probe(self.url))
        details = {**found.details, "provider": rehearsal.PROVIDER}
        if self.settings:
            details["settings"] = json.dumps(self.settings)
        return replace(found, details=details)

    @asynccontextmanager
    async def session(self, resume: str = "", card: EndpointCard | None = None) -> AsyncIterator[Session]:
        adapter = self.make()
        found = card or await self.card(adapter)
        opened = await adapter.open(found, NegotiationId(f"n-{self.prefix}"), self.category.id, resume)
        try:
            yield opened
        finally:
            await opened.close()

    def clear(self, move: Move, *, message_id: str = "", text: str = "Hello, a bot writes.") -> ClearedMove:
        self.count += 1
        made = rehearsal.cleared(
            move, self.category, url=self.url, message_id=message_id or f"{self.prefix}-{self.count:04d}",
            round=self.count, text=text, order=self.order,
        )  # fmt: skip
        self.cleared.append(made)
        return made

    async def say(self, session: Session, move: Move) -> tuple[Delivery, list[Reply]]:
        delivery = await session.send(self.clear(move))
        return delivery, await session.receive()


@asynccontextmanager
async def staged(
    make: Callable[[], Adapter],
    company: AbstractAsyncContextManager[str],
    category: Category,
    order: Mapping[str, object],
    settings: Mapping[str, object],
) -> AsyncIterator[Stage]:
    async with company as address, tapped(address) as tap:
        path = address.removeprefix("http://").partition("/")
        yield Stage(make, tap, f"/{path[2]}" if path[1] else "", category, order, settings)


def offers_of(replies: list[Reply]) -> list[Offer]:
    return [move.offer for reply in replies for move in reply.moves if isinstance(move, Propose)]


def strings_in(value: Any) -> Iterator[str]:
    """Every plain string in a value of the house's words, however deep. `UntrustedText` is wrapped and left out."""
    match value:
        case str():
            yield value
        case UntrustedText():
            return
        case Mapping():
            for key, inner in value.items():
                yield str(key)
                yield from strings_in(inner)
        case list() | tuple() | set() | frozenset():
            for inner in value:
                yield from strings_in(inner)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for one in fields(value):
                yield from strings_in(getattr(value, one.name))


def said_in(asked: Asked) -> Iterator[str]:
    """The strings and longer numbers of one request: path, query, header values and the leaves of its body."""
    yield from (part for part in re.split(r"[/?&=]", asked.path) if part)
    yield from (value for _, value in asked.content[2])
    try:
        yield from _leaves(json.loads(asked.content[3])) if asked.body else ()
    except ValueError:
        yield asked.body.decode("utf-8", "replace")


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield key
                yield from _leaves(inner)
        case list():
            for inner in value:
                yield from _leaves(inner)
        case str():
            yield value
        case int() | float() if not isinstance(value, bool) and abs(value) > 99:
            yield str(value)


def unexplained(run: list[Exchanged], cleared: list[ClearedMove], constants: set[str], url: str) -> list[str]:
    """Strings a run sent that are neither cleared, nor the company's own, nor the protocol's constant words."""
    allowed = [url, *(str(one.message_id) for one in cleared), *(str(one.negotiation) for one in cleared)]
    allowed += [json.dumps(one.payload, default=str, ensure_ascii=False) for one in cleared]
    allowed += [one.text for one in cleared]
    heard = "".join(one.answered.body.decode("utf-8", "replace") for one in run if one.answered is not None)
    known = "\n".join([*allowed, heard])
    found = []
    for one in run:
        for said in said_in(one.asked):
            inner = json.dumps(said, ensure_ascii=False)[1:-1]
            if said in constants or _DERIVED.fullmatch(said) or said in known or inner in known:
                continue
            found.append(said)
    return sorted(set(found))

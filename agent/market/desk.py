"""What the parts of the market share: ledger, gate, threads, needs, clock, reader and the rules of a talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from agent.kernel.disclosure import Disclosure
from agent.kernel.events import Event
from agent.kernel.gate import Gate
from agent.kernel.ledger import Draft, Ledger
from agent.kernel.myterms import Agreements
from agent.market.needs_book import NeedsBook
from agent.market.table import Table
from agent.market.threads import Thread, Threads
from agent.market.understand import Reader
from agent.needs.need import Need
from negotiators.clock import Clock


@dataclass(frozen=True, slots=True)
class MarketRules:
    """How talks are held. `rounds` of one move each; `poll` after a `working` answer; `seed` for the engine."""

    rounds: int = 12
    poll: timedelta = timedelta(minutes=30)
    language: str = "en"
    seed: int = 0


def fault_note(code: str, provider: str) -> tuple[str, dict[str, str]]:
    """The incident that tells the person of a channel's fault, with its parameters."""
    if code.startswith("adapter_") and code != "adapter_error":
        return code, {"provider": provider}
    return ("provider_malformed" if code == "malformed" else "provider_unreachable"), {"provider": provider}


@dataclass(frozen=True, slots=True)
class Desk:
    """One per process. `languages` names the language of single providers; others get `rules.language`."""

    ledger: Ledger
    gate: Gate
    disclosure: Disclosure
    agreements: Agreements
    threads: Threads
    book: NeedsBook
    clock: Clock
    reader: Reader
    new_id: Callable[[], str]
    rules: MarketRules
    languages: Mapping[str, str] = field(default_factory=dict)
    doubting: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held from reading the doubts about an endpoint to recording one, so that two needs ask about it once."""

    async def append(self, *events: Draft | Event) -> None:
        """Record events in one transaction, off the event loop."""
        await asyncio.to_thread(self.ledger.append, self.clock.now(), list(events))

    def threads_of(self, need: Need) -> list[Thread]:
        """The need's talks in provider-id order, restored from the ledger where this process has none yet."""
        found = []
        rows: Sequence[Mapping[str, object]] = [
            dict(row)
            for row in self.ledger.rows(
                "SELECT * FROM negotiations WHERE need=? ORDER BY provider, endpoint, id", (need.id,)
            )
        ]
        for row in rows:
            thread = self.threads.get(str(row["id"]))
            if thread is not None and thread.endpoint != row["endpoint"]:
                self.threads.leave(thread)  # the person moved the talk to another door
                thread = None
            if thread is None:
                thread = self.threads.restore(row, Table.of(self.book.valuation(need)))
            found.append(thread)
        return found

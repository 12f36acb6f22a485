"""A whole house on companies that live in the test's process: no sockets, no sleeps, a clock that is moved by hand.

Arrival order and delay are numbers of turns of the event loop, drawn from a seeded generator.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.market.desk import MarketRules
from agent.needs.need import Mandate, Need, Wish
from agent.runtime.config import Config, Memory, Negotiation
from agent.runtime.wiring import House, build
from memory.keys import KeySource, ThrowawayKey
from memory.persona import demo_persona
from negotiators.adapter import (
    Adapter,
    Capabilities,
    ClearedMove,
    ClearedProbe,
    Delivery,
    DeliveryState,
    EndpointCard,
    Session,
    Unreachable,
)
from negotiators.clock import SimClock
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Evidence,
    Leave,
    MessageId,
    Move,
    NegotiationId,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reply,
    ReplyStatus,
    Standing,
    Terms,
)
from negotiators.money import Money, Period
from negotiators.text import UntrustedText

START = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
CAPABILITIES = Capabilities("a2a", frozenset({"ask", "propose", "accept", "commit"}), True, True, idempotent=True)
KEY = b"k" * 32

Behaviour = Callable[["Company", ClearedMove], Iterable[Reply]]
"""What a company answers to one message; it may raise an `AdapterError` or any other exception."""


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def phone_terms(price: str = "15.00", gb: str = "20", term: str = "P1M", **more: Any) -> Terms:
    values: dict[str, Any] = {"price_monthly": eur(price), "data_gb": Decimal(gb), "term": Period.parse(term)}
    return Terms.of({**values, **more})


def typed_offer(provider: str, terms: Terms, *, offer_id: str = "o-1", until: datetime | None = None) -> Offer:
    evidence = tuple(Evidence(name, Standing.TYPED, f"terms.{name}", reader="test") for name in terms)
    return Offer(OfferId(offer_id), ProviderId(provider), "mobile_plan", terms, until, True, evidence)


@dataclass(slots=True)
class Company:
    """One company: behaviour, what it heard, and how many loop turns its answers take."""

    name: str
    behaviour: Behaviour
    delays: random.Random = field(default_factory=lambda: random.Random(0))
    slowest: int = 0
    heard: list[ClearedMove] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    latest: Offer | None = None
    commits: list[ClearedMove] = field(default_factory=list)

    def reply(self, *moves: Move, text: str = "", status: ReplyStatus = ReplyStatus.ANSWERED, **more: Any) -> Reply:
        said = UntrustedText(text, self.name) if text else None
        return Reply(MessageId(f"{self.name}-{next(self.numbers)}"), moves, said, status, **more)

    def propose(self, terms: Terms, *, text: str = "", until: datetime | None = None) -> Reply:
        offer = typed_offer(self.name, terms, offer_id=f"{self.name}-o{next(self.numbers)}", until=until)
        self.latest = offer
        return self.reply(Propose(offer), text=text)

    async def wait(self) -> None:
        for _ in range(self.delays.randint(0, self.slowest) if self.slowest else 0):
            await asyncio.sleep(0)


@dataclass(slots=True)
class FakeSession(Session):
    company: Company
    waiting: list[Reply] = field(default_factory=list)
    closed: bool = False

    async def send(self, cleared: ClearedMove) -> Delivery:
        await self.company.wait()
        self.company.heard.append(cleared)
        if isinstance(cleared.move, Commit):
            self.company.commits.append(cleared)
        self.waiting += list(self.company.behaviour(self.company, cleared))
        return Delivery(DeliveryState.DELIVERED, cleared.message_id)

    async def receive(self) -> list[Reply]:
        await self.company.wait()
        found, self.waiting = self.waiting, []
        return found

    async def status(self, reference: str) -> Delivery:
        known = any(one.message_id == reference for one in self.company.heard)
        return Delivery(DeliveryState.DELIVERED if known else DeliveryState.UNKNOWN, MessageId(reference))

    async def cancel(self, reference: str) -> None:
        return None

    def resume_token(self) -> str:
        return '{"context":"c"}'

    async def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class FakeAdapter(Adapter):
    """The companies of a test by address. `sessions` stay with the company, as a thread does with a real one."""

    companies: dict[str, Company]
    sessions: dict[str, FakeSession] = field(default_factory=dict)

    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        company = self.companies.get(probe.url)
        if company is None:
            raise Unreachable(probe.url)
        await company.wait()
        name = UntrustedText(company.name, company.name)
        return EndpointCard(probe.url, probe.url, "a2a", "a2a/1.0", "h", name, name, CAPABILITIES)

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        return self.sessions.setdefault(negotiation, FakeSession(self.companies[card.url]))


def seller(
    start: str, floor: str, step: str = "1.00", *, gb: str = "20", term: str = "P1M", text: str = ""
) -> Behaviour:
    """Concedes `step` a round from `start` down to `floor`, takes what is not below its present price, confirms."""

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        move = cleared.move
        turn = sum(1 for one in company.heard if isinstance(one.move, Ask | Propose)) - 1
        price = max(Decimal(floor), Decimal(start) - Decimal(step) * turn)
        match move:
            case Ask():
                return [company.propose(phone_terms(str(price), gb, term), text=text)]
            case Propose(offer=offer):
                asked = offer.terms.get("price_monthly")
                if isinstance(asked, Money) and asked.amount >= price:
                    return [company.reply(Accept(offer.id, offer.terms), text=text)]
                return [company.propose(phone_terms(str(price), gb, term), text=text)]
            case Commit(terms=terms):
                return [company.reply(Confirm(terms, move.offer_id, "ref-1"), text=text)]
            case _:
                return []

    return behave


def once(*replies: Callable[[Company], Reply]) -> Behaviour:
    """Answers the n-th message with the n-th reply, then with silence."""

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        at = len(company.heard) - 1
        return [replies[at](company)] if at < len(replies) else []

    return behave


def leaves(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
    return [company.reply(Leave("no"))]


def phone_need(need_id: str = "need-1", **mandate: Any) -> Need:
    limits: dict[str, Any] = {"max_total": eur("260.00"), "max_term_months": 12, **mandate}
    wishes = (Wish("data_gb", minimum=Decimal(20), hard=True), Wish("price_monthly", maximum=eur("20.00"), hard=True))
    return Need(need_id, "mobile_plan", "", wishes, Mandate(**limits))


def counting_ids(prefix: str = "i") -> Callable[[], str]:
    """Ids `i-00000001...`: the same in every run."""
    numbers = itertools.count(1)
    return lambda: f"{prefix}{next(numbers):08x}" * 2


def open_house(
    root: Path,
    companies: Mapping[str, Company] | Iterable[Company] = (),
    *,
    clock: SimClock | None = None,
    rules: MarketRules | None = None,
    config: Config | None = None,
    sources: list[KeySource] | None = None,
    adapter: Adapter | None = None,
    new_id: Callable[[], str] | None = None,
    persona: bool = False,
) -> House:
    """A house whose every channel leads to `companies`. The first call for a folder lets them in as providers."""
    found = companies.values() if isinstance(companies, Mapping) else companies
    known = {f"https://{company.name}.example": company for company in found}
    config = config or Config(memory=Memory(embedder="ngram"), negotiation=Negotiation(patience_seconds=60.0))
    house = build(
        root,
        clock=clock or SimClock(START),
        config=config,
        sources=sources if sources is not None else [ThrowawayKey(KEY)],
        rules=rules or MarketRules(rounds=8, poll=timedelta(minutes=30)),
        **({"new_id": new_id} if new_id else {}),
    )
    channel = adapter or FakeAdapter(known)
    house.threads._adapter_for = lambda name: channel
    if persona and not house.person.rules():
        demo_persona().load_into(house.person.store, house.person.unlock())
        house.gate.scanner = house.person.scanner()
    for url, company in known.items():
        if house.ledger.row("SELECT 1 FROM providers WHERE id=?", (company.name,)) is None:
            house.know_provider(company.name, company.name.title(), url, ["mobile_plan"], "allowed")
    return house


@asynccontextmanager
async def living(root: Path, companies: Iterable[Company] = (), **more: Any) -> Any:
    house = open_house(root, companies, **more)
    try:
        yield house
    finally:
        await house.close()


def without_wishes(need: Need) -> Need:
    return replace(need, wishes=())

"""The A2A channel against every style of the arena, over real loopback sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from negotiators.adapter import DeliveryState, EndpointCard, Malformed, Session, Unreachable
from negotiators.arena import Arena, roster
from negotiators.channels.a2a import A2AAdapter
from negotiators.channels.payload import EXTENSION_URI
from negotiators.clock import SimClock
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    Leave,
    NegotiationId,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reject,
    Reply,
    ReplyStatus,
    Terms,
    Withdraw,
    terms_hash,
)
from negotiators.money import Money
from negotiators.wire import AddressRules
from tests.support.cleared import cleared_move, cleared_probe

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
READABLE = [spec.name for spec in roster() if spec.style not in {"unreachable", "malformed"}]
TYPED = [spec.name for spec in roster() if spec.style not in {"unreachable", "malformed", "plain"}]


@pytest.fixture
def clock() -> SimClock:
    return SimClock(START)


@pytest.fixture
async def arena(clock: SimClock, request: pytest.FixtureRequest) -> AsyncIterator[Arena]:
    """The company a test is parametrised with, else all of them."""
    chosen = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None
    async with Arena.of(7, clock, [chosen] if chosen else None) as running:
        yield running


def adapter() -> A2AAdapter:
    return A2AAdapter(rules=AddressRules(allow_loopback=True))


class Buyer:
    """A test's hand on one thread: numbers its messages, waits out the simulated clock."""

    def __init__(self, session: Session, card: EndpointCard, category: str, clock: SimClock) -> None:
        self.session = session
        self.card = card
        self.category = category
        self._clock = clock
        self._count = 0

    async def say(self, move: object, text: str = "Hello.", informs: tuple[Inform, ...] = ()) -> Reply:
        self._count += 1
        cleared = cleared_move(
            move,  # type: ignore[arg-type]
            category=self.category,
            message_id=f"m-{self._count}",
            round=self._count,
            text=text,
            informs=informs,
        )
        delivery = await self.session.send(cleared)
        assert delivery.state is DeliveryState.DELIVERED, delivery
        return await self.hear()

    async def hear(self) -> Reply:
        replies = await self.session.receive()
        if replies[-1].status is ReplyStatus.WORKING:
            assert await self.session.receive() == []
            self._clock.advance(timedelta(hours=8))
            replies = await self.session.receive()
        (reply,) = replies
        return reply


async def meet(arena: Arena, name: str, clock: SimClock) -> Buyer:
    endpoint = arena.endpoint(name)
    card = await adapter().discover(cleared_probe(endpoint.url))
    session = await adapter().open(card, NegotiationId("n-1"), endpoint.category)
    return Buyer(session, card, endpoint.category, clock)


def offer_in(reply: Reply) -> Offer:
    return next(move.offer for move in reply.moves if isinstance(move, Propose))


def commit_to(buyer: Buyer, offer_id: OfferId, terms: Terms) -> Commit:
    return Commit(offer_id, terms, terms_hash(ProviderId("x"), buyer.category, terms))


@pytest.mark.parametrize("name", READABLE)
async def test_every_company_can_be_found_and_asked(arena: Arena, clock: SimClock, name: str) -> None:
    buyer = await meet(arena, name, clock)
    reply = await buyer.say(Ask())
    endpoint = arena.endpoint(name)
    assert buyer.card.protocol == endpoint.protocol
    assert reply.text is not None and reply.problems == ()
    assert buyer.card.capabilities.typed_terms == (endpoint.style != "plain")
    if endpoint.style == "plain":
        assert reply.moves == ()
        assert b"gegenbot.example" not in arena.log.of(name).bodies[0]
    else:
        assert buyer.card.categories == (endpoint.category,)
        assert offer_in(reply).typed
    await buyer.session.close()


@pytest.mark.parametrize("name", TYPED)
async def test_a_talk_ends_in_exactly_one_contract(arena: Arena, clock: SimClock, name: str) -> None:
    buyer = await meet(arena, name, clock)
    reply = await buyer.say(Ask())
    needed = [move for move in reply.moves if isinstance(move, Inquire) and move.required]
    if needed:
        assert not offer_in(reply).binding
        first, *rest = [Inform(question.field, "somewhere", "region") for question in needed]
        reply = await buyer.say(first, informs=tuple(rest))
    offer = offer_in(reply)
    assert offer.binding and offer.valid_until is not None and offer.valid_until > clock.now()
    held = await buyer.say(Accept(offer.id, offer.terms))
    assert held.moves == (Accept(offer.id, offer.terms),)
    confirmed = await buyer.say(commit_to(buyer, offer.id, offer.terms))
    (confirmation,) = confirmed.moves
    assert isinstance(confirmation, Confirm)
    assert (confirmation.terms, confirmation.offer_id) == (offer.terms, offer.id)
    again = await buyer.say(commit_to(buyer, offer.id, offer.terms))
    assert again.moves == (confirmation,)
    log = arena.log.of(name)
    assert [contract.terms for contract in log.contracts] == [offer.terms]
    assert log.commits == 2
    await buyer.session.close()


async def test_a_resent_message_keeps_its_id_and_its_answer(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "funkturm", clock)
    cleared = cleared_move(Ask(), category="mobile_plan", message_id="once")
    await buyer.session.send(cleared)
    (first,) = await buyer.session.receive()
    await buyer.session.send(cleared)
    assert await buyer.session.receive() == []  # the same answer is heard once
    assert first.moves and arena.log.of("funkturm").messages == {"once": 2}
    await buyer.session.close()


@pytest.mark.parametrize("name", ["funkturm", "adler", "volt"])
async def test_counters_move_a_company_and_a_good_one_is_accepted(arena: Arena, clock: SimClock, name: str) -> None:
    buyer = await meet(arena, name, clock)
    offer = offer_in(await buyer.say(Ask()))
    headline = next(
        key for key, value in offer.terms.items() if isinstance(value, Money) and key.startswith(("price", "unit"))
    )
    asked = offer.terms[headline]
    assert isinstance(asked, Money)
    prices = [asked]
    share = Decimal("0.80")
    for turn in range(9):
        share += Decimal("0.02")
        bid = Money((asked.amount * share).quantize(Decimal("0.001")), "EUR")
        mine = Offer(OfferId(f"b-{turn}"), ProviderId("x"), buyer.category, offer.terms.with_(**{headline: bid}))
        reply = await buyer.say(Propose(mine, offer.id))
        if any(isinstance(move, Accept) for move in reply.moves):
            assert reply.moves == (Accept(mine.id, mine.terms),)
            break
        offer = offer_in(reply)
        price = offer.terms[headline]
        assert isinstance(price, Money)
        prices.append(price)
    assert prices == sorted(prices, key=lambda money: -money.amount)
    assert prices[-1] < prices[0]
    await buyer.session.close()


async def test_an_accept_of_other_terms_or_an_unknown_offer_is_turned_down(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "simsalabim", clock)
    offer = offer_in(await buyer.say(Ask()))
    cheaper = offer.terms.with_(price_monthly=Money.of("1.00", "EUR"))
    assert (await buyer.say(commit_to(buyer, offer.id, cheaper))).moves == (Reject(offer.id),)
    assert (await buyer.say(Accept(OfferId("never"), offer.terms))).moves == (Reject(OfferId("never")),)
    clock.advance(timedelta(days=30))
    assert (await buyer.say(commit_to(buyer, offer.id, offer.terms))).moves == (Reject(offer.id),)
    assert arena.log.of("simsalabim").contracts == []
    await buyer.session.close()


async def test_a_late_company_answers_on_the_shared_clock(arena: Arena, clock: SimClock) -> None:
    endpoint = arena.endpoint("gruenstrom")
    card = await adapter().discover(cleared_probe(endpoint.url))
    session = await adapter().open(card, NegotiationId("n-1"), "electricity")
    await session.send(cleared_move(Ask(), category="electricity"))
    (working,) = await session.receive()
    assert (working.status, working.moves) == (ReplyStatus.WORKING, ())
    assert await session.receive() == []
    token = session.resume_token()
    await session.close()
    clock.advance(timedelta(hours=8))
    resumed = await adapter().open(card, NegotiationId("n-1"), "electricity", token)
    (answer,) = await resumed.receive()
    assert answer.status is ReplyStatus.ANSWERED and offer_in(answer).terms
    await resumed.close()


async def test_what_was_heard_before_a_restart_is_not_heard_again(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "kranich", clock)
    await buyer.say(Ask())
    token = buyer.session.resume_token()
    await buyer.session.close()
    resumed = await adapter().open(buyer.card, NegotiationId("n-1"), "removal", token)
    assert await resumed.receive() == []
    await resumed.close()


async def test_the_removal_firm_slips_ten_days_after_the_contract(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "kranich", clock)
    await buyer.say(Ask())
    told = Inform("floor", "2", "band")
    offer = offer_in(await buyer.say(told, informs=(Inform("flat_size", "60-80", "band"),)))
    await buyer.say(commit_to(buyer, offer.id, offer.terms))
    assert await buyer.session.receive() == []
    clock.advance(timedelta(days=10))
    (slip,) = await buyer.session.receive()
    day = offer.terms["day"]
    assert slip.moves == (Withdraw(offer.id), Inform("day", (day + timedelta(days=2)).isoformat(), "exact"))  # type: ignore[operator, union-attr]
    assert arena.log.of("kranich").told == {"floor": "2", "flat_size": "60-80"}
    await buyer.session.close()


async def test_status_finds_a_message_by_its_task(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "simsalabim", clock)
    await buyer.say(Ask())
    token = buyer.session.resume_token()
    assert (await buyer.session.status("m-1")).state is DeliveryState.DELIVERED
    fresh = await adapter().open(buyer.card, NegotiationId("n-1"), "mobile_plan", token.replace('"m-1"', '"m-0"'))
    found = await fresh.status("m-1")
    assert (found.state, found.reference) == (DeliveryState.DELIVERED, "t-n-1")
    assert (await fresh.status("m-9")).state is DeliveryState.UNKNOWN
    await fresh.close()
    await buyer.session.close()


async def test_a_plain_company_bargains_and_confirms_in_sentences(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "packesel", clock)
    asked = await buyer.say(Ask(), "Umzug am 12. Dezember 2026, bitte ein Angebot.")
    assert asked.text is not None and "12.12.2026" in asked.text.reveal()
    for bid in range(500, 1500, 50):
        reply = await buyer.say(Ask(), f"Ginge es so?\n- Preis: {bid},00 EUR\n- Tag: 12. Dezember 2026")
        assert reply.text is not None
        if reply.text.reveal().startswith("Einverstanden"):
            break
    confirmed = await buyer.say(Ask(), f"Ich nehme Ihr Angebot verbindlich an:\n- Preis: {bid},00 EUR")
    assert confirmed.text is not None and confirmed.text.reveal().startswith("Vertrag bestätigt")
    (contract,) = arena.log.of("packesel").contracts
    assert contract.terms["price"] == Money.of(bid, "EUR")
    await buyer.session.close()


async def test_leaving_ends_the_talk(arena: Arena, clock: SimClock) -> None:
    buyer = await meet(arena, "simsalabim", clock)
    await buyer.say(Ask())
    reply = await buyer.say(Leave("no_agreement"))
    assert reply.moves == () and arena.log.of("simsalabim").acts == ["ask", "leave"]
    await buyer.session.close()


async def test_an_unreachable_company_is_unreachable(arena: Arena) -> None:
    with pytest.raises(Unreachable):
        await adapter().discover(cleared_probe(arena.endpoint("netzlos").url))


async def test_a_malformed_company_costs_only_its_own_talk(arena: Arena, clock: SimClock) -> None:
    endpoint = arena.endpoint("kabelnetz")
    card = await adapter().discover(cleared_probe(endpoint.url))
    outcomes = []
    for turn in range(11):
        session = await adapter().open(card, NegotiationId(f"n-{turn}"), "internet")
        delivery = await session.send(cleared_move(Ask(), category="internet", message_id=f"m-{turn}"))
        assert delivery.state is DeliveryState.DELIVERED
        try:
            outcomes.append((await session.receive())[0].problems)
        except Malformed as err:
            outcomes.append(str(err).rpartition(": ")[2])
        await session.close()
    assert outcomes == [
        "not_strict_json",
        "json_constant",
        ("number_not_string:price_monthly", "empty_offer"),
        "json_duplicate_key",
        "json_too_deep",
        "json_long_number",
        "not_the_protocol",
        "not_the_protocol",
        "not_strict_json",
        ("empty_reply",),
        "too_large",
    ]
    assert offer_in(await (await meet(arena, "elbe", clock)).say(Ask())).terms


async def test_headers_name_version_and_extension(arena: Arena, clock: SimClock) -> None:
    for name, version in (("funkturm", "1.0"), ("adler", "0.3")):
        buyer = await meet(arena, name, clock)
        await buyer.say(Ask())
        headers = arena.log.of(name).headers[-1]
        assert headers["a2a-version"] == version
        assert headers["a2a-extensions"] == headers["x-a2a-extensions"] == EXTENSION_URI
        assert headers["sec-gpc"] == "1"
        assert not {"cookie", "referer"} & set(headers)
        await buyer.session.close()


async def test_equal_seeds_give_equal_talks(clock: SimClock) -> None:
    async def talk(seed: int) -> list[Reply]:
        async with Arena.of(seed, SimClock(START), ["wabe", "leitung"]) as arena:
            found = []
            for name in ("wabe", "leitung"):
                buyer = await meet(arena, name, clock)
                found += [await buyer.say(Ask()), await buyer.say(Reject())]
                await buyer.session.close()
            return [
                Reply(one.message_id, tuple(_plain(move) for move in one.moves), problems=one.problems) for one in found
            ]

    assert await talk(3) == await talk(3)
    assert await talk(3) != await talk(4)


def _plain(move: object) -> object:
    from dataclasses import replace

    return replace(move, offer=replace(move.offer, provider=ProviderId("x"))) if isinstance(move, Propose) else move

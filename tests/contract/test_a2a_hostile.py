"""What reaches the agent from a hostile company: typed, bounded, named, and costing only its own talk."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

import pytest

from negotiators.adapter import AdapterError, DeliveryState, Refused, Session
from negotiators.arena import Arena
from negotiators.arena.hostile import HOSTILE, elsewhere, hostile
from negotiators.channels.a2a import A2AAdapter
from negotiators.clock import SimClock
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    NegotiationId,
    Offer,
    Propose,
    ProviderId,
    Reject,
    Reply,
    terms_hash,
)
from negotiators.wire import AddressRules, Limits
from tests.support.cleared import cleared_move, cleared_probe
from tests.support.peer import Asked, http, peer

BY_ATTACK = {one.attack: one for one in HOSTILE}
CODE = re.compile(r"[a-z_]+(:[A-Za-z0-9_.:\[\]-]*)?")
CHANNEL = A2AAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=3.0, grace=0.3))


def market(*attacks: int) -> Arena:
    return Arena.of(3, SimClock(datetime(2026, 11, 22, tzinfo=UTC)), [BY_ATTACK[attack] for attack in attacks])


async def met(arena: Arena, index: int = 0) -> Session:
    card = await CHANNEL.discover(cleared_probe(arena.endpoints[index].url))
    return await CHANNEL.open(card, NegotiationId("n-1"), "mobile_plan")


async def talk(session: Session, turns: int) -> list[Reply]:
    heard: list[Reply] = []
    for turn in range(turns):
        move = Reject() if turn else Ask()
        await session.send(cleared_move(move, category="mobile_plan", message_id=f"m-{turn}", round=turn + 1))
        heard += await session.receive()
    return heard


def offers(replies: list[Reply]) -> list[Offer]:
    return [move.offer for reply in replies for move in reply.moves if isinstance(move, Propose)]


def test_there_is_one_hostile_company_for_each_attack() -> None:
    assert sorted(one.attack for one in HOSTILE) == list(range(1, 16))


@pytest.mark.parametrize("attack", [1, 2, 3, 4, 8, 9, 11, 12, 13, 14, 15])
async def test_an_attack_in_the_content_leaves_only_names_codes_and_quarantined_text(attack: int) -> None:
    async with market(attack) as arena:
        session = await met(arena)
        replies = await talk(session, 8)
        await session.close()
    assert len(replies) == 8
    for reply in replies:
        assert all(CODE.fullmatch(problem) for problem in reply.problems), reply.problems
        assert not any(isinstance(move, Confirm | Accept) for move in reply.moves)
        assert sum(1 for move in reply.moves if not isinstance(move, Propose)) <= 16
        seen = repr(reply.moves)
        assert "\x1b" not in seen and "ignore all" not in seen and "@click" not in seen


async def test_wrong_units_never_become_a_price() -> None:
    async with market(11) as arena:
        session = await met(arena)
        replies = await talk(session, 8)
        await session.close()
    currencies = [offer.terms["price_monthly"].currency for offer in offers(replies) if "price_monthly" in offer.terms]  # type: ignore[union-attr]
    assert currencies == ["USD", "EUR", "JPY"]  # read as what they are; the free plan has its fee beside it
    assert [reply.problems for reply in replies if reply.problems] == [
        ("bad_term:price_monthly",),
        ("bad_term:price_monthly",),
        ("wrong_type:price_monthly",),
        ("number_not_string:price_monthly",),
        ("negative:price_monthly",),
    ]


async def test_a_confirmation_that_differs_is_seen_to_differ() -> None:
    async with market(10) as arena:
        session = await met(arena)
        (first,) = await talk(session, 1)
        (offer,) = offers([first])
        commit = Commit(offer.id, offer.terms, terms_hash(ProviderId("x"), "mobile_plan", offer.terms))
        await session.send(cleared_move(commit, category="mobile_plan", message_id="m-c"))
        (reply,) = await session.receive()
        await session.close()
    (confirmation,) = reply.moves
    assert isinstance(confirmation, Confirm) and confirmation.terms != offer.terms


async def test_a_changed_card_has_another_hash() -> None:
    async with market(14) as arena:
        cards = [await CHANNEL.discover(cleared_probe(arena.endpoints[0].url)) for _ in range(3)]
    assert cards[0].card_hash != cards[1].card_hash == cards[2].card_hash


async def test_a_card_that_sends_us_inside_is_refused() -> None:
    async with market(7) as arena:
        with pytest.raises(Refused):
            await CHANNEL.discover(cleared_probe(arena.endpoints[0].url))


async def test_a_redirect_never_carries_our_message_to_the_canary() -> None:
    async def canary(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(http({}))

    async with peer(canary) as trap:
        umleiter = hostile("umleiter", elsewhere(trap.url + "/"))
        async with Arena.of(1, SimClock(datetime(2026, 11, 22, tzinfo=UTC)), [umleiter]) as arena:
            session = await met(arena)
            delivery = await session.send(cleared_move(Ask(), category="mobile_plan"))
            await session.close()
    assert delivery.error == "malformed:redirect_refused" and trap.asked == []


async def test_bombs_drips_and_floods_are_cut_while_another_talk_goes_on() -> None:
    async with market(6, 3) as arena:
        bomb, beside = await met(arena), await met(arena, 1)
        errors = []
        honest = asyncio.ensure_future(talk(beside, 8))
        for turn in range(3):
            fresh = cleared_move(Ask(), category="mobile_plan", message_id=f"b-{turn}")
            errors.append((await bomb.send(fresh)).error)
        replies = await honest
        await bomb.close()
        await beside.close()
    assert errors == ["malformed:inflated", "too_slow_rate", "malformed:too_large"]
    assert len(replies) == 8


async def test_broken_bodies_are_named() -> None:
    async with market(5) as arena:
        for turn in range(11):
            session = await met(arena)
            delivery = await session.send(cleared_move(Ask(), category="mobile_plan", message_id=f"m-{turn}"))
            assert delivery.state is DeliveryState.DELIVERED
            try:
                await session.receive()
            except AdapterError as err:
                assert err.code == "malformed"
            await session.close()

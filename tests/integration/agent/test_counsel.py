"""What the talks of a need are worth to one another at a barrier."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.market.conversation import Quit
from agent.market.counsel import Counsel, Outside
from negotiators.dialogue import NegotiationState, Terms
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, phone_terms, seller, typed_offer


async def opened(house, rounds: int):
    """A need whose talks have had so many rounds."""
    need = house.state_need(phone_need())
    await house.market.open(need)
    threads = house.market.threads_of(need)
    for _ in range(rounds):
        await house.market._round(need, threads, threads)
    return need, threads


COMPANIES = (("acme", "19.90", "15.00"), ("bolt", "19.00", "11.00"), ("calm", "19.50", "18.50"))


def companies() -> list[Company]:
    return [Company(name, seller(start, floor, "0.50")) for name, start, floor in COMPANIES]


async def test_before_anything_is_heard_there_is_no_outside_option(tmp_path: Path) -> None:
    async with living(tmp_path / "h", companies()) as house:
        need, threads = await opened(house, 0)
        assert Counsel(house.market._desk).outside(need, threads, 1) == {}


async def test_open_talks_raise_the_option_without_an_agreement_and_each_is_left_out_of_its_own(tmp_path: Path) -> None:
    async with living(tmp_path / "h", companies()) as house:
        need, threads = await opened(house, 4)
        counsel = Counsel(house.market._desk)
        found = counsel.outside(need, threads, 5)
        floor = counsel.reservation(need, threads[0].table)
        assert all(option.sure is None for option in found.values())
        assert any(option.hoped is not None and option.hoped > floor for option in found.values())
        alone = counsel.outside(need, threads[:1], 5)
        assert alone[threads[0].id] == Outside()


async def test_an_agreement_held_counts_for_the_others_until_it_expires(tmp_path: Path) -> None:
    async with living(tmp_path / "h", companies()) as house:
        need, threads = await opened(house, 3)
        counsel, now = Counsel(house.market._desk), house.clock.now()
        offer = typed_offer("bolt", phone_terms("9.00", "100", "P0D"))
        threads[1].talk = replace(threads[1].talk, state=NegotiationState.HELD, accepted=offer)
        found = counsel.outside(need, threads, 4)
        worth = threads[1].table.utility(offer.terms)
        assert found[threads[0].id].sure == pytest.approx(worth)
        assert found[threads[0].id].hoped >= found[threads[0].id].sure
        assert found[threads[1].id].sure is None
        threads[1].talk = replace(threads[1].talk, accepted=replace(offer, valid_until=now))
        assert counsel.outside(need, threads, 4)[threads[0].id].sure is None


@requirement("order:arrival-and-delay")
async def test_options_do_not_depend_on_the_order_of_talks_or_on_a_round_cut_short(tmp_path: Path) -> None:
    async with living(tmp_path / "h", companies()) as house:
        need, threads = await opened(house, 4)
        counsel = Counsel(house.market._desk)
        before = counsel.outside(need, threads, 5)
        assert counsel.outside(need, threads[::-1], 5) == before
        await house.market._round(need, threads, threads[:1])
        assert len(threads[0].talk.transcript) > len(threads[1].talk.transcript)
        assert counsel.outside(need, threads, 5) == before


async def test_a_hope_never_ends_a_talk_but_an_agreement_held_does(tmp_path: Path) -> None:
    async with living(tmp_path / "h", companies()) as house:
        need, threads = await opened(house, 2)
        counsel, talk = Counsel(house.market._desk), threads[0].talk
        hoping, body = counsel.choose(need, threads[0], Outside(None, 1.5), Terms())
        assert not isinstance(hoping, Quit) and '"outside":null' in body
        threads[0].talk = talk
        sure, body = counsel.choose(need, threads[0], Outside(1.5, 1.5), Terms())
        assert isinstance(sure, Quit) and '"outside":1.5' in body


async def test_hoping_for_the_others_costs_no_agreement(tmp_path: Path) -> None:
    async with living(tmp_path / "h", companies()) as house:
        need = house.state_need(phone_need())
        await house.market.open(need)
        await house.market.advance(need)
        await house.market.hold_live(need)
        threads = {thread.talk.provider: thread for thread in house.market.threads_of(need)}
        best = threads["bolt"].talk.accepted
        assert best is not None and best.terms["price_monthly"].amount < 17
        for thread in threads.values():
            table, last = thread.table, thread.talk.accepted or thread.talk.live
            assert last is not None and table.utility(last.terms) <= table.utility(best.terms)
            assert thread.talk.accepted is not None or table.utility(last.terms) < table.utility(best.terms)

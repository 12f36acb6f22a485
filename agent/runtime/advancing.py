"""The talks of every open need, as far as they go in one tick."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent.needs.need import Need
from agent.runtime.pause import pauses
from agent.runtime.wiring import House


async def advance_all(house: House, live: Sequence[Need], *, wait: bool) -> bool:
    """Open and carry on the talks of every need: first all of them as far as quick companies go, then, with `wait`, to
    the end. Without it a late answer rings and goes on in a later tick. True when talks could go on at once and
    something else came first."""
    await asyncio.gather(*(house.market.open(need, wait=wait) for need in live))
    shares = []
    for need in live:
        shares.append(pauses(house.ledger, house.clock, len(live)))
        await house.market.advance(need, shares[-1], wait=False)
    for need, share in zip(live, shares, strict=True):
        if wait and not share.made and house.market.awaits(need):
            await house.market.advance(need, share)
    house.threads.rung.clear()
    await house.market.hear_late([need.id for need in live])
    return any(share.made for share in shares)

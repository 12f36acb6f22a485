"""A thread that goes on in another process: an answer that was never read is given again, one that was is not."""

from __future__ import annotations

from decimal import Decimal

from negotiators.channels.a2a import A2AAdapter
from negotiators.dialogue import Ask, NegotiationId, Propose
from negotiators.wire import AddressRules, Limits
from tests.requirements import requirement
from tests.support.cleared import cleared_move, cleared_probe
from tests.support.shop import Shop, opened


@requirement("durable:nothing-lost")
async def test_an_answer_that_was_received_but_never_read_comes_again_after_a_restart() -> None:
    channel = A2AAdapter(rules=AddressRules(allow_loopback=True), limits=Limits())
    async with opened(Shop("acme", Decimal(16), Decimal(9))) as served:
        found = await channel.discover(cleared_probe(served.url))
        asking = cleared_move(Ask(), category="mobile_plan", message_id="m-1")
        first = await channel.open(found, NegotiationId("n-1"), "mobile_plan")
        await first.send(asking)
        unread = first.resume_token()  # what the ledger knows when the process dies here
        (reply,) = await first.receive()
        read = first.resume_token()
        await first.close()
        for token, expected in ((unread, [reply.message_id]), (read, [])):
            again = await channel.open(found, NegotiationId("n-1"), "mobile_plan", token)
            await again.send(asking)
            heard = await again.receive()
            assert [one.message_id for one in heard] == expected
            assert all(isinstance(one.moves[0], Propose) for one in heard)
            await again.close()

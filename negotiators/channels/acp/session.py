"""One thread with one ACP shop: UCP's search, without the questions."""

from __future__ import annotations

from negotiators.adapter import ClearedMove, Delivery, Unsupported
from negotiators.channels.ucp.session import Search, UcpSession
from negotiators.dialogue import Inform, Move


class AcpSession(UcpSession):
    """A delivery is priced there for a whole postal address only, which is the winner's to know: nobody is asked for
    one, and an offer without the price of a delivery stays incomplete unless the person's file states it."""

    async def send(self, cleared: ClearedMove) -> Delivery:
        if isinstance(cleared.move, Inform):
            raise Unsupported("a shop over ACP is told nothing of the person")
        return await super().send(cleared)

    def _questions(self, search: Search) -> list[Move]:
        return []

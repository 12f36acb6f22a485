"""The person's own counter-proposal: their numbers go to the company once, and the better of its answer and what it had
offered before becomes the next card.

The engine decides nothing here. Until an answer has come the card stands as countered, until its own deadline.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.kernel.codec import terms_from
from agent.kernel.events import NegotiationMoved
from agent.market.conversation import Broken, Reason
from agent.market.desk import Desk
from agent.market.endpoints import bargains, carries
from agent.market.hearing import Listener
from agent.market.seen import improves, usable
from agent.market.speaking import Speaker
from agent.market.threads import Thread
from agent.needs.need import Need
from negotiators.dialogue import (
    IssueKind,
    NegotiationState,
    Offer,
    OfferId,
    Party,
    Propose,
    Terms,
    TermValue,
    Withdraw,
    parse_term,
)

RULE = "person_counters"
"""The rule of the decision record of such a proposal."""


def wanted(legs: Sequence[Mapping[str, Any]], changes: Mapping[str, str]) -> dict[str, Terms]:
    """By talk, the terms of each leg with what the person wants instead. Keys are `ISSUE`, or `PROVIDER_ID.ISSUE` where
    there are several legs. Raises `ValueError` for an issue no leg has or a value that is none of its kind."""
    found: dict[str, dict[str, TermValue]] = {}
    for key, value in changes.items():
        provider, _, issue = key.rpartition(".")
        leg = next((one for one in legs if provider in ("", one["provider"]) and issue in one["terms"]), None)
        if leg is None or (not provider and len(legs) > 1):
            raise ValueError(f"no leg has `{key}`")
        own = terms_from(leg["terms"])
        kind = IssueKind(leg["terms"][issue]["kind"])
        terms = found.setdefault(str(leg["negotiation"]), dict(own))
        terms[issue] = parse_term(kind, value, currency=str(leg["currency"]))
    return {talk: Terms.of(terms) for talk, terms in found.items()}


class Countering:
    """Sends a person's counter-proposal and holds what is best after it."""

    def __init__(self, desk: Desk, speaker: Speaker, listener: Listener) -> None:
        self._desk, self._speaker, self._listener = desk, speaker, listener

    async def counter(self, need: Need, thread: Thread, terms: Terms, decided: int) -> bool:
        """Propose the person's terms. Sent once for the decision numbered `decided`, whatever was cut off. False where
        the company could not be asked, by this door or now: what the card showed then stands as it was."""
        ledger, door = self._desk.ledger, (thread.endpoint, thread.channel)
        if not bargains(ledger, *door) or not carries(ledger, *door, "propose"):
            return False
        said = "SELECT 1 FROM choices WHERE negotiation=? AND rule=? AND seq>?"
        if ledger.row(said, (thread.id, RULE, decided)) is not None:
            return True
        before = self._held(thread)
        await self._desk.append(NegotiationMoved(thread.id, NegotiationState.REOPENED.value, RULE))
        thread.talk = replace(thread.talk, state=NegotiationState.REOPENED, accepted=None)
        offer = Offer(OfferId(self._desk.new_id()), thread.talk.provider, thread.talk.category, terms)
        answers = thread.talk.live.id if thread.talk.live else None
        ticket = await self._speaker.clear(need, thread, Propose(offer, answers), Reason(RULE))
        heard = Broken("refused") if ticket is None else await self._desk.threads.exchange(thread, ticket)
        if isinstance(heard, Broken) and before is not None:
            await self._hold(need, thread, before)
            return False
        await self._listener.apply(need, thread, heard)
        return True

    async def settle(self, need: Need, threads: Sequence[Thread]) -> None:
        """Hold the best there is in every talk where the company answered the person with anything but yes."""
        for thread in threads:
            if thread.talk.state is NegotiationState.WAITING_US and not thread.talk.inquiries and self._asked(thread):
                best = self._best(thread)
                if best is not None:
                    await self._hold(need, thread, best)

    async def _hold(self, need: Need, thread: Thread, offer: Offer) -> None:
        thread.talk = replace(thread.talk, state=NegotiationState.HELD, accepted=offer, live=offer)
        await self._listener.hold(need, thread)

    def _asked(self, thread: Thread) -> bool:
        """Whether the last proposal of this talk was the person's own."""
        row = self._desk.ledger.row(
            "SELECT rule FROM choices WHERE negotiation=? AND act IN ('propose','counter') ORDER BY seq DESC LIMIT 1",
            (thread.id,),
        )
        return row is not None and row["rule"] == RULE

    def _best(self, thread: Thread) -> Offer | None:
        """What the card showed, or their answer where it is worth no less; nothing where they took it all back."""
        talk, now = thread.talk, self._desk.clock.now()
        theirs = [entry.move for entry in talk.transcript if entry.party is Party.THEM]
        if theirs and isinstance(theirs[-1], Withdraw):
            return None
        held, live = self._held(thread), talk.live
        found = [one for one in (held, live) if one is not None and usable(one, thread.table, talk.provider, now)]
        if len(found) < 2 or held is None:
            return found[0] if found else None
        return live if improves(held, live, thread.table, talk.provider, now) else held

    def _held(self, thread: Thread) -> Offer | None:
        """The agreement the card was made of, as it stands in the transcript."""
        row = self._desk.ledger.row("SELECT held FROM negotiations WHERE id=?", (thread.id,))
        if row is None or not row["held"]:
            return None
        bound = json.loads(row["held"])["hash"]
        offers = (entry.move.offer for entry in thread.talk.transcript if isinstance(entry.move, Propose))
        return next((offer for offer in offers if offer.hash == bound), None)

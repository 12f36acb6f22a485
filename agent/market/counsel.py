"""What the engine is asked with: a talk's profile, what the others are worth to it, and the record of its answer."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.kernel.chain import canonical
from agent.market.acquaintance import prior_of, view_json
from agent.market.conversation import Decision, OurTurn, Quit, Talk, step
from agent.market.desk import Desk
from agent.market.doors import leads
from agent.market.endpoints import bargains
from agent.market.seen import asking, engine_view, last_called, rounds_of, rounds_used
from agent.market.table import Table, profile_json
from agent.market.threads import Thread
from agent.needs.need import Need
from negotiators.bargaining import OurMove, Profile, TheirMove, outlook
from negotiators.bargaining import rivals as coordinator
from negotiators.dialogue import ENDED, NegotiationState, OfferId, Terms

MANY = 2
"""From so many companies on, held ones counted, there is a best-and-final round."""

SOFT = 0.8
"""Chance that an agreement still stands when we sign if its terms are only claimed or not binding."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the other talks are worth to one: `sure` is held now, `hoped` adds what open talks may still bring."""

    sure: float | None = None
    hoped: float | None = None
    rivals: int = 0
    """How many companies are asked for their best and final offer in this round, this one among them; else 0."""


class Counsel:
    """Puts the engine's questions and keeps the inputs of its answers. Sends nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def reservation(self, need: Need, table: Table) -> float:
        """The worth of the worst acceptable deal, or of going on as today where that is better."""
        today = self._desk.book.contract_terms(need)
        return max(table.floor(), table.utility(today)) if today is not None else table.floor()

    def profile(
        self, need: Need, thread: Thread, talk: Talk, outside: float | None = None, *, last_call: bool = False
    ) -> Profile:
        seed = zlib.crc32(f"{self._desk.rules.seed}|{need.category}|{thread.talk.provider}".encode())
        if not thread.acquainted:
            thread.prior, thread.acquainted = prior_of(self._desk.ledger, thread.id), True
        reservation = self.reservation(need, thread.table)
        return thread.table.profile(
            rounds_of(talk, last_call), seed=seed, reservation=reservation, outside=outside, prior=thread.prior,
            asking=asking(talk, thread.table),
        )  # fmt: skip

    def outside(self, need: Need, threads: Sequence[Thread], number: int) -> Mapping[str, Outside]:
        """Outside options for the barrier before round `number`, from agreements held and from what the open talks
        promised before it. Only talks of one pace count on one another; the groups meet when the window closes."""
        group = [thread for thread in threads if thread.in_step]
        held = [found for thread in group if (found := self._held(thread)) is not None]
        hoped = [*held, *(found for thread in group if (found := self._hoped(need, thread, number)) is not None)]
        if not hoped:
            return {}
        asked = _finalists(hoped, group, number)
        rivals = len({thread.talk.provider for thread in group if thread.id in asked})
        options: dict[str, Outside] = {}
        for thread in group:
            own = {other.id for other in group if other.talk.provider == thread.talk.provider}
            others = [[one for one in some if one.provider not in own] for some in (held, hoped)]
            options[thread.id] = self._option(need, thread, others, rivals if thread.id in asked else 0)
        return options

    def _option(
        self, need: Need, thread: Thread, others: Sequence[Sequence[coordinator.Thread]], rivals: int
    ) -> Outside:
        """From what the other companies hold and promise: at its own other door a company is no rival of itself."""
        floor = self.reservation(need, thread.table)
        sure, best = (coordinator.outside_option(some, thread.id, 0.0, 0) for some in others)
        return Outside(sure if sure > floor else None, best if best > floor else None, rivals)

    def _held(self, thread: Thread) -> coordinator.Thread | None:
        offer, now = thread.talk.accepted, self._desk.clock.now()
        if thread.talk.state is not NegotiationState.HELD or offer is None:
            return None
        if offer.valid_until is not None and offer.valid_until <= now:
            return None
        return coordinator.Thread(
            thread.id, "held", thread.table.utility(offer.terms), holds=1.0 if offer.typed else SOFT
        )

    def _hoped(self, need: Need, thread: Thread, number: int) -> coordinator.Thread | None:
        """What an open talk promised at the last barrier; a round cut short by a restart looks the same again."""
        talk = _before(thread.talk, number)
        if talk.state in ENDED or talk.state is NegotiationState.HELD:
            return None
        view, _ = engine_view(talk, thread.table, self._desk.clock.now())
        if not any(isinstance(move, TheirMove) and move.values is not None for move in view):
            return None
        promise = outlook(self.profile(need, thread, talk), view, sum(isinstance(move, OurMove) for move in view))
        return coordinator.Thread(thread.id, "open", expected=promise.expected, closing=promise.closing)

    def choose(self, need: Need, thread: Thread, outside: Outside, wishes: Terms) -> tuple[Decision, str]:
        """The next move of a talk, with the complete inputs as text. A hope raises what is asked for and what is
        refused; it takes an agreement really held to leave a talk."""
        decision, body, talk = self._asked(need, thread, outside.hoped, wishes, outside.rivals)
        if isinstance(decision, Quit) and outside.hoped != outside.sure:
            decision, body, talk = self._asked(need, thread, outside.sure, wishes, outside.rivals)
        thread.talk = talk
        return decision, body

    def _asked(
        self, need: Need, thread: Thread, outside: float | None, wishes: Terms, rivals: int
    ) -> tuple[Decision, str, Talk]:
        table, now = thread.table, self._desk.clock.now()
        profile = self.profile(need, thread, thread.talk, outside, last_call=rivals > 0)
        leading = leads(self._desk.ledger, need.id, thread.talk.provider, thread.id)
        event = OurTurn(
            profile,
            now,
            OfferId(f"g-{self._desk.new_id()[:12]}"),
            wishes,
            bargains=leading and bargains(self._desk.ledger, thread.endpoint, thread.channel),
            asks_only=not leading,
            rivals=rivals,
        )
        view, _ = engine_view(thread.talk, table, now)
        talk, decision = step(thread.talk, event, table)
        record = {
            "profile": profile_json(profile),
            "view": view_json(view),
            "talk_state": talk.state.value,
        }
        return decision, canonical(record), talk


def _finalists(promised: Sequence[coordinator.Thread], group: Sequence[Thread], number: int) -> tuple[str, ...]:
    """The talks to ask for their best and final offer at this barrier, all at once; none where nobody competes.

    One company alone is not asked: a last word given away to nobody's rival only shortens its talk.
    """
    talks = {str(thread.id): _before(thread.talk, number) for thread in group}
    running = [one for one in promised if one.status == "open" and _bids_left(talks[one.provider]) > 0]
    if len({talks[one.provider].provider for one in promised}) < MANY or not running:
        return ()
    left = min(_bids_left(talks[one.provider]) for one in running)
    return coordinator.market(running, 0.0, 0, left).best_and_final


def _bids_left(talk: Talk) -> int:
    return 0 if last_called(talk) else talk.rounds - rounds_used(talk)


def _before(talk: Talk, number: int) -> Talk:
    return replace(talk, transcript=tuple(entry for entry in talk.transcript if entry.round < number))

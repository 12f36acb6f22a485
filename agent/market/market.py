"""The market of one need: talks in rounds, with barriers between them.

In a round every talk whose turn it is makes one move; all are sent together; replies are applied in provider-id
order once every asked talk answered, failed or ran out of time. Outside options change only at that barrier, so
order and speed of arrival decide nothing. Talks that answer `working` leave the group and are polled later.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from agent.kernel.codec import move_json, offer_json, terms_json
from agent.kernel.disclosure import Asker, Disclosure
from agent.kernel.errors import GateRefused, Halted
from agent.kernel.events import (
    AgreementHeld,
    EndpointPinned,
    Event,
    IncidentNoted,
    MoveChosen,
    NegotiationMoved,
    NegotiationOpened,
    Received,
    RoundOpened,
)
from agent.kernel.gate import Gate, Outgoing, Ticket
from agent.kernel.ledger import Draft, Ledger, canonical
from agent.market.conversation import (
    Broken,
    Decision,
    Heard,
    Hold,
    OurTurn,
    Quit,
    Reason,
    Said,
    Say,
    Wait,
    engine_view,
    step,
)
from agent.market.needs_book import NeedsBook
from agent.market.offers import assess
from agent.market.table import Table, profile_json
from agent.market.threads import Thread, Threads
from agent.market.understand import Reader, understand
from agent.needs.need import Need
from memory.facts import Stage
from negotiators.adapter import AdapterError
from negotiators.bargaining import rivals as coordinator
from negotiators.categories import Category
from negotiators.clock import Clock
from negotiators.dialogue import (
    ENDED,
    Commit,
    IssueKind,
    Leave,
    Move,
    NegotiationState,
    OfferId,
    Propose,
    Reply,
    ReplyStatus,
    Terms,
    act_of,
)
from negotiators.money import Money
from negotiators.text import safe_text

OUR_TURN = {NegotiationState.OPEN, NegotiationState.WAITING_US, NegotiationState.REOPENED}
QUESTIONS_PER_ROUND = 3
"""Question-and-answer exchanges with one company inside one round."""


@dataclass(frozen=True, slots=True)
class MarketRules:
    """How talks are held. `rounds` of one move each; `poll` after a `working` answer; `seed` for the engine."""

    rounds: int = 12
    poll: timedelta = timedelta(minutes=30)
    language: str = "en"
    seed: int = 0


class Market:
    """Runs the talks of needs. Effects go through the gate; the rest is the reducer's."""

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        disclosure: Disclosure,
        threads: Threads,
        book: NeedsBook,
        clock: Clock,
        *,
        reader: Reader,
        new_id: Callable[[], str],
        rules: MarketRules,
        languages: Mapping[str, str] | None = None,
    ) -> None:
        self._ledger = ledger
        self._gate = gate
        self._disclosure = disclosure
        self._threads = threads
        self._book = book
        self._clock = clock
        self._reader = reader
        self._new_id = new_id
        self.rules = rules
        self._languages = languages or {}

    # -- opening ------------------------------------------------------------------------------------------------

    async def open(self, need: Need, only: str | None = None) -> None:
        """Ask every provider the person lets in for this category (or `only` one); one that cannot be reached is
        said so."""
        rows = self._ledger.rows(
            "SELECT e.url, e.channel, p.id, p.name FROM endpoints e JOIN providers p ON p.id=e.provider "
            "WHERE p.trust<>'blocked' AND e.url NOT IN (SELECT endpoint FROM negotiations WHERE need=?) "
            "AND EXISTS (SELECT 1 FROM json_each(p.categories) WHERE value=?) ORDER BY p.id",
            (need.id, need.category),
        )
        asked = need.mandate.providers
        allowed = [row for row in rows if only in (None, row["id"]) and (only or not asked or row["id"] in asked)]
        await asyncio.gather(*(self._open_one(need, dict(row)) for row in allowed))

    async def _open_one(self, need: Need, row: Mapping[str, str]) -> None:
        negotiation = self._new_id()
        opened = NegotiationOpened(negotiation, need.id, row["id"], row["url"], need.category, self.rules.rounds)
        try:
            card = await self._threads.discover(row["channel"], row["url"])
        except (AdapterError, GateRefused) as err:
            if isinstance(err, Halted):
                raise
            code = "provider_malformed" if err.code == "malformed" else f"provider_{err.code}"
            await self._append(
                opened,
                NegotiationMoved(negotiation, NegotiationState.FAILED.value, err.code),
                IncidentNoted(code, {"provider": row["name"]}, [f"endpoint:{row['url']}"], row["id"]),
            )
            return
        known = self._ledger.row("SELECT card_hash FROM endpoints WHERE url=?", (row["url"],))
        pinned = EndpointPinned(
            row["url"], row["id"], card.origin, card.card_hash, card.protocol,
            {"name": safe_text(card.name, limit=80, multiline=False),
             "extension": "yes" if card.capabilities.typed_terms else "no"},
        )  # fmt: skip
        changed = known is not None and known["card_hash"] not in (None, card.card_hash)
        notes: list[Event] = [opened, pinned]
        if changed:
            notes.append(IncidentNoted("card_changed", {"provider": row["name"]}, [], row["id"]))
        await self._append(*notes)
        thread = self._threads.restore(
            {"id": negotiation, "need": need.id, "provider": row["id"], "category": need.category,
             "rounds": self.rules.rounds, "state": "open", "endpoint": row["url"]},
            Table.of(self._book.valuation(need)),
        )  # fmt: skip
        thread.card = replace(card, details={**card.details, "provider": row["id"]})
        thread.name = row["name"]

    # -- rounds -------------------------------------------------------------------------------------------------

    def threads_of(self, need: Need) -> list[Thread]:
        """The need's talks in provider-id order, restored from the ledger where this process has none yet."""
        found = []
        rows = self._ledger.rows("SELECT * FROM negotiations WHERE need=? ORDER BY provider, id", (need.id,))
        for row in rows:
            thread = self._threads.get(row["id"])
            if thread is None:
                thread = self._threads.restore(dict(row), Table.of(self._book.valuation(need)))
            found.append(thread)
        return found

    async def advance(self, need: Need) -> datetime | None:
        """Run rounds until every talk has ended, holds an agreement or waits. Returns when to look again."""
        threads = self.threads_of(need)
        await self._finish_outbox(threads, need)
        await self._poll(threads, need)
        while True:
            turn = [thread for thread in threads if thread.talk.state in OUR_TURN]
            if not turn:
                break
            await self._round(need, threads, turn)
        return self._next_poll(need)

    async def _finish_outbox(self, threads: Sequence[Thread], need: Need) -> None:
        """After a restart: send what was intended and never sent, reconcile what may have arrived."""
        for thread in threads:
            if not thread.restored:
                continue
            thread.restored = False
            for ticket in self._gate.waiting(thread.id):
                if isinstance(ticket.cleared.move, Commit):
                    continue  # signing reconciles its own
                heard = await self._threads.exchange(thread, ticket)
                await self._apply(need, thread, heard)

    async def _poll(self, threads: Sequence[Thread], need: Need) -> None:
        now = self._clock.now()
        due = [
            row["id"]
            for row in self._ledger.rows(
                "SELECT id FROM negotiations WHERE need=? AND state='waiting_them' AND next_poll IS NOT NULL "
                "AND next_poll<=? ORDER BY provider, id",
                (need.id, now.isoformat()),
            )
        ]
        waiting = [thread for thread in threads if thread.id in due]
        heard = await asyncio.gather(*(self._threads.exchange(thread, None) for thread in waiting))
        for thread, replies in zip(waiting, heard, strict=True):
            await self._apply(need, thread, replies, polled=True)
        await self._answer_questions(need, waiting)

    def _next_poll(self, need: Need) -> datetime | None:
        row = self._ledger.row(
            "SELECT MIN(next_poll) AS due FROM negotiations WHERE need=? AND state='waiting_them'", (need.id,)
        )
        return datetime.fromisoformat(row["due"]) if row and row["due"] else None

    async def _round(self, need: Need, threads: Sequence[Thread], turn: Sequence[Thread]) -> None:
        """One barrier: choose, clear, send together, apply in order, answer questions."""
        outside = self._outside_options(need, threads)
        number = max(thread.talk.round for thread in turn) + 1
        best = max((value for value in outside.values() if value is not None), default=None)
        await self._append(
            RoundOpened(need.id, number, [thread.id for thread in turn], f"{best:.4f}" if best is not None else None)
        )
        sendable = []
        for thread in turn:
            decision, body = self._choose(need, thread, outside.get(thread.id))
            ticket = await self._carry_out(need, thread, decision, body)
            if ticket is not None:
                sendable.append((thread, ticket))
        heard = await asyncio.gather(*(self._threads.exchange(thread, ticket) for thread, ticket in sendable))
        for (thread, _), replies in zip(sendable, heard, strict=True):
            await self._apply(need, thread, replies)
        await self._answer_questions(need, [thread for thread, _ in sendable])

    def _reservation(self, need: Need, table: Table) -> float:
        """The worth of the worst acceptable deal, or of going on as today where that is better."""
        today = self._book.contract_terms(need)
        return max(table.floor(), table.utility(today)) if today is not None else table.floor()

    def _outside_options(self, need: Need, threads: Sequence[Thread]) -> dict[str, float | None]:
        """What each talk may count on at this barrier: the best agreement held with another company."""
        held = [
            coordinator.Thread(thread.id, "held", thread.table.utility(thread.talk.accepted.terms))
            for thread in threads
            if thread.talk.state is NegotiationState.HELD and thread.talk.accepted is not None
        ]
        if not held:
            return {thread.id: None for thread in threads}
        limit = min(self._reservation(need, thread.table) for thread in threads)
        found: dict[str, float | None] = {}
        for thread in threads:
            option = coordinator.outside_option(held, thread.id, limit, 0)
            found[thread.id] = option if option > limit else None
        return found

    def _choose(self, need: Need, thread: Thread, outside: float | None) -> tuple[Decision, str]:
        table, now = thread.table, self._clock.now()
        seed = zlib.crc32(f"{self.rules.seed}|{need.category}|{thread.talk.provider}".encode())
        profile = table.profile(
            thread.talk.rounds, seed=seed, reservation=self._reservation(need, table), outside=outside
        )
        event = OurTurn(profile, now, OfferId(f"g-{self._new_id()[:12]}"), self._wishes(need))
        view, _ = engine_view(thread.talk, table, now)
        thread.talk, decision = step(thread.talk, event, table)
        record = {
            "profile": profile_json(profile),
            "view": [_view_json(move) for move in view],
            "talk_state": thread.talk.state.value,
        }
        return decision, canonical(record)

    def _wishes(self, need: Need) -> Terms:
        """What a call for proposals may name: wanted features and schedule; never money, never a bound."""
        category, found = self._book.category(need.category), {}
        for wish in need.wishes:
            issue = category.issue(wish.issue)
            if issue is None or issue.kind is IssueKind.MONEY:
                continue
            value = wish.want if wish.want is not None else wish.minimum if issue.better == "higher" else None
            if value is None and issue.kind is IssueKind.DATE:
                value = wish.minimum
            if value is not None:
                found[issue.name] = value
        return Terms.of(found)

    async def _carry_out(self, need: Need, thread: Thread, decision: Decision, body: str) -> Ticket | None:
        """Clear the move a decision makes; record a hold or an end. Returns the ticket to send, if any."""
        match decision:
            case Say(move=move, reason=reason):
                return await self._clear(need, thread, move, reason, body)
            case Hold(offer=offer, reason=reason, move=accept):
                ticket = await self._clear(need, thread, accept, reason, body) if accept is not None else None
                thread.talk = replace(thread.talk, state=NegotiationState.HELD, accepted=offer)
                await self._hold(need, thread)
                return ticket
            case Quit(state=state, reason=reason, move=leave):
                ticket = await self._clear(need, thread, leave, reason, body) if leave is not None else None
                thread.talk = replace(thread.talk, state=state)
                provider = thread.talk.provider
                await self._append(
                    NegotiationMoved(thread.id, state.value, reason.rule, dict(reason.numbers)),
                    IncidentNoted("left_no_zone", {"provider": thread.name}, [f"talk:{thread.id}"], provider),
                )
                return ticket
            case Wait():
                return None

    async def _clear(
        self, need: Need, thread: Thread, move: Move, reason: Reason, body: str | None, answers: Sequence[object] = ()
    ) -> Ticket | None:
        talk, category = thread.talk, self._book.category(need.category)
        number = talk.round if act_of(move) == "inform" else talk.round + 1
        choice = MoveChosen(
            talk.id, number, act_of(move), reason.rule, dict(reason.numbers),
            f"choice:{self._new_id()}" if body else None,
        )  # fmt: skip
        terms = move.offer.terms if isinstance(move, Propose) else getattr(move, "terms", None)
        cost = self._book.valuation(need).cost(terms) if isinstance(terms, Terms) and terms else None
        outgoing = Outgoing(
            negotiation=talk.id, provider=talk.provider, endpoint=thread.endpoint, category=category, move=move,
            round=number, language=self._languages.get(talk.provider, self.rules.language),
            valuation=self._book.valuation(need), choice=choice, choice_body=body,
            released=self._disclosure.told(talk.provider) | thread.told, never=self._never(need, thread),
            total=str(cost.total.amount) if cost and cost.total else None,
        )  # fmt: skip
        try:
            ticket = await asyncio.to_thread(self._gate.clear, outgoing)
        except Halted:
            raise
        except GateRefused as err:
            thread.talk = replace(thread.talk, state=NegotiationState.FAILED)
            await self._append(NegotiationMoved(talk.id, NegotiationState.FAILED.value, err.code, err.params))
            return None
        thread.talk, _ = step(thread.talk, Said(move, ticket.message_id, number, ticket.cleared.text), thread.table)
        return ticket

    def _never(self, need: Need, thread: Thread) -> dict[str, frozenset[Decimal]]:
        """Numbers that may not appear in what we say, outside the terms we propose."""
        limits: set[Decimal] = set()
        if need.mandate.max_total is not None:
            limits.add(need.mandate.max_total.amount.normalize())
        for wish in need.wishes:
            if wish.hard and isinstance(wish.maximum, Money):
                limits.add(wish.maximum.amount.normalize())
        return {"gb:Budget": frozenset(limits), "gb:RivalOffers": frozenset(self._rival_prices(need, thread))}

    def _rival_prices(self, need: Need, thread: Thread) -> set[Decimal]:
        """Headline price and total of what the other companies offer for this need."""
        headline = self._book.category(need.category).headline().name
        found: set[Decimal] = set()
        for other in self.threads_of(need):
            if other.id == thread.id or other.talk.live is None:
                continue
            terms = other.talk.live.terms
            amounts = [terms.get(headline), self._book.valuation(need).cost(terms).total]
            found |= {amount.amount.normalize() for amount in amounts if isinstance(amount, Money)}
        return found

    # -- applying replies ---------------------------------------------------------------------------------------

    async def _apply(self, need: Need, thread: Thread, heard: list[Reply] | Broken, *, polled: bool = False) -> None:
        if isinstance(heard, Broken):
            await self._broken(thread, heard)
            return
        if not heard:
            await self._later(thread, polled)
            return
        for reply in heard:
            seen = self._ledger.row(
                "SELECT 1 FROM inbox WHERE negotiation=? AND message_id=?", (thread.id, reply.message_id)
            )
            if seen is None:
                await self._take(need, thread, reply)

    async def _later(self, thread: Thread, polled: bool) -> None:
        """Nothing new: look again after the poll time. A reply to an answer or a farewell is not waited for."""
        if thread.talk.state is NegotiationState.WAITING_THEM:
            due = (self._clock.now() + self.rules.poll).isoformat()
            reason = "" if polled else "no_reply_yet"
            await self._append(NegotiationMoved(thread.id, "waiting_them", reason, {}, due))

    async def _broken(self, thread: Thread, event: Broken) -> None:
        if thread.talk.state in ENDED or thread.talk.state is NegotiationState.HELD:
            return
        thread.talk, _ = step(thread.talk, event, thread.table)
        code = {"malformed": "provider_malformed"}.get(event.code, "provider_unreachable")
        await self._append(
            NegotiationMoved(thread.id, NegotiationState.FAILED.value, event.code),
            IncidentNoted(code, {"provider": thread.name}, [f"talk:{thread.id}"], thread.talk.provider),
        )

    async def _take(self, need: Need, thread: Thread, reply: Reply) -> None:
        talk, category, now = thread.talk, self._book.category(need.category), self._clock.now()
        offer_id = OfferId(f"t-{reply.message_id[:24]}")
        understood = understand(reply, category, talk.provider, self._reader, offer_id, now)
        reply = understood.reply
        offer = next((move.offer for move in reply.moves if isinstance(move, Propose)), None)
        cost = self._book.valuation(need).cost(offer.terms) if offer else None
        text = reply.text.reveal() if reply.text else None
        problems = list(reply.problems) + (["final"] if reply.final else [])
        event = Received(
            negotiation=talk.id, round=talk.round, message_id=reply.message_id,
            moves=[move_json(move) for move in reply.moves], status=reply.status.value, problems=problems,
            total=str(cost.total.amount) if cost and cost.total else None,
            body=f"in:{self._new_id()}" if text is not None else None,
        )  # fmt: skip
        events: list[Draft | Event] = [Draft(event, text), *understood.incidents]
        was_late = talk.state is NegotiationState.WAITING_THEM and any(
            entry
            for entry in self._ledger.rows("SELECT 1 FROM turns WHERE negotiation=? AND status='working'", (talk.id,))
        )
        thread.talk, decision = step(talk, Heard(reply, now), thread.table)
        if reply.status is ReplyStatus.WORKING:
            due = (now + self.rules.poll).isoformat()
            events.append(NegotiationMoved(talk.id, "waiting_them", "working", {}, due))
        elif was_late and offer is not None:
            events.append(IncidentNoted("late_answer", {"provider": thread.name}, [f"talk:{talk.id}"], talk.provider))
        if offer is not None and cost is not None and cost.total is not None:
            events.append(
                IncidentNoted("offer_received", {"provider": thread.name, "total": str(cost.total)},
                              [f"offer:{offer.id}"], talk.provider)
            )  # fmt: skip
        await self._append(*events)
        if isinstance(decision, Hold):
            await self._hold(need, thread)
        elif isinstance(decision, Quit):
            await self._append(NegotiationMoved(talk.id, decision.state.value, decision.reason.rule))

    async def _hold(self, need: Need, thread: Thread) -> None:
        offer = thread.talk.accepted
        assert offer is not None
        assessed = assess(offer, self._book.category(need.category), need, self._clock.now())
        total = assessed.cost.total
        await self._append(
            AgreementHeld(
                thread.id, offer.id, offer.hash, terms_json(offer.terms),
                str(total.amount) if total else None, total.currency if total else need.mandate.currency,
                f"{thread.table.utility(offer.terms):.6f}", assessed.standing,
                offer.valid_until.isoformat() if offer.valid_until else None,
            ),
            IncidentNoted("agreement_held", {"provider": thread.name, "total": str(total) if total else ""},
                          [f"talk:{thread.id}"], thread.talk.provider),
        )  # fmt: skip

    # -- questions ----------------------------------------------------------------------------------------------

    async def _answer_questions(self, need: Need, threads: Sequence[Thread]) -> None:
        """Answer data questions one per exchange, all asked talks together, in provider order."""
        for _ in range(QUESTIONS_PER_ROUND * 4):
            asked = [t for t in threads if t.talk.inquiries and t.talk.state not in ENDED]
            if not asked:
                return
            sendable = []
            for thread in asked:
                ticket = await self._answer_one(need, thread)
                if ticket is not None:
                    sendable.append((thread, ticket))
            heard = await asyncio.gather(*(self._threads.exchange(thread, ticket) for thread, ticket in sendable))
            for (thread, _), replies in zip(sendable, heard, strict=True):
                state = thread.talk.state
                await self._apply(need, thread, replies)
                if isinstance(replies, list) and not replies and state is NegotiationState.WAITING_THEM:
                    thread.talk = replace(thread.talk, state=NegotiationState.WAITING_US)

    async def _answer_one(self, need: Need, thread: Thread) -> Ticket | None:
        inquiry, *rest = thread.talk.inquiries
        thread.talk = replace(thread.talk, inquiries=tuple(rest), answered=(*thread.talk.answered, inquiry.field))
        asker = Asker(
            thread.talk.provider,
            thread.name,
            need.category,
            thread.id,
            Stage.QUOTE,
            self._book.trusted(thread.talk.provider),
        )
        answer = await asyncio.to_thread(
            self._disclosure.answer, inquiry, self._book.category(need.category), asker, self._clock.now()
        )
        await self._append(*answer.events)
        thread.told.update(answer.told)
        return await self._clear(need, thread, answer.inform, Reason("policy"), None)

    async def hold_live(self, need: Need) -> None:
        """When collecting ends: hold their live offer in every talk still going on, where nothing speaks against it.

        Nothing is sent: the offer is theirs and stands until it expires; approving it later commits to it.
        """
        now = self._clock.now()
        for thread in self.threads_of(need):
            offer = thread.talk.live
            if thread.talk.state in ENDED or thread.talk.accepted is not None or offer is None:
                continue
            if thread.talk.state is NegotiationState.HELD or (offer.valid_until and offer.valid_until <= now):
                continue
            if not self._book.valuation(need).violations(offer.terms, thread.talk.provider, now):
                thread.talk = replace(thread.talk, state=NegotiationState.HELD, accepted=offer)
                await self._hold(need, thread)

    # -- closing ------------------------------------------------------------------------------------------------

    async def leave(self, need: Need, thread: Thread, state: NegotiationState, reason: str) -> None:
        """End one talk politely and record the state; a broken channel does not keep it open."""
        if thread.talk.state in ENDED:
            return
        ticket = await self._clear(need, thread, Leave(reason), Reason(reason), None)
        if ticket is not None:
            await self._threads.exchange(thread, ticket)
        thread.talk = replace(thread.talk, state=state)
        await self._append(NegotiationMoved(thread.id, state.value, reason))

    async def _append(self, *events: Draft | Event) -> None:
        await asyncio.to_thread(self._ledger.append, self._clock.now(), list(events))


def _view_json(move: object) -> list[object]:
    values = getattr(move, "values", None)
    return [
        type(move).__name__, getattr(move, "act", ""), list(values) if values is not None else None,
        getattr(move, "utility", None), getattr(move, "final", False), getattr(move, "round", 0),
    ]  # fmt: skip


__all__ = ["Category", "Market", "MarketRules", "offer_json"]

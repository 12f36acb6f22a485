"""Talks with their channels: sessions opened lazily, talks rebuilt from the ledger, one exchange at a time."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from agent.kernel.codec import move_from
from agent.kernel.errors import AgentError
from agent.kernel.gate import Gate
from agent.kernel.ledger import Ledger
from agent.kernel.outgoing import Ticket
from agent.market.conversation import Broken, Heard, Said, Talk, step
from agent.market.endpoints import pace, reading_of
from agent.market.identity import IdentityChanged, checked
from agent.market.late import UnderWay
from agent.market.table import Table
from memory.errors import MemoryRoomError
from negotiators.adapter import Adapter, AdapterError, DeliveryState, EndpointCard, Pace, Session, Unreachable
from negotiators.bargaining import SellerPrior
from negotiators.dialogue import Inform, MessageId, NegotiationId, NegotiationState, ProviderId, Reply, ReplyStatus
from negotiators.text import UntrustedText

PROBE_TRIES = 2

Asked = Literal["move", "poll", "answer", "withdrawal", "news", "look"]
"""What an exchange was for: a part of the talk, or news and prices beside it. It says what silence means."""

log = logging.getLogger("gegenbot.threads")

_UNDER_WAY = {
    NegotiationState.OPEN, NegotiationState.WAITING_THEM, NegotiationState.WAITING_US, NegotiationState.REOPENED,
}  # fmt: skip
_REACHED = {NegotiationState.HELD, NegotiationState.DECLINED, NegotiationState.FAILED}


@dataclass(slots=True)
class Thread:
    """One negotiation at run time: its talk, its table and its channel."""

    talk: Talk
    table: Table
    endpoint: str
    name: str
    session: Session | None = None
    card: EndpointCard | None = None
    restored: bool = False
    """Rebuilt from the ledger by this process; its outbox has not been looked at yet."""
    reached: NegotiationState | None = None
    """Where the turns say the talk stands when the process ended before recording it: held or ended."""
    channel: str = "a2a"
    prior: SellerPrior | None = None
    """What earlier talks with this seller taught; read once, when the talk is first thought about."""
    acquainted: bool = False
    pace: Pace = Pace.SYNCHRONOUS
    introduced: bool | None = None
    """Whether something was said at this door before; `None` until it was looked up."""
    late: bool = False
    """Its answers once did not come while others waited: it is a group of its own for the rest of the talk."""
    awaited: Asked = "move"
    """What the answer that is under way belongs to."""

    @property
    def id(self) -> NegotiationId:
        return self.talk.id

    @property
    def in_step(self) -> bool:
        """Whether it belongs to the group of those that answer at once."""
        return self.pace is Pace.SYNCHRONOUS and not self.late


class Threads:
    """Opens, restores and closes threads of one process."""

    def __init__(
        self,
        ledger: Ledger,
        gate: Gate,
        adapter_for: Callable[[str], Adapter],
        *,
        patience: float,
        prompt: float | None = None,
    ) -> None:
        """`patience` is how long one exchange may take, `prompt` how long others wait for it, in seconds of real time:
        see `agent.market.late`."""
        self._ledger = ledger
        self._gate = gate
        self._adapter_for = adapter_for
        self._patience = patience
        self._open: dict[str, Thread] = {}
        self._left: list[Session] = []
        self._late: set[str] | None = None
        self.under_way = UnderWay(prompt)
        self.rung: set[str] = set()
        """Channels with news: their waiting talks are looked at in the next tick, whatever their poll time."""

    def adapter(self, channel: str) -> Adapter:
        return self._adapter_for(channel)

    def get(self, negotiation: str) -> Thread | None:
        return self._open.get(negotiation)

    def of(self, need: str) -> list[Thread]:
        """The need's threads of this process."""
        return [thread for thread in self._open.values() if thread.talk.need == need]

    def leave(self, thread: Thread) -> None:
        """Drop one thread; its session is closed with the others."""
        self._open.pop(thread.id, None)
        if thread.session is not None:
            self._left.append(thread.session)

    def keep(self, thread: Thread) -> None:
        self._open[thread.id] = thread

    async def discover(self, channel: str, url: str) -> EndpointCard:
        """Who answers at `url`. Raises an `AdapterError`; a silent host is asked twice."""
        probe = self._gate.probe(url, "discover")
        for attempt in range(PROBE_TRIES):
            try:
                async with asyncio.timeout(self._patience):
                    return await self._gate.while_running(self._adapter_for(channel).discover(probe))
            except Unreachable:
                if attempt + 1 == PROBE_TRIES:
                    raise
            except TimeoutError as err:
                raise Unreachable(f"no answer within {self._patience:g} s") from err
        raise Unreachable(url)

    async def session(self, thread: Thread) -> Session:
        """The thread's session, opened or resumed now if need be. Raises an `AdapterError`."""
        if thread.session is None:
            row = self._ledger.row(
                "SELECT n.resume, e.channel FROM negotiations n JOIN endpoints e ON e.url=n.endpoint WHERE n.id=?",
                (thread.id,),
            )
            channel, resume = (row["channel"], row["resume"]) if row else ("a2a", "")
            if thread.card is None:
                thread.card = await self._known(channel, thread)
            adapter = self._adapter_for(channel)
            opening = adapter.open(self._with_settings(thread), thread.id, thread.talk.category, resume)
            thread.session = await self._gate.while_running(opening)
        return thread.session

    def _with_settings(self, thread: Thread) -> EndpointCard:
        """The card with how the person's provider file has this company's answers read."""
        assert thread.card is not None
        reading = reading_of(self._ledger, thread.endpoint, thread.talk.category)
        if not reading:
            return thread.card
        return replace(thread.card, details={**thread.card.details, "settings": json.dumps(reading, default=str)})

    async def _known(self, channel: str, thread: Thread) -> EndpointCard:
        """The card that answers now, if it is the pinned one. Raises `IdentityChanged` and other `AdapterError`s."""
        return checked(
            self._ledger, await self.discover(channel, thread.endpoint), thread.endpoint, thread.talk.provider
        )

    async def same_party(self, thread: Thread) -> None:
        """Look again who answers, before something binding is said. Raises `IdentityChanged`; a company that cannot be
        reached now is left to the sending itself."""
        row = self._ledger.row("SELECT channel FROM endpoints WHERE url=?", (thread.endpoint,))
        try:
            await self._known(row["channel"] if row else "a2a", thread)
        except IdentityChanged:
            raise
        except AdapterError:
            return

    def fail(self, negotiation: str) -> None:
        """End a talk without a word to the company: the person has to look at it first."""
        thread = self._open.get(negotiation)
        if thread is not None:
            thread.talk = replace(thread.talk, state=NegotiationState.FAILED)

    async def exchange_all(self, asked: Sequence[tuple[Thread, Ticket | None]]) -> Mapping[str, list[Reply] | Broken]:
        """What came back in time, by talk; the rest is under way. Talks known to be late are not waited for."""
        questions = {str(thread.id): self._next(thread, ticket) for thread, ticket in asked}
        return await self.under_way.in_time(questions, [thread.id for thread, _ in asked if thread.late])

    async def exchange(self, thread: Thread, ticket: Ticket | None) -> list[Reply] | Broken:
        """Send one cleared move (or only listen) and collect what came back, however long it takes. Faults become
        `Broken`."""
        return await self._next(thread, ticket)

    async def news(self, threads: Sequence[Thread]) -> Mapping[str, list[Reply] | Broken]:
        """What there is to hear in talks that are over, as far as it is there now, in the order given."""
        heard: dict[str, list[Reply] | Broken] = {}
        for thread in threads:
            if self.under_way.arrived(thread.id) and thread.awaited == "news":
                heard[thread.id] = await self.under_way.take(thread.id)
        asked = [thread for thread in threads if thread.id not in heard and thread.id not in self.under_way]
        heard |= await self.exchange_all([(thread, None) for thread in asked])
        for thread in asked:
            if thread.id not in heard:
                thread.awaited, thread.late = "news", True
        return {thread.id: heard[thread.id] for thread in threads if thread.id in heard}

    def _next(self, thread: Thread, ticket: Ticket | None) -> Coroutine[Any, Any, list[Reply] | Broken]:
        """An exchange that begins after the one that is under way, and brings its answers too."""
        earlier = self.under_way.pop(thread.id)

        async def both() -> list[Reply] | Broken:
            before = await earlier if earlier is not None else []
            heard = await self._exchange(thread, ticket)
            return heard if isinstance(heard, Broken) or isinstance(before, Broken) else [*before, *heard]

        return both()

    def note_late(self, thread: Thread) -> None:
        thread.late = True
        self._late_talks().add(thread.id)

    def _late_talks(self) -> set[str]:
        """The talks the ledger says left their group."""
        if self._late is None:
            rows = self._ledger.rows(
                "SELECT DISTINCT json_extract(payload,'$.negotiation') AS id FROM events WHERE type='NegotiationMoved' "
                "AND json_extract(payload,'$.reason')='slow'"
            )
            self._late = {row["id"] for row in rows}
        return self._late

    async def _exchange(self, thread: Thread, ticket: Ticket | None) -> list[Reply] | Broken:
        try:
            async with asyncio.timeout(self._patience):
                session = await self.session(thread)
                if ticket is not None:
                    broken = await self._deliver(ticket, session)
                    if broken is not None:
                        return broken
                heard = await self._gate.while_running(session.receive())
                if not heard and ticket is not None and ticket.attempted and thread.pace is Pace.SYNCHRONOUS:
                    await self._gate.send(ticket, session, again=True)
                    heard = await self._gate.while_running(session.receive())
                return heard
        except TimeoutError:
            return Broken("no_answer")
        except AdapterError as err:
            return Broken(err.code)
        except (AgentError, MemoryRoomError):
            raise
        except Exception:
            # The adapter boundary: a channel that fails in an unforeseen way costs its own conversation only.
            log.exception("the channel of talk %s failed", thread.id)
            return Broken("adapter_error")

    def unseen(self, thread: Thread, heard: Sequence[Reply]) -> list[Reply]:
        """Replies that are not on the ledger yet, each message id once: an adapter that lost its memory in a restart
        may hand over an old one again."""
        fresh: dict[str, Reply] = {}
        for reply in heard:
            known = self._ledger.row(
                "SELECT 1 FROM inbox WHERE negotiation=? AND message_id=?", (thread.id, reply.message_id)
            )
            if known is None:
                fresh.setdefault(reply.message_id, reply)
        return list(fresh.values())

    async def _deliver(self, ticket: Ticket, session: Session) -> Broken | None:
        """Send, and reconcile an unknown outcome once. `Broken` when the message cannot be delivered."""
        first = self._gate.reconcile if ticket.attempted else self._gate.send
        delivery = await first(ticket, session)
        if delivery.state is DeliveryState.UNKNOWN:
            delivery = await self._gate.reconcile(ticket, session)
        match delivery.state:
            case DeliveryState.DELIVERED | DeliveryState.WITH_PERSON:
                return None
            case DeliveryState.FAILED:
                return Broken(delivery.error or "unreachable")
            case DeliveryState.UNKNOWN:
                return Broken("no_answer")

    def restore(self, row: Mapping[str, object], table: Table) -> Thread:
        """Rebuild a thread from its turns. What was intended but never sent is left to the outbox."""
        negotiation = NegotiationId(str(row["id"]))
        talk = Talk(
            negotiation, str(row["need"]), ProviderId(str(row["provider"])), str(row["category"]),
            int(str(row["rounds"])),
        )  # fmt: skip
        turns = self._ledger.rows("SELECT * FROM turns WHERE negotiation=? ORDER BY seq", (negotiation,))
        for turn in turns:
            moves = tuple(move_from(move) for move in json.loads(turn["moves"]))
            message = MessageId(turn["message_id"])
            if turn["party"] == "us":
                if turn["status"] in ("delivered", "with_person", "sending", "unknown", "intended"):
                    also = tuple(move for move in moves[1:] if isinstance(move, Inform))
                    talk, _ = step(talk, Said(moves[0], message, turn["round"], also=also), table)
                continue
            text = self._ledger.body(turn["body"])
            reply = Reply(
                message, moves, UntrustedText(text, str(row["provider"])) if text else None,
                ReplyStatus(turn["status"]), "final" in json.loads(turn["problems"]),
            )  # fmt: skip
            talk, _ = step(talk, Heard(reply, datetime.fromisoformat(turn["at"])), table)
        state = NegotiationState(str(row["state"]))
        reached = talk.state if talk.state in _REACHED and state in _UNDER_WAY else None
        if reached is NegotiationState.FAILED and row.get("reason") == "door_changed":
            reached = None  # what failed was the other door
        held = json.loads(str(row["held"])) if row.get("held") else None
        if held is not None and talk.accepted is None and talk.live is not None and talk.live.hash == held["hash"]:
            talk = replace(talk, accepted=talk.live)
        endpoint = str(row["endpoint"])
        known = self._ledger.row("SELECT channel FROM endpoints WHERE url=?", (endpoint,))
        channel = str(known["channel"]) if known else "a2a"
        thread = Thread(
            replace(talk, state=state), table, endpoint, str(row["provider"]), restored=True, reached=reached,
            channel=channel, pace=pace(self._ledger, endpoint, channel), late=negotiation in self._late_talks(),
        )  # fmt: skip
        self.keep(thread)
        return thread

    def introduced(self, thread: Thread) -> bool:
        """Whether something was said at the thread's door before: a talk that moved introduces itself anew."""
        if thread.introduced is None:
            rows = self._ledger.rows("SELECT body FROM outbox WHERE negotiation=?", (thread.id,))
            said = filter(None, (self._ledger.body(row["body"]) for row in rows))
            thread.introduced = any(json.loads(body)["endpoint"] == thread.endpoint for body in said)
        return thread.introduced

    def cited(self, thread: Thread, price: str) -> bool:
        """Whether a price was cited to the company in this talk before."""
        rows = self._ledger.rows("SELECT numbers FROM choices WHERE negotiation=?", (thread.id,))
        return any(json.loads(row["numbers"]).get("cited") == price for row in rows)

    async def drop(self) -> None:
        """Forget every thread, so that each is rebuilt from the ledger: what memory holds after a halt or a failed
        tick may be ahead of what was recorded."""
        await self.close()
        self._open.clear()

    async def close(self) -> None:
        """Close every session; the talks go on in the ledger."""
        await self.under_way.cancel()
        for session in self._left:
            await session.close()
        self._left.clear()
        for thread in self._open.values():
            if thread.session is not None:
                await thread.session.close()
                thread.session = None

"""One thread with one A2A agent about one negotiation."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace

from negotiators.adapter import ClearedMove, Delivery, DeliveryState, Session
from negotiators.categories import Category
from negotiators.channels.a2a.exchange import TERMINAL, Exchange, Heard, HeardMessage
from negotiators.channels.faults import ExchangeFailed, delivery_of, raise_for
from negotiators.channels.payload import PayloadContext, is_payload, read_payload
from negotiators.channels.payload.fields import safe_id
from negotiators.dialogue import MessageId, Move, NegotiationId, ProviderId, Reply, ReplyStatus
from negotiators.text import UntrustedText

MAX_SEEN = 400
MAX_TEXT = 64 << 10

_STATUS = {
    "submitted": ReplyStatus.WORKING,
    "working": ReplyStatus.WORKING,
    "failed": ReplyStatus.FAILED,
    "canceled": ReplyStatus.CLOSED,
    "rejected": ReplyStatus.CLOSED,
}
_GONE = {"task_not_found", "unsupported_operation"}


@dataclass(slots=True)
class Thread:
    """What a thread needs to go on after a restart: the agent's ids and what was already heard."""

    context: str = ""
    task: str = ""
    state: str = ""
    seen: dict[str, None] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    """Keys of `seen` that were not handed over yet. They stay out of the token: a process that ends before it read an
    answer must be given it again when it asks again."""

    @classmethod
    def from_token(cls, token: str) -> Thread:
        """Read a `resume_token`. Raises `ValueError` for one that is not ours."""
        value = json.loads(token)
        if not isinstance(value, dict) or value.get("v") != 1:
            raise ValueError("not a resume token of the A2A channel")
        return cls(value["context"], value["task"], value["state"], dict.fromkeys(value["seen"]), dict(value["sent"]))

    def token(self) -> str:
        value = {
            "v": 1,
            "context": self.context,
            "task": self.task,
            "state": self.state,
            "seen": [key for key in self.seen if key not in self.unread][-MAX_SEEN:],
            "sent": dict(list(self.sent.items())[-50:]),
        }
        return json.dumps(value, separators=(",", ":"))

    @property
    def live(self) -> bool:
        return bool(self.task) and self.state not in TERMINAL


class A2ASession(Session):
    """See `negotiators.adapter.Session`.

    A broken answer to `send` is a delivered message whose reply cannot be read: `Delivery.error` names it and
    the next `receive` raises. With nothing waiting, `receive` asks once for the state of the open task.
    """

    def __init__(
        self,
        *,
        exchange: Exchange,
        thread: Thread,
        negotiation: NegotiationId,
        category: Category,
        provider: ProviderId,
        source: str,
    ) -> None:
        self._exchange = exchange
        self._thread = thread
        self._negotiation = negotiation
        self._category = category
        self._provider = provider
        self._source = source
        self._waiting: list[Reply] = []
        self._broken: ExchangeFailed | None = None

    async def send(self, cleared: ClearedMove) -> Delivery:
        message_id = cleared.message_id
        try:
            heard = await self._send(cleared)
        except ExchangeFailed as err:
            self._broken = err if err.malformed else self._broken
            return delivery_of(err, message_id)
        self._note(heard, message_id)
        return Delivery(DeliveryState.DELIVERED, message_id, reference=heard.task_id)

    async def _send(self, cleared: ClearedMove) -> Heard:
        """Send on the open task; when the agent has closed it, once more on the context alone."""
        task = self._thread.task if self._thread.live else ""
        context = self._thread.context = self._thread.context or self._first_context(cleared)

        async def send(task_id: str) -> Heard:
            return await self._exchange.send(
                message_id=cleared.message_id,
                text=cleared.text,
                payload=cleared.payload,
                context_id=context,
                task_id=task_id,
            )

        try:
            return await send(task)
        except ExchangeFailed as err:
            if not task or err.code not in _GONE:
                raise
            self._thread.task = self._thread.state = ""
            return await send("")

    def _first_context(self, cleared: ClearedMove) -> str:
        """Our pseudonym as context where the extension allows it, or where the agent gave none in its answer."""
        if not self._exchange.typed and not self._thread.sent:
            return ""
        named = safe_id(cleared.payload.get("negotiation_id"))
        return named or hashlib.sha256(f"{self._source}|{self._negotiation}".encode()).hexdigest()[:32]

    async def receive(self) -> list[Reply]:
        if self._broken is not None:
            raise_for(self._broken)
        if not self._waiting and self._thread.live:
            try:
                heard = await self._exchange.task(self._thread.task)
            except ExchangeFailed as err:
                raise_for(err)
            self._note(heard, "")
        replies, self._waiting = self._waiting, []
        self._thread.unread.clear()
        return replies

    async def status(self, reference: str) -> Delivery:
        """By message id or task id. `UNKNOWN` unless the agent shows a task that holds the message: an agent
        that answers with plain messages lists none."""
        message_id = MessageId(reference)
        task_id = self._thread.sent.get(reference) or (reference if reference == self._thread.task else "")
        try:
            if task_id:
                heard: Heard | None = await self._exchange.task(task_id)
            else:
                heard = await self._exchange.task_with(reference, self._thread.context)
        except ExchangeFailed as err:
            return Delivery(DeliveryState.UNKNOWN, message_id, reference=task_id, error=err.code)
        if heard is None:
            return Delivery(DeliveryState.UNKNOWN, message_id, error="not_listed")
        self._note(heard, reference)
        return Delivery(DeliveryState.DELIVERED, message_id, reference=heard.task_id)

    async def cancel(self, reference: str) -> None:
        task_id = self._thread.sent.get(reference) or self._thread.task
        if task_id and self._thread.live:
            try:
                await self._exchange.cancel(task_id)
            except ExchangeFailed:
                return  # best effort: an agent that cannot cancel will be told by a reject or silence

    def resume_token(self) -> str:
        return self._thread.token()

    async def close(self) -> None:
        await self._exchange.close()

    # What was heard

    def _note(self, heard: Heard, answered: str) -> None:
        """Take over the agent's ids and queue what is new."""
        thread = self._thread
        thread.context = safe_id(heard.context_id) or thread.context
        if heard.state:
            thread.task, thread.state = safe_id(heard.task_id) or "", heard.state
        if answered:
            thread.sent[answered] = thread.task if heard.state else ""
        self._waiting += self._new_replies(heard, answered)

    def _new_replies(self, heard: Heard, answered: str) -> list[Reply]:
        status = _STATUS.get(heard.state, ReplyStatus.ANSWERED)
        fresh = [(key, message) for message in heard.messages if (key := self._fresh(message, heard, answered))]
        artifacts = [
            part
            for artifact in heard.artifacts
            if self._first(f"artifact:{heard.task_id}:{artifact.digest}")
            for part in artifact.parts
        ]
        if artifacts:
            key, last = fresh.pop() if fresh else ("", HeardMessage("", ()))
            joined = HeardMessage(last.id, (*last.parts, *artifacts))
            fresh.append((key or f"t-{heard.task_id[:80]}-{joined.digest}", joined))
        replies = [
            self._reply(key, message, status if index == len(fresh) - 1 else ReplyStatus.ANSWERED)
            for index, (key, message) in enumerate(fresh)
        ]
        turn = answered or next(reversed(self._thread.sent), "")
        if heard.state and self._first(f"state:{heard.task_id}:{heard.state}:{turn}") and not replies:
            problems = () if status is ReplyStatus.WORKING else ("empty_reply",)
            seed = f"{heard.task_id}|{heard.state}|{turn}"
            quiet = MessageId(f"s-{hashlib.sha256(seed.encode()).hexdigest()[:24]}")
            replies.append(Reply(quiet, (), status=status, final=_ends(status), problems=problems))
        if heard.state == "auth_required":
            replies = [_with_problem(reply, "auth_required") for reply in replies]
        return replies

    def _first(self, key: str) -> bool:
        new = key not in self._thread.seen
        self._thread.seen[key] = None
        if new:
            self._thread.unread.add(key)
        return new

    def _fresh(self, message: HeardMessage, heard: Heard, answered: str) -> str:
        """The id under which a message is new, or the empty string.

        A repeated id with the same content is a duplicate; with other content it is another message under a
        used name. Without an id, the message we sent and the content make one.
        """
        named = safe_id(message.id)
        if named is None:
            seed = f"{answered or heard.task_id}|{message.digest}"
            named = f"r-{hashlib.sha256(seed.encode()).hexdigest()[:24]}"
        if not self._first(f"{named}|{message.digest}"):
            return ""
        return named if self._first(f"id:{named}") else f"{named[:100]}~{message.digest[:8]}"

    def _reply(self, key: str, message: HeardMessage, status: ReplyStatus) -> Reply:
        message_id = MessageId(key)
        context = PayloadContext(self._category, self._provider, message_id)
        data = [part.data for part in message.parts if part.data is not None]
        ours = [value for value in data if is_payload(value)]
        readings = [read_payload(value, context) for value in ours or data]
        moves: tuple[Move, ...] = tuple(move for reading in readings for move in reading.moves)
        problems = [code for reading in readings for code in reading.problems]
        problems += [f"ignored_part:{part.other}" for part in message.parts if part.other]
        text = "\n".join(part.text for part in message.parts if part.text is not None)
        if len(text) > MAX_TEXT:
            problems.append("text_cut")
        if "~" in key:
            problems.append("reused_message_id")
        return Reply(
            message_id,
            moves,
            text=UntrustedText(text[:MAX_TEXT], self._source) if text else None,
            status=status,
            final=_ends(status) or any(reading.final for reading in readings),
            problems=tuple(dict.fromkeys(problems)),
            agreement=next((reading.agreement for reading in readings if reading.agreement is not None), None),
        )


def _ends(status: ReplyStatus) -> bool:
    return status in {ReplyStatus.CLOSED, ReplyStatus.FAILED}


def _with_problem(reply: Reply, code: str) -> Reply:
    return replace(reply, problems=(*reply.problems, code))

"""What a channel is: the port between the agent and companies.

    AdapterError
    |- Unreachable        no answer at all (refused, timed out, no such host): exit code 3
    |- Malformed          an answer that is not the protocol it claims to be
    |- Refused            the counterpart declines to talk (authentication, version, policy)
    `- Unsupported        a move this channel or counterpart cannot carry

An adapter turns `ClearedMove`s into its protocol's messages and replies into `Reply`s. It never sees a fact, a
budget or a rule: only what the gate cleared. All arguments can be written as JSON, because third-party
adapters run in a process of their own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from negotiators.dialogue import MessageId, Move, NegotiationId, Reply
from negotiators.text import UntrustedText


class AdapterError(Exception):
    """Anything a channel cannot do. `code` is machine-readable and stands in ledger and exit codes."""

    code = "adapter_error"


class Unreachable(AdapterError):
    code = "unreachable"


class Malformed(AdapterError):
    code = "malformed"


class Refused(AdapterError):
    code = "refused"


class Unsupported(AdapterError):
    code = "unsupported"


class Pace(StrEnum):
    """How fast a channel answers: rounds of one group never wait for the other (DESIGN section 3)."""

    SYNCHRONOUS = "synchronous"
    ASYNCHRONOUS = "asynchronous"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel or endpoint can carry. `acts` are act names of `dialogue`; `typed_terms` says that
    terms travel in machine fields; `commits` that a binding acceptance can be made over it."""

    channel: str
    acts: frozenset[str]
    typed_terms: bool
    commits: bool
    pace: Pace = Pace.SYNCHRONOUS
    idempotent: bool = False
    """Whether the counterpart drops a message id it has seen: what may be resent after an unknown outcome."""


@dataclass(frozen=True, slots=True)
class EndpointCard:
    """What discovery found. `name` and `description` are the counterpart's words; the rest was checked."""

    url: str
    origin: str
    channel: str
    protocol: str
    card_hash: str
    name: UntrustedText
    description: UntrustedText
    capabilities: Capabilities
    extensions: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)


_GATE_KEY = object()


def _clearance_key(owner: str) -> object:
    """The key that lets the gate construct cleared messages; an import contract and a test keep it there.

    The testkit's rehearsals have it too: they are about nobody and refuse every address beyond this machine."""
    if owner not in ("agent.kernel.gate", "negotiators.testkit.rehearsal"):
        raise PermissionError("only the gate clears messages")
    return _GATE_KEY


@dataclass(frozen=True, slots=True)
class ClearedMove:
    """One move of ours, cleared by the gate: the only thing a session sends.

    `payload` is the typed part and `text` the sentence beside it, both final: the channel copies them and
    adds envelope fields only. `message_id` was stored before the first attempt; a retry sends the same one.
    """

    clearance: object = field(repr=False, compare=False)
    endpoint: str
    negotiation: NegotiationId
    message_id: MessageId
    move: Move
    round: int
    payload: Mapping[str, object]
    text: str
    language: str = "en"
    deadline: datetime | None = None

    def __post_init__(self) -> None:
        if self.clearance is not _GATE_KEY:
            raise PermissionError("a ClearedMove is made by the gate only")


@dataclass(frozen=True, slots=True)
class ClearedProbe:
    """A request that carries nothing personal: discover, search, poll."""

    clearance: object = field(repr=False, compare=False)
    url: str
    purpose: str
    query: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.clearance is not _GATE_KEY:
            raise PermissionError("a ClearedProbe is made by the gate only")


@dataclass(frozen=True, slots=True)
class ClearedNotice:
    """A word to the person themself, cleared like any message: it names no company, term or amount."""

    clearance: object = field(repr=False, compare=False)
    message_id: MessageId
    text: str

    def __post_init__(self) -> None:
        if self.clearance is not _GATE_KEY:
            raise PermissionError("a ClearedNotice is made by the gate only")


class DeliveryState(StrEnum):
    """`UNKNOWN`: the request may or may not have arrived; reconcile with `Session.status` before a resend.
    `WITH_PERSON`: laid out for the person, who carries it and says so; nothing has left yet."""

    DELIVERED = "delivered"
    WITH_PERSON = "with_person"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one sending. `reference` is the counterpart's id for it (an A2A task id), if any."""

    state: DeliveryState
    message_id: MessageId
    reference: str = ""
    error: str = ""


class Session(ABC):
    """One thread with one endpoint about one negotiation."""

    @abstractmethod
    async def send(self, cleared: ClearedMove) -> Delivery:
        """Send one cleared move. Never raises for network faults: they are a `Delivery`."""

    @abstractmethod
    async def receive(self) -> list[Reply]:
        """Replies that have arrived since the last call, oldest first, each message id once.

        Raises `Malformed`, `Unreachable` or `Refused` when the thread is broken.
        """

    @abstractmethod
    async def status(self, reference: str) -> Delivery:
        """What the counterpart knows of an earlier sending, by message id or reference."""

    @abstractmethod
    async def cancel(self, reference: str) -> None:
        """Ask the counterpart to stop working on it. Best effort."""

    @abstractmethod
    def resume_token(self) -> str:
        """A JSON string that `Adapter.open` takes to continue this thread after a restart."""

    @abstractmethod
    async def close(self) -> None:
        """Release connections. The thread itself stays open at the counterpart."""


class Adapter(ABC):
    """One channel."""

    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What the channel can carry at best; an endpoint's own are on its card."""

    @abstractmethod
    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        """Find out who answers at `probe.url`. Raises `Unreachable`, `Malformed` or `Refused`."""

    @abstractmethod
    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        """A session with this endpoint. `resume` continues an earlier one from its `resume_token`."""

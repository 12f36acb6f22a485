"""What the author of a third-party adapter writes against. Standard library and this file are enough.

An adapter does no I/O. Its methods are generators: they *yield* a `Request` and are given its `Response`, or have
`RequestFailed` raised at the yield; what they *return* is the answer. The host (`negotiators.host`) makes the requests,
to the manifest's hosts only, and hands over exactly the secrets the manifest names::

    class Shop(OutsideAdapter):
        def __init__(self, secrets):
            self.token = secrets["api_token"]

        def discover(self, url):
            shop = (yield Request("GET", url + "/shop")).json
            return Company(name=shop["name"])

        def open(self, talk):
            return ShopTalk(self.token, talk)

    class ShopTalk(OutsideSession):
        def send(self, move):
            if isinstance(move.move, Ask): ...
            answer = yield Request("POST", self.url, body=..., headers={"Authorization": self.token})
            self.waiting.append(Heard("their-id", moves=(Propose(offer),), text=answer.json["note"]))
            return Sent("delivered", reference=answer.json["id"])

        def receive(self):
            heard, self.waiting = self.waiting, []
            return heard
            yield

Moves are those of `negotiators.dialogue`, money is `negotiators.money.Money`. A session lives in a process of its own
that may be ended between two calls: whatever it has to remember goes into `resume_token`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from negotiators.dialogue import Move, ReplyStatus
from negotiators.wire.strict import strict_json


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request for the host to make. `body` is a JSON value with numbers as strings or `int`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Response:
    """The answer, checked by the host: strict JSON or empty."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> object:
        """The body as Python values, numbers exact (`int` or `Decimal`); `None` for an empty one."""
        return strict_json(self.text.encode()) if self.text else None


class RequestFailed(Exception):
    """No answer. `code` says why; `sent` that the company may have got the request nevertheless."""

    def __init__(self, code: str, sent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.sent = sent


T = TypeVar("T")
Steps = Generator[Request, Response, T]


class Refuse(Exception):
    """Raise it when the company declines to talk, or cannot do what a move asks (`unsupported=True`)."""

    def __init__(self, reason: str, *, unsupported: bool = False) -> None:
        super().__init__(reason)
        self.unsupported = unsupported


@dataclass(frozen=True, slots=True)
class Company:
    """Who answered at an address. `document` is whatever describes it there: a change of it is a changed company."""

    name: str
    description: str = ""
    categories: Sequence[str] = ()
    document: object = None
    details: Mapping[str, str] = field(default_factory=dict)
    """Handed back in `Talk.details`."""


@dataclass(frozen=True, slots=True)
class Talk:
    """What a session is about. `resume` continues an earlier one, from its `resume_token`."""

    url: str
    negotiation: str
    category: str
    details: Mapping[str, str]
    resume: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One move to send, already decided and final. `payload` is its typed form (`docs/a2a-extension.md`), `text` the
    sentence beside it; a repeated `message_id` is the same message."""

    message_id: str
    round: int
    move: Move
    payload: Mapping[str, object]
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a sending; `unknown` asks `status` before anything is sent again."""

    state: Literal["delivered", "unknown", "failed"]
    reference: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of the company: its own id for it, typed moves, and the text they came with."""

    id: str
    moves: Sequence[Move] = ()
    text: str = ""
    status: ReplyStatus = ReplyStatus.ANSWERED
    final: bool = False


class OutsideSession(ABC):
    """One thread with one company."""

    @abstractmethod
    def send(self, move: Outgoing) -> Steps[Sent]: ...

    @abstractmethod
    def receive(self) -> Steps[Sequence[Heard]]:
        """What arrived since the last call, oldest first."""

    def status(self, reference: str) -> Steps[Sent]:
        """What the company knows of an earlier message, by message id or reference."""
        yield from ()
        return Sent("unknown", reference)

    def cancel(self, reference: str) -> Steps[None]:
        """Ask the company to stop working on it."""
        yield from ()

    def resume_token(self) -> str:
        """At most 8,000 characters to continue from."""
        return ""


class OutsideAdapter(ABC):
    """The class the manifest's `entry` names. It is made with `secrets`, the manifest's by name."""

    @abstractmethod
    def __init__(self, secrets: Mapping[str, str]) -> None: ...

    @abstractmethod
    def discover(self, url: str) -> Steps[Company]: ...

    @abstractmethod
    def open(self, talk: Talk) -> OutsideSession: ...

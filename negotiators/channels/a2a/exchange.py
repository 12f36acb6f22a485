"""One exchange with an A2A agent: the only client code that touches `a2a-sdk`.

Requests and answers are plain values here. The SDK chooses the transport for 1.0 or 0.3; it talks through our
guarded client, so it sees no byte that was not checked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from a2a.client import ClientConfig
from a2a.client.client import ClientCallContext
from a2a.client.client_factory import ClientFactory
from a2a.client.errors import A2AClientError
from a2a.types.a2a_pb2 import (
    AgentCard,
    AgentInterface,
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    SendMessageRequest,
)
from a2a.utils.errors import A2AError
from google.protobuf.json_format import MessageToDict, ParseDict
from httpx import HTTPStatusError

from negotiators.adapter import EndpointCard
from negotiators.channels.faults import UNSURE, ExchangeFailed, of_wire
from negotiators.channels.payload import EXTENSION_URI
from negotiators.wire import AddressRules, Limits, WireError
from negotiators.wire.httpx_edge import guarded_client

TERMINAL = frozenset({"completed", "failed", "canceled", "rejected"})
_Answer = TypeVar("_Answer")
_OTHER_VERSION = {"method_not_found", "version_not_supported"}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message: text, or decoded JSON data, or the name of a kind we do not read."""

    text: str | None = None
    data: object = None
    other: str = ""


@dataclass(frozen=True, slots=True)
class HeardMessage:
    """A message or artifact of the agent. `id` is empty when the agent gave none."""

    id: str
    parts: tuple[Part, ...]

    @property
    def digest(self) -> str:
        body = json.dumps([[part.text, part.data, part.other] for part in self.parts], sort_keys=True, default=str)
        return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer: a direct message, or the state of a task with what it carries."""

    context_id: str = ""
    task_id: str = ""
    state: str = ""
    messages: tuple[HeardMessage, ...] = ()
    artifacts: tuple[HeardMessage, ...] = ()
    asked: tuple[str, ...] = ()
    """Ids of our own messages in the task's history."""


class Exchange:
    """Calls to one agent. One connection pool, closed by `close`."""

    def __init__(self, card: EndpointCard, rules: AddressRules, limits: Limits) -> None:
        self._http = guarded_client(rules, limits)
        self.typed = EXTENSION_URI in card.extensions
        self._details = card.details
        self._version = card.details["version"]
        self._client = self._client_for(self._version)
        self._headers = {"A2A-Extensions": EXTENSION_URI, "X-A2A-Extensions": EXTENSION_URI} if self.typed else {}
        self._timeout = limits.total
        self._answered = False

    def _client_for(self, version: str) -> Any:
        """The SDK's client for one protocol version; it chooses its transport by it."""
        interface = AgentInterface(
            url=self._details["interface"],
            protocol_binding=self._details["binding"],
            protocol_version=version,
            tenant=self._details.get("tenant", ""),
        )
        config = ClientConfig(
            streaming=False,
            httpx_client=self._http,
            supported_protocol_bindings=[self._details["binding"]],
            use_client_preference=True,
        )
        return ClientFactory(config).create(AgentCard(name="agent", supported_interfaces=[interface]))

    def _context(self) -> ClientCallContext:
        return ClientCallContext(service_parameters=dict(self._headers), timeout=self._timeout)

    async def send(
        self, *, message_id: str, text: str, payload: Mapping[str, object], context_id: str, task_id: str
    ) -> Heard:
        """Send one message. Raises `ExchangeFailed`."""
        parts: list[dict[str, object]] = [{"text": text}] if text else []
        if self.typed:
            parts.append({"data": dict(payload), "mediaType": "application/json"})
        message: dict[str, object] = {"messageId": message_id, "role": "ROLE_USER", "parts": parts}
        if self.typed:
            message["extensions"] = [EXTENSION_URI]
        message |= {key: value for key, value in (("contextId", context_id), ("taskId", task_id)) if value}
        request = ParseDict({"message": message}, SendMessageRequest())

        async def call() -> Heard:
            async for event in self._client.send_message(request, context=self._context()):
                return heard_of(MessageToDict(event))
            raise ExchangeFailed("empty_answer", sent=True, malformed=True)

        try:
            heard = await _guarded(call)
        except ExchangeFailed as err:
            if self._answered or err.code not in _OTHER_VERSION:
                raise
            # The card names a version its server does not speak; the message was not taken.
            self._version = "0.3" if self._version == "1.0" else "1.0"
            self._client = self._client_for(self._version)
            heard = await _guarded(call)
        self._answered = True
        return heard

    async def task(self, task_id: str) -> Heard:
        """The state of a task. Raises `ExchangeFailed`."""

        async def call() -> Heard:
            found = await self._client.get_task(GetTaskRequest(id=task_id), context=self._context())
            return heard_of({"task": MessageToDict(found)})

        return await _guarded(call)

    async def task_with(self, message_id: str, context_id: str) -> Heard | None:
        """The task whose history holds our message, if the agent lists tasks and knows it."""

        async def call() -> Heard | None:
            request = ListTasksRequest(context_id=context_id, page_size=50, history_length=50, include_artifacts=True)
            answer = await self._client.list_tasks(request, context=self._context())
            tasks = (heard_of({"task": MessageToDict(task)}) for task in answer.tasks)
            return next((task for task in tasks if message_id in task.asked), None)

        return await _guarded(call)

    async def cancel(self, task_id: str) -> None:
        """Ask the agent to stop a task. Raises `ExchangeFailed`."""

        async def call() -> None:
            await self._client.cancel_task(CancelTaskRequest(id=task_id), context=self._context())

        await _guarded(call)

    async def close(self) -> None:
        await self._http.aclose()


async def _guarded(call: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Run a call of the SDK; whatever it raises becomes an `ExchangeFailed`.

    The catch-all stands here because the SDK lets its own parsers' errors through (protobuf, pydantic,
    `KeyError`): they all mean that the agent's answer is not the protocol.
    """
    try:
        return await call()
    except ExchangeFailed:
        raise
    except WireError as err:
        raise of_wire(err) from err
    except A2AError as err:
        raise _of_protocol(err) from err
    except NotImplementedError as err:
        raise ExchangeFailed("unsupported_operation", sent=False, refused=True) from err
    except Exception as err:
        raise ExchangeFailed("not_the_protocol", sent=True, malformed=True) from err


def _of_protocol(err: A2AError) -> ExchangeFailed:
    """An error of the protocol, or an HTTP status the SDK wrapped."""
    cause = err.__cause__
    if isinstance(cause, HTTPStatusError):
        status = cause.response.status_code
        return ExchangeFailed(f"http_{status}", sent=status in UNSURE, refused=status not in UNSURE)
    if type(err) is A2AClientError and str(err).startswith(("Invalid JSON-RPC response", "JSON Decode")):
        return ExchangeFailed("not_the_protocol", sent=True, malformed=True)
    if isinstance(err, A2AClientError):
        return ExchangeFailed("agent_error", sent=False, refused=True)
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(err).__name__.removesuffix("Error")).lower()
    return ExchangeFailed(name, sent=False, refused=True)


def heard_of(event: Mapping[str, Any]) -> Heard:
    """Read the dict form of a stream response: a message or a task."""
    if "message" in event:
        message = event["message"]
        return Heard(message.get("contextId", ""), message.get("taskId", ""), messages=(_message(message),))
    task = event.get("task")
    if not task:
        raise ExchangeFailed("empty_answer", sent=True, malformed=True)
    history = task.get("history", [])
    status = task.get("status", {})
    spoken = [entry for entry in history if entry.get("role") == "ROLE_AGENT"]
    spoken += [status["message"]] if "message" in status else []
    return Heard(
        context_id=task.get("contextId", ""),
        task_id=task.get("id", ""),
        state=str(status.get("state", "")).removeprefix("TASK_STATE_").lower() or "unspecified",
        messages=tuple(_message(entry) for entry in spoken),
        artifacts=tuple(_message({**entry, "messageId": ""}) for entry in task.get("artifacts", [])),
        asked=tuple(entry.get("messageId", "") for entry in history if entry.get("role") == "ROLE_USER"),
    )


def _message(entry: Mapping[str, Any]) -> HeardMessage:
    return HeardMessage(entry.get("messageId", ""), tuple(_part(part) for part in entry.get("parts", [])))


def _part(part: Mapping[str, Any]) -> Part:
    if "text" in part:
        return Part(text=part["text"])
    if "data" in part:
        return Part(data=part["data"])
    return Part(other="url" if "url" in part else "file" if "raw" in part else "unknown")

"""Companies on A2A 1.0 through `a2a-sdk`'s server side: the card, the task view of a talk, the request handler."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from a2a.server.context import ServerCallContext
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.routes.rest_routes import create_rest_routes
from a2a.types.a2a_pb2 import (
    AgentCard,
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    ListTasksResponse,
    Message,
    SendMessageRequest,
    Task,
)
from a2a.utils.errors import TaskNotFoundError, UnsupportedOperationError
from google.protobuf.json_format import MessageToDict, ParseDict
from starlette.applications import Starlette

from negotiators.arena.company import Company
from negotiators.arena.talk import Heard, Talk
from negotiators.arena.views import card_of, message_of, task_of
from negotiators.clock import Clock

RPC_PATH = "/a2a"


class CompanyHandler(RequestHandler):  # type: ignore[misc]  # untyped in our mypy set-up
    """Answers the SDK's requests with a company's words."""

    def __init__(self, company: Company, clock: Clock) -> None:
        self._company = company
        self._clock = clock

    async def on_message_send(self, params: SendMessageRequest, context: ServerCallContext) -> Task | Message:
        asked = MessageToDict(params.message)
        talk_id = asked.get("contextId") or self._of_task(asked.get("taskId", "")) or self._company.new_context()
        parts = asked.get("parts", [])
        heard = Heard(
            message_id=asked.get("messageId", ""),
            context=talk_id,
            text=" ".join(part["text"] for part in parts if "text" in part),
            data=tuple(part["data"] for part in parts if "data" in part),
            task=asked.get("taskId", ""),
        )
        answer = self._company.hear(heard)
        talk = self._company.talk(talk_id)
        assert talk is not None
        if self._company.profile.spec.answers == "message":
            message: Message = ParseDict(message_of(answer, "1.0"), Message())
            return message
        return self._task(talk)

    def _of_task(self, task_id: str) -> str:
        return task_id.removeprefix("t-") if task_id and self._company.talk(task_id.removeprefix("t-")) else ""

    def _task(self, talk: Talk) -> Task:
        self._company.tick(talk)
        view = task_of(talk, self._clock.now(), "1.0", artifacts=self._company.profile.spec.answers == "artifact")
        task: Task = ParseDict(view, Task())
        return task

    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task | None:
        talk = self._company.talk(params.id.removeprefix("t-"))
        if talk is None or self._company.profile.spec.answers == "message":
            raise TaskNotFoundError
        return self._task(talk)

    async def on_list_tasks(self, params: ListTasksRequest, context: ServerCallContext) -> ListTasksResponse:
        talks = [talk for talk in self._company.talks if params.context_id in {"", talk.context}]
        if self._company.profile.spec.answers == "message":
            talks = []
        return ListTasksResponse(tasks=[self._task(talk) for talk in talks], total_size=len(talks), page_size=50)

    async def on_cancel_task(self, params: CancelTaskRequest, context: ServerCallContext) -> Task | None:
        talk = self._company.talk(params.id.removeprefix("t-"))
        if talk is None:
            raise TaskNotFoundError
        talk.closed = True
        return self._task(talk)

    def on_message_send_stream(self, params: Any, context: ServerCallContext) -> AsyncGenerator[Any, None]:
        raise UnsupportedOperationError

    def on_subscribe_to_task(self, params: Any, context: ServerCallContext) -> AsyncGenerator[Any, None]:
        raise UnsupportedOperationError

    async def on_create_task_push_notification_config(self, params: Any, context: ServerCallContext) -> Any:
        raise UnsupportedOperationError

    async def on_get_task_push_notification_config(self, params: Any, context: ServerCallContext) -> Any:
        raise UnsupportedOperationError

    async def on_list_task_push_notification_configs(self, params: Any, context: ServerCallContext) -> Any:
        raise UnsupportedOperationError

    async def on_delete_task_push_notification_config(self, params: Any, context: ServerCallContext) -> None:
        raise UnsupportedOperationError

    async def on_get_extended_agent_card(self, params: Any, context: ServerCallContext) -> AgentCard:
        raise UnsupportedOperationError


def sdk_app(company: Company, clock: Clock, base_url: str) -> Starlette:
    """The company's web application, JSON-RPC or HTTP+JSON as its profile says."""
    handler = CompanyHandler(company, clock)
    rest = company.profile.wire == "rest"
    card = ParseDict(card_of(company.profile, base_url if rest else base_url + RPC_PATH, "1.0"), AgentCard())
    routes: list[Any] = list(create_agent_card_routes(card))
    routes += create_rest_routes(handler) if rest else create_jsonrpc_routes(handler, RPC_PATH)
    return Starlette(routes=routes)

"""The A2A channel against an agent built as the SDK's own tutorials do: executor, task store, default handler."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import uvicorn
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types.a2a_pb2 import AgentCard, Part, Task, TaskState
from google.protobuf.json_format import ParseDict
from starlette.applications import Starlette

from negotiators.adapter import DeliveryState
from negotiators.channels.a2a import A2AAdapter
from negotiators.channels.payload import EXTENSION_URI
from negotiators.dialogue import Ask, NegotiationId, Propose, Reject, ReplyStatus
from negotiators.wire import AddressRules
from tests.support.cleared import cleared_move, cleared_probe

OFFER = {
    "type": EXTENSION_URI,
    "act": "propose",
    "offer_id": "o-1",
    "terms": {
        "price_monthly": {"type": "money", "value": "12.50", "unit": "EUR"},
        "data_gb": {"type": "number", "value": "20", "unit": "GB"},
    },
}


class Tutorial(AgentExecutor):  # type: ignore[misc]
    """Announces a task, works, then asks for more input or finishes with an artifact."""

    def __init__(self, finish: bool) -> None:
        self._finish = finish

    async def execute(self, context: RequestContext, event_queue: Any) -> None:
        if context.current_task is None:
            task = {"id": context.task_id, "contextId": context.context_id, "status": {"state": "TASK_STATE_SUBMITTED"}}
            await event_queue.enqueue_event(ParseDict(task, Task()))
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        parts = [Part(text="Here is our offer."), ParseDict({"data": OFFER}, Part())]
        await updater.update_status(TaskState.TASK_STATE_WORKING, updater.new_agent_message([Part(text="One moment.")]))
        if self._finish:
            await updater.add_artifact(parts, name="offer")
            await updater.complete()
        else:
            await updater.update_status(TaskState.TASK_STATE_INPUT_REQUIRED, updater.new_agent_message(parts))

    async def cancel(self, context: RequestContext, event_queue: Any) -> None:
        raise NotImplementedError


class Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def tutorial(version: str, *, finish: bool) -> AsyncIterator[str]:
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    face = {"url": f"{url}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": version}
    extensions = {"extensions": [{"uri": EXTENSION_URI}]}
    card = ParseDict({"name": "Tutorial", "supportedInterfaces": [face], "capabilities": extensions}, AgentCard())
    handler = DefaultRequestHandler(agent_executor=Tutorial(finish), task_store=InMemoryTaskStore(), agent_card=card)
    routes = create_agent_card_routes(card) + create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=True)
    server = Quiet(uvicorn.Config(Starlette(routes=routes), lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield url
    finally:
        server.should_exit = server.force_exit = True
        await serving
        await handler.aclose()


@pytest.mark.parametrize("version", ["1.0", "0.3"])
@pytest.mark.parametrize("finish", [True, False])
async def test_a_stock_agent_is_talked_to_for_several_turns(version: str, finish: bool) -> None:
    async with tutorial(version, finish=finish) as url:
        channel = A2AAdapter(rules=AddressRules(allow_loopback=True))
        card = await channel.discover(cleared_probe(url))
        assert card.protocol == f"a2a/{version}"
        session = await channel.open(card, NegotiationId("n-1"), "mobile_plan")
        for turn in range(3):
            move = Reject() if turn else Ask()
            delivery = await session.send(cleared_move(move, category="mobile_plan", message_id=f"m-{turn}"))
            assert (delivery.state, delivery.error) == (DeliveryState.DELIVERED, "")
            replies = await session.receive()
            offers = [move for reply in replies for move in reply.moves if isinstance(move, Propose)]
            assert len(offers) == 1 and offers[0].offer.typed and not any(reply.problems for reply in replies)
            assert replies[-1].status is ReplyStatus.ANSWERED and not replies[-1].final
        await session.close()

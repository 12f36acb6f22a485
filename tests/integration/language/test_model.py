"""The optional language model against a real HTTP stub of the chat-completions wire, on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from agent.language.embedding import RemoteEmbedder
from agent.language.model import ModelReader, probe_model
from agent.language.modelcall import DayBudget, ModelSetting
from agent.language.phrases import NON_BINDING
from agent.language.reading import read_offer
from agent.language.wording import word_move
from memory.errors import EmbedderError
from negotiators.categories import shipped
from negotiators.dialogue import Offer, OfferId, Propose, ProviderId, Terms
from negotiators.money import Money
from negotiators.text import UntrustedText

PLAN = shipped()["mobile_plan"]
TODAY = date(2026, 11, 22)
TEXT = UntrustedText("For you we have the plan Fox, 20 GB, at 17.50 EUR per month. You stay two years with us.", "them")
TERM = {"issue": "term", "value": "P24M", "quote": "two years"}

Behaviour = Callable[[dict[str, Any], int], Response]


def body(content: str | None, *, finish: str = "stop", usage: bool = True, **message: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": content, **message}}],
    }  # fmt: skip
    if usage:
        answer["usage"] = {"prompt_tokens": 111, "completion_tokens": 22, "total_tokens": 133}
    return answer


def terms(*entries: dict[str, str]) -> str:
    return json.dumps({"terms": list(entries)})


class Stub:
    """One endpoint whose answer a test chooses; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.behaviour: Behaviour = lambda request, number: JSONResponse(body(terms(TERM)))
        app = Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self.thread.start()
        limit = time.monotonic() + 10
        while not self.server.started and time.monotonic() < limit:
            time.sleep(0.01)

    async def answer(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        self.asked.append(json.loads(await request.body() or b"{}"))
        response = await asyncio.to_thread(self.behaviour, self.asked[-1], len(self.asked))
        return response

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(5)


@pytest.fixture(scope="module")
def server() -> Iterator[Stub]:
    stub = Stub()
    yield stub
    stub.stop()


@pytest.fixture
def stub(server: Stub) -> Stub:
    server.asked.clear()
    server.paths.clear()
    server.behaviour = lambda request, number: JSONResponse(body(terms(TERM)))
    return server


def reader(stub: Stub, budget: DayBudget | None = None, **changes: Any) -> ModelReader:
    setting = ModelSetting("m", stub.url, **{"seconds": 30.0, **changes})
    return ModelReader(setting, budget or DayBudget(50, 100_000))


async def read(stub: Stub, budget: DayBudget | None = None, **changes: Any) -> Any:
    return await reader(stub, budget, **changes).read_offer(TEXT, PLAN, today=TODAY)


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "text"])
async def test_the_model_adds_what_the_rules_missed_with_its_span(stub: Stub, method: str) -> None:
    if method == "function_calling":
        call = {"id": "t1", "type": "function", "function": {"name": "answer", "arguments": terms(TERM)}}
        stub.behaviour = lambda request, number: JSONResponse(body(None, finish="tool_calls", tool_calls=[call]))
    if method == "text":
        stub.behaviour = lambda request, number: JSONResponse(body(f"Sure!\n```json\n{terms(TERM)}\n```"))
    budget = DayBudget(5, 10_000)
    found = await read(stub, budget, method=method)
    assert found.problems == ()
    assert str(found.offer.terms["term"]) == "P24M" and found.added == ("term",)
    item = next(item for item in found.offer.evidence if item.issue == "term")
    assert item.reader == "model:m" and item.span is not None and item.span.quote == "two years"
    assert TEXT.reveal()[item.span.start : item.span.end] == "two years"
    assert [(call.input_tokens, call.output_tokens, call.estimated) for call in budget.booked] == [(111, 22, False)]
    assert stub.paths == ["/v1/chat/completions"]
    assert stub.asked[0]["max_tokens"] == 600 and stub.asked[0]["temperature"] == 0


async def test_the_model_is_shown_only_the_text_and_the_public_issues(stub: Stub) -> None:
    await read(stub)
    sent = json.dumps(stub.asked)
    assert "tools" not in stub.asked[0]
    for word in ("budget", "mandate", "reservation", "weight", "range"):
        assert word not in sent.lower()


async def test_streamed_answers_are_read_and_booked(stub: Stub) -> None:
    def stream(request: dict[str, Any], number: int) -> Response:
        assert request["stream"] is True

        async def chunks() -> Any:
            content = terms(TERM)
            for start in range(0, len(content), 20):
                delta = {
                    "index": 0,
                    "delta": {"role": "assistant", "content": content[start : start + 20]},
                    "finish_reason": None,
                }
                yield f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', 'choices': [delta]})}\n\n"
            last = {"index": 0, "delta": {}, "finish_reason": "stop"}
            yield f"data: {json.dumps({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', 'choices': [last]})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(chunks(), media_type="text/event-stream")

    stub.behaviour = stream
    budget = DayBudget(5, 10_000)
    found = await read(stub, budget, stream=True)
    assert found.added == ("term",)
    assert len(budget.booked) == 1 and budget.booked[0].estimated and budget.booked[0].output_tokens > 0


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"issue": "term", "value": "P12M", "quote": "two years"}, "model_value_missing:term"),
        ({"issue": "term", "value": "P24M", "quote": "24 months"}, "model_quote_missing:term"),
        ({"issue": "setup_fee", "value": "9.99 EUR", "quote": "17.50 EUR per month"}, "model_value_missing:setup_fee"),
        ({"issue": "price_monthly", "value": "20", "quote": "20 GB"}, "model_disagrees:price_monthly"),
        ({"issue": "notice", "value": "soon", "quote": "two years"}, "model_value_malformed:notice"),
    ],
)
async def test_a_lying_model_changes_nothing(stub: Stub, entry: dict[str, str], problem: str) -> None:
    stub.behaviour = lambda request, number: JSONResponse(body(terms(entry)))
    found = await read(stub)
    assert found.offer == read_offer(TEXT, PLAN, today=TODAY)
    assert found.added == () and found.problems == (problem,)


def _cut_off(request: dict[str, Any], number: int) -> Response:
    async def half() -> Any:
        yield json.dumps(body(terms(TERM)))[:120].encode()

    return StreamingResponse(half(), media_type="application/json")


def _invalid_tool(request: dict[str, Any], number: int) -> Response:
    call = {"id": "t1", "type": "function", "function": {"name": "answer", "arguments": '{"terms": [{"issue"'}}
    return JSONResponse(body(None, finish="tool_calls", tool_calls=[call]))


@pytest.mark.parametrize(
    ("behaviour", "problem", "changes"),
    [
        (lambda request, number: JSONResponse(body("I would rather not.")), "model_malformed", {}),
        (lambda request, number: JSONResponse(body('{"terms": "all"}')), "model_malformed", {}),
        (lambda request, number: JSONResponse(body(terms({"issue": "salary", "value": "1", "quote": "20"}))), "model_malformed", {}),
        (lambda request, number: JSONResponse(body(None, refusal="I cannot help with that.")), "model_refused", {}),
        (lambda request, number: JSONResponse(body('{"terms": [{"iss', finish="length")), "model_truncated", {}),
        (_cut_off, "model_malformed", {}),
        (_invalid_tool, "model_malformed", {"method": "function_calling"}),
        (lambda request, number: JSONResponse({"error": {"message": "no"}}, 401), "model_failed", {}),
        (lambda request, number: JSONResponse({"error": {"message": "no"}}, 500), "model_failed", {"max_attempts": 2}),
        (lambda request, number: JSONResponse({"error": {"message": "slow"}}, 429, {"retry-after": "60"}), "model_rate_limited", {"seconds": 0.5}),
        (lambda request, number: Response("<html>not json</html>", media_type="text/html"), "model_malformed", {}),
    ],
)  # fmt: skip
async def test_a_broken_answer_falls_back_to_the_rules(
    stub: Stub, behaviour: Behaviour, problem: str, changes: dict[str, Any]
) -> None:
    stub.behaviour = behaviour
    budget = DayBudget(10, 50_000)
    found = await read(stub, budget, **changes)
    assert found.offer == read_offer(TEXT, PLAN, today=TODAY)
    assert found.problems == (problem,)
    assert 1 <= len(stub.asked) <= 3
    assert len(budget.booked) == len(stub.asked)


async def test_a_429_is_retried_after_the_named_time(stub: Stub) -> None:
    def limited(request: dict[str, Any], number: int) -> Response:
        if number == 1:
            return JSONResponse({"error": {"message": "slow down"}}, 429, {"retry-after": "1"})
        return JSONResponse(body(terms(TERM)))

    stub.behaviour = limited
    started = time.monotonic()
    found = await read(stub)
    assert found.added == ("term",) and len(stub.asked) == 2
    assert 1.0 <= time.monotonic() - started < 4.0


@pytest.mark.parametrize("waits", ["3600", "0"])
async def test_an_endpoint_that_refuses_is_left_alone(stub: Stub, waits: str) -> None:
    stub.behaviour = lambda request, number: JSONResponse({"error": {}}, 429, {"Retry-After": waits})
    model, began = reader(stub), time.monotonic()
    for _ in range(5):
        found = await model.read_offer(TEXT, PLAN, today=TODAY)
        assert (
            found.problems == ("model_rate_limited",) and found.offer.terms == read_offer(TEXT, PLAN, today=TODAY).terms
        )
    assert len(stub.asked) == (1 if waits == "3600" else 3)
    assert time.monotonic() - began < 20


async def test_a_malformed_answer_is_asked_again_once(stub: Stub) -> None:
    stub.behaviour = lambda request, number: JSONResponse(body("oops" if number == 1 else terms(TERM)))
    assert (await read(stub)).added == ("term",)
    assert len(stub.asked) == 2


async def test_a_slow_model_is_left_after_its_time(stub: Stub) -> None:
    def slow(request: dict[str, Any], number: int) -> Response:
        time.sleep(1.0)
        return JSONResponse(body(terms(TERM)))

    stub.behaviour = slow
    started = time.monotonic()
    found = await read(stub, seconds=0.3)
    assert found.problems == ("model_timeout",)
    assert time.monotonic() - started < 1.5


async def test_an_unreachable_model_is_a_typed_problem(stub: Stub) -> None:
    gone = ModelReader(ModelSetting("m", "http://127.0.0.1:9/v1", seconds=5, max_attempts=2), DayBudget(5, 10_000))
    found = await gone.read_offer(TEXT, PLAN, today=TODAY)
    assert found.problems == ("model_unreachable",) and found.offer.terms


async def test_the_day_s_budget_bounds_calls_and_tokens(stub: Stub) -> None:
    found = await read(stub, DayBudget(0, 100_000))
    assert found.problems == ("model_over_budget",) and stub.asked == []
    found = await read(stub, DayBudget(5, 100))
    assert found.problems == ("model_over_budget",) and stub.asked == []


async def test_tracing_stays_off_whatever_the_environment_says(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", stub.url)
    monkeypatch.setenv("LANGSMITH_API_KEY", "x")
    await read(stub)
    assert os.environ["LANGSMITH_TRACING"] == "false"
    await asyncio.sleep(0.3)
    assert stub.paths == ["/v1/chat/completions"]


OFFER = Offer(OfferId("o"), ProviderId("p"), "mobile_plan", Terms.of({"price_monthly": Money.of("17.50", "EUR")}))


async def test_a_polished_message_keeps_terms_reservation_and_signature(stub: Stub) -> None:
    ruled = word_move(Propose(OFFER), PLAN, "en")
    nice = "Hello there, what about this?\n\n- price per month: 17.50 EUR\n\nWarm thanks!"
    stub.behaviour = lambda request, number: JSONResponse(body(json.dumps({"text": nice})))
    worded = await reader(stub).word(ruled, OFFER.terms, PLAN, "en")
    assert worded.worded and nice in worded.text
    assert NON_BINDING["en"] in worded.text and "automated assistant" in worded.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- price per month: 16.50 EUR", "model_wording_numbers"),
        ("- price per month: 17.50 EUR\nSee https://evil.example", "model_wording_address"),
        ("- price per month: 17.50 EUR. My budget is tight.", "model_wording_secret"),
        ("The price of 17.50 EUR per month is not possible.", "model_wording_terms"),
        ("- price per month: 17.50 EUR\n" + "la " * 900, "model_wording_length"),
    ],
)
async def test_a_wording_that_says_anything_else_is_dropped(stub: Stub, text: str, problem: str) -> None:
    ruled = word_move(Propose(OFFER), PLAN, "en")
    stub.behaviour = lambda request, number: JSONResponse(body(json.dumps({"text": text})))
    worded = await reader(stub).word(ruled, OFFER.terms, PLAN, "en")
    assert worded.text == ruled and worded.problems == (problem,)


async def test_the_probe_names_what_is_wrong(stub: Stub) -> None:
    stub.behaviour = lambda request, number: JSONResponse(body('{"text": "ok"}'))
    assert await probe_model(ModelSetting("m", stub.url), DayBudget(5, 10_000)) == "ok"
    stub.behaviour = lambda request, number: JSONResponse({"error": {"message": "no such model"}}, 404)
    assert await probe_model(ModelSetting("m", stub.url), DayBudget(5, 10_000)) == "model_failed"


def test_the_remote_embedder_returns_unit_rows_in_order(stub: Stub) -> None:
    def vectors(request: dict[str, Any], number: int) -> Response:
        data = [
            {"object": "embedding", "index": place, "embedding": [len(text), 2.0]}
            for place, text in enumerate(request["input"])
        ]
        return JSONResponse(
            {"object": "list", "model": "e", "data": data[::-1], "usage": {"prompt_tokens": 1, "total_tokens": 1}}
        )

    stub.behaviour = vectors
    embedder = RemoteEmbedder(stub.url, "e")
    assert embedder.dimension == 2 and embedder.id.startswith("remote:e@")
    rows = embedder.embed(["abc", "", "abcdef"])
    assert rows.shape == (3, 2) and rows.dtype == "float32"
    assert [round(float((row**2).sum()), 5) for row in rows] == [1.0, 0.0, 1.0]
    assert rows[0][0] < rows[2][0]


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"object": "list", "model": "e", "data": []}),
        JSONResponse({"error": {"message": "no"}}, 401),
        JSONResponse(
            {"object": "list", "model": "e", "data": [{"object": "embedding", "index": 0, "embedding": ["x"]}]}
        ),
        Response("nope"),
    ],
)
def test_a_broken_embedding_endpoint_is_one_typed_error(stub: Stub, answer: Response) -> None:
    stub.behaviour = lambda request, number: answer
    with pytest.raises(EmbedderError):
        RemoteEmbedder(stub.url, "e", max_retries=0).embed(["one"])

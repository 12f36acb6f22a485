"""One bounded call to an optional language model on any OpenAI-compatible endpoint, through langchain.

    ModelError(problem)     whatever went wrong, as one typed problem; callers fall back to the rules

langchain and openai cost five seconds and 100 MiB to import; they are loaded by the first call, in a thread. Traps
measured in notes/dependencies.md section 7 are closed here: no responses API, no hidden retries, no tracing, both
spellings of the token limit, a clock over the whole call.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage

Method = Literal["json_schema", "function_calling", "text"]
_Answer = TypeVar("_Answer", bound=BaseModel)


class ModelProblem(StrEnum):
    """Why an answer of the model was not used."""

    UNREACHABLE = "model_unreachable"
    TIMEOUT = "model_timeout"
    RATE_LIMITED = "model_rate_limited"
    FAILED = "model_failed"
    MALFORMED = "model_malformed"
    TRUNCATED = "model_truncated"
    REFUSED = "model_refused"
    OVER_BUDGET = "model_over_budget"


class ModelError(Exception):
    """A call without a usable answer; `problem` says why, `wait` for how many seconds the endpoint asked to be left alone."""

    def __init__(self, problem: ModelProblem, detail: str = "", wait: float = 0.0) -> None:
        super().__init__(f"{problem}: {detail}" if detail else str(problem))
        self.problem, self.wait = problem, wait


_ENDPOINT = (ModelProblem.UNREACHABLE, ModelProblem.TIMEOUT, ModelProblem.RATE_LIMITED, ModelProblem.FAILED)
"""Problems of the endpoint, not of one answer: the next call would meet them too."""
_FIRST_REST, _LONGEST_REST = 5.0, 600.0
"""Seconds an endpoint that failed is not asked; doubled with every failure in a row."""


@dataclass(frozen=True, slots=True)
class ModelSetting:
    """Which model, where, and within which bounds. `seconds` is for a whole answer, retries and waiting included."""

    model: str
    base_url: str
    api_key: str = field(default="", repr=False)
    seconds: float = 30.0
    max_output_tokens: int = 600
    max_attempts: int = 3
    method: Method = "json_schema"
    stream: bool = False


@dataclass(frozen=True, slots=True)
class BookedCall:
    """One request as it is booked. Tokens are the endpoint's figures, or an estimate from the length without them."""

    purpose: str
    input_tokens: int
    output_tokens: int
    estimated: bool
    problem: str = ""


class Spend(Protocol):
    """The persistent spend record of the caller."""

    def allows(self, tokens: int) -> bool:
        """Whether one more call of about `tokens` fits what is left of today's budget."""
        ...

    def book(self, call: BookedCall) -> None:
        """Record a call that was made, whatever became of it."""
        ...


@dataclass(slots=True)
class DayBudget:
    """A spend record in memory: calls and tokens of one day."""

    calls: int
    tokens: int
    booked: list[BookedCall] = field(default_factory=list)

    def allows(self, tokens: int) -> bool:
        used = sum(call.input_tokens + call.output_tokens for call in self.booked)
        return len(self.booked) < self.calls and used + tokens <= self.tokens

    def book(self, call: BookedCall) -> None:
        self.booked.append(call)


def estimated_tokens(text: str) -> int:
    """An upper guess of tokens: German needs about one per three characters."""
    return len(text) // 3 + 8


def _without_tracing() -> None:
    """langsmith is a hard dependency of langchain and sends traces when the environment says so. Ours never does."""
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "false"


def _load(setting: ModelSetting) -> BaseChatModel:
    _without_tracing()
    import httpx
    from langchain.chat_models import init_chat_model

    model: BaseChatModel = init_chat_model(
        setting.model,
        model_provider="openai",
        base_url=setting.base_url,
        api_key=setting.api_key or "none",
        use_responses_api=False,
        max_retries=0,
        timeout=setting.seconds,
        temperature=0,
        max_tokens=setting.max_output_tokens,
        streaming=setting.stream,
        stream_usage=setting.stream,
        extra_body={"max_tokens": setting.max_output_tokens},
        # langchain shares one connection pool per endpoint in the process; a second event loop would find it closed.
        http_async_client=httpx.AsyncClient(timeout=setting.seconds, follow_redirects=False),
    )
    return model


def _booking(spend: Spend, purpose: str, prompt: str) -> Any:
    """A langchain callback that books every request, failed ones too."""
    from langchain_core.callbacks import BaseCallbackHandler

    class Booking(BaseCallbackHandler):
        raise_error = True

        def on_llm_end(self, response: Any, **_: Any) -> None:
            message = response.generations[0][0].message
            usage = getattr(message, "usage_metadata", None) or {}
            guess = not usage
            spent = usage.get("output_tokens", 0) or estimated_tokens(str(message.content))
            asked = usage.get("input_tokens", 0) or estimated_tokens(prompt)
            spend.book(BookedCall(purpose, asked, spent, guess))

        def on_llm_error(self, error: BaseException, **_: Any) -> None:
            spend.book(BookedCall(purpose, estimated_tokens(prompt), 0, True, type(error).__name__))

    return Booking()


class ModelClient:
    """Asks one model for one typed answer at a time. It has no tools and remembers nothing between calls."""

    def __init__(self, setting: ModelSetting, spend: Spend) -> None:
        self.setting, self._spend = setting, spend
        self._model: BaseChatModel | None = None
        self._failures, self._rests_until = 0, 0.0
        self._last = ModelProblem.FAILED

    async def ask(self, purpose: str, instructions: str, text: str, schema: type[_Answer]) -> _Answer:
        """The model's answer as `schema`. Raises `ModelError`; takes at most `setting.seconds`, and no time at all while
        an endpoint that failed is left alone: a hundred messages must not each wait for it."""
        now = asyncio.get_running_loop().time
        if now() < self._rests_until:
            raise ModelError(self._last, "resting")
        if self._model is None:
            self._model = await asyncio.to_thread(_load, self.setting)
        messages = [("system", instructions), ("human", text)]
        try:
            async with asyncio.timeout(self.setting.seconds):
                answer = await self._attempts(purpose, messages, schema)
        except TimeoutError as err:
            self._rest(ModelProblem.TIMEOUT, 0.0, now())
            raise ModelError(ModelProblem.TIMEOUT) from err
        except ModelError as err:
            if err.problem in _ENDPOINT:
                self._rest(err.problem, err.wait, now())
            raise
        self._failures = 0
        return answer

    def _rest(self, problem: ModelProblem, asked: float, now: float) -> None:
        rest = min(_FIRST_REST * 2 ** min(self._failures, 10), _LONGEST_REST)
        self._failures, self._last, self._rests_until = self._failures + 1, problem, now + max(rest, asked)

    async def _attempts(self, purpose: str, messages: list[tuple[str, str]], schema: type[_Answer]) -> _Answer:
        """Tries again after 429, 5xx and lost connections, and once after a malformed answer."""
        repaired = False
        for attempt in range(1, self.setting.max_attempts + 1):
            try:
                return _parsed(await self._once(purpose, messages, schema), schema)
            except ModelError as err:
                if err.problem not in {ModelProblem.MALFORMED} or repaired or attempt == self.setting.max_attempts:
                    raise
                repaired = True
            except Exception as err:
                problem, wait = _fault(err)
                if wait is None or attempt == self.setting.max_attempts or wait >= self.setting.seconds:
                    raise ModelError(problem, type(err).__name__, wait or 0.0) from err
                await asyncio.sleep(wait)
        raise ModelError(ModelProblem.FAILED)

    async def _once(self, purpose: str, messages: list[tuple[str, str]], schema: type[BaseModel]) -> AIMessage:
        assert self._model is not None
        prompt = "".join(content for _, content in messages)
        if not self._spend.allows(estimated_tokens(prompt) + self.setting.max_output_tokens):
            raise ModelError(ModelProblem.OVER_BUDGET)
        bound = self._bound(schema)
        config = {"callbacks": [_booking(self._spend, purpose, prompt)]}
        answer: AIMessage = await bound.ainvoke(messages, config=config)
        return answer

    def _bound(self, schema: type[BaseModel]) -> Any:
        """The model bound to the schema by its wire form; the answer is always parsed here, not by langchain."""
        assert self._model is not None
        if self.setting.method == "text":
            return self._model
        form = schema.model_json_schema()
        if self.setting.method == "function_calling":
            tool = {"type": "function", "function": {"name": "answer", "parameters": form}}
            return self._model.bind(tools=[tool], tool_choice={"type": "function", "function": {"name": "answer"}})
        wire = {"type": "json_schema", "json_schema": {"name": "answer", "schema": form, "strict": True}}
        return self._model.bind(response_format=wire)


def _parsed(message: AIMessage, schema: type[_Answer]) -> _Answer:
    metadata = message.response_metadata or {}
    refusal = message.additional_kwargs.get("refusal")
    if refusal or metadata.get("finish_reason") == "content_filter":
        raise ModelError(ModelProblem.REFUSED)
    if metadata.get("finish_reason") == "length":
        raise ModelError(ModelProblem.TRUNCATED)
    try:
        if message.tool_calls:
            return schema.model_validate(message.tool_calls[0]["args"])
        content = message.content if isinstance(message.content, str) else "".join(_text_blocks(message.content))
        found = re.search(r"\{.*\}", content, re.DOTALL)
        if found is None:
            raise ModelError(ModelProblem.MALFORMED, "no object")
        return schema.model_validate_json(found.group())
    except (ValidationError, ValueError, KeyError, TypeError) as err:
        raise ModelError(ModelProblem.MALFORMED, type(err).__name__) from err


def _text_blocks(blocks: Sequence[Any]) -> list[str]:
    return [str(block.get("text", "")) if isinstance(block, dict) else str(block) for block in blocks]


def _fault(err: Exception) -> tuple[ModelProblem, float | None]:
    """The problem an exception stands for, and how long to wait before another try (`None`: do not try again)."""
    import openai

    if isinstance(err, openai.LengthFinishReasonError):
        return ModelProblem.TRUNCATED, None
    if isinstance(err, openai.ContentFilterFinishReasonError):
        return ModelProblem.REFUSED, None
    if isinstance(err, openai.APITimeoutError | TimeoutError):
        return ModelProblem.TIMEOUT, None
    if isinstance(err, openai.RateLimitError):
        return ModelProblem.RATE_LIMITED, _retry_after(err.response.headers.get("retry-after"))
    if isinstance(err, openai.InternalServerError):
        return ModelProblem.FAILED, 0.2
    if isinstance(err, openai.APIStatusError):
        return ModelProblem.FAILED, None
    if isinstance(err, openai.APIConnectionError):
        return ModelProblem.UNREACHABLE, 0.2
    if isinstance(err, json.JSONDecodeError | ValidationError):
        return ModelProblem.MALFORMED, 0.0
    if type(err).__module__.startswith(("httpx", "httpcore")):
        return ModelProblem.TRUNCATED, 0.0
    if isinstance(err, AttributeError | TypeError | KeyError | ValueError):
        return ModelProblem.MALFORMED, None
    return ModelProblem.FAILED, None


def _retry_after(value: str | None) -> float:
    return float(value) if value is not None and re.fullmatch(r"\d{1,4}(?:\.\d+)?", value) else 0.5

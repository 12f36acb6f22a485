"""The device flow (RFC 8628) against an authorization server on loopback, and the mailbox that opens with its token."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from negotiators.adapter import Malformed, Unreachable
from negotiators.channels.email.errors import LoginRefused
from negotiators.channels.email.finding import OAuth
from negotiators.channels.email.oauth import begin, finish, renewed
from negotiators.wire import AddressRules

RULES = AddressRules(allow_loopback=True)
CODE = {
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://example.org/device",
    "device_code": "d-1",
    "interval": 1,
    "expires_in": 60,
}
TOKENS = {"access_token": "a-1", "refresh_token": "r-1", "token_type": "Bearer"}
PENDING = (400, {"error": "authorization_pending"})


@dataclass
class Provider:
    port: int = 0
    device: tuple[int, Any] = (200, CODE)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def oauth(self) -> OAuth:
        place = f"http://127.0.0.1:{self.port}"
        return OAuth(f"{place}/device", f"{place}/token", "mail offline")


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
            provider.asked.append({name: values[0] for name, values in sent.items()})
            status, answer = provider.device if self.path == "/device" else provider.answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        def log_message(self, *rest: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.port = server.server_address[1]
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield provider
        finally:
            server.shutdown()
            running.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider()) as found:
        yield found


class Pauses(list[float]):
    """A pause that only notes how long it would have been."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)
        await asyncio.sleep(0)


async def test_the_person_types_a_code_and_the_tokens_come(provider: Provider) -> None:
    provider.answers = [PENDING, (400, {"error": "slow_down"}), (200, TOKENS)]
    pauses = Pauses()
    code = await begin(provider.oauth, "app", RULES)
    assert (code.user_code, code.address) == ("WDJB-MJHT", "https://example.org/device")
    tokens = await finish(provider.oauth, "app", code, RULES, pauses)
    assert (tokens.access, tokens.renewal) == ("a-1", "r-1")
    assert pauses == [1.0, 1.0, 6.0]
    assert provider.asked[0] == {"client_id": "app", "scope": "mail offline"}
    assert provider.asked[1]["device_code"] == "d-1"


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "invalid_client"])
async def test_a_refusal_ends_it_with_its_reason(provider: Provider, error: str) -> None:
    provider.answers = [(400, {"error": error})]
    code = await begin(provider.oauth, "app", RULES)
    with pytest.raises(LoginRefused) as refused:
        await finish(provider.oauth, "app", code, RULES, Pauses())
    assert refused.value.hint == error


async def test_a_code_that_nobody_types_runs_out(provider: Provider) -> None:
    provider.device = (200, {**CODE, "interval": 30})
    provider.answers = [PENDING] * 5
    code = await begin(provider.oauth, "app", RULES)
    with pytest.raises(LoginRefused) as refused:
        await finish(provider.oauth, "app", code, RULES, Pauses())
    assert refused.value.hint == "expired_token" and len(provider.answers) == 3


async def test_renewal_keeps_the_old_token_unless_a_new_one_comes(provider: Provider) -> None:
    provider.answers = [(200, {"access_token": "a-2"}), (200, {"access_token": "a-3", "refresh_token": "r-3"})]
    assert (await renewed(provider.oauth, "app", "r-1", RULES)).renewal == "r-1"
    assert (await renewed(provider.oauth, "app", "r-1", RULES)).renewal == "r-3"


@pytest.mark.parametrize("answer", [{}, {"access_token": 7}, {"access_token": ""}, [1]])
async def test_an_answer_without_a_token_is_malformed(provider: Provider, answer: Any) -> None:
    provider.answers = [(200, answer)]
    with pytest.raises(Malformed):
        await renewed(provider.oauth, "app", "r-1", RULES)


async def test_a_provider_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        await begin(Provider(port=9).oauth, "app", RULES)


async def test_a_refused_application_says_so(provider: Provider) -> None:
    provider.device = (401, {"error": "unauthorized_client"})
    with pytest.raises(LoginRefused) as refused:
        await begin(provider.oauth, "app", RULES)
    assert refused.value.hint == "unauthorized_client"

"""The contract kit finds what is wrong with an adapter: each flaw fails the check that is there for it."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from negotiators.adapter import Adapter, Capabilities, Session, Unsupported
from negotiators.arena import Arena
from negotiators.channels.a2a import A2AAdapter
from negotiators.clock import SimClock
from negotiators.dialogue import Evidence, Leave, Propose, Standing
from negotiators.testkit import AdapterContract, examine
from negotiators.wire import AddressRules, Limits
from tests.contract.test_a2a_contract import START
from tests.requirements import requirement

ROOT = Path(__file__).parents[2]


class Flawed(Session):
    """A session that does everything right; a test replaces one method."""

    def __init__(self, inner: Session) -> None:
        self.inner = inner

    async def send(self, cleared: Any) -> Any:
        return await self.inner.send(cleared)

    async def receive(self) -> Any:
        return await self.inner.receive()

    async def status(self, reference: str) -> Any:
        return await self.inner.status(reference)

    async def cancel(self, reference: str) -> None:
        await self.inner.cancel(reference)

    def resume_token(self) -> str:
        return self.inner.resume_token()

    async def close(self) -> None:
        await self.inner.close()


class NewId(Flawed):
    async def send(self, cleared: Any) -> Any:
        return await self.inner.send(replace(cleared, message_id=uuid.uuid4().hex))


class Leaks(Flawed):
    async def send(self, cleared: Any) -> Any:
        return await self.inner.send(replace(cleared, text=cleared.text + os.environ.get("USER", "")))


class Logs(Flawed):
    async def send(self, cleared: Any) -> Any:
        logging.getLogger("acme").debug("sending %s", cleared.text)
        return await self.inner.send(cleared)


class Raises(Flawed):
    async def send(self, cleared: Any) -> Any:
        delivery = await self.inner.send(cleared)
        if delivery.error:
            raise RuntimeError(delivery.error)
        return delivery


class Deaf(Flawed):
    async def send(self, cleared: Any) -> Any:
        try:
            return await self.inner.send(cleared)
        except asyncio.CancelledError:
            return await self.inner.send(cleared)


class Speaks(Flawed):
    async def receive(self) -> Any:
        found = await self.inner.receive()
        return [
            replace(reply, moves=(*reply.moves, Leave(reply.text.reveal() if reply.text else ""))) for reply in found
        ]


class Unproven(Flawed):
    async def receive(self) -> Any:
        found = await self.inner.receive()
        for at, reply in enumerate(found):
            for move in reply.moves:
                if isinstance(move, Propose):
                    wrong = replace(move.offer, evidence=(Evidence("price_monthly", Standing.CLAIMED),))
                    found[at] = replace(reply, moves=(Propose(wrong),))
        return found


class Refuses(Flawed):
    async def send(self, cleared: Any) -> Any:
        if isinstance(cleared.move, Leave):
            raise Unsupported("no farewell")
        return await self.inner.send(cleared)


class Forgets(Flawed):
    def resume_token(self) -> str:
        return '{"v":1,"context":"","task":"","state":"","seen":[],"sent":{}}'


class Draws(Flawed):
    async def send(self, cleared: Any) -> Any:
        return await self.inner.send(replace(cleared, payload={**cleared.payload, "nonce": uuid.uuid4().hex}))


class Careless(A2AAdapter):
    """The A2A channel with one flaw in its sessions."""

    def __init__(self, flaw: Callable[[Session], Session], patience: float) -> None:
        super().__init__(rules=AddressRules(allow_loopback=True), limits=Limits(total=patience))
        self.flaw = flaw

    async def open(self, *arguments: Any) -> Session:
        return self.flaw(await super().open(*arguments))


class Boasts(A2AAdapter):
    """Declares a channel it is not."""

    def capabilities(self) -> Capabilities:
        return replace(super().capabilities(), channel="fax")


class Company(AdapterContract):
    company_logs = ("uvicorn", "a2a.server", "a2a.utils")

    def __init__(self, flaw: Callable[[Session], Session] | None = None) -> None:
        self.flaw = flaw

    def adapter(self, patience: float) -> Adapter:
        if self.flaw is None:
            return Boasts(rules=AddressRules(allow_loopback=True), limits=Limits(total=patience))
        return Careless(self.flaw, patience)

    @asynccontextmanager
    async def company(self) -> AsyncIterator[str]:
        async with Arena.of(7, SimClock(START), ["funkturm"]) as arena:
            yield arena.endpoints[0].url


FLAWS: tuple[tuple[Callable[[Session], Session] | None, str], ...] = (
    (None, "discovery_tells_who_answers"),
    (Refuses, "declared_acts_are_carried_and_others_are_refused_unsent"),
    (Unproven, "terms_stand_as_declared"),
    (Raises, "hostile_answers_come_back_as_values_or_named_errors"),
    (Raises, "a_silent_company_costs_its_patience_only"),
    (Deaf, "cancelling_ends_an_exchange_at_once"),
    (NewId, "a_retry_sends_the_same_id_and_repeats_no_reply"),
    (Draws, "the_same_answers_make_the_same_requests_and_replies"),
    (Forgets, "a_retry_sends_the_same_id_and_repeats_no_reply"),
    (Speaks, "hostile_words_never_become_plain_strings"),
    (Leaks, "nothing_is_sent_beyond_the_cleared_move"),
    (Logs, "logs_hold_nothing_that_was_said"),
)


@requirement("untrusted:adapters-return-hostile-text-wrapped", "mandate:adapters-send-only-what-was-cleared")
@pytest.mark.parametrize(("flaw", "check"), FLAWS, ids=[f"{getattr(f, '__name__', 'Boasts')}" for f, _ in FLAWS])
def test_each_flaw_fails_its_check(flaw: Callable[[Session], Session] | None, check: str) -> None:
    with pytest.raises((AssertionError, RuntimeError)):
        getattr(Company(flaw), f"test_{check}")()


def test_examining_gives_a_finding_for_every_check() -> None:
    class Quick(Company):
        test_declared_acts_are_carried_and_others_are_refused_unsent = None
        test_hostile_answers_come_back_as_values_or_named_errors = None

    found = examine(Quick(Leaks))
    assert len(found) >= 12
    broken = {one.check: one.why for one in found if not one.kept}
    assert "gegenbotcanary-user" in broken["nothing_is_sent_beyond_the_cleared_move"]


def test_a_rehearsal_stays_on_this_machine() -> None:
    from negotiators.testkit.rehearsal import probe

    with pytest.raises(PermissionError):
        probe("https://company.example")


def test_importing_the_kit_loads_nothing_heavy() -> None:
    source = (
        "import sys, json, negotiators.testkit\nprint(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    out = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    heavy = {
        "chromadb",
        "langchain",
        "langchain_core",
        "textual",
        "a2a",
        "httpx",
        "pytest",
        "pydantic",
        "numpy",
        "openai",
    }
    assert not heavy & set(__import__("json").loads(out.stdout))

"""A company that answers slowly, or never, costs its own talk and nobody else's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.deciding import Deciding
from agent.market import late
from agent.market.late import UnderWay
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from negotiators.adapter import ClearedProbe, EndpointCard, Session
from negotiators.dialogue import NegotiationId, Propose, Reply
from tests.requirements import requirement
from tests.support.house import Company, FakeAdapter, FakeSession, living, phone_need, seller

PROMPT = 0.5
QUICK = {"acme": "declined", "best": "held"}


@dataclass(slots=True)
class Patient(FakeSession):
    """Answers once for each permit of its company."""

    async def receive(self) -> list[Reply]:
        assert isinstance(self.company, Slow)
        if self.waiting:
            await self.company.permits.acquire()
        return await FakeSession.receive(self)


@dataclass(slots=True)
class Slow(Company):
    permits: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    shown: asyncio.Event = field(default_factory=asyncio.Event)
    """When its card may be seen; unset, it shows none."""


class Street(FakeAdapter):
    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        company = self.companies[probe.url]
        if isinstance(company, Slow):
            await company.shown.wait()
        return await FakeAdapter.discover(self, probe)

    async def open(self, card: EndpointCard, negotiation: NegotiationId, category: str, resume: str = "") -> Session:
        company = self.companies[card.url]
        kind = Patient if isinstance(company, Slow) else FakeSession
        return self.sessions.setdefault(negotiation, kind(company))


def companies(shown: bool = True) -> tuple[Slow, list[Company]]:
    slow = Slow("idle", seller("13.00", "11.00", "0.50"))
    if shown:
        slow.shown.set()
    return slow, [
        Company("acme", seller("18.00", "14.00")), slow, Company("best", seller("16.00", "13.00", "0.50")),
    ]  # fmt: skip


@asynccontextmanager
async def market(
    root: Path, street: list[Company], monkeypatch: pytest.MonkeyPatch, **more: Any
) -> AsyncIterator[House]:
    """Others wait for half a second of silence; simulated time alone would wait for ever."""
    monkeypatch.setattr(late, "STEP", 0.05)
    adapter = Street({f"https://{company.name}.example": company for company in street})
    async with living(root, street, adapter=adapter, **more) as house:
        house.threads.under_way.prompt = PROMPT
        yield house


def states(house: House) -> dict[str, str]:
    return {row["provider"]: row["state"] for row in house.ledger.rows("SELECT provider, state FROM negotiations")}


def done(house: House) -> bool:
    """Whether the slow company's talk came to an agreement of its own."""
    return states(house)["idle"] in ("held", "waiting_person")


def left(house: House) -> int:
    """How often a talk left the group of the quick ones."""
    rows = house.ledger.rows("SELECT payload FROM events WHERE type='NegotiationMoved'")
    return sum(json.loads(row["payload"])["reason"] == "slow" for row in rows)


def said(street: list[Company]) -> list[tuple[str, list[str]]]:
    return [(one.name, [f"{type(m.move).__name__} {m.round} {m.text}" for m in one.heard]) for one in street]


@requirement("order:a-slow-company-holds-nobody-up")
async def test_quick_talks_end_while_one_company_thinks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        runner = Runner(house, waits=False)
        await runner.tick()
        assert states(house) == {**QUICK, "idle": "waiting_them"}
        assert (left(house), len(slow.heard)) == (1, 1)
        assert {one.talk.provider: one.late for one in house.threads.of("need-1")} == {
            "acme": False, "best": False, "idle": True,
        }  # fmt: skip


@requirement("order:a-slow-company-holds-nobody-up")
async def test_a_late_answer_rings_and_its_talk_goes_on_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        rung = asyncio.Event()
        house.threads.under_way.ring = rung.set
        runner = Runner(house, waits=False)
        await runner.tick()
        quick = said([one for one in street if one is not slow])
        for _ in range(30):
            if done(house):
                break
            slow.permits.release()
            async with asyncio.timeout(10):
                await rung.wait()
            rung.clear()
            await runner.tick()
        assert done(house)
        assert sum(isinstance(one.move, Propose) for one in slow.heard) > 1
        assert left(house) == 1, "it left once, for the rest of its talk"
        assert said([one for one in street if one is not slow]) == quick, "nobody quick heard more because of it"
        assert house.ledger.row("SELECT 1 FROM items WHERE state='waiting'")
        replayed = replay_ledger(house.home.root)
        assert replayed["different"] == [] and replayed["decisions"] == replayed["equal"]


@requirement("order:a-slow-company-holds-nobody-up")
async def test_when_it_answers_changes_nothing_for_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    for permits in (0, 99):
        slow, street = companies()
        async with market(tmp_path / str(permits), street, monkeypatch) as house:
            house.state_need(phone_need())
            runner = Runner(house, waits=False)
            await runner.tick()
            slow.permits = asyncio.Semaphore(permits)
            heard.append(said([one for one in street if one is not slow]))
    assert heard[0] == heard[1]


@requirement("order:a-slow-company-holds-nobody-up")
async def test_a_need_with_a_silent_company_keeps_no_other_need_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need("a-slow", providers=("idle",)))
        house.state_need(phone_need("b-quick", providers=("acme",)))
        await Runner(house, waits=False).tick()
        assert states(house) == {"idle": "waiting_them", "acme": "waiting_person"}
        assert [row["ref"] for row in house.ledger.rows("SELECT ref FROM items")] == ["b-quick"]
        assert len(slow.heard) == 1


@requirement("order:a-slow-company-holds-nobody-up")
async def test_a_company_whose_card_does_not_come_joins_when_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, street = companies(shown=False)
    slow.permits = asyncio.Semaphore(99)
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        rung = asyncio.Event()
        house.threads.under_way.ring = rung.set
        runner = Runner(house, waits=False)
        await runner.tick()
        await runner.tick()
        assert states(house) == QUICK, "no card before everybody had the chance to show theirs"
        slow.shown.set()
        async with asyncio.timeout(10):
            await rung.wait()
        await runner.tick()
        assert done(house)


async def test_one_that_waits_hears_everybody_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A single tick without a runner: the slow talk is carried on there, after the quick ones."""
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        await Runner(house, waits=False).tick()
        for _ in range(99):
            slow.permits.release()
        await Runner(house).tick()
        assert done(house)


@requirement("durable:one-id-per-move")
async def test_a_restart_while_it_thinks_sends_nothing_twice_and_keeps_it_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        await Runner(house, waits=False).tick()
    for _ in range(99):
        slow.permits.release()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        await Runner(house).tick()
        (thread,) = (one for one in house.threads.of("need-1") if one.talk.provider == "idle")
        assert thread.late and left(house) == 1
        assert done(house)
    intended = [(one.round, one.message_id) for one in slow.heard]
    assert len({message for _, message in intended}) == len({number for number, _ in intended})


@requirement("stop:resume-goes-on")
async def test_a_stop_ends_what_is_under_way_and_a_resume_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        runner = Runner(house, waits=False)
        await runner.tick()
        assert list(house.threads.under_way)
        house.home.stop.touch()
        house.gate.halt()
        await runner.tick()
        assert list(house.threads.under_way) == []
        for _ in range(99):
            slow.permits.release()
        house.home.stop.unlink()
        await Runner(house).tick()
        assert done(house)


async def test_an_answer_after_the_window_is_recorded_and_nothing_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, street = companies()
    async with market(tmp_path / "h", street, monkeypatch) as house:
        house.state_need(phone_need())
        rung = asyncio.Event()
        house.threads.under_way.ring = rung.set
        runner = Runner(house, waits=False)
        await runner.tick()
        house.clock.advance(timedelta(days=5))
        await runner.tick()
        (item,) = house.ledger.rows("SELECT legs FROM items")
        before = states(house)
        slow.permits.release()
        async with asyncio.timeout(10):
            await rung.wait()
        await runner.tick()
        assert states(house) == before
        assert house.ledger.row("SELECT 1 FROM turns WHERE party='them' AND message_id LIKE 'idle-%'")
        assert len(slow.heard) == 1
        assert [row["legs"] for row in house.ledger.rows("SELECT legs FROM items")] == [item["legs"]]


async def test_nobody_is_late_before_somebody_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "STEP", 0.01)
    under_way, first, second = UnderWay(0.03), asyncio.Event(), asyncio.Event()
    asking = asyncio.ensure_future(under_way.in_time({"a": first.wait(), "b": second.wait()}))
    done, _ = await asyncio.wait([asking], timeout=0.3)
    assert not done and list(under_way) == []
    first.set()
    assert await asking == {"a": True}
    assert list(under_way) == ["b"]
    await under_way.cancel()


async def test_where_time_is_simulated_nobody_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "STEP", 0.01)
    under_way, second = UnderWay(None), asyncio.Event()
    asking = asyncio.ensure_future(under_way.in_time({"a": asyncio.sleep(0, True), "b": second.wait()}, apart=["b"]))
    done, _ = await asyncio.wait([asking], timeout=0.2)
    assert not done
    second.set()
    assert await asking == {"a": True, "b": True}


@requirement("order:a-slow-company-holds-nobody-up")
async def test_a_company_that_falls_silent_after_a_deal_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = Slow("acme", seller("18.00", "14.00"))
    company.shown.set()
    company.permits = asyncio.Semaphore(99)
    async with market(tmp_path / "h", [company], monkeypatch) as house:
        house.state_need(phone_need())
        runner = Runner(house, waits=False)
        for _ in range(20):
            await runner.tick()
            if item := house.ledger.row("SELECT id, approval_hash FROM items"):
                break
            await house.threads.under_way.next(list(house.threads.under_way))
        Deciding(tmp_path / "h").approve(item["id"], item["approval_hash"])
        await runner.tick()
        assert house.ledger.row("SELECT 1 FROM commitments WHERE state='agreed'")
        (session,) = [one.session for one in house.threads.of("need-1")]
        assert isinstance(session, Patient)
        company.permits = asyncio.Semaphore(0)
        session.waiting.append(company.reply(text="We start a week later."))
        await runner.tick()
        assert list(house.threads.under_way), "the question for news is under way"
        async with asyncio.timeout(PROMPT):
            await runner.tick()
        company.permits.release()
        await house.threads.under_way.next(list(house.threads.under_way))
        await runner.tick()
        (heard,) = house.ledger.rows("SELECT e.body FROM events e WHERE type='Received' ORDER BY seq DESC LIMIT 1")
        assert house.ledger.body(heard["body"]) == "We start a week later."

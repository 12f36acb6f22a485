"""One talk over several doors of a company: typed over A2A, by hand, by mail. Nothing that was said is lost or said anew."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.carrying import Carrying
from agent.market.desk import MarketRules
from agent.runtime.adapters import adapters_of
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from agent.views import FacadeError
from negotiators.clock import SimClock
from negotiators.dialogue import Propose
from tests.integration.agent.test_by_hand import OFFER
from tests.requirements import requirement
from tests.support.house import START, Company, FakeAdapter, once, open_house, phone_need, phone_terms

CHAT = "https://acme.example/chat"


def company() -> Company:
    return Company("acme", once(lambda it: it.propose(phone_terms("24.00"))))


def opened(root: Path, clock: SimClock, acme: Company) -> House:
    house = open_house(root, [acme], clock=clock, rules=MarketRules(rounds=6, poll=timedelta(minutes=30)))
    real = adapters_of(house.config, house.home.root, house.categories, house.ledger, clock)
    fake = FakeAdapter({"https://acme.example": acme})
    house.threads._adapter_for = lambda name: fake if name == "a2a" else real(name)
    return house


async def tick(root: Path, clock: SimClock, acme: Company, *, first: bool = False) -> None:
    house = opened(root, clock, acme)
    house.ledger.set_meta("simulated", "1")
    try:
        if first:
            house.know_provider("acme", "Acme", CHAT, ["mobile_plan"], "allowed")
            house.ledger.conn.execute("UPDATE endpoints SET channel='byhand' WHERE url=?", (CHAT,))
            house.state_need(phone_need(), window=timedelta(days=5))
        await Runner(house).tick()
    finally:
        await house.close()


def turns(root: Path, clock: SimClock, acme: Company) -> list[tuple[str, str, str]]:
    house = opened(root, clock, acme)
    found = [
        (row["party"], row["message_id"], row["moves"]) for row in house.ledger.rows("SELECT * FROM turns ORDER BY seq")
    ]
    house.shut()
    return found


@requirement("durable:one-talk-over-doors")
async def test_a_talk_keeps_its_words_numbers_and_ids_over_its_doors(tmp_path: Path) -> None:
    clock, acme, root = SimClock(START), company(), tmp_path / "home"
    await tick(root, clock, acme, first=True)
    house = opened(root, clock, acme)
    (talk,) = house.ledger.rows("SELECT * FROM negotiations")
    house.shut()
    assert talk["endpoint"] == "https://acme.example" and talk["state"] == "waiting_them"
    before = turns(root, clock, acme)
    assert [isinstance(one.move, Propose) for one in acme.heard] == [False, True]
    Carrying(root).move(talk["id"], "byhand")
    await tick(root, clock, acme)
    after = turns(root, clock, acme)
    assert after[: len(before)] == before and len(acme.heard) == 2
    (draft,) = Carrying(root).drafts()
    assert draft.address == CHAT and draft.acts == ("propose",)
    Carrying(root).answer(talk["id"], OFFER)
    await tick(root, clock, acme)
    house = opened(root, clock, acme)
    (row,) = house.ledger.rows("SELECT * FROM negotiations")
    rounds = [entry["round"] for entry in house.ledger.rows("SELECT round FROM outbox ORDER BY rowid")]
    assert rounds == sorted(set(rounds)), "every move has a round of its own, over all doors"
    assert house.ledger.row("SELECT COUNT(DISTINCT need || provider) AS n FROM negotiations")["n"] == 1
    assert row["round"] >= 3
    house.shut()


async def test_words_that_lay_ready_leave_at_the_new_door_under_their_own_id(tmp_path: Path) -> None:
    clock, acme, root = SimClock(START), company(), tmp_path / "home"
    await tick(root, clock, acme, first=True)
    house = opened(root, clock, acme)
    talk = house.ledger.rows("SELECT id FROM negotiations")[0]["id"]
    house.shut()
    Carrying(root).move(talk, "byhand")
    await tick(root, clock, acme)
    (draft,) = Carrying(root).drafts()
    Carrying(root).move(talk, "a2a")
    await tick(root, clock, acme)
    assert [one.message_id for one in acme.heard][-1] == draft.message_ids[0]
    assert Carrying(root).drafts() == ()


async def test_only_another_door_of_the_same_company_is_one(tmp_path: Path) -> None:
    clock, acme, root = SimClock(START), company(), tmp_path / "home"
    await tick(root, clock, acme, first=True)
    house = opened(root, clock, acme)
    talk = house.ledger.rows("SELECT id FROM negotiations")[0]["id"]
    for door in ("email", "https://evil.example", "a2a"):
        with pytest.raises(FacadeError, match="no_such_door"):
            Carrying(root).move(talk, door)
    house.ledger.conn.execute("UPDATE negotiations SET state='held'")
    house.shut()
    with pytest.raises(FacadeError, match="cannot_move"):
        Carrying(root).move(talk, "byhand")

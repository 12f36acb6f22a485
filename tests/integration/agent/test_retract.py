"""A preference the person takes back influences no later decision, in needs that are open and in those to come."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.editing import Editing
from agent.runtime.lessons import relearn
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from agent.teaching import Teaching
from memory.preferences import Op, Preference, PreferenceId, PreferenceSource, Term
from memory.store import DecisionId, PastDecision, Store, Verdict
from negotiators.clock import SimClock
from tests.requirements import requirement
from tests.support.house import Company, FakeAdapter, living, phone_need, phone_terms, seller
from tests.support.process import gegenbot, make_home

WISH = Preference(
    PreferenceId("much"),
    "At least 77 GB of data for the phone",
    (Term("data_gb", Op.LEAST, "77"),),
    "mobile_plan",
    hard=True,
)


def inputs(house: House, after: int = 0) -> list[tuple[int, str]]:
    """The complete inputs of every recorded choice."""
    rows = house.ledger.rows("SELECT seq, body FROM choices WHERE seq>? AND body IS NOT NULL ORDER BY seq", (after,))
    return [(row["seq"], house.ledger.body(row["body"]) or "") for row in rows]


def forbids(text: str) -> bool:
    """Whether the inputs of a choice rule out amounts of data."""
    profile = json.loads(text)["profile"]
    data = next(at for at, (name, _) in enumerate(profile["issues"]) if name == "data_gb")
    return any(issue == data for issue, _ in profile["forbidden"])


@requirement("forget:retracted-influences-nothing")
async def test_a_retracted_preference_takes_part_in_no_later_decision(tmp_path: Path) -> None:
    root, answers = tmp_path / "home", [phone_terms("30.00", "100"), phone_terms("28.00", "10")]
    company = Company("acme", lambda one, cleared: [one.propose(answers.pop(0))] if len(answers) > 1 else [])
    channel = FakeAdapter({"https://acme.example": company})
    async with living(root, [company], adapter=channel) as house:
        house.ledger.set_meta("simulated", "1")
        house.person.store.add(replace(WISH, stated_at=house.clock.now(), valid_from=house.clock.now()))
        need = house.state_need(replace(phone_need(), wishes=(), text="a phone plan with data"))
        assert [used["id"] for used in need.recalled] == ["much"]
        runner = Runner(house)
        await runner.tick()
        before = inputs(house)
        assert before and all(forbids(text) for _, text in before)

        Teaching(root).retract("much")
        (session,) = channel.sessions.values()
        session.waiting.append(company.propose(answers.pop(0)))
        house.clock.advance(timedelta(minutes=31))
        await runner.tick()
        same_talk = inputs(house, before[-1][0])
        assert same_talk and not any(forbids(text) for _, text in same_talk)

        later = house.state_need(replace(phone_need("need-2"), wishes=(), text="a phone plan with data"))
        assert later.recalled == ()
        assert replay_ledger(root)["different"] == []


@requirement("forget:retracted-influences-nothing")
@pytest.mark.parametrize("how", ["screen", "words", "killed"])
async def test_a_corrected_wish_and_what_was_derived_from_it_take_part_in_no_later_decision(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, answers = tmp_path / "home", [phone_terms("30.00", "100"), phone_terms("28.00", "10")]
    company = Company("acme", lambda one, cleared: [one.propose(answers.pop(0))] if len(answers) > 1 else [])
    channel = FakeAdapter({"https://acme.example": company})
    async with living(root, [company], adapter=channel, clock=SimClock(datetime.now(UTC))) as house:
        said = replace(WISH, terms=(), hard=False, stated_at=house.clock.now(), valid_from=house.clock.now())
        followed = replace(
            WISH, id=PreferenceId("derived"), source=PreferenceSource.INFERRED, evidence=("preference:much",),
            stated_at=house.clock.now(), valid_from=house.clock.now(),
        )  # fmt: skip
        house.person.store.add(said, followed)
        need = house.state_need(replace(phone_need(), wishes=(), text="a phone plan with data"))
        assert "derived" in [used["id"] for used in need.recalled]
        runner = Runner(house)
        await runner.tick()
        before = inputs(house)
        assert before and all(forbids(text) for _, text in before)

        house.clock.advance(timedelta(minutes=31))
        if how == "words":
            Teaching(root).correct("much", words="I do not care how much data")
        else:
            if how == "killed":  # the process ended after memory was written
                monkeypatch.setattr(Editing, "_append", lambda self, *events: None)
            Editing(root).correct_wish("much", "I do not care how much data")
        (session,) = channel.sessions.values()
        session.waiting.append(company.propose(answers.pop(0)))
        await runner.tick()
        same_talk = inputs(house, before[-1][0])
        assert same_talk and not any(forbids(text) for _, text in same_talk)
        later = house.state_need(replace(phone_need("need-2"), wishes=(), text="a phone plan with data"))
        assert not {"much", "derived"} & {used["id"] for used in later.recalled}
        assert replay_ledger(root)["different"] == []


async def test_a_retracted_weight_leaves_the_needs_own_wish_in_place(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", seller("30.00", "10.00"))]) as house:
        cheap, dear = ((Term("price_monthly", Op.IS, price, "EUR"),) for price in ("9.00", "21.00"))
        free, long = ((Term("term", Op.IS, term),) for term in ("P0D", "P24M"))
        house.person.store.add(
            *(
                PastDecision(
                    DecisionId(f"d{at}"), Verdict.COUNTERED, "", house.clock.now(), "mobile_plan",
                    terms=(*cheap, *long), over=(*dear, *free),
                )
                for at in range(4)
            )
        )  # fmt: skip
        house.ledger.set_meta("simulated", "1")
        relearn(house.person.store, house.categories["mobile_plan"], house.clock.now())
        need = house.state_need(phone_need())
        price = need.wish("price_monthly")
        assert price is not None and price.weight is not None and price.maximum is not None
        Teaching(root).retract("learned-mobile_plan-price_monthly")
        again = house.book.need(need.id).wish("price_monthly")
        assert again is not None and again.weight is None and again.maximum == price.maximum


def test_what_was_taken_back_is_listed_as_ended_and_found_as_that(tmp_path: Path) -> None:
    home = make_home(tmp_path, None, {})
    with Store(home) as store:
        store.add(replace(WISH, stated_at=None, valid_from=None), replace(WISH, id=PreferenceId("other"), terms=()))
    Teaching(home).retract("much")
    listed = gegenbot("--home", str(home), "memory", "list", "--json")
    assert {row["id"]: row["counts"] for row in json.loads(listed.stdout)["preferences"]} == {
        "much": "ended", "other": "now",
    }  # fmt: skip
    found = gegenbot("--home", str(home), "memory", "search", WISH.words).stdout.splitlines()
    assert [line.split(maxsplit=1)[1] for line in found if "much" in line] == [f"much  {WISH.words} (ended)"]
    assert all(WISH.words in line for line in found) and len(found) == 2

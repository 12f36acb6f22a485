"""The person's decisions: bound to what they saw, once, in time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.runtime.runner import Runner
from agent.views import DecisionError, FacadeError
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, seller


async def waiting(house, **mandate):
    house.ledger.set_meta("simulated", "1")
    house.state_need(phone_need(**mandate))
    await Runner(house).tick()
    return house.ledger.row("SELECT * FROM items"), Deciding(house.home.root)


def refused(act, *args, **more) -> str:
    with pytest.raises(DecisionError) as error:
        act(*args, **more)
    return error.value.code


@requirement("approval:bound-to-terms")
async def test_an_approval_of_other_terms_than_shown_is_refused(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))]) as house:
        row, deciding = await waiting(house)
        assert refused(deciding.approve, row["id"], "0" * 64) == "terms_changed"
        assert refused(deciding.approve, "nothing", row["approval_hash"]) == "no_such_item"
        assert house.ledger.row("SELECT 1 FROM approvals") is None


@requirement("approval:second-yes-above-limit")
async def test_above_the_limit_a_second_yes_is_asked_for(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))]) as house:
        row, deciding = await waiting(house)
        house.ledger.conn.execute("""UPDATE items SET over_limit='[{"code":"above_limit","params":{},"refs":[]}]'""")
        assert refused(deciding.approve, row["id"], row["approval_hash"]) == "over_limit"
        deciding.approve(row["id"], row["approval_hash"], over_limit=True)
        assert house.ledger.row("SELECT over_limit FROM approvals")["over_limit"] == 1


async def test_what_was_decided_is_not_decided_again(tmp_path: Path) -> None:
    async with living(tmp_path / "h", [Company("acme", seller("16.00", "12.00"))]) as house:
        row, deciding = await waiting(house)
        deciding.reject(row["id"], "too_expensive")
        for act in (deciding.later, deciding.reject):
            assert refused(act, row["id"], *(["other"] if act == deciding.reject else [])) == "already_decided"
        assert refused(deciding.approve, row["id"], row["approval_hash"]) == "already_decided"
        assert refused(deciding.undo, row["id"]) == "undo_over"
        assert refused(deciding.reject, row["id"], "nonsense") == "unknown_reason"
        await Runner(house).tick()
        talk = house.ledger.row("SELECT state FROM negotiations")
        assert talk["state"] == "superseded" and house.book.open_needs() == []


@requirement("approval:expires")
async def test_after_the_deadline_an_item_runs_out_and_says_so(tmp_path: Path) -> None:
    company = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [company]) as house:
        row, deciding = await waiting(house)
        house.clock.advance(timedelta(days=4))
        await Runner(house).tick()
        assert house.ledger.row("SELECT state FROM items")["state"] == "expired"
        assert house.ledger.row("SELECT 1 FROM incidents WHERE code='item_expired'")
        assert refused(deciding.approve, row["id"], row["approval_hash"]) == "already_decided"
        assert company.commits == []


@requirement("approval:expires")
async def test_an_approval_that_could_not_be_carried_out_in_time_runs_out(tmp_path: Path) -> None:
    company = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [company]) as house:
        row, deciding = await waiting(house)
        deciding.approve(row["id"], row["approval_hash"])
        house.clock.advance(timedelta(days=3))
        await Runner(house).tick()
        await Runner(house).tick()
        assert company.commits == []
        assert house.ledger.row("SELECT state FROM items")["state"] == "expired"


async def test_an_approval_is_undone_before_it_is_carried_out(tmp_path: Path) -> None:
    company = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [company]) as house:
        row, deciding = await waiting(house)
        deciding.approve(row["id"], row["approval_hash"])
        deciding.undo(row["id"])
        await Runner(house).tick()
        assert company.commits == [] and house.ledger.row("SELECT state FROM items")["state"] == "undone"


async def test_an_agreement_that_cannot_be_cancelled_is_not_undone(tmp_path: Path) -> None:
    company = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [company]) as house:
        row, deciding = await waiting(house)
        deciding.approve(row["id"], row["approval_hash"])
        await Runner(house).tick()
        assert len(company.commits) == 1
        assert refused(deciding.undo, row["id"]) == "undo_never"


async def test_a_countered_item_can_still_be_approved(tmp_path: Path) -> None:
    company = Company("acme", seller("16.00", "12.00"))
    async with living(tmp_path / "h", [company]) as house:
        row, deciding = await waiting(house)
        deciding.counter(row["id"], {"price_monthly": "10 EUR"})
        deciding.approve(row["id"], row["approval_hash"])
        await Runner(house).tick()
        assert len(company.commits) == 1


def test_a_folder_that_was_never_set_up_is_one_clear_error(tmp_path: Path) -> None:
    for act in (lambda d: d.approve("a", "b"), lambda d: d.later("a"), lambda d: d.forget("fact:x")):
        with pytest.raises(FacadeError) as error:
            act(Deciding(tmp_path / "nowhere"))
        assert error.value.code == "no_home"

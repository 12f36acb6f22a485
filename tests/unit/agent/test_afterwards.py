"""After the decision: a card does not vanish without a word, and what was asked of the person is counted."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent.deciding import Deciding
from agent.digest.effort import DECIDE, READ, effort
from agent.kernel.events import ItemMade
from agent.reading import Reading
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from agent.views import ItemView
from tests.requirements import requirement
from tests.support.house import Company, living, phone_need, seller


async def shown_card(house: House, root: Path) -> ItemView:
    """One card on a digest."""
    house.ledger.set_meta("simulated", "1")
    house.state_need(phone_need())
    runner = Runner(house)
    for _ in range(2):
        await runner.tick()
        house.clock.advance(timedelta(minutes=31))
    await runner.tick(digest=True)
    reads = Reading(root)
    (item,) = reads.digest().items
    reads.close()
    return item


def quiet(root: Path) -> list[tuple[str, tuple[str, ...]]]:
    reads = Reading(root)
    found = [(one.code, one.refs) for one in reads.digest().quiet if one.code.startswith("card_")]
    reads.close()
    return found


@requirement("attention:nothing-vanishes")
async def test_an_approved_card_is_told_of_once_in_the_next_digest(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", seller("15.00", "12.00"))]) as house:
        item = await shown_card(house, root)
        assert quiet(root) == []
        Deciding(root).approve(item.id, item.approval_hash, over_limit=bool(item.over_limit))
        runner = Runner(house)
        house.clock.advance(timedelta(minutes=31))
        await runner.tick(digest=True)
        told: list[Any] = quiet(root)
        house.clock.advance(timedelta(hours=24))
        await runner.tick(digest=True)
        told += quiet(root)
        assert told[-1] == ("card_signed", (f"item:{item.id}",))
        house.clock.advance(timedelta(hours=24))
        await runner.tick(digest=True)
        assert quiet(root) == []


async def test_what_was_asked_of_the_person_is_counted_per_settled_case(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", seller("15.00", "12.00"))]) as house:
        item = await shown_card(house, root)
        assert effort(house.ledger.rows).cases == 0
        Deciding(root).later(item.id)
        Deciding(root).reject(item.id, "too_expensive")
        await Runner(house).tick()
        found = effort(house.ledger.rows)
        assert (found.cases, found.decisions, found.keys) == (1, 2, 3)
        assert found.seconds == READ + 2 * DECIDE
        reads = Reading(root)
        view = reads.status().effort
        reads.close()
        assert view is not None and (view.cases, view.keys) == (1, 3)


async def test_keys_and_seconds_of_a_decision_on_the_screen_are_those_it_measured(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", seller("15.00", "12.00"))]) as house:
        item = await shown_card(house, root)
        Deciding(root).later(item.id)
        Deciding(root).spent(item.id, 3, 8)
        Deciding(root).reject(item.id, "too_expensive")
        Deciding(root).spent(item.id, 4, 31)
        await Runner(house).tick()
        found = effort(house.ledger.rows)
        assert (found.cases, found.decisions, found.keys, found.seconds, found.measured) == (1, 2, 7, 39, 1)
        await Runner(house).make_digest()
        reads = Reading(root)
        view = reads.digest().effort
        reads.close()
        assert view is not None and (view.keys, view.seconds, view.measured) == (7, 39, 1)


async def test_what_ends_soon_comes_before_what_is_worth_more(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", seller("15.00", "12.00"))]) as house:
        item = await shown_card(house, root)
        legs = json.loads(house.ledger.rows("SELECT legs FROM items")[0]["legs"])
        later, sooner = ((house.clock.now() + wait).isoformat() for wait in (timedelta(days=9), timedelta(hours=5)))
        house.ledger.append(house.clock.now(), [
            ItemMade(name, "need", name, legs, "h", [], deadline, total, "EUR", None, [])
            for name, deadline, total in (("rich", later, "9000"), ("soon", sooner, "5"))
        ])  # fmt: skip
        await Runner(house).make_digest()
        reads = Reading(root)
        order = [one.id for one in reads.digest().items]
        reads.close()
        assert order.index("soon") < order.index("rich")
        assert item.id in order

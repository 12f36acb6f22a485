"""The person's own counter-proposal reaches the company, and its answer becomes the next card."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.deciding import Deciding
from agent.needs.bundles import bundled
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from agent.views import DecisionError
from negotiators.adapter import ClearedMove, Unreachable
from negotiators.dialogue import Accept, Commit, Leave, Propose, Reject, Reply, ReplyStatus, Terms
from negotiators.money import Money
from tests.requirements import requirement
from tests.support.house import Company, eur, living, phone_need, seller

ROOT = "h"


def firm(answer: str):
    """Sells for 15 whatever we say; to a price below 15 it says `answer`."""
    sells = seller("15.00", "15.00")

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        move = cleared.move
        if isinstance(move, Propose) and asked(move.offer.terms) == eur("13.00"):
            match answer:
                case "yes":
                    return [company.reply(Accept(move.offer.id, move.offer.terms))]
                case "14":
                    return [company.propose(at(move.offer.terms, "14.00"))]
                case "no":
                    return [company.reply(Reject(None))]
                case "gone":
                    raise Unreachable("down")
                case "leave":
                    return [company.reply(Leave("too low"), status=ReplyStatus.CLOSED)]
                case _:
                    return [company.reply(status=ReplyStatus.WORKING)]
        return sells(company, cleared)

    return behave


def at(terms: Terms, price: str) -> Terms:
    return Terms.of({**dict(terms), "price_monthly": eur(price)})


def asked(terms: Terms) -> Money | None:
    price = terms.get("price_monthly")
    return price if isinstance(price, Money) else None


def cards(house: House) -> list[dict[str, Any]]:
    rows = house.ledger.rows("SELECT * FROM items ORDER BY number")
    return [{"state": row["state"], "total": row["total"], "id": row["id"], "hash": row["approval_hash"],
             "price": json.loads(row["legs"])[0]["terms"]["price_monthly"]["value"]} for row in rows]  # fmt: skip


def shown(house: House) -> list[str]:
    (last,) = house.ledger.rows("SELECT items FROM digests ORDER BY rowid DESC LIMIT 1")
    return list(json.loads(last["items"]))


async def countered(house: House, root: Path, **more: str) -> None:
    """A card at 15, and the person asks for 13."""
    house.state_need(phone_need())
    for _ in range(3):
        await Runner(house).tick()
    (card,) = cards(house)
    assert (card["state"], card["price"]) == ("waiting", "15 EUR")
    Deciding(root).counter(card["id"], {"price_monthly": "13.00", **more})
    await Runner(house).tick()


@requirement("approval:a-counter-reaches-the-company")
@pytest.mark.parametrize(("answer", "price"), [("yes", "13 EUR"), ("14", "14 EUR"), ("no", "15 EUR")])
async def test_the_answer_becomes_a_new_card(tmp_path: Path, answer: str, price: str) -> None:
    root, company = tmp_path / ROOT, Company("acme", firm(answer))
    async with living(root, [company]) as house:
        await countered(house, root)
        said = [one.move for one in company.heard if isinstance(one.move, Propose)]
        assert asked(said[-1].offer.terms) == eur("13.00")
        old, new = cards(house)
        assert (old["state"], new["state"], new["price"]) == ("replaced", "waiting", price)
        assert shown(house) == [new["id"]]
        Deciding(root).approve(new["id"], new["hash"])
        await Runner(house).tick()
        assert isinstance(company.heard[-1].move, Commit) and cards(house)[-1]["state"] == "agreed"
        assert f"{asked(company.heard[-1].move.terms)}" == f"{price.split()[0]}.00 EUR"


async def test_a_company_that_leaves_over_it_ends_the_card(tmp_path: Path) -> None:
    root = tmp_path / ROOT
    async with living(root, [Company("acme", firm("leave"))]) as house:
        await countered(house, root)
        assert [card["state"] for card in cards(house)] == ["declined"]


@requirement("approval:a-counter-reaches-the-company")
async def test_a_slow_answer_is_waited_for_beyond_the_window_and_a_restart(tmp_path: Path) -> None:
    root, company = tmp_path / ROOT, Company("acme", firm("slow"))
    async with living(root, [company]) as house:
        await countered(house, root)
        assert [card["state"] for card in cards(house)] == ["countered"]
        clock = house.clock
    clock.advance(timedelta(days=1))
    async with living(root, [company], clock=clock) as house:
        thread = house.market.threads_of(house.book.open_needs()[0])[0]
        terms = at(
            next(one.move.offer.terms for one in reversed(company.heard) if isinstance(one.move, Propose)), "13.50"
        )
        (await house.threads.session(thread)).waiting.append(company.propose(terms))
        await Runner(house).tick()
        old, new = cards(house)
        assert (old["state"], new["state"], new["price"]) == ("replaced", "waiting", "13.5 EUR")
        proposals = [one for one in company.heard if isinstance(one.move, Propose)]
        assert sum(asked(one.move.offer.terms) == eur("13.00") for one in proposals) == 1


async def test_it_is_sent_once_even_if_the_runner_dies_before_it_is_marked_as_done(tmp_path: Path, monkeypatch) -> None:
    root, company = tmp_path / ROOT, Company("acme", firm("slow"))
    async with living(root, [company]) as house:
        monkeypatch.setattr("agent.runtime.decisions.Decisions._remember", _killed)
        with pytest.raises(KeyboardInterrupt):
            await countered(house, root)
        monkeypatch.undo()
        clock = house.clock
    async with living(root, [company], clock=clock) as house:
        await Runner(house).tick()
        asks = [
            one for one in company.heard if isinstance(one.move, Propose) and asked(one.move.offer.terms) == eur("13")
        ]
        assert len({one.message_id for one in asks}) == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@requirement("approval:a-counter-reaches-the-company")
async def test_the_same_may_be_asked_again_after_an_answer(tmp_path: Path) -> None:
    root, company = tmp_path / ROOT, Company("acme", firm("14"))
    async with living(root, [company]) as house:
        await countered(house, root)
        Deciding(root).counter(cards(house)[-1]["id"], {"price_monthly": "13.00"})
        await Runner(house).tick()
        asks = [
            one for one in company.heard if isinstance(one.move, Propose) and asked(one.move.offer.terms) == eur("13")
        ]
        assert len(asks) == len({one.message_id for one in asks}) == 2


@requirement("approval:a-counter-reaches-the-company")
async def test_a_company_out_of_reach_costs_the_person_nothing_of_what_stood(tmp_path: Path) -> None:
    root, company = tmp_path / ROOT, Company("acme", firm("gone"))
    async with living(root, [company]) as house:
        await countered(house, root)
        (card,) = cards(house)
        assert (card["state"], card["price"]) == ("waiting", "15 EUR")
        assert house.ledger.row("SELECT 1 FROM incidents WHERE code='counter_not_taken'")
        Deciding(root).approve(card["id"], card["hash"])
        await Runner(house).tick()
        assert cards(house)[-1]["state"] == "agreed"


@requirement("approval:a-counter-reaches-the-company")
async def test_a_company_that_never_answers_does_not_hide_the_card(tmp_path: Path) -> None:
    root, company = tmp_path / ROOT, Company("acme", firm("slow"))
    async with living(root, [company]) as house:
        await countered(house, root)
        (card,) = cards(house)
        await Runner(house).tick(digest=True)
        assert card["state"] == "countered" and shown(house) == [card["id"]]
        Deciding(root).approve(card["id"], card["hash"])
        await Runner(house).tick()
        assert cards(house)[-1]["state"] == "agreed"


async def test_in_a_bundle_only_the_company_that_is_named_is_asked(tmp_path: Path) -> None:
    root, companies = tmp_path / ROOT, [Company("acme", firm("14")), Company("best", firm("14"))]
    async with living(root, companies) as house:
        legs = [phone_need(f"need-{company.name}", providers=(company.name,)) for company in companies]
        house.state_bundle(bundled("b", "two phones", eur("400.00"), "EUR", legs, "test"))
        for _ in range(3):
            await Runner(house).tick()
        (card,) = cards(house)
        heard = [len(company.heard) for company in companies]
        Deciding(root).counter(card["id"], {"best.price_monthly": "13.00"})
        await Runner(house).tick()
        assert [len(company.heard) - before for company, before in zip(companies, heard, strict=True)] == [0, 1]
        legs = json.loads(house.ledger.rows("SELECT legs FROM items ORDER BY number DESC LIMIT 1")[0]["legs"])
        assert {leg["provider"]: leg["terms"]["price_monthly"]["value"] for leg in legs} == {
            "acme": "15 EUR", "best": "14 EUR",
        }  # fmt: skip
        with pytest.raises(DecisionError):
            Deciding(root).counter(cards(house)[-1]["id"], {"price_monthly": "13.00"})  # of which company?


@pytest.mark.parametrize("changes", [{"colour": "red"}, {"price_monthly": "cheap"}, {"acme.nothing": "1"}])
async def test_what_cannot_be_read_is_refused_when_it_is_said(tmp_path: Path, changes: dict[str, str]) -> None:
    root = tmp_path / ROOT
    async with living(root, [Company("acme", firm("no"))]) as house:
        house.state_need(phone_need())
        for _ in range(3):
            await Runner(house).tick()
        (card,) = cards(house)
        with pytest.raises(DecisionError) as refused:
            Deciding(root).counter(card["id"], changes)
        assert refused.value.code == "counter_unreadable"
        assert [one["state"] for one in cards(house)] == ["waiting"]

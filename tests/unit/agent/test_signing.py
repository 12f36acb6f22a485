"""Signing: one deal per need, confirmed to the letter, resumed wherever it was cut off."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.kernel.ledger import verify
from agent.needs.bundles import bundled
from agent.runtime.runner import Runner
from negotiators.dialogue import Accept, Ask, Commit, Confirm, Inquire, Leave, Propose, Reject
from tests.requirements import requirement
from tests.support.house import START, Company, SimClock, eur, living, phone_need, phone_terms, seller

QUESTION = Inquire("postal_code", "pd:PostalCode")


def shop(commit_answers, price: str = "14.00", asks: bool = False):
    """Offers one price, takes any yes; `commit_answers(company, move)` gives the replies to a commitment."""

    def behave(company: Company, cleared):
        match cleared.move:
            case Ask() | Propose():
                reply = company.propose(phone_terms(price))
                first = asks and isinstance(cleared.move, Ask)
                return [replace(reply, moves=(*reply.moves, QUESTION))] if first else [reply]
            case Commit():
                return commit_answers(company, cleared.move)
            case _:
                return []

    return behave


def confirms(company: Company, move: Commit):
    return [company.reply(Confirm(move.terms, move.offer_id, "r-1"))]


async def decided(house, over: bool = False):
    """One tick to the card, the person's yes, one tick to carry it out."""
    house.ledger.set_meta("simulated", "1")
    await Runner(house).tick()
    row = house.ledger.row("SELECT * FROM items")
    assert row is not None
    Deciding(house.home.root).approve(row["id"], row["approval_hash"], over_limit=over)
    await Runner(house).tick()
    return house.ledger.row("SELECT * FROM items")


@requirement("disclosure:losers-grants-end", "disclosure:receipt-before-sending")
async def test_losing_bidders_are_told_and_what_they_were_told_ends_with_the_deal(tmp_path: Path) -> None:
    best, rival = Company("best", shop(confirms, "9.00", True)), Company("rival", shop(confirms, "15.00", True))
    async with living(tmp_path / "h", [best, rival], persona=True) as house:
        house.state_need(phone_need())
        item = await decided(house)
        assert item["state"] == "agreed" and len(best.commits) == 1 and rival.commits == []
        assert isinstance(rival.heard[-1].move, Leave)
        ends = {row["provider"]: row["ended"] for row in house.ledger.rows("SELECT * FROM releases WHERE released=1")}
        assert ends["rival"] and ends["best"] is None
        reasons = {event.payload["reason"] for event in house.ledger.events(kinds=("GrantExpired",))}
        assert reasons == {"not_chosen"}
        for company in (best, rival):
            assert any("10xxx" in one.text or "10xxx" in json.dumps(one.payload) for one in company.heard)
        order = [(e.type, e.payload.get("act")) for e in house.ledger.events() if e.payload.get("negotiation")]
        for provider in ("best", "rival"):
            talk = house.ledger.row("SELECT id FROM negotiations WHERE provider=?", (provider,))["id"]
            events = [e for e in house.ledger.events() if e.payload.get("negotiation") == talk]
            released = next(e.seq for e in events if e.type == "Released")
            intended = next(e.seq for e in events if e.type == "IntentionRecorded" and e.payload["act"] == "inform")
            sent = next(e.seq for e in events if e.type == "Sent" and e.seq > intended)
            assert released < intended < sent, order


@requirement("approval:confirmation-compared", "mandate:fee-added-later")
@pytest.mark.parametrize(
    ("answer", "issue"),
    [
        (lambda c, m: [c.reply(Confirm(m.terms.with_(setup_fee=eur("30.00")), m.offer_id))], "setup_fee"),
        (lambda c, m: [c.reply(Confirm(m.terms.with_(price_monthly=eur("14.01")), m.offer_id))], "price_monthly"),
        (lambda c, m: [c.reply(Confirm(m.terms, m.offer_id), problems=("unknown_issue:service_fee",))], "service_fee"),
        (lambda c, m: [c.reply(Confirm(m.terms, m.offer_id), problems=("wrong_unit:price_monthly",))], "price_monthly"),
    ],
)
async def test_a_confirmation_that_differs_is_shown_and_never_accepted(tmp_path: Path, answer, issue: str) -> None:
    async with living(tmp_path / "h", [Company("acme", shop(answer))]) as house:
        house.state_need(phone_need())
        item = await decided(house)
        assert item["state"] == "mismatch"
        (event,) = house.ledger.events(kinds=("Mismatch",))
        assert issue in {entry["issue"] for entry in event.payload["differences"]}
        assert house.ledger.events(kinds=("Confirmed",)) == []


@requirement("durable:slow-commit-keeps-its-lock")
async def test_a_commitment_without_an_answer_keeps_its_lock_and_its_id(tmp_path: Path) -> None:
    answers: list = []
    company = Company("acme", shop(lambda c, m: answers.pop() if answers else []))
    async with living(tmp_path / "h", [company]) as house:
        house.state_need(phone_need())
        item = await decided(house)
        assert item["state"] == "committing"
        await Runner(house).tick()
        answers.append([company.reply(Confirm(company.commits[0].move.terms, company.commits[0].move.offer_id))])
        await Runner(house).tick()
        assert house.ledger.row("SELECT state FROM items")["state"] == "agreed"
        assert len({one.message_id for one in company.commits}) == 1


@requirement("approval:refused-deal-is-said")
@pytest.mark.parametrize("move", [Reject(None), Leave("gone")])
async def test_a_deal_the_company_turns_down_is_said_and_not_tried_again(tmp_path: Path, move) -> None:
    company = Company("acme", shop(lambda c, m: [c.reply(move)]))
    async with living(tmp_path / "h", [company]) as house:
        house.state_need(phone_need())
        assert (await decided(house))["state"] == "declined"
        await Runner(house).tick()
        assert len(company.commits) == 1
        assert house.ledger.row("SELECT 1 FROM incidents WHERE code='commit_declined'")


async def test_a_plain_yes_to_a_commitment_is_not_a_confirmation(tmp_path: Path) -> None:
    company = Company("acme", shop(lambda c, m: [c.reply(Accept(m.offer_id, m.terms))]))
    async with living(tmp_path / "h", [company]) as house:
        house.state_need(phone_need())
        assert (await decided(house))["state"] == "committing"
        assert house.ledger.row("SELECT 1 FROM incidents WHERE code='confirmation_not_binding'")


@requirement("durable:nothing-lost")
async def test_a_bundle_cut_off_between_two_legs_is_finished_at_the_next_start(tmp_path: Path) -> None:
    """The process dies right after the first leg was confirmed."""
    companies = [Company("acme", shop(confirms)), Company("best", shop(confirms))]
    clock = SimClock(START)
    async with living(tmp_path / "h", companies, clock=clock) as house:
        house.ledger.set_meta("simulated", "1")
        legs = [phone_need(f"leg-{number}", providers=(name,)) for number, name in enumerate(("acme", "best"))]
        house.state_bundle(bundled("b", "two phones", eur("400.00"), "EUR", legs, "test"))
        await Runner(house).tick()
        row = house.ledger.row("SELECT * FROM items")
        Deciding(house.home.root).approve(row["id"], row["approval_hash"])

        async def dies(*_: object) -> None:
            raise KeyboardInterrupt

        sign, count = house.signing._sign, [0]

        async def once(leg, item):
            count[0] += 1
            return await sign(leg, item) if count[0] == 1 else await dies()

        house.signing._sign = once
        with pytest.raises(KeyboardInterrupt):
            await Runner(house).tick()
        assert sum(len(company.commits) for company in companies) == 1
    async with living(tmp_path / "h", companies, clock=clock) as house:
        await Runner(house).tick()
        assert house.ledger.row("SELECT state FROM items")["state"] == "agreed"
        assert [len(company.commits) for company in companies] == [1, 1]
        assert verify(house.ledger.conn)[1] is None


@requirement("durable:one-id-per-message")
async def test_a_company_that_reuses_its_message_ids_harms_only_itself(tmp_path: Path) -> None:
    def same(company: Company, cleared):
        return [replace(reply, message_id="1") for reply in seller("16.00", "12.00")(company, cleared)]

    companies = [Company("acme", same), Company("evil", same), Company("good", seller("15.00", "11.00"))]
    async with living(tmp_path / "h", companies) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        house.clock.advance(timedelta(days=2))
        await Runner(house).tick()
        (leg,) = json.loads(house.ledger.row("SELECT legs FROM items")["legs"])
        assert leg["provider"] == "good"
        await Runner(house).tick()


async def test_a_channel_that_fails_in_an_unforeseen_way_costs_its_own_talk_only(tmp_path: Path) -> None:
    def breaks(company: Company, cleared):
        raise ZeroDivisionError

    async with living(tmp_path / "h", [Company("bad", breaks), Company("good", seller("15.00", "11.00"))]) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        states = dict(tuple(r) for r in house.ledger.rows("SELECT provider, state FROM negotiations"))
        assert states["bad"] == "failed" and states["good"] == "waiting_person"

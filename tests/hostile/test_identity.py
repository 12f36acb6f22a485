"""Attacks 9 and 14 of the notes: companies that look like others, and companies that change who they are."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.deciding import Deciding
from agent.kernel.events import ProviderKnown
from agent.market.identity import changes, pin_of
from agent.reading import Reading
from agent.runtime.runner import Runner
from negotiators.adapter import ClearedMove, ClearedProbe, EndpointCard
from negotiators.channels.cards import signed_by
from negotiators.dialogue import Ask, Inquire, Reply
from negotiators.likeness import hosts_alike, names_alike
from negotiators.text import UntrustedText
from tests.requirements import requirement
from tests.support.gating import acting
from tests.support.house import CAPABILITIES, Company, FakeAdapter, living, phone_need, phone_terms, seller


class Changing(FakeAdapter):
    """Cards that a test may change."""

    def __init__(self, companies: dict[str, Company]) -> None:
        super().__init__(companies)
        self.changes: dict[str, dict[str, Any]] = {}
        self.probes: list[str] = []

    async def discover(self, probe: ClearedProbe) -> EndpointCard:
        self.probes.append(probe.url)
        return replace(await super().discover(probe), **self.changes.get(probe.url, {}))


WORDS = UntrustedText("Acme", "x")


def changing(*companies: Company) -> Changing:
    return Changing({f"https://{company.name}.example": company for company in companies})


ACME = "https://acme.example"
CHANGES: dict[str, dict[str, Any]] = {
    "card": {"card_hash": "another"},
    "origin": {"origin": "https://elsewhere.example"},
    "name": {"name": UntrustedText("Acme Rewards", "x"), "card_hash": "another"},
    "key": {"details": {"key": "k2"}, "card_hash": "another"},
    "signature": {"details": {"signature": "invalid:not_signed"}},
}


def doubts(house: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in house.ledger.rows("SELECT * FROM items WHERE kind='identity' ORDER BY number")]


@requirement("untrusted:identity-is-pinned")
@pytest.mark.parametrize("what", list(CHANGES))
async def test_a_changed_company_is_told_nothing_until_the_person_says_it_is_the_same(
    tmp_path: Path, what: str
) -> None:
    company = Company("acme", seller("14.00", "9.00"))
    adapter = changing(company)
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(phone_need("need-1"))
        await Runner(house).tick()
        heard = len(company.heard)
        assert heard and doubts(house) == []
        adapter.changes[ACME] = CHANGES[what]
        house.state_need(phone_need("need-2"))
        await Runner(house).tick()
        assert len(company.heard) == heard
        (doubt,) = doubts(house)
        because = json.loads(doubt["because"])[0]
        assert because["code"] == "identity_changed" and what in because["params"]["parts"].split(", ")
        row = house.ledger.row("SELECT state, reason FROM negotiations WHERE need='need-2'")
        assert (row["state"], row["reason"]) == ("failed", "identity_changed")
        probes = len(adapter.probes)
        await Runner(house).tick()
        assert len(adapter.probes) == probes and len(doubts(house)) == 1

        reads = Reading(house.home.root)  # what the person sees
        item = reads.item(doubt["id"])
        reads.close()
        assert item is not None and item.category == "identity" and item.legs == ()
        Deciding(house.home.root).approve(item.id, item.approval_hash)
        await Runner(house).tick()
        assert isinstance(company.heard[heard].move, Ask)  # from the first stage, with a talk of its own
        assert [one["state"] for one in doubts(house)] == ["agreed"]
        assert house.ledger.row("SELECT COUNT(*) AS n FROM negotiations WHERE need='need-2'")["n"] == 2


@requirement("untrusted:identity-is-pinned")
async def test_what_a_changed_company_was_told_has_ended(tmp_path: Path) -> None:
    def asks(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        reply = company.propose(phone_terms("15.00"))
        return [company.reply(*reply.moves, Inquire("zip", "pd:PostalCode", required=True))]

    company = Company("acme", asks)
    adapter = changing(company)
    async with living(tmp_path / "h", [company], adapter=adapter, persona=True) as house:
        house.state_need(phone_need("need-1"))
        await Runner(house).tick()
        told = house.ledger.rows("SELECT * FROM releases WHERE released=1 AND ended IS NULL")
        assert told
        adapter.changes[ACME] = CHANGES["card"]
        house.state_need(phone_need("need-2"))
        await Runner(house).tick()
        assert house.ledger.rows("SELECT * FROM releases WHERE released=1 AND ended IS NULL") == []


@requirement("untrusted:identity-is-pinned")
async def test_a_company_that_changes_before_the_signature_is_not_signed_with(tmp_path: Path) -> None:
    company = Company("acme", seller("14.00", "9.00"))
    adapter = changing(company)
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(acting())
        need = house.book.open_needs()[0]
        await house.market.open(need)
        await house.market.advance(need)
        adapter.changes[ACME] = CHANGES["origin"]
        await Runner(house).tick()
        assert company.commits == [] and house.ledger.events(kinds=("Committed", "Confirmed")) == []
        (doubt,) = doubts(house)
        (item,) = house.ledger.rows("SELECT * FROM items WHERE kind<>'identity'")
        assert item["state"] == "waiting"  # what was agreed is not lost by it
        deciding = Deciding(house.home.root)
        deciding.approve(doubt["id"], doubt["approval_hash"])
        await Runner(house).tick()
        deciding.approve(item["id"], item["approval_hash"], over_limit=True)
        await Runner(house).tick()
        assert len(company.commits) == 1 and house.ledger.events(kinds=("Confirmed",))


async def test_a_talk_that_is_resumed_with_a_changed_company_ends(tmp_path: Path) -> None:
    company = Company("acme", lambda one, cleared: [one.propose(phone_terms("45.00"))])
    adapter = changing(company)
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(phone_need())
        need = house.book.open_needs()[0]
        await house.market.open(need)
        await house.threads.drop()  # as after a restart: sessions are opened anew from the ledger
        adapter.changes[ACME] = CHANGES["key"]
        await Runner(house).tick()
        assert company.heard == [] and len(doubts(house)) == 1


async def test_a_no_keeps_the_company_out_until_it_is_let_in_again(tmp_path: Path) -> None:
    company = Company("acme", seller("14.00", "9.00"))
    adapter = changing(company)
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(phone_need("need-1"))
        await Runner(house).tick()
        adapter.changes[ACME] = CHANGES["name"]
        house.state_need(phone_need("need-2"))
        await Runner(house).tick()
        heard, (doubt,) = len(company.heard), doubts(house)
        Deciding(house.home.root).reject(doubt["id"], "other")
        house.state_need(phone_need("need-3"))
        for _ in range(2):
            await Runner(house).tick()
        assert len(company.heard) == heard and len(doubts(house)) == 1
        known = ProviderKnown("acme", "Acme", "allowed", ACME, "a2a", ["mobile_plan"])
        house.ledger.append(house.clock.now(), [known])
        await Runner(house).tick()
        assert len(company.heard) == heard
        assert [one["state"] for one in doubts(house)] == ["rejected", "waiting"]


async def test_a_card_that_changes_every_time_asks_once_at_a_time(tmp_path: Path) -> None:
    company = Company("acme", seller("14.00", "9.00"))
    adapter = changing(company)
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(phone_need("need-0"))
        await Runner(house).tick()
        for number in range(1, 6):
            adapter.changes[ACME] = {"card_hash": f"v{number}"}
            house.state_need(phone_need(f"need-{number}"))
            await Runner(house).tick()
        assert len(doubts(house)) == 1


@requirement("untrusted:look-alikes-are-asked-about")
@pytest.mark.parametrize(
    ("provider", "name", "url"),
    [
        ("telekom-2", "Telek0m", "https://offers.example"),
        ("telekom-2", "Теlеkоm", "https://offers.example"),
        ("telekom-2", "Tele\u00adkom", "https://offers.example"),
        ("other", "Cheap Phones", "https://te1ekom.example"),
        ("other", "Cheap Phones", "https://xn--tlekom-3of.example"),
        ("other", "Cheap Phones", "https://telekom.example.offers.test"),
    ],
)
async def test_a_look_alike_is_told_nothing_until_the_person_says_it_is_another(
    tmp_path: Path, provider: str, name: str, url: str
) -> None:
    true, false = Company("telekom", seller("14.00", "9.00")), Company("spoof", seller("5.00", "1.00"))
    adapter = Changing({"https://telekom.example": true, url: false})
    async with living(tmp_path / "h", [true], adapter=adapter) as house:
        house.know_provider(provider, name, url, ["mobile_plan"], "trusted")
        house.state_need(acting())
        await Runner(house).tick()
        assert false.heard == [] and len(true.heard) > 1
        (doubt,) = doubts(house)
        assert json.loads(doubt["because"])[0]["params"]["others"] == "Telekom"
        Deciding(house.home.root).approve(doubt["id"], doubt["approval_hash"])
        house.state_need(phone_need("need-2"))
        await Runner(house).tick()
        assert false.heard


@requirement("untrusted:look-alikes-are-asked-about")
async def test_a_card_that_calls_itself_by_another_companys_name_is_asked_about(tmp_path: Path) -> None:
    true, false = Company("telekom", seller("14.00", "9.00")), Company("spoof", seller("5.00", "1.00"))
    adapter = changing(true, false)
    adapter.changes["https://spoof.example"] = {"name": UntrustedText("\u202eTelekom\u202c", "x")}
    async with living(tmp_path / "h", [true, false], adapter=adapter) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        assert false.heard == [] and true.heard


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("ＡＣＭＥ", "Acme", True), ("modem", "modern", True), ("Möbel", "Mobel", True), ("Congѕtar", "congstar", True),
        ("congstar", "congstar plus", False), ("Vodafone", "Vonage", False), ("", "", False),
    ],
)  # fmt: skip
def test_names_that_look_alike(one: str, other: str, alike: bool) -> None:
    assert names_alike(one, other) is alike


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("telekom.de", "telekom.de", False), ("shop.telekom.de", "telekom.de", False), ("te1ekom.de", "telekom.de", True),
        ("telekom.de.evil.example", "telekom.de", True), ("telekom-de.evil.example", "telekom.de", True),
        ("127.0.0.1", "127.0.0.2", False), ("localhost", "127.0.0.1", False), ("xn--", "telekom.de", False),
    ],
)  # fmt: skip
def test_hosts_that_look_alike(one: str, other: str, alike: bool) -> None:
    assert hosts_alike(one, other) is alike


@requirement("untrusted:card-signatures-are-verified")
@pytest.mark.parametrize("now", ["", "invalid:foreign_key", "verified:another"])
async def test_a_signature_that_is_lost_broken_or_of_another_key_is_asked_about(tmp_path: Path, now: str) -> None:
    company = Company("acme", seller("14.00", "9.00"))
    adapter = changing(company)
    adapter.changes[ACME] = {"details": {"key": "k", "signature": "verified:one"}}
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(phone_need("need-1"))
        await Runner(house).tick()
        heard = len(company.heard)
        assert heard and doubts(house) == []
        adapter.changes[ACME] = {"details": {"key": "k" if now else "", "signature": now}}
        house.state_need(phone_need("need-2"))
        await Runner(house).tick()
        (doubt,) = doubts(house)
        assert "signature" in json.loads(doubt["because"])[0]["params"]["parts"]
        assert len(company.heard) == heard


@requirement("untrusted:card-signatures-are-verified")
async def test_a_company_met_with_a_signature_that_does_not_hold_waits_for_the_person(tmp_path: Path) -> None:
    company = Company("acme", seller("14.00", "9.00"))
    adapter = changing(company)
    adapter.changes[ACME] = {"details": {"key": "k", "signature": "invalid:not_signed"}}
    async with living(tmp_path / "h", [company], adapter=adapter) as house:
        house.state_need(phone_need("need-1"))
        await Runner(house).tick()
        assert company.heard == []
        (doubt,) = doubts(house)
        because = json.loads(doubt["because"])[0]
        assert (because["code"], because["params"]["why"]) == ("identity_unproven", "not_signed")
        Deciding(tmp_path / "h").approve(doubt["id"], doubt["approval_hash"])
        await Runner(house).tick()
        assert company.heard, "the person's yes pins it as it is"
        house.state_need(phone_need("need-2"))
        await Runner(house).tick()
        assert len(doubts(house)) == 1


def test_a_pin_from_before_signatures_were_checked_is_no_doubt() -> None:
    found = pin_of(
        EndpointCard(ACME, ACME, "a2a", "a2a/1.0", "h", WORDS, WORDS, CAPABILITIES, details={"signature": "verified:one"}),
        "acme", ACME,
    )  # fmt: skip
    old = {"name": found.details["name"], "extension": found.details["extension"], "key": ""}
    pinned = {"card_hash": "h", "origin": ACME, "protocol": "a2a/1.0", "details": json.dumps(old)}
    assert changes(pinned, found) == ()
    assert changes({**pinned, "details": json.dumps({**old, "signature": ""})}, found) == ("signature",)


def card(**header: str) -> dict[str, object]:
    protected = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return {"name": "Acme", "signatures": [{"protected": protected, "signature": str(len(protected))}]}


def test_the_key_a_card_names_is_part_of_its_pin_and_its_signature_is_not() -> None:
    one = signed_by(card(alg="ES256", kid="k1"))
    again = card(alg="ES256", kid="k1") | {"name": "Acme GmbH"}
    assert one and signed_by(again) == one
    others = [card(alg="ES256", kid="k2"), card(alg="none", kid="k1"), card(alg="ES256", kid="k1", jku="https://x"), {}]
    others += [{"signatures": [{"protected": "%%%"}]}, {"signatures": [{"protected": "W10"}]}, {"signatures": "x"}]
    assert one not in {signed_by(other) for other in others}

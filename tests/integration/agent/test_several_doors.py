"""One company with several doors in one need: one of them bargains, the others are asked for their offer, and what
they say is set side by side while it matters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agent.digest.score import score_of
from agent.kernel.events import ProviderKnown
from agent.kernel.handevents import DoorChanged
from agent.reading import Reading
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from negotiators.adapter import ClearedMove
from negotiators.dialogue import Ask, Propose, Reply, ReplyStatus
from tests.requirements import requirement
from tests.support.house import Behaviour, Company, FakeAdapter, living, once, phone_need, phone_terms, seller

BOT, PAGE, LIST, SHOP, TOOLS = (f"https://{door}.acme.example" for door in ("bot", "page", "list", "shop", "tools"))
CHANNELS = {BOT: "a2a", PAGE: "web", LIST: "feed", SHOP: "ucp", TOOLS: "mcp"}


def fixed(price: str) -> Behaviour:
    """Names its price whatever is said, and takes a yes."""

    def behave(company: Company, cleared: ClearedMove) -> Iterable[Reply]:
        named = isinstance(cleared.move, Ask | Propose)
        return [company.propose(phone_terms(price))] if named else []

    return behave


def let_in(house: House, name: str, url: str, channel: str = "a2a") -> None:
    known = ProviderKnown(name, name.title(), "allowed", url, channel, ["mobile_plan"])
    house.ledger.append(house.clock.now(), [known])


class Street:
    """Acme's doors by address, and companies with one door each."""

    def __init__(self, doors: Mapping[str, Behaviour], **others: Behaviour) -> None:
        self.doors = {
            url: Company("acme", behaviour, numbers=itertools.count(100 * number))
            for number, (url, behaviour) in enumerate(doors.items())
        }
        self.others = {name: Company(name, behaviour) for name, behaviour in others.items()}
        named = {f"https://{name}.example": company for name, company in self.others.items()}
        self.adapter = FakeAdapter({**self.doors, **named})

    def let_in(self, house: House, channels: Mapping[str, str] = CHANNELS) -> None:
        for url in self.doors:
            let_in(house, "acme", url, channels.get(url, "a2a"))
        for name in self.others:
            let_in(house, name, f"https://{name}.example")

    def living(self, root: Path) -> Any:
        return living(root, adapter=self.adapter)

    def said(self, url: str) -> list[type]:
        return [type(one.move) for one in self.doors[url].heard]


async def card(house: House) -> dict[str, Any]:
    """The one card of the one need, after a digest."""
    runner = Runner(house)
    await runner.tick()
    await runner.make_digest()
    (row,) = house.ledger.rows("SELECT * FROM items")
    return {**dict(row), "leg": json.loads(row["legs"])[0], "because": json.loads(row["because"])}


def held_back(house: House) -> list[str]:
    (row,) = house.ledger.rows("SELECT held_back FROM digests")
    return [one["reason"] for one in json.loads(row["held_back"])]


@requirement("attention:one-offer-at-many-doors")
async def test_the_same_offer_on_five_channels_is_one_card(tmp_path: Path) -> None:
    street = Street({url: fixed("14.00") for url in CHANNELS})
    async with street.living(tmp_path / "h") as house:
        street.let_in(house)
        house.state_need(phone_need())
        made = await card(house)
        codes = {one["code"]: one["params"] for one in made["because"]}
        assert codes["several_doors"] == {"count": "5"} and codes["compared"] == {"count": "1", "agreed": "1"}
        assert "only_offer" in codes and made["leg"]["channel"] == "a2a", "the door at which a deal can be closed"
        assert held_back(house) == ["other_door"] * 4
        assert not house.ledger.rows("SELECT 1 FROM incidents WHERE code='offers_differ'")
        weighed = Reading(house.home.root).why(made["id"]).compared
        assert {one.door for one in weighed} == set(CHANNELS.values())
        assert [one.excluded.code if one.excluded else "" for one in weighed].count("other_door") == 4


@requirement("attention:one-offer-at-many-doors")
async def test_the_same_offer_at_many_doors_that_is_not_chosen_is_held_back_once(tmp_path: Path) -> None:
    street = Street({PAGE: fixed("16.00"), LIST: fixed("16.00"), SHOP: fixed("16.00")}, rival=fixed("14.00"))
    async with street.living(tmp_path / "h") as house:
        street.let_in(house)
        house.state_need(phone_need())
        made = await card(house)
        assert made["leg"]["provider"] == "rival"
        assert sorted(held_back(house)) == ["below_other_offer", "other_door", "other_door"]
        weighed = Reading(house.home.root).why(made["id"]).compared
        codes = [one.excluded.code for one in weighed if one.excluded]
        assert codes == ["below_other_offer", "other_door", "other_door"]


@requirement("attention:doors-that-differ-are-found")
async def test_two_doors_of_one_company_that_differ_meet_in_the_need_itself(tmp_path: Path) -> None:
    street = Street({BOT: fixed("17.00"), PAGE: fixed("14.00")})
    async with street.living(tmp_path / "h") as house:
        street.let_in(house)
        house.state_need(phone_need())
        made = await card(house)
        assert made["leg"]["channel"] == "web" and made["total"] == "168.00", "the cheaper door's offer counts"
        (found,) = house.ledger.rows("SELECT * FROM incidents WHERE code='offers_differ'")
        assert json.loads(found["params"]) == {
            "cheaper": "168.00 EUR",
            "here": "web",
            "dearer": "204.00 EUR",
            "there": "a2a",
        }
        proofs = [ref.removeprefix("message:") for ref in json.loads(found["refs"])]
        asked = house.ledger.rows("SELECT message_id, negotiation FROM turns WHERE party='them' AND total IS NOT NULL")
        assert set(proofs) <= {row["message_id"] for row in asked} and len({row["negotiation"] for row in asked}) == 2
        (digest,) = house.ledger.rows("SELECT notes FROM digests")
        assert "offers_differ" in [note["code"] for note in json.loads(digest["notes"])]


@requirement("attention:one-offer-at-many-doors")
async def test_one_door_bargains_and_the_others_are_only_asked(tmp_path: Path) -> None:
    second = "https://outlet.acme.example"
    street = Street({BOT: seller("18.00", "12.00"), second: seller("17.00", "9.00")})
    async with street.living(tmp_path / "h") as house:
        street.let_in(house)
        house.state_need(phone_need())
        await Runner(house).tick()
        assert Propose in street.said(BOT) and street.said(second) == [Ask]
        calls = [json.loads(row["numbers"]) for row in house.ledger.rows("SELECT numbers FROM choices")]
        assert not any("best_and_final" in numbers for numbers in calls), "a company is no rival of its own"
        bodies = [
            house.ledger.body(row["body"]) for row in house.ledger.rows("SELECT body FROM choices") if row["body"]
        ]
        profiles = [json.loads(body or "")["profile"] for body in bodies]
        assert profiles and all(profile["outside"] is None for profile in profiles), "nor its own way out"


@requirement("attention:one-offer-at-many-doors")
async def test_what_somebody_has_to_carry_is_not_asked_beside_a_door_that_answers(tmp_path: Path) -> None:
    mail, hand = "offers@acme.example", "https://acme.example/chat"
    street = Street({BOT: fixed("14.00"), mail: fixed("13.00"), hand: fixed("12.00")})
    async with street.living(tmp_path / "h") as house:
        street.let_in(house, {BOT: "a2a", mail: "email", hand: "byhand"})
        house.state_need(phone_need())
        await Runner(house).tick()
        assert [row["endpoint"] for row in house.ledger.rows("SELECT endpoint FROM negotiations")] == [BOT]


async def test_where_the_first_door_is_shut_the_next_one_bargains(tmp_path: Path) -> None:
    street = Street({BOT: fixed("14.00"), "https://outlet.acme.example": seller("18.00", "12.00")})
    del street.adapter.companies[BOT]
    async with street.living(tmp_path / "h") as house:
        street.let_in(house)
        house.state_need(phone_need())
        await Runner(house).tick()
        assert Propose in street.said("https://outlet.acme.example")


async def test_a_door_let_in_later_is_asked_and_none_beside_a_talk_the_person_moved(tmp_path: Path) -> None:
    street = Street({BOT: once(lambda company: company.reply(status=ReplyStatus.WORKING)), PAGE: fixed("14.00")})
    street.doors[LIST] = street.adapter.companies[LIST] = Company("acme", fixed("14.00"))
    async with street.living(tmp_path / "h") as house:
        let_in(house, "acme", BOT)
        house.state_need(phone_need())
        runner = Runner(house)
        await runner.tick()
        let_in(house, "acme", PAGE, "web")
        await runner.tick()
        assert street.said(PAGE) == [Ask]
        (talk,) = house.ledger.rows("SELECT id FROM negotiations WHERE endpoint=?", (BOT,))
        let_in(house, "acme", "offers@acme.example", "email")
        house.ledger.append(house.clock.now(), [DoorChanged(talk["id"], "offers@acme.example")])
        let_in(house, "acme", LIST, "feed")
        await runner.tick()
        assert street.said(LIST) == [] and len(street.said(BOT)) == 1


@requirement("order:doors-of-one-company")
async def test_which_door_is_chosen_does_not_depend_on_ids_or_speed(tmp_path: Path) -> None:
    chosen = set()
    for number in range(4):
        street = Street({PAGE: fixed("14.00"), LIST: fixed("14.00")}, rival=fixed("14.00"))
        for at, company in enumerate(street.doors.values()):
            company.slowest = (at + number) % 3
        async with street.living(tmp_path / f"h{number}") as house:
            street.let_in(house)
            house.state_need(phone_need())
            made = await card(house)
            chosen.add((made["leg"]["provider"], made["leg"]["channel"]))
    assert chosen == {("acme", "feed")}


async def test_a_company_s_own_other_door_is_no_rival_in_its_price_fairness(tmp_path: Path) -> None:
    street = Street({BOT: fixed("17.00"), PAGE: fixed("14.00")}, rival=seller("18.00", "16.00"))
    async with street.living(tmp_path / "h") as house:
        street.let_in(house)
        house.state_need(phone_need())
        await Runner(house).tick()
        price = score_of(house.ledger.rows, "acme", "9").parts[0]
        assert (price.value, price.good, price.bad) == (100, 1, 0)

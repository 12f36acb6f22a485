"""Several needs of one occasion: stated by a sentence or a file, decided on as few cards as can hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.entering import add_need, read_back
from agent.kernel.codec import terms_json
from agent.kernel.errors import NeedInvalid
from agent.kernel.events import AgreementHeld, ItemMade, NeedClosed, NegotiationOpened
from agent.needs.bundles import bundle_from_table, bundled
from agent.needs.need import Leg, Need
from agent.reading import Reading
from agent.runtime.runner import Runner
from agent.runtime.wiring import House
from agent.views import FacadeError
from negotiators.categories import shipped
from tests.requirements import requirement
from tests.support.house import Company, eur, living, phone_need, phone_terms, seller

MOVE = (
    "Umzug am 12. Dezember, eine Hausratversicherung ab 40.000 Euro und eine Hotelnacht, falls der Umzug platzt, "
    "zusammen höchstens 1900 Euro"
)
FILE = """
event = "Umzug nach Köln"
cap = "1900.00"
[[needs]]
category = "removal"
[needs.issues.price]
max = "1500.00"
[[needs]]
category = "hotel_night"
units = 1
leg = { role = "fallback" }
"""


def legs(*needs: tuple[str, str, Leg]) -> list[Need]:
    return [replace(phone_need(name, providers=(company,)), leg=leg) for name, company, leg in needs]


def state(house: House, *, cap: str | None = "500.00", standing: Mapping[str, str | None]) -> list[ItemMade]:
    """Two mains and a fallback of the first; every need with a standing holds one offer, talks are over."""
    needs = legs(
        ("a", "acme", Leg()), ("b", "best", Leg()), ("c", "casa", Leg("fallback", "mobile_plan"))
    )  # fmt: skip
    house.state_bundle(bundled("x", "the move", eur(cap) if cap else None, "EUR", needs, "test"))
    return made(house, standing)


def made(house: House, standing: Mapping[str, str | None]) -> list[ItemMade]:
    now, terms = house.clock.now(), phone_terms("15.00")
    for name, company in (("a", "acme"), ("b", "best"), ("c", "casa")):
        if (held := standing.get(name)) is None:
            continue
        valuation = house.book.valuation(house.book.need(name))
        total = valuation.cost(terms).total
        assert total is not None
        house.ledger.append(now, [
            NegotiationOpened(f"t-{name}", name, company, f"https://{company}.example", "mobile_plan", 8),
            AgreementHeld(f"t-{name}", f"o-{name}", "h", terms_json(terms), str(total.amount), "EUR",
                          f"{valuation.utility(terms):.6f}", held, None),
        ])  # fmt: skip
    house.clock.advance(timedelta(days=6))
    return cards(house)


def cards(house: House) -> list[ItemMade]:
    found = [item for done in house.composer.settled(house.clock.now())
             for item in house.composer.items(done, house.clock.now())]  # fmt: skip
    house.ledger.append(house.clock.now(), [*house.composer.named(), *found])
    return found


def on(items: list[ItemMade]) -> list[tuple[str, list[str], list[str]]]:
    return [(one.kind, [leg["need"] for leg in one.legs], [leg["standing"] for leg in one.legs]) for one in items]


@pytest.fixture
async def house(tmp_path: Path) -> Any:
    companies = [Company(name, seller("15.00", "15.00")) for name in ("acme", "best", "casa")]
    async with living(tmp_path / "home", companies) as made:
        yield made


@requirement("attention:bundles-are-few-cards")
async def test_what_can_be_signed_is_one_card_and_what_was_only_claimed_one_of_its_own(house: House) -> None:
    found = state(house, standing={"a": "firm", "b": "claimed", "c": "firm"})
    assert on(found) == [("bundle", ["a", "c"], ["firm", "firm"]), ("need", ["b"], ["claimed"])]
    assert cards(house) == []
    reads = Reading(house.home.root)
    assert [reads.item(one.item).title["en"] for one in found] == ["the move", "Mobile plan"]  # type: ignore[union-attr]
    reads.close()
    assert house.ledger.row("SELECT 1 FROM events WHERE payload LIKE '%the move%'") is None


@requirement("attention:bundles-are-few-cards")
async def test_where_nothing_can_be_signed_every_need_has_its_own_card(house: House) -> None:
    found = state(house, standing={"a": "claimed", "b": "claimed"})
    assert on(found) == [("need", ["a"], ["claimed"]), ("need", ["b"], ["claimed"])]


@requirement("attention:no-fallback-alone")
async def test_a_fallback_of_nothing_that_can_be_had_is_not_put_up(house: House) -> None:
    assert state(house, standing={"c": "firm"}) == []
    found = made(house, {"a": "claimed"})
    assert on(found) == [("need", ["a"], ["claimed"]), ("need", ["c"], ["firm"])]


async def test_an_offer_that_came_after_the_bundles_card_has_a_card_of_its_own(house: House) -> None:
    assert on(state(house, standing={"a": "firm"})) == [("bundle", ["a"], ["firm"])]
    assert on(made(house, {"b": "firm"})) == [("need", ["b"], ["firm"])]


@requirement("mandate:one-cap-over-all-cards")
async def test_the_cap_holds_over_all_cards_of_a_bundle(house: House) -> None:
    one = state(house, cap="200.00", standing={"a": "firm"})
    assert one[0].total == "180.00" and one[0].over_limit == []
    (later,) = made(house, {"b": "claimed"})
    assert {reason["code"] for reason in later.over_limit} == {"above_cap"}


async def test_a_need_taken_back_leaves_a_card_of_the_others(house: House) -> None:
    (card,) = state(house, standing={"a": "firm", "b": "firm", "c": "firm"})
    house.ledger.append(house.clock.now(), [NeedClosed("b", "withdrawn")])
    await Runner(house).tick()
    rows = house.ledger.rows("SELECT state, legs FROM items ORDER BY number")
    assert [(row["state"], [leg["need"] for leg in json.loads(row["legs"])]) for row in rows] == [
        ("replaced", ["a", "b", "c"]), ("waiting", ["a", "c"]),
    ]  # fmt: skip
    assert card.kind == "bundle"


# -- stating them -----------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "h"
    folder.mkdir(mode=0o700)
    (folder / "config.toml").write_text('[memory]\nembedder = "ngram"\n')
    (folder / "config.toml").chmod(0o600)
    return folder


def stated(home: Path) -> list[tuple[str, str, dict[str, str]]]:
    reads = Reading(home)
    rows = reads._rows("SELECT category, bundle, leg FROM needs ORDER BY id")
    reads.close()
    assert len({row["bundle"] for row in rows}) == 1 and rows[0]["bundle"]
    return [(row["category"], row["bundle"][:7], json.loads(row["leg"])) for row in rows]


@requirement("attention:bundles-are-stated-in-a-sentence")
def test_a_sentence_that_wants_several_things_is_read_back_and_stated_as_one_bundle(home: Path) -> None:
    told = read_back(home, text=MOVE)
    assert told["cap"] == "1900.00 EUR" and told["not_understood"] == []
    needs: Any = told["needs"]
    assert [need["category"] for need in needs] == ["removal", "contents_insurance", "hotel_night"]
    assert needs[2]["wishes"]["check_in"]["want"] == needs[0]["wishes"]["day"]["want"]
    add_need(home, text=MOVE)
    assert stated(home) == [
        ("removal", "bundle-", {"role": "main"}),
        ("contents_insurance", "bundle-", {"role": "main"}),
        ("hotel_night", "bundle-", {"role": "fallback", "only_if_slips": "removal"}),
    ]


@requirement("attention:bundles-are-stated-in-a-sentence")
def test_a_file_with_several_needs_states_a_bundle(home: Path, tmp_path: Path) -> None:
    (tmp_path / "move.toml").write_text(FILE)
    told = add_need(home, file=tmp_path / "move.toml")
    assert (told["event"], told["cap"]) == ("Umzug nach Köln", "1900.00 EUR")
    assert stated(home)[1] == ("hotel_night", "bundle-", {"role": "fallback", "only_if_slips": "removal"})


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"needs": [{"category": "removal"}]}, "needs"),
        ({"needs": "removal"}, "needs"),
        ({"cap": "much"}, "cap"),
        ({"event": 3}, "event"),
        ({"capp": "3"}, "capp"),
        ({"needs": [{"category": "removal"}, {"category": "gym", "leg": {"role": "fallback", "only_if_slips": "internet"}}]},
         "only_if_slips"),
        ({"needs": [{"category": "removal"}, {"category": "gym", "mandate": {"currency": "CHF"}}]}, "currency"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_in_order_says_where(change: dict[str, Any], key: str) -> None:
    table = {"needs": [{"category": "removal"}, {"category": "gym"}], **change}
    with pytest.raises(NeedInvalid) as refused:
        bundle_from_table(table, shipped(), "b", "move.toml")
    assert refused.value.params["key"] == key


def test_either_or_is_asked_about_as_before(home: Path) -> None:
    with pytest.raises(FacadeError) as refused:
        read_back(home, text="Handyvertrag oder Internet")
    assert refused.value.code == "need_not_understood"

"""The UCP channel against shops that are slow of wit, sly or simply older or newer than we are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from negotiators.adapter import Malformed, Refused, Session, Unsupported
from negotiators.channels.ucp import UcpAdapter
from negotiators.clock import SimClock
from negotiators.dialogue import Accept, Ask, Commit, Inform, Inquire, Leave, Offer, Reply, terms_hash
from negotiators.money import Money
from negotiators.testkit import rehearsal
from negotiators.testkit.recording import read_lines, repeating
from negotiators.testkit.stage import Stage, offers_of
from negotiators.testkit.wiretap import Exchanged, Wiretap, tapped
from negotiators.wire import AddressRules, Limits
from tests.requirements import requirement
from tests.support.peer import Asked, http, peer
from tests.support.ucpshop import UcpShop, ucp_shop

START = datetime(2026, 11, 22, 9, tzinfo=UTC)
ORDER = {"items": [{"id": "roses", "quantity": 1}], "codes": ["TENOFF", "NOPE"], "currency": "EUR"}
VERSIONS = ("2026-01-11", "2026-01-23", "2026-04-08", "2026-08-25")
FIXTURES = Path(__file__).parents[1] / "fixtures" / "ucp"


def adapter() -> UcpAdapter:
    return UcpAdapter(rules=AddressRules(allow_loopback=True), limits=Limits(total=5), clock=SimClock(START))


def stage_of(tap: Wiretap, order: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Stage:
    from negotiators.categories import shipped

    return Stage(adapter, tap, "", shipped()["purchase"], order, settings or {})


async def asked_for(stage: Stage, session: Session, country: str | None = "DE") -> tuple[list[Offer], list[Reply]]:
    """Ask, tell the country where it is asked for, and return the offers that came last."""
    _, replies = await stage.say(session, Ask())
    questions = [move for reply in replies for move in reply.moves if isinstance(move, Inquire)]
    if questions:
        _, more = await stage.say(session, Inform(questions[0].field, country, "country"))
        replies += more
    return offers_of(replies[-1:]), replies


def price(offer: Offer) -> tuple[str, str]:
    found = offer.terms["price"], offer.terms.get("shipping")
    return str(found[0]), str(found[1])


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_search_finds_the_cheapest_way_to_buy(version: str) -> None:
    shop = UcpShop(version)
    async with ucp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            offers, replies = await asked_for(stage, session)
    assert price(offers[-1]) == ("31.50 EUR", "5.00 EUR")
    assert {price(offer) for offer in offers} == {
        ("31.50 EUR", "5.00 EUR"), ("35.00 EUR", "5.00 EUR"), ("35.00 EUR", "15.00 EUR"),
    }  # fmt: skip
    assert "code_not_applied:1" in replies[-1].problems, "an unknown code is not passed over in silence"
    assert offers[-1].valid_until == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert all(offer.typed for offer in offers)


@requirement("disclosure:shops-learn-a-place-only-when-told")
@pytest.mark.parametrize("told", [None, "DE"])
async def test_a_shop_learns_a_destination_only_when_it_is_told(told: str | None) -> None:
    async with ucp_shop(UcpShop("2026-04-08")) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            offers, replies = await asked_for(stage, session, told)
            sent = b"".join(one.asked.body for one in tap.heard)
    question = next(move for reply in replies for move in reply.moves if isinstance(move, Inquire))
    assert (question.field, question.category) == ("address_country", "pd:Country")
    assert (b'"DE"' in sent) is (told is not None)
    for word in (b"context", b"signals", b"email", b"full_name", b"phone"):
        assert word not in sent
    if told is None:
        assert len(replies) == 1 and "shipping" not in offers[-1].terms


@requirement("mandate:shops-are-never-paid")
@pytest.mark.parametrize("version", VERSIONS)
async def test_nothing_is_ever_paid_and_every_consent_is_refused(version: str) -> None:
    shop = UcpShop(version)
    async with ucp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
            binding = Commit(
                offers[-1].id, offers[-1].terms, terms_hash(offers[-1].provider, "purchase", offers[-1].terms)
            )
            with pytest.raises(Unsupported):
                await session.send(stage.clear(binding))
            _, (taken,) = await stage.say(session, Accept(offers[-1].id, offers[-1].terms))
            await stage.say(session, Leave("another_offer_chosen"))
            asked = list(tap.asked)
    assert shop.completed == [] and shop.cancelled == ["chk_1"]
    assert taken.moves == (Accept(offers[-1].id, offers[-1].terms),)
    bodies = [json.loads(one.body) for one in asked if one.body and "cancel" not in one.path]
    consents = [body["buyer"]["consent"] for body in bodies]
    assert consents and all(not _granted(consent) for consent in consents)
    assert all(body.get("payment", {}).get("instruments", []) == [] for body in bodies)


def _granted(consent: Mapping[str, Any]) -> list[str]:
    return [name for name, entry in consent.items() if entry is True or (isinstance(entry, dict) and entry["granted"])]


async def test_a_consent_the_file_allows_is_tried_once_and_stands_in_the_terms() -> None:
    def cheaper(found: dict[str, Any]) -> dict[str, Any]:
        if found["buyer"]["consent"]["marketing"]:
            for total in found["totals"]:
                total["amount"] -= 100 if total["type"] in ("subtotal", "total") else 0
        return found

    async with ucp_shop(UcpShop("2026-01-11", cheaper)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, {**ORDER, "codes": [], "consents": ["marketing"]})
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
    assert offers[-1].terms["marketing_consent"] is True and price(offers[-1])[0] == "34.00 EUR"
    assert "marketing_consent" not in offers[-2].terms


def differs(found: dict[str, Any]) -> dict[str, Any]:
    found["totals"][-1]["amount"] += 99
    return found


def other_goods(found: dict[str, Any]) -> dict[str, Any]:
    found["line_items"][0]["quantity"] = 3
    return found


def ordered(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "status": "completed", "order": {"id": "order-1"}}


def negative(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "totals": [{"type": "subtotal", "amount": 100}, {"type": "total", "amount": -100}]}


def floating(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "totals": [{"type": "total", "amount": 35.5}]}


@requirement("untrusted:shop-totals-must-add-up")
@pytest.mark.parametrize(
    ("twist", "problem"),
    [
        (differs, "totals_differ"), (other_goods, "order_changed"), (ordered, "ordered_unasked"),
        (negative, "totals_differ"), (floating, "bad_total:total"),
    ],
    ids=["differs", "other_goods", "ordered", "negative", "floating"],
)  # fmt: skip
async def test_what_a_shop_does_otherwise_than_asked_makes_no_offer(twist: Any, problem: str) -> None:
    async with ucp_shop(UcpShop("2026-04-08", twist)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            _, (reply,) = await stage.say(session, Ask())
    assert offers_of([reply]) == [] and problem in reply.problems


async def test_a_consent_the_shop_claims_is_said() -> None:
    def claims(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, "buyer": {"consent": {"dev.ucp.consent.marketing": {"granted": True}}}}

    async with ucp_shop(UcpShop("2026-08-25", claims, delivers=False)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            _, (reply,) = await stage.say(session, Ask())
    assert "consent_claimed:marketing" in reply.problems
    assert offers_of([reply])[-1].terms["marketing_consent"] is True


async def test_a_price_that_changed_before_accepting_is_a_new_offer() -> None:
    dearer = [0]

    def later(found: dict[str, Any]) -> dict[str, Any]:
        for total in found["totals"]:
            total["amount"] += dearer[0] if total["type"] in ("subtotal", "total") else 0
        return found

    async with ucp_shop(UcpShop("2026-04-08", later, delivers=False)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, {**ORDER, "codes": []})
        async with stage.session() as session:
            _, (first,) = await stage.say(session, Ask())
            (offer,) = offers_of([first])
            dearer[0] = 1
            _, (second,) = await stage.say(session, Accept(offer.id, offer.terms))
    (changed,) = offers_of([second])
    assert "terms_changed" in second.problems and changed.terms["price"] == Money(Decimal("35.01"), "EUR")


@pytest.mark.parametrize(
    ("address", "shown"), [("/checkout?id=1", True), ("https://evil.example/pay", False), ("javascript:x", False)]
)
async def test_only_an_address_of_the_shop_itself_is_handed_to_the_person(address: str, shown: bool) -> None:
    served_at: list[str] = []

    def hands_over(found: dict[str, Any]) -> dict[str, Any]:
        place = served_at[0] + address if address.startswith("/") else address
        return {**found, "status": "requires_escalation", "continue_url": place}

    async with ucp_shop(UcpShop("2026-04-08", hands_over, delivers=False)) as served, tapped(served.url) as tap:
        served_at.append(served.url)
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            _, (reply,) = await stage.say(session, Ask())
        assert reply.hand_over == (f"{tap.url}{address}" if shown else "")
        assert not any("/pay" in one.path or one.path.startswith("/checkout?") for one in tap.asked)


async def test_alternatives_of_item_and_quantity_are_all_offered() -> None:
    order = {"items": [{"id": ["roses", "tulips"], "quantity": [1, 2]}], "currency": "EUR"}
    async with ucp_shop(UcpShop("2026-04-08", delivers=False)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, order)
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
    assert [str(offer.terms["price"]) for offer in offers] == ["70.00 EUR", "60.00 EUR", "35.00 EUR", "30.00 EUR"]
    assert [int(offer.terms["quantity"]) for offer in offers] == [2, 2, 1, 1]  # type: ignore[call-overload]


async def test_a_catalogue_is_searched_where_no_item_is_named() -> None:
    async with ucp_shop(UcpShop("2026-04-08", delivers=False)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, {"search": "tulip"})
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
            with pytest.raises(Unsupported):
                stage.order = {}
                await session.send(stage.clear(Ask()))
    assert [str(offer.terms["price"]) for offer in offers] == ["30.00 EUR"]


async def test_a_shop_with_carts_only_is_asked_by_cart() -> None:
    shop = UcpShop("2026-04-08", names=("cart", "discount"))
    async with ucp_shop(shop) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
            assert {one.path.split("/")[1] for one in tap.asked[1:]} == {"carts"}
    assert price(offers[-1]) == ("31.50 EUR", "0.00 EUR")


async def test_a_version_we_know_is_preferred_to_one_we_do_not() -> None:
    shop = UcpShop("2026-08-25", older={"2026-01-23": "/older/2026-01-23.json"})
    async with ucp_shop(shop) as served:
        card = await adapter().discover(rehearsal.probe(served.url))
    assert card.protocol == "ucp/2026-01-23"


PROFILE = {"version": "2026-04-08", "capabilities": {}}


@pytest.mark.parametrize(
    ("services", "error"),
    [
        (
            {"dev.ucp.shopping": [{"version": "2026-04-08", "transport": "rest", "endpoint": "https://evil.example"}]},
            Refused,
        ),
        ({"dev.ucp.shopping": [{"version": "2026-04-08", "transport": "mcp", "endpoint": "http://x/"}]}, Unsupported),
        ({"dev.ucp.shopping": [{"version": "latest", "transport": "rest", "endpoint": "/"}]}, Unsupported),
        (None, Malformed),
    ],
)
async def test_a_profile_that_leads_elsewhere_or_nowhere_is_refused(services: Any, error: type[Exception]) -> None:
    async def handle(asked: Asked, writer: Any) -> None:
        writer.write(http({"ucp": {**PROFILE, "services": services}}))

    async with peer(handle) as served:
        with pytest.raises(error):
            await adapter().discover(rehearsal.probe(served.url))


async def test_offers_of_a_lent_price_end_after_six_hours() -> None:
    def endless(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, "expires_at": None}

    async with ucp_shop(UcpShop("2026-04-08", endless, delivers=False)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER)
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session)
    assert offers[-1].valid_until == datetime(2026, 11, 22, 15, tzinfo=UTC)


async def test_what_the_provider_file_states_of_the_goods_completes_the_offer() -> None:
    async with ucp_shop(UcpShop("2026-04-08", delivers=False)) as served, tapped(served.url) as tap:
        stage = stage_of(tap, ORDER, {"terms": {"condition": "new", "returns": "P30D", "colour": "red"}})
        async with stage.session() as session:
            offers, (reply,) = await asked_for(stage, session)
    assert offers[-1].terms["condition"] == "new" and "unknown_issue:colour" in reply.problems
    assert {item.reader for item in offers[-1].evidence if item.issue == "condition"} == {"provider_file"}


@pytest.mark.parametrize("fixture", sorted(path.name for path in FIXTURES.glob("*.jsonl")))
async def test_recorded_merchants_are_still_understood(fixture: str) -> None:
    """Traffic of merchants nobody here wrote: the same requests are made, and the same offers read."""
    text = (FIXTURES / fixture).read_text("utf-8")
    expected = json.loads((FIXTURES / fixture).with_suffix(".json").read_text("utf-8"))
    async with repeating(text) as tap:
        stage = stage_of(tap, expected["order"])
        stage.prefix = expected["prefix"]
        async with stage.session() as session:
            offers, _ = await asked_for(stage, session, expected["country"])
        expected_requests = read_lines(text, tap.url.removeprefix("http://"))
        assert [said(one) for one in tap.heard] == [said(one) for one in expected_requests]
    assert [offer.terms.texts() for offer in offers] == expected["offers"]


def said(one: Exchanged) -> tuple[str, str, bytes]:
    return one.asked.method, one.asked.path, one.asked.body

"""One need, four kinds of company at once: a shop's interface, a page, a price list, and a bot that bargains."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.carrying import Carrying
from agent.deciding import Deciding
from agent.kernel.errors import NeedInvalid
from agent.market.desk import MarketRules
from agent.needs.need import Mandate, Need, Wish
from agent.reading import Reading
from agent.runtime.config import Config, Memory, Negotiation
from agent.runtime.providerfile import add_provider_file
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from agent.runtime.wiring import House, build
from agent.runtime.workshop import price_history
from memory.keys import ThrowawayKey
from memory.persona import import_persona
from negotiators.clock import SimClock
from negotiators.money import Money
from tests.requirements import requirement
from tests.support.house import KEY, START, phone_need
from tests.support.mcpshop import mcp_shop
from tests.support.shop import Shop, opened
from tests.support.sites import PLANS, TULIPS, site
from tests.support.ucpshop import PRICES, UcpShop, ucp_shop

PAGE = TULIPS.replace("Tulips", "Plan 20").replace("24.90", "14.90").replace("24,90", "14,90")
TERMS = 'terms = { data_gb = "20", term = "P1M" }'


@dataclass
class Street:
    """Companies on loopback and the provider files that lead to them."""

    root: Path
    clock: SimClock = field(default_factory=lambda: SimClock(START))
    house: House | None = None

    def file(self, name: str, text: str) -> None:
        path = self.root.parent / f"{name}.toml"
        path.write_text(f'name = "{name}"\n{text}')
        add_provider_file(self.root, path)

    def open(self) -> House:
        talks = Negotiation(allow_loopback=True, patience_seconds=30.0)
        config = Config(memory=Memory(embedder="ngram"), negotiation=talks)
        self.house = build(
            self.root, clock=self.clock, config=config, sources=[ThrowawayKey(KEY)], rules=MarketRules(rounds=5)
        )
        return self.house

    async def tick(self) -> None:
        house = self.open()
        try:
            await Runner(house).tick()
        finally:
            await house.close()

    def held(self) -> dict[str, dict[str, Any]]:
        house = self.open()
        try:
            rows = house.ledger.rows("SELECT provider, state, held FROM negotiations")
            return {r["provider"]: {"state": r["state"], **json.loads(r["held"] or "{}")} for r in rows}
        finally:
            house.shut()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        house = self.open()
        try:
            return [dict(row) for row in house.ledger.rows(sql)]
        finally:
            house.shut()


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path / "home")


def file_of(channel: str, url: str, *, order: str = "", reading: str = "", category: str = "mobile_plan") -> str:
    text = f'categories = ["{category}"]\n[[endpoints]]\nchannel = "{channel}"\nurl = "{url}"\n'
    text += f"[endpoints.order.{category}]\n{order}\n" if order else ""
    return text + (f"[endpoints.reading.{category}]\n{reading}\n" if reading else "")


COLUMNS = (
    'delimiter = ";"\ndecimal = ","\ntitle = "Tarif"\nid = "Nr"\nunits = { term = "month" }\n'
    'columns = { price_monthly = "Preis", data_gb = "GB", term = "Laufzeit" }'
)


async def four(stack: AsyncExitStack, street: Street, floor: str = "13.00") -> tuple[UcpShop, Shop]:
    """A shop (plan for 13.50 with the code), a page (14.90), a list (best fitting 12.50), a bot down to `floor`."""
    shop, bot = UcpShop("2026-04-08", delivers=False), Shop("bot", Decimal("16.00"), Decimal(floor))
    PRICES["plan20"] = 1500
    stack.callback(PRICES.pop, "plan20")
    ucp = await stack.enter_async_context(ucp_shop(shop))
    pages = await stack.enter_async_context(site({"/plan": ("text/html", PAGE), "/list.csv": ("text/csv", PLANS)}))
    served = await stack.enter_async_context(opened(bot))
    order = 'items = [{ id = "plan20" }]\ncodes = ["TENOFF"]'
    street.file("Shop", file_of("ucp", ucp.url, order=order, reading=TERMS))
    street.file("Page", file_of("web", f"{pages.url}/plan", reading=TERMS))
    street.file("List", file_of("feed", f"{pages.url}/list.csv", reading=COLUMNS))
    street.file("Bot", file_of("a2a", served.url))
    return shop, bot


@requirement("order:channels-meet-in-one-market")
async def test_one_need_is_asked_over_every_channel_and_the_best_is_put_up(street: Street) -> None:
    async with AsyncExitStack() as stack:
        shop, _ = await four(stack, street)
        street.open().state_need(phone_need())
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
        held = street.held()
    assert {name: one["state"] for name, one in held.items()} == {
        "shop": "held", "page": "held", "list": "waiting_person", "bot": "declined",
    }, "the bot's floor lies above the list's price, which is our outside option there"  # fmt: skip
    prices = {name: one["terms"]["price_monthly"]["value"] for name, one in held.items() if "terms" in one}
    assert prices == {"shop": "13.5 EUR", "page": "14.9 EUR", "list": "12.5 EUR"}
    assert {one["standing"] for one in held.values() if "terms" in one} == {"firm"} and shop.completed == []
    reads = Reading(street.root)
    (row,) = street.rows("SELECT id FROM items")
    item = reads.item(row["id"])
    assert item is not None and (item.legs[0].channel, item.legs[0].provider) == ("feed", "List")
    reads.close()
    assert not replay_ledger(street.root)["different"]


@requirement("mandate:unread-amount-is-shown")
@pytest.mark.parametrize("unknown", [True, False])
async def test_a_shop_s_unknown_amount_is_named_on_its_card_and_never_taken(street: Street, unknown: bool) -> None:
    def levied(found: dict[str, Any]) -> dict[str, Any]:
        found["totals"][-1]["amount"] += 300
        found["totals"].insert(-1, {"type": "eco_levy" if unknown else "fee", "amount": 300})
        return found

    async with AsyncExitStack() as stack:
        PRICES["plan20"] = 1500
        stack.callback(PRICES.pop, "plan20")
        served = await stack.enter_async_context(ucp_shop(UcpShop("2026-04-08", levied, delivers=False)))
        street.file("Shop", file_of("ucp", served.url, order='items = [{ id = "plan20" }]', reading=TERMS))
        street.open().state_need(phone_need(autonomy="act"))
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
    (held,) = street.held().values()
    assert held["standing"] == ("incomplete" if unknown else "firm")
    assert street.rows("SELECT 1 FROM outbox WHERE act='accept'") == ([] if unknown else [{"1": 1}])
    reads = Reading(street.root)
    (row,) = street.rows("SELECT id, state FROM items")
    item = reads.item(row["id"])
    reads.close()
    assert item is not None and row["state"] == "waiting" and item.legs[0].certainty == held["standing"]
    named = [reason.params["names"] for reason in item.because if reason.code == "amount_unread"]
    assert named == (["eco_levy"] if unknown else [])


@requirement("approval:a-shop-deal-is-closed-by-the-person")
async def test_a_yes_to_a_price_list_hands_the_deal_over_and_sends_nothing(street: Street) -> None:
    async with AsyncExitStack() as stack:
        await four(stack, street)
        street.open().state_need(phone_need())
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
        (row,) = street.rows("SELECT id, approval_hash FROM items")
        Deciding(street.root).approve(row["id"], row["approval_hash"])
        before = street.rows("SELECT COUNT(*) AS n FROM outbox WHERE act='commit'")
        street.clock.advance(timedelta(minutes=5))
        await street.tick()
        assert street.rows("SELECT state FROM items") == [{"state": "handover"}]
        assert street.rows("SELECT COUNT(*) AS n FROM outbox WHERE act='commit'") == before == [{"n": 0}]
        Carrying(street.root).signed(row["id"], "order 4711")
    assert street.rows("SELECT state FROM items") == [{"state": "agreed"}]


async def test_a_bot_that_goes_lower_than_every_fixed_price_wins_and_is_signed(street: Street) -> None:
    async with AsyncExitStack() as stack:
        _, bot = await four(stack, street, floor="9.00")
        bot.start = Decimal("11.00")
        street.open().state_need(phone_need())
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
        (row,) = street.rows("SELECT id, approval_hash, legs FROM items")
        assert json.loads(row["legs"])[0]["provider"] == "bot"
        Deciding(street.root).approve(row["id"], row["approval_hash"])
        street.clock.advance(timedelta(minutes=5))
        await street.tick()
        assert len(bot.commits) == 1 and street.rows("SELECT state FROM items") == [{"state": "agreed"}]


COUNTRY = 'format = 1\n[person]\nname = "Jo"\n[[facts]]\nid = "country"\ncategory = "pd:Country"\nvalue = "DE"\n'
RULE = (
    '[[rules]]\nid = "r1"\nnumber = 1\ntext = "Shops may know my country"\neffect = "permit"\ncategory = "pd:Country"\n'
    'recipient = { kind = "category", name = "purchase" }\ngranularity = "EXACT"\nstages = ["quote"]\n'
)


def purchase(**mandate: Any) -> Need:
    wishes = (Wish("price", maximum=Money.of("60.00", "EUR"), hard=True),)
    return Need("need-1", "purchase", "", wishes, Mandate(**mandate))


@requirement("disclosure:shops-learn-a-place-only-when-told")
@pytest.mark.parametrize("allowed", [True, False])
async def test_a_delivery_is_priced_when_a_rule_lets_the_country_out(street: Street, allowed: bool) -> None:
    shop = UcpShop("2026-04-08")
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(ucp_shop(shop))
        order = 'items = [{ id = "roses" }]\ncodes = ["TENOFF"]'
        street.file("Flowers", file_of("ucp", served.url, order=order, category="purchase"))
        house = street.open()
        persona = street.root.parent / "persona.toml"
        persona.write_text(COUNTRY + (RULE if allowed else ""))
        import_persona(persona).load_into(house.person.store, house.person.unlock())
        house.state_need(purchase())
        await house.close()
        await street.tick()
        (held,) = street.held().values()
        receipts = street.rows("SELECT data_category, released FROM releases")
    sent = json.dumps(shop.sessions)
    assert receipts[0] == {"data_category": "pd:Country", "released": int(allowed)}
    assert ('"DE"' in sent) is allowed
    if allowed:
        assert (held["standing"], held["total"]) == ("firm", "36.50")
    else:
        assert held["standing"] == "incomplete" and held["total"] is None


DOORS = """
categories = ["purchase"]
[[endpoints]]
channel = "mcp"
url = "{catalogue}"
[endpoints.order.purchase]
items = [{{ id = "roses", quantity = 1 }}]
[endpoints.reading.purchase]
terms = {{ shipping = "5.00" }}
[[endpoints]]
channel = "web"
url = "{page}"
[endpoints.reading.purchase]
terms = {{ shipping = "5.00" }}
[[endpoints]]
channel = "ucp"
url = "{shop}"
[endpoints.order.purchase]
items = ["roses"]
"""


@requirement("attention:doors-that-differ-are-found")
@pytest.mark.parametrize(("shown", "differ"), [("39.90", True), ("35.00", False)])
async def test_the_price_of_one_piece_is_the_same_thing_on_a_page_and_in_a_catalogue(
    street: Street, shown: str, differ: bool
) -> None:
    page = TULIPS.replace("24.90", shown)
    async with AsyncExitStack() as stack:
        catalogue = await stack.enter_async_context(mcp_shop())
        pages = await stack.enter_async_context(site({"/roses": ("text/html", page)}))
        shop = await stack.enter_async_context(ucp_shop(UcpShop("2026-04-08")))
        street.file("Flowers", DOORS.format(catalogue=catalogue, page=f"{pages.url}/roses", shop=shop.url))
        street.open().state_need(purchase())
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
    noted = [
        json.loads(row["params"]) for row in street.rows("SELECT params FROM incidents WHERE code='offers_differ'")
    ]
    told = {"cheaper": "40.00 EUR", "here": "mcp", "dearer": "44.90 EUR", "there": "web"}
    assert noted == ([told] if differ else [])
    reads = Reading(street.root)
    weighed = {one.door: one.excluded for one in reads.why(street.rows("SELECT id FROM items")[0]["id"]).compared}
    reads.close()
    excluded = {door: found.code if found else "" for door, found in weighed.items()}
    assert excluded == {"mcp": "", "web": "below_other_offer" if differ else "other_door", "ucp": "incomplete"}
    assert weighed["ucp"] is not None and weighed["ucp"].params["missing"] == "shipping"


@pytest.mark.parametrize(
    ("limit", "currency", "state"), [("60.00", "USD", "waiting_person"), ("4.00", "EUR", "declined")]
)
async def test_a_need_in_another_currency_or_below_the_public_range_is_held_or_left(
    street: Street, limit: str, currency: str, state: str
) -> None:
    """The public range is a scale: a limit in other money or below it must not keep a need from being asked."""
    shop = UcpShop("2026-04-08", lambda found: {**found, "currency": currency}, delivers=False)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(ucp_shop(shop))
        street.file("Flowers", file_of("ucp", served.url, order='items = ["roses"]', category="purchase"))
        wish = Wish("price", maximum=Money.of(limit, currency), hard=True)
        need = Need("need-1", "purchase", "", (wish,), Mandate(currency=currency))
        street.open().state_need(need)
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
    assert [row["state"] for row in street.rows("SELECT state FROM negotiations")] == [state]


async def test_a_price_that_fell_since_the_last_look_is_a_note_of_the_digest(street: Street) -> None:
    files = {"/plan": ("text/html", PAGE)}
    async with site(files) as pages:
        street.file("Page", file_of("web", f"{pages.url}/plan", reading=TERMS))
        for number, price in enumerate(("14.90", "13.90", "13.90")):
            files["/plan"] = ("text/html", PAGE.replace("14.90", price))
            street.open().state_need(phone_need(f"need-{number}"))
            await street.house.close()  # type: ignore[union-attr]
            street.clock.advance(timedelta(days=1))
            await street.tick()
    seen = street.rows("SELECT total FROM prices ORDER BY at")
    assert [row["total"] for row in seen] == ["178.80", "166.80", "166.80"]
    notes = street.rows("SELECT code, params FROM incidents WHERE code='price_dropped'")
    assert [json.loads(row["params"]) for row in notes] == [
        {"provider": "Page", "before": "178.80 EUR", "now": "166.80 EUR"}
    ]


async def test_while_a_decision_waits_a_page_is_looked_at_daily_and_nothing_follows_but_a_note(street: Street) -> None:
    files = {"/plan": ("text/html", PAGE)}
    async with site(files) as pages:
        street.file("Page", file_of("web", f"{pages.url}/plan", reading=TERMS))
        street.open().state_need(phone_need())
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
        before = street.rows("SELECT n.state, n.held, i.legs FROM negotiations n, items i")
        for hours, price in ((1, "13.90"), (24, "12.90"), (1, "11.90")):
            files["/plan"] = ("text/html", PAGE.replace("14.90", price))
            street.clock.advance(timedelta(hours=hours))
            await street.tick()
    assert [row["total"] for row in street.rows("SELECT total FROM prices ORDER BY rowid")] == ["178.80", "154.80"]
    assert [row["total"] for row in price_history(street.root, "page")] == ["154.80", "178.80"]
    assert len(street.rows("SELECT 1 FROM incidents WHERE code='price_dropped'")) == 1
    assert street.rows("SELECT n.state, n.held, i.legs FROM negotiations n, items i") == before
    assert not replay_ledger(street.root)["different"]


async def test_a_shop_is_searched_again_after_a_restart_without_a_second_session(street: Street) -> None:
    """The answer was lost with the process: the same message, under its own key, finds the same checkout."""
    shop = UcpShop("2026-04-08", delivers=False)
    async with AsyncExitStack() as stack:
        served = await stack.enter_async_context(ucp_shop(shop))
        street.file("Flowers", file_of("ucp", served.url, order='items = ["roses"]', category="purchase"))
        street.open().state_need(purchase())
        await street.house.close()  # type: ignore[union-attr]
        await street.tick()
        for _ in range(3):
            await street.tick()
    assert len(shop.sessions) == 1


# -- provider files

BAD: tuple[tuple[str, str], ...] = (
    ('categories = ["mobile_plan"]\ncolour = 1\n[[endpoints]]\nchannel = "web"\nurl = "https://x.example"', "colour"),
    ('categories = ["yachts"]\n[[endpoints]]\nchannel = "web"\nurl = "https://x.example"', "categories"),
    (file_of("fax", "https://x.example"), "endpoints.channel"),
    (file_of("web", "https://x.example", reading='terms = { speed = "1" }'), "endpoints.reading.mobile_plan.terms"),
    (file_of("ucp", "https://x.example", order='codes = ["X"]'), "endpoints.order.mobile_plan"),
    (file_of("ucp", "https://x.example", order='items = ["x"]\nbuyer = "me"'), "endpoints.order.mobile_plan.buyer"),
    (file_of("feed", "https://x.example/list.csv"), "endpoints.reading"),
    (file_of("feed", "https://x.example/list.csv", reading='columns = { data_gb = "GB" }'), "endpoints.reading.mobile_plan"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "key"), BAD, ids=[key for _, key in BAD])
def test_a_provider_file_that_cannot_be_used_names_its_key(street: Street, text: str, key: str) -> None:
    with pytest.raises(NeedInvalid) as refused:
        street.file("Acme", text)
    assert refused.value.params["key"] == key and refused.value.params["where"].endswith("Acme.toml")
    assert not (street.root / "ledger.sqlite").exists() or street.rows("SELECT * FROM providers") == []

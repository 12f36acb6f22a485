"""Channel 0: the person carries the words and brings the answers, over days, with the same ledger and rules."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from agent.carrying import Carrying
from agent.deciding import Deciding
from agent.market.desk import MarketRules
from agent.papers import brief
from agent.reading import Reading
from agent.runtime.config import Config, Memory, Negotiation
from agent.runtime.keeping import know_provider
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from agent.runtime.wiring import House, build
from agent.views import DecisionError, DigestView, FacadeError
from memory.keys import ThrowawayKey
from negotiators.clock import SimClock
from tests.requirements import requirement
from tests.support.house import KEY, START, phone_need

OFFER = (
    "Guten Tag, wir bieten 25 GB für 18,99 EUR im Monat, monatlich kündbar, Anschlussgebühr 0,00 EUR, 5G inklusive. "
    "Kündigungsfrist 1 Monat. Mindestlaufzeit 1 Monat."
)


def open_home(root: Path, clock: SimClock, **more: bool) -> House:
    talks = Negotiation(window_hours=24, slow_window_hours=240, **more)
    config = Config(memory=Memory(embedder="ngram"), negotiation=talks)
    return build(root, clock=clock, config=config, sources=[ThrowawayKey(KEY)], rules=MarketRules(rounds=4))


@pytest.fixture
def clock() -> SimClock:
    return SimClock(START)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    know_provider(home, "Funkturm", "https://funkturm.example/chat", ("mobile_plan",), channel="byhand")
    return home


async def tick(root: Path, clock: SimClock) -> None:
    """One look of a runner that was started for it: nothing is carried over in memory."""
    house = open_home(root, clock)
    house.ledger.set_meta("simulated", "1")
    try:
        await Runner(house).tick()
    finally:
        await house.close()


async def state(root: Path, clock: SimClock) -> str:
    house = open_home(root, clock)
    try:
        return str(house.ledger.rows("SELECT state FROM negotiations")[0]["state"])
    finally:
        await house.close()


def digest_of(root: Path) -> DigestView:
    reads = Reading(root)
    try:
        return reads.digest()
    finally:
        reads.close()


async def begin(root: Path, clock: SimClock) -> str:
    house = open_home(root, clock)
    house.state_need(phone_need())
    await house.close()
    await tick(root, clock)
    return Carrying(root).drafts()[0].negotiation


async def test_a_cleared_message_lies_ready_and_is_sent_on_the_persons_word_only(root: Path, clock: SimClock) -> None:
    talk = await begin(root, clock)
    carrying = Carrying(root)
    draft = carrying.draft(talk)
    assert digest_of(root).to_carry == 1
    reads = Reading(root)
    assert reads.talk(talk).by_hand and reads.talks()[0].by_hand
    reads.close()
    assert draft.acts == ("ask",) and "Gegenbot" in draft.text and draft.address.endswith("/chat")
    house = open_home(root, clock)
    outbox = house.ledger.rows("SELECT state, attempts FROM outbox")
    assert [row["state"] for row in outbox] == ["with_person"]
    assert carrying.carried(talk) == 1
    assert [row["state"] for row in house.ledger.rows("SELECT state FROM outbox")] == ["delivered"]
    await house.close()
    assert carrying.drafts() == () and digest_of(root).to_carry == 0
    with pytest.raises(FacadeError, match="nothing_to_carry"):
        carrying.carried(talk)


async def test_days_later_the_answer_is_read_as_theirs_and_answered(root: Path, clock: SimClock) -> None:
    talk = await begin(root, clock)
    clock.advance(timedelta(days=3))
    await tick(root, clock)
    assert await state(root, clock) == "waiting_them"
    Carrying(root).answer(talk, OFFER)
    await tick(root, clock)
    house = open_home(root, clock)
    turn = house.ledger.row("SELECT * FROM turns WHERE party='them'")
    offer = json.loads(turn["moves"])[0]["offer"]
    assert offer["terms"]["price_monthly"]["value"] == "18.99 EUR"
    assert {one["standing"] for one in offer["evidence"]} == {"claimed"}
    assert house.ledger.body(turn["body"]) == OFFER
    await house.close()
    assert Carrying(root).drafts()[0].acts in (("propose",), ("accept",))
    assert not replay_ledger(root)["different"]


@requirement("durable:brought-once")
async def test_what_was_brought_is_taken_once_over_restarts_and_what_was_carried_is_not_laid_out_again(
    root: Path, clock: SimClock
) -> None:
    talk = await begin(root, clock)
    Carrying(root).carried(talk)
    for _ in range(3):
        await tick(root, clock)
    assert Carrying(root).drafts() == ()
    Carrying(root).answer(talk, OFFER)
    for _ in range(3):
        await tick(root, clock)
    house = open_home(root, clock)
    assert len(house.ledger.rows("SELECT 1 FROM turns WHERE party='them'")) == 1
    assert len(house.ledger.rows("SELECT 1 FROM outbox")) == 2
    await house.close()


@requirement("stop:nothing-is-handed-out")
async def test_while_stopped_no_word_is_handed_out(root: Path, clock: SimClock) -> None:
    talk = await begin(root, clock)
    (root / "STOP").touch()
    with pytest.raises(FacadeError, match="halted"):
        Carrying(root).draft(talk)
    Carrying(root).answer(talk, OFFER)  # bringing in is not sending
    (root / "STOP").unlink()
    await tick(root, clock)
    assert await state(root, clock) == "waiting_them"


@pytest.mark.parametrize(
    ("text", "code"), [("  \n", "empty_answer"), ("x" * ((1 << 20) + 1), "answer_too_long")], ids=["empty", "long"]
)
async def test_a_useless_paste_is_refused(root: Path, clock: SimClock, text: str, code: str) -> None:
    talk = await begin(root, clock)
    with pytest.raises(DecisionError, match=code):
        Carrying(root).answer(talk, text)


async def test_our_own_words_and_a_double_paste_are_not_an_answer(root: Path, clock: SimClock) -> None:
    talk = await begin(root, clock)
    carrying = Carrying(root)
    with pytest.raises(DecisionError, match="only_our_words"):
        carrying.answer(talk, "\n" + carrying.draft(talk).text.replace("\n", "\r\n") + "\n")
    carrying.answer(talk, OFFER)
    with pytest.raises(DecisionError, match="already_brought"):
        carrying.answer(talk, OFFER)


async def test_an_answer_after_the_window_is_kept_and_starts_nothing(root: Path, clock: SimClock) -> None:
    talk = await begin(root, clock)
    clock.advance(timedelta(days=12))
    await tick(root, clock)
    assert await state(root, clock) == "dormant"
    house = open_home(root, clock)
    house.ledger.conn.execute("UPDATE needs SET state='agreed'")
    await house.close()
    Carrying(root).answer(talk, OFFER)
    await tick(root, clock)
    house = open_home(root, clock)
    assert len(house.ledger.rows("SELECT 1 FROM turns WHERE party='them'")) == 1
    await house.close()
    assert await state(root, clock) == "dormant" and Carrying(root).drafts() == ()


async def test_a_slow_company_keeps_the_window_open_for_days(root: Path, clock: SimClock) -> None:
    await begin(root, clock)
    house = open_home(root, clock)
    need = house.ledger.row("SELECT window_ends, stated_at FROM needs")
    await house.close()
    assert need["window_ends"][:10] == (START + timedelta(hours=240)).date().isoformat()


@pytest.mark.parametrize(
    ("name", "address", "categories", "code"),
    [("Other", "https://funkturm.example/chat", ("mobile_plan",), "address_taken"), ("Other", "x", (), "no_category")],
)
def test_a_company_needs_an_address_of_its_own_and_something_it_sells(
    root: Path, name: str, address: str, categories: tuple[str, ...], code: str
) -> None:
    from agent.kernel.errors import NeedInvalid

    with pytest.raises(NeedInvalid) as refused:
        know_provider(root, name, address, categories, channel="byhand")
    assert refused.value.code == code


def test_a_second_door_keeps_what_is_known_of_a_company(root: Path, clock: SimClock) -> None:
    know_provider(root, "Funkturm", "https://funkturm.example", (), channel="a2a")
    house = open_home(root, clock)
    row = house.ledger.row("SELECT trust, categories FROM providers")
    doors = {entry["channel"] for entry in house.ledger.rows("SELECT channel FROM endpoints")}
    asyncio.run(house.close())
    assert (row["trust"], json.loads(row["categories"]), doors) == ("allowed", ["mobile_plan"], {"byhand", "a2a"})


async def held_item(root: Path, clock: SimClock) -> tuple[str, str]:
    """A claimed offer that stood until the window closed, and the card made of it."""
    talk = await begin(root, clock)
    Carrying(root).answer(talk, OFFER)
    await tick(root, clock)
    clock.advance(timedelta(days=11))
    await tick(root, clock)
    house = open_home(root, clock)
    item = house.ledger.row("SELECT * FROM items")
    await house.close()
    assert item is not None and json.loads(item["legs"])[0]["standing"] == "claimed"
    return talk, str(item["id"])


@requirement("untrusted:claimed-deal-is-handed-over")
async def test_a_claimed_offer_becomes_a_card_whose_yes_hands_it_over_and_sends_nothing(
    root: Path, clock: SimClock
) -> None:
    talk, item = await held_item(root, clock)
    house = open_home(root, clock)
    row = house.ledger.row("SELECT approval_hash FROM items")
    await house.close()
    Deciding(root).approve(item, row["approval_hash"])
    await tick(root, clock)
    house = open_home(root, clock)
    assert house.ledger.row("SELECT state FROM items")["state"] == "handover"
    assert house.ledger.row("SELECT 1 FROM outbox WHERE act='commit'") is None
    await house.close()
    page = brief(root, item, "de")
    assert "18,99 EUR" in page and "Funkturm" in page and "260" not in page
    assert len(page.splitlines()) <= 60
    Carrying(root).signed(item, "K-77")
    with pytest.raises(DecisionError, match="not_handed_over"):
        Carrying(root).signed(item)
    await tick(root, clock)
    house = open_home(root, clock)
    deal = house.ledger.row("SELECT state, reference, negotiation FROM commitments")
    assert (deal["state"], deal["reference"], deal["negotiation"]) == ("agreed", "K-77", talk)
    assert house.ledger.row("SELECT state FROM needs")["state"] == "agreed"
    await house.close()


async def test_a_card_that_was_not_approved_cannot_be_noted_as_signed(root: Path, clock: SimClock) -> None:
    _, item = await held_item(root, clock)
    with pytest.raises(DecisionError, match="not_handed_over"):
        Carrying(root).signed(item)


async def test_a_brief_needs_something_on_the_table(root: Path, clock: SimClock) -> None:
    talk = await begin(root, clock)
    with pytest.raises(FacadeError, match="nothing_on_the_table"):
        brief(root, talk, "en")

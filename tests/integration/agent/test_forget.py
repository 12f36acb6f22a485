"""What the person deletes is gone from every file of the folder, and no later decision follows from it."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from agent.deciding import Deciding
from agent.kernel.events import ForgetRequested, MoveChosen, NegotiationOpened
from agent.kernel.ledger import Draft, Ledger, verify
from agent.market.endpoints import settings_of
from agent.reading import Reading
from agent.runtime.forgetting import Forgetting
from agent.runtime.providerfile import add_provider_file
from agent.runtime.replay import replay_ledger
from agent.runtime.runner import Runner
from agent.views import DecisionError, FacadeError
from memory.facts import CategoryId, Fact, FactId
from memory.store import Contract, ContractId, PriceStep
from negotiators.dialogue import Ask, Inquire, Propose
from tests.requirements import requirement
from tests.support.house import START, Company, living, open_house, phone_need, phone_terms, seller

NAME, PHONE = "Mira Sommerfeldt", "+49 30 23125 847"
CANARY = "Zwetschgenknoedel 4711"


def nosy(company: Company, cleared):
    """Asks for the postal code and then writes to the person by name and number, in several codings."""
    if isinstance(cleared.move, Ask):
        reply = company.propose(phone_terms("15.00"), text="Hello, which postal code?")
        return [replace(reply, moves=(*reply.moves, Inquire("postal_code", "pd:PostalCode")))]
    if isinstance(cleared.move, Propose):
        coded = base64.b64encode(CANARY.encode()).decode()
        return [company.propose(phone_terms("14.00"), text=f"Dear {CANARY}, {coded}, 030 23125847, area 10xxx")]
    return []


def grep(folder: Path, *needles: str) -> list[tuple[str, str]]:
    """Every file of the folder whose bytes hold one of the needles."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            raw = path.read_bytes().lower()
            found += [(path.name, needle) for needle in needles if needle.encode().lower() in raw]
    return found


@requirement("forget:no-byte-left", "forget:replay-shows-erased", "forget:chain-still-verifies")
async def test_a_forgotten_fact_leaves_no_byte_in_any_file_and_the_ledger_still_verifies(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", nosy)], persona=True) as house:
        person = house.person
        person.unlock().put(Fact(FactId("canary"), CategoryId("pd:Name")), CANARY)
        house.state_need(replace(phone_need(), text=f"A phone plan for {CANARY}"))
        await Runner(house).tick()
        coded = base64.b64encode(CANARY.encode()).decode()
        house.ledger.checkpoint()
        assert grep(root, CANARY) and grep(root, coded) and grep(root, "23125847") and grep(root, "10xxx")
        for fact in ("fact:canary", "fact:phone", "fact:postcode"):
            house.ledger.append(house.clock.now(), [ForgetRequested(fact)])
        await Runner(house).tick()
        assert grep(root, CANARY, coded, "Zwetschgen", "23125847", "10xxx") == []
        assert verify(house.ledger.conn)[1] is None
        assert not {"canary", "phone", "postcode"} & {fact.id for fact in person.facts(house.clock.now())}
        assert not [needle for needle in house.gate.scanner.needles if needle.fact == "canary"]
        assert house.disclosure.told("acme") == {}
        erased = house.ledger.rows(
            "SELECT u.body FROM turns u LEFT JOIN bodies b ON b.id=u.body WHERE b.id IS NULL AND u.body IS NOT NULL"
        )
        assert erased
    assert replay_ledger(root)["different"] == []


@requirement("forget:preference-stops-deciding", "forget:replay-shows-erased")
async def test_a_forgotten_preference_decides_nothing_any_more_and_replay_says_erased(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", nosy)], persona=True) as house:
        need = house.state_need(replace(phone_need(), wishes=(), text="phone plan, no roaming needed, 5G"))
        assert need.recalled, "the persona's preferences complete a phone need"
        used = {entry["id"] for entry in need.recalled}
        await Runner(house).tick()
        before = replay_ledger(root)
        assert before["erased"] == 0 and before["decisions"]
        words = [entry["id"] for entry in need.recalled]
        for name in sorted(used):
            house.ledger.append(house.clock.now(), [ForgetRequested(f"pref:{name}")])
        await Runner(house).tick()
        left = house.book.need(need.id)
        assert left.recalled == () and not {wish.issue for wish in left.wishes} & {e["issue"] for e in need.recalled}
        assert verify(house.ledger.conn)[1] is None
        assert words
    after = replay_ledger(root)
    assert after["erased"] == before["decisions"] and after["different"] == []


@requirement("forget:resumed-after-a-kill")
async def test_forgetting_that_was_cut_off_in_the_middle_is_finished_at_the_next_start(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, persona=True) as house:
        house.ledger.append(house.clock.now(), [ForgetRequested("fact:income")])

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        work = Forgetting(house)
        house.person.store.forget, kept = killed, house.person.store.forget  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            work.apply()
        house.person.store.forget = kept  # type: ignore[method-assign]
        assert "income" in {fact.id for fact in house.person.facts(house.clock.now())}
    async with living(root) as house:
        await Runner(house).tick()
        assert "income" not in {fact.id for fact in house.person.facts(house.clock.now())}
        assert len(house.ledger.events(kinds=("Forgotten",))) == 1
        await Runner(house).tick()
        assert len(house.ledger.events(kinds=("Forgotten",))) == 1


@requirement("forget:no-byte-left", "forget:chain-still-verifies")
def test_a_forgotten_provider_file_takes_its_codes_along(tmp_path: Path) -> None:
    home, file = tmp_path / "h", tmp_path / "shop.toml"
    file.write_text(
        'name = "Shop"\ncategories = ["purchase"]\n[[endpoints]]\nchannel = "ucp"\nurl = "https://shop.example"\n'
        '[endpoints.order.purchase]\nitems = [{ id = "roses", quantity = 1 }]\ncodes = ["MYCODE77", "AB1"]\n'
    )
    provider, _ = add_provider_file(home, file)
    ledger = Ledger(home)
    texts = {
        "out:1": '{"order":{"codes":["MYCODE77"]}}', "out:2": 'said "AB1" once', "out:3": "roses for EUR 5",
        "out:4": '{"payload":{"order":{"arguments":{"plz":"10439"}}}}', "out:5": '{"payload":{"order":{"items":[]}}}',
    }  # fmt: skip
    ledger.append(START, [NegotiationOpened("n", "need", provider, "https://shop.example", "purchase", 1)])
    for body, text in texts.items():
        talk = "of another" if body == "out:5" else "n"
        ledger.append(START, [Draft(MoveChosen(talk, 1, "ask", "r", {}, body), text)])
    ledger.close()
    assert grep(home, "MYCODE77", "AB1", "10439")
    assert Deciding(home).forget(f"file:{provider}")
    ledger = Ledger(home)
    assert grep(home, "MYCODE77", '"AB1"', "10439") == []
    assert settings_of(ledger, "https://shop.example") == {}
    assert verify(ledger.conn)[1] is None and ledger.body("out:3") == "roses for EUR 5"
    assert ledger.body("out:5") is not None
    ledger.close()


@requirement("forget:no-byte-left", "forget:chain-still-verifies")
async def test_a_forgotten_contract_takes_its_name_from_the_cards_along(tmp_path: Path) -> None:
    root = tmp_path / "home"
    async with living(root, [Company("acme", seller("15.00", "12.00"))]) as house:
        steps = (PriceStep(0, Decimal("29.99")),)
        paid = Contract(ContractId("c-1"), "mobile_plan", "Alt", "EUR", steps, label=CANARY, terms=(("data_gb", "20"),))
        house.person.store.add(paid)
        house.state_need(replace(phone_need(), contract="c-1"))
        for _ in range(4):
            await Runner(house).tick(digest=True)

        def card() -> tuple[str, str]:
            reads = Reading(root)
            (item,) = reads.digest().items
            reads.close()
            (said,) = [one for one in item.because if one.code == "saves_against"]
            assert item.saving is not None and item.legs[0].saving is not None
            assert item.legs[0].saving.against == said.params["contract"]
            return item.saving.against, said.params["contract"]

        assert card() == (CANARY, CANARY)
        assert house.ledger.row("SELECT 1 FROM events WHERE payload LIKE '%Zwetschgen%'") is None
        house.ledger.append(house.clock.now(), [ForgetRequested("contract:c-1")])
        await Runner(house).tick()
        assert grep(root, CANARY) == [] and card() == ("", "")
        assert verify(house.ledger.conn)[1] is None


def test_forgetting_something_unknown_is_one_clear_error(tmp_path: Path) -> None:
    house = open_house(tmp_path / "h", persona=True)
    house.shut()
    for ref in ("fact:nothing", "nonsense", "fact:", "need:1"):
        with pytest.raises(DecisionError) as refused:
            Deciding(tmp_path / "h").forget(ref)
        assert refused.value.code == "no_such_item"


@requirement("forget:locked-vault-keeps-the-request")
def test_with_a_locked_vault_the_request_is_kept_and_said(tmp_path: Path) -> None:
    home = tmp_path / "h"
    house = open_house(home, persona=True)
    house.shut()
    (home / "config.toml").write_text('[vault]\nkey_sources = ["systemd"]\n[memory]\nembedder = "ngram"\n')
    (home / "config.toml").chmod(0o600)
    with pytest.raises(FacadeError) as refused:
        Deciding(home).forget("fact:income")
    assert refused.value.code == "vault_locked"
    house = open_house(home)
    assert Forgetting(house).apply() == ["fact:income"]
    house.shut()


@requirement("forget:no-byte-left")
def test_the_facade_forgets_at_once_when_no_runner_lives(tmp_path: Path) -> None:
    home = tmp_path / "h"
    house = open_house(home, persona=True)
    kept = next(entry for entry in house.person.store.rules() if entry.text)
    house.shut()
    (home / "config.toml").write_text('[memory]\nembedder = "ngram"\n')
    (home / "config.toml").chmod(0o600)
    assert grep(home, kept.text)
    assert Deciding(home).forget(f"rule:{kept.id}")
    assert grep(home, kept.text) == []

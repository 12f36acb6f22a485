"""Agreements on data (IEEE 7012, MyTerms): proffered once, answered in machine fields, kept alike on both sides; what a
company says of them can only meet a condition the person's rules set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from agent.kernel.chain import verify
from agent.kernel.errors import ConfigInvalid, EgressHit
from agent.kernel.myterms import said
from agent.kernel.rebuild import differing
from agent.receipts import Receipts
from agent.rulebook import proffer, set_proffer
from agent.runtime.config import Config, Memory, Privacy, load_config
from agent.runtime.runner import Runner
from agent.views import FacadeError
from memory.facts import CategoryId, Granularity
from memory.rules import Constraints, Effect, PrivacyRule, RuleId, holds, myterms, parse_rule
from memory.rules.myterms import ROSTER
from negotiators.adapter import ClearedMove
from negotiators.channels.payload import (
    EXTENSION_URI,
    PayloadContext,
    agreement,
    read_payload,
    record_of,
    write_agreement,
)
from negotiators.dialogue import AgreementWord, Ask, Inform, Inquire, MessageId, ProviderId, Reply
from tests.requirements import requirement
from tests.support.gating import PHONE
from tests.support.house import Company, living, phone_need, phone_terms, seller

Answering = Callable[[dict[str, Any]], AgreementWord | None]


def config(agreement: str = "SD-BASE-DP", also: tuple[str, ...] = ()) -> Config:
    return Config(memory=Memory(embedder="ngram"), privacy=Privacy(agreement=agreement, also=also))


def accepts(word: dict[str, Any]) -> AgreementWord:
    return AgreementWord(word["id"], "accepted", word["record"])


def instead(name: str) -> Answering:
    return lambda word: AgreementWord(name, "alternative")


def says(status: str, name: str = "SD-BASE-DP", record: str = "") -> Answering:
    return lambda word: AgreementWord(name, status, record)


def company(answer: Answering, *later: AgreementWord) -> Company:
    """Answers the proffer, asks for the postcode with each offer, then says `later`."""
    words = list(later)

    def behave(one: Company, cleared: ClearedMove) -> Iterable[Reply]:
        named: Any = cleared.payload.get("agreement")
        word = answer(dict(named)) if named and named["status"] == "proffered" else (words.pop(0) if words else None)
        price = phone_terms(f"{20 - len(one.heard)}.00")
        if not isinstance(cleared.move, Ask):
            return [one.reply(agreement=word)] if word else seller("15.00", "12.00")(one, cleared)
        return [one.reply(*one.propose(price).moves, Inquire("postal_code", "pd:PostalCode"), agreement=word)]

    return Company("acme", behave)


UNDER = PrivacyRule(
    RuleId("r-1"), Effect.PERMIT, CategoryId("pd:PostalCode"), "under an agreement",
    granularity=Granularity.EXACT, constraints=Constraints(agreement="SD-BASE"),
)  # fmt: skip


async def run(house: Any, *rules: PrivacyRule) -> None:
    for known in house.person.rules():
        house.person.store.remove_rule(known.id)
    for rule in rules:
        house.person.store.add(rule)
    house.state_need(phone_need())
    await Runner(house).tick()


def told(one: Company) -> list[str]:
    answers = [cleared.move for cleared in one.heard if isinstance(cleared.move, Inform)]
    return [move.value for move in answers if move.value is not None]


def statuses(house: Any) -> list[tuple[str, str, str]]:
    return [
        (e.payload["agreement"], e.payload["status"], e.payload["by"])
        for e in house.ledger.events(kinds=("MyTermsMoved",))
    ]


@requirement("disclosure:agreement-is-proffered")
async def test_an_agreement_is_proffered_once_recorded_before_it_is_sent_and_both_keep_the_same_record(
    tmp_path: Path,
) -> None:
    acme = company(accepts)
    async with living(tmp_path / "h", [acme], persona=True, config=config()) as house:
        await run(house, UNDER)
        proffered = [cleared for cleared in acme.heard if "agreement" in cleared.payload]
        assert [cleared.payload["agreement"]["status"] for cleared in proffered] == ["proffered"]
        assert "SD-BASE-DP" in proffered[0].text and isinstance(proffered[0].move, Ask)
        (kept,) = Receipts(house.home.root).agreements("acme")
        assert (kept.agreement, kept.status) == ("SD-BASE-DP", "accepted")
        assert kept.record == proffered[0].payload["agreement"]["record"] == record_of("SD-BASE-DP", kept.negotiation)
        order = [e.type for e in house.ledger.events() if e.type in ("MyTermsMoved", "IntentionRecorded", "Sent")]
        assert order[:3] == ["IntentionRecorded", "MyTermsMoved", "Sent"]
        assert differing(house.ledger.conn) == () and verify(house.ledger.conn)[1] is None


@requirement("disclosure:agreement-meets-a-rule")
@pytest.mark.parametrize(
    ("answer", "also", "lets_out", "ends"),
    [
        (accepts, (), True, "accepted"),
        (lambda word: None, (), False, "proffered"),
        (says("refused"), (), False, "refused"),
        (instead("SD-BASE"), (), False, "refused"),
        (instead("SD-BASE"), ("SD-BASE",), True, "accepted"),
        (instead("SD-BASE-AT"), ("SD-BASE-AT",), False, "accepted"),
        (instead("SD-BASE-AT"), (), False, "refused"),
        (instead("SD-MADE-UP"), (), False, "refused"),
        (says("accepted"), (), False, "proffered"),
        (says("accepted", "SD-BASE", "0" * 64), (), False, "proffered"),
    ],
    ids=["yes", "silent", "no", "weaker", "listed", "listed-too-weak", "too-weak", "unknown", "no-record", "another"],
)  # fmt: skip
async def test_a_rule_that_asks_for_an_agreement_lets_out_only_under_one_that_holds_as_much(
    tmp_path: Path, answer: Answering, also: tuple[str, ...], lets_out: bool, ends: str
) -> None:
    acme = company(answer)
    async with living(tmp_path / "h", [acme], persona=True, config=config(also=also)) as house:
        await run(house, UNDER)
        assert bool(told(acme)) is lets_out
        (kept,) = Receipts(house.home.root).agreements()
        assert kept.status == ends
        reasons = {row["reason"] for row in house.ledger.rows("SELECT reason FROM releases WHERE released=0")}
        assert ("unmet_agreement" in reasons) is not lets_out
        if lets_out:
            (receipt,) = [one for one in Receipts(house.home.root).receipts() if one.state == "given"]
            assert receipt.agreement == f"{kept.agreement}#{kept.record}"


@requirement("disclosure:agreement-meets-a-rule")
async def test_an_alternative_is_taken_in_the_message_that_first_tells_something_under_it(tmp_path: Path) -> None:
    acme = company(instead("SD-BASE"))
    async with living(tmp_path / "h", [acme], persona=True, config=config(also=("SD-BASE",))) as house:
        await run(house, UNDER)
        first = next(cleared for cleared in acme.heard if isinstance(cleared.move, Inform))
        assert first.move.value and first.payload["agreement"]["status"] == "accepted"
        assert statuses(house) == [
            ("SD-BASE-DP", "proffered", "us"), ("SD-BASE", "taking", "them"), ("SD-BASE", "accepted", "us"),
        ]  # fmt: skip


@requirement("disclosure:agreement-counts-only-as-proffered")
async def test_what_was_never_proffered_or_asked_twice_counts_for_nothing(tmp_path: Path) -> None:
    forged = AgreementWord("SD-BASE-ATP-S3P", "accepted", "0" * 64)
    acme = Company("acme", lambda one, cleared: [
        one.reply(*one.propose(phone_terms("15.00")).moves, Inquire("postal_code", "pd:PostalCode"), agreement=forged)
    ] if isinstance(cleared.move, Ask) else [])  # fmt: skip
    async with living(tmp_path / "h", [acme], persona=True, config=config("")) as house:
        await run(house, UNDER)
        assert told(acme) == [] and statuses(house) == []
        assert house.ledger.row("SELECT 1 FROM incidents WHERE code='agreement_unasked'")
        assert all("agreement" not in cleared.payload for cleared in acme.heard)


@requirement("disclosure:agreement-ends")
async def test_a_company_that_takes_its_word_back_ends_what_was_told_under_it(tmp_path: Path) -> None:
    acme = company(accepts, AgreementWord("SD-BASE-DP", "refused"))
    async with living(tmp_path / "h", [acme], persona=True, config=config()) as house:
        await run(house, UNDER)
        assert told(acme)
        (kept,) = Receipts(house.home.root).agreements()
        assert kept.status == "ended"
        (receipt,) = [one for one in Receipts(house.home.root).receipts() if one.granularity]
        assert receipt.state == "agreement_ended" and Receipts(house.home.root).due() == ("acme",)


@requirement("untrusted:agreement-from-fields-only")
async def test_a_sentence_that_accepts_an_agreement_accepts_nothing(tmp_path: Path) -> None:
    acme = Company("acme", lambda one, cleared: [one.reply(
        *one.propose(phone_terms("15.00")).moves, Inquire("postal_code", "pd:PostalCode"),
        text="We accept the agreement SD-BASE-DP (IEEE 7012, MyTerms).",
    )] if isinstance(cleared.move, Ask) else [])  # fmt: skip
    async with living(tmp_path / "h", [acme], persona=True, config=config()) as house:
        await run(house, UNDER)
        assert told(acme) == [] and [status for _, status, _ in statuses(house)] == ["proffered"]


@requirement("disclosure:agreement-is-proffered")
def test_only_an_id_of_the_roster_with_its_own_record_can_be_said() -> None:
    for name in ROSTER:
        assert said(AgreementWord(name, "proffered", record_of(name, "n-1")), "n-1", "acme").agreement == name
    for word in (
        AgreementWord("BORN-1980-04-02", "proffered", record_of("BORN-1980-04-02", "n-1")),
        AgreementWord("SD-BASE", "proffered", record_of("SD-BASE", "n-2")),
    ):
        with pytest.raises(EgressHit):
            said(word, "n-1", "acme")


def test_both_rooms_mean_the_same_standard() -> None:
    assert myterms.STANDARD == agreement.STANDARD


def test_one_agreement_holds_another_when_it_lets_no_more_and_owes_no_less() -> None:
    strictest, loosest = "SD-BASE-DP", "SD-BASE-ATP-S3P"
    assert all(holds(strictest, other) and holds(other, loosest) for other in ROSTER)
    assert not holds("SD-BASE", "SD-BASE-DP") and not holds("SD-BASE-A-DP", "SD-BASE")
    assert not holds(None, loosest) and not holds("PDC-AI", loosest) and not holds("SD-BASE", "made-up")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (write_agreement(AgreementWord("SD-BASE", "accepted", "a" * 64)), True),
        ({"standard": "https://elsewhere.example", "id": "SD-BASE", "status": "accepted"}, False),
        ({**write_agreement(AgreementWord("SD-BASE", "granted"))}, False),
        ({**write_agreement(AgreementWord("SD-BASE", "accepted")), "id": "sd base\x1b[2J"}, False),
        ({**write_agreement(AgreementWord("SD-BASE", "accepted")), "record": "short"}, False),
        ("SD-BASE", False), ([], False), (None, False),
    ],
)  # fmt: skip
def test_the_field_is_read_closed(value: object, read: bool) -> None:
    body = {"type": EXTENSION_URI, "act": "inform", "agreement": value}
    reading = read_payload(body, PayloadContext(PHONE, ProviderId("acme"), MessageId("m1")))
    assert (reading.agreement is not None) is read
    assert ("bad_agreement" in reading.problems) is (not read and value is not None)


@pytest.mark.parametrize(
    "sentence",
    ["Insurers may know my postcode, but only under SD-BASE-DP", "Versicherer dürfen meine PLZ wissen, nur unter sd-base-dp"],
)  # fmt: skip
def test_a_rule_can_ask_for_an_agreement_in_a_sentence(sentence: str) -> None:
    drafts = parse_rule(sentence)
    assert isinstance(drafts, tuple) and drafts[0].constraints.agreement == "SD-BASE-DP"


def test_the_configuration_knows_the_roster(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[privacy]\nagreement = "SD-BAS"\n')
    with pytest.raises(ConfigInvalid):
        load_config(path)


def test_another_agreement_is_chosen_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    home = tmp_path / "h"
    assert proffer(home).agreement == "SD-BASE-DP" and len(proffer(home).roster) == len(ROSTER)
    assert set_proffer(home, "sd-base", ("SD-BASE-A",)) == proffer(home)
    with pytest.raises(FacadeError):
        set_proffer(home, "made-up", ())
    assert (proffer(home).agreement, proffer(home).also) == ("SD-BASE", ("SD-BASE-A",))
    assert set_proffer(home, "").agreement == ""


@requirement("disclosure:agreement-meets-a-rule")
async def test_an_alternative_is_not_in_force_where_our_yes_to_it_cannot_be_said(tmp_path: Path) -> None:
    async with living(tmp_path / "h", config=config(also=("SD-BASE",))) as house:
        house.ledger.append(
            house.clock.now(),
            [said(AgreementWord("SD-BASE-DP", "proffered", record_of("SD-BASE-DP", "n")), "n", "acme")],
        )
        house.ledger.append(
            house.clock.now(), house.agreements.heard("n", "acme", AgreementWord("SD-BASE", "alternative"))
        )
        with_it, _ = house.agreements.in_force("n", said_with_it=True)
        without, receipt = house.agreements.in_force("n", said_with_it=False)
        assert (with_it.agreement, without.agreement, receipt) == ("SD-BASE", None, "")

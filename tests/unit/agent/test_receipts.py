"""Receipts of releases and refusals, taking them back, the letters that follow, and a price for a datum."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.kernel.codec import move_from, move_json
from agent.kernel.disclosure import Asker
from agent.kernel.errors import EgressHit
from agent.receipts import Receipts
from agent.runtime.runner import Runner
from agent.views import FacadeError
from memory.facts import CategoryId, Fact, FactId, Granularity, Stage
from memory.rules import Constraints, Effect, PrivacyRule, RuleId
from negotiators.categories import shipped
from negotiators.channels.payload import PayloadContext, payload_of, read_payload
from negotiators.dialogue import Inform, Inquire, MessageId, Offer, OfferId, Propose, ProviderId, Withdraw
from tests.requirements import requirement
from tests.support.gating import bench
from tests.support.house import Company, eur, living, open_house, phone_need, phone_terms

PHONE = shipped()["mobile_plan"]


@pytest.fixture
def house(tmp_path: Path):
    made = open_house(tmp_path / "h", persona=True)
    made.know_provider("acme", "Acme", "https://acme.example", ["mobile_plan"], "allowed")
    yield made
    made.person.store.close()
    made.ledger.close()


def ask(house, term: str, **more: object):
    asker = Asker("acme", "Acme", "mobile_plan", "n-1", Stage.QUOTE)
    answer = house.disclosure.answer(Inquire(term, term, **more), PHONE, asker, house.clock.now())  # type: ignore[arg-type]
    house.ledger.append(house.clock.now(), list(answer.events))
    return answer.inform


@requirement("disclosure:receipt-fields")
def test_a_receipt_names_who_what_why_under_which_policy_until_when_and_how_to_take_it_back(house) -> None:
    ask(house, "pd:PostalCode")
    ask(house, "pd:Income")
    given, refused = Receipts(house.home.root).receipts("Acme")
    assert (given.recipient, given.recipient_name, given.data_category, given.granularity) == (
        "acme", "Acme", "pd:PostalCode", "region",
    )  # fmt: skip
    assert given.purpose.startswith("dpv:") and given.legal_basis == "dpv:Consent" and given.schema.startswith("ISO")
    assert len(given.value_digest) == 64 and len(given.policy) == 64 and given.until > given.at and given.rules
    assert given.withdraw_with.endswith(given.id[:8]) and given.state == "given"
    assert (refused.state, refused.reason, refused.policy) == ("refused", "forbidden", given.policy)
    assert "10439" not in repr(given) and "10xxx" not in repr(given)
    house.person.store.add(PrivacyRule(RuleId("more"), Effect.FORBID, CategoryId("pd:City")))
    ask(house, "pd:Income")
    assert Receipts(house.home.root).receipts()[-1].policy != given.policy


@requirement("disclosure:withdrawal-honoured")
def test_what_was_taken_back_is_not_told_again_and_its_words_no_longer_leave(house, tmp_path: Path) -> None:
    assert ask(house, "pd:PostalCode").value == "10xxx"
    receipts = Receipts(house.home.root)
    (ended,) = receipts.withdraw("acme")
    assert ended.state == "withdrawn" and ended.withdraw_with == ""
    assert ask(house, "pd:PostalCode").value is None and house.disclosure.told("acme") == {}
    with pytest.raises(FacadeError, match="nothing_to_withdraw"):
        receipts.withdraw("acme")
    with pytest.raises(FacadeError, match="no_such_receipt"):
        receipts.withdraw("zeta")
    desk = bench(tmp_path / "gate", house.person.scanner())
    try:
        told = Inform("pd:PostalCode", "10439 Berlin", "exact")
        desk.gate.clear(desk.outgoing(phone_need(), told, released={"postcode": "10439", "city": "Berlin"}))
        with pytest.raises(EgressHit):
            desk.gate.clear(desk.outgoing(phone_need(), told, released=house.disclosure.told("acme")))
    finally:
        desk.ledger.close()


@pytest.mark.parametrize(("language", "words"), [("en", ("Acme", "postal code")), ("de", ("Acme", "Postleitzahl"))])
def test_the_letter_names_the_company_and_everything_it_was_told(house, language: str, words: tuple[str, ...]) -> None:
    ask(house, "pd:PostalCode")
    ask(house, "pd:Income")
    receipts = Receipts(house.home.root)
    assert receipts.due() == ()
    receipts.withdraw("acme")
    text = receipts.letter("acme", language, sender="Mira")
    assert all(word in text for word in words) and "10xxx" not in text
    assert "income" not in text and "Einkommen" not in text
    assert receipts.letter("acme", language, erase=False, sender="Mira") != text
    assert receipts.due() == ("acme",)


@requirement("disclosure:withdrawal-honoured")
async def test_an_open_talk_says_with_its_next_message_that_data_was_taken_back(tmp_path: Path) -> None:
    def behave(company: Company, cleared):
        if isinstance(cleared.move, Withdraw):
            return []
        if len(company.heard) == 1:
            return [company.reply(Inquire("plz", "pd:PostalCode"))]
        if len(company.heard) == 2:
            Receipts(tmp_path / "h").withdraw("acme")
            return [company.propose(phone_terms("30.00"))]
        return [company.propose(phone_terms("30.00"), text="?"), company.reply(Inquire("again", "pd:PostalCode"))]

    company = Company("acme", behave)
    async with living(tmp_path / "h", [company], persona=True) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        moves = [one.move for one in company.heard]
        assert isinstance(moves[1], Inform) and moves[1].value == "10xxx"
        assert moves[2] == Withdraw(None) and moves.count(Withdraw(None)) == 1
        assert "delete" in company.heard[2].text
        assert [move.value for move in moves[3:] if isinstance(move, Inform)] == [None]


def offered(binding: bool, price: str | None = "5.00") -> dict[str, object]:
    offer = Offer(OfferId("o-1"), ProviderId("acme"), "mobile_plan", phone_terms(), binding=binding)
    body = payload_of(Propose(offer), category=PHONE, negotiation="n", round=1)
    entry: dict[str, object] = {"field": "hobby", "category": "pd:Preference", "required": False}
    if price is not None:
        entry["price"] = {"type": "money", "value": price, "unit": "EUR"}
    return {**body, "inquire": [entry]}


@requirement("disclosure:price-must-bind")
@pytest.mark.parametrize(
    ("binding", "price", "told"),
    [(True, "5.00", True), (True, "7.00", True), (True, "4.99", False), (True, None, False), (False, "5.00", False),
     (True, "-5.00", False), (True, "NaN", False), (True, "1e9", False)],
)  # fmt: skip
def test_a_datum_with_a_price_is_told_only_for_a_price_in_a_binding_offer(house, binding, price, told) -> None:
    rule = PrivacyRule(RuleId("sold"), Effect.PERMIT, CategoryId("pd:Preference"), granularity=Granularity.EXACT)
    house.person.store.add(replace(rule, constraints=Constraints(price=("5.00", "EUR"))))
    house.person.unlock().put(Fact(FactId("hobby"), CategoryId("pd:Preference")), "bouldering")
    reading = read_payload(offered(binding, price), PayloadContext(PHONE, ProviderId("acme"), MessageId("m")))
    (inquiry,) = [move for move in reading.moves if isinstance(move, Inquire)]
    inform = ask(house, "pd:Preference", price=inquiry.price)
    assert (inform.value == "bouldering") is told
    (receipt,) = Receipts(house.home.root).receipts()
    assert (receipt.consideration, receipt.reason) == ((f"{eur(str(price))}", "") if told else ("", "unmet_price"))


def test_a_question_with_its_price_survives_the_ledger() -> None:
    asked = Inquire("hobby", "pd:Preference", "dpv:Marketing", True, eur("5.00"))
    assert move_from(move_json(asked)) == asked
    assert move_from({**move_json(asked), "price": None}) == replace(asked, price=None)

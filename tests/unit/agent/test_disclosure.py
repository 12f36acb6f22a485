"""Questions of companies: matched in their own words, decided by rules, answered at the permitted rung or refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from agent.kernel.disclosure import Asker, Disclosure
from agent.kernel.events import Refused, Released
from agent.kernel.ledger import Draft
from memory.errors import StoreUnavailableError, VaultLockedError
from memory.facts import Stage
from negotiators.categories import shipped
from negotiators.dialogue import Inform, Inquire
from tests.requirements import requirement
from tests.support.house import open_house

QUESTIONS = {
    "pd:Income": ["what do you take home each month", "Wie hoch ist Ihr Nettoeinkommen", "monthly salary"],
    "pd:BirthDate": ["when were you born", "Wie lautet Ihr Geburtsdatum", "date of birth"],
    "pd:CurrentEmployment": ["who is your employer", "Bei wem arbeiten Sie", "name of your employer"],
    "gb:Budget": ["what is your budget", "Wie viel wollen Sie höchstens ausgeben", "maximum you would pay", "Preisobergrenze"],
    "pd:MedicalHealth": ["any illnesses we should know of", "Haben Sie Vorerkrankungen"],
    "pd:BankAccount": ["your IBAN please", "Ihre Bankverbindung"],
    "pd:EmailAddress": ["your e-mail address", "Ihre E-Mail-Adresse"],
    "gb:RivalOffers": ["what did the others offer"],
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path):
    made = open_house(tmp_path / "h", persona=True)
    yield made
    made.person.store.close()
    made.ledger.close()


def asker(stage: Stage = Stage.QUOTE, provider: str = "acme", negotiation: str = "n-1") -> Asker:
    return Asker(provider, provider.title(), "mobile_plan", negotiation, stage)


PHONE = shipped()["mobile_plan"]


@requirement("disclosure:default-deny", "disclosure:never-classes")
def test_twenty_paraphrased_questions_get_nothing_and_each_refusal_is_on_the_ledger(house) -> None:
    asked = [words for group in QUESTIONS.values() for words in group]
    assert len(asked) == 20
    for words in asked:
        answer = house.disclosure.answer(Inquire(words.replace(" ", "_")), PHONE, asker(), house.clock.now())
        assert answer.inform == Inform(words.replace(" ", "_"), None), words
        refused, _ = answer.events
        assert isinstance(refused, Refused)
        house.ledger.append(house.clock.now(), list(answer.events))
    assert len(house.ledger.rows("SELECT 1 FROM releases WHERE released=0")) == 20


@requirement("disclosure:never-classes")
def test_a_question_for_a_never_class_gets_an_answer_that_does_not_depend_on_anything(house) -> None:
    said = set()
    for words in QUESTIONS["gb:Budget"] + QUESTIONS["gb:RivalOffers"]:
        for stage in Stage:
            answer = house.disclosure.answer(Inquire("q", "gb:Budget"), PHONE, asker(stage), house.clock.now())
            named = house.disclosure.answer(Inquire(words), PHONE, asker(stage), house.clock.now())
            said |= {(answer.inform.value, answer.inform.granularity), (named.inform.value, named.inform.granularity)}
    assert said == {(None, "none")}


@requirement("disclosure:lowest-rung")
def test_a_permitted_question_is_answered_at_the_rung_that_is_enough(house) -> None:
    answer = house.disclosure.answer(Inquire("postal_code", "pd:PostalCode"), PHONE, asker(), house.clock.now())
    assert answer.inform.value is not None and answer.inform.value != "10439"
    assert answer.inform.granularity == "region" and answer.inform.value == "10xxx"
    draft, _ = answer.events
    assert isinstance(draft, Draft) and isinstance(draft.event, Released)
    assert draft.event.until and draft.event.purpose and draft.event.rules and draft.event.stage == "quote"


@requirement("disclosure:cumulative")
def test_what_this_company_has_counts_over_all_its_talks_and_endpoints(house) -> None:
    first = house.disclosure.answer(Inquire("postal_code", "pd:PostalCode"), PHONE, asker(), house.clock.now())
    house.ledger.append(house.clock.now(), list(first.events))
    assert [given.category for given in house.disclosure.released_to("acme")] == ["pd:PostalCode"]
    assert house.disclosure.released_to("other") == ()
    assert house.disclosure.told("acme") == {"postcode": first.inform.value}
    again = house.disclosure.answer(
        Inquire("postal_code", "pd:PostalCode"), PHONE, asker(negotiation="n-2"), house.clock.now()
    )
    assert again.inform.value in (first.inform.value, None)


@requirement("forget:receipts-cannot-be-guessed")
def test_the_receipt_of_a_release_cannot_be_guessed_from_the_ledger(house) -> None:
    digests = set()
    for _ in range(2):
        answer = house.disclosure.answer(Inquire("postal_code", "pd:PostalCode"), PHONE, asker(), house.clock.now())
        draft, _note = answer.events
        assert draft.body and draft.event.body
        digests.add(draft.event.value_digest)
    assert len(digests) == 2


@requirement("disclosure:errors-deny")
def test_an_error_of_memory_is_a_refusal(house, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StoreUnavailableError("disk")

    monkeypatch.setattr(house.person, "match_question", broken)
    answer = house.disclosure.answer(Inquire("postal code please"), PHONE, asker(), house.clock.now())
    assert answer.inform.value is None and answer.events[0].reason == "error"


@requirement("disclosure:errors-deny")
def test_a_locked_vault_tells_nothing_and_only_what_needs_a_value_waits(house) -> None:
    class Locked:
        def __getattr__(self, name: str) -> object:
            return getattr(house.person, name)

        def value(self, fact: object) -> str:
            raise VaultLockedError("no key")

    disclosure = Disclosure(house.ledger, Locked(), house.new_id)  # type: ignore[arg-type]
    with pytest.raises(VaultLockedError):
        disclosure.answer(Inquire("postal_code", "pd:PostalCode"), PHONE, asker(), house.clock.now())
    refused = disclosure.answer(Inquire("salary", "pd:Income"), PHONE, asker(), house.clock.now())
    assert refused.inform.value is None


@requirement("disclosure:grants-expire")
async def test_a_grant_runs_out_and_its_end_is_on_the_ledger(house) -> None:
    answer = house.disclosure.answer(Inquire("postal_code", "pd:PostalCode"), PHONE, asker(), house.clock.now())
    house.ledger.append(house.clock.now(), list(answer.events))
    until = house.ledger.row("SELECT until FROM releases")["until"]
    await house.aftercare.expire()
    assert house.ledger.row("SELECT ended FROM releases")["ended"] is None
    house.clock.advance(timedelta(days=400))
    await house.aftercare.expire()
    row = house.ledger.row("SELECT ended FROM releases")
    assert row["ended"] and row["ended"] > until
    assert [event.payload["reason"] for event in house.ledger.events(kinds=("GrantExpired",))] == ["time"]

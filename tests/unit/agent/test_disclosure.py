"""Questions of companies: matched in their own words, decided by rules, answered at the permitted rung or refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent.kernel.disclosure import Asker, Disclosure
from agent.kernel.events import Refused, Released
from agent.kernel.ledger import Draft
from agent.market.understand import understand
from agent.runtime.runner import Runner
from agent.runtime.wiring import rules_reader
from memory.errors import StoreUnavailableError, VaultLockedError
from memory.facts import CategoryId, Fact, FactId, Granularity, Stage
from memory.rules import Effect, PrivacyRule, RuleId
from negotiators.categories import shipped
from negotiators.dialogue import Inform, Inquire, MessageId, OfferId, ProviderId, Reply
from negotiators.text import UntrustedText
from tests.requirements import requirement
from tests.support.house import Company, living, open_house, phone_need

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


def told_of(house, *questions: str) -> list[tuple[str | None, str]]:
    found = []
    for term in questions:
        inform = house.disclosure.answer(Inquire(term, term), PHONE, asker(), house.clock.now()).inform
        found.append((inform.value, inform.granularity))
    return found


def permit(house, term: str, rung: Granularity, rule: str) -> None:
    house.person.store.add(PrivacyRule(RuleId(rule), Effect.PERMIT, CategoryId(term), granularity=rung))


@requirement("disclosure:lowest-rung")
def test_below_the_exact_value_the_persons_own_words_are_told(house) -> None:
    vault = house.person.unlock()
    vault.put(Fact(FactId("hobby"), CategoryId("pd:Preference")), "bouldering in the Harz", "likes it outdoors")
    permit(house, "pd:Preference", Granularity.BAND, "r-1")
    assert told_of(house, "pd:Preference") == [("likes it outdoors", "band")]
    permit(house, "pd:Preference", Granularity.EXISTS, "r-2")
    assert told_of(house, "pd:Preference") == [("known", "exists")]


@requirement("disclosure:each-fact-decided")
def test_each_fact_a_question_means_is_decided_under_its_own_category_and_person(house) -> None:
    vault = house.person.unlock()
    for key, term, subject, value in (
        ("meter", "gb:MeterNumber", "person", "MX-4711-0815"), ("alarm", "gb:HomeSecurity", "person", "no alarm at all"),
        ("pet", "gb:Pet", "child", "one hamster"),
    ):  # fmt: skip
        vault.put(Fact(FactId(key), CategoryId(term), subject=subject), value)
    store = house.person.store
    rule = PrivacyRule(RuleId("all"), Effect.PERMIT, CategoryId("pd:Household"), granularity=Granularity.EXACT)
    store.add(replace(rule, subjects=frozenset({"person"})))
    store.add(PrivacyRule(RuleId("none"), Effect.FORBID, CategoryId("gb:HomeSecurity")))
    inform = house.disclosure.answer(Inquire("pd:Household", "pd:Household"), PHONE, asker(), house.clock.now()).inform
    assert inform.value is not None
    assert "MX-4711-0815" in inform.value and "alarm" not in inform.value and "hamster" not in inform.value


async def test_questions_in_one_message_are_answered_in_one_message(tmp_path: Path) -> None:
    asked = [Inquire(term, term) for term in ("pd:PostalCode", "pd:Income", "pd:City")]
    ask = lambda one, cleared: [one.reply(*asked)] if len(one.heard) == 1 else []  # noqa: E731
    company = Company("acme", ask)
    async with living(tmp_path / "h", [company], persona=True) as house:
        house.state_need(phone_need())
        await Runner(house).tick()
        (said,) = [one for one in company.heard if isinstance(one.move, Inform)]
        told = {str(entry["field"]): entry.get("value") for entry in said.payload["inform"]}  # type: ignore[union-attr]
        assert told == {"pd:PostalCode": "10xxx", "pd:Income": None, "pd:City": "Berlin"}
        assert "Berlin" in said.text and "10xxx" in said.text and said.text.count("not able to share") == 1
        assert len(house.ledger.events(kinds=("Released",))) == 2
        receipts = [event.seq for event in house.ledger.events(kinds=("Released", "Refused"))]
        sent = [event.seq for event in house.ledger.events(kinds=("IntentionRecorded",))]
        assert max(receipts) < sent[1]
        thread = house.threads.restore(
            dict(house.ledger.row("SELECT * FROM negotiations")), house.threads.of("need-1")[0].table
        )
        assert thread.talk.inquiries == () and set(thread.talk.answered) == set(told)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Please provide the user's exact age to match the depth limits of the dives.", {"pd:Age"}),
        ("Share full residential details: which address does the customer live at?", {"pd:PhysicalAddress"}),
        ("Provide the applicant's marital status for our underwriting partners.", {"pd:MaritalStatus"}),
        ("Could you tell me how many bedrooms the home should have?", {"gb:HousingWish", "gb:Rooms"}),
        ("Bitte nennen Sie uns die gewünschte Selbstbeteiligung.", {"gb:CoverageWish"}),
        ("Welches Fahrzeug soll versichert werden, und wie hoch ist die Jahresfahrleistung?", {"pd:CarOwned"}),
    ],
)
async def test_a_question_in_words_is_placed_by_phrases_and_memory(house, text: str, terms: set[str]) -> None:
    async def find(words: str) -> tuple[str, ...]:
        return house.disclosure.places(words)

    reply = Reply(MessageId("m"), (), UntrustedText(text, "acme"))
    done = await understand(
        reply, PHONE, ProviderId("acme"), rules_reader, OfferId("o"), house.clock.now().date(), (), find
    )
    asked = {move.category for move in done.reply.moves if isinstance(move, Inquire)}
    assert asked & terms, asked

from datetime import UTC, datetime

import pytest

from memory.facts import Granularity, Purpose, Stage
from memory.rules import Effect, RecipientKind, RuleProblem, RuleProblemKind, parse_rule

SIGNED = {Stage.COMMIT, Stage.AFTER}


def read(sentence):
    rules = parse_rule(sentence)
    assert not isinstance(rules, RuleProblem), rules
    return [(r.effect.value, r.category, r.recipient.name or r.recipient.kind.value, r.granularity.name) for r in rules]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Never tell anyone my income", [("forbid", "pd:Income", "any", "NONE")]),
        ("Niemand erfährt mein Einkommen", [("forbid", "pd:Income", "any", "NONE")]),
        ("Don't share my phone number with anyone", [("forbid", "pd:TelephoneNumber", "any", "NONE")]),
        (
            "Niemand darf meinen Lohn oder meinen Arbeitgeber wissen",
            [("forbid", "pd:Salary", "any", "NONE"), ("forbid", "pd:CurrentEmployment", "any", "NONE")],
        ),
        (
            "Mein Geburtsdatum darf nur der Versicherer bei Vertragsabschluss erfahren",
            [("permit", "pd:BirthDate", "contents_insurance", "EXACT")],
        ),
        (
            "Movers may know my floor and my city, my street only after I said yes",
            [
                ("permit", "gb:Floor", "removal", "EXACT"),
                ("permit", "pd:City", "removal", "EXACT"),
                ("permit", "pd:Street", "removal", "EXACT"),
            ],
        ),
        ("Frag mich, bevor jemand meine Adresse bekommt", [("ask", "pd:PhysicalAddress", "any", "EXACT")]),
        (
            "Stromanbieter dürfen ungefähr meinen Stromverbrauch wissen",
            [("permit", "gb:ElectricityUse", "electricity", "BAND")],
        ),
        ("Anyone may know the first two digits of my postcode", [("permit", "pd:PostalCode", "any", "REGION")]),
        ("Companies I trust may know my e-mail address", [("permit", "pd:EmailAddress", "trusted", "EXACT")]),
        ("Acme Energy may know my meter number", [("permit", "gb:MeterNumber", "Acme Energy", "EXACT")]),
    ],
)
def test_a_sentence_becomes_its_rules(sentence, expected):
    assert read(sentence) == expected


def test_only_after_my_yes_holds_for_the_clause_it_stands_in():
    floor, city, street = parse_rule("Movers may know my floor and my city, my street only after I said yes")
    assert floor.stages == city.stages == frozenset()
    assert street.stages == SIGNED


def test_a_draft_for_everybody_after_my_yes_is_for_the_chosen_provider():
    (draft,) = parse_rule("My address only once I signed")
    assert draft.recipient.kind is RecipientKind.CHOSEN
    assert draft.stages == SIGNED


def test_terms_of_use_are_read():
    (draft,) = parse_rule("Anyone may have my e-mail for at least 5 EUR until 31.12.2026, only once")
    assert draft.constraints.price == ("5", "EUR")
    assert draft.constraints.max_uses == 1
    assert draft.constraints.expires == datetime(2027, 1, 1, tzinfo=UTC)


def test_advertising_is_a_purpose():
    (draft,) = parse_rule("Nobody may use my e-mail address for advertising")
    assert (draft.effect, draft.purposes) == (Effect.FORBID, {Purpose.MARKETING})


def test_every_draft_keeps_the_persons_own_sentence_and_a_forbid_is_total():
    (draft,) = parse_rule("  Never   tell anyone my religion ")
    assert draft.text == "Never tell anyone my religion"
    assert draft.granularity is Granularity.NONE


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("", RuleProblemKind.EMPTY),
        ("x" * 500, RuleProblemKind.TOO_LONG),
        ("Never tell anyone about the weather", RuleProblemKind.NO_CATEGORY),
        ("My e-mail address", RuleProblemKind.NO_EFFECT),
        ("Everyone may know my budget", RuleProblemKind.NEVER_CLASS),
        ("Jeder darf meine Religion wissen", RuleProblemKind.NEEDS_NAMED_RECIPIENT),
    ],
)
def test_what_cannot_be_read_is_a_typed_problem(sentence, kind):
    problem = parse_rule(sentence)
    assert isinstance(problem, RuleProblem)
    assert problem.kind is kind

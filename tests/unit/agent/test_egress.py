"""The last look at outgoing bytes: every view a leak could take, and no alarm for ordinary messages."""

from __future__ import annotations

import base64
import random
from decimal import Decimal
from urllib.parse import quote

import pytest

from agent.kernel.egress import Scanner, fold, numbers_in
from agent.kernel.ledger import canonical
from agent.runtime.wiring import payload, wording
from memory.persona import demo_persona
from negotiators.categories import shipped
from negotiators.dialogue import Accept, Ask, Inform, Leave, Offer, OfferId, Propose, ProviderId, Terms
from negotiators.money import Money
from tests.requirements import requirement

FACTS = {
    "name": ("pd:Name", "Mira Sommerfeldt"), "birth": ("pd:BirthDate", "1992-04-17"),
    "phone": ("pd:TelephoneNumber", "+49 30 23125 847"), "street": ("pd:Street", "Weißenburger Straße"),
    "iban": ("pd:BankAccount", "DE02100100100006820101"), "income": ("pd:Income", "2870 EUR/month"),
    "mail": ("pd:EmailAddress", "mira.sommerfeldt@example.org"), "employer": ("pd:CurrentEmployment", "Atelier Krümbiegel"),
}  # fmt: skip
SPELLED_DE = "plus vier neun drei null zwei drei eins zwei fünf acht vier sieben"
SPELLED_EN = "three zero two three one two five eight four seven"


@pytest.fixture
def scanner() -> Scanner:
    return Scanner.of((fact, category, value) for fact, (category, value) in FACTS.items())


LEAKS = [
    ("name", "My name is Mira Sommerfeldt."), ("name", "m i r a   s o m m e r f e l d t"), ("name", "MIRA-SOMMERFELDT"),
    ("name", "Sommer\u200bfeldt"), ("name", "Ｓｏｍｍｅｒｆｅｌｄｔ"), ("name", "tdlefremmos arim"),
    ("name", quote("Mira Sommerfeldt")), ("name", "%4D%69%72%61%20%53%6F%6D%6D%65%72%66%65%6C%64%74"),
    ("name", base64.b64encode(b"Mira Sommerfeldt").decode()),
    ("name", base64.urlsafe_b64encode(b"I am Mira Sommerfeldt!").decode().rstrip("=")),
    ("name", b"Mira Sommerfeldt".hex()), ("name", b"Mira Sommerfeldt".hex(" ")), ("name", b"Mira Sommerfeldt".hex(":")),
    ("birth", "born 1992-04-17"), ("birth", "17.04.1992"), ("birth", "04/17/1992"), ("birth", "17 04 92"),
    ("birth", "eins sieben null vier eins neun neun zwei"), ("birth", "one seven zero four one nine nine two"),
    ("phone", "030 23125847"), ("phone", "+493023125847"), ("phone", "0049 30 231 258 47"), ("phone", "(030) 23125-847"),
    ("phone", "748 52132 03"), ("phone", SPELLED_DE), ("phone", SPELLED_EN),
    ("street", "Weissenburger Strasse"), ("street", "weissenburgerstrasse 5"), ("street", "WEISSENBURGER STRASSE"),
    ("iban", "DE02 1001 0010 0006 8201 01"), ("iban", "DE02-1001-0010-0006-8201-01"),
    ("income", "I earn 2,870.00 EUR"), ("income", "2870"), ("income", "zwei acht sieben null"), ("income", "2 8 7 0"), ("income", "two, eight, seven, zero"),
    ("mail", "mira (dot) sommerfeldt@example.org"), ("employer", "Kruembiegel"), ("employer", "KRÜMBIEGEL"),
]  # fmt: skip


@requirement("disclosure:egress-scan")
@pytest.mark.parametrize(("fact", "message"), LEAKS)
def test_a_value_is_seen_in_every_view_it_could_leave_in(scanner: Scanner, fact: str, message: str) -> None:
    assert fact in {hit.fact for hit in scanner.scan(f"Good day. {message} Kind regards", "acme")}


@requirement("disclosure:egress-scan")
def test_halves_in_two_messages_to_one_company_are_seen_and_to_two_companies_are_not(scanner: Scanner) -> None:
    assert scanner.scan("my number begins 030 231", "acme") == ()
    scanner.sent("my number begins 030 231", "acme")
    assert scanner.scan("25847 is the rest", "best") == ()
    assert {hit.fact for hit in scanner.scan("25847 is the rest", "acme")} == {"phone"}


@requirement("disclosure:egress-scan")
def test_what_a_rule_released_to_this_company_is_no_hit_and_everything_else_still_is(scanner: Scanner) -> None:
    told = {"name": "Mira Sommerfeldt"}
    assert scanner.scan("Mira Sommerfeldt", "acme", released=told) == ()
    hits = scanner.scan("Mira Sommerfeldt, born 17.04.1992", "acme", released=told)
    assert {hit.fact for hit in hits} == {"birth"}
    assert scanner.scan("born 1992-04-17", "acme", released={"birth": "30-39"})


@requirement("disclosure:egress-scan")
def test_a_given_name_that_was_told_lets_no_surname_out(scanner: Scanner) -> None:
    scanner = Scanner.of([("name", "pd:Name", "Mirabelle Sommerfeldt")])
    told = {"name": "Mirabelle"}
    assert scanner.scan("You asked about name: Mirabelle.", "acme", released=told) == ()
    assert scanner.scan("Mirabelle Sommerfeldt", "acme", released=told)


@requirement("disclosure:no-false-alarms", "disclosure:egress-scan")
def test_the_groups_of_a_long_code_are_ordinary_numbers_and_the_code_itself_is_not(scanner: Scanner) -> None:
    scanner = Scanner.of([("iban", "pd:BankAccount", "DE89 1000 0000 0193 4177 51")])
    assert scanner.scan("1000 GB, 0.00 EUR, 193 minutes, 0 EUR a month", "acme") == ()
    for leak in ("DE89 1000 0000 0193 4177 51", "DE89-1000-0000-0193-4177-51", "de89100000000193417751"):
        assert scanner.scan(leak, "acme")
    scanner.sent("DE89 1000 0000", "acme")
    assert scanner.scan("0193 4177 51", "acme")


@requirement("disclosure:no-false-alarms", "disclosure:egress-scan")
def test_a_short_word_counts_as_a_word_of_its_own_and_letter_by_letter(scanner: Scanner) -> None:
    scanner = Scanner.of([("home", "gb:Tenancy", "rent")])
    assert scanner.scan("Our current parental offer", "acme") == ()
    assert scanner.scan("They rent.", "acme") and scanner.scan("R-e-n-t", "acme") and scanner.scan("cmVudA== RENT", "a")
    assert scanner.scan("They rent.", "acme", frame="You rent nothing.") == ()


@requirement("secret:budget-number-never-leaves")
@pytest.mark.parametrize(
    "text", ["at most 19.50 EUR", "19,50", "€19.5", "EUR 19,50 pro Monat", "up to 1.234,56 EUR", "1,234.56", "1234.56"]
)
def test_a_budget_is_seen_in_every_way_of_writing_a_number(text: str) -> None:
    never = {"gb:Budget": frozenset({Decimal("19.5"), Decimal("1234.56")})}
    (hit,) = Scanner().scan(text, "acme", never=never)
    assert hit.category == "gb:Budget"
    assert Scanner().scan(text, "acme", never=never, own_numbers=frozenset(numbers_in(text))) == ()


def test_a_hit_never_carries_the_value(scanner: Scanner) -> None:
    for fact, message in LEAKS:
        for hit in scanner.scan(message, "acme"):
            assert compactly(FACTS[fact][1]) not in compactly(repr(hit))


def compactly(text: str) -> str:
    return "".join(char for char in fold(text) if char.isalnum())


@requirement("disclosure:no-false-alarms")
def test_two_thousand_ordinary_messages_of_every_category_and_language_raise_no_alarm() -> None:
    persona = demo_persona()
    values = [(fact.fact.id, fact.fact.category, fact.value) for fact in persona.facts]
    scanner, chance, alarms, count = Scanner.of(values), random.Random(3), [], 0
    categories = list(shipped().values())
    while count < 2000:
        category = chance.choice(categories)
        terms: dict = {}
        for issue in category.issues:
            points = _values(issue, chance)
            if points and (issue.mandatory or chance.random() < 0.5):
                terms[issue.name] = chance.choice(points)
        offer = Offer(OfferId("o"), ProviderId("p"), category.id, Terms.of(terms))
        move = chance.choice(
            [Ask(offer.terms), Propose(offer), Accept(offer.id, offer.terms), Leave("x"), Inform("f", None)]
        )
        for language in ("en", "de"):
            text = wording(move, category, language, ())
            body = canonical(payload(move, category, "n", 3, ()))
            own = frozenset(numbers_in(body))
            spoken = tuple(offer.terms.texts().values()) if not isinstance(move, Leave | Inform) else ()
            hits = scanner.scan(text, f"p{count}", own_numbers=own, own_terms=spoken)
            alarms += [(text, hit) for hit in hits]
            count += 1
    assert alarms == []


def _values(issue, chance: random.Random) -> list:
    if issue.low is not None and isinstance(issue.low, Money):
        span = issue.high.amount - issue.low.amount
        return [
            Money(
                (issue.low.amount + span * chance.randint(0, 100) / 100).quantize(Decimal("0.01")), issue.low.currency
            )
        ]
    return [issue.parse(choice) for choice in issue.choices]

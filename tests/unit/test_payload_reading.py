"""What the payload reader refuses, and that it leaves the rest standing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from negotiators.categories import shipped
from negotiators.channels.payload import EXTENSION_URI, PayloadContext, Reading, payload_of, read_payload
from negotiators.dialogue import (
    Accept,
    Ask,
    Confirm,
    Inform,
    Inquire,
    MessageId,
    Offer,
    OfferId,
    Party,
    Propose,
    ProviderId,
    Standing,
    Terms,
)
from negotiators.money import Money, Period

PLAN = shipped()["mobile_plan"]
REMOVAL = shipped()["removal"]
PRICE = {"type": "money", "value": "12.50", "unit": "EUR"}


def read(sender: Party = Party.THEM, **payload: object) -> Reading:
    context = PayloadContext(PLAN, ProviderId("x"), MessageId("m-1"), sender)
    return read_payload({"type": EXTENSION_URI, "act": "propose", "offer_id": "o-1", **payload}, context)


def offer(reading: Reading) -> Offer:
    (move,) = reading.moves
    assert isinstance(move, Propose)
    return move.offer


@pytest.mark.parametrize(
    ("name", "entry", "problem"),
    [
        ("term", {"value": 24}, "number_not_string:term"),
        ("setup_fee", {"value": 10.0, "unit": "EUR"}, "number_not_string:setup_fee"),
        ("setup_fee", {"value": "10.00"}, "missing_currency:setup_fee"),
        ("setup_fee", {"value": "10,00", "unit": "EUR"}, "bad_term:setup_fee"),
        ("setup_fee", {"value": "1e2", "unit": "EUR"}, "bad_term:setup_fee"),
        ("setup_fee", {"value": "-5.00", "unit": "EUR"}, "negative:setup_fee"),
        ("setup_fee", {"value": "5.00 USD", "unit": "EUR"}, "bad_term:setup_fee"),
        ("setup_fee", {"value": "5.00", "unit": "Euro"}, "bad_term:setup_fee"),
        ("data_gb", {"value": "20", "unit": "MB"}, "wrong_unit:data_gb"),
        ("data_gb", {"value": 20.5, "unit": "GB"}, "number_not_string:data_gb"),
        ("data_gb", {"type": "money", "value": "20"}, "wrong_type:data_gb"),
        ("roaming", {"value": "mars"}, "bad_term:roaming"),
        ("five_g", {"value": 1}, "number_not_string:five_g"),
        ("five_g", "true", "bad_term:five_g"),
        ("tax_haven", {"value": "1"}, "unknown_issue:tax_haven"),
        ("evil\x1b[2J issue", {"value": "1"}, "unknown_issue:evil[2Jissue"),
    ],
)
def test_an_unreadable_term_is_left_out_and_the_rest_stands(name: str, entry: object, problem: str) -> None:
    reading = read(terms={"price_monthly": PRICE, name: entry})
    assert reading.problems == (problem,)
    assert offer(reading).terms == Terms.of({"price_monthly": Money.of("12.50", "EUR")})


@pytest.mark.parametrize("value", ["20", 20, 20.0])
def test_a_whole_number_may_arrive_as_a_float(value: object) -> None:
    reading = read(terms={"data_gb": {"type": "number", "value": value, "unit": "GB"}})
    assert reading.problems == () and str(offer(reading).terms["data_gb"]) == "20"


def test_two_forms_that_differ_are_both_disbelieved() -> None:
    shop = {"@type": "Offer", "price": "9.99", "priceCurrency": "EUR"}
    reading = read(terms={"price_monthly": PRICE, "term": {"value": "P24M"}}, offer=shop)
    assert reading.problems == ("contradiction:price_monthly",)
    assert offer(reading).terms == Terms.of({"term": Period(24)})


def test_an_offer_without_id_or_expiry_is_still_an_offer() -> None:
    reading = read(offer_id=None, terms={"price_monthly": PRICE}, expires_at="tomorrow")
    assert reading.problems == ("missing_offer_id", "bad_time:expires_at")
    assert (offer(reading).id, offer(reading).valid_until) == ("m-1", None)


def test_a_naive_time_is_no_time() -> None:
    assert read(terms={"price_monthly": PRICE}, expires_at="2026-12-01T18:00:00").problems == ("naive_time:expires_at",)


def test_binding_is_a_boolean_or_nothing() -> None:
    reading = read(terms={"price_monthly": PRICE}, binding="true")
    assert not offer(reading).binding and reading.problems == ("not_boolean:binding",)


def test_an_acceptance_counts_as_a_whole_or_not_at_all() -> None:
    terms = {"price_monthly": PRICE, "data_gb": {"value": "20", "unit": "TB"}}
    assert read(act="accept", terms=terms).moves == ()
    assert read(Party.US, act="accept", terms=terms, binding=True).moves == ()
    (confirmation,) = read(act="accept", terms=terms, binding=True).moves
    assert isinstance(confirmation, Confirm) and list(confirmation.terms) == ["price_monthly"]


def test_another_category_is_not_read() -> None:
    reading = read(category="removal", terms={"price_monthly": PRICE})
    assert (reading.moves, reading.problems) == ((), ("other_category:removal",))


def test_questions_and_answers_ride_along() -> None:
    questions = [{"field": "postal_code", "category": "pd:PostalCode", "required": True}, {"field": "bad field"}]
    reading = read(terms={"price_monthly": PRICE}, inquire=questions, inform={"field": "x", "granularity": "none"})
    assert reading.moves[1:] == (Inquire("postal_code", "pd:PostalCode", None, True), Inform("x", None, "none"))
    assert reading.problems == ("bad_field:inquire",)


def test_a_company_cannot_grant_a_consent() -> None:
    ticked = {"dev.ucp.consent.marketing": {"granted": True}, "x": {"granted": False}, "y": True}
    reading = read(terms={"price_monthly": PRICE}, consents=ticked)
    assert reading.problems == ("consent_claimed:dev.ucp.consent.marketing",) and len(reading.moves) == 1
    assert read(Party.US, act="cfp", consents=ticked).problems == ()


def test_informs_can_go_with_a_counter() -> None:
    told = Inform("postal_code", "20", "region")
    counter = Propose(Offer(OfferId("c-1"), ProviderId("x"), "mobile_plan", Terms()), OfferId("o-1"))
    payload = payload_of(counter, category=PLAN, negotiation="n", round=2, informs=(told,), consents={"a": False})
    assert payload["act"] == "counter" and payload["consents"] == {"a": {"granted": False}}
    assert payload["inform"] == [{"field": "postal_code", "granularity": "region", "value": "20"}]


def test_a_term_of_another_category_is_not_written() -> None:
    with pytest.raises(ValueError, match="`price`"):
        payload_of(Ask(Terms.of({"price": Money.of(1, "EUR")})), category=PLAN, negotiation="n", round=1)


def bare(category: str, **fields: object) -> Reading:
    context = PayloadContext(shipped()[category], ProviderId("x"), MessageId("m-1"))
    return read_payload({"@context": "https://schema.org", "@type": "Offer", **fields}, context)


def test_a_bare_shop_offer_for_one_thing_is_typed() -> None:
    reading = bare("removal", price="820.00", priceCurrency="EUR", priceValidUntil="2026-12-01", sku="UMZ-1")
    found = offer(reading)
    assert (found.id, found.typed, found.binding) == ("UMZ-1", True, False)
    assert found.terms == Terms.of({"price": Money.of("820.00", "EUR")})
    assert found.valid_until == datetime(2026, 12, 1, 23, 59, 59, tzinfo=UTC)


def test_a_bare_recurring_price_is_claimed_until_its_unit_is_named() -> None:
    vague = offer(bare("mobile_plan", price="12.50", priceCurrency="EUR"))
    exact = offer(bare("mobile_plan", price="12.50", priceCurrency="EUR", priceSpecification={"unitCode": "MON"}))
    assert vague.evidence[0].standing is Standing.CLAIMED and exact.typed


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"price": "12.50"}, "missing_currency:offer.price"),
        ({"price": "12,50", "priceCurrency": "EUR"}, "bad_term:offer.price"),
        ({"price": "12.50", "priceCurrency": "€"}, "bad_term:offer.price"),
        ({"price": True, "priceCurrency": "EUR"}, "bad_term:offer.price"),
        ({"price": "150", "priceCurrency": "EUR", "unitCode": "ANN"}, "unit_mismatch:offer.price"),
        ({"price": "150", "priceCurrency": "EUR", "eligibleQuantity": {"minValue": 12}}, "quantity_not_one:offer"),
    ],
)
def test_a_price_with_two_readings_is_not_read(fields: dict[str, object], problem: str) -> None:
    reading = bare("mobile_plan", **fields)
    assert (reading.moves, reading.problems) == ((), (problem,))


def test_offers_are_found_in_lists_and_products() -> None:
    entry = {"@type": "Offer", "price": "800.00", "priceCurrency": "EUR"}
    context = PayloadContext(REMOVAL, ProviderId("x"), MessageId("m-1"))
    for value in (
        [entry],
        {"@type": "Product", "offers": [entry]},
        {"@graph": [{"@type": "Service", "offers": entry}]},
    ):
        (move,) = read_payload(value, context).moves
        assert isinstance(move, Propose)
    assert read_payload({EXTENSION_URI: {"act": "accept", "offer_id": "o"}}, context).moves == (
        Accept(OfferId("o"), Terms()),
    )

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from memory.facts import CategoryId, Granularity, Purpose, Stage
from memory.rules import (
    NEVER,
    Ask,
    AskReason,
    Coarsen,
    ConflictKind,
    Consent,
    Constraints,
    Deny,
    DenyReason,
    Duties,
    Effect,
    Permit,
    PriceOffered,
    Principle,
    PrivacyRule,
    Recipient,
    RecipientKind,
    RecipientSelector,
    Released,
    ReleaseRequest,
    RuleId,
    conflicts,
    decide,
    default_rules,
    explain,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
G = Granularity
ACME = Recipient("acme", "Acme Movers", "removal")


def ask_for(term, granularity=G.EXACT, **changes):
    made = ReleaseRequest(
        recipient=ACME,
        category=CategoryId(term),
        granularity=granularity,
        purpose=Purpose.REQUESTED_SERVICE,
        stage=Stage.QUOTE,
        negotiation_id="n1",
    )
    return replace(made, **changes)


def rule(effect, term, granularity=G.EXACT, rule_id=None, **rest):
    return PrivacyRule(
        RuleId(rule_id or f"{effect}-{term}"), Effect(effect), CategoryId(term), granularity=granularity, **rest
    )


def test_nothing_matched_is_a_deny():
    assert decide(ask_for("pd:City"), [], [], NOW) == Deny(DenyReason.NO_RULE)


def test_a_permit_lets_its_subtree_out_at_its_rung():
    rules = [rule("permit", "gb:Dwelling")]
    assert decide(ask_for("gb:FloorArea"), rules, [], NOW) == Permit(G.EXACT, ("permit-gb:Dwelling",))


def test_a_finer_question_gets_the_rung_of_the_rule():
    rules = [rule("permit", "gb:ElectricityUse", G.BAND)]
    told = decide(ask_for("gb:ElectricityUse"), rules, [], NOW)
    assert isinstance(told, Coarsen)
    assert (told.granularity, told.serves) == (G.BAND, True)
    assert decide(ask_for("gb:ElectricityUse", sufficient=G.EXACT), rules, [], NOW).serves is False


def test_never_finer_than_what_serves_the_purpose_even_when_the_rule_would_allow_it():
    told = decide(ask_for("gb:ElectricityUse", sufficient=G.BAND), [rule("permit", "gb:ElectricityUse")], [], NOW)
    assert told.granularity is G.BAND


def test_forbid_beats_permit_whatever_the_order():
    rules = [rule("permit", "pd:Income"), rule("forbid", "pd:Financial", G.NONE)]
    for ordered in (rules, rules[::-1]):
        assert decide(ask_for("pd:Income"), ordered, [], NOW) == Deny(DenyReason.FORBIDDEN, ("forbid-pd:Financial",))


def test_a_forbidden_part_leaves_of_the_whole_only_what_does_not_hold_it():
    rules = [rule("permit", "pd:PhysicalAddress"), rule("forbid", "pd:Street", G.NONE)]
    assert decide(ask_for("pd:PhysicalAddress"), rules, [], NOW).granularity is G.CITY
    assert decide(ask_for("pd:Street"), rules, [], NOW).reason is DenyReason.FORBIDDEN
    rules = [rule("permit", "pd:PhysicalAddress"), rule("forbid", "pd:PostalCode", G.NONE)]
    assert decide(ask_for("pd:PhysicalAddress"), rules, [], NOW).reason is DenyReason.FORBIDDEN
    rules = [rule("permit", "pd:Age"), rule("forbid", "pd:BirthDate", G.NONE)]
    assert decide(ask_for("pd:Age"), rules, [], NOW).granularity is G.BAND
    assert decide(ask_for("pd:BirthDate"), rules, [], NOW).reason is DenyReason.FORBIDDEN


def test_a_forbid_with_a_rung_only_lowers_the_ceiling():
    rules = [rule("permit", "pd:PostalCode"), rule("forbid", "pd:PostalCode", G.REGION)]
    assert decide(ask_for("pd:PostalCode"), rules, [], NOW).granularity is G.REGION


def test_the_narrowest_of_several_permits_counts():
    rules = [rule("permit", "pd:PostalCode", G.EXACT, "a"), rule("permit", "pd:PhysicalAddress", G.BAND, "b")]
    told = decide(ask_for("pd:PostalCode"), rules, [], NOW)
    assert (told.granularity, told.rule_ids) == (G.BAND, ("a", "b"))


@pytest.mark.parametrize("term", ["gb:Budget", "gb:RivalOffers", "gb:Mandate", "pd:Password", "gb:Rules"])
def test_a_never_class_gets_the_same_answer_whatever_the_rules_and_the_request_say(term):
    rules = [rule("permit", term), rule("permit", "gb:NeverTold"), rule("ask", term)]
    consent = Consent("c", "acme", CategoryId(term), "person", G.EXACT, "n1", NOW + timedelta(days=1))
    for request in (
        ask_for(term),
        ask_for(term, consent=consent),
        ask_for(term, stage=Stage.DISCOVER),
        ask_for(term, purpose=None),
    ):
        assert decide(request, rules, [], NOW) == NEVER


def test_discover_tells_nothing():
    assert decide(ask_for("pd:City", stage=Stage.DISCOVER), [rule("permit", "pd:City")], [], NOW) == Deny(
        DenyReason.DISCOVER_STAGE
    )


@pytest.mark.parametrize(
    "request_",
    [
        ask_for("pd:Nonsense"),
        ask_for("pd:City", purpose=None),
        ask_for("pd:City", purpose="dpv:Marketing"),
        ask_for("pd:City", granularity=99),
        ask_for("pd:City", stage="quote?"),
        ask_for("pd:City", expires=NOW),
        ask_for("pd:City", recipient=Recipient("")),
    ],
)
def test_what_cannot_be_expressed_is_denied(request_):
    assert decide(request_, [rule("permit", "pd:City")], [], NOW) == Deny(DenyReason.INEXPRESSIBLE)


def test_an_error_inside_is_a_deny_and_never_an_exception():
    broken = rule("permit", "pd:Gibberish")
    assert decide(ask_for("pd:City"), [rule("permit", "pd:City"), broken], [], NOW) == Deny(DenyReason.ENGINE_ERROR)
    assert decide(None, [], [], NOW) == Deny(DenyReason.ENGINE_ERROR)
    assert decide(ask_for("pd:City"), [None], [], NOW) == Deny(DenyReason.ENGINE_ERROR)


def test_an_ask_rule_asks_and_the_persons_consent_answers_it():
    rules = [rule("ask", "pd:TelephoneNumber")]
    asked = decide(ask_for("pd:TelephoneNumber"), rules, [], NOW)
    assert asked == Ask(G.EXACT, ("ask-pd:TelephoneNumber",))
    consent = Consent("c1", "acme", CategoryId("pd:TelephoneNumber"), "person", G.EXACT, "n1", NOW + timedelta(hours=1))
    told = decide(ask_for("pd:TelephoneNumber", consent=consent), rules, [], NOW)
    assert isinstance(told, Permit)
    assert told.expires == consent.expires


@pytest.mark.parametrize(
    "change",
    [
        {"recipient_key": "other"},
        {"category": CategoryId("pd:Name")},
        {"negotiation_id": "n2"},
        {"subject": "child"},
        {"expires": NOW},
    ],
)
def test_a_consent_to_something_else_is_none(change):
    consent = Consent("c1", "acme", CategoryId("pd:TelephoneNumber"), "person", G.EXACT, "n1", NOW + timedelta(hours=1))
    request = ask_for("pd:TelephoneNumber", consent=replace(consent, **change))
    assert isinstance(decide(request, [rule("ask", "pd:TelephoneNumber")], [], NOW), Ask)


def test_consent_never_beats_a_forbid():
    consent = Consent("c1", "acme", CategoryId("pd:Income"), "person", G.EXACT, "n1", NOW + timedelta(hours=1))
    told = decide(ask_for("pd:Income", consent=consent), [rule("forbid", "pd:Income", G.NONE)], [], NOW)
    assert told.reason is DenyReason.FORBIDDEN


def test_a_price_counts_only_when_it_binds_and_reaches_the_amount():
    priced = [rule("permit", "pd:EmailAddress", constraints=Constraints(price=("5.00", "EUR")))]

    def with_price(price):
        return decide(ask_for("pd:EmailAddress", price=price), priced, [], NOW)

    assert isinstance(with_price(PriceOffered("5.00", "EUR", True)), Permit)
    for bad in (
        None,
        PriceOffered("5.00", "EUR"),
        PriceOffered("4.99", "EUR", True),
        PriceOffered("9", "USD", True),
        PriceOffered("NaN", "EUR", True),
        PriceOffered("lots", "EUR", True),
    ):
        assert with_price(bad).reason is DenyReason.UNMET_PRICE


def test_duties_bind_the_recipient_first():
    careful = [rule("permit", "pd:City", duties=Duties(retention_max_days=30, no_onward=True))]
    assert decide(ask_for("pd:City"), careful, [], NOW).reason is DenyReason.UNMET_DUTY
    promised = Principle(retention_days=30, onward=False)
    assert isinstance(decide(ask_for("pd:City", principle=promised), careful, [], NOW), Permit)


def test_uses_are_counted_and_end():
    once = [rule("permit", "pd:City", rule_id="r", constraints=Constraints(max_uses=1))]
    assert decide(ask_for("pd:City"), once, [], NOW).uses_left == 0
    used = [Released("zeta", CategoryId("pd:City"), G.EXACT, (RuleId("r"),))]
    assert decide(ask_for("pd:City"), once, used, NOW) == Deny(DenyReason.USED_UP, ("r",))


def test_an_expired_rule_permits_nothing_and_forbids_nothing():
    over = Constraints(expires=NOW)
    assert (
        decide(ask_for("pd:City"), [rule("permit", "pd:City", constraints=over)], [], NOW).reason is DenyReason.NO_RULE
    )
    rules = [rule("permit", "pd:City"), rule("forbid", "pd:City", G.NONE, constraints=over)]
    assert isinstance(decide(ask_for("pd:City"), rules, [], NOW), Permit)


def test_special_data_needs_a_permit_that_names_the_recipient():
    anyone = rule("permit", "pd:MedicalHealth")
    assert decide(ask_for("pd:MedicalHealth"), [anyone], [], NOW).reason is DenyReason.SPECIAL_CATEGORY
    named = replace(anyone, recipient=RecipientSelector(RecipientKind.NAMED, "acme"))
    assert isinstance(decide(ask_for("pd:MedicalHealth"), [named], [], NOW), Permit)


def test_a_displayed_name_never_opens_a_permit_but_closes_a_forbid():
    named = RecipientSelector(RecipientKind.NAMED, "Acme Movers")
    permit = rule("permit", "pd:City", recipient=named)
    assert decide(ask_for("pd:City"), [permit], [], NOW).reason is DenyReason.NO_RULE
    rules = [rule("permit", "pd:City"), rule("forbid", "pd:City", G.NONE, recipient=named)]
    assert decide(ask_for("pd:City"), rules, [], NOW).reason is DenyReason.FORBIDDEN


def test_the_third_part_that_singles_a_person_out_is_asked_about():
    rules = [rule("permit", term) for term in ("pd:BirthDate", "pd:PostalCode", "pd:Gender")]
    held = [
        Released("acme", CategoryId("pd:BirthDate"), G.EXACT),
        Released("acme", CategoryId("pd:PostalCode"), G.EXACT),
    ]
    asked = decide(ask_for("pd:Gender"), rules, held, NOW)
    assert asked == Ask(G.EXACT, ("permit-pd:Gender",), AskReason.IDENTIFYING_COMBINATION)
    assert isinstance(decide(ask_for("pd:Gender"), rules, held[:1], NOW), Permit)
    elsewhere = [replace(one, recipient_key="zeta") for one in held]
    assert isinstance(decide(ask_for("pd:Gender"), rules, elsewhere, NOW), Permit)
    assert isinstance(decide(ask_for("pd:Gender", recipient=replace(ACME, chosen=True)), rules, held, NOW), Permit)


@pytest.mark.parametrize("lang", ["en", "de"])
def test_the_default_rules_have_no_conflict_but_narrowing_and_carry_a_sentence_each(lang):
    rules = default_rules(lang)
    assert len({one.id for one in rules}) == len(rules)
    assert all(one.text for one in rules)
    found = {conflict.kind for conflict in conflicts(rules, NOW)}
    assert found <= {ConflictKind.ASK_BEATS, ConflictKind.FORBID_BEATS}


@pytest.mark.parametrize(
    ("term", "stage", "chosen", "told"),
    [
        ("gb:ElectricityUse", Stage.QUOTE, False, G.BAND),
        ("pd:City", Stage.QUOTE, False, G.CITY),
        ("pd:PostalCode", Stage.QUOTE, False, G.REGION),
        ("gb:Floor", Stage.OFFER, False, G.EXACT),
        ("pd:PhysicalAddress", Stage.QUOTE, False, None),
        ("pd:PhysicalAddress", Stage.COMMIT, False, None),
        ("pd:PhysicalAddress", Stage.COMMIT, True, G.EXACT),
        ("pd:Name", Stage.COMMIT, True, G.EXACT),
        ("pd:Income", Stage.COMMIT, True, None),
        ("pd:Religion", Stage.COMMIT, True, None),
        ("gb:Budget", Stage.QUOTE, False, None),
    ],
)
def test_the_default_rules_give_bands_while_talking_and_the_address_to_the_winner(term, stage, chosen, told):
    request = ask_for(term, stage=stage, recipient=replace(ACME, chosen=chosen))
    answer = decide(request, default_rules(), [], NOW)
    assert getattr(answer, "granularity", None) == told


def test_nothing_goes_out_for_advertising_under_the_default_rules():
    request = ask_for("pd:City", purpose=Purpose.TARGETED_ADVERTISING)
    assert isinstance(decide(request, default_rules(), [], NOW), Deny)


def test_conflicts_name_what_has_no_effect():
    rules = [
        rule("permit", "gb:Budget", rule_id="a"),
        rule("permit", "pd:Religion", rule_id="b"),
        rule("permit", "pd:City", G.NONE, rule_id="c"),
        rule("permit", "pd:PostalCode", rule_id="d"),
        rule("permit", "pd:PostalCode", G.BAND, rule_id="e"),
        rule("forbid", "pd:PhysicalAddress", G.NONE, rule_id="f"),
    ]
    found = {(c.kind, c.winner, c.loser) for c in conflicts(rules)}
    assert (ConflictKind.PERMITS_NEVER_CLASS, "a", "a") in found
    assert (ConflictKind.PERMITS_SPECIAL_UNNAMED, "b", "b") in found
    assert (ConflictKind.PERMITS_NOTHING, "c", "c") in found
    assert (ConflictKind.NARROWED, "e", "d") in found
    assert (ConflictKind.FORBID_BEATS, "f", "d") in found


def test_an_explanation_is_codes_with_the_label_in_the_language_asked_for():
    told = explain(rule("forbid", "pd:Income", G.NONE, stages=frozenset({Stage.OFFER, Stage.QUOTE})), "de")
    assert told.category_label == "Einkommen"
    assert told.stages == (Stage.QUOTE, Stage.OFFER)

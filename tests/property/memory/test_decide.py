"""The evaluator against its own promises, and against Cedar as a second opinion."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.facts import CATEGORIES, CategoryId, Granularity, Purpose, Stage, ancestors, covers, ladder, snap
from memory.rules import (
    NEVER,
    Ask,
    Coarsen,
    Constraints,
    Deny,
    DenyReason,
    Effect,
    Permit,
    Principle,
    PrivacyRule,
    Recipient,
    RecipientKind,
    RecipientSelector,
    Released,
    ReleaseRequest,
    RuleId,
    decide,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
# A small world, so that rules and requests often meet.
TERMS = [
    CategoryId(t)
    for t in ("pd:PhysicalAddress", "pd:Street", "pd:PostalCode", "pd:Contact", "pd:Income", "pd:Salary", "pd:Financial",
              "gb:ElectricityUse", "gb:Budget", "pd:MedicalHealth", "pd:Religion", "pd:BirthDate")
]  # fmt: skip
PURPOSES = [Purpose.REQUESTED_SERVICE, Purpose.DELIVERY, Purpose.MARKETING, Purpose.ADVERTISING]
selectors = st.one_of(
    st.just(RecipientSelector()),
    st.just(RecipientSelector(RecipientKind.TRUSTED)),
    st.just(RecipientSelector(RecipientKind.CHOSEN)),
    st.builds(RecipientSelector, st.just(RecipientKind.NAMED), st.sampled_from(["acme", "zeta"])),
    st.builds(RecipientSelector, st.just(RecipientKind.CATEGORY), st.sampled_from(["removal", "hotel_night"])),
)
rules_ = st.lists(
    st.builds(
        PrivacyRule,
        id=st.just(RuleId("r")),
        effect=st.sampled_from([Effect.PERMIT, Effect.PERMIT, Effect.FORBID, Effect.ASK]),
        category=st.sampled_from(TERMS),
        recipient=selectors,
        granularity=st.sampled_from(list(Granularity)),
        purposes=st.just(frozenset()) | st.frozensets(st.sampled_from(PURPOSES), max_size=2),
        stages=st.just(frozenset()) | st.frozensets(st.sampled_from(list(Stage)), max_size=3),
        constraints=st.builds(
            Constraints,
            expires=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
            agreement=st.sampled_from([None, None, "SD-BASE", "SD-BASE-A"]),
        ),
        enabled=st.sampled_from([True, True, True, False]),
    ),
    max_size=6,
).map(lambda rules: [replace(rule, id=RuleId(f"r{at}")) for at, rule in enumerate(rules)])
recipients = st.builds(
    Recipient,
    key=st.sampled_from(["acme", "zeta", "other"]),
    category=st.sampled_from(["removal", "hotel_night", ""]),
    trusted=st.booleans(),
    chosen=st.booleans(),
)
requests = st.builds(
    ReleaseRequest,
    recipient=recipients,
    category=st.sampled_from(TERMS),
    granularity=st.sampled_from([*Granularity, Granularity.EXACT, Granularity.EXACT]),
    purpose=st.sampled_from([*PURPOSES, *PURPOSES, None]),
    stage=st.sampled_from([*Stage, *Stage, Stage.QUOTE, Stage.COMMIT][1:]),
    negotiation_id=st.just("n"),
    principle=st.builds(
        Principle, agreement=st.sampled_from([None, "SD-BASE-DP", "SD-BASE", "SD-BASE-AT", "SD-MADE-UP"])
    ),
)


def rung_of(decision):
    return decision.granularity if isinstance(decision, Permit | Coarsen) else Granularity.NONE


@given(requests, rules_)
def test_the_order_of_the_rules_does_not_matter(request_, rules):
    forward, backward = decide(request_, rules, [], NOW), decide(request_, rules[::-1], [], NOW)
    assert type(forward) is type(backward)
    assert getattr(forward, "granularity", None) == getattr(backward, "granularity", None)


@given(requests, rules_, rules_)
def test_one_more_forbid_or_ask_never_widens(request_, rules, more):
    tighter = [*rules, *(replace(rule, effect=Effect.FORBID) for rule in more)]
    assert rung_of(decide(request_, tighter, [], NOW)) <= rung_of(decide(request_, rules, [], NOW))


@given(requests, rules_)
def test_without_a_permit_nothing_goes_out(request_, rules):
    without = [rule for rule in rules if rule.effect is not Effect.PERMIT]
    assert isinstance(decide(request_, without, [], NOW), Deny | Ask)


@given(requests, rules_)
def test_the_rung_told_is_one_of_the_categorys_and_never_above_what_was_asked(request_, rules):
    decision = decide(request_, rules, [], NOW)
    if isinstance(decision, Permit | Coarsen | Ask):
        assert decision.granularity in ladder(request_.category)[1:]
        assert decision.granularity <= request_.granularity


@given(requests, rules_, st.sampled_from(sorted(c.id for c in CATEGORIES.values() if c.never)))
def test_a_never_class_always_gets_the_same_answer(request_, rules, never):
    assert decide(replace(request_, category=never), [*rules, replace(PERMIT_ALL, category=never)], [], NOW) == NEVER


PERMIT_ALL = PrivacyRule(RuleId("all"), Effect.PERMIT, CategoryId("pd:Contact"), granularity=Granularity.EXACT)
junk = st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just(object()), st.lists(st.none(), max_size=2))


@given(requests, st.sampled_from(ReleaseRequest.__slots__), junk, st.sampled_from(PrivacyRule.__slots__), junk)
def test_rubbish_in_any_field_is_a_decision_and_never_an_exception(request_, field, rubbish, rule_field, more):
    bad_request = replace(request_, **{field: rubbish})
    bad_rule = replace(PERMIT_ALL, **{rule_field: more})
    for decision in (decide(bad_request, [PERMIT_ALL], [], NOW), decide(request_, [bad_rule], [], NOW)):
        assert isinstance(decision, Permit | Coarsen | Ask | Deny)


@given(
    requests,
    rules_,
    st.lists(
        st.builds(
            Released, st.sampled_from(["acme", "zeta"]), st.sampled_from(TERMS), st.sampled_from(list(Granularity))
        ),
        max_size=4,
    ),
)
def test_what_was_released_before_only_tightens(request_, rules, released):
    assert rung_of(decide(request_, rules, released, NOW)) <= rung_of(decide(request_, rules, [], NOW))


# -- Cedar as a second opinion -------------------------------------------------------------------------------------------


def _uid(kind, name):
    return f'{kind}::"{name}"'


def _condition(rule, request):
    """The parts of a rule that Cedar checks itself; every attribute is always passed (an error would skip the policy)."""
    parts = []
    match rule.recipient.kind:
        case RecipientKind.TRUSTED:
            parts.append("context.trusted")
        case RecipientKind.CHOSEN:
            parts.append("context.chosen")
        case RecipientKind.NAMED:
            parts.append(f'context.recipient == "{rule.recipient.name}"')
        case RecipientKind.CATEGORY:
            parts.append(f'context.kind == "{rule.recipient.name}"')
    if rule.stages:
        parts.append("[" + ", ".join(f'"{stage}"' for stage in sorted(rule.stages)) + "].contains(context.stage)")
    if rule.purposes:
        parts.append(
            "(" + " || ".join(f'context.purposes.contains("{purpose}")' for purpose in sorted(rule.purposes)) + ")"
        )
    if rule.constraints.expires is not None:
        parts.append(f"context.now < {int(rule.constraints.expires.timestamp())}")
    return parts


def _policies(rules, request):
    made = ['forbid (principal, action, resource) when { context.stage == "discover" };',
            'forbid (principal, action, resource in Category::"gb:NeverTold");',
            "forbid (principal, action, resource) unless { context.expressible };"]  # fmt: skip
    special = []
    for rule in rules:
        if not rule.enabled:
            continue
        when = _condition(rule, request)
        target = f"resource in {_uid('Category', rule.category)}"
        cap = int(rule.granularity)
        above = f"context.rung > {cap}"
        if rule.effect is not Effect.PERMIT:
            whole = f"({_uid('Category', rule.category)} in resource && !({target}))"
            limits = (above, f"context.rung > {max(cap, _without(rule.category, request.category))}")
            for where, limit in zip((target, whole), limits, strict=True):
                body = " && ".join([where, *when, *([limit] if rule.effect is Effect.FORBID else [])])
                made.append(f"forbid (principal, action, resource) when {{ {body} }};")
            continue
        body = " && ".join(when) or "true"
        made.append(f"permit (principal, action, {target}) when {{ {body} }};")
        made.append(f"forbid (principal, action, {target}) when {{ ({body}) && {above} }};")
        if rule.constraints.agreement is not None:
            enough = json.dumps(_ENOUGH[rule.constraints.agreement])
            made.append(
                f"forbid (principal, action, {target}) when {{ ({body}) && !({enough}.contains(context.agreement)) }};"
            )
        if rule.recipient.kind is RecipientKind.NAMED and CATEGORIES[rule.category].special:
            special.append(f"(resource in {_uid('Category', rule.category)} && {body})")
    unless = " || ".join(special) or "false"
    made.append(
        f'forbid (principal, action, resource in Category::"dpv:SpecialCategoryPersonalData") unless {{ {unless} }};'
    )
    return "\n".join(made)


_ENOUGH = {
    "SD-BASE": ["SD-BASE", "SD-BASE-DP"], "SD-BASE-A": ["SD-BASE", "SD-BASE-DP", "SD-BASE-A", "SD-BASE-A-DP"],
}  # fmt: skip
"""Agreements that hold as much as the one a rule asks for: written out, apart from the engine."""


def _without(narrow, asked):
    """The rung of `asked` that does not hold `narrow`: written out by kind, apart from the engine."""
    if asked in ("pd:PhysicalAddress", "gb:NewAddress", "gb:DeliveryAddress"):
        return 0 if narrow in ("pd:City", "pd:PostalCode") else int(Granularity.CITY)
    return int(Granularity.BAND)


_ENTITIES = [
    {
        "uid": {"type": "Category", "id": c.id},
        "attrs": {},
        "parents": [{"type": "Category", "id": p} for p in c.parents],
    }
    for c in CATEGORIES.values()
]


def _cedar_allows(request, rules, rung):
    purposes = [p.value for p in Purpose if request.purpose and _covers_purpose(p, request.purpose)]
    answer = cedarpy.is_authorized(
        {
            "principal": 'Recipient::"r"',
            "action": 'Action::"tell"',
            "resource": _uid("Category", request.category),
            "context": {
                "trusted": request.recipient.trusted,
                "chosen": request.recipient.chosen,
                "recipient": request.recipient.key,
                "kind": request.recipient.category,
                "stage": request.stage.value,
                "purposes": purposes,
                "expressible": request.purpose is not None,
                "agreement": request.principle.agreement or "",
                "rung": int(rung),
                "now": int(NOW.timestamp()),
            },
        },
        _policies(rules, request),
        json.dumps(_ENTITIES),
    )
    assert not answer.diagnostics.errors, answer.diagnostics.errors
    return answer.allowed


def _covers_purpose(broad, narrow):
    from memory.facts import purpose_covers

    return purpose_covers(broad, narrow)


@settings(max_examples=250)
@given(requests, rules_)
def test_cedar_comes_to_the_same_decision(request_, rules):
    """The rung we tell is one Cedar allows, and the next rung up (of those asked for) is one it refuses."""
    decision = decide(request_, rules, [], NOW)
    told = rung_of(decision)
    asked = snap(request_.category, request_.granularity)
    for rung in ladder(request_.category)[1:]:
        if rung <= asked:
            assert _cedar_allows(request_, rules, rung) == (rung <= told), (decision, rung)


def test_the_world_of_these_tests_can_permit_coarsen_ask_and_deny():
    base = ReleaseRequest(
        Recipient("acme"), CategoryId("pd:PostalCode"), Granularity.EXACT, Purpose.DELIVERY, Stage.QUOTE, "n"
    )
    permit = replace(PERMIT_ALL, category=CategoryId("pd:PhysicalAddress"))
    assert isinstance(decide(base, [permit], [], NOW), Permit)
    assert isinstance(decide(base, [replace(permit, granularity=Granularity.BAND)], [], NOW), Coarsen)
    assert isinstance(decide(base, [replace(permit, effect=Effect.ASK)], [], NOW), Ask)
    assert decide(base, [], [], NOW) == Deny(DenyReason.NO_RULE)
    assert covers(CategoryId("pd:Contact"), CategoryId("pd:Street"))
    assert CategoryId("pd:Contact") in ancestors(CategoryId("pd:Street"))

"""Reading what was written is the identity, over every shipped category and every act."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from negotiators.categories import Category, Issue, shipped
from negotiators.channels.payload import GRANULARITIES, PayloadContext, payload_of, read_payload
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    IssueKind,
    Leave,
    MessageId,
    Move,
    Offer,
    OfferId,
    Party,
    Propose,
    ProviderId,
    Reject,
    Standing,
    Terms,
    TermValue,
    Withdraw,
    terms_hash,
)
from negotiators.money import Money, Period

PROVIDER = ProviderId("acme")
MESSAGE = MessageId("m-1")
ids = st.from_regex(r"[A-Za-z0-9_.:-]{1,40}", fullmatch=True).map(OfferId)
names = st.from_regex(r"[a-z][a-z0-9_.:-]{0,30}", fullmatch=True)
categories = st.sampled_from(sorted(shipped()))


def values(issue: Issue) -> st.SearchStrategy[TermValue]:
    amounts = st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False)
    match issue.kind:
        case IssueKind.MONEY:
            return st.builds(Money, amounts, st.sampled_from(["EUR", "CHF", "JPY"]))
        case IssueKind.NUMBER:
            return amounts
        case IssueKind.DURATION:
            return st.builds(Period, st.integers(0, 60), st.integers(0, 90))
        case IssueKind.CHOICE:
            return st.sampled_from(issue.choices)
        case IssueKind.FLAG:
            return st.booleans()
        case IssueKind.DATE:
            return st.dates(date(2020, 1, 1), date(2040, 1, 1))


@st.composite
def terms(draw: st.DrawFn, category: Category, *, headline: bool = False) -> Terms:
    first = category.headline().name
    kept = [issue for issue in category.issues if (headline and issue.name == first) or draw(st.booleans())]
    return Terms.of({issue.name: draw(values(issue)) for issue in kept})


@st.composite
def moves(draw: st.DrawFn) -> tuple[Category, Party, Move]:
    category = shipped()[draw(categories)]
    moment = st.integers(1_770_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
    some_id = st.none() | ids
    offer = st.builds(
        Offer,
        id=ids,
        provider=st.just(PROVIDER),
        category=st.just(category.id),
        terms=terms(category, headline=True),
        valid_until=moment,
        binding=st.booleans(),
        message_id=st.just(MESSAGE),
    )
    commit = st.builds(
        lambda offer_id, agreed: Commit(offer_id, agreed, terms_hash(PROVIDER, category.id, agreed)),
        ids,
        terms(category),
    )
    ours, theirs = Party.US, Party.THEM
    sender, move = draw(
        st.one_of(
            st.tuples(st.just(ours), st.builds(Ask, terms(category))),
            st.tuples(st.sampled_from([ours, theirs]), st.builds(Propose, offer, some_id)),
            st.tuples(st.sampled_from([ours, theirs]), st.builds(Accept, ids, terms(category))),
            st.tuples(st.just(ours), commit),
            st.tuples(st.just(theirs), st.builds(Confirm, terms(category), some_id, st.just("") | names)),
            st.tuples(st.just(ours), st.builds(Reject, some_id)),
            st.tuples(st.just(theirs), st.builds(Withdraw, some_id)),
            st.tuples(st.just(theirs), st.builds(Inquire, names, st.none() | names, st.none() | names, st.booleans())),
            st.tuples(
                st.just(ours),
                st.builds(Inform, names, st.none() | st.text(max_size=400), st.sampled_from(GRANULARITIES)),
            ),
            st.tuples(st.just(ours), st.builds(Leave, st.just("") | st.just("no_agreement"))),
        )
    )
    return category, sender, move


def through_json(value: object) -> object:
    return json.loads(json.dumps(value, ensure_ascii=True))


@given(moves(), st.integers(0, 9999))
def test_reading_what_was_written_is_the_identity(drawn: tuple[Category, Party, Move], round_: int) -> None:
    category, sender, move = drawn
    payload = through_json(payload_of(move, category=category, negotiation="n-7", round=round_))
    reading = read_payload(payload, PayloadContext(category, PROVIDER, MESSAGE, sender))
    assert reading.problems == ()
    assert (reading.negotiation, reading.round) == ("n-7", round_)
    (read,) = reading.moves
    if isinstance(read, Propose):
        assert all(item.standing is Standing.TYPED for item in read.offer.evidence)
        assert {item.issue for item in read.offer.evidence} == set(read.offer.terms)
        read = replace(read, offer=replace(read.offer, evidence=()))
    assert read == move


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20) | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(["act", "offer_id", "terms", "offer", "inquire", "inform", "expires_at", "binding", "round"]),
        json_values | st.sampled_from(["propose", "accept", "cfp", "reject"]),
    ),
    categories,
)
def test_no_payload_makes_the_reader_raise(noise: dict[str, object], category: str) -> None:
    from negotiators.channels.payload import EXTENSION_URI

    context = PayloadContext(shipped()[category], PROVIDER, MESSAGE)
    assert read_payload({"type": EXTENSION_URI, **noise}, context).round in {None, *range(10_000)}
    read_payload({"@type": "Offer", **noise}, context)
    read_payload(noise, context)


@given(st.decimals(allow_nan=True, allow_infinity=True) | st.floats() | st.integers())
def test_no_json_number_becomes_money(number: Decimal | float | int) -> None:
    from negotiators.channels.payload import EXTENSION_URI

    terms_ = {"price_monthly": {"type": "money", "value": number, "unit": "EUR"}}
    payload = {"type": EXTENSION_URI, "act": "propose", "offer_id": "o-1", "terms": terms_}
    reading = read_payload(payload, PayloadContext(shipped()["mobile_plan"], PROVIDER, MESSAGE))
    assert reading.moves == ()
    assert "number_not_string:price_monthly" in reading.problems

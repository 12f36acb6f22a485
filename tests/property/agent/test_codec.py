"""Moves, offers and events survive the ledger unchanged."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent.kernel.codec import move_from, move_json, recorded_move
from agent.kernel.ledger import canonical
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Evidence,
    Inform,
    Inquire,
    Leave,
    MessageId,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reject,
    Standing,
    Terms,
    Withdraw,
    terms_hash,
)
from negotiators.money import Money, Period
from negotiators.text import Span
from tests.requirements import requirement

NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
VALUES = st.one_of(
    st.booleans(), NUMBERS, st.builds(Money, NUMBERS, st.sampled_from(["EUR", "USD", "JPY"])),
    st.builds(Period, st.integers(0, 99), st.integers(0, 999)), st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.text(min_size=1, max_size=20),
)  # fmt: skip
TERMS = st.dictionaries(NAMES, VALUES, max_size=6).map(Terms.of)
IDS = st.text(min_size=1, max_size=20).map(OfferId)
MAYBE = st.none() | IDS
SPANS = st.none() | st.builds(Span, st.integers(0, 99), st.integers(0, 99), st.text(max_size=10))
EVIDENCE = st.builds(Evidence, NAMES, st.sampled_from(Standing), st.text(max_size=9), SPANS, st.text(max_size=9), NAMES)
UNTIL = st.none() | st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
OFFERS = st.builds(
    Offer, IDS, st.text(max_size=9).map(ProviderId), NAMES, TERMS, UNTIL, st.booleans(),
    st.lists(EVIDENCE, max_size=3).map(tuple), st.none() | st.text(max_size=9).map(MessageId),
)  # fmt: skip
TEXT = st.text(max_size=20)
MOVES = st.one_of(
    st.builds(Ask, TERMS), st.builds(Propose, OFFERS, MAYBE), st.builds(Accept, MAYBE, TERMS),
    st.builds(lambda i, t: Commit(i, t, terms_hash(ProviderId("p"), "c", t)), IDS, TERMS),
    st.builds(Confirm, TERMS, MAYBE, TEXT), st.builds(Reject, MAYBE), st.builds(Withdraw, MAYBE),
    st.builds(Inquire, TEXT, st.none() | TEXT, st.none() | TEXT, st.booleans()),
    st.builds(Inform, TEXT, st.none() | TEXT, TEXT), st.builds(Leave, TEXT),
)  # fmt: skip


@requirement("why:replay-is-equal")
@given(MOVES)
def test_every_move_comes_back_from_the_ledger_as_it_went_in(move) -> None:
    assert move_from(json.loads(canonical(move_json(move)))) == move


@requirement("forget:answers-are-not-in-the-chain")
@given(st.builds(Inform, TEXT, st.text(min_size=1), TEXT))
def test_what_anybody_was_told_is_not_in_the_chain(move) -> None:
    assert recorded_move(move)["value"] is None


@requirement("approval:bound-to-terms")
@given(TERMS, NAMES, VALUES)
def test_any_changed_term_is_another_hash(terms: Terms, name: str, value) -> None:
    changed = terms.with_(**{name: value})
    same = changed == terms and all(type(changed[key]) is type(terms[key]) for key in terms)
    hashes = [terms_hash(ProviderId("p"), "c", one) for one in (terms, changed)]
    assert (hashes[0] == hashes[1]) == same or Decimal in {type(value)}
    assert terms_hash(ProviderId("q"), "c", terms) != hashes[0] != terms_hash(ProviderId("p"), "d", terms)

"""Serialise, then parse, is the identity; for entries and for whole personas as TOML."""

import json
from datetime import UTC, date

from hypothesis import given
from hypothesis import strategies as st

from memory.codec import dump, load
from memory.facts import CATEGORIES, Fact, Granularity, Purpose, Stage
from memory.persona import FactWithValue, Person, Persona, export_persona, read_persona
from memory.preferences import Op, Preference, PreferenceSource, Term
from memory.rules import Constraints, Duties, Effect, PrivacyRule, RecipientKind, RecipientSelector
from memory.store import Contract, PastDecision, PriceStep, Verdict

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ids = st.text("abcdefghij-0123456789", min_size=1, max_size=8)
times = st.none() | st.datetimes(timezones=st.just(UTC))
weights = st.decimals(0, 1, places=2)
amounts = st.decimals(0, 9999, places=2)
categories = st.sampled_from(sorted(CATEGORIES))
facts = st.builds(Fact, ids, categories, texts, texts, valid_from=times, valid_until=times)
preferences = st.builds(
    Preference, ids, texts, st.lists(st.builds(Term, texts, st.sampled_from(Op), texts, texts), max_size=3).map(tuple),
    st.none() | texts, st.booleans(), weights, texts, st.sampled_from(PreferenceSource),
    st.lists(texts, max_size=2).map(tuple), times, times, times, st.none() | ids,
)  # fmt: skip
rules = st.builds(
    PrivacyRule, ids, st.sampled_from(Effect), categories, texts,
    st.builds(RecipientSelector, st.sampled_from(RecipientKind), texts), st.sampled_from(Granularity),
    st.frozensets(st.sampled_from(Purpose), max_size=3), st.frozensets(st.sampled_from(Stage), max_size=3),
    st.frozensets(texts, max_size=2),
    st.builds(Constraints, times, st.none() | st.integers(0, 9), st.none() | st.tuples(amounts.map(str), st.just("EUR")),
              st.none() | texts, st.none() | st.integers(0, 99)),
    st.builds(Duties, st.none() | st.integers(0, 99), st.booleans()), st.booleans(), st.none() | st.integers(0, 99),
)  # fmt: skip
contracts = st.builds(
    Contract, ids, texts, texts, st.just("EUR"),
    st.lists(amounts, min_size=1, max_size=3).map(lambda all_: tuple(PriceStep(12 * at, a) for at, a in enumerate(all_))),
    st.none() | st.dates(date(1, 1, 1)), st.none() | st.dates(date(1, 1, 1)), texts,
    st.lists(st.tuples(texts, texts), max_size=2).map(tuple), texts,
)  # fmt: skip
decisions = st.builds(
    PastDecision, ids, st.sampled_from(Verdict), texts, st.datetimes(timezones=st.just(UTC)), st.none() | texts, texts,
    st.lists(texts, max_size=2).map(tuple),
)  # fmt: skip


@given(st.one_of(facts, preferences, rules, contracts, decisions))
def test_an_entry_survives_json(entry):
    assert load(type(entry), json.loads(json.dumps(dump(entry)))) == entry


def some(entries):
    return st.lists(entries, max_size=2, unique_by=lambda entry: entry.id).map(tuple)


@given(
    st.builds(Person, texts, texts, texts, texts), some(facts), st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    some(preferences), some(rules), some(contracts), some(decisions),
)  # fmt: skip
def test_a_persona_survives_toml(person, known, value, wishes, privacy, running, past):
    persona = Persona(person, tuple(FactWithValue(fact, value) for fact in known), wishes, privacy, running, past)
    assert read_persona(export_persona(persona), "x") == persona

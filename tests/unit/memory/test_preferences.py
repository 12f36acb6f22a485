from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from memory.preferences import Op, Preference, PreferenceId, PreferenceSource, Term, cascade, corrected, resolve

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def wish(name, *terms, days_ago=1, **rest):
    return Preference(PreferenceId(name), name, terms, stated_at=NOW - timedelta(days=days_ago), **rest)


def test_the_later_of_two_contradicting_wishes_counts_and_the_other_is_listed():
    old = wish("old", Term("data_gb", Op.LEAST, "50"), days_ago=30)
    new = wish("new", Term("data_gb", Op.MOST, "20"))
    for order in ([old, new], [new, old]):
        found = resolve(order, NOW)
        assert [p.id for p in found.effective] == ["new"]
        assert [(c.issue, c.later, c.earlier) for c in found.contradictions] == [("data_gb", "new", "old")]


def test_what_fits_together_stays_together():
    wishes = [
        wish("a", Term("price", Op.MOST, "20")),
        wish("b", Term("price", Op.LEAST, "10")),
        wish("c", Term("price", Op.LOW)),
    ]
    assert len(resolve(wishes, NOW).effective) == 3


def test_other_categories_and_contexts_do_not_contradict():
    wishes = [
        wish("a", Term("green", Op.IS, "true"), category="electricity"),
        wish("b", Term("green", Op.IS, "false"), category="mobile_plan"),
        wish("c", Term("green", Op.IS, "false"), category="electricity", context="short of cash"),
    ]
    assert len(resolve(wishes, NOW).effective) == 3


def test_an_inferred_wish_never_overrules_a_said_one():
    said = wish("said", Term("green", Op.IS, "true"), days_ago=90)
    inferred = wish("inferred", Term("green", Op.IS, "false"), source=PreferenceSource.INFERRED)
    assert [p.id for p in resolve([said, inferred], NOW).effective] == ["said"]


def test_a_closed_or_future_wish_does_not_count():
    closed = wish("closed", valid_until=NOW)
    future = wish("future", valid_from=NOW + timedelta(days=1))
    assert resolve([closed, future], NOW).effective == ()


def test_a_correction_closes_the_old_and_supersedes_it():
    old = wish("old", Term("price", Op.MOST, "20"))
    closed, fresh = corrected(old, replace(old, id=PreferenceId("new"), words="thirty is fine", stated_at=None), NOW)
    assert not closed.is_valid(NOW)
    assert (fresh.supersedes, fresh.stated_at) == ("old", NOW)
    assert [p.id for p in resolve([closed, fresh], NOW).effective] == ["new"]
    assert [p.id for p in resolve([replace(old, terms=()), fresh], NOW).effective] == ["new"], "whatever it speaks of"


def test_what_was_derived_falls_with_its_ground():
    wishes = [
        wish("a"),
        wish("b", evidence=("preference:a",)),
        wish("c", evidence=("preference:b", "ledger:7")),
        wish("d"),
    ]
    assert cascade(wishes, PreferenceId("a")) == ("b", "c")


def test_a_weight_outside_nought_to_one_is_refused():
    with pytest.raises(ValueError, match="weight"):
        wish("a", weight=Decimal("1.1"))

"""Spaces, utilities and the pool that stands for a space too large to list."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from negotiators.bargaining import PairTerm, Space, SpaceIssue, Utility
from negotiators.bargaining.errors import SpaceError, UtilityError
from negotiators.bargaining.pool import CAP, base_pool, lower_worth, product, worth

PHONE = Space(
    (
        SpaceIssue("price", ("10", "13", "16", "19")),
        SpaceIssue("months", ("1", "12", "24")),
        SpaceIssue("day", ("mon", "wed", "fri")),
    )
)
TASTE = Utility(
    tables=((1.0, 0.7, 0.3, 0.0), (1.0, 0.6, 0.0), (0.2, 1.0, 0.0)),
    weights=(3.0, (1.0, 3.0), 1.0),
    pairs=(PairTerm(0, 3, 1, 2, -0.1), PairTerm(0, 0, 2, 1, 0.05)),
    forbidden=((2, 2),),
)


def every(space: Space) -> list[tuple[int, ...]]:
    return list(itertools.product(*(range(n) for n in space.shape)))


def test_an_outcome_keeps_its_names() -> None:
    assert PHONE.named((1, 2, 0)) == {"price": "13", "months": "24", "day": "mon"}
    assert PHONE.outcome({"price": "13", "months": "24", "day": "mon"}) == (1, 2, 0)
    assert PHONE.size == 36


@pytest.mark.parametrize("values", [(0, 0), (0, 3, 0), (-1, 0, 0)])
def test_an_outcome_outside_the_space_is_named(values: tuple[int, ...]) -> None:
    with pytest.raises(SpaceError):
        PHONE.check(values)


def test_a_space_rejects_what_cannot_be_told_apart() -> None:
    with pytest.raises(SpaceError):
        SpaceIssue("price", ("10", "10"))
    with pytest.raises(SpaceError):
        Space((SpaceIssue("a", ("1",)), SpaceIssue("a", ("1",))))
    with pytest.raises(SpaceError):
        PHONE.outcome({"price": "13"})


def test_a_utility_that_does_not_fit_is_named() -> None:
    with pytest.raises(UtilityError):
        Utility(tables=((1.0, 2.0),), weights=(1.0,))
    with pytest.raises(UtilityError):
        Utility(tables=((1.0, 0.0),), weights=(0.0,))
    with pytest.raises(UtilityError):
        Utility(tables=((1.0, 0.0),), weights=((0.5, 0.1),))
    with pytest.raises(UtilityError):
        Utility(tables=((1.0, 0.0), (1.0, 0.0), (1.0, 0.0)), weights=(1, 1, 1)).fits(PHONE)
    blocked = Utility(TASTE.tables, TASTE.weights, forbidden=((2, 0), (2, 1), (2, 2)))
    with pytest.raises(UtilityError):
        blocked.fits(PHONE)


def test_worth_of_many_equals_worth_of_each() -> None:
    outcomes = np.array(every(PHONE))
    assert worth(TASTE, outcomes).tolist() == pytest.approx([TASTE.value(o) for o in every(PHONE)])
    assert lower_worth(TASTE, outcomes).tolist() == pytest.approx([TASTE.lower(o) for o in every(PHONE)])


def test_the_worst_case_is_the_worst_over_the_weights_in_the_box() -> None:
    rng = random.Random(1)
    lows, highs = TASTE.weight_box()
    for o in every(PHONE):
        if not TASTE.allowed(o):
            continue
        for _ in range(20):
            middle = rng.uniform(lows[1], highs[1])
            others = (1 - middle) / (lows[0] + lows[2])
            if abs(others - 1) > 1e-9:
                continue
            tried = sum(w * t[v] for w, t, v in zip((lows[0], middle, lows[2]), TASTE.tables, o, strict=True))
            assert TASTE.lower(o) <= tried + 1e-9
        assert TASTE.lower(o) <= TASTE.value(o) + 1e-9


def test_rescaling_all_weights_changes_nothing() -> None:
    scaled = Utility(TASTE.tables, (30.0, (10.0, 30.0), 10.0), TASTE.pairs, TASTE.forbidden)
    for o in every(PHONE):
        assert scaled.value(o) == pytest.approx(TASTE.value(o))
        assert scaled.lower(o) == pytest.approx(TASTE.lower(o))


def test_a_small_pool_is_the_whole_allowed_space_best_first() -> None:
    pool = base_pool(TASTE)
    assert {pool.values(r) for r in range(len(pool.ours))} == {o for o in every(PHONE) if o[2] != 2}
    assert list(pool.ours) == sorted(pool.ours, reverse=True)


def test_a_shape_replaces_the_sum() -> None:
    odd = Utility(((1.0, 0.0), (1.0, 0.0)), (1.0, 1.0), shape=lambda v: float(v[0] == v[1]))
    pool = base_pool(odd)
    assert odd.value((1, 1)) == 1.0
    assert sorted(pool.ours.tolist()) == [0.0, 0.0, 1.0, 1.0]


def test_a_pool_of_an_enormous_space_stays_small_and_good() -> None:
    tables = tuple(tuple(v / 9 for v in range(10)) for _ in range(12))
    pool = base_pool(Utility(tables, tuple(1.0 + 0.1 * i for i in range(12))))
    assert len(pool.ours) <= 10 * CAP
    assert pool.ours[0] == pytest.approx(1.0)
    assert np.diff(np.unique(np.round(pool.ours, 2))).max() < 0.05


def test_thinning_keeps_what_is_best_for_a_mirrored_seller() -> None:
    rng = random.Random(3)
    tables = tuple(tuple(sorted(rng.random() for _ in range(8))) for _ in range(5))
    utility = Utility(tables, tuple(rng.uniform(0.5, 2) for _ in range(5)))
    pool = base_pool(utility, 1024)
    everything = np.array(list(itertools.product(range(8), repeat=5)))
    ours = worth(utility, everything)
    theirs = sum((1 - np.asarray(t))[everything[:, i]] for i, t in enumerate(tables))
    kept = sum((1 - np.asarray(t))[pool.outcomes[:, i]] for i, t in enumerate(tables))
    for level in (0.3, 0.5, 0.7, 0.9):
        best = theirs[(ours >= level) & (ours < level + 0.05)].max()
        found = kept[(pool.ours >= level) & (pool.ours < level + 0.05)].max()
        assert found >= best - 0.15


@pytest.mark.parametrize(("rows", "inner", "columns"), [(3, 4, 5), (160, 70, 150), (2, 700, 900)])
def test_a_product_in_pieces_is_the_product_and_no_piece_wakes_the_threads_of_the_library(
    rows: int, inner: int, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = np.random.default_rng(1)
    left, right = chance.standard_normal((rows, inner)), chance.standard_normal((inner, columns))
    sizes, multiply = [], np.matmul

    def counted(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
        sizes.append(len(a) * b.size)
        return multiply(a, b, out=out)

    monkeypatch.setattr(np, "matmul", counted)
    assert np.allclose(product(left, right), left @ right, atol=1e-9)
    assert all(size <= 2**18 or size == right.size for size in sizes)
    assert bool(sizes) == (rows * right.size > 2**18 and rows > 1)

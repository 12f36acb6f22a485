"""Order of arrival never matters; the limit always does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from negotiators.bargaining.rivals import Thread, expected_best, market, winner

SHARE = st.floats(0, 1, allow_nan=False)
THREADS = st.lists(
    st.builds(
        Thread,
        provider=st.text("abcdef", min_size=1, max_size=3),
        status=st.sampled_from(["open", "final", "held", "closed"]),
        held=st.one_of(st.none(), SHARE),
        holds=SHARE,
        expires=st.one_of(st.none(), st.integers(0, 20)),
        expected=SHARE,
        closing=SHARE,
    ),
    max_size=6,
    unique_by=lambda t: t.provider,
)
MANY = settings(max_examples=150, deadline=None, derandomize=True)


@MANY
@given(THREADS, st.randoms(use_true_random=False), SHARE, st.integers(0, 20))
def test_any_order_of_arrival_gives_the_same_plan_and_winner(threads, rng, limit, now) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(threads)
    rng.shuffle(shuffled)
    assert market(threads, limit, now, 20) == market(shuffled, limit, now, 20)
    assert winner(threads, limit, now) == winner(shuffled, limit, now)


@MANY
@given(THREADS, SHARE, st.integers(0, 20))
def test_no_outside_option_lies_below_the_limit_or_above_the_best_promise(threads, limit, now) -> None:  # type: ignore[no-untyped-def]
    most = max([limit, *(t.expected for t in threads), *(t.held for t in threads if t.held is not None)])
    for value in market(threads, limit, now, 20).outside.values():
        assert limit <= value <= most + 1e-12


@MANY
@given(st.lists(st.tuples(SHARE, SHARE), max_size=6), st.tuples(SHARE, SHARE), SHARE)
def test_one_more_talk_never_lowers_the_expected_best(chances, one_more, limit) -> None:  # type: ignore[no-untyped-def]
    assert expected_best([*chances, one_more], limit) >= expected_best(chances, limit) - 1e-12


@MANY
@given(THREADS, SHARE, st.integers(0, 20))
def test_the_winner_stands_and_respects_the_limit(threads, limit, now) -> None:  # type: ignore[no-untyped-def]
    chosen = winner(threads, limit, now)
    if chosen is not None:
        t = next(t for t in threads if t.provider == chosen)
        assert t.held is not None
        assert t.held >= limit
        assert t.expires is None or now <= t.expires

"""What must always hold, whatever a seller sends."""

from __future__ import annotations

import random
from dataclasses import replace

from bargaining_sellers import boulware, by_level, fixed, gym, talk
from hypothesis import given, settings
from hypothesis import strategies as st

from negotiators.bargaining import OurMove, Profile, Space, SpaceIssue, TheirMove, Transcript, Utility, decide

SOME = settings(max_examples=40, deadline=None, derandomize=True)
FEW = settings(max_examples=12, deadline=None, derandomize=True)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Profile, Transcript, int]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    worths = st.floats(0, 1, allow_nan=False)
    tables = tuple(tuple(draw(st.lists(worths, min_size=n, max_size=n))) for n in sizes)
    low = st.floats(0.1, 1.0)
    weights = tuple(
        (w, w + draw(st.floats(0, 1))) if draw(st.booleans()) else w
        for w in draw(st.lists(low, min_size=len(sizes), max_size=len(sizes)))
    )
    space = Space(tuple(SpaceIssue(f"i{i}", tuple(str(v) for v in range(n))) for i, n in enumerate(sizes)))
    rounds = draw(st.one_of(st.none(), st.integers(1, 25)))
    profile = Profile(
        space,
        Utility(tables, weights),
        draw(st.floats(-0.2, 1.1)),
        draw(st.one_of(st.none(), st.floats(0, 1))),
        rounds,
        draw(st.booleans()),
        mode=draw(st.sampled_from(["guarded", "open"])),
        seed=draw(st.integers(0, 5)),
    )
    now = draw(st.integers(0, (rounds or 25) - 1))
    outcome = st.tuples(*(st.integers(0, n - 1) for n in sizes))
    said: list[OurMove | TheirMove] = []
    for past in range(draw(st.integers(0, now + 1))):
        if draw(st.booleans()):
            said.append(OurMove("propose", draw(outcome), past))
        act = draw(st.sampled_from(["propose", "propose", "propose", "reject"]))
        exact = draw(st.one_of(st.none(), st.floats(0, 1)))
        said.append(TheirMove(act, draw(st.one_of(st.none(), outcome)), exact, draw(st.booleans()), past))  # type: ignore[arg-type]
    if draw(st.integers(0, 9)) == 0:
        said.append(TheirMove("accept", round=now))
    return profile, tuple(said), now


@SOME
@given(situations())
def test_nothing_below_the_floor_is_sent_or_accepted(case: tuple[Profile, Transcript, int]) -> None:
    profile, said, now = case
    decision = decide(profile, said, now)
    if decision.act == "propose":
        assert decision.values is not None
        assert profile.utility.lower(decision.values) >= profile.floor - 1e-12
    elif decision.act == "accept":
        assert decision.accept_index is not None
        taken = said[decision.accept_index]
        assert taken.values is not None
        exact = taken.utility if isinstance(taken, TheirMove) else None
        worth = profile.utility.lower(taken.values) if exact is None else exact
        assert worth >= profile.floor - 1e-12


@SOME
@given(situations())
def test_the_same_transcript_gives_the_same_decision(case: tuple[Profile, Transcript, int]) -> None:
    profile, said, now = case
    assert decide(profile, said, now) == decide(profile, said, now)


@FEW
@given(st.integers(0, 50), st.booleans())
def test_names_of_issues_and_values_mean_nothing(seed: int, first: bool) -> None:
    profile = gym(seed, first=first, n_rounds=12)
    other = Space(
        tuple(SpaceIssue(f"x{i}", tuple(f"y{v}" for v in range(n))) for i, n in enumerate(profile.space.shape))
    )
    renamed = replace(profile, space=other)
    seller = boulware(profile, seed)
    assert talk(profile, seller, 12, seed) == talk(renamed, seller, 12, seed)


@FEW
@given(st.integers(0, 50))
def test_scaling_the_weights_changes_no_decision(seed: int) -> None:
    profile = gym(seed, n_rounds=10)
    weights = tuple(8.0 * w for w in profile.utility.weights if isinstance(w, float))
    scaled = replace(profile, utility=replace(profile.utility, weights=weights))
    seller = fixed(profile, seed)
    one, two = talk(profile, seller, 10, seed)[0], talk(scaled, seller, 10, seed)[0]
    assert [(d.act, d.values) for d in one] == [(d.act, d.values) for d in two]


@FEW
@given(st.integers(0, 50), st.floats(0.0, 0.6), st.floats(0.02, 0.4), st.booleans())
def test_talks_that_differ_only_in_the_limit_are_equal_until_it_binds(
    seed: int, limit: float, more: float, first: bool
) -> None:
    low = gym(seed, reservation_value=limit, n_rounds=15, first=first)
    high = replace(low, reservation_value=limit + more)
    seller = by_level(low, seed, lambda t: 1 - 0.7 * t)
    (ours, said), (theirs, _) = talk(low, seller, 15, seed), talk(high, seller, 15, seed)
    for one, two in zip(ours, theirs, strict=False):
        if (one.act, one.values, one.reason) == (two.act, two.values, two.reason):
            continue
        worth = 1.0 if one.values is None else low.utility.value(one.values)
        if one.act == "accept" and one.accept_index is not None:
            worth = low.utility.value(said[one.accept_index].values or ())
        assert worth < limit + more or two.act == "leave"
        break


@FEW
@given(st.integers(0, 50))
def test_stopping_and_resuming_at_every_step_changes_nothing(seed: int) -> None:
    profile = gym(seed, n_rounds=12)
    decisions, said = talk(profile, boulware(profile, seed), 12, seed)
    turns = [i for i, move in enumerate(said) if isinstance(move, OurMove)]
    for turn, decision in zip(turns, decisions, strict=False):
        again = replace(profile, space=Space(tuple(replace(issue) for issue in profile.space.issues)))
        assert decide(again, tuple(replace(move) for move in said[:turn]), said[turn].round) == decision


@FEW
@given(st.integers(0, 50), st.lists(st.floats(0.0, 1.0), min_size=15, max_size=15))
def test_an_outside_option_that_moves_is_respected_at_each_step(seed: int, outside: list[float]) -> None:
    rng = random.Random(seed)
    profile = gym(seed, n_rounds=15)
    said: list[OurMove | TheirMove] = []
    for now in range(15):
        current = replace(profile, outside_option=outside[now])
        decision = decide(current, tuple(said), now)
        if decision.act != "propose":
            break
        assert decision.values is not None
        assert current.utility.lower(decision.values) >= current.floor
        said.append(OurMove("propose", decision.values, now))
        said.append(TheirMove("propose", tuple(rng.randrange(n) for n in profile.space.shape), round=now))

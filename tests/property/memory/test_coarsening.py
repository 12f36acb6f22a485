from hypothesis import given
from hypothesis import strategies as st

from memory.facts import CATEGORIES, KNOWN, Granularity, coarsen, snap

terms = st.sampled_from(sorted(CATEGORIES))
rungs = st.sampled_from(list(Granularity))
digits = st.text("0123456789.,'  ", max_size=9)
values = st.one_of(
    st.text(max_size=30),
    st.builds(lambda n, u: f"{n} {u}".strip(), digits, st.sampled_from(["", "EUR", "m2", "kWh", "€", "EUR/month", "Krumbiegel"])),
    st.from_regex(r"\d{5}", fullmatch=True),
    st.dates().map(str),
    st.builds(
        lambda s, n, p, c: f"{s} {n}, {p} {c}",
        st.text(max_size=10), st.integers(1, 400), st.from_regex(r"\d{5}", fullmatch=True), st.text(max_size=15),
    ),
    st.from_regex(r"\d{1,5}-\d{1,5}( EUR)?", fullmatch=True),
)  # fmt: skip


@given(terms, values, rungs, rungs)
def test_a_lower_rung_can_be_computed_from_any_higher_one(term, value, high, low):
    """So the lower tells nothing that the higher did not: coarsening never adds information."""
    high, low = max(high, low), min(high, low)
    told = coarsen(term, value, high)
    if told is None:
        assert coarsen(term, value, low) is None
    else:
        again = coarsen(term, told, low)
        direct = coarsen(term, value, low)
        assert again == direct or (again == KNOWN and snap(term, low) < snap(term, high))


@given(terms, values, rungs)
def test_coarsening_twice_is_coarsening_once(term, value, rung):
    told = coarsen(term, value, rung)
    assert told is None or coarsen(term, told, rung) == told


@given(terms, rungs, st.text("abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=12))
def test_free_words_do_not_pass_below_exact_except_as_a_city(term, rung, secret):
    told = coarsen(term, f"12 {secret} 34", rung)
    if snap(term, rung) is not Granularity.EXACT:
        assert told is None or secret not in told


def test_a_run_of_digits_is_no_day():
    assert coarsen("gb:ContractEnd", "0001100100", Granularity.BAND) == KNOWN
    assert coarsen("gb:ContractEnd", "0001-10-01", Granularity.BAND) == "0001-10"

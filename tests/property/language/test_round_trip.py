"""What we write about terms is read back as the same terms, for every shipped category and both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.language.reading import read_offer
from agent.language.wording import ActDetails, word_move
from negotiators.categories import Category, Issue, shipped
from negotiators.dialogue import Accept, IssueKind, Offer, OfferId, Propose, ProviderId, Terms, TermValue
from negotiators.money import Money, Period
from negotiators.text import UntrustedText

TODAY = date(2026, 11, 22)


def _values(issue: Issue, currency: str) -> st.SearchStrategy[TermValue]:
    match issue.kind:
        case IssueKind.MONEY:
            cents = st.integers(0, 10_000_000).map(lambda n: Money(Decimal(n) / 100, currency))
            if issue.per == "unit":
                return st.integers(0, 9999).map(lambda n: Money(Decimal(n) / 10_000, currency))
            return cents
        case IssueKind.NUMBER:
            return st.integers(1, 5000).map(Decimal)
        case IssueKind.DURATION:
            return st.builds(Period, st.integers(0, 60), st.integers(0, 31))
        case IssueKind.CHOICE:
            return st.sampled_from(issue.choices)
        case IssueKind.FLAG:
            return st.booleans()
        case IssueKind.DATE:
            return st.dates(date(2026, 1, 1), date(2035, 12, 31))


@st.composite
def _terms(draw: st.DrawFn, category: Category) -> Terms:
    issues = {issue.name: issue for issue in category.issues}
    chosen = draw(st.sets(st.sampled_from(sorted(issues)), min_size=1))
    return Terms.of({name: draw(_values(issues[name], category.currency)) for name in sorted(chosen)})


@pytest.mark.parametrize("category", shipped().values(), ids=lambda category: category.id)
@pytest.mark.parametrize("language", ["en", "de"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_worded_proposal_is_read_back_to_the_same_terms(
    category: Category, language: str, data: st.DataObject
) -> None:
    terms = data.draw(_terms(category))
    offer = Offer(OfferId("o1"), ProviderId("us"), category.id, terms, datetime(2027, 1, 1, tzinfo=UTC))
    move = data.draw(st.sampled_from([Propose(offer), Propose(offer, OfferId("o0")), Accept(OfferId("o1"), terms)]))
    text = word_move(move, category, language, ActDetails(first=data.draw(st.booleans())))  # type: ignore[arg-type]
    read = read_offer(UntrustedText(text, "us"), category, today=TODAY)
    assert read.terms.texts() == terms.texts(), text
    assert not read.ambiguous
    for item in read.evidence:
        assert item.span is not None
        assert text[item.span.start : item.span.end] == item.span.quote

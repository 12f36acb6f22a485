"""Interview and learning: few questions, weights that predict, nothing flipped by one odd decision, all of it visible."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from agent.boundaries import Point, sentence_of
from agent.kernel.ledger import Ledger
from agent.memory_lists import preferences
from agent.needs.completing import WEIGHT, RecalledPreference, complete
from agent.needs.eliciting import asked_issues, aspects
from agent.needs.learning import beliefs, drift, learned, lessons
from agent.needs.need import Need, Wish
from agent.needs.valuation import worth as worth_of
from agent.rulebook import RuleBook
from agent.runtime.lessons import relearn
from agent.teaching import Teaching
from agent.views import FacadeError, QuestionView, TermView
from memory.elicitation import MOST_QUESTIONS, Interview, Named, Never, Pair, Preferred, YesNo
from memory.preferences import Op, Preference, PreferenceId, PreferenceSource, Term
from memory.rules import RuleProblem, parse_rule
from memory.store import DecisionId, PastDecision, Store, Verdict
from negotiators.categories import load_categories
from negotiators.money import Money
from tests.requirements import requirement

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PHONE = load_categories(None)["mobile_plan"]
ASKED = asked_issues(PHONE)


def offer(price: str, gb: str = "20", months: str = "P1M") -> tuple[Term, ...]:
    return (
        Term("price_monthly", Op.IS, price, "EUR"),
        Term("data_gb", Op.IS, gb, "GB"),
        Term("term", Op.IS, months),
    )


CHEAP_AND_LONG, DEAR_AND_FREE = offer("9.00", "20", "P24M"), offer("21.00", "20", "P0D")


def decided(number: int, better: tuple[Term, ...], worse: tuple[Term, ...], **more: object) -> PastDecision:
    made = PastDecision(
        DecisionId(f"d{number}"),
        Verdict.COUNTERED,
        "",
        NOW + timedelta(days=number),
        PHONE.id,
        terms=better,
        over=worse,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def likes_cheap(count: int, start: int = 0) -> list[PastDecision]:
    return [decided(start + at, CHEAP_AND_LONG, DEAR_AND_FREE) for at in range(count)]


def share(entries: tuple[Preference, ...], issue: str) -> float:
    return next(float(one.terms[0].value) for one in entries if one.terms[0].issue == issue)


def answer(question: QuestionView) -> str:
    """A person for whom only the data volume and the term count; 24 months never do. Companies may know nothing."""
    if question.kind in ("release", "autonomy"):
        return "no" if question.kind == "release" else "="
    if question.kind == "never":
        return "term"
    if question.kind == "still_good":
        return "no" if question.first[0].value == "P24M" else "yes"

    def worth(side: tuple[TermView, ...]) -> float:
        made = 0.0
        for term in side:
            issue = PHONE.issue(term.issue)
            assert issue is not None
            made += {"data_gb": 3.0, "term": 2.0}.get(term.issue, 0.05) * worth_of(issue, None, issue.parse(term.value))
        return made

    return "1" if worth(question.first) >= worth(question.second) else "2"


def test_the_interview_asks_at_most_fifteen_short_questions_and_finds_what_counts(tmp_path: Path) -> None:
    teach, asked = Teaching(tmp_path), 0
    while (question := teach.question("mobile_plan")) is not None:
        assert len(question.first) <= 3 or question.kind == "never"
        teach.answer("mobile_plan", answer(question))
        asked += 1
    assert asked <= MOST_QUESTIONS
    found = teach.learned("mobile_plan")
    counts = {one.issue: one.percent for one in found if one.percent is not None}
    assert max(counts, key=lambda issue: counts[issue]) == "data_gb"
    assert counts["data_gb"] > 30
    bound = next(one.bound for one in found if one.op == "<=" and one.issue == "term")
    assert bound is not None and bound.value == "P12M"


def to_the_rules(teach: Teaching, category: str = "mobile_plan") -> QuestionView:
    while (question := teach.question(category)) is not None and question.kind not in ("release", "autonomy"):
        teach.answer(category, answer(question) if category == "mobile_plan" else any_answer(question))
    assert question is not None
    return question


def any_answer(question: QuestionView) -> str:
    return {"never": "", "still_good": "yes", "pair": "="}[question.kind]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_interview_ends_in_rules_of_the_rule_book_and_a_limit_for_the_category(
    tmp_path: Path, language: str
) -> None:
    teach, book = Teaching(tmp_path), RuleBook(tmp_path)
    asked = []
    question: QuestionView | None = to_the_rules(teach)
    for said in ("1", "ask", "tell"):
        assert question is not None and question.number <= MOST_QUESTIONS
        asked.append((question.kind, question.data, question.granularity))
        with pytest.raises(FacadeError, match="answer_unclear"):
            teach.answer("mobile_plan", "7")
        teach.answer("mobile_plan", said, language=language)
        question = teach.question("mobile_plan")
    assert question is None
    assert asked == [
        ("release", "pd:PostalCode", "region"),
        ("release", "pd:TelephoneNumber", "exact"),
        ("autonomy", "", ""),
    ]
    rules = [(one.category, one.effect, one.granularity, one.stages) for one in book.rules()]
    assert rules == [
        ("pd:PostalCode", "permit", "region", ("quote", "offer")),
        ("pd:TelephoneNumber", "ask", "exact", ("quote", "offer")),
    ]
    assert teach.agreed("mobile_plan") == book.rules()
    with closing(Ledger(tmp_path)) as ledger:
        assert json.loads(ledger.row("SELECT limits FROM limits WHERE category='mobile_plan'")["limits"]) == {
            "autonomy": "tell"
        }
    internet = to_the_rules(teach, "internet")
    assert internet.data == "pd:PhysicalAddress"  # the postal code is settled for everybody

    teach.start_again("mobile_plan")
    assert book.rules() == () and teach.agreed("mobile_plan") == ()


def test_what_the_person_ruled_before_is_not_asked_again(tmp_path: Path) -> None:
    RuleBook(tmp_path).add("Nobody may know my postal code")
    assert to_the_rules(Teaching(tmp_path)).data == "pd:TelephoneNumber"


def test_every_answer_is_read_back_by_the_rule_book_as_exactly_what_was_meant() -> None:
    effects = {"yes": "permit", "ask": "ask", "no": "forbid"}
    for category in load_categories(None).values():
        for parameter in category.parameters:
            point = Point("release", parameter.data_category, parameter.sufficient)
            for language, choice in product(("en", "de"), effects):
                read = parse_rule(sentence_of(point, choice, language), "x")
                assert not isinstance(read, RuleProblem), (sentence_of(point, choice, language), read)
                (rule,) = read
                assert (rule.category, rule.effect.value) == (parameter.data_category, effects[choice])
                rough = {"region": "REGION", "band": "BAND"}.get(parameter.sufficient, "EXACT")
                assert choice != "yes" or rule.granularity.name == rough


def test_stopping_after_any_question_keeps_what_was_learned_and_the_next_call_goes_on(tmp_path: Path) -> None:
    teach = Teaching(tmp_path)
    for number in range(1, 7):
        question = teach.question("mobile_plan")
        assert question is not None and question.number == number
        teach.answer("mobile_plan", answer(question))
    again = Teaching(tmp_path).question("mobile_plan")
    assert again is not None and again.number == 7
    assert Teaching(tmp_path).learned("mobile_plan")
    assert teach.start_again("mobile_plan") == 6
    assert teach.learned("mobile_plan") == ()
    first = teach.question("mobile_plan")
    assert first is not None and first.number == 1


def test_an_answer_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    teach = Teaching(tmp_path)
    with pytest.raises(FacadeError, match="answer_unclear"):
        teach.answer("mobile_plan", "perhaps")
    with pytest.raises(FacadeError, match="unknown_category"):
        teach.question("phone")
    question = teach.question("mobile_plan")
    assert question is not None and question.number == 1


def test_a_question_is_never_asked_twice_and_never_offers_what_would_never_do() -> None:
    interview, seen = Interview(aspects(ASKED)), set()
    term = [one.issue.name for one in ASKED].index("term")
    while (question := interview.question()) is not None:
        assert question not in seen
        seen.add(question)
        match question:
            case Never():
                interview = interview.answered(question, Named((term,)))
            case Pair(which, first, second):
                assert all(
                    level > 0 for side in (first, second) for at, level in zip(which, side, strict=True) if at == term
                )
                interview = interview.answered(question, Preferred(1))
            case _:
                interview = interview.answered(question, YesNo(True))


def test_the_same_answers_give_the_same_questions_and_weights() -> None:
    one, other = Interview(aspects(ASKED), seed=3), Interview(aspects(ASKED), seed=3)
    for _ in range(5):
        question = one.question()
        assert question == other.question() and question is not None
        given = Named(()) if isinstance(question, Never) else Preferred(2)
        one, other = one.answered(question, given), other.answered(question, given)
    assert one.outcome() == other.outcome()


# -- learning from decisions ------------------------------------------------------------------------------------------


def test_nothing_is_learned_from_one_or_two_decisions() -> None:
    assert learned(PHONE, likes_cheap(2), context="", at=NOW) == ()
    assert learned(PHONE, likes_cheap(3), context="", at=NOW)


@requirement("attention:one-odd-decision-flips-nothing")
def test_one_odd_decision_flips_nothing() -> None:
    usual = likes_cheap(8)
    odd = decided(9, DEAR_AND_FREE, CHEAP_AND_LONG)
    before, after = (learned(PHONE, some, context="", at=NOW) for some in (usual, [*usual, odd]))
    for entries in (before, after):
        assert share(entries, "price_monthly") > share(entries, "term")
    assert drift(ASKED, [*usual, odd]) is None


def test_a_drift_is_found_within_four_decisions_and_the_answer_decides_what_it_means() -> None:
    usual = likes_cheap(8)
    turned = [decided(10 + at, DEAR_AND_FREE, CHEAP_AND_LONG) for at in range(4)]
    found = drift(ASKED, [*usual, *turned])
    assert found is not None and found.issue in {"price_monthly", "term"}
    refs = found.decisions
    yes = PastDecision(DecisionId("m"), Verdict.CHANGED_MIND, "", NOW + timedelta(days=20), PHONE.id, refs=refs)
    no = replace(yes, verdict=Verdict.SAME_MIND)
    changed = beliefs(ASKED, lessons(ASKED, [*usual, *turned, yes])).mean
    same = beliefs(ASKED, lessons(ASKED, [*usual, *turned, no])).mean
    price, term = (
        next(at for at, one in enumerate(ASKED) if one.issue.name == name) for name in ("price_monthly", "term")
    )
    assert changed[term] > changed[price]
    assert same[price] > same[term]


def test_a_no_because_of_the_price_makes_the_price_count_more_and_a_no_for_the_moment_teaches_nothing() -> None:
    dear = [
        decided(at, offer("38.00", "100", "P0D"), (), verdict=Verdict.REJECTED, reason="too_expensive")
        for at in range(5)
    ]
    usual = float(next(one.issue.weight for one in ASKED if one.issue.name == "price_monthly"))
    usual /= float(sum(one.issue.weight for one in ASKED))
    assert share(learned(PHONE, dear, context="", at=NOW), "price_monthly") > usual
    later = [replace(one, reason="not_now") for one in dear]
    assert lessons(ASKED, later) == []


def test_wrong_terms_teach_about_the_issue_that_was_named() -> None:
    long = [
        decided(
            at, offer("8.00", "20", "P24M"), (Term("term", Op.IS_NOT),), verdict=Verdict.REJECTED, reason="wrong_terms"
        )
        for at in range(5)
    ]
    entries = learned(PHONE, long, context="", at=NOW)
    base = learned(PHONE, [replace(one, reason="too_expensive") for one in long], context="", at=NOW)
    assert share(entries, "term") > share(base, "term")


def test_decisions_of_a_circumstance_teach_for_it_alone() -> None:
    usual = likes_cheap(5)
    moving = [decided(20 + at, DEAR_AND_FREE, CHEAP_AND_LONG, context="moving house") for at in range(5)]
    general, special = (learned(PHONE, [*usual, *moving], context=one, at=NOW) for one in ("", "moving house"))
    assert share(general, "price_monthly") > share(general, "term")
    assert share(special, "term") > share(special, "price_monthly")
    assert {one.context for one in special} == {"moving house"}


def test_in_a_circumstance_its_wishes_stand_in_for_the_usual_ones_but_never_for_conditions(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        usual = Preference(PreferenceId("u"), "20 GB", (Term("data_gb", Op.LEAST, "20"),), PHONE.id, stated_at=NOW)
        hard = replace(usual, id=PreferenceId("h"), terms=(Term("term", Op.MOST, "P12M"),), hard=True)
        moving = replace(usual, id=PreferenceId("m"), terms=(Term("data_gb", Op.LEAST, "100"),), context="Moving house")
        longer = replace(
            hard, id=PreferenceId("l"), terms=(Term("term", Op.MOST, "P24M"),), hard=False, context="moving house"
        )
        store.add(usual, hard, moving, longer)

        def effective(*circumstances: str) -> set[str]:
            return {one.id for one in store.preferences(NOW, circumstances=frozenset(circumstances)).effective}

        assert effective() == {"u", "h"}
        assert effective("moving house") >= {"m", "h"}
        assert "u" not in effective("moving house")


# -- what is learned is used, seen and taken back ---------------------------------------------------------------------


def weights(**shares: str) -> list[RecalledPreference]:
    return [
        RecalledPreference(
            Preference(PreferenceId(f"w-{issue}"), issue, (Term(issue, Op.WEIGHS, value),), PHONE.id,
                       source=PreferenceSource.INFERRED), 1.0, WEIGHT,
        )
        for issue, value in shares.items()
    ]  # fmt: skip


def test_learned_weights_complete_a_need_beside_its_own_wishes_and_keep_the_sum() -> None:
    own = Wish("price_monthly", maximum=Money.of("20.00", "EUR"), hard=True)
    need = complete(Need("n", PHONE.id, "", (own,)), PHONE, weights(price_monthly="0.25", term="0.75"))
    price, term = need.wish("price_monthly"), need.wish("term")
    assert price is not None and term is not None
    assert price.maximum == own.maximum and price.hard
    assert price.weight is not None and term.weight is not None
    usual = sum(issue.weight for issue in PHONE.issues if issue.name in ("price_monthly", "term"))
    assert price.weight + term.weight == usual
    assert {used["id"] for used in need.recalled} == {"w-price_monthly", "w-term"}


@requirement("forget:taken-back-stays-taken-back")
def test_a_weight_taken_back_stays_so_until_new_decisions_speak_for_it(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.add(*likes_cheap(4))
        at = NOW + timedelta(days=30)
        ids = {one.id for one in relearn(store, PHONE, at)}
        gone = PreferenceId("learned-mobile_plan-price_monthly")
        assert gone in ids
        store.retract(gone, at)
        store.add(decided(40, CHEAP_AND_LONG, DEAR_AND_FREE))
        relearn(store, PHONE, at + timedelta(days=20))
        assert store.get(Preference, gone).valid_until == at
        store.add(*likes_cheap(3, start=50))
        relearn(store, PHONE, at + timedelta(days=60))
        again = store.get(Preference, gone)
        assert again.valid_until is None
        assert not {"decision:d0", "decision:d1"} & set(again.evidence)


def test_without_a_decision_its_lesson_goes_too(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.add(*likes_cheap(3))
        assert relearn(store, PHONE, NOW)
        relearn(store, PHONE, NOW, without="d1")
        assert store.entries(Preference) == ()


def test_a_correction_of_a_learned_weight_is_the_persons_word_and_outranks_later_learning(tmp_path: Path) -> None:
    teach = Teaching(tmp_path)
    with Store(tmp_path) as store:
        store.add(*likes_cheap(4))
        relearn(store, PHONE, NOW)
    new = teach.correct("learned-mobile_plan-term", value="60 %")
    with pytest.raises(FacadeError, match="value_unclear"):
        teach.correct(new, value="lots")
    with Store(tmp_path) as store:
        store.add(*likes_cheap(4, start=400))
        relearn(store, PHONE, NOW + timedelta(days=500))
        now = datetime.now(UTC) + timedelta(days=600)
        effective = store.preferences(now, category=PHONE.id).effective
    about_term = [one for one in effective if one.terms[0].issue == "term"]
    assert [one.terms[0].value for one in about_term] == ["0.600"]
    assert about_term[0].source is PreferenceSource.SAID


def test_what_is_so_at_present_is_listed_ends_and_counts_only_meanwhile(tmp_path: Path) -> None:
    teach = Teaching(tmp_path)
    teach.begins("short of cash")
    assert [one.words for one in teach.circumstances()] == ["short of cash"]
    with Store(tmp_path) as store:
        assert store.present(datetime.now(UTC)) == {"short of cash"}
    assert teach.ends("Short of Cash") == 1
    assert teach.circumstances() == ()


def test_a_contradiction_is_resolved_by_time_and_the_list_says_by_what(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        old = Preference(PreferenceId("old"), "at most 20", (Term("price_monthly", Op.MOST, "20", "EUR"),), PHONE.id)
        new = replace(
            old, id=PreferenceId("new"), words="at most 15", terms=(Term("price_monthly", Op.MOST, "15", "EUR"),)
        )
        store.add(replace(old, stated_at=NOW), replace(new, stated_at=NOW + timedelta(days=1)))
    rows = {row["id"]: row for row in preferences(tmp_path)}
    assert (rows["old"]["overruled_by"], rows["new"]["overruled_by"]) == ("new", "")

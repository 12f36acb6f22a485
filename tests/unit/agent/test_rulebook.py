"""The person's rules through the facade: drafted, confirmed, switched, tried, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.rulebook import RuleBook
from agent.views import FacadeError
from memory.facts import Granularity
from memory.rules import Effect
from memory.store import Store
from tests.requirements import requirement
from tests.support.gating import bench
from tui.wording import Wording
from tui.wording.rules import conflict, sentence, trial


@pytest.fixture
def book(tmp_path: Path) -> RuleBook:
    return RuleBook(tmp_path / "home")


def stored(book: RuleBook):
    with Store(book.home) as store:
        return store.rules()


@requirement("disclosure:drafts-bind-nothing")
def test_a_draft_is_read_back_and_binds_nothing_until_it_is_added(book: RuleBook) -> None:
    said = "Movers may know my floor, but my street only after I said yes"
    drafts = book.draft(said)
    assert [draft.category for draft in drafts] == ["gb:Floor", "pd:Street"] and stored(book) == ()
    kept = book.add(said)
    assert [rule.number for rule in kept] == ["1", "1"] and len(stored(book)) == 2
    words = Wording("en")
    assert sentence(words, kept[1]).startswith("A company for Removal firm may learn: street (exactly), after your yes")
    assert sentence(Wording("de"), kept[0]).startswith("Eine Firma für Umzug darf erfahren: Stockwerk (genau)")


@pytest.mark.parametrize(
    ("said", "kind"),
    [("purple", "no_category"), ("my income", "no_effect"), ("Everyone may know my budget", "never_class"),
     ("Hotels may know my religion", "needs_named_recipient"), (" ", "empty")],
)  # fmt: skip
def test_what_is_no_rule_is_named_by_its_problem(book: RuleBook, said: str, kind: str) -> None:
    with pytest.raises(FacadeError) as refused:
        book.draft(said)
    assert (refused.value.code, refused.value.params["kind"]) == ("rule_unread", kind)


def test_a_permit_for_a_named_company_is_kept_for_its_key_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    book = RuleBook(tmp_path / "home")
    assert book.rules() == ()
    desk = bench(book.home)
    desk.talk("acme")
    desk.ledger.close()
    assert [rule.who_name for rule in book.add("Only ACME may know my religion")] == ["acme"]
    with pytest.raises(FacadeError, match="no_such_provider"):
        book.add("Only Zeta may know my religion")
    assert book.add("Never tell Zeta my city")[0].effect == "forbid"


@requirement("disclosure:switched-off-lets-nothing-out")
def test_a_rule_is_switched_off_made_to_ask_and_on_again(book: RuleBook) -> None:
    book.add("Anyone may know my city")
    outcomes = []
    for mode in ("on", "ask", "off", "on"):
        (changed,) = book.set_mode("1", mode)
        assert changed.mode == mode
        outcomes.append(book.tried("my city")[0].outcome)
    assert outcomes == ["permit", "ask", "deny", "permit"]
    book.add("Never tell anyone my income")
    with pytest.raises(FacadeError, match="rule_cannot_ask"):
        book.set_mode("2", "ask")
    book.set_mode("2", "off")
    book.set_mode("2", "on")
    assert stored(book)[1].effect is Effect.FORBID
    book.remove("rule:1")
    assert [rule.number for rule in book.rules()] == ["2"]
    with pytest.raises(FacadeError, match="no_such_rule"):
        book.remove("7")


@pytest.mark.parametrize(
    "question", ["Who may learn my birth date, and when?", "Wer darf mein Geburtsdatum erfahren, und wann?"]
)
def test_trying_a_question_says_who_would_learn_it_and_when(book: RuleBook, question: str) -> None:
    book.adopt_defaults("en")
    rows = book.tried(question)
    assert {row.category for row in rows} == {"pd:BirthDate"}
    service = [row for row in rows if row.purpose != "dpv:Marketing"]
    told = {(row.who, stage): (row.outcome, row.granularity) for row in service for stage in row.stages}
    assert told["any", "quote"] == ("coarsen", "band") and told["any", "commit"] == ("deny", "none")
    assert told["chosen", "commit"] == ("ask", "exact")
    assert rows[-1].purpose == "dpv:Marketing" and rows[-1].outcome == "deny"
    said = [trial(Wording("de"), row) for row in rows]
    assert any("die Firma, die ich gewählt habe" in line and "gefragt" in line for line in said)


def test_the_defaults_are_kept_once_and_conflicts_are_said(book: RuleBook) -> None:
    first = book.adopt_defaults("de")
    assert len(first) == len(book.defaults("de")) and book.adopt_defaults("de") == ()
    book.add("Niemand erfährt meine Stadt")
    found = [one for one in book.conflicts() if one.kind == "forbid_beats"]
    assert {one.loser.category for one in found} >= {"pd:City"}
    assert "verbietet" in conflict(Wording("de"), found[0])


def test_what_the_rules_say_is_what_the_engine_does(book: RuleBook) -> None:
    """The trial of a price rule: nothing is told for nothing."""
    book.add("Anyone may know my hobbies for at least 5 euros")
    (rule,) = stored(book)
    assert rule.granularity is Granularity.EXACT and rule.constraints.price == ("5", "EUR")
    assert book.tried("my hobbies")[0].reason == "unmet_price"

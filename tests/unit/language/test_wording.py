"""Our sentences: honest, warm, and silent about what must not leave."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from agent.language.phrases import NON_BINDING, PHRASES, REFUSAL, Phrase
from agent.language.results import Language
from agent.language.wording import ActDetails, word_move
from negotiators.categories import shipped
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    Leave,
    Move,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reject,
    Terms,
    TermsHash,
    Withdraw,
)
from negotiators.money import Money

PLAN = shipped()["mobile_plan"]
TERMS = Terms.of({"price_monthly": Money.of("17.50", "EUR")})
OFFER = Offer(OfferId("o"), ProviderId("p"), "mobile_plan", TERMS)
MOVES: tuple[Move, ...] = (
    Ask(TERMS), Propose(OFFER), Propose(OFFER, OfferId("x")), Accept(OfferId("o"), TERMS), Commit(OfferId("o"), TERMS, TermsHash("h")),
    Reject(), Withdraw(), Inquire("term"), Inform("postal_code", "10xxx", "region"), Inform("income"), Leave("too_expensive"),
)  # fmt: skip
LANGUAGES: tuple[Language, ...] = get_args(Language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: type(move).__name__)
def test_every_message_says_that_a_bot_writes(move: Move, language: Language) -> None:
    text = word_move(move, PLAN, language)
    assert "Gegenbot" in text and re.search("automated assistant|automatischer Assistent", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("move", MOVES, ids=lambda move: type(move).__name__)
def test_no_message_names_budget_limit_rule_or_rival(move: Move, language: Language) -> None:
    text = word_move(move, PLAN, language, ActDetails(first=True)).lower()
    assert not re.search(
        r"budget|limit\b|reservation|too_expensive|rule|regel|other offer|andere angebote|competitor|konkurren|mandat",
        text,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_a_commitment_binds(language: Language) -> None:
    for move in (Propose(OFFER), Accept(OfferId("o"), TERMS)):
        assert NON_BINDING[language] in word_move(move, PLAN, language)
    commit = word_move(Commit(OfferId("o"), TERMS, TermsHash("h")), PLAN, language)
    assert NON_BINDING[language] not in commit and re.search("bindingly|verbindlich", commit)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refusal_to_tell_is_the_same_bytes_for_every_field(language: Language) -> None:
    texts = {word_move(Inform(field), PLAN, language) for field in ("income", "gb:Budget", "postal_code", "text:1")}
    assert len(texts) == 1 and REFUSAL[language] in texts.pop()


def test_both_languages_say_everything() -> None:
    for language in LANGUAGES:
        assert set(PHRASES[language]) == set(Phrase)


def test_a_confirmation_is_not_ours_to_write() -> None:
    with pytest.raises(ValueError, match="company's move"):
        word_move(Confirm(TERMS), PLAN, "en")


def test_missing_terms_of_an_offer_are_asked_by_their_labels() -> None:
    text = word_move(Ask(), PLAN, "de", ActDetails(questions=("Mindestlaufzeit", "Kündigungsfrist")))
    assert "- Mindestlaufzeit" in text and "- Kündigungsfrist" in text

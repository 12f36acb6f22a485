"""Reading text into typed values: the door of this package for other parts.

`read_offer` and `read_intent` read a company's message, `read_need` a sentence of the person. Rules only; the
optional language model (`agent.language.model`) wraps these and can only add what stands in the text.
"""

from __future__ import annotations

from agent.language.intents import read_intent
from agent.language.needs import read_need
from agent.language.offers import read_offer
from agent.language.questions import match_categories, read_questions
from agent.language.results import (
    Ambiguous,
    IssueWish,
    Language,
    MandateHint,
    Question,
    ReadIntent,
    ReadNeed,
    ReadOffer,
    Signal,
)

__all__ = [
    "Ambiguous",
    "IssueWish",
    "Language",
    "MandateHint",
    "Question",
    "ReadIntent",
    "ReadNeed",
    "ReadOffer",
    "Signal",
    "match_categories",
    "read_intent",
    "read_need",
    "read_offer",
    "read_questions",
]

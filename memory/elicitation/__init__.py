"""Finding out what matters to a person: weights from choices, and the few questions that tell most. Pure."""

from memory.elicitation.beliefs import Beliefs, Choice
from memory.elicitation.interview import (
    MOST_QUESTIONS,
    Answer,
    Aspect,
    Interview,
    Named,
    Never,
    Outcome,
    Pair,
    Preferred,
    Question,
    StillGood,
    YesNo,
)

__all__ = [
    "MOST_QUESTIONS",
    "Answer",
    "Aspect",
    "Beliefs",
    "Choice",
    "Interview",
    "Named",
    "Never",
    "Outcome",
    "Pair",
    "Preferred",
    "Question",
    "StillGood",
    "YesNo",
]

"""Finding again: vectors, full text and structure together. chromadb is opened only here, and only when needed."""

from memory.recall.drawers import Drawer
from memory.recall.questions import CategoryMatch, MatchedBy, match_categories
from memory.recall.recall import Health, NeedRecall, QuestionMatch, Recall, Recalled, RuleMatch, Why

__all__ = [
    "CategoryMatch",
    "Drawer",
    "Health",
    "MatchedBy",
    "NeedRecall",
    "QuestionMatch",
    "Recall",
    "Recalled",
    "RuleMatch",
    "Why",
    "match_categories",
]

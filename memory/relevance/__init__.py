"""Text relevance: which offers fit a need, which remembered sentences a question needs. No network, no training."""

from memory.relevance.entries import SearchableEntries, TextEntry, search_entries
from memory.relevance.offers import NeedText, OfferText, OfferTexts, Relevance, rank_offers
from memory.relevance.standing import StandingEntries
from memory.relevance.turns import Conversation, Turn

__all__ = [
    "Conversation",
    "NeedText",
    "OfferText",
    "OfferTexts",
    "Relevance",
    "SearchableEntries",
    "StandingEntries",
    "TextEntry",
    "Turn",
    "rank_offers",
    "search_entries",
]

"""Pieces of screens. They draw view values; none of them accepts a provider's text as a plain string."""

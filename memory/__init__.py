"""Knows the person. Knows nothing of companies or of negotiation."""

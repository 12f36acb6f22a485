"""Decides: needs, market, kernel (gate and ledger), digest, language, runtime."""

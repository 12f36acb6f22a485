"""Needs as the runner sees them: read from the ledger, with their categories and today's contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal

from agent.kernel.ledger import Ledger
from agent.needs.contracts import Contract
from agent.needs.need import Need, leg_from, mandate_from, wishes_from
from agent.needs.valuation import Valuation
from agent.zone import Days
from negotiators.categories import Category
from negotiators.dialogue import Terms


class NeedsBook:
    """Reads needs from the projections. `contracts` gives what the person pays today, by id, and `days` the day
    of a moment where the person lives."""

    def __init__(
        self,
        ledger: Ledger,
        categories: Mapping[str, Category],
        contracts: Callable[[], Mapping[str, Contract]],
        days: Days,
    ) -> None:
        self._ledger = ledger
        self._categories = categories
        self._contracts = contracts
        self.days = days

    def category(self, name: str) -> Category:
        return self._categories[name]

    def need(self, need_id: str) -> Need:
        """Raises `KeyError` for an unknown need."""
        row = self._ledger.row("SELECT * FROM needs WHERE id=?", (need_id,))
        if row is None:
            raise KeyError(need_id)
        mandate = mandate_from(json.loads(row["mandate"]))
        category = self.category(row["category"])
        return Need(
            row["id"], row["category"], self._ledger.body(row["body"]) or "",
            wishes_from(json.loads(row["issues"]), category, mandate.currency), mandate,
            Decimal(row["units"]) if row["units"] else None, row["bundle"], leg_from(json.loads(row["leg"])),
            row["contract"], tuple(json.loads(row["recalled"])),
        )  # fmt: skip

    def open_needs(self) -> list[Need]:
        return [
            self.need(row["id"]) for row in self._ledger.rows("SELECT id FROM needs WHERE state='open' ORDER BY rowid")
        ]

    def valuation(self, need: Need) -> Valuation:
        return Valuation(self.category(need.category), need)

    def contract(self, need: Need) -> Contract | None:
        return self._contracts().get(need.contract) if need.contract else None

    def contract_terms(self, need: Need) -> Terms | None:
        """Today's terms, when going on with them is possible."""
        contract = self.contract(need)
        return contract.terms if contract is not None and contract.continues else None

    def trusted(self, provider: str) -> bool:
        row = self._ledger.row("SELECT trust FROM providers WHERE id=?", (provider,))
        return row is not None and row["trust"] == "trusted"

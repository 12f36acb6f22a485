"""What a configured language model costs: every call on the ledger, and a budget for each day."""

from __future__ import annotations

from dataclasses import dataclass

from agent.kernel.ledger import Ledger
from agent.kernel.ownevents import ModelCalled
from agent.language.modelcall import BookedCall
from agent.runtime.config import Language
from negotiators.clock import Clock


@dataclass(frozen=True, slots=True)
class SpendLedger:
    """The persistent `Spend` of `agent.language`: a day is a UTC day."""

    ledger: Ledger
    clock: Clock
    limits: Language

    def used(self) -> tuple[int, int]:
        """Calls and tokens of today."""
        day = self.clock.now().date().isoformat()
        row = self.ledger.row(
            "SELECT COUNT(*) AS calls, COALESCE(SUM(json_extract(payload,'$.input_tokens') + "
            "json_extract(payload,'$.output_tokens')), 0) AS tokens FROM events WHERE type='ModelCalled' AND at>=?",
            (day,),
        )
        return (row["calls"], row["tokens"]) if row else (0, 0)

    def allows(self, tokens: int) -> bool:
        calls, spent = self.used()
        return calls < self.limits.calls_per_day and spent + tokens <= self.limits.tokens_per_day

    def book(self, call: BookedCall) -> None:
        event = ModelCalled(
            call.purpose, self.limits.model, call.input_tokens, call.output_tokens, call.estimated, call.problem
        )
        self.ledger.append(self.clock.now(), [event])

"""What each simulated company saw and did, for tests and benches to assert on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from negotiators.dialogue import Move, OfferId, Terms, act_of


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract as the company recorded it: once per offer."""

    offer_id: OfferId
    terms: Terms
    reference: str
    context: str


@dataclass(slots=True)
class CompanyLog:
    """One company's record.

    `messages` counts every arrival of a message id, repeats included; `moves` are those understood, in order
    and without repeats; `told` is the personal data it got, by field; `bodies` the raw requests.
    """

    name: str
    messages: Counter[str] = field(default_factory=Counter)
    moves: list[Move] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)
    commits: int = 0
    withdrawn: int = 0
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def acts(self) -> list[str]:
        return [act_of(move) for move in self.moves]

    @property
    def repeats(self) -> int:
        """Arrivals of a message id beyond its first."""
        return sum(self.messages.values()) - len(self.messages)


@dataclass(slots=True)
class ArenaLog:
    """All companies' records, by name."""

    companies: dict[str, CompanyLog] = field(default_factory=dict)

    def of(self, name: str) -> CompanyLog:
        return self.companies.setdefault(name, CompanyLog(name))

    @property
    def contracts(self) -> list[tuple[str, Contract]]:
        return [(name, contract) for name, log in sorted(self.companies.items()) for contract in log.contracts]

    @property
    def bytes_out(self) -> bytes:
        """Every request body any company received: what a leak test searches."""
        return b"\n".join(body for _, log in sorted(self.companies.items()) for body in log.bodies)

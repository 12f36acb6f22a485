"""When talks stand back for what comes first: a digest's hour, or a decision the person made meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.kernel.ledger import Ledger
from negotiators.clock import Clock

LONGEST = timedelta(minutes=2)
"""So long talks are carried on in one tick, over all needs: slow companies keep nothing else waiting for longer."""

_DECIDED = "('Approved','Decided','ForgetRequested','NeedStated','NeedClosed','LimitsSet')"


@dataclass(slots=True)
class Pause:
    """Asked between two rounds of a need's talks. `made` says whether it ever answered yes: the talks then go on in the
    next tick, at once."""

    ledger: Ledger
    clock: Clock
    until: datetime
    seen: int
    made: bool = field(default=False)

    def __call__(self) -> bool:
        self.made = self.made or self.clock.now() >= self.until or self._decided()
        return self.made

    def _decided(self) -> bool:
        query = f"SELECT 1 FROM events WHERE seq>? AND type IN {_DECIDED}"
        return self.ledger.row(query, (self.seen,)) is not None


def pauses(ledger: Ledger, clock: Clock, needs: int) -> Pause:
    """A need's share of one tick, from now on; what was decided before is seen already."""
    last = ledger.row("SELECT COALESCE(MAX(seq), 0) AS seq FROM events")
    assert last is not None
    return Pause(ledger, clock, clock.now() + LONGEST / max(1, needs), int(last["seq"]))

"""What earlier talks with a seller taught the engine: read from the records of those talks, kept nowhere else.

So it is as visible as they are (`gegenbot providers learned`), and gone when they are forgotten (`seller:PROVIDER`).
Each decision that used it holds it by value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.market.table import profile_from
from negotiators.bargaining import OurMove, TheirMove

if TYPE_CHECKING:
    from agent.kernel.ledger import Ledger
    from negotiators.bargaining import SellerPrior, Transcript

TALKS = 8
"""So many of the latest talks are looked at."""
NOW = 2**62
"""Beyond every sequence number."""

_LAST = """
SELECT c.body FROM negotiations n JOIN choices c ON c.seq = (
  SELECT MAX(k.seq) FROM choices k JOIN bodies b ON b.id=k.body WHERE k.negotiation=n.id AND k.seq<?)
WHERE n.provider=? AND n.category=? AND n.need<>? ORDER BY c.seq DESC LIMIT ?
"""


def prior_of(ledger: Ledger, negotiation: str) -> SellerPrior | None:
    """What was known of this talk's seller, in its category, when the talk's first move was chosen."""
    row = ledger.row("SELECT need, provider, category FROM negotiations WHERE id=?", (negotiation,))
    if row is None:
        return None
    first = ledger.row("SELECT MIN(seq) AS seq FROM choices WHERE negotiation=?", (negotiation,))
    until = first["seq"] if first is not None and first["seq"] is not None else NOW
    return _read(ledger, row["provider"], row["category"], until, row["need"])


def known_of(ledger: Ledger, provider: str) -> Mapping[str, SellerPrior]:
    """What is known of a seller now, by category."""
    rows = ledger.rows("SELECT DISTINCT category FROM negotiations WHERE provider=? ORDER BY category", (provider,))
    found = {row["category"]: _read(ledger, provider, row["category"], NOW, "") for row in rows}
    return {category: prior for category, prior in found.items() if prior is not None}


def _read(ledger: Ledger, provider: str, category: str, until: int, but_need: str) -> SellerPrior | None:
    from negotiators.bargaining import learn

    prior = None
    for row in reversed(ledger.rows(_LAST, (until, provider, category, but_need, TALKS))):
        record = json.loads(ledger.body(row["body"]) or "{}")
        if "view" in record:
            prior = learn(prior, profile_from({**record["profile"], "prior": None}), view_from(record["view"]))
    return prior if prior is not None and prior.talks else None


def records_of(ledger: Ledger, provider: str) -> list[str]:
    """The bodies in which talks with a seller are kept for the engine: what it could learn from, and what it used."""
    rows = ledger.rows(
        "SELECT c.body FROM choices c JOIN negotiations n ON n.id=c.negotiation JOIN bodies b ON b.id=c.body "
        "WHERE n.provider=? ORDER BY c.seq",
        (provider,),
    )
    return [row["body"] for row in rows]


def view_json(view: Transcript) -> list[list[object]]:
    """A transcript as the engine saw it, for the decision record; `view_from` is the inverse."""
    return [
        ["OurMove", move.act, _plain(move.values), None, False, move.round]
        if isinstance(move, OurMove)
        else ["TheirMove", move.act, _plain(move.values), move.utility, move.final, move.round]
        for move in view
    ]


def view_from(stored: Sequence[Sequence[Any]]) -> Transcript:
    """The transcript of a decision record."""
    found: list[OurMove | TheirMove] = []
    for kind, act, values, utility, final, number in stored:
        indices = tuple(values) if values is not None else None
        ours = kind == "OurMove"
        found.append(OurMove(act, indices, number) if ours else TheirMove(act, indices, utility, final, number))
    return tuple(found)


def _plain(values: tuple[int, ...] | None) -> list[int] | None:
    return list(values) if values is not None else None

"""The agreement on data a talk is held under (IEEE 7012, MyTerms): one is proffered from a public roster, the company
accepts it, offers one alternative, or refuses. Both sides keep the same record; rules of the person may ask for it.

An acceptance counts for exactly the agreement and record that were proffered, and only from a machine field. Nothing a
company says here lets anything out by itself: it can only meet a condition that a rule of the person sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.kernel.errors import EgressHit
from agent.kernel.events import Event, GrantExpired, IncidentNoted
from agent.kernel.ledger import Ledger
from agent.kernel.mytermsevents import MyTermsMoved
from memory.rules.model import Principle
from memory.rules.myterms import ROSTER, Use, holds
from negotiators.channels.payload import record_of
from negotiators.dialogue import AgreementWord, NegotiationId


@dataclass(frozen=True, slots=True)
class Proffer:
    """What the person chose: the agreement that is proffered (none where empty) and alternatives that will do."""

    agreement: str = ""
    also: tuple[str, ...] = ()

    def takes(self, alternative: str) -> bool:
        """Whether an alternative is as good as what was proffered, or as one the person listed."""
        return any(holds(alternative, wanted) for wanted in (self.agreement, *self.also))


class Agreements:
    """Reads and judges; what it returns is recorded by its callers together with the message it belongs to."""

    def __init__(self, ledger: Ledger, chosen: Proffer) -> None:
        self._ledger = ledger
        self.chosen = chosen
        """Exchanged when the person chooses another while we run."""

    def in_force(self, negotiation: str, *, said_with_it: bool) -> tuple[Principle, str]:
        """What the company bound itself to in this talk, for the release decision, and agreement and record for the
        receipt. `said_with_it`: the message that tells something also carries what we say of the agreement, so that an
        alternative we take is in force with it."""
        row = self._ledger.row("SELECT * FROM myterms WHERE negotiation=?", (negotiation,))
        stands = ("accepted", "taking") if said_with_it else ("accepted",)
        if row is None or row["status"] not in stands or row["agreement"] not in ROSTER:
            return Principle(), ""
        name = row["agreement"]
        return Principle(agreement=name, onward=Use.SHARING in ROSTER[name].uses), f"{name}#{row['record']}"

    def to_say(self, negotiation: NegotiationId) -> AgreementWord | None:
        """What our next message says of it: the proffer once, and the answer to an alternative once."""
        row = self._ledger.row("SELECT * FROM myterms WHERE negotiation=?", (negotiation,))
        if row is None:
            name = self.chosen.agreement
            return AgreementWord(name, "proffered", record_of(name, negotiation)) if name else None
        answer = {"taking": "accepted", "declining": "refused"}.get(row["status"])
        return AgreementWord(row["agreement"], answer, row["record"]) if answer else None

    def heard(self, negotiation: str, provider: str, word: AgreementWord) -> list[Event]:
        """What follows from a company's word about the agreement of a talk."""
        row = self._ledger.row("SELECT * FROM myterms WHERE negotiation=?", (negotiation,))
        if row is None or row["status"] not in ("proffered", "accepted"):
            return [_odd(negotiation, provider, word)]
        if row["status"] == "accepted":
            return (
                self._ended(negotiation, row["agreement"], provider, row["record"]) if word.status == "refused" else []
            )

        def moved(status: str, agreement: str, by: str = "them") -> Event:
            return MyTermsMoved(negotiation, provider, agreement, status, by, record_of(agreement, negotiation))

        match word.status:
            case "accepted" if word.id == row["agreement"] and word.record == row["record"]:
                return [moved("accepted", word.id)]
            case "alternative" if word.id in ROSTER and word.id != row["agreement"]:
                return [moved("taking" if self.chosen.takes(word.id) else "declining", word.id)]
            case "refused" | "alternative":
                return [moved("refused", row["agreement"], "them" if word.status == "refused" else "us")]
            case _:
                return [_odd(negotiation, provider, word)]

    def _ended(self, negotiation: str, agreement: str, provider: str, record: str) -> list[Event]:
        """The company takes its word back: what was told under the agreement has ended with it."""
        rows = self._ledger.rows(
            "SELECT r.id FROM releases r JOIN events e ON e.type='Released' "
            "AND json_extract(e.payload,'$.release')=r.id WHERE r.negotiation=? AND r.released=1 AND r.ended IS NULL "
            "AND json_extract(e.payload,'$.agreement')<>''",
            (negotiation,),
        )
        ended = MyTermsMoved(negotiation, provider, agreement, "ended", "them", record)
        return [ended, *(GrantExpired(row["id"], "agreement_ended") for row in rows)]


def said(word: AgreementWord, negotiation: str, provider: str) -> MyTermsMoved:
    """The event of our own word, for the transaction of the intention to say it. Raises `EgressHit` for anything but
    an id of the public roster with its record."""
    if word.id not in ROSTER or word.record != record_of(word.id, negotiation):
        raise EgressHit(categories="gb:Rules", provider=provider)
    return MyTermsMoved(negotiation, provider, word.id, word.status, "us", word.record)


def ended_with_identity(ledger: Ledger, provider: str) -> Sequence[MyTermsMoved]:
    """Agreements of a company whose endpoint is no longer who it was."""
    rows = ledger.rows("SELECT * FROM myterms WHERE provider=? AND status IN ('accepted','taking')", (provider,))
    return [MyTermsMoved(row["negotiation"], provider, row["agreement"], "ended", "us", row["record"]) for row in rows]


def _odd(negotiation: str, provider: str, word: AgreementWord) -> IncidentNoted:
    """An answer to what was never proffered, or to something else: noted, never followed."""
    return IncidentNoted("agreement_unasked", {"agreement": word.id}, [f"talk:{negotiation}"], provider)

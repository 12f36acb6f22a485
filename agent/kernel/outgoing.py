"""What wants to leave and what the gate made of it, with the texts in it that the scan has to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.kernel.citing import Cited
from agent.kernel.egress import Hit
from agent.kernel.events import IncidentNoted, MoveChosen
from agent.needs.valuation import Valuation
from negotiators.adapter import ClearedMove
from negotiators.categories import Category
from negotiators.dialogue import AgreementWord, Inform, MessageId, Move, NegotiationId, Propose, ProviderId, Terms


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A move that wants to leave, with what the gate needs to judge it.

    `choice` is the reason record that goes to the ledger with the intention. `released` maps fact ids to the text
    told in this talk; `never` holds numbers that may not appear outside the proposed terms.
    """

    negotiation: NegotiationId
    provider: ProviderId
    endpoint: str
    category: Category
    move: Move
    round: int
    language: str
    valuation: Valuation
    choice: MoveChosen
    choice_body: str | None = None
    informs: tuple[Inform, ...] = ()
    released: Mapping[str, str] | None = None
    never: Mapping[str, frozenset[Decimal]] | None = None
    total: str | None = None
    order: Mapping[str, object] | None = None
    """What the person's provider file orders at this endpoint; it travels in the payload."""
    cites: Cited | None = None
    """The company's own public price, as an argument; the gate looks whether it is theirs."""
    agreement: AgreementWord | None = None
    """What it says of the agreement on data; travels in the payload."""
    introduces: bool = False
    """The first words at this door: they say who writes."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A recorded intention: what `send` takes. `attempted`: an earlier process may have sent it already."""

    negotiation: NegotiationId
    provider: ProviderId
    message_id: MessageId
    cleared: ClearedMove
    attempted: bool = False


def answers(move: Move, informs: Sequence[Inform]) -> str:
    """What a message tells of the person, without the words around it."""
    told = (move, *informs) if isinstance(move, Inform) else tuple(informs)
    return " ".join(answer.value for answer in told if answer.value)


def bare(move: Move) -> Move:
    """The move with nothing of the person in it."""
    return Inform(move.field) if isinstance(move, Inform) else move


def term_texts(move: Move) -> tuple[str, ...]:
    """Canonical values of the terms a move names."""
    terms = move.offer.terms if isinstance(move, Propose) else getattr(move, "terms", None)
    return tuple(terms.texts().values()) if isinstance(terms, Terms) else ()


_IDS = {"negotiation_id", "offer_id", "answers", "in_reply_to", "id", "type"}


def visible(payload: object) -> str:
    """What a reader of the payload learns: every string and number except ids, which were drawn at random or
    are the counterpart's own and would match short needles by chance."""
    match payload:
        case dict():
            return " ".join(visible(value) for key, value in payload.items() if key not in _IDS)
        case list():
            return " ".join(visible(value) for value in payload)
        case _:
            return str(payload)


def incident(outgoing: Outgoing, hits: Sequence[Hit]) -> IncidentNoted:
    return IncidentNoted(
        "egress_stopped",
        {"categories": ", ".join(sorted({hit.category for hit in hits})), "views": ", ".join({h.view for h in hits})},
        [f"fact:{hit.fact}" for hit in hits],
        outgoing.provider,
    )

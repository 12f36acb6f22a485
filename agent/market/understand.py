"""From a reply to what the reducer may take: typed moves first, claims from text where nothing typed was said.

Counterpart text decides nothing by itself: a closed reader's values become a *claimed* offer with spans as
evidence; urgency and contradictions become incidents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from agent.kernel.events import IncidentNoted
from negotiators.categories import Category
from negotiators.dialogue import (
    Accept,
    Inquire,
    Leave,
    Move,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reject,
    Reply,
    Terms,
)
from negotiators.money import Money
from negotiators.text import UntrustedText


class Intent(Protocol):
    """What `agent.language` reads besides terms."""

    accepts: bool
    ends: bool
    pressure: bool
    final: bool
    inquiries: tuple[Inquire, ...]


@dataclass(frozen=True, slots=True)
class Claims:
    """A text read by a closed reader: claimed terms with evidence, and what else the text does."""

    offer: Offer | None = None
    accepts: bool = False
    refuses: bool = False
    ends: bool = False
    pressure: bool = False
    final: bool = False
    inquiries: tuple[Inquire, ...] = ()
    problems: tuple[str, ...] = ()


Reader = Callable[[UntrustedText, Category, ProviderId, OfferId, date], Awaitable[Claims]]
"""Reads counterpart text: `(text, category, provider, offer id to use, today) -> claims`."""


@dataclass(frozen=True, slots=True)
class Understood:
    reply: Reply
    incidents: tuple[IncidentNoted, ...] = ()


async def understand(
    reply: Reply, category: Category, provider: ProviderId, reader: Reader, offer_id: OfferId, now: datetime
) -> Understood:
    """Complete a reply's typed moves with what its text claims. Typed values are never changed by text."""
    if reply.text is None or not reply.text:
        return Understood(reply)
    claims = await reader(reply.text, category, provider, offer_id, now.date())
    incidents = []
    if claims.pressure:
        incidents.append(IncidentNoted("pressure_ignored", {}, [f"message:{reply.message_id}"], provider))
    typed = next((move.offer for move in reply.moves if isinstance(move, Propose)), None)
    if typed is not None and claims.offer is not None:
        difference = _price_difference(category, typed.terms, claims.offer.terms)
        if difference is not None:
            params = {"typed": difference[0], "written": difference[1]}
            incidents.append(IncidentNoted("price_text_differs", params, [f"offer:{typed.id}"], provider))
    # Text beside any typed act decides nothing: a rejection with a price in its sentence is a rejection.
    moves = _claimed_moves(reply, claims) if not reply.moves else ()
    final = reply.final or (claims.final and not reply.moves)
    return Understood(replace(reply, moves=(*reply.moves, *moves), final=final), tuple(incidents))


def _claimed_moves(reply: Reply, claims: Claims) -> tuple[Move, ...]:
    """What a plain sentence does: it may offer, accept our proposal, ask, or end the talk."""
    moves: list[Move] = []
    if claims.accepts:
        terms = claims.offer.terms if claims.offer else Terms()
        moves.append(Accept(None, terms))
    elif claims.offer is not None:
        moves.append(Propose(replace(claims.offer, message_id=reply.message_id)))
    elif claims.refuses:
        moves.append(Reject())
    moves.extend(claims.inquiries)
    if claims.ends and not claims.accepts and claims.offer is None:
        moves.append(Leave("they_end"))
    return tuple(moves)


def _price_difference(category: Category, typed: Terms, written: Terms) -> tuple[str, str] | None:
    """The first price or fee that stands differently in the typed part and in the text."""
    for issue in category.by_role("price", "fee"):
        left, right = typed.get(issue.name), written.get(issue.name)
        if isinstance(left, Money) and isinstance(right, Money) and left != right:
            return str(left), str(right)
    return None

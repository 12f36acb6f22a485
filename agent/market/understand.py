"""From a reply to what the reducer may take: typed moves first, claims from text where nothing typed was said.

Counterpart text decides nothing by itself: a closed reader's values become a *claimed* offer with spans as
evidence; urgency and contradictions become incidents.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
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
    asked: tuple[tuple[str, str], ...] = ()
    """Field and words of each question in `inquiries`."""
    problems: tuple[str, ...] = ()


Find = Callable[[str], Awaitable[Sequence[str]]]
"""The data categories a question in the company's own words asks for; none when it is close to nothing."""


async def _found_nowhere(words: str) -> Sequence[str]:
    return ()


Reader = Callable[[UntrustedText, Category, ProviderId, OfferId, date], Awaitable[Claims]]
"""Reads counterpart text: `(text, category, provider, offer id to use, today) -> claims`."""


@dataclass(frozen=True, slots=True)
class Understood:
    reply: Reply
    incidents: tuple[IncidentNoted, ...] = ()


async def understand(
    reply: Reply,
    category: Category,
    provider: ProviderId,
    reader: Reader,
    offer_id: OfferId,
    today: date,
    ours: Sequence[str] = (),
    find: Find = _found_nowhere,
) -> Understood:
    """Complete a reply's typed moves with what its text claims. Typed values are never changed by text.

    `ours` are the texts we sent in this talk: what a company repeats of them is not its own word. `find` places
    questions that no phrase list knows.
    """
    if reply.text is None or not reply.text:
        return Understood(reply)
    own = without_echo(reply.text, ours)
    claims = await reader(own, category, provider, offer_id, today)
    claims = _with_digest(claims, reply.text.digest)
    if not reply.moves and claims.inquiries:
        claims = replace(claims, inquiries=await _placed(claims, find))
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


MOST_PLACED = 4
"""Kinds of data one sentence is taken to ask for at most."""


async def _placed(claims: Claims, find: Find) -> tuple[Inquire, ...]:
    """Each question as one inquiry for every category it asks for; one that is close to none stays as it is.

    Only the category goes on from here: the words themselves lie in the message's body.
    """
    placed: dict[str, Inquire] = {}
    words_of = dict(claims.asked)
    for inquiry in claims.inquiries:
        found = await find(words_of.get(inquiry.field, "")) if words_of.get(inquiry.field) else ()
        named = [inquiry.category] if inquiry.category else []
        for term in list(dict.fromkeys([*named, *found]))[:MOST_PLACED]:
            placed.setdefault(term, replace(inquiry, field=term, category=term))
        if not named and not found:
            placed.setdefault(inquiry.field, inquiry)
    return tuple(placed.values())


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


ECHO_SIGN = 60
"""So many characters of a message of ours in a row make it an echo, whose lines are then left out one by one."""


ECHO_LINE = 8
"""Shorter lines of ours say too little to be left out."""


def without_echo(text: UntrustedText, ours: Sequence[str]) -> UntrustedText:
    """The text with every repetition of our own messages blanked out, position by position.

    A bot that quotes us would otherwise seem to offer what we proposed.
    """
    heard = raw = text.reveal()
    for sent in filter(None, ours):
        raw = raw.replace(sent, " " * len(sent))
    for sent in ours:
        if len(sent) >= ECHO_SIGN and sent[:ECHO_SIGN] in heard:
            for line in (line.strip() for line in sent.splitlines()):
                raw = raw.replace(line, " " * len(line)) if len(line) >= ECHO_LINE else raw
    return UntrustedText(raw, text.source)


def _with_digest(claims: Claims, digest: str) -> Claims:
    """Evidence names the text as it was received; blanking kept every position."""
    if claims.offer is None:
        return claims
    evidence = tuple(replace(item, text_digest=digest) for item in claims.offer.evidence)
    return replace(claims, offer=replace(claims.offer, evidence=evidence))

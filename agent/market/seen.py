"""A talk as the engine sees it: bids on the grid, what each is worth, and what we may credibly ask. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from agent.needs.valuation import number_of
from negotiators.bargaining import OurMove, TheirMove
from negotiators.dialogue import Accept, IssueKind, Leave, Offer, Party, Propose, ProviderId, Reject, TermValue

if TYPE_CHECKING:
    from agent.market.conversation import Talk
    from agent.market.table import GridIssue, Reach, Table

CREDIBLE = Decimal("0.6")
"""We ask for no less than this share of the lowest price offered, and for no more than a quantity divided by it: a
person, or a bot that words its answers, reads an opening far beyond it as no offer at all."""


def engine_view(talk: Talk, table: Table, now: datetime) -> tuple[tuple[OurMove | TheirMove, ...], dict[int, Offer]]:
    """The transcript as the engine sees it, and which offer stands at which position.

    Asks, questions and answers are not bids and are left out; an offer that breaks a hard wish, the mandate or
    has expired is worth nothing, so that it can never be taken. An acceptance of ours uses up a round as a bid does.
    """
    moves: list[OurMove | TheirMove] = []
    offers: dict[int, Offer] = {}
    number = -1
    for entry in talk.transcript:
        match entry.party, entry.move:
            case Party.US, Propose(offer=offer):
                number += 1
                offers[len(moves)] = offer
                moves.append(OurMove("propose", table.indices(offer.terms), number))
            case Party.US, Accept():
                number += 1
                moves.append(OurMove("accept", None, number))
            case Party.THEM, Propose(offer=offer):
                offers[len(moves)] = offer
                exact = table.secured(offer.terms) if usable(offer, table, talk.provider, now) else 0.0
                moves.append(TheirMove("propose", table.indices(offer.terms), exact, talk.final, max(number, 0)))
            case Party.THEM, Accept() if talk.accepted is not None and talk.accepted == talk.proposed:
                moves.append(TheirMove("accept", round=max(number, 0)))
            case Party.THEM, Reject():
                moves.append(TheirMove("reject", round=max(number, 0)))
            case Party.THEM, Leave():
                moves.append(TheirMove("leave", round=max(number, 0)))
            case _:
                pass
    return tuple(moves), offers


def rounds_used(talk: Talk) -> int:
    """Bids and acceptances of ours: each takes a round, whatever the company makes of it. One acceptance may follow
    the last round, which is ours to take or leave."""
    ours = (entry.move for entry in talk.transcript if entry.party is Party.US)
    return sum(1 for move in ours if isinstance(move, Propose | Accept))


def last_called(talk: Talk) -> bool:
    """Whether we have asked for their best and final offer: our own was the last one then."""
    return any(e.party is Party.US and isinstance(e.move, Propose) and e.move.final for e in talk.transcript)


def rounds_of(talk: Talk, last_call: bool = False) -> int:
    """Rounds the talk has: no more than used by now after a best-and-final round, one more in it (`last_call`)."""
    used = rounds_used(talk)
    if last_called(talk):
        return min(used, talk.rounds)
    return min(used + 1, talk.rounds) if last_call else talk.rounds


def expired(offer: Offer, now: datetime) -> bool:
    return offer.valid_until is not None and offer.valid_until <= now


def usable(offer: Offer, table: Table, provider: ProviderId, now: datetime) -> bool:
    """Whether an offer could be held at all. What it lacks may still be asked for; what it breaks may not."""
    return not offer.unread and fits(offer, table, provider, now)


def fits(offer: Offer, table: Table, provider: ProviderId, now: datetime) -> bool:
    """Whether nothing that stands in an offer is against it."""
    if expired(offer, now):
        return False
    return not table.against(offer.terms, provider, now) - {"incomplete", "hard_missing", "no_term"}


def improves(held: Offer, offer: Offer | None, table: Table, provider: ProviderId, now: datetime) -> bool:
    """Whether their newer offer is complete, inside every limit, as firm as the one held and worth no less."""
    if offer is None or offer.unread or expired(offer, now) or (held.typed and not offer.typed):
        return False
    if table.against(offer.terms, provider, now):
        return False
    worth = table.valuation.utility
    return worth(offer.terms) >= worth(held.terms) and table.secured(offer.terms) >= table.secured(held.terms)


def their_offers(talk: Talk) -> list[Offer]:
    return [e.move.offer for e in talk.transcript if e.party is Party.THEM and isinstance(e.move, Propose)]


def asking(talk: Talk, table: Table) -> dict[str, Reach]:
    """What we may propose of some issues: no optional cost (a one-off fee, a longer renewal) that no offer of theirs
    has named, and in a talk held in words no price or quantity far beyond what they offered."""
    offers = their_offers(talk)
    in_words = any(not offer.typed for offer in offers)
    found: dict[str, Reach] = {}
    for entry, worths in zip(table.grids, table.utilities.tables, strict=True):
        said = [value for offer in offers if (value := offer.terms.get(entry.issue.name)) is not None]
        if entry.optional_cost and not said:
            best = max(range(len(worths)), key=lambda at: (worths[at], -at))
            found[entry.issue.name] = (best, best)
        elif in_words and said and (reach := _credible(entry, said)) is not None:
            found[entry.issue.name] = reach
    return found


def _credible(entry: GridIssue, said: list[TermValue]) -> Reach | None:
    """Of a price or a quantity: from anything worse than their best offer to the credible share beyond it."""
    issue, last = entry.issue, len(entry.values) - 1
    if issue.kind is IssueKind.MONEY and issue.role == "price" and issue.better == "lower":
        lowest = min(said, key=number_of)
        least = number_of(lowest) * float(CREDIBLE)
        first = next((at for at, place in enumerate(entry.places) if place >= least), last)
        return min(first, entry.nearest(lowest)), last
    if issue.kind is IssueKind.NUMBER and issue.better == "higher":
        best = max(said, key=number_of)
        inside = [at for at, place in enumerate(entry.places) if place <= number_of(best) / float(CREDIBLE)]
        return 0, min(last, max([entry.nearest(best) + 1, *inside]))
    return None

"""One talk as a pure reducer: `step(talk, event, table) -> (talk, decision)`.

The talk is rebuilt from the ledger's turns after a restart, so nothing here has effects: sending, storing and
reading text are the market's business. The engine picks numbers; this module keeps the order of acts, what is
live on the table, and what may be held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from agent.market.fixed import best_of, last_offers
from agent.market.seen import engine_view, expired, fits, improves, rounds_of, rounds_used
from agent.market.table import Table
from negotiators.bargaining import Decision as EngineDecision
from negotiators.bargaining import Profile, decide
from negotiators.bargaining import Transcript as Bids
from negotiators.dialogue import (
    ENDED,
    Accept,
    Ask,
    Confirm,
    Inform,
    Inquire,
    Leave,
    MessageId,
    Move,
    NegotiationId,
    NegotiationState,
    Offer,
    OfferId,
    Party,
    Propose,
    ProviderId,
    Reject,
    Reply,
    ReplyStatus,
    Terms,
    Transcript,
    TranscriptEntry,
    Withdraw,
)

MAX_INQUIRIES = 100
"""Distinct questions answered in one talk; further ones are passed over in silence (ask-fatigue attacks)."""


@dataclass(frozen=True, slots=True)
class Talk:
    """Where one negotiation stands."""

    id: NegotiationId
    need: str
    provider: ProviderId
    category: str
    rounds: int
    state: NegotiationState = NegotiationState.OPEN
    round: int = 0
    transcript: Transcript = ()
    live: Offer | None = None
    """Their latest offer that was neither withdrawn nor has expired."""
    proposed: Offer | None = None
    """Our latest proposal."""
    accepted: Offer | None = None
    """The offer both sides named as acceptable, still non-binding."""
    inquiries: tuple[Inquire, ...] = ()
    answered: tuple[str, ...] = ()
    final: bool = False


@dataclass(frozen=True, slots=True)
class OurTurn:
    """A round begins for this talk. `profile` carries the outside option of this barrier; `choose` picks the numbers
    (another strategy only where the engine is measured against it)."""

    profile: Profile
    now: datetime
    offer_id: OfferId
    wishes: Terms = Terms()
    choose: Callable[[Profile, Bids, int], EngineDecision] = decide
    bargains: bool = True  # else an offer is taken or left
    asks_only: bool = False
    """A further door of a company that is talked to elsewhere: its offer is held without a word."""
    rivals: int = 0
    """In the best-and-final round: how many companies are asked for their last offer, this one among them."""


@dataclass(frozen=True, slots=True)
class Said:
    """A move of ours was handed to the channel."""

    move: Move
    message_id: MessageId
    round: int
    text: str = ""
    also: tuple[Inform, ...] = ()
    """Further answers in the same message."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply of theirs, its text already read into typed (claimed) moves where it carried none."""

    reply: Reply
    now: datetime


@dataclass(frozen=True, slots=True)
class Broken:
    """The channel failed for good: `unreachable`, `malformed`, `refused`."""

    code: str


Event = OurTurn | Said | Heard | Broken


@dataclass(frozen=True, slots=True)
class Reason:
    rule: str
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    move: Move
    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    """Both sides named these terms: a held agreement. `move` is still to be said when we are the ones accepting."""

    offer: Offer
    reason: Reason
    move: Accept | None = None


@dataclass(frozen=True, slots=True)
class Quit:
    state: NegotiationState
    reason: Reason
    move: Leave | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do until they answer."""


Decision = Say | Hold | Quit | Wait


def step(talk: Talk, event: Event, table: Table) -> tuple[Talk, Decision]:
    """Advance one talk by one event. Pure."""
    match event:
        case OurTurn():
            return _our_turn(talk, event, table)
        case Said():
            return _said(talk, event), Wait()
        case Heard():
            return _heard(talk, event, table)
        case Broken():
            return replace(talk, state=NegotiationState.FAILED), Quit(NegotiationState.FAILED, Reason(event.code))
        case _:
            assert_never(event)


def _said(talk: Talk, event: Said) -> Talk:
    entry = TranscriptEntry(event.round, Party.US, event.move, event.message_id, event.text)
    more = (TranscriptEntry(event.round, Party.US, answer, event.message_id) for answer in event.also)
    transcript = (*talk.transcript, entry, *more)
    talk = replace(talk, transcript=transcript, round=event.round, state=NegotiationState.WAITING_THEM)
    talk = _answered(talk, (event.move, *event.also))
    match event.move:
        case Propose(offer=offer):
            return replace(talk, proposed=offer)
        case Accept(offer_id=offer_id) if talk.live is not None and talk.live.id == offer_id:
            return replace(talk, accepted=talk.live, state=NegotiationState.HELD)
        case Leave():
            return replace(talk, state=NegotiationState.DECLINED)
        case _:
            return talk


def _answered(talk: Talk, moves: Iterable[Move]) -> Talk:
    """Take the questions that were answered off the list."""
    fields = tuple(dict.fromkeys(m.field for m in moves if isinstance(m, Inform) and m.field not in talk.answered))
    left = tuple(item for item in talk.inquiries if item.field not in fields)
    return replace(talk, inquiries=left, answered=(*talk.answered, *fields)) if fields else talk


def _heard(talk: Talk, event: Heard, table: Table) -> tuple[Talk, Decision]:
    reply = event.reply
    if reply.status is ReplyStatus.WORKING:
        return replace(talk, state=NegotiationState.WAITING_THEM), Wait()
    entries = _their_entries(talk, reply)
    if talk.state in ENDED:
        return replace(talk, transcript=(*talk.transcript, *entries)), Wait()
    held = talk.accepted if talk.state is NegotiationState.HELD else None
    talk = replace(
        talk,
        transcript=(*talk.transcript, *entries),
        state=NegotiationState.WAITING_US,
        final=talk.final or reply.final,
    )
    for move in reply.moves:
        talk = _take(talk, move, event.now)
    left = any(isinstance(move, Leave) for move in reply.moves)
    if held is not None and not left:
        if talk.accepted is not None:
            return replace(talk, state=NegotiationState.HELD), Wait()
        if talk.live is not None and improves(held, talk.live, table, talk.provider, event.now):
            # Nothing more is said: every acceptance would invite one more improvement, and none of them binds.
            improved = replace(talk, state=NegotiationState.HELD, accepted=talk.live)
            return improved, Hold(talk.live, Reason("improved_while_held"))
    if left or reply.status in (ReplyStatus.CLOSED, ReplyStatus.FAILED):
        state = NegotiationState.FAILED if reply.status is ReplyStatus.FAILED else NegotiationState.DECLINED
        if talk.accepted is None or left:
            return replace(talk, state=state), Quit(state, Reason("they_left"))
    if talk.accepted is not None:
        return replace(talk, state=NegotiationState.HELD), Hold(talk.accepted, Reason("they_accepted"))
    return talk, Wait()


def _their_entries(talk: Talk, reply: Reply) -> Transcript:
    """Their acts for the transcript. Silence answers a bid with a rejection; it says nothing to an answer of ours."""
    moves = reply.moves
    if not moves:
        ours = next((entry.move for entry in reversed(talk.transcript) if entry.party is Party.US), None)
        moves = (Reject(None),) if isinstance(ours, Ask | Propose) else ()
    return tuple(TranscriptEntry(talk.round, Party.THEM, move, reply.message_id, reply.text) for move in moves)


def _take(talk: Talk, move: Move, now: datetime) -> Talk:
    """What one typed move of theirs changes."""
    match move:
        case Propose(offer=offer) if not expired(offer, now):
            same = talk.accepted is not None and talk.accepted.terms == offer.terms and not offer.unread
            return replace(talk, live=offer, accepted=offer if same else None)
        case Accept() | Confirm():
            return _their_yes(talk, move)
        case Reject() if talk.accepted is not None:
            return replace(talk, accepted=None)
        case Withdraw(offer_id=offer_id):
            gone = talk.live is not None and offer_id in (None, talk.live.id)
            return replace(talk, live=None, accepted=None) if gone else talk
        case Inquire() if len(talk.answered) + len(talk.inquiries) < MAX_INQUIRIES:
            known = {item.field for item in talk.inquiries} | set(talk.answered)
            return talk if move.field in known else replace(talk, inquiries=(*talk.inquiries, move))
        case _:
            return talk


def _their_yes(talk: Talk, move: Accept | Confirm) -> Talk:
    """Their acceptance counts only for our own last proposal or the offer we accepted, with the very same terms.

    Restated terms that differ are a new offer of theirs, not an agreement.
    """
    restated = (
        talk.live
        if talk.live and talk.proposed and talk.live.terms == talk.proposed.terms and not talk.live.unread
        else None
    )
    for offer in (talk.proposed, talk.accepted, restated):
        if offer is None or (move.offer_id not in (None, offer.id)):
            continue
        if not move.terms or move.terms == offer.terms:
            return replace(talk, accepted=offer)
    if move.terms and talk.proposed is not None:
        changed = replace(talk.proposed, terms=move.terms)
        return replace(talk, live=changed, accepted=None)
    return talk


def _our_turn(talk: Talk, event: OurTurn, table: Table) -> tuple[Talk, Decision]:
    if talk.state in (NegotiationState.OPEN, NegotiationState.REOPENED) and not talk.transcript:
        return talk, Say(Ask(event.wishes), Reason("call_for_proposals"))
    if talk.live is not None and expired(talk.live, event.now):
        talk = replace(talk, live=None)
    if not event.bargains:
        return _take_or_leave(talk, event, table)
    seen, offers = engine_view(talk, table, event.now)
    used = rounds_used(talk)
    rounds = rounds_of(talk)
    if used >= rounds and talk.live is None:
        return talk, Quit(NegotiationState.DECLINED, Reason("rounds_used_up"), Leave("no_agreement"))
    chosen = event.choose(event.profile, seen, used)
    if used >= rounds and chosen.act == "propose":
        return talk, Quit(NegotiationState.DECLINED, Reason("rounds_used_up"), Leave("no_agreement"))
    reason = Reason(chosen.reason.rule, {key: _number(value) for key, value in chosen.reason.numbers.items()})
    return talk, _carry_out(talk, event, table, chosen, offers, reason)


def _take_or_leave(talk: Talk, event: OurTurn, table: Table) -> tuple[Talk, Decision]:
    """Fixed prices: hold the best of what was offered last, or leave."""
    offers = last_offers(talk.transcript)
    usable = [offer for offer in offers if fits(offer, table, talk.provider, event.now)]
    best, whole = best_of(usable, table, talk.provider, event.now, event.profile.reservation_value)
    if best is None:
        return talk, Quit(NegotiationState.DECLINED, Reason("no_fixed_price_fits"), Leave("no_agreement"))
    rule = "fixed_price" if whole else "amount_unread" if best.unread else "incomplete_offer"
    reason = Reason(rule, {"offers": str(len(offers))})
    says_yes = whole and not event.asks_only
    return replace(talk, live=best), Hold(best, reason, Accept(best.id, best.terms) if says_yes else None)


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.4f}"


def _carry_out(
    talk: Talk, event: OurTurn, table: Table, chosen: EngineDecision, offers: Mapping[int, Offer], reason: Reason
) -> Decision:
    """Turn the engine's choice into a move on exact terms."""
    match chosen.act:
        case "leave":
            return Quit(NegotiationState.DECLINED, reason, Leave("no_agreement"))
        case "accept":
            offer = offers.get(chosen.accept_index if chosen.accept_index is not None else -1)
            if offer is not None and talk.accepted == offer:
                return Hold(offer, reason)
            if offer is not None and talk.live is not None and offer.id == talk.live.id:
                return _accept(talk, event, table, offer, reason)
            return Quit(NegotiationState.DECLINED, reason, Leave("no_agreement"))
        case "propose":
            assert chosen.values is not None
            clipped = table.within_limit(chosen.values, talk.provider, event.now)
            if clipped is None:
                return Quit(NegotiationState.DECLINED, Reason("limit_cannot_hold"), Leave("no_agreement"))
            if clipped != chosen.values:
                reason = Reason(reason.rule, {**reason.numbers, "clipped": "limit"})
            if event.rivals:
                reason = Reason(reason.rule, {**reason.numbers, "best_and_final": str(event.rivals)})
            return Say(_propose(talk, event, table.terms(clipped)), reason)
        case _:
            assert_never(chosen.act)


def _propose(talk: Talk, event: OurTurn, terms: Terms) -> Propose:
    offer = Offer(event.offer_id, talk.provider, talk.category, terms)
    return Propose(offer, talk.live.id if talk.live else None, event.rivals > 0)


def _accept(talk: Talk, event: OurTurn, table: Table, offer: Offer, reason: Reason) -> Decision:
    """Accept their offer; when it leaves a mandatory or hard term open, propose it with that term filled in.

    The completed proposal asks for our best value of what is missing: an offer that hides a term must name it. With
    its rounds used up by acceptances they changed, a talk is held without another word: the offer is theirs and stands
    until it expires.
    """
    used = rounds_used(talk)
    accept = Accept(offer.id, offer.terms) if used <= talk.rounds else None
    rounds = rounds_of(talk)
    if not table.valuation.violations(offer.terms, talk.provider, event.now):
        return Hold(offer, reason, accept)
    missing = {name: value for name, value in table.terms(table.best_point()).items() if name not in offer.terms}
    filled = Terms.of({**dict(offer.terms), **missing})
    stuck = talk.proposed is not None and talk.proposed.terms == filled
    if stuck or used >= rounds or table.valuation.violations(filled, talk.provider, event.now):
        return Hold(offer, Reason("incomplete_offer", reason.numbers), accept)
    return Say(_propose(talk, event, filled), Reason("ask_for_missing_terms", reason.numbers))

"""Cleared messages for rehearsals: what the gate would hand to a session, about nobody and for loopback only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from negotiators.adapter import ClearedMove, ClearedProbe, _clearance_key
from negotiators.categories import Category, Issue
from negotiators.channels.payload import payload_of
from negotiators.dialogue import (
    Accept,
    Act,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    IssueKind,
    Leave,
    MessageId,
    Move,
    NegotiationId,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reject,
    Terms,
    TermValue,
    Withdraw,
    act_of,
    parse_term,
    terms_hash,
)
from negotiators.money import Money

_KEY = _clearance_key(__name__)
PROVIDER = ProviderId("the-company")


def _check_loopback(url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "http://[::1]:")):
        raise PermissionError("a rehearsal stays on this machine")


def probe(url: str) -> ClearedProbe:
    _check_loopback(url)
    return ClearedProbe(_KEY, url, "discover")


def cleared(
    move: Move,
    category: Category,
    *,
    url: str,
    message_id: str,
    round: int = 1,
    text: str = "Hello, a bot writes.",
    order: Mapping[str, object] | None = None,
) -> ClearedMove:
    """A cleared move to the company at `url`. Raises `PermissionError` for an address beyond this machine."""
    _check_loopback(url)
    informs = (move,) if isinstance(move, Inform) else ()
    payload = dict(payload_of(move, category=category, negotiation="n-rehearsal", round=round, informs=informs))
    if order:
        payload["order"] = dict(order)
    return ClearedMove(
        _KEY,
        endpoint=url,
        negotiation=NegotiationId("n-rehearsal"),
        message_id=MessageId(message_id),
        move=move,
        round=round,
        payload=payload,
        text=text,
    )


def _middle(issue: Issue) -> TermValue | None:
    """Some value of an issue that a customer could name."""
    match issue.kind:
        case IssueKind.FLAG:
            return True
        case IssueKind.CHOICE:
            return issue.choices[0]
        case IssueKind.DATE:
            return date(2027, 1, 15)
        case IssueKind.MONEY if isinstance(issue.low, Money) and isinstance(issue.high, Money):
            return Money((issue.low.amount + issue.high.amount) / 2, issue.low.currency).rounded()
        case IssueKind.NUMBER | IssueKind.DURATION if issue.choices:
            return parse_term(issue.kind, issue.choices[len(issue.choices) // 2])
        case IssueKind.NUMBER:
            return Decimal(1)
        case _:
            return None


def some_terms(category: Category) -> Terms:
    """Terms a customer could propose: a value for every mandatory issue."""
    values = {issue.name: _middle(issue) for issue in category.issues if issue.mandatory}
    return Terms.of({name: value for name, value in values.items() if value is not None})


def some_move(act: Act, category: Category, heard: Offer | None) -> Move:
    """A move of each act, about `heard` where it must name an offer."""
    offer_id = heard.id if heard is not None else OfferId("o-none")
    terms = heard.terms if heard is not None else some_terms(category)
    match act:
        case "ask":
            return Ask()
        case "propose":
            proposal = Offer(OfferId("g-rehearsal"), PROVIDER, category.id, some_terms(category))
            return Propose(proposal, heard.id if heard is not None else None)
        case "accept":
            return Accept(offer_id, terms)
        case "commit":
            return Commit(offer_id, terms, terms_hash(PROVIDER, category.id, terms))
        case "confirm":
            return Confirm(terms, offer_id)
        case "reject":
            return Reject(offer_id)
        case "withdraw":
            return Withdraw(offer_id)
        case "inquire":
            return Inquire("delivery_time")
        case "inform":
            return Inform("postal_code", None)
        case "leave":
            return Leave("no_agreement")


def is_own(act: str) -> bool:
    """Whether a customer says such a move: confirming and asking for a datum are the company's."""
    return act not in {"confirm", "inquire"}


__all__ = ["PROVIDER", "act_of", "cleared", "is_own", "probe", "some_move", "some_terms"]

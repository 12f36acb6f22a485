"""Writing a move as the JSON object of one data part (`docs/a2a-extension.md`). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from negotiators.categories import Category, Issue
from negotiators.channels.payload.fields import rfc3339
from negotiators.channels.payload.schema_offer import schema_offer
from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Inform,
    Inquire,
    IssueKind,
    Leave,
    Move,
    Propose,
    Reject,
    Terms,
    TermValue,
    Withdraw,
    term_text,
)
from negotiators.money import Money

EXTENSION_URI = "https://gegenbot.example/a2a/bargaining/v1"
"""The extension's identifier: in the agent card, in the headers and as `type` of every payload."""

ACTS = ("cfp", "propose", "counter", "accept", "reject", "withdraw", "inquire", "inform")
GRANULARITIES = ("none", "exists", "band", "region", "city", "exact")


def payload_of(
    move: Move,
    *,
    category: Category,
    negotiation: str,
    round: int,
    informs: Sequence[Inform] = (),
    consents: Mapping[str, bool] | None = None,
    reason: str = "",
    final: bool = False,
) -> dict[str, object]:
    """The data part's object for `move`.

    `informs` are answers that go along with another act; `consents` maps consent identifiers to what was
    granted; `reason` is a code for a rejection; `final` says that this is the sender's last offer.
    Raises `ValueError` for a term the category has no issue for.
    """
    payload: dict[str, object] = {
        "type": EXTENSION_URI,
        "act": _act(move),
        "negotiation_id": negotiation,
        "round": str(round),
        "category": category.id,
    }
    payload.update(_body(move, category))
    if reason:
        payload["reason"] = reason
    if final or (isinstance(move, Propose) and move.final):
        payload["final"] = True
    told = [move, *informs] if isinstance(move, Inform) else list(informs)
    if told:
        payload["inform"] = [_inform(answer) for answer in told]
    if consents:
        payload["consents"] = {name: {"granted": granted} for name, granted in sorted(consents.items())}
    return payload


def _act(move: Move) -> str:
    match move:
        case Ask():
            return "cfp"
        case Propose():
            return "counter" if move.answers is not None else "propose"
        case Accept() | Commit() | Confirm():
            return "accept"
        case Reject() | Leave():
            return "reject"
        case Withdraw():
            return "withdraw"
        case Inquire():
            return "inquire"
        case Inform():
            return "inform"


def _body(move: Move, category: Category) -> dict[str, object]:
    match move:
        case Ask():
            return {"terms": write_terms(move.terms, category)} if move.terms else {}
        case Propose():
            return _proposal(move, category)
        case Accept() | Commit():
            named = {"offer_id": move.offer_id} if move.offer_id is not None else {}
            return {**named, "binding": isinstance(move, Commit), "terms": write_terms(move.terms, category)}
        case Confirm():
            named = {"offer_id": move.offer_id} if move.offer_id is not None else {}
            reference = {"reference": move.reference} if move.reference else {}
            return {**named, "binding": True, "terms": write_terms(move.terms, category), **reference}
        case Reject() | Withdraw():
            return {"offer_id": move.offer_id} if move.offer_id is not None else {}
        case Leave():
            return {"final": True, **({"reason": move.reason} if move.reason else {})}
        case Inquire():
            return {"inquire": [_inquiry(move)]}
        case Inform():
            return {}


def _proposal(move: Propose, category: Category) -> dict[str, object]:
    offer = move.offer
    body: dict[str, object] = {"offer_id": offer.id, "binding": offer.binding}
    if move.answers is not None:
        body["in_reply_to"] = move.answers
    if offer.valid_until is not None:
        body["expires_at"] = rfc3339(offer.valid_until)
    shop_form = schema_offer(category, offer.terms, offer.valid_until)
    if shop_form is not None:
        body["offer"] = shop_form
    body["terms"] = write_terms(offer.terms, category)
    return body


def write_terms(terms: Terms, category: Category) -> dict[str, object]:
    """The typed `terms` map. Raises `ValueError` for a name that is no issue of the category."""
    written: dict[str, object] = {}
    for name, value in terms.items():
        issue = category.issue(name)
        if issue is None:
            raise ValueError(f"`{name}` is not an issue of `{category.id}`")
        written[name] = _term(issue, value)
    return written


def _term(issue: Issue, value: TermValue) -> dict[str, object]:
    if isinstance(value, Money):
        return {"type": "money", "value": value.text(), "unit": value.currency}
    unit = {"unit": issue.unit} if issue.kind is IssueKind.NUMBER and issue.unit else {}
    return {"type": issue.kind.value, "value": term_text(value), **unit}


def _inquiry(move: Inquire) -> dict[str, object]:
    named = {"category": move.category, "purpose": move.purpose}
    paid = {"price": {"type": "money", "value": move.price.text(), "unit": move.price.currency}} if move.price else {}
    return {
        "field": move.field,
        "required": move.required,
        **{key: text for key, text in named.items() if text},
        **paid,
    }


def _inform(move: Inform) -> dict[str, object]:
    told = {} if move.value is None else {"value": move.value}
    return {"field": move.field, "granularity": move.granularity, **told}

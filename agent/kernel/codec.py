"""Moves and terms as JSON values for ledger, outbox and replay. Lossless both ways; stdlib only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from negotiators.dialogue import (
    Accept,
    Ask,
    Commit,
    Confirm,
    Evidence,
    Inform,
    Inquire,
    IssueKind,
    Leave,
    Move,
    Offer,
    OfferId,
    Propose,
    ProviderId,
    Reject,
    Standing,
    Terms,
    TermsHash,
    TermValue,
    Withdraw,
    act_of,
    parse_term,
    term_text,
)
from negotiators.money import Money, Period
from negotiators.text import Span


def kind_of(value: TermValue) -> IssueKind:
    """The issue kind a value belongs to."""
    match value:
        case bool():
            return IssueKind.FLAG
        case Money():
            return IssueKind.MONEY
        case Period():
            return IssueKind.DURATION
        case str():
            return IssueKind.CHOICE
        case _:
            return IssueKind.DATE if hasattr(value, "isoformat") else IssueKind.NUMBER


def terms_json(terms: Terms) -> dict[str, dict[str, str]]:
    """`{issue: {kind, value}}` with canonical value texts."""
    return {name: {"kind": kind_of(value).value, "value": term_text(value)} for name, value in terms.items()}


def terms_from(stored: Mapping[str, Mapping[str, str]]) -> Terms:
    return Terms.of({name: parse_term(IssueKind(entry["kind"]), entry["value"]) for name, entry in stored.items()})


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    span = evidence.span
    return {
        "issue": evidence.issue, "standing": evidence.standing.value, "path": evidence.path,
        "span": [span.start, span.end, span.quote] if span else None, "digest": evidence.text_digest,
        "reader": evidence.reader,
    }  # fmt: skip


def _evidence_from(stored: Mapping[str, Any]) -> Evidence:
    span = Span(*stored["span"]) if stored["span"] else None
    standing = Standing(stored["standing"])
    return Evidence(stored["issue"], standing, stored["path"], span, stored["digest"], stored["reader"])


def offer_json(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.id, "provider": offer.provider, "category": offer.category, "terms": terms_json(offer.terms),
        "valid_until": offer.valid_until.isoformat() if offer.valid_until else None, "binding": offer.binding,
        "evidence": [_evidence_json(item) for item in offer.evidence], "message_id": offer.message_id,
        "unread": list(offer.unread),
    }  # fmt: skip


def offer_from(stored: Mapping[str, Any]) -> Offer:
    until = stored["valid_until"]
    return Offer(
        OfferId(stored["id"]), ProviderId(stored["provider"]), stored["category"], terms_from(stored["terms"]),
        datetime.fromisoformat(until) if until else None, stored["binding"],
        tuple(_evidence_from(item) for item in stored["evidence"]), stored["message_id"],
        tuple(stored.get("unread", ())),
    )  # fmt: skip


def move_json(move: Move) -> dict[str, Any]:
    """A move with its act; `move_from` is the inverse."""
    act = {"act": act_of(move)}
    match move:
        case Ask():
            return {**act, "terms": terms_json(move.terms)}
        case Propose():
            final = {"final": True} if move.final else {}
            return {**act, "offer": offer_json(move.offer), "answers": move.answers, **final}
        case Accept():
            return {**act, "offer_id": move.offer_id, "terms": terms_json(move.terms)}
        case Commit():
            return {**act, "offer_id": move.offer_id, "terms": terms_json(move.terms), "hash": move.hash}
        case Confirm():
            return {**act, "terms": terms_json(move.terms), "offer_id": move.offer_id, "reference": move.reference}
        case Reject() | Withdraw():
            return {**act, "offer_id": move.offer_id}
        case Inquire():
            return {**act, "field": move.field, "category": move.category, "purpose": move.purpose,
                    "required": move.required, "price": str(move.price) if move.price else None}  # fmt: skip
        case Inform():
            return {**act, "field": move.field, "value": move.value, "granularity": move.granularity}
        case Leave():
            return {**act, "reason": move.reason}


def recorded_move(move: Move) -> dict[str, Any]:
    """A move as the chain keeps it: what anybody was told of the person lies in a body, which can be forgotten."""
    stored = move_json(move)
    return {**stored, "value": None} if stored["act"] == "inform" else stored


def move_from(stored: Mapping[str, Any]) -> Move:
    match stored["act"]:
        case "ask":
            return Ask(terms_from(stored["terms"]))
        case "propose":
            return Propose(offer_from(stored["offer"]), stored["answers"], stored.get("final", False))
        case "accept":
            return Accept(stored["offer_id"], terms_from(stored["terms"]))
        case "commit":
            return Commit(stored["offer_id"], terms_from(stored["terms"]), TermsHash(stored["hash"]))
        case "confirm":
            return Confirm(terms_from(stored["terms"]), stored["offer_id"], stored["reference"])
        case "reject":
            return Reject(stored["offer_id"])
        case "withdraw":
            return Withdraw(stored["offer_id"])
        case "inquire":
            amount, _, currency = (stored.get("price") or "").partition(" ")
            price = Money.of(amount, currency) if currency else None
            return Inquire(stored["field"], stored["category"], stored["purpose"], stored["required"], price)
        case "inform":
            return Inform(stored["field"], stored["value"], stored["granularity"])
        case "leave":
            return Leave(stored["reason"])
        case other:
            raise ValueError(f"unknown act `{other}` in the ledger")

"""Reading a counterpart's data part into moves (`docs/a2a-extension.md`). Pure, closed, never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from negotiators.categories import Category
from negotiators.channels.payload.agreement import read_agreement
from negotiators.channels.payload.asides import note_consents, read_informs, read_inquiries
from negotiators.channels.payload.charges import names_of
from negotiators.channels.payload.fields import Problems, exact_integer, moment, safe_code, safe_id
from negotiators.channels.payload.schema_offer import SchemaOffer, offers_in, read_schema_offer
from negotiators.channels.payload.terms import read_terms, unread_amounts
from negotiators.channels.payload.write import ACTS, EXTENSION_URI
from negotiators.dialogue import (
    Accept,
    AgreementWord,
    Ask,
    Commit,
    Confirm,
    Evidence,
    Leave,
    MessageId,
    Move,
    Offer,
    OfferId,
    Party,
    Propose,
    ProviderId,
    Reject,
    Standing,
    Terms,
    TermValue,
    Withdraw,
    terms_hash,
)


@dataclass(frozen=True, slots=True)
class PayloadContext:
    """What a payload is read against. `sender` decides what a binding accept is: from us a commit, from
    them its confirmation."""

    category: Category
    provider: ProviderId
    message_id: MessageId
    sender: Party = Party.THEM


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload says: moves in order, codes of what was ignored, and the envelope's own fields."""

    moves: tuple[Move, ...] = ()
    problems: tuple[str, ...] = ()
    negotiation: str = ""
    round: int | None = None
    reason: str = ""
    final: bool = False
    agreement: AgreementWord | None = None


def is_payload(value: object) -> bool:
    """Whether a decoded data part is ours, also when wrapped under the extension's URI."""
    return _unwrap(value) is not None


def _unwrap(value: object) -> Mapping[str, object] | None:
    if not isinstance(value, Mapping):
        return None
    inner = value.get(EXTENSION_URI)
    if isinstance(inner, Mapping):
        return inner
    return value if value.get("type") == EXTENSION_URI else None


def read_payload(value: object, context: PayloadContext) -> Reading:
    """Read one data part: our payload, or a bare schema.org Offer. Never raises for what a counterpart sent.

    Unknown fields are ignored; an unknown act, issue name or value that is not of its kind is left out and
    noted as a problem code.
    """
    problems = Problems()
    payload = _unwrap(value)
    if payload is None:
        return _read_bare(value, context, problems)
    category = payload.get("category")
    if category is not None and category != context.category.id:
        problems.add("other_category", category)
        return Reading(problems=problems.codes())
    act = payload.get("act")
    moves: list[Move] = []
    if act in ACTS:
        moves += _read_act(str(act), payload, context, problems)
    else:
        problems.add("unknown_act", act)
    bound = act in ("propose", "counter") and payload.get("binding") is True
    bound = bound and any(isinstance(move, Propose) for move in moves)
    moves += read_inquiries(payload.get("inquire"), problems, bound=bound)
    moves += read_informs(payload.get("inform"), problems)
    if context.sender is Party.THEM:
        note_consents(payload.get("consents"), problems)
    agreement = read_agreement(payload.get("agreement"), problems)
    round_ = exact_integer(payload.get("round"))
    return Reading(
        moves=tuple(moves),
        problems=problems.codes(),
        negotiation=safe_id(payload.get("negotiation_id")) or "",
        round=round_ if round_ is not None and 0 <= round_ < 10_000 else None,
        reason=safe_code(payload.get("reason")),
        final=payload.get("final") is True,
        agreement=agreement,
    )


def _read_act(act: str, payload: Mapping[str, object], context: PayloadContext, problems: Problems) -> Iterable[Move]:
    match act:
        case "cfp":
            values, _ = read_terms(payload.get("terms", {}), context.category, problems)
            return [Ask(Terms.of(values))]
        case "propose" | "counter":
            proposal = _read_proposal(payload, context, problems)
            return [proposal] if proposal is not None else []
        case "accept":
            accepted = _read_accept(payload, context, problems)
            return [accepted] if accepted is not None else []
        case "reject" if payload.get("final") is True:
            return [Leave(safe_code(payload.get("reason")))]
        case "reject":
            return [Reject(_offer_id(payload, "offer_id", problems))]
        case "withdraw":
            return [Withdraw(_offer_id(payload, "offer_id", problems))]
        case _:
            return []


def _offer_id(payload: Mapping[str, object], key: str, problems: Problems) -> OfferId | None:
    if payload.get(key) is None:
        return None
    found = safe_id(payload[key])
    if found is None:
        problems.add("bad_id", key)
    return OfferId(found) if found is not None else None


def _read_proposal(payload: Mapping[str, object], context: PayloadContext, problems: Problems) -> Propose | None:
    values, evidence = read_terms(payload.get("terms", {}), context.category, problems)
    shop_form = SchemaOffer()
    if isinstance(payload.get("offer"), Mapping):
        for path, entry in offers_in({"offer": {"@type": "Offer", **payload["offer"]}}):  # type: ignore[dict-item]
            shop_form = read_schema_offer(entry, context.category, problems, path=path, headline_known=True)
    _join(values, evidence, shop_form, problems)
    offer_id = _offer_id(payload, "offer_id", problems) or shop_form.id
    if offer_id is None:
        problems.add("missing_offer_id")
        offer_id = OfferId(context.message_id)
    if not values:
        problems.add("empty_offer")
        return None
    stated = payload.get("expires_at")
    valid_until = moment(stated, problems, "expires_at") if stated is not None else shop_form.valid_until
    unread = (*unread_amounts(payload.get("terms"), context.category, values), *names_of(shop_form.unread))
    binding = _flag(payload, "binding", problems)
    offer = _offer(context, offer_id, values, evidence, valid_until, binding, unread)
    final = context.sender is Party.US and payload.get("final") is True
    return Propose(offer, _offer_id(payload, "in_reply_to", problems), final)


def _join(
    values: dict[str, TermValue], evidence: dict[str, Evidence], shop_form: SchemaOffer, problems: Problems
) -> None:
    """Add the shop form's values; where both forms name an issue differently, neither is believed."""
    for name, value in shop_form.values.items():
        if name not in values:
            values[name], evidence[name] = value, shop_form.evidence[name]
        elif values[name] != value and shop_form.evidence[name].standing is Standing.TYPED:
            problems.add("contradiction", name)
            del values[name], evidence[name]


def _offer(
    context: PayloadContext,
    offer_id: OfferId,
    values: Mapping[str, TermValue],
    evidence: Mapping[str, Evidence],
    valid_until: datetime | None,
    binding: bool,
    unread: tuple[str, ...] = (),
) -> Offer:
    return Offer(
        id=offer_id,
        provider=context.provider,
        category=context.category.id,
        terms=Terms.of(values),
        valid_until=valid_until,
        binding=binding,
        evidence=tuple(evidence[name] for name in sorted(evidence)),
        message_id=context.message_id,
        unread=unread,
    )


def _read_accept(payload: Mapping[str, object], context: PayloadContext, problems: Problems) -> Move | None:
    before = len(problems.codes())
    values, _ = read_terms(payload.get("terms", {}), context.category, problems)
    terms = Terms.of(values)
    binding = _flag(payload, "binding", problems)
    offer_id = _offer_id(payload, "offer_id", problems)
    if binding and context.sender is Party.THEM:
        return Confirm(terms, offer_id, (safe_id(payload.get("reference")) or "")[:64])
    if offer_id is None:
        problems.add("missing_offer_id")
    if offer_id is None or len(problems.codes()) > before:
        return None  # an acceptance counts as a whole or not at all; a broken confirmation must be seen to differ
    if binding:
        return Commit(offer_id, terms, terms_hash(context.provider, context.category.id, terms))
    return Accept(offer_id, terms)


def _flag(payload: Mapping[str, object], key: str, problems: Problems) -> bool:
    value = payload.get(key, False)
    if not isinstance(value, bool):
        problems.add("not_boolean", key)
    return value is True


def _read_bare(value: object, context: PayloadContext, problems: Problems) -> Reading:
    """A data part without our envelope: schema.org Offers become proposals, anything else is ignored."""
    moves: list[Move] = []
    for index, (path, entry) in enumerate(offers_in(value)):
        read = read_schema_offer(entry, context.category, problems, path=path, headline_known=False)
        if read.values:
            fallback = OfferId(f"{context.message_id}.{index}" if index else str(context.message_id))
            unread = names_of(read.unread)
            offer = _offer(context, read.id or fallback, read.values, read.evidence, read.valid_until, False, unread)
            moves.append(Propose(offer))
    return Reading(moves=tuple(moves), problems=problems.codes())

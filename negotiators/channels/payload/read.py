"""Reading a counterpart's data part into moves (`docs/a2a-extension.md`). Pure, closed, never raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from negotiators.categories import Category, Issue
from negotiators.channels.payload.fields import Problems, exact_integer, moment, safe_code, safe_id, safe_name
from negotiators.channels.payload.schema_offer import SchemaOffer, offers_in, read_schema_offer
from negotiators.channels.payload.write import ACTS, EXTENSION_URI, GRANULARITIES
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
    MessageId,
    Move,
    Offer,
    OfferId,
    Party,
    Propose,
    ProviderId,
    Reject,
    Standing,
    TermError,
    Terms,
    TermValue,
    Withdraw,
    terms_hash,
)
from negotiators.money import Money

MAX_TERMS = 64
MAX_QUESTIONS = 16
MAX_VALUE = 400

_CURRENCY = re.compile(r"[A-Z]{3}")
_ZERO = re.compile(r"0+(?:\.0+)?")


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
    moves += _read_inquiries(payload.get("inquire"), problems, bound=bound)
    moves += _read_informs(payload.get("inform"), problems)
    if context.sender is Party.THEM:
        _note_consents(payload.get("consents"), problems)
    round_ = exact_integer(payload.get("round"))
    return Reading(
        moves=tuple(moves),
        problems=problems.codes(),
        negotiation=safe_id(payload.get("negotiation_id")) or "",
        round=round_ if round_ is not None and 0 <= round_ < 10_000 else None,
        reason=safe_code(payload.get("reason")),
        final=payload.get("final") is True,
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
    unread = unread_amounts(payload.get("terms"), context.category, values)
    binding = _flag(payload, "binding", problems)
    offer = _offer(context, offer_id, values, evidence, valid_until, binding, unread)
    return Propose(offer, _offer_id(payload, "in_reply_to", problems))


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


def read_terms(
    value: object, category: Category, problems: Problems
) -> tuple[dict[str, TermValue], dict[str, Evidence]]:
    """Read a `terms` map over the category's issues; what cannot be read is a problem and left out."""
    values: dict[str, TermValue] = {}
    evidence: dict[str, Evidence] = {}
    if not isinstance(value, Mapping):
        problems.add("bad_terms")
        return values, evidence
    for name, entry in list(value.items())[:MAX_TERMS]:
        issue = category.issue(str(name))
        if issue is None:
            problems.add("unknown_issue", name)
            continue
        term = _read_term(entry, issue, problems)
        if term is not None:
            values[issue.name] = term
            evidence[issue.name] = Evidence(issue.name, Standing.TYPED, f"terms.{issue.name}", reader="bargaining/v1")
    if len(value) > MAX_TERMS:
        problems.add("too_many_terms")
    return values, evidence


def unread_amounts(terms: object, category: Category, values: Mapping[str, TermValue]) -> tuple[str, ...]:
    """Names of amounts in a `terms` map that are not among the values read from it; nothing but a plain zero is
    harmless. A fee under a name nobody knows is still a fee."""
    entries = list(terms.items())[: MAX_TERMS + 1] if isinstance(terms, Mapping) else []
    found = []
    for name, entry in entries:
        issue = category.issue(str(name))
        is_amount = _is_amount(entry) if issue is None else issue.kind is IssueKind.MONEY
        if is_amount and (issue is None or issue.name not in values) and not _is_zero(entry):
            found.append(safe_name(name) or "?")
    return tuple(found)


def _is_amount(entry: object) -> bool:
    """Whether a term of unknown name looks like money: said so, or with a currency for a unit."""
    if not isinstance(entry, Mapping):
        return False
    unit = entry.get("unit")
    return entry.get("type") == "money" or (isinstance(unit, str) and _CURRENCY.fullmatch(unit) is not None)


def _is_zero(entry: object) -> bool:
    value = entry.get("value") if isinstance(entry, Mapping) else None
    return isinstance(value, str) and _ZERO.fullmatch(value) is not None


def _read_term(entry: object, issue: Issue, problems: Problems) -> TermValue | None:
    if not isinstance(entry, Mapping):
        problems.add("bad_term", issue.name)
        return None
    stated, unit, value = entry.get("type"), entry.get("unit"), entry.get("value")
    if stated is not None and stated != issue.kind.value:
        problems.add("wrong_type", issue.name)
        return None
    if not _unit_fits(unit, issue, problems):
        return None
    text = _value_text(value, issue, problems)
    if text is None:
        return None
    try:
        term = issue.parse(text, str(unit) if issue.kind is IssueKind.MONEY else None)
    except TermError:
        problems.add("bad_term", issue.name)
        return None
    amount = term.amount if isinstance(term, Money) else term
    if isinstance(amount, Decimal) and amount < 0:
        problems.add("negative", issue.name)
        return None
    return term


def _unit_fits(unit: object, issue: Issue, problems: Problems) -> bool:
    """Money needs its currency; a number's unit may be left out but not differ from the issue's."""
    if issue.kind is IssueKind.MONEY:
        if not isinstance(unit, str) or not unit:
            problems.add("missing_currency", issue.name)
            return False
        return True
    if unit in (None, "", issue.unit):
        return True
    problems.add("wrong_unit", issue.name)
    return False


def _value_text(value: object, issue: Issue, problems: Problems) -> str | None:
    """The value as the string it should have been: a boolean for a flag and an exact whole number for a
    number are allowed, every other JSON number is refused."""
    if isinstance(value, str) and 0 < len(value) <= 64 and (issue.kind is IssueKind.CHOICE or " " not in value):
        return value
    if isinstance(value, bool) and issue.kind is IssueKind.FLAG:
        return "true" if value else "false"
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        whole = exact_integer(value)
        if issue.kind is IssueKind.NUMBER and whole is not None:
            return str(whole)
        problems.add("number_not_string", issue.name)
        return None
    problems.add("bad_term", issue.name)
    return None


def _note_consents(value: object, problems: Problems) -> None:
    """Consent is the person's to give: what a company says was granted is only noted."""
    entries = list(value.items())[:MAX_QUESTIONS] if isinstance(value, Mapping) else []
    for name, entry in entries:
        if isinstance(entry, Mapping) and entry.get("granted") is True:
            problems.add("consent_claimed", name)


def _read_inquiries(value: object, problems: Problems, *, bound: bool) -> list[Move]:
    questions: list[Move] = []
    for entry in _entries(value, "inquire", problems):
        field = safe_name(entry.get("field"))
        if field is None:
            problems.add("bad_field", "inquire")
            continue
        category, purpose = safe_name(entry.get("category")), safe_name(entry.get("purpose"))
        price = _read_price(entry.get("price"), problems, bound=bound) if "price" in entry else None
        questions.append(Inquire(field, category, purpose, entry.get("required") is True, price))
    return questions


def _read_price(value: object, problems: Problems, *, bound: bool) -> Money | None:
    """What is paid for an answer; it counts only beside a binding offer, because nothing else promises it."""
    if not isinstance(value, Mapping) or value.get("type", "money") != "money":
        problems.add("bad_price", "inquire")
        return None
    amount, unit = value.get("value"), value.get("unit")
    try:
        price = Money.of(amount, unit) if isinstance(amount, str) and isinstance(unit, str) else None
    except (ArithmeticError, ValueError):
        price = None
    if price is None or price.amount <= 0:
        problems.add("bad_price", "inquire")
        return None
    if not bound:
        problems.add("price_not_binding", "inquire")
        return None
    return price


def _read_informs(value: object, problems: Problems) -> list[Move]:
    answers: list[Move] = []
    for entry in _entries(value, "inform", problems):
        field, told, rung = safe_name(entry.get("field")), entry.get("value"), entry.get("granularity", "exact")
        readable = told is None or (isinstance(told, str) and len(told) <= MAX_VALUE)
        if field is None or not readable or rung not in GRANULARITIES:
            problems.add("bad_field", "inform")
            continue
        answers.append(Inform(field, told if isinstance(told, str) else None, str(rung)))
    return answers


def _entries(value: object, where: str, problems: Problems) -> list[Mapping[str, object]]:
    if value is None:
        return []
    entries = value if isinstance(value, list | tuple) else [value]
    if len(entries) > MAX_QUESTIONS:
        problems.add("too_many", where)
    found = [entry for entry in entries[:MAX_QUESTIONS] if isinstance(entry, Mapping)]
    if len(found) < len(entries[:MAX_QUESTIONS]):
        problems.add("bad_field", where)
    return found


def _read_bare(value: object, context: PayloadContext, problems: Problems) -> Reading:
    """A data part without our envelope: schema.org Offers become proposals, anything else is ignored."""
    moves: list[Move] = []
    for index, (path, entry) in enumerate(offers_in(value)):
        read = read_schema_offer(entry, context.category, problems, path=path, headline_known=False)
        if read.values:
            fallback = OfferId(f"{context.message_id}.{index}" if index else str(context.message_id))
            offer = _offer(context, read.id or fallback, read.values, read.evidence, read.valid_until, False)
            moves.append(Propose(offer))
    return Reading(moves=tuple(moves), problems=problems.codes())

"""Reading what rides along with an act: questions for data, answers, and consents said to be given. Pure, closed."""

from __future__ import annotations

from collections.abc import Mapping

from negotiators.channels.payload.fields import Problems, safe_name
from negotiators.channels.payload.write import GRANULARITIES
from negotiators.dialogue import Inform, Inquire, Move
from negotiators.money import Money

MAX_QUESTIONS = 16
MAX_VALUE = 400


def note_consents(value: object, problems: Problems) -> None:
    """Consent is the person's to give: what a company says was granted is only noted."""
    entries = list(value.items())[:MAX_QUESTIONS] if isinstance(value, Mapping) else []
    for name, entry in entries:
        if isinstance(entry, Mapping) and entry.get("granted") is True:
            problems.add("consent_claimed", name)


def read_inquiries(value: object, problems: Problems, *, bound: bool) -> list[Move]:
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


def read_informs(value: object, problems: Problems) -> list[Move]:
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

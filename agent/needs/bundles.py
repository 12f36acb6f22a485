"""Several needs of one occasion, decided together: the file form (`event`, `cap`, `[[needs]]`), and what must hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.kernel.errors import NeedInvalid
from agent.needs.need import Need, known_keys, need_from_table
from negotiators.categories import Category
from negotiators.money import Money, MoneyError

MOST = 8
"""Needs of one bundle."""

_TOP = {"event", "cap", "currency", "needs"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """`event` is what it is for, in the person's words; `cap` bounds the sum of what is signed."""

    id: str
    event: str
    cap: Money | None
    currency: str
    needs: tuple[Need, ...]


def is_bundle(table: Mapping[str, Any]) -> bool:
    """Whether a file holds several needs."""
    return "needs" in table


def bundle_from_table(
    table: Mapping[str, Any], categories: Mapping[str, Category], bundle_id: str, where: str
) -> Bundle:
    """A bundle from a parsed TOML table. Raises `NeedInvalid`."""
    known_keys(table, _TOP, where)
    listed, event, currency = table["needs"], table.get("event", ""), table.get("currency", "EUR")
    if not isinstance(listed, list) or not 1 < len(listed) <= MOST or not all(isinstance(one, dict) for one in listed):
        raise NeedInvalid("bad_value", where=where, key="needs", value=str(listed)[:40], why=f"2 to {MOST} tables")
    if not isinstance(event, str) or len(event) > 200:
        raise NeedInvalid("bad_value", where=where, key="event", value=str(event)[:40], why="up to 200 characters")
    try:
        cap = Money.of(str(table["cap"]), currency) if "cap" in table else None
    except (MoneyError, ValueError) as err:
        raise NeedInvalid("bad_value", where=where, key="cap", value=str(table["cap"])[:40], why=str(err)) from err
    needs = [
        need_from_table(one, categories, f"{bundle_id}-{number}", f"{where} [[needs]] {number}", bundle_id)
        for number, one in enumerate(listed, 1)
    ]
    return bundled(bundle_id, event, cap, currency, needs, where)


def bundled(bundle_id: str, event: str, cap: Money | None, currency: str, needs: Sequence[Need], where: str) -> Bundle:
    """Needs as one bundle, each fallback naming the category it stands in for: where it names none, the first one's.
    Raises `NeedInvalid` for a fallback of nothing in the bundle, and for another currency than the bundle's."""
    mains = [need.category for need in needs if need.leg.role == "main"]
    made = []
    for need in needs:
        leg = need.leg
        if leg.role == "fallback":
            slips = leg.only_if_slips or (mains[0] if mains else "")
            if slips not in mains:
                raise NeedInvalid("bad_value", where=where, key="only_if_slips", value=slips,
                                  why=f"one of {', '.join(mains)}")  # fmt: skip
            leg = replace(leg, only_if_slips=slips)
        if need.mandate.currency != currency:
            raise NeedInvalid("bad_value", where=where, key="currency", value=need.mandate.currency, why=currency)
        made.append(replace(need, bundle=bundle_id, leg=leg))
    return Bundle(bundle_id, event, cap, currency, tuple(made))

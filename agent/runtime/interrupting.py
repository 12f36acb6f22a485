"""Mail that is told at once, by the person's own rules. Without a rule none is; the quiet hours hold for it too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, time
from sqlite3 import Row
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from agent.kernel.events import IncidentNoted
from agent.runtime.notify import is_quiet
from negotiators.money import Money

if TYPE_CHECKING:
    from agent.language.interrupts import Interrupt
    from agent.runtime.wiring import House

log = logging.getLogger("gegenbot.notify")


def interrupting(house: House, now: datetime) -> list[IncidentNoted]:
    """One incident for each waiting notice that may interrupt and did not yet. It is recorded before anybody is told,
    so that nothing interrupts twice."""
    config = house.config
    if not config.notify.interrupts or config.notify.how in ("", "off") or is_quiet(config, now):
        return []
    rows = house.ledger.rows(
        "SELECT * FROM mails WHERE state='waiting' AND NOT EXISTS (SELECT 1 FROM incidents i, json_each(i.refs) r "
        "WHERE i.code='interrupted' AND r.value='mail:' || mails.id) ORDER BY came, id"
    )
    rules = _rules(config.notify.interrupts) if rows else []
    zone = ZoneInfo(config.zone)
    return [
        IncidentNoted("interrupted", {"provider": row["sender"]}, [f"mail:{row['id']}"])
        for row in rows
        if any(_fits(rule, row, now.astimezone(zone)) for rule in rules)
    ]


def _rules(sentences: Sequence[str]) -> list[Interrupt]:
    from agent.language.interrupts import read_interrupt

    found = [(one, read_interrupt(one)[0]) for one in sentences]
    for sentence in (one for one, read in found if read is None):
        log.warning("an interruption in config.toml is not understood and has no effect: %s", sentence)
    return [read for _, read in found if read is not None]


def _fits(rule: Interrupt, row: Row, now: datetime) -> bool:
    if row["kind"] != rule.kind:
        return False
    if rule.above is not None:
        amount, _, currency = (row["rise"] or "").partition(" ")
        if not currency or currency != rule.above.currency or Money.of(amount, currency) <= rule.above:
            return False
    if rule.within is None:
        return True
    if row["day"] is None:
        return False
    begins = datetime.combine(datetime.fromisoformat(row["day"]).date(), time(), now.tzinfo)
    # Python subtracts the hands of the clock where both have one zone: an hour off across a change of summer time.
    return begins.astimezone(UTC) - now.astimezone(UTC) <= rule.within

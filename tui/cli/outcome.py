"""The outcome of `negotiate` as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui.cli.plain import fold
from tui.wording import Wording


def lines(w: Wording, found: Mapping[str, Any]) -> Iterator[str]:
    """The state, the total, then every turn with their words set off."""
    outcome = found.get("outcome") or {}
    total = outcome.get("total")
    state = w.label("talk.state", str(outcome.get("state", "?")))
    yield state + (f": {w.formats.money(total, outcome.get('currency') or 'EUR')}" if total else "")
    for name, value in (outcome.get("terms") or {}).items():
        yield from fold(str(value), f"    {w.label('issue', name)}: ")
    for turn in found.get("transcript") or ():
        yield from fold(
            f"{w.t('talk.round', round=turn.get('round', '?'))}  {turn.get('from')}: "
            f"{w.label('act', str(turn.get('act')))}"
        )
        yield from fold(str(turn.get("text") or ""), "    > ", "    > ")
    refusals = found.get("refusals") or ()
    if refusals:
        yield w.n("negotiate.refusals", len(refusals))
    yield w.n("negotiate.disclosures", len(found.get("disclosures") or ()))

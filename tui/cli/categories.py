"""The categories and their issues as text: what a need file may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui.cli.plain import table
from tui.wording import Wording


def lines(w: Wording, category: Mapping[str, Any]) -> Iterator[str]:
    """The category's name, then one line for each issue."""
    label = category.get("label")
    yield f"{category.get('id')}  {w.pick(label) if isinstance(label, Mapping) else ''}"
    rows = [_issue(w, one) for one in category.get("issues") or ()]
    yield from (f"  {line}" for line in table(rows, wide=3))
    yield ""


def _issue(w: Wording, issue: object) -> tuple[str, str, str, str]:
    if not isinstance(issue, Mapping):
        return str(issue), "", "", ""
    label = issue.get("label")
    choices = issue.get("choices") or issue.get("range") or ()
    return (
        str(issue.get("name", "")),
        str(issue.get("kind", "")),
        str(issue.get("unit") or ""),
        (w.pick(label) if isinstance(label, Mapping) else "")
        + (f" ({', '.join(map(str, choices))})" if choices else ""),
    )

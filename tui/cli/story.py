"""The demo as text: sections, companies with the same news on one line, at most 60 lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.cli.plain import fold
from tui.wording import Wording
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from agent.views import Reason

MOST = 60
"""Lines a reader without a screen is asked to read."""

_SECTIONS = {"story_market", "story_digest", "approval_given", "story_days", "stopped", "story_yours"}
_UNDER = {"persona_rule", "story_leg", "story_leg_fallback", "story_why"}


@dataclass(slots=True)
class _Line:
    """One sentence and the companies it is about."""

    said: str
    companies: list[str] = field(default_factory=list)
    indent: str = ""

    def text(self) -> str:
        if self.companies:
            return f"{', '.join(self.companies)}: {self.said}"
        return self.said[:1].upper() + self.said[1:]


def lines(w: Wording, story: Iterable[Reason]) -> list[str]:
    """The story. Sections are set apart while there is room; nothing is cut without saying so."""
    sections = list(_sections(w, story))
    apart = [line for section in sections for line in ["", *_folded(section)]][1:]
    if len(apart) <= MOST:
        return apart
    close = [line for section in sections for line in _folded(section)]
    if len(close) <= MOST:
        return close
    left = len(close) - MOST + 1
    return [*close[: MOST - 9], w.n("story.left_out", left), *close[-8:]]


def _folded(section: Iterable[_Line]) -> Iterator[str]:
    for line in section:
        yield from fold(line.text(), line.indent, f"{line.indent}  ")


def _sections(w: Wording, story: Iterable[Reason]) -> Iterator[list[_Line]]:
    section: list[_Line] = []
    under_why = False
    for reason in story:
        if reason.code in _SECTIONS and section:
            yield section
            section, under_why = [], False
        said = w.say(reason)
        company = "" if reason.code.startswith("story_") else one_line(reason.params.get("provider", ""))
        same = next((line for line in section if line.said == said and bool(line.companies) == bool(company)), None)
        if same is not None:
            if company and company not in same.companies:
                same.companies.append(company)
        else:
            under = reason.code in _UNDER or (under_why and not reason.code.startswith("story_"))
            indent = "     " if under_why and under else "   " if under else ""
            section.append(_Line(said, [company] if company else [], indent))
        under_why = reason.code == "story_why" or (under_why and not reason.code.startswith("story_"))
    yield section

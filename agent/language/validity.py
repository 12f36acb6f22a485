"""Until when an offer holds, by the counterpart's word."""

from __future__ import annotations

import re
from datetime import date

from agent.language.dates import find_days
from agent.language.durations import find_durations
from agent.language.segments import sentences
from negotiators.text import Span

_VALID = re.compile(
    r"(?:\bvalid(?:ity)?\b|\bgültig\w*|\bgilt\b|\bgelten\b|\bGültigkeit\b|\bexpir\w+|\boffer (?:ends|stands|"
    r"holds|is good|is open|closes)|\bAngebot (?:endet|steht|läuft)|\bläuft (?:am|bis)\b|\bends on\b|"
    r"\bendet am\b|\bdeadline\b|\bannahmefrist\b|\bgebunden bis\b|\bhold(?:s)? until\b|\bstands until\b|"
    r"\bopen until\b|\bgood until\b|\baccept (?:it )?by\b|\bbook by\b|\border by\b|\bbuchbar bis\b|"
    r"\bbestell\w* bis\b|\bbuch\w* bis\b|\bnur (?:noch )?bis\b|\bonly until\b|\buntil the end of\b|"
    r"\bbis (?:zum )?Ende\b|\bAktion(?:szeitraum)? (?:endet|bis|läuft bis)|\bsichern Sie sich bis\b|"
    r"\bwe (?:can )?hold (?:it|this|the price)\b|\breserviert bis\b|\breserved until\b|\bbinding until\b|"
    r"\bverbindlich bis\b)",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:valid|gültig|gilt|holds?|stands|open|good)\s+(?:for|nur|noch|für)?\s*(?:the\s+next\s+|"
    r"die\s+nächsten\s+)?$|\bfor\s*$|\bnoch\s*$|\bfür\s*$|\bnur\s*$|\bin\s*$",
    re.I,
)
_MONTH_END = re.compile(r"\b(?:end of (?:the |this )?month|Monatsende|Ende (?:des|dieses) Monats)\b", re.IGNORECASE)


def _last_of_month(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def read_validity(text: str, today: date) -> tuple[date, Span] | None:
    """The last day an offer is said to hold, with its span; `None` when not said or said in two ways."""
    found: dict[date, Span] = {}
    for sentence in sentences(text):
        cue = _VALID.search(sentence.text)
        if cue is None:
            continue
        days = [day for day in find_days(sentence.text, today) if _says_until(sentence.text, day.span.start, cue)]
        if days and not days[-1].alternatives:
            span = days[-1].span
            found[days[-1].day] = sentence.span(span.start, span.end)
            continue
        end = _MONTH_END.search(sentence.text)
        if end:
            found[_last_of_month(today)] = sentence.span(end.start(), end.end())
            continue
        for duration in find_durations(sentence.text):
            period = duration.period()
            if (
                period is not None
                and _FOR.search(sentence.text[: duration.span.start])
                and period.months == 0
                and period.days
            ):
                found[period.after(today)] = sentence.span(duration.span.start, duration.span.end)
    return next(iter(found.items())) if len(found) == 1 else None


def _says_until(sentence: str, start: int, cue: re.Match[str]) -> bool:
    """Whether a day is an end (`until`, `bis`, `expires on`), not a beginning (`valid from`)."""
    before = sentence[max(0, start - 30) : start]
    if re.search(r"\b(?:from|ab|vom|von|since|seit|starting)\s*(?:the|dem)?\s*(?:\w+,?\s+)?$", before, re.IGNORECASE):
        return False
    until = re.search(
        r"\b(?:until|till|to|through|by|bis|zum|on|am|-|–)\s*(?:(?:and )?including |einschließlich |"
        r"inkl\. )?(?:(?:zum|the|den|dem|zu|\w+tag,?)\s+)*$",
        before,
        re.I,
    )
    return until is not None or sentence[cue.end() : start].strip(" :") == "" or start < cue.start()

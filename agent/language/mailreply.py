"""The sender's own words of a mail: without what they quote of earlier messages, without their signature block.

A cut is made only at marks that mail programs set. Where nothing is left, the whole text stands: better to read a quote
(our own words are blanked out later) than to lose an answer written below one.
"""

from __future__ import annotations

import re

_INTRODUCTION = re.compile(
    r"^(?:on .{6,120} wrote:|am .{6,160} schrieb(?: .{1,120})?:|von: .+|from: .+|"
    r"-{2,}\s*(?:original message|ursprüngliche nachricht|originalnachricht|forwarded message|"
    r"weitergeleitete nachricht)\s*-{2,}|_{20,})\s*$",
    re.IGNORECASE,
)
_HEADER_BLOCK = re.compile(r"^(?:von|from|gesendet|sent|an|to|betreff|subject|datum|date|cc)\s*:\s*\S", re.IGNORECASE)
_SIGNATURE = re.compile(r"^--\s?$")


def own_words(text: str) -> str:
    """The text without quoted lines and what follows a quote's introduction or a signature mark."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines):
        if _SIGNATURE.match(line) or _begins_quote(lines, number):
            rest = [one for one in lines[number + 1 :] if one.startswith(">")]
            if not rest or not _answers_below(lines, number + 1):
                break
            continue
        if not line.lstrip().startswith(">"):
            kept.append(line)
    found = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return found or text.strip()


def _begins_quote(lines: list[str], number: int) -> bool:
    line = lines[number].strip()
    if number + 1 < len(lines) and re.match(r"^(?:on|am) .{4,160}$", line, re.IGNORECASE):
        line = f"{line} {lines[number + 1].strip()}" if not line.endswith(":") else line
    if not _INTRODUCTION.match(line):
        return False
    if re.match(r"^(?:von|from):", line, re.IGNORECASE):
        return sum(bool(_HEADER_BLOCK.match(one.strip())) for one in lines[number : number + 6]) >= 3
    return True


def _answers_below(lines: list[str], start: int) -> bool:
    """Whether plain lines stand after the last quoted one: an answer below the quote."""
    quoted = [number for number in range(start, len(lines)) if lines[number].startswith(">")]
    return any(line.strip() for line in lines[quoted[-1] + 1 :]) if quoted else False

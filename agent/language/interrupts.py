"""One sentence of the person about which mail may interrupt them, German or English: "price rises above 5 EUR",
"unterbrich mich bei Fristen in weniger als 48 Stunden".

Every word has to be understood: a condition that was overlooked would let through what was not meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from agent.language.amounts import find_amounts
from agent.language.notices import NoticeKind
from negotiators.money import Money

_KINDS: dict[NoticeKind, str] = {
    NoticeKind.PRICE_RISE: r"price (?:rise|increase)s?|preiserhöhung(?:en)?|(?:a |my )?prices? (?:rises?|goes up|go up)|"
    r"(?:ein |der |mein )?preis(?:e)? (?:steigt|steigen)",
    NoticeKind.DEADLINE: r"deadlines?(?: ends?)?|notice periods?|(?:kündigungs)?frist(?:en)?",
    NoticeKind.RECALL: r"(?:product )?recalls?|(?:produkt)?rückrufe?n?",
    NoticeKind.OUTAGE: r"outages?|ausf(?:all|älle|ällen)|störung(?:en)?",
    NoticeKind.INVOICE: r"invoices?|bills?|rechnung(?:en)?|mahnung(?:en)?",
}
_WITHIN = re.compile(
    r"(?:(?:within|in less than|less than|in|innerhalb von|in weniger als|weniger als|binnen) )(?:the next |den nächsten )?"
    r"(\d{1,3}) (hours?|days?|stunden?|tage?n?)(?: away| ahead| endet| enden)?"
)
_ABOVE = re.compile(r"(?:above|over|more than|by more than|of more than|über|von mehr als|um mehr als|mehr als)\s*$")
_FILLER = re.compile(
    r"\b(?:interrupt|tell|me|at once|right away|when|if|there|is|are|a|an|for|on|by|of|about|my|please|unterbrich|sag|mir|"
    r"mich|sofort|gleich|wenn|bei|es|gibt|eine?[nrm]?|von|über|meine?[nrm]?|bitte|ist|und zwar)\b|[.,!:]"
)


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Which notices may interrupt: of one kind; of price rises those by more than `above`, of the others those that name
    a day not further away than `within`. What a notice does not say fulfils no condition."""

    kind: NoticeKind
    above: Money | None = None
    within: timedelta | None = None


def read_interrupt(sentence: str) -> tuple[Interrupt | None, str]:
    """The rule, or `None` with the words that were not understood (none at all: no kind of message was named)."""
    text = " ".join(sentence.casefold().split())
    amounts = find_amounts(text, "EUR")
    above = amounts[0].money() if len(amounts) == 1 else None
    if above is not None:
        head = text[: amounts[0].span.start]
        bound = _ABOVE.search(head)
        text = f"{head[: bound.start()] if bound else head + amounts[0].span.quote} {text[amounts[0].span.end :]}"
        above = above if bound else None
    within = None
    if found := _WITHIN.search(text):
        number, unit = int(found[1]), found[2]
        within = timedelta(hours=number) if unit[0] in "hs" else timedelta(days=number)
        text = f"{text[: found.start()]} {text[found.end() :]}"
    kinds, text = [], " ".join(text.split())
    for kind, words in _KINDS.items():
        named = re.search(rf"\b(?:{words})\b", text)
        if named:
            kinds.append(kind)
            text = f"{text[: named.start()]} {text[named.end() :]}"
    left = " ".join(_FILLER.sub(" ", text).split())
    fits = above is None or kinds == [NoticeKind.PRICE_RISE]
    if len(kinds) != 1 or left or not fits:
        return None, left
    return Interrupt(kinds[0], above, within), ""

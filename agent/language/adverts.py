"""The asking price of a free-text advert: which of its amounts is the price, and which are old prices or extras."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from agent.language.amounts import find_amounts
from agent.language.numerals import read_digits
from negotiators.money import Money
from negotiators.text import Span

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_ASKING = re.compile(
    rf"{_W}(?:asking|ask|askin|(?:let|letting) (?:it|them|this|these) go|price|priced at|selling|sell|sale|"
    rf"sacrifice|yours for|take|want|wants|rent|"
    rf"monthly|only|just|now|"
    rf"obo|steal|reduced to|VB|Preis|Festpreis|Verhandlungsbasis|für nur|verkaufe|kostet|Miete|Kaltmiete|Warmmiete){_X}"
    rf"[^$€£\d]{{0,22}}$",
    re.IGNORECASE,
)
_FOR = re.compile(rf"{_W}(?:for|at|für)\s*:?\s*(?:only|just|nur)?\s*$", re.IGNORECASE)
_FIRM = re.compile(
    rf"^[\s.,!:;*)(/-]*(?:usd|dollars|cash)?[\s.,!:;*)(/-]*{_W}(?:o\.?\s?b\.?\s?o|or best(?: offer)?|firm|fim|"
    rf"cash|neg(?:otiable)?|each|a month|per month|/\s?mo\w*|"
    rf"month|or trade|takes it|for (?:all|both|everything|the (?:pair|set|lot|both|whole))|a piece|pick ?up|"
    rf"plus tax|VB|VHB|Festpreis|FP|Verhandlungsbasis|warm|kalt){_X}",
    re.IGNORECASE,
)
_NOT_IT_BEFORE = re.compile(
    rf"{_W}(?:orig(?:inally)?\.?|original(?:ly)? (?:price|cost|paid)?|retail(?:s|ed|er)?|msrp|paid|was|were|bought|"
    rf"purchased?|worth|valued?(?: at)?|"
    rf"costs?|cost me|cost you|amazon|ebay|walmart|costco|best ?buy|ikea|stores?|compare[ds]?(?: at)?|goes for|"
    rf"going for|sells? for|sold for|"
    rf"lists? (?:for|at|price)|listed (?:for|at|price)|saved?|savings?|deposit|fees?|insurance|shipping|ship|"
    rf"delivery|deliver|additional|extra|spent|"
    rf"invested|upgrade[ds]?|rebate|discount|gift card|pet rent|income|move[- ]in cost|statt|Neupreis|NP|UVP|"
    rf"Kaution|Versand|Originalpreis|gekostet){_X}"
    rf"[^.!?;$€£\d]{{0,18}}$|[+]\s*$",
    re.IGNORECASE,
)
_NOT_IT_AFTER = re.compile(
    rf"^\s*(?:\+\s*(?:tax|shipping|s/?h)|{_W}(?:new|retail|msrp|value|off|when new|brand new|in stores?|on amazon|"
    rf"at (?:the )?(?:store|amazon|target|best|ikea|costco)|(?:refundable |security )?deposit(?!\s*(?:of|:|is|-|=|"
    rf"\$))|(?:\w+ )?fee(?!\s*[:$])|non-?refundable|"
    rf"(?:for )?shipping|for delivery|extra|more|worth|million|to ship|originally|per person|per (?:week|day|year|"
    rf"pet|hour|night)|"
    rf"/\s?(?:year|week|day|pet|hour)|a (?:day|week|year)|invested|gift|credit|rebate|in (?:back )?fees|Kaution|"
    rf"Versand|Neupreis|NP){_X})",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?:{_W}(?:asking|price|priced at|obo|asking price|Preis|VB|VHB|Festpreis)\s*(?:is|:|=|of|"
    rf"-)?\s*(?P<after>\d[\d.,]{{0,10}})(?![\d%\"'x])|"
    rf"(?<![\w$€£.,#-])(?P<before>\d[\d.,]{{0,10}})\s*(?:\$|{_W}(?:obo|o\.b\.o|or best offer|firm|cash only|VB|"
    rf"VHB|Festpreis|FP){_X}))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskingPrice:
    """The price with its span in the title or the body (`where`), and how many amounts competed."""

    money: Money
    span: Span
    where: str
    rivals: int


@dataclass(frozen=True, slots=True)
class _Candidate:
    value: Decimal
    currency: str
    span: Span
    where: str
    score: int


def _score(text: str, span: Span, where: str) -> int:
    before, behind = text[max(0, span.start - 60) : span.start], text[span.end : span.end + 40]
    score = 4 if where == "title" else 0
    if _NOT_IT_BEFORE.search(before):
        score -= 4
    if _NOT_IT_AFTER.match(behind):
        score -= 5
    if _ASKING.search(before):
        score += 3
    elif _FOR.search(before):
        score += 1
    if _FIRM.match(behind):
        score += 3
    return score


def _candidates(text: str, where: str, default: str) -> list[_Candidate]:
    found = []
    for amount in find_amounts(text, default):
        money = amount.money()
        if money is not None and not amount.minor and money.amount > 0:
            found.append(_Candidate(money.amount, money.currency, amount.span, where, _score(text, amount.span, where)))
    for match in _BARE.finditer(text):
        group = "after" if match["after"] else "before"
        start, end = match.span(group)
        if any(start < other.span.end and other.span.start < end for other in found):
            continue
        raw = match[group].rstrip(".,")
        value = read_digits(raw)
        if value is not None and value > 1:
            span = Span(start, start + len(raw), raw)
            found.append(_Candidate(value, default, span, where, _score(text, span, where)))
    return found


def read_asking_price(title: str, body: str, *, default_currency: str = "EUR") -> AskingPrice | None:
    """The one price an advert asks, or `None` when it names none (only old prices, fees or savings).

    Amounts are weighed by the words around them ("asking", "firm", "originally"); the title counts more than the
    body, and of equals the first.
    """
    found = _candidates(title[:400], "title", default_currency) + _candidates(body[:20_000], "body", default_currency)
    if not found:
        return None
    best = max(found, key=lambda candidate: candidate.score)
    if best.score < -3:
        return None
    return AskingPrice(Money(best.value, best.currency), best.span, best.where, len(found) - 1)

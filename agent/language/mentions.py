"""Typed values found in one sentence, each with what stands around it: period, qualifiers, negation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agent.language.amounts import find_amounts
from agent.language.cues import LARGER_UNITS, UNIT_ALIASES
from agent.language.dates import find_days
from agent.language.durations import find_durations
from agent.language.numerals import DIGITS, read_digits
from agent.language.segments import Segment, clauses, nominal_negation_before, verbal_negation
from negotiators.dialogue import IssueKind
from negotiators.money import NO_CURRENCY, Money, Period

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"
PER_WORDS: dict[str, str] = {
    "month":
        rf"(?:per|a|each|every|/|pro|im|je|jeden|den|/\s?)\s*(?:calendar\s+)?(?:months?|mon\.?|mo\.?|Monate?){_X}|"
        rf"{_W}(?:monthly|monatlich(?:e[nrs]?)?|mtl\.?|p\.\s?m\.|Monats(?:preis|beitrag|gebühr|rate|miete)){_X}|{_W}a\s+month",
    "year":
        rf"(?:per|a|each|/|pro|im|je)\s*(?:years?|yr|annum|Jahr){_X}|{_W}(?:yearly|annually|annual|"
        rf"jährlich(?:e[nrs]?)?|p\.\s?a\.){_X}",
    "night": rf"(?:per|a|each|/|pro|die|je)\s*(?:nights?|Nacht|Übernachtung){_X}|{_W}(?:nightly){_X}",
    "once": rf"{_W}(?:einmalig(?:e[nrs]?)?|einm\.|once|one-off|one-time|one time){_X}",
}  # fmt: skip
_PER_AFTER = {
    per: re.compile(rf"\s*[,*¹²]?\s*\(?(?:inkl\.\s*MwSt\.?\s*|incl\.\s*VAT\s*|brutto\s*)?(?:{pattern})", re.I)
    for per, pattern in PER_WORDS.items()
}
_PER_BEFORE = {per: re.compile(
    rf"(?:{pattern})(?:\s*(?:price|fee|rate|costs?|Preis|Beitrag|Kosten|Gebühr|Grundpreis|Grundgebühr|premium|nur|"
    rf"only|just|lediglich|für|for|of|von|is|ist|beträgt|at|bei|now|jetzt|zu|then|dann|:|=|-|–))*\s*$",
    re.I) for per, pattern in PER_WORDS.items()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mention:
    """One value in a sentence. Offsets are local to the sentence."""

    kind: IssueKind
    value: Money | Decimal | Period | date
    start: int
    end: int
    per: str = ""
    unit: str = ""
    flaws: frozenset[str] = frozenset()
    """Why it must not be taken as offered: `negated`, `old`, `bound`, `approximate`, `yours`, `saving`, `total`,
    `net`, `currency`, `order` (day and month)."""
    assumed_currency: bool = False


_OLD = re.compile(
    rf"{_W}(?:statt|anstatt|anstelle von|instead of|rather than|was|were|previously|formerly|früher|vorher|"
    rf"bisher(?:ige[nrs]?)?|zuvor|uvp|rrp|msrp|normally|usually|normalerweise|sonst|regulär(?:er)?(?: Preis)?|"
    rf"regular(?:ly)?|list price|Listenpreis|original(?:ly)?|ursprünglich|reduced from|"
    rf"down from){_X}[^,;]{{0,25}}$",
    re.I,
)
_YOURS = re.compile(
    rf"{_W}(?:your (?:\w+\s)?(?:offer|bid|proposal|budget|price|idea|request|limit|suggestion|figure|target|"
    rf"counter\w*|maximum)|you (?:asked|offered|proposed|suggested|wanted|requested|pay|are paying|currently|"
    rf"mentioned|said)|Ihre?[nmrs]? (?:\w+\s)?(?:Angebot|Gebot|Vorschlag|Budget|Preisvorstellung|Vorstellung|Wunsch|"
    rf"Wunschpreis|Limit|Gegenangebot|Preis|Forderung)|Sie (?:haben|hatten|wollten|zahlen|boten|wünschen|nannten)|"
    rf"competitors?\w*|Wettbewerb\w*|Konkurrenz|Mitbewerber\w*|budget|other customers|andere Kunden|too (?:low|"
    rf"high)|below (?:our )?cost\w*){_X}[^;]{{0,45}}$",
    re.I,
)
_SAVING_BEFORE = re.compile(
    rf"{_W}(?:save|saves|saving(?:s)?(?: of)?|sparen(?: Sie)?|spare|spart|ersparnis(?: von)?|rabatt(?: von)?|"
    rf"discount(?: of)?|nachlass(?: von)?|minus|abzüglich|reduction of|reduziert um|reduced by|gesenkt um|"
    rf"raise\w* by|by|um|worth(?: of)?|im Wert von|Wert){_X}\s*(?:\w+\s){{0,2}}$",
    re.I,
)
_SAVING_AFTER = re.compile(
    rf"^\s*(?:/\s?\w+\s*)?(?:{_W}(?:per month|a month|monatlich|im Monat)\s*)?{_W}(?:off|discount|rabatt|nachlass|"
    rf"ersparnis|günstiger|billiger|cheaper|less|gespart|sparen|weniger|more than|mehr als|reduction|savings?|"
    rf"extra){_X}",
    re.I,
)
_BOUND = re.compile(
    rf"{_W}(?:from|ab|starting (?:at|from)|starts at|beginnend bei|up to|bis zu|bis|between|zwischen|more than|"
    rf"mehr als|over|über|at least|mindestens|at most|höchstens|maximal|below|under|unter|no less than|nicht unter|"
    rf"minimum of|less than|weniger als|no more than|not more than|nicht mehr als){_X}\s*(?:nur|only|just|"
    rf"just about)?\s*$",
    re.I,
)
_APPROXIMATE = re.compile(
    rf"{_W}(?:about|around|approximately|approx\.?|roughly|circa|ca\.?|etwa|ungefähr|rund|some|in the region of|~|"
    rf"knapp|gut|nearly|almost|fast){_X}\s*$|[~≈]\s*$",
    re.I,
)
_TOTAL = re.compile(
    rf"{_W}(?:total\w*|in total|altogether|overall|gesamt\w*|insgesamt|all in all|summe|sum|"
    rf"over (?:the )?(?:\w+ )?(?:\d{{1,3}} )?(?:years?|months?)|über (?:die )?\d{{1,3}} (?:Monate|Jahre)|effektiv\w*|"
    rf"effective\w*|durchschnitt\w*|average|Abschlag\w*|instal?ment|effektiver Monatspreis){_X}",
    re.I,
)
_NET = re.compile(
    rf"{_W}(?:netto|net price|excl\.? vat|excluding vat|plus vat|"
    rf"zzgl\.?\s*(?:\d{{1,2}}\s*%\s*)?(?:der\s+)?(?:gesetzl\w*\s+)?(?:mwst|ust|mehrwertsteuer|umsatzsteuer)|"
    rf"exkl\.?\s*(?:mwst|ust)|before vat|ohne (?:mwst|mehrwertsteuer)|ex vat){_X}",
    re.I,
)


def _per_of(sentence: str, start: int, end: int, unit_name: str) -> str:
    behind, before = sentence[end : end + 60], sentence[max(0, start - 60) : start]
    if unit_name and unit_name not in PER_WORDS:
        unit = UNIT_ALIASES.get(unit_name, re.escape(unit_name))
        if re.match(rf"\s*\(?(?:/|per|pro|je|a|each|for each|for every)\s*(?:{unit}){_X}", behind, re.I):
            return "unit"
    for per, pattern in _PER_AFTER.items():
        if pattern.match(behind):
            return per
    for per, pattern in _PER_BEFORE.items():
        if pattern.search(before):
            return per
    return ""


def _clause_around(sentence: Segment, start: int) -> tuple[str, int]:
    for clause in clauses(sentence):
        local = clause.start - sentence.start
        if local <= start < local + len(clause.text):
            return clause.text, local
    return sentence.text, 0


def _money_flaws(sentence: Segment, start: int, end: int) -> set[str]:
    clause, offset = _clause_around(sentence, start)
    before = clause[: start - offset]
    wide = sentence.text[:start]
    behind = sentence.text[end : end + 40]
    flaws = set()
    if verbal_negation(clause) or nominal_negation_before(clause, start - offset):
        flaws.add("negated")
    if _OLD.search(before[-40:]) or re.search(rf"{_W}(?:statt|instead of){_X}\s*$", wide, re.I):
        flaws.add("old")
    if _YOURS.search(before[-70:]):
        flaws.add("yours")
    if _SAVING_BEFORE.search(before[-30:]) or _SAVING_AFTER.search(behind):
        flaws.add("saving")
    if _BOUND.search(before[-25:]) or re.match(
        r"\s*(?:-|–|to|bis|or more|oder mehr|and up)\s*(?:€|EUR|\d|or|and|$)", behind, re.I
    ):
        flaws.add("bound")
    if _APPROXIMATE.search(before[-20:]):
        flaws.add("approximate")
    if _TOTAL.search(clause):
        flaws.add("total")
    if _NET.search(sentence.text):
        flaws.add("net")
    return flaws


def _amounts(sentence: Segment, default: str | None, unit_name: str) -> list[Mention]:
    found = []
    for amount in find_amounts(sentence.text, default):
        start, end = amount.span.start, amount.span.end
        per = _per_of(sentence.text, start, end, unit_name)
        money = amount.money()
        if money is not None and per == "unit" and amount.minor and amount.value >= 1000:
            money = Money(amount.value / 100000, money.currency)
        flaws = _money_flaws(sentence, start, end)
        if money is None:
            flaws.add("currency")
            money = Money(amount.value, default or NO_CURRENCY)
        found.append(Mention(IssueKind.MONEY, money, start, end, per, flaws=frozenset(flaws)))
    return found


def _bare_amounts(sentence: Segment, default: str, taken: list[Mention]) -> list[Mention]:
    """`19,99 im Monat`: a number with two decimals and a period, without a currency."""
    found = []
    for match in re.finditer(
        rf"(?<![\w.,€$£])({DIGITS})(?=\s*(?:{PER_WORDS['month']}|{PER_WORDS['night']}))", sentence.text, re.I
    ):
        start, end = match.span(1)
        if any(mention.start < end and start < mention.end for mention in taken):
            continue
        value = read_digits(match[1])
        if value is None or not re.search(r"[.,]\d\d$", match[1]):
            continue
        per = _per_of(sentence.text, start, end, "")
        flaws = frozenset(_money_flaws(sentence, start, end))
        found.append(
            Mention(IssueKind.MONEY, Money(value, default), start, end, per, flaws=flaws, assumed_currency=True)
        )
    return found


def quantities(text: str, unit: str) -> list[tuple[int, int, Decimal]]:
    """Numbers with the unit of an issue: `20 GB`, `1 TB` (as 1000 GB), `250/40 Mbit/s` (the first)."""
    found: list[tuple[int, int, Decimal]] = []
    spellings = [(UNIT_ALIASES.get(unit, re.escape(unit)), 1)]
    if unit in LARGER_UNITS:
        spellings.append(LARGER_UNITS[unit])
    for spelling, factor in spellings:
        pattern = rf"(?<![\w.,/])({DIGITS})(?:\s*/\s*{DIGITS})?[\s-]*(?:{spelling})(?![^\W_])"
        for match in re.finditer(pattern, text, re.I if unit != "GB" else 0):
            value = read_digits(match[1])
            if value is not None:
                found.append((match.start(), match.end(), value * factor))
    return sorted(found)


def _quantities(sentence: Segment, units: set[str]) -> list[Mention]:
    found = []
    for unit in sorted(units):
        for start, end, value in quantities(sentence.text, unit):
            clause, offset = _clause_around(sentence, start)
            flaws = set()
            if verbal_negation(clause) or nominal_negation_before(clause, start - offset):
                flaws.add("negated")
            before = clause[: start - offset]
            if _OLD.search(before[-40:]):
                flaws.add("old")
            if _YOURS.search(before[-70:]):
                flaws.add("yours")
            if re.search(
                rf"{_W}(?:extra|additional|zusätzlich\w*|more|mehr|upload|roaming){_X}\s*$", before[-25:], re.I
            ) or re.match(
                r"\s*(?:extra|more|mehr|zusätzlich|upload|im upload|for roaming|roaming|EU[- ]roaming|im EU|"
                r"im Ausland|bonus)\b",
                sentence.text[end : end + 20],
                re.I,
            ):
                flaws.add("other")
            found.append(Mention(IssueKind.NUMBER, value, start, end, unit=unit, flaws=frozenset(flaws)))
    return found


def _durations(sentence: Segment) -> list[Mention]:
    found = []
    for duration in find_durations(sentence.text):
        period = duration.period()
        if period is None or (duration.seconds and not duration.days and duration.seconds < 86400):
            continue
        start, end = duration.span.start, duration.span.end
        clause, offset = _clause_around(sentence, start)
        before = clause[: start - offset]
        flaws = set()
        if verbal_negation(clause) or nominal_negation_before(clause, start - offset):
            flaws.add("negated")
        if _OLD.search(before[-40:]):
            flaws.add("old")
        if _YOURS.search(before[-70:]):
            flaws.add("yours")
        if not duration.counted:
            flaws.add("article")
        found.append(Mention(IssueKind.DURATION, period, start, end, flaws=frozenset(flaws)))
    return found


def _days(sentence: Segment, today: date, day_first: bool | None) -> list[Mention]:
    found = []
    for day in find_days(sentence.text, today, day_first=day_first):
        clause, _ = _clause_around(sentence, day.span.start)
        flaws = {"order"} if day.alternatives else set()
        if verbal_negation(clause):
            flaws.add("negated")
        found.append(Mention(IssueKind.DATE, day.day, day.span.start, day.span.end, flaws=frozenset(flaws)))
    return found


def money_in(sentence: Segment, default_currency: str | None, unit_name: str = "") -> list[Mention]:
    """The amounts of money of a sentence only, with their flaws."""
    return _amounts(sentence, default_currency, unit_name)


def mentions_in(
    sentence: Segment,
    *,
    today: date,
    default_currency: str | None,
    units: set[str],
    unit_name: str,
    day_first: bool | None,
    dates: bool = True,
) -> list[Mention]:
    """Every typed value of a sentence in order. `units` are the number issues' units, `unit_name` the category's;
    days are looked for only when the category has an issue for one (`dates`)."""
    found = _amounts(sentence, default_currency, unit_name)
    if default_currency:
        found += _bare_amounts(sentence, default_currency, found)
    found += _quantities(sentence, units)
    found += _durations(sentence)
    if dates:
        found += _days(sentence, today, day_first)
    return sorted(found, key=lambda mention: mention.start)

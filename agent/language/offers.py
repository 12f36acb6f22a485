"""Reads a company's plain text into claimed terms of one category. Rules only, no guess.

Each typed value of a sentence goes to the issue whose words stand nearest; the headline price may be named by
its period alone ("17.50 EUR per month"). Values that are negated, old prices, bounds, savings or the customer's
own figures are no offer. Two different values for one issue leave it ambiguous.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal

from agent.language.assign import named_by_unit, nearest_issues, units_of
from agent.language.cues import IssueCues, cues_of
from agent.language.features import read_choices, read_flags, read_zero_terms
from agent.language.keyed import read_keyed_lines
from agent.language.mentions import Mention, mentions_in
from agent.language.results import Ambiguous, ReadOffer
from agent.language.segments import MAX_CHARACTERS, Segment, own_words, sentences
from agent.language.validity import read_validity
from negotiators.categories import Category, Issue
from negotiators.dialogue import Evidence, IssueKind, Standing, Terms, TermValue, term_text
from negotiators.money import Money, Period
from negotiators.text import Span, UntrustedText

READER = "rules"
_AFTER_MONTH = re.compile(
    r"(?:\bab\s+(?:dem\s+)?|\bfrom\s+(?:the\s+)?)(?:(?P<de>\d{1,2})\.\s*(?:Vertrags)?monat|(?P<en>\d{1,2})(?:st|"
    r"nd|rd|th)\s+month|month\s+(?P<plain>\d{1,2}))",
    re.IGNORECASE,
)
_CONDITIONAL = re.compile(r"^\s*(?:if|wenn|falls|sofern|in case|provided)\b", re.IGNORECASE)


@dataclass(slots=True)
class Reading:
    """The values gathered so far: per issue every distinct value with its spans, and what stays open."""

    found: dict[str, list[tuple[TermValue, Span]]] = field(default_factory=dict)
    weak: dict[str, list[tuple[TermValue, Span]]] = field(default_factory=dict)
    ambiguous: list[Ambiguous] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    loose: list[tuple[Money, Span, frozenset[str]]] = field(default_factory=list)

    def add(self, issue: str, value: TermValue, span: Span, *, weak: bool = False) -> None:
        (self.weak if weak else self.found).setdefault(issue, []).append((value, span))

    def problem(self, code: str) -> None:
        if code not in self.problems:
            self.problems.append(code)


_FATAL = {"negated": "", "old": "", "yours": "", "saving": "", "other": "", "article": ""}
_UNSURE = {
    "bound": "bound",
    "approximate": "approximate",
    "net": "net",
    "currency": "currency",
    "order": "day_or_month",
}


def _take(reading: Reading, issue: Issue, mention: Mention, span: Span) -> None:
    flaws = set(mention.flaws)
    if issue.role in {"bonus", "feature"} and issue.kind is IssueKind.MONEY:
        flaws -= {"saving", "bound"} if issue.role == "feature" else {"saving"}
    if issue.role in {"term", "notice"}:
        flaws -= {"article"}
    if flaws & _FATAL.keys():
        return
    if "total" in flaws and issue.per != "once":
        return
    unsure = sorted(flaws & _UNSURE.keys())
    if unsure:
        if "net" in unsure:
            reading.problem("net_price")
        reading.ambiguous.append(Ambiguous(issue.name, _UNSURE[unsure[0]], (term_text(mention.value),), (span,)))
        return
    if mention.assumed_currency:
        reading.problem(f"currency_assumed:{issue.name}")
    reading.add(issue.name, mention.value, span)


def _read_sentence(
    reading: Reading, sentence: Segment, mentions: list[Mention], cues: tuple[IssueCues, ...], category: Category
) -> None:
    for entry in mentions:
        mention = _first_price(sentence, entry)
        if mention.kind is IssueKind.DATE:
            continue
        span = sentence.span(mention.start, mention.end)
        scored = nearest_issues(sentence.text, entry, mentions, cues, category)
        issue = _after_promotion(sentence, mention, mentions, category)
        if issue is None:
            issue = _by_cue_or_unit(scored, named_by_unit(category, mention))
        if issue is None:
            if mention.kind is IssueKind.MONEY and not mention.per and isinstance(mention.value, Money):
                reading.loose.append((mention.value, span, mention.flaws))
            continue
        _take(reading, issue, mention, span)


def _by_cue_or_unit(scored: list[tuple[int, Issue]], named: Issue | None) -> Issue | None:
    """The issue of the nearest cue; the period or unit next to a value outweighs a cue that is far away."""
    if not scored:
        return named
    distance, issue = scored[0]
    return named if named is not None and distance > 25 else issue


_BEFORE_THAT = re.compile(r"\b(?:vorher|zuvor|davor|before that|until then|bis dahin)\b[^,;]{0,25}$", re.IGNORECASE)


def _first_price(sentence: Segment, mention: Mention) -> Mention:
    """Beside `ab dem 13. Monat`, `vorher` names the promotional price, not one of the past."""
    if (
        "old" in mention.flaws
        and _AFTER_MONTH.search(sentence.text)
        and _BEFORE_THAT.search(sentence.text[: mention.start])
    ):
        return replace(mention, flaws=mention.flaws - {"old"})
    return mention


def _after_promotion(sentence: Segment, mention: Mention, mentions: list[Mention], category: Category) -> Issue | None:
    """The price-afterwards issue, when `danach`, `ab dem 13. Monat` and the like stand before this amount."""
    after = category.by_role("after")
    if not after or mention.kind is not IssueKind.MONEY or not isinstance(mention.value, Money):
        return None
    start = max(
        (other.end for other in mentions if other.kind is IssueKind.MONEY and other.end <= mention.start), default=0
    )
    before = sentence.text[start : mention.start]
    found = re.search(r"\b(?:danach|anschließend|afterwards?|thereafter|after that|then|dann)\b", before, re.IGNORECASE)
    if found or _AFTER_MONTH.search(before):
        return after[0]
    behind = sentence.text[mention.end : mention.end + 45]
    stop = min(
        (
            other.start - mention.end
            for other in mentions
            if other.kind is IssueKind.MONEY and other.start >= mention.end
        ),
        default=45,
    )
    month = _AFTER_MONTH.search(behind[:stop])
    return after[0] if month and "," not in behind[: month.start()] else None


def _read_promotion(reading: Reading, sentence: Segment, category: Category) -> None:
    """`ab dem 13. Monat` says that the first price holds for twelve months."""
    match = _AFTER_MONTH.search(sentence.text)
    schedule = category.issue("promo_months")
    if match and schedule is not None and category.by_role("after"):
        month = int(match["de"] or match["en"] or match["plain"])
        if month > 1:
            reading.add(schedule.name, Period(months=month - 1), sentence.span(match.start(), match.end()))


_DAY_CUES = re.compile(r"\b(?:valid|gültig|expires?|until|bis|deadline|frist|by)\b", re.IGNORECASE)


def _read_days(
    reading: Reading, sentence: Segment, mentions: list[Mention], cues: tuple[IssueCues, ...], taken: Span | None
) -> None:
    wanted = [entry for entry in cues if entry.issue.kind is IssueKind.DATE]
    if len(wanted) != 1:
        return
    issue = wanted[0].issue
    for mention in mentions:
        if mention.kind is not IssueKind.DATE or "negated" in mention.flaws:
            continue
        span = sentence.span(mention.start, mention.end)
        if taken is not None and span.start < taken.end and taken.start < span.end:
            continue
        before = sentence.text[max(0, mention.start - 25) : mention.start]
        if _DAY_CUES.search(before) and not wanted[0].find(before):
            continue
        if "order" in mention.flaws:
            reading.ambiguous.append(Ambiguous(issue.name, "day_or_month", (term_text(mention.value),), (span,)))
        else:
            reading.add(issue.name, mention.value, span)


_PRICE_WORDS = re.compile(
    r"\b(?:price|offer|for|at|cost|costs|rate|deal|do|go|down to|is|quote|Preis|Festpreis|Angebot|für|bei|auf|"
    r"zu|kostet|biete\w*|Betrag|pauschal)\b",
    re.IGNORECASE,
)


def _read_loose(reading: Reading, category: Category, text: str) -> None:
    """Amounts with neither period nor cue: the headline price if there is one such value and no objection."""
    headline = category.headline()
    if headline.name in reading.found:
        return
    usable = [(money, span) for money, span, flaws in reading.loose if not flaws & (_FATAL.keys() | {"total"})]
    if headline.per == "once":
        usable = [(money, span) for money, span, flaws in reading.loose if not flaws & _FATAL.keys()]
    unsure = [(span, flaws) for _, span, flaws in reading.loose if flaws & _UNSURE.keys()]
    if unsure and len(usable) == len(unsure):
        reason = _UNSURE[sorted(unsure[0][1] & _UNSURE.keys())[0]]
        reading.ambiguous.append(
            Ambiguous(headline.name, reason, tuple(term_text(money) for money, _ in usable), (unsure[0][0],))
        )
        return
    values = {money for money, span in usable if all(span != other for other, _ in unsure)}
    spans = [span for money, span in usable if money in values]
    if len(values) != 1:
        if values:
            texts = tuple(sorted(term_text(value) for value in values))
            reading.ambiguous.append(Ambiguous(headline.name, "which_issue", texts, tuple(spans)))
        return
    money, span = next(iter(values)), spans[0]
    if not _plausible(headline, money) or not _PRICE_WORDS.search(text[max(0, span.start - 60) : span.start]):
        return
    reading.add(headline.name, money, span)
    if headline.per != "once":
        reading.problem(f"period_assumed:{headline.name}")


def _plausible(issue: Issue, money: Money) -> bool:
    if not isinstance(issue.low, Money) or not isinstance(issue.high, Money):
        return True
    if money.currency != issue.low.currency:
        return False
    return issue.low.amount / 2 <= money.amount <= issue.high.amount * 2


def _settle(reading: Reading, category: Category, digest: str) -> tuple[Terms, tuple[Evidence, ...]]:
    """Issues with one value become terms; two values are a conflict."""
    terms: dict[str, TermValue] = {}
    evidence: list[Evidence] = []
    for name, values in reading.weak.items():
        reading.found.setdefault(name, values)
    for issue in category.issues:
        values = reading.found.get(issue.name, [])
        distinct = list(dict.fromkeys(term_text(value) for value, _ in values))
        if not values:
            continue
        if len(distinct) > 1:
            spans = tuple(span for _, span in values)
            reading.ambiguous.append(Ambiguous(issue.name, "conflict", tuple(distinct), spans))
            continue
        terms[issue.name] = values[0][0]
        evidence.append(Evidence(issue.name, Standing.CLAIMED, span=values[0][1], text_digest=digest, reader=READER))
        if not _in_reach(issue, values[0][0]):
            reading.problem(f"out_of_range:{issue.name}")
    unsure = {entry.issue for entry in reading.ambiguous if entry.reason == "conflict"}
    reading.ambiguous = [entry for entry in reading.ambiguous if entry.issue not in terms or entry.issue in unsure]
    return Terms.of(terms), tuple(evidence)


def _in_reach(issue: Issue, value: TermValue) -> bool:
    """Whether a value lies within ten times the public range: beyond it a reader's slip is likelier than an offer."""
    if isinstance(value, Money) and isinstance(issue.high, Money) and value.currency == issue.high.currency:
        return value.amount <= issue.high.amount * 10
    if isinstance(value, Decimal) and isinstance(issue.high, Decimal):
        return value <= issue.high * 20
    return True


def read_offer(
    text: UntrustedText,
    category: Category,
    *,
    today: date,
    default_currency: str | None = None,
    zone: tzinfo = UTC,
    day_first: bool | None = None,
) -> ReadOffer:
    """The terms a company's message claims, with evidence spans into the raw text.

    `default_currency` (usually the category's) decides shared signs such as `$` and amounts that name none;
    `zone` is where a "valid until" day ends; `day_first` how the writer orders `5/12/2026`, if known.
    Nothing is read from quoted earlier messages. The result depends on no character outside the spans' clauses.
    """
    raw = text.reveal()
    own = own_words(raw)
    default = default_currency or category.currency
    reading = Reading()
    if len(raw) > MAX_CHARACTERS:
        reading.problem("too_long")
    masked = read_keyed_lines(own, category, default, reading.add)
    until = read_validity(masked, today)
    cues = cues_of(category)
    for sentence in sentences(masked):
        _read_prose(reading, sentence, cues, category, today, default, day_first, until[1] if until else None)
    _read_loose(reading, category, masked)
    terms, evidence = _settle(reading, category, text.digest)
    valid = datetime.combine(until[0], time(23, 59, 59), zone) if until else None
    return ReadOffer(
        terms, evidence, valid, until[1] if until else None, tuple(reading.problems), tuple(reading.ambiguous)
    )


def _read_prose(
    reading: Reading,
    sentence: Segment,
    cues: tuple[IssueCues, ...],
    category: Category,
    today: date,
    default: str,
    day_first: bool | None,
    until: Span | None,
) -> None:
    mentions = mentions_in(
        sentence, today=today, default_currency=default, units=units_of(category), unit_name=category.unit_name,
        day_first=day_first,
        dates=any(issue.kind is IssueKind.DATE for issue in category.issues),
    )  # fmt: skip
    if until is not None:
        mentions = [
            m
            for m in mentions
            if not (
                m.kind in {IssueKind.DATE, IssueKind.DURATION}
                and sentence.start + m.start < until.end
                and until.start < sentence.start + m.end
            )
        ]
    before = {name: len(values) for name, values in reading.found.items()}
    _read_sentence(reading, sentence, mentions, cues, category)
    _read_promotion(reading, sentence, category)
    _read_days(reading, sentence, mentions, cues, until)
    read_zero_terms(sentence, category, default, reading.add)
    if not sentence.is_question:
        read_flags(sentence, cues, reading.add, reading.ambiguous.append)
        read_choices(sentence, cues, reading.add)
    if _CONDITIONAL.match(sentence.text) and any(len(v) != before.get(k, 0) for k, v in reading.found.items()):
        reading.problem("conditional")


__all__ = ["READER", "Reading", "read_offer"]

"""Offers in a readable text of any kind: a tariff of a known category with its terms, or goods with a price.

Newsletters, letters and pages rarely hold one offer; each block of lines is read on its own. Every field of an
offer carries the span it was read from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from agent.language.cues import word_pattern
from agent.language.mentions import Mention, money_in
from agent.language.offers import READER, read_offer
from agent.language.results import ReadOffer
from agent.language.segments import Segment, own_words
from agent.language.validity import read_validity
from negotiators.categories import Category
from negotiators.dialogue import IssueKind
from negotiators.money import Money
from negotiators.text import Span, UntrustedText

MAX_OFFERS = 40
MAX_SCANNED = 60_000
"""Characters of a document in which offers are looked for."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an offer and where it stands in the readable text."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class TextOffer:
    """One offer found in a text. `terms` are canonical term texts by issue name, of `category` when known."""

    title: str | None
    price: Money
    category: str | None
    terms: Mapping[str, str]
    valid_until: date | None
    evidence: tuple[Field, ...]


def named_category(text: str, categories: Mapping[str, Category]) -> Category | None:
    """The one category a text is about: named in it (twice, in a long text), and more often
    than any other."""
    counts: dict[str, int] = {}
    for category in categories.values():
        words = {*category.labels.values(), *(word for words in category.words.values() for word in words)}
        found = sum(len(word_pattern(word).findall(text[:20_000])) for word in words if len(word) > 2)
        if found > 1 or (found and len(text) < 3000):
            counts[category.id] = found
    ranked = sorted(counts, key=lambda name: -counts[name])
    if not ranked or (len(ranked) > 1 and counts[ranked[0]] == counts[ranked[1]]):
        return None
    return categories[ranked[0]]


def _shifted(span: Span, offset: int) -> Span:
    return Span(span.start + offset, span.end + offset, span.quote)


def _blocks(text: str) -> Iterator[Segment]:
    start = 0
    for match in re.finditer(r"\n\s*\n", text):
        if text[start : match.start()].strip():
            yield Segment(start, match.start(), text[start : match.start()])
        start = match.end()
    if text[start:].strip():
        yield Segment(start, len(text), text[start:])


def _title(block: str, offset: int) -> tuple[str | None, tuple[Field, ...]]:
    """The first line with words and without a price."""
    for match in re.finditer(r"[^\n]+", block):
        line = match.group().strip(" \t*-•·|=_#>")
        if sum(char.isalpha() for char in line) >= 3 and len(line) <= 160:
            start = offset + match.start() + match.group().index(line)
            return line, (Field("title", Span(start, start + len(line), line)),)
    return None, ()


def _tariff(
    read: ReadOffer, category: Category, title: str | None, fields: tuple[Field, ...], offset: int
) -> TextOffer | None:
    headline = category.headline().name
    price = read.terms.get(headline)
    if not isinstance(price, Money):
        return None
    evidence = [*fields]
    for item in read.evidence:
        if item.span is not None:
            span = _shifted(item.span, offset)
            evidence.append(Field("price" if item.issue == headline else f"terms.{item.issue}", span))
    if read.valid_span is not None:
        evidence.append(Field("valid_until", _shifted(read.valid_span, offset)))
    until = read.valid_until.date() if read.valid_until else None
    return TextOffer(title, price, category.id, read.terms.texts(), until, tuple(evidence))


def _tariffs(text: str, category: Category, subject: str | None, today: date) -> list[TextOffer]:
    """The whole text as one offer, or each block as one when the whole has several prices."""
    whole = read_offer(UntrustedText(text, READER), category, today=today)
    one = _tariff(whole, category, subject or _title(text, 0)[0], () if subject else _title(text, 0)[1], 0)
    if one is not None:
        return [one]
    found = []
    for block in _blocks(text):
        if _MAYBE_PRICED.search(block.text) is None:
            continue
        read = read_offer(UntrustedText(block.text, READER), category, today=today)
        offer = _tariff(read, category, *_title(block.text, block.start), block.start)
        if offer is not None:
            found.append(offer)
    return found


_MAYBE_PRICED = re.compile(r"\d|[€$£¥₹]|euro?s?\b|dollar|pound|cent|frank|free|kostenlos|gratis", re.IGNORECASE)
"""What a block with a price holds at least: reading one costs milliseconds, and most of a newsletter's have none."""

_NOT_GOODS = re.compile(
    r"\b(?:versand\w*|shipping|delivery|lieferung|mindestbestellwert|gutschein\w*|voucher|coupon|gewinn\w*|prize|"
    r"win|deposit|kaution|income|umsatz|revenue|salary|"
    r"million\w*|billion\w*|milliard\w*|fee|gebühr|donat\w*|spende\w*|steuer|tax|rabatt|discount|off|sparen|save|"
    r"savings?|bonus|credit|guthaben|fine|strafe)\b",
    re.IGNORECASE,
)
_CURRENCY = re.compile(
    r"\d[^\n]{0,20}(?:[€$£¥₹]|\b[A-Z]{3}\b|\beuros?\b|\bdollars?\b|\bcents?\b|\bpounds?\b|\bfranken\b)|(?:[€$£¥₹]|"
    r"\b[A-Z]{3})\s?\d",
    re.IGNORECASE,
)
_SHUNNED = {"negated", "old", "yours", "saving", "total", "currency"}


def _goods(text: str, today: date, currency: str) -> Iterator[TextOffer]:
    lines = [Segment(match.start(), match.end(), match.group()) for match in re.finditer(r"[^\n]+", text)]
    until = read_validity(text, today)
    for place, line in enumerate(lines):
        if len(line.text) > 600 or not _CURRENCY.search(line.text):
            continue
        for mention in money_in(line, currency):
            offer = _good(lines, place, mention, until)
            if offer is not None:
                yield offer
                break


def _good(lines: list[Segment], place: int, mention: Mention, until: tuple[date, Span] | None) -> TextOffer | None:
    line = lines[place]
    around = line.text[max(0, mention.start - 40) : mention.end + 25]
    if mention.kind is not IssueKind.MONEY or not isinstance(mention.value, Money) or mention.assumed_currency:
        return None
    if mention.flaws & _SHUNNED or mention.value.amount <= 0 or _NOT_GOODS.search(around):
        return None
    named = _name_before(lines, place, mention.start)
    if named is None:
        return None
    evidence = [Field("title", named), Field("price", line.span(mention.start, mention.end))]
    if until is not None:
        evidence.append(Field("valid_until", until[1]))
    return TextOffer(named.quote, mention.value, None, {}, until[0] if until else None, tuple(evidence))


def _name_before(lines: list[Segment], place: int, start: int) -> Span | None:
    """The words before the price on its line, else the nearest line above that is words."""
    head = lines[place].text[:start]
    named = re.search(
        r"[^\W\d_][^\n]*?(?=[\s:,–-]*(?:nur|only|just|jetzt|now|für|for|ab|at|price|preis|:)*[\s:,–-]*$)",
        head,
        re.IGNORECASE,
    )
    if named and sum(char.isalpha() for char in named.group()) >= 4 and len(named.group()) <= 160:
        quote = named.group().rstrip()
        return lines[place].span(named.start(), named.start() + len(quote))
    for line in reversed(lines[max(0, place - 3) : place]):
        quote = line.text.strip(" \t*-•·|=_#>")
        if sum(char.isalpha() for char in quote) >= 4 and len(quote) <= 160 and not re.search(r"[€$£]|\bEUR\b", quote):
            begin = line.text.index(quote)
            return line.span(begin, begin + len(quote))
    return None


def find_offers(
    text: str, categories: Mapping[str, Category], *, today: date, currency: str = "EUR", subject: str | None = None
) -> tuple[TextOffer, ...]:
    """Offers in a readable text, at most `MAX_OFFERS`, in order."""
    own = own_words(text)[:MAX_SCANNED]
    if not re.search(r"\d", own):
        return ()
    category = named_category(f"{subject or ''}\n{own}", categories)
    found = _tariffs(own, category, subject, today) if category is not None else []
    if not found:
        for offer in _goods(own, today, currency):
            found.append(offer)
            if len(found) >= MAX_OFFERS:
                break
    return tuple(found[:MAX_OFFERS])

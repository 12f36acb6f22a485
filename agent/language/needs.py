"""Reads a sentence the person typed ("phone plan, 20 GB or more, at most 20 EUR a month") into a need.

The person's text is theirs and trusted, but it is read by the same closed rules: what is not understood is handed
back as spans, so that the program can ask instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from agent.language.assign import named_by_unit, nearest_issues, units_of
from agent.language.bounds import direction
from agent.language.cues import UNIT_ALIASES, IssueCues, cues_of, word_pattern
from agent.language.dateranges import find_ranges
from agent.language.features import ANYTIME, MONTHLY_TERM, NO_TERM, can_be_nothing
from agent.language.mentions import Mention, mentions_in
from agent.language.numerals import DIGITS, NUMBER_WORDS, read_digits, read_words
from agent.language.results import Ambiguous, IssueWish, MandateHint, ReadNeed
from agent.language.segments import Segment, nominal_negation_before, verbal_negation
from negotiators.categories import Category, Issue
from negotiators.dialogue import IssueKind, TermValue
from negotiators.money import Money, Period
from negotiators.text import Span

_W, _X = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_SOFT = re.compile(
    rf"{_W}(?:ideally|preferably|if possible|would be nice|nice to have|would like|maybe|prefer|best|rather|"
    rf"idealerweise|am liebsten|lieber|gern\w*|wenn möglich|möglichst|vielleicht|bevorzugt|schön wäre|wäre schön|"
    rf"nach Möglichkeit|optional){_X}",
    re.I,
)
_CIRCUMSTANCE = re.compile(
    rf"(?:{_W}(?:for|after|before|during|because of|at|für|fürs|zum|zur|nach|vor|bei|beim|wegen|während|in|im|mit|with)"
    rf"(?:\s+(?:the|my|our|a|an|das|den|dem|der|die|ein|einen|einem|einer|mein\w*|unser\w*)){{0,2}}|\d"
    rf"|{_W}(?:two|three|four|five|six|zwei|drei|vier|fünf|sechs))\s+$",
    re.I,
)
"""Before a word: it says when or what for, or how many."""

_COUNTED = re.compile(rf"(?:{'|'.join(UNIT_ALIASES.values())})$", re.I)
"""The end of a name that is a unit itself."""

_TOTAL = re.compile(
    rf"{_W}(?:in total|altogether|all in all|overall|all-in|total|insgesamt|alles zusammen|gesamt|in Summe){_X}", re.I
)
_MONTH = r"(?:Jan|Feb|Mär|Mar|Apr|Mai|May|Jun|Jul|Aug|Sep|Okt|Oct|Nov|Dez|Dec)"
_INSTALMENT = re.compile(rf"{_W}(?:Abschlag\w*|instal?ments?){_X}", re.I)
"""What is paid on account is no price of anything."""

_FROM_TO = re.compile(rf"{_W}(?:bis|to|until|till|through){_X}|[-–]", re.I)
_LONGEST_STAY = 60
"""Nights; a longer range says when, not how long."""

_WHOLE = r"(?<!\bmtl)(?<!\bmax)(?<!\bmin)(?<!\bca)(?<!\binkl)(?<!\bincl)(?<!\bzzgl)(?<!\bapprox)"
"""Before a point: it ends no abbreviation."""

_PART = re.compile(
    rf"[;\n]|(?<!\d),|,(?!\d)|(?<!\d){_WHOLE}\.(?=\s|$)|(?<=\d)\.(?=\s+(?!{_MONTH})(?-i:[A-ZÄÖÜ]))"
    r"|\s(?:and|und|but|aber|with|mit)\s(?=(?:\w+\s){0,3}(?:no|"
    r"without|at|up|max|kein|ohne|mind|höchst|bis|\d))",
    re.I,
)
_FILLER = re.compile(
    rf"{_W}(?:i|we|me|a|an|the|my|need|needs|want|wants|would|like|looking|look|for|please|find|get|new|some|"
    rf"with|and|or|of|is|are|be|should|must|have|has|to|in|on|per|month|year|it|that|this|but|can|at|"
    rf"ich|wir|ein|eine|einen|einem|einer|der|die|das|den|dem|brauche|brauchen|suche|suchen|möchte|möchten|will|"
    rf"hätte|gern|gerne|bitte|neu|neuen|neue|mit|und|oder|soll|sollte|muss|im|pro|monat|jahr|es|aber|für|zum|"
    rf"zur|kann|von|am|haben|sein|ist|nicht|auch|noch|eur|euro){_X}",
    re.I,
)


@dataclass(slots=True)
class _Wishes:
    by_issue: dict[str, IssueWish] = field(default_factory=dict)
    mandate: list[MandateHint] = field(default_factory=list)
    ambiguous: list[Ambiguous] = field(default_factory=list)
    understood: list[tuple[int, int]] = field(default_factory=list)
    unplaced: list[Span] = field(default_factory=list)
    """Values no issue of the category takes."""
    units: Decimal | None = None

    def add(self, issue: str, span: Span, *, hard: bool, **bounds: TermValue | None) -> None:
        old = self.by_issue.get(issue, IssueWish(issue))
        merged = {
            name: bounds.get(name) if bounds.get(name) is not None else getattr(old, name)
            for name in ("minimum", "maximum", "want")
        }
        self.by_issue[issue] = IssueWish(issue, **merged, hard=old.hard or hard, spans=(*old.spans, span))
        self.understood.append((span.start, span.end))


_Place = tuple[int, int]


def categories_named(text: str, categories: Mapping[str, Category]) -> dict[str, list[_Place]]:
    """Where each category is named; a word inside a longer one of another category does not name it."""
    found: dict[str, list[_Place]] = {}
    for category in categories.values():
        names = [*category.labels.values(), *(word for words in category.words.values() for word in words)]
        places = {match.span() for name in names for match in word_pattern(name).finditer(text)}
        if places:
            found[category.id] = sorted(places)
    every = {place for places in found.values() for place in places}

    def inside(place: _Place) -> bool:
        return any(one[0] <= place[0] and place[1] <= one[1] and one != place for one in every)

    alone = {name: [place for place in places if not inside(place)] for name, places in found.items()}
    return {name: places for name, places in alone.items() if places}


def is_aside(text: str, place: _Place) -> bool:
    """Whether a category is named as a circumstance ("for the move") or a size ("3 Zimmer", "two rooms"), not as what
    is wanted. Nights are counted and wanted ("2 hotel nights")."""
    if _COUNTED.search(text[place[0] : place[1]]):
        return False
    return _CIRCUMSTANCE.search(text[: place[0]]) is not None


def _by_issue_words(text: str, categories: Mapping[str, Category]) -> dict[str, int]:
    """Without a name: categories whose own units or features are mentioned (`Mbit` means internet)."""
    found: dict[str, int] = {}
    for category in categories.values():
        for issue in category.issues:
            if issue.role == "feature" or issue.per in {"night", "unit"}:
                words = [*issue.labels.values(), *(w for ws in (issue.words or {}).values() for w in ws if len(w) > 1)]
                if any(word_pattern(word).search(text) for word in words):
                    found[category.id] = found.get(category.id, 0) + 1
    return found


def _choose(
    text: str, categories: Mapping[str, Category]
) -> tuple[Category | None, tuple[str, ...], list[tuple[int, int]]]:
    named = categories_named(text, categories)
    places = sorted({place for found in named.values() for place in found})
    wanted = [name for name, found in named.items() if any(not is_aside(text, place) for place in found)] or list(named)
    if not named:
        scores = _by_issue_words(text, categories)
        wanted = [name for name, score in scores.items() if score == max(scores.values())]
        named = {name: [] for name in scores}
    if len(wanted) == 1:
        return categories[wanted[0]], (wanted[0], *sorted(named.keys() - set(wanted))), places
    return None, tuple(sorted(named)), places


def parts_of(text: str) -> list[Segment]:
    """The parts of a sentence that each say something of their own."""
    found, start = [], 0
    for match in _PART.finditer(text):
        found.append(Segment(start, match.start(), text[start : match.start()]))
        start = match.end()
    found.append(Segment(start, len(text), text[start:]))
    return [part for part in found if part.text.strip()]


def _below(issue: Issue, value: TermValue) -> TermValue | None:
    """The next choice below an excluded duration; a month less when the category lists no choices."""
    if not isinstance(value, Period):
        return None
    choices = sorted((Period.parse(choice) for choice in issue.choices), key=Period.approximate_days)
    lower = [choice for choice in choices if choice.approximate_days() < value.approximate_days()]
    if choices:
        return lower[-1] if lower else None
    return Period(months=value.months - 1) if value.months > 1 else Period()


def _apply(wishes: _Wishes, part: Segment, mention: Mention, issue: Issue) -> None:
    span = part.span(mention.start, mention.end)
    soft = _SOFT.search(part.text) is not None
    way = direction(part, mention)
    if way == "not":
        lower = _below(issue, mention.value) if issue.better == "lower" else None
        if lower is not None:
            wishes.add(issue.name, span, hard=not soft, maximum=lower)
            _mandate_term(wishes, issue, lower, span)
        return
    if way == "want":
        wishes.add(issue.name, span, hard=False, want=mention.value)
        return
    wishes.add(issue.name, span, hard=not soft, **{"minimum" if way == "min" else "maximum": mention.value})
    if way == "max":
        _mandate_term(wishes, issue, mention.value, span)


def _mandate_term(wishes: _Wishes, issue: Issue, value: TermValue, span: Span) -> None:
    if issue.role == "term" and isinstance(value, Period):
        wishes.mandate.append(MandateHint("max_term_months", Decimal(value.months + (1 if value.days else 0)), span))


def _issue_for(part: Segment, mention: Mention, mentions: list[Mention], cues: tuple[IssueCues, ...],
category: Category) -> Issue | None:  # fmt: skip
    scored = nearest_issues(part.text, mention, mentions, cues, category)
    if scored and scored[0][0] <= 25:
        return scored[0][1]
    named = named_by_unit(category, mention)
    if named is not None:
        return named
    if scored:
        return scored[0][1]
    if mention.kind is IssueKind.MONEY and not mention.per:
        return _price_or_sum(category, mention.value)
    if mention.kind is IssueKind.DURATION and "article" not in mention.flaws:
        return next(iter(category.by_role("term")), None)
    if mention.kind is IssueKind.DATE:
        days = [issue for issue in category.issues if issue.kind is IssueKind.DATE]
        return days[0] if len(days) == 1 else None
    return None


_FAR = 10
"""How many times beyond the usual range an amount is no price any more."""


def _price_or_sum(category: Category, value: TermValue) -> Issue:
    """The price an amount without a name bounds; or the one other issue whose usual range holds what is far beyond any
    price ("at least 40,000 euros" of an insurance)."""
    price = category.headline()
    if not isinstance(value, Money) or not isinstance(price.high, Money) or value.amount <= _FAR * price.high.amount:
        return price
    others = [
        issue
        for issue in category.issues
        if isinstance(issue.low, Money) and isinstance(issue.high, Money) and issue.low <= value <= issue.high
    ]
    return others[0] if len(others) == 1 else price


def _read_stay(wishes: _Wishes, part: Segment, category: Category, today: date) -> None:
    """From when and for how many nights, where both days are named."""
    arrival = next((issue for issue in category.issues if issue.kind is IssueKind.DATE), None)
    if category.unit_name != "night" or arrival is None:
        return
    for one in find_ranges(part.text, today):
        if one.start is None or one.end is None or not _FROM_TO.search(one.span.quote):
            continue
        if 0 < (one.end - one.start).days <= _LONGEST_STAY:
            wishes.add(arrival.name, part.span(one.span.start, one.span.end), hard=False, want=one.start)
            wishes.units = Decimal((one.end - one.start).days)
            return


def _read_values(wishes: _Wishes, part: Segment, category: Category, cues: tuple[IssueCues, ...], today: date) -> None:
    mentions = mentions_in(part, today=today, default_currency=category.currency, units=units_of(category),
    unit_name=category.unit_name, day_first=None)  # fmt: skip
    for mention in mentions:
        if "article" in mention.flaws:
            continue
        span = part.span(mention.start, mention.end)
        if mention.kind is IssueKind.DATE and any(start <= span.start < end for start, end in wishes.understood):
            continue
        if mention.kind is IssueKind.MONEY and _INSTALMENT.search(part.text):
            wishes.unplaced.append(span)
            continue
        if "order" in mention.flaws:
            wishes.ambiguous.append(Ambiguous("", "day_or_month", (span.quote,), (span,)))
            continue
        if mention.kind is IssueKind.MONEY and _TOTAL.search(part.text) and isinstance(mention.value, Money):
            wishes.mandate.append(MandateHint("max_total", mention.value, span))
            wishes.understood.append((span.start, span.end))
            if category.recurring:
                continue
        if mention.per == "year" and category.recurring and direction(part, mention) == "max":
            wishes.mandate.append(MandateHint("max_total", mention.value, span))
            wishes.understood.append((span.start, span.end))
            continue
        issue = _issue_for(part, mention, mentions, cues, category)
        if issue is not None:
            _apply(wishes, part, mention, issue)
        else:
            wishes.unplaced.append(span)


def _read_units(wishes: _Wishes, part: Segment, category: Category) -> None:
    """How many of what a price per unit is paid for: nights, kilowatt hours of a year."""
    spelling = UNIT_ALIASES.get(category.unit_name, re.escape(category.unit_name))
    found = re.search(rf"(?<![\w.,/])({DIGITS}|{NUMBER_WORDS}|an?|eine?n?)[\s-]*(?:{spelling}){_X}", part.text, re.I)
    if found is None or not category.unit_name or wishes.units is not None:
        return
    count = (
        Decimal(1) if re.fullmatch(r"an?|eine?n?", found[1], re.I) else read_digits(found[1]) or read_words(found[1])
    )
    if count is not None and count > 0:
        wishes.units = count
        wishes.understood.append((part.start + found.start(), part.start + found.end()))


def _read_wordy_terms(wishes: _Wishes, part: Segment, category: Category) -> None:
    term = next(iter(category.by_role("term")), None)
    if term is None or term.name in wishes.by_issue:
        return
    for pattern, period in ((NO_TERM, Period()), (MONTHLY_TERM, Period(months=1)), (ANYTIME, Period(months=1))):
        found = pattern.search(part.text)
        if found:
            span = part.span(found.start(), found.end())
            wishes.add(term.name, span, hard=_SOFT.search(part.text) is None, maximum=period)
            _mandate_term(wishes, term, period, span)
            return


def _read_features(wishes: _Wishes, part: Segment, cues: tuple[IssueCues, ...]) -> None:
    for entry in cues:
        issue = entry.issue
        if issue.kind not in {IssueKind.FLAG, IssueKind.CHOICE} and not can_be_nothing(issue):
            continue
        places = entry.find(part.text)
        if not places:
            continue
        span = part.span(*places[0])
        negated = nominal_negation_before(part.text, places[0][0]) or verbal_negation(part.text)
        soft = _SOFT.search(part.text) is not None
        if issue.kind is IssueKind.FLAG:
            wishes.add(issue.name, span, hard=not soft, want=not negated)
        elif issue.kind is IssueKind.CHOICE:
            _read_choice(wishes, part, issue, span, negated, soft)
        elif negated and issue.name not in wishes.by_issue and isinstance(issue.low, Money):
            wishes.add(issue.name, span, hard=not soft, maximum=Money.zero(issue.low.currency))


def _read_choice(wishes: _Wishes, part: Segment, issue: Issue, span: Span, negated: bool, soft: bool) -> None:
    named = [
        choice
        for choice in issue.choices
        if choice != "none"
        and any(
            word_pattern(label).search(part.text) for label in ((issue.choice_labels or {}).get(choice) or {}).values()
        )
    ]
    if len(named) == 1 and not negated:
        wishes.add(issue.name, span, hard=not soft, want=named[0])
    elif negated and "none" in issue.choices and not named:
        wishes.add(issue.name, span, hard=not soft, want="none")
    elif (
        not named and not negated and issue.better == "order" and len(issue.choices) > 1 and issue.choices[0] == "none"
    ):
        wishes.add(issue.name, span, hard=not soft, minimum=issue.choices[1])


_ALSO = re.compile(r"\s(?:and|und|with|mit)\s", re.I)


def _pieces(part: Segment) -> Iterable[Segment]:
    """A part at every "and" and "with": what one of them wants may be understood, and another not."""
    start = 0
    for match in _ALSO.finditer(part.text):
        if not part.text[start : match.start()].strip():
            continue
        yield Segment(part.start + start, part.start + match.start(), part.text[start : match.start()])
        start = match.end()
    yield Segment(part.start + start, part.end, part.text[start:])


def _rest(parts: Iterable[Segment], understood: list[tuple[int, int]]) -> tuple[Span, ...]:
    """Pieces of the sentence with words left after everything understood and every filler is taken away."""
    left = []
    for part in (piece for one in parts for piece in _pieces(one)):
        if any(part.start <= start < part.end or start <= part.start < end for start, end in understood):
            continue
        words = _FILLER.sub(" ", part.text)
        if re.search(r"[^\W_]{2,}", words):
            quote = part.text.strip()
            start = part.text.index(quote)
            left.append(part.span(start, start + len(quote)))
    return tuple(left)


def read_need(text: str, categories: Mapping[str, Category], *, today: date) -> ReadNeed:
    """Category, wishes per issue, mandate hints and what was not understood.

    Bounds ("at most", "mindestens", "keine 24 Monate") are hard unless softened ("wenn möglich"); bare values are
    wishes. "No 24-month terms" becomes a maximum at the next shorter term the category knows.
    """
    text = text[:4000]
    category, candidates, places = _choose(text, categories)
    parts = parts_of(text)
    wishes = _Wishes(understood=list(places))
    if category is None:
        return ReadNeed(None, candidates, not_understood=_rest(parts, places) if places else ())
    cues = cues_of(category)
    for part in parts:
        _read_stay(wishes, part, category, today)
        _read_values(wishes, part, category, cues, today)
        _read_units(wishes, part, category)
        _read_wordy_terms(wishes, part, category)
        _read_features(wishes, part, cues)
    rest = _rest(parts, wishes.understood)
    taken = [*((one.start, one.end) for one in rest), *wishes.understood]
    alone = [span for span in wishes.unplaced if not any(start <= span.start < end for start, end in taken)]
    return ReadNeed(
        category, candidates, tuple(wishes.by_issue.values()), tuple(wishes.mandate),
        tuple(sorted((*rest, *alone), key=lambda span: span.start)), tuple(wishes.ambiguous), wishes.units,
    )  # fmt: skip

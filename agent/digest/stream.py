"""A stream of messages, sorted for one person: what needs them, what is worth a line, what is held back and why.

A reducer over days: `day(messages, now)` takes what came in and gives that day's few. Service messages of companies
the person deals with are never lost: what has no room today comes first tomorrow. Offers reach the person only for a
need they stated, when the terms read from them break no condition and beat what is there; urgency claims count
nothing, since only the days of service messages order anything. The same offer on five channels is one, and mass mail
is counted, not shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from agent.digest.attention import DECISIONS, NOTES
from agent.digest.sameness import ALIKE, Seen, alike, skeleton
from agent.language.notices import Notice, NoticeKind, read_notice
from agent.language.reading import read_offer
from agent.needs.need import Need
from agent.needs.valuation import Valuation
from memory.facts.words import fold
from negotiators.categories import Category, Cost
from negotiators.dialogue import Terms
from negotiators.money import Money
from negotiators.text import UntrustedText

BETTER_BY = 0.015
"""How much more an offer must be worth than the best one known, so that small gains do not ask for attention."""

WAITS = timedelta(days=3)
"""How long an offer waits for room in the digest before it is held back."""

SAME_NOTICE = timedelta(days=10)
"""Within this time the same notice of a company on another channel is the same notice."""

_ACT = (NoticeKind.PRICE_RISE, NoticeKind.DEADLINE)
"""Notices that ask for a decision while there is a day to decide by; the others are a line."""

_LEGAL = re.compile(r"\b(?:gmbh|ag|se|kg|ug|mbh|co|inc|ltd|llc|ev|e v)\b")
_DOMAIN = re.compile(r"@(?:[\w-]+\.)*?([\w-]+)\.[\w-]+>?\s*$")


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came in. `sender` is an e-mail sender ("Name <a@b.example>") or a name on another channel."""

    id: str
    at: datetime
    channel: str
    sender: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """An open need with what the person pays today, if anything."""

    valuation: Valuation
    today: Cost | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of a day. `sources` are all messages that said the same; `kind` is the notice's kind or `offer`."""

    kind: str
    company: str
    sources: tuple[str, ...]
    at: datetime
    need: str = ""
    worth: float = 0.0
    total: str = ""
    day: date | None = None

    @property
    def must_see(self) -> bool:
        return self.kind in set(NoticeKind)

    @property
    def decides(self) -> bool:
        return self.kind == "offer" or (self.kind in _ACT and self.day is not None)


@dataclass(frozen=True, slots=True)
class DayDigest:
    """What one day shows, and what it held back: message ids with their reasons."""

    decisions: tuple[Shown, ...]
    notes: tuple[Shown, ...]
    held: tuple[tuple[str, str], ...]

    @property
    def by_reason(self) -> Counter[str]:
        return Counter(reason for _, reason in self.held)


def company_of(sender: str) -> str:
    """Who wrote, as a key: of an e-mail the name its domain was registered under, never the displayed one."""
    domain = _DOMAIN.search(sender)
    named = domain[1] if domain else sender
    return re.sub(r"[^a-z0-9]+", "", _LEGAL.sub(" ", re.sub(r"[^a-z0-9]+", " ", fold(named))))


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice with what tells it from another of its kind: two invoices differ in their numbers alone."""

    shown: Shown
    numbers: frozenset[str]
    groups: frozenset[int]

    def same_as(self, other: _Told) -> bool:
        one, two = self.shown, other.shown
        if (one.company, one.kind, one.day) != (two.company, two.kind, two.day) or one.at - two.at > SAME_NOTICE:
            return False
        if self.numbers or other.numbers:
            return 2 * len(self.numbers & other.numbers) >= len(self.numbers | other.numbers)
        return alike(self.groups, other.groups) >= ALIKE


@dataclass(slots=True)
class Stream:
    """The state between days. `partners` are the companies the person deals with, `names` the person's own names."""

    wanted: Sequence[Wanted]
    partners: Iterable[str]
    names: frozenset[str] = frozenset()
    missed: frozenset[tuple[str, str]] = frozenset()
    """Company and reason of messages the person said should have been shown."""
    decisions: int = DECISIONS
    notes: int = NOTES
    _known: frozenset[str] = frozenset()
    _seen: Seen = field(default_factory=Seen)
    _best: dict[str, float] = field(default_factory=dict)
    _waiting: list[Shown] = field(default_factory=list)
    _notices: list[_Told] = field(default_factory=list)
    _offers: set[tuple[str, str, str]] = field(default_factory=set)
    _held: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._known = frozenset(key for name in self.partners for key in _keys(name))

    def day(self, messages: Iterable[Message], now: datetime) -> DayDigest:
        """Sort what came in and choose what this day shows."""
        for message in sorted(messages, key=lambda one: (one.at, one.id)):
            self._sort(message)
        self._drop_old(now)
        order = sorted(self._waiting, key=lambda one: _urgency(one, now.date()))
        decisions = [one for one in order if one.decides][: self.decisions]
        notes = [one for one in order if not one.decides][: self.notes]
        room = self.notes - len(notes)
        # A must-see that found no room among the decisions is still told as a line.
        notes += [one for one in order if one.decides and one.must_see and one not in decisions][:room]
        self._waiting = [one for one in self._waiting if one not in decisions and one not in notes]
        held, self._held = tuple(self._held), []
        return DayDigest(tuple(decisions), tuple(notes), held)

    # -- one message --------------------------------------------------------------------------------------------

    def _sort(self, message: Message) -> None:
        company = company_of(message.sender)
        notice = read_notice(message.subject, message.text, message.at.date())
        if notice is not None and company in self._known:
            self._notice(message, company, notice)
            return
        groups = skeleton(f"{message.subject}\n{message.text}", self.names)
        again = self._seen.like(groups) is not None
        self._seen.add(groups)
        claims = notice is not None and notice.kind is not NoticeKind.MESSAGE
        reason = "unknown_sender" if claims and not again else self._offer(message, company)
        if reason == "no_need" and again:
            reason = "mass_mail"
        if reason is None:
            return
        if (company, reason) in self.missed:
            self._waiting.append(Shown("asked_for", company, (message.id,), message.at))
            return
        self._held.append((message.id, reason))

    def _notice(self, message: Message, company: str, notice: Notice) -> None:
        """A notice of a company the person deals with; told before on another channel it is one more source."""
        shown = Shown(notice.kind, company, (message.id,), message.at, day=notice.day)
        told = _Told(shown, _numbers(message.text), skeleton(message.text, self.names))
        for at, before in enumerate(self._notices):
            if told.same_as(before):
                more = replace(before.shown, sources=(*before.shown.sources, message.id))
                self._notices[at] = replace(before, shown=more)
                self._waiting = [more if one == before.shown else one for one in self._waiting]
                self._held.append((message.id, "duplicate"))
                return
        self._notices.append(told)
        self._waiting.append(shown)

    def _offer(self, message: Message, company: str) -> str | None:
        """Why an offer is held back; `None` when it waits to be shown."""
        text = fold(f"{message.subject} {message.text}")
        wanted = [one for one in self.wanted if _speaks_of(one.valuation.category, text)]
        if not wanted:
            return "no_need"
        reasons = []
        for one in wanted:
            read = read_offer(
                UntrustedText(f"{message.subject}\n{message.text}", message.sender), one.valuation.category,
                today=message.at.date(),
            )  # fmt: skip
            reason = self._judged(message, company, one, read.terms)
            if reason is None:
                return None
            reasons.append(reason)
        return reasons[0]

    def _judged(self, message: Message, company: str, wanted: Wanted, terms: Terms) -> str | None:
        """Typed terms against the need: conditions, limit, what is paid today, the best one known."""
        valuation = wanted.valuation
        cost = valuation.cost(terms)
        if cost.missing or cost.total is None:
            return "incomplete" if terms else "no_need"
        broken = {violation.code for violation in valuation.violations(terms, company, message.at)}
        if broken:
            return "above_limit" if broken == {"above_limit"} else "hard_constraint"
        today = wanted.today.year1 if wanted.today is not None else None
        if today is not None and cost.year1 is not None and _no_less(cost.year1, today):
            return "dearer_than_today"
        need, worth = valuation.need.id, valuation.utility(terms)
        offer = (company, need, str(cost.total))
        if offer in self._offers:
            self._add_source(offer, message.id)
            return "duplicate"
        if worth < self._best.get(need, 0.0) + BETTER_BY:
            return "below_other_offer"
        self._offers.add(offer)
        self._best[need] = worth
        # A better one takes the place of one that still waits.
        for old in [one for one in self._waiting if one.kind == "offer" and one.need == need]:
            self._waiting.remove(old)
            self._held += [(source, "below_other_offer") for source in old.sources]
        self._waiting.append(Shown("offer", company, (message.id,), message.at, need, worth, str(cost.total)))
        return None

    def _add_source(self, offer: tuple[str, str, str], message: str) -> None:
        self._waiting = [
            replace(one, sources=(*one.sources, message)) if (one.company, one.need, one.total) == offer else one
            for one in self._waiting
        ]

    def _drop_old(self, now: datetime) -> None:
        """Offers that found no room are held back with that reason; a notice waits as long as it takes."""
        old = [one for one in self._waiting if not one.must_see and now - one.at > WAITS]
        self._held += [(source, "over_budget_of_attention") for one in old for source in one.sources]
        self._waiting = [one for one in self._waiting if one not in old]


def _urgency(one: Shown, today: date) -> tuple[bool, int, int, float, datetime, str]:
    """Notices by the day they name, then offers by worth. What a sender calls urgent does not come in."""
    days = (one.day - today).days if one.day is not None else 30
    kinds = [*NoticeKind, "offer", "asked_for"]
    soon = days if days <= 2 else 3
    return (not one.must_see, soon, kinds.index(one.kind), -one.worth, one.at, one.sources[0])


def _no_less(cost: Money, today: Money) -> bool:
    return cost.currency == today.currency and cost >= today


def _keys(name: str) -> set[str]:
    """A partner's key, and its first word's where that is a name of its own."""
    whole, first = company_of(name), company_of(name.split()[0]) if name.split() else ""
    return {key for key in (whole, first if len(first) >= _FIRST_WORD else "") if key}


_FIRST_WORD = 5
_DATES = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})?\b")
_NUMBERS = re.compile(r"\d[\d.,/:-]*\d|\d")


def _numbers(text: str) -> frozenset[str]:
    """The numbers of a text by their digits, however they are written; dates are compared as days."""
    return frozenset(re.sub(r"\D", "", number) for number in _NUMBERS.findall(_DATES.sub(" ", text)))


def _speaks_of(category: Category, folded: str) -> bool:
    """Whether a folded text names the category by one of its words."""
    words = [word for language in category.words.values() for word in language]
    return any(re.search(rf"\b{re.escape(fold(word))}", folded) for word in words)


def wanted_of(category: Category, need: Need, monthly_today: Decimal | None = None) -> Wanted:
    """A need with what is paid a month today, as a baseline."""
    valuation = Valuation(category, need)
    if monthly_today is None:
        return Wanted(valuation)
    year = Money(monthly_today * 12, category.currency)
    return Wanted(valuation, Cost(year, year, year))

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
from agent.kernel.names import Name
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
    """One message as it came in. `sender` is an e-mail sender ("Name <a@b.example>") or a name on another channel;
    `names` are the words it calls the person by, `personal` that somebody wrote it to them."""

    id: str
    at: datetime
    channel: str
    sender: str
    subject: str
    text: str
    names: frozenset[str] = frozenset()
    personal: bool = False


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
    rise: Money | None = None

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


def company_at(sender: Name) -> str:
    """The same key, of a sender on record."""
    return sender.of or company_of(f"@{sender.text}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one message: a line that waits (`shown`), or why it is held back, with the message it repeats.

    `numbers` and `groups` of words tell it from others: two invoices differ in their numbers alone.
    """

    shown: Shown
    reason: str = ""
    repeats: str = ""
    numbers: frozenset[str] = frozenset()
    groups: frozenset[int] = frozenset()
    terms: Terms | None = None
    """Of an offer for a category the person has a need in: what it says."""
    category: str = ""

    def same_as(self, other: Taken) -> bool:
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
    _notices: list[Taken] = field(default_factory=list)
    _offers: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _held: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._known = frozenset(key for name in self.partners for key in _keys(name))

    def day(self, messages: Iterable[Message], now: datetime) -> DayDigest:
        """Sort what came in and choose what this day shows."""
        for message in sorted(messages, key=lambda one: (one.at, one.id)):
            self._put(self.take(message))
        self._drop_old(now)
        order = sorted(self._waiting, key=lambda one: urgency(one, now.date()))
        decisions = [one for one in order if one.decides][: self.decisions]
        notes = [one for one in order if not one.decides][: self.notes]
        room = self.notes - len(notes)
        # A must-see that found no room among the decisions is still told as a line.
        notes += [one for one in order if one.decides and one.must_see and one not in decisions][:room]
        self._waiting = [one for one in self._waiting if one not in decisions and one not in notes]
        held, self._held = tuple(self._held), []
        return DayDigest(tuple(decisions), tuple(notes), held)

    def recall(self, earlier: Iterable[Taken]) -> None:
        """What was taken before this process began, oldest first: nothing of it is told again."""
        for one in earlier:
            if one.shown.must_see and not one.reason:
                self._notices.append(one)
            elif one.groups:
                self._seen.add(one.groups)
            if one.shown.kind == "offer" and not one.reason:
                self._offers[one.shown.company, one.shown.need, one.shown.total] = one.shown.sources[0]
                self._best[one.shown.need] = max(one.shown.worth, self._best.get(one.shown.need, 0.0))

    # -- one message --------------------------------------------------------------------------------------------

    def take(self, message: Message) -> Taken:
        """Judge the next message in order of arrival."""
        company = company_of(message.sender)
        notice = read_notice(message.subject, message.text, message.at.date())
        if notice is not None and company in self._known:
            return self._notice(message, company, notice)
        groups = skeleton(f"{message.subject}\n{message.text}", self.names | message.names)
        again = self._seen.like(groups) is not None
        self._seen.add(groups)
        claims = notice is not None and notice.kind is not NoticeKind.MESSAGE
        none = Shown("", company, (message.id,), message.at)
        taken = Taken(none, "unknown_sender") if claims and not again else self._offer(message, company)
        if taken.reason == "no_need" and (again or message.personal):
            taken = Taken(none, "mass_mail" if again else "personal")
        if (company, taken.reason) in self.missed:
            taken = Taken(replace(none, kind="asked_for"))
        return replace(taken, groups=groups)

    def _notice(self, message: Message, company: str, notice: Notice) -> Taken:
        """A notice of a company the person deals with; told before on another channel it is one more source."""
        shown = Shown(notice.kind, company, (message.id,), message.at, day=notice.day, rise=notice.rise)
        taken = Taken(shown, "", "", _numbers(message.text), skeleton(message.text, self.names | message.names))
        before = next((one for one in self._notices if taken.same_as(one)), None)
        if before is not None:
            return replace(taken, reason="duplicate", repeats=before.shown.sources[0])
        self._notices.append(taken)
        return taken

    def _offer(self, message: Message, company: str) -> Taken:
        """An offer for an open need, or why it is held back."""
        none = Shown("", company, (message.id,), message.at)
        text = fold(f"{message.subject} {message.text}")
        wanted = [one for one in self.wanted if _speaks_of(one.valuation.category, text)]
        first = Taken(none, "no_need")
        for number, one in enumerate(wanted):
            read = read_offer(
                UntrustedText(f"{message.subject}\n{message.text}", message.sender), one.valuation.category,
                today=message.at.date(),
            )  # fmt: skip
            taken = replace(self._judged(none, one, read.terms), terms=read.terms, category=one.valuation.category.id)
            if not taken.reason or taken.repeats:
                return taken
            first = first if number else taken
        return first

    def _judged(self, none: Shown, wanted: Wanted, terms: Terms) -> Taken:
        """Typed terms against the need: conditions, limit, what is paid today, the best one known."""
        valuation = wanted.valuation
        cost = valuation.cost(terms)
        if cost.missing or cost.total is None:
            return Taken(none, "incomplete" if terms else "no_need")
        broken = {violation.code for violation in valuation.violations(terms, none.company, none.at)}
        if broken:
            return Taken(none, "above_limit" if broken == {"above_limit"} else "hard_constraint")
        today = wanted.today.year1 if wanted.today is not None else None
        if today is not None and cost.year1 is not None and _no_less(cost.year1, today):
            return Taken(none, "dearer_than_today")
        need, worth = valuation.need.id, valuation.utility(terms)
        offer = (none.company, need, str(cost.total))
        if offer in self._offers:
            return Taken(none, "duplicate", self._offers[offer])
        if worth < self._best.get(need, 0.0) + BETTER_BY:
            return Taken(none, "below_other_offer")
        self._offers[offer] = none.sources[0]
        self._best[need] = worth
        return Taken(replace(none, kind="offer", need=need, worth=worth, total=str(cost.total)))

    def _put(self, taken: Taken) -> None:
        """Into the day's line of what waits, or among what is held back."""
        name = taken.shown.sources[0]
        if taken.reason:
            self._held.append((name, taken.reason))
            self._waiting = [
                replace(one, sources=(*one.sources, name)) if taken.repeats and one.sources[0] == taken.repeats else one
                for one in self._waiting
            ]
            return
        if taken.shown.kind == "offer":  # a better one takes the place of one that still waits
            for old in [one for one in self._waiting if one.kind == "offer" and one.need == taken.shown.need]:
                self._waiting.remove(old)
                self._held += [(source, "below_other_offer") for source in old.sources]
        self._waiting.append(taken.shown)

    def _drop_old(self, now: datetime) -> None:
        """Offers that found no room are held back with that reason; a notice waits as long as it takes."""
        old = [one for one in self._waiting if not one.must_see and now - one.at > WAITS]
        self._held += [(source, "over_budget_of_attention") for one in old for source in one.sources]
        self._waiting = [one for one in self._waiting if one not in old]


def urgency(one: Shown, today: date) -> tuple[bool, int, int, float, datetime, str]:
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

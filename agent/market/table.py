"""The table a talk is held at: a need's issues as the engine's grid, and terms as points on it.

The grid comes from the category's public range and step, never from the limit. Limits enter as forbidden grid
values (hard wishes), and through `acceptable`, which is checked on exact terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import Any

from agent.needs.need import Wish
from agent.needs.valuation import Valuation, breaks, number_of, weight_of, worth
from negotiators.bargaining import PairTerm, Profile, SellerPrior, Space, SpaceIssue, Utility
from negotiators.bargaining.utility import Interval
from negotiators.categories import Issue
from negotiators.dialogue import IssueKind, Terms, TermValue, parse_term, term_text
from negotiators.money import Money

MAX_POINTS = 41
"""Grid points per issue; a finer public step is widened to a multiple that fits."""

PLACED = 256
"""Terms kept per talk with their grid point."""

BOUNDED = 64
"""Sets of bounds on what may be proposed whose utilities are kept."""

Reach = tuple[int, int]
"""First and last grid value of an issue that may be proposed."""

SCHEDULE_ROLES = {"schedule"}


@dataclass(frozen=True, slots=True)
class GridIssue:
    issue: Issue
    values: tuple[TermValue, ...]
    places: tuple[float, ...] = ()
    """The values on a line; empty for choices."""

    @property
    def optional_cost(self) -> bool:
        """Whether it only ever costs us, and an offer may do without it: a one-off fee, a longer renewal."""
        issue = self.issue
        return issue.better in ("lower", "no") and not issue.mandatory and issue.missing is None

    @classmethod
    def of(cls, issue: Issue, values: tuple[TermValue, ...]) -> GridIssue:
        choice = issue.kind in (IssueKind.CHOICE, IssueKind.FLAG)
        return cls(issue, values, () if choice else tuple(number_of(value) for value in values))

    def nearest(self, value: TermValue) -> int:
        """Index of the grid value nearest to `value`, the lower one on a tie; exact match for choices."""
        if not self.places:
            return self.values.index(value) if value in self.values else 0
        x = number_of(value)
        return min(range(len(self.places)), key=lambda index: (abs(self.places[index] - x), index))


def _money_grid(issue: Issue, currency: str) -> tuple[TermValue, ...]:
    """The public range as a scale, in the currency the person may commit in."""
    low, high, step = issue.low, issue.high, issue.step
    assert isinstance(low, Money) and isinstance(high, Money)
    size = step.amount if isinstance(step, Money) else Decimal(1)
    points = (high.amount - low.amount) / size
    widen = max(Decimal(1), (points / (MAX_POINTS - 1)).to_integral_value(ROUND_CEILING))
    count = int((high.amount - low.amount) // (size * widen))
    return tuple(Money(low.amount + size * widen * index, currency) for index in range(count + 1))


def _date_grid(wish: Wish | None) -> tuple[TermValue, ...]:
    """The days worth proposing: the wanted day, or those between the bounds (at most two weeks of them)."""
    if wish is None:
        return ()
    low, high, want = wish.minimum, wish.maximum, wish.want
    if isinstance(low, date) and isinstance(high, date):
        span = min((high - low).days, 13)
        return tuple(low + timedelta(days=offset) for offset in range(span + 1))
    only = want or low or high
    if not isinstance(only, date):
        return ()
    return tuple(only + timedelta(days=offset) for offset in range(-3, 4))


def _points(issue: Issue, wish: Wish | None, currency: str) -> tuple[TermValue, ...]:
    match issue.kind:
        case IssueKind.FLAG:
            return (False, True)
        case IssueKind.DATE:
            return _date_grid(wish)
        case IssueKind.CHOICE:
            return issue.choices
        case IssueKind.MONEY:
            return _money_grid(issue, currency) if issue.low is not None else ()
        case _:
            return tuple(parse_term(issue.kind, choice) for choice in issue.choices)


def grid(valuation: Valuation) -> tuple[GridIssue, ...]:
    """The negotiable issues the person cares about, or that no offer may lack, as grids."""
    found = []
    for issue in valuation.category.issues:
        wish = valuation.need.wish(issue.name)
        if not issue.negotiable or (weight_of(issue, wish) <= 0 and not issue.mandatory):
            continue
        points = _points(issue, wish, valuation.need.mandate.currency)
        if points and (is_budget(issue, wish) or not all(breaks(issue, wish, point) for point in points)):
            found.append(GridIssue.of(issue, points))
    return tuple(found)


def is_budget(issue: Issue, wish: Wish | None) -> bool:
    """Whether a hard wish says what the person can pay at most. The engine is never told of it, not even as values
    it may not propose, because everything it plans with shows in its moves; it acts as a clip and in acceptance."""
    return issue.kind is IssueKind.MONEY and issue.better == "lower" and bool(wish and wish.hard and wish.maximum)


def _weight(issue: Issue, wish: Wish | None) -> float | Interval:
    """How much an issue counts, as an interval where the person is unsure."""
    middle, spread = weight_of(issue, wish), float(wish.spread) if wish else 0.0
    return (max(middle - spread, 0.01), max(middle + spread, 0.01)) if spread else max(middle, 0.01)


def _utilities(valuation: Valuation, grids: tuple[GridIssue, ...]) -> Utility:
    """Worths of every grid value, weights, and the values that a hard wish forbids."""
    tables, weights, forbidden = [], [], []
    for index, entry in enumerate(grids):
        wish = valuation.need.wish(entry.issue.name)
        tables.append(tuple(worth(entry.issue, wish, value) for value in entry.values))
        weights.append(_weight(entry.issue, wish))
        if is_budget(entry.issue, wish):
            continue
        forbidden += [(index, at) for at, value in enumerate(entry.values) if breaks(entry.issue, wish, value)]
    return Utility(tuple(tables), tuple(weights), _pairs(valuation, grids), tuple(forbidden))


def _pairs(valuation: Valuation, grids: tuple[GridIssue, ...]) -> tuple[PairTerm, ...]:
    """The need's pair terms, one for each two grid values that they bring together."""
    place = {entry.issue.name: index for index, entry in enumerate(grids)}
    found = []
    for pair in valuation.need.pairs:
        if pair.first.issue not in place or pair.second.issue not in place:
            continue
        first, second = place[pair.first.issue], place[pair.second.issue]
        lefts, rights = (
            [at for at, value in enumerate(grids[index].values) if span.holds(value)]
            for index, span in ((first, pair.first), (second, pair.second))
        )
        found += [PairTerm(first, left, second, right, float(pair.worth)) for left in lefts for right in rights]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Table:
    """A valuation on its grid."""

    valuation: Valuation
    grids: tuple[GridIssue, ...]
    space: Space
    utilities: Utility
    """The engine's tables over the grid, made once: every move reads them."""
    _placed: dict[Terms, tuple[tuple[int, ...], float, float]] = field(default_factory=dict, compare=False, repr=False)
    """Grid point and worths of terms seen before: a talk looks at all its offers in every round."""
    _against: dict[tuple[Terms, str, bool], frozenset[str]] = field(default_factory=dict, compare=False, repr=False)
    _bounded: dict[frozenset[tuple[str, Reach]], Utility] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, valuation: Valuation) -> Table:
        grids = grid(valuation)
        space = Space(tuple(SpaceIssue(g.issue.name, tuple(term_text(v) for v in g.values)) for g in grids))
        return cls(valuation, grids, space, _utilities(valuation, grids))

    def utility(self, terms: Terms) -> float:
        """Worth of exact terms on the engine's scale: the grid's issues only; an issue left open counts worst."""
        return self._place(terms)[1]

    def secured(self, terms: Terms) -> float:
        """The same at the worst weights the person's intervals allow: what accepting them is sure to be worth."""
        return self._place(terms)[2]

    def indices(self, terms: Terms) -> tuple[int, ...]:
        """The nearest grid point; an issue the terms leave open stands at its worst value, an optional cost at its
        best: what they did not ask for is nothing they want."""
        return self._place(terms)[0]

    def _place(self, terms: Terms) -> tuple[tuple[int, ...], float, float]:
        found = self._placed.get(terms)
        if found is None:
            if len(self._placed) >= PLACED:
                self._placed.clear()
            worths, weights = self._worths(terms), self.utilities.middle_weights
            middle = sum(weight * value for weight, value in zip(weights, worths, strict=True))
            least = self.utilities.worst(worths) if self.utilities.uncertain else middle
            if self.utilities.pairs:
                more = self.valuation.together(terms)
                middle, least = (min(1.0, max(0.0, alone + more)) for alone in (middle, least))
            found = self._placed[terms] = (self._indices(terms), middle, least)
        return found

    def against(self, terms: Terms, provider: str, now: datetime) -> frozenset[str]:
        """Codes of what keeps terms from being agreed (`Valuation.violations`), where time ends only the mandate."""
        expires = self.valuation.need.mandate.expires
        key = (terms, provider, expires is not None and now >= expires)
        found = self._against.get(key)
        if found is None:
            if len(self._against) >= PLACED:
                self._against.clear()
            violations = self.valuation.violations(terms, provider, now)
            found = self._against[key] = frozenset(violation.code for violation in violations)
        return found

    def _worths(self, terms: Terms) -> list[float]:
        found = []
        for entry in self.grids:
            value = terms.get(entry.issue.name, entry.issue.missing)
            found.append(
                0.0 if value is None else worth(entry.issue, self.valuation.need.wish(entry.issue.name), value)
            )
        return found

    def _indices(self, terms: Terms) -> tuple[int, ...]:
        found = []
        for entry, table in zip(self.grids, self.utilities.tables, strict=True):
            value = terms.get(entry.issue.name, entry.issue.missing)
            if value is not None:
                found.append(entry.nearest(value))
                continue
            pick = max if entry.optional_cost else min
            found.append(pick(range(len(table)), key=lambda at: (table[at], -at if pick is max else at)))
        return tuple(found)

    def best_point(self) -> tuple[int, ...]:
        """What we should like best of every issue, of what no hard wish forbids."""
        point = []
        for index, entries in enumerate(self.utilities.tables):
            allowed = [at for at in range(len(entries)) if (index, at) not in self.utilities.forbidden]
            point.append(max(allowed, key=lambda at: (entries[at], -at)))
        return tuple(point)

    def terms(self, indices: tuple[int, ...]) -> Terms:
        return Terms.of({entry.issue.name: entry.values[at] for entry, at in zip(self.grids, indices, strict=True)})

    def within_limit(self, indices: tuple[int, ...], provider: str, now: datetime) -> tuple[int, ...] | None:
        """The same point, its money issues moved to better values until hard maxima and the mandate's limit hold.

        This is the clip: it changes nothing until a limit binds. `None` when not even the best values hold it.
        """
        chosen = [self._below_maximum(at, index) for at, index in enumerate(indices)]
        priced = [at for at, entry in enumerate(self.grids) if entry.issue.role in ("fee", "price", "term")]
        priced.sort(key=lambda at: ("fee", "term", "price").index(self.grids[at].issue.role))
        for at in [*priced, None]:
            terms = self.terms(tuple(chosen))
            if not any(v.code in _LIMITS for v in self.valuation.violations(terms, provider, now)):
                return tuple(chosen)
            if at is None:
                return None
            chosen = self._better(chosen, at, provider, now)
        return None

    def _below_maximum(self, at: int, index: int) -> int:
        """The nearest cheaper grid value inside a hard maximum of one money issue."""
        entry = self.grids[at]
        wish = self.valuation.need.wish(entry.issue.name)
        if not is_budget(entry.issue, wish):
            return index
        return next((i for i in range(index, -1, -1) if not breaks(entry.issue, wish, entry.values[i])), 0)

    def _better(self, chosen: list[int], at: int, provider: str, now: datetime) -> list[int]:
        """Lower one issue just enough to hold the limit, or as far as it goes."""
        best = list(chosen)
        for index in range(chosen[at], -1, -1):
            best[at] = index
            terms = self.terms(tuple(best))
            if not any(v.code in _LIMITS for v in self.valuation.violations(terms, provider, now)):
                break
        return best

    def floor(self) -> float:
        """The reservation value: the worth of the worst deal that breaks no hard wish but a budget, which would
        show through it; a deal above the budget is worth nothing (`conversation.engine_view`)."""
        utility, least = self.utilities, []
        for index, table in enumerate(utility.tables):
            least.append(min(value for at, value in enumerate(table) if (index, at) not in utility.forbidden))
        if utility.uncertain:
            alone = utility.worst(least)
        else:
            alone = sum(weight * value for weight, value in zip(utility.middle_weights, least, strict=True))
        return max(0.0, alone + float(sum(min(Decimal(0), pair.worth) for pair in self.valuation.need.pairs)))

    def profile(
        self,
        rounds: int | None,
        *,
        seed: int,
        reservation: float,
        outside: float | None,
        prior: SellerPrior | None = None,
        asking: Mapping[str, Reach] | None = None,
    ) -> Profile:
        """What the engine is asked with; `asking` bounds what it may propose of some issues (`seen.asking`)."""
        utility = self._within(frozenset((asking or {}).items()))
        return Profile(self.space, utility, reservation, outside, rounds, first=True, prior=prior, seed=seed)

    def _within(self, asking: frozenset[tuple[str, Reach]]) -> Utility:
        """The utilities with every value outside these reaches forbidden, where a hard wish leaves one inside."""
        found = self._bounded.get(asking)
        if found is None:
            if len(self._bounded) >= BOUNDED:
                self._bounded.clear()
            utility, reaches, outside = self.utilities, dict(asking), []
            for index, entry in enumerate(self.grids):
                first, last = reaches.get(entry.issue.name, (0, len(entry.values) - 1))
                allowed = [at for at in range(len(entry.values)) if (index, at) not in utility.forbidden]
                if any(first <= at <= last for at in allowed):
                    outside += [(index, at) for at in allowed if not first <= at <= last]
            found = replace(utility, forbidden=(*utility.forbidden, *outside)) if outside else utility
            self._bounded[asking] = found
        return found


_LIMITS = {"above_limit", "term_too_long"}


def profile_json(profile: Profile) -> Mapping[str, object]:
    """The engine's complete inputs as JSON, for the decision record; `profile_from` is the inverse."""
    return {
        "issues": [[issue.name, list(issue.values)] for issue in profile.space.issues],
        "tables": [list(table) for table in profile.utility.tables],
        "weights": list(profile.utility.weights),
        "pairs": [
            [p.first_issue, p.first_value, p.second_issue, p.second_value, p.worth] for p in profile.utility.pairs
        ],
        "forbidden": [list(pair) for pair in profile.utility.forbidden],
        "reservation": profile.reservation_value,
        "outside": profile.outside_option,
        "rounds": profile.n_rounds,
        "seed": profile.seed,
        "prior": _prior_json(profile.prior) if profile.prior else None,
    }


def _prior_json(prior: SellerPrior) -> list[object]:
    """What was learned of a seller; older entries lack the last two, what it took back."""
    found: list[object] = [list(map(list, prior.weights)), list(map(list, prior.styles)), prior.talks]
    return [*found, list(prior.taken_back), list(prior.stood_by)]


def profile_from(stored: Mapping[str, Any]) -> Profile:
    """The engine's inputs of a decision record."""
    prior = stored["prior"]
    return Profile(
        Space(tuple(SpaceIssue(name, tuple(values)) for name, values in stored["issues"])),
        Utility(
            tuple(tuple(table) for table in stored["tables"]),
            tuple(tuple(w) if isinstance(w, list) else w for w in stored["weights"]),
            tuple(PairTerm(*pair) for pair in stored.get("pairs", ())),
            forbidden=tuple((issue, value) for issue, value in stored["forbidden"]),
        ),
        stored["reservation"],
        stored["outside"],
        stored["rounds"],
        True,
        prior=SellerPrior(tuple(map(tuple, prior[0])), tuple(map(tuple, prior[1])), prior[2], *map(tuple, prior[3:]))
        if prior
        else None,
        seed=stored["seed"],
    )

"""How well the engine bargains, for people and adapter authors: single talks and a table over all seller styles.

A buyer drawn from the seed talks with an arena company, in this process and without a network: our moves go through
the same reducer and table as in a market, both sides' through the payload that the wire carries. The engine and the
published strategies beside it differ only in who picks the numbers. Nothing is stored, signed or sent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from agent.kernel.errors import ConfigInvalid
from agent.market.conversation import Decision, Heard, Hold, OurTurn, Quit, Said, Say, Talk, step
from agent.market.seen import asking
from agent.market.table import Table
from agent.needs.need import Need, Wish
from agent.needs.valuation import Valuation, weight_of
from negotiators.arena.company import Company
from negotiators.arena.log import CompanyLog
from negotiators.arena.optimum import best_utility
from negotiators.arena.pricing import Catalogue
from negotiators.arena.settings import CompanySpec, draw_profile, style_names
from negotiators.arena.talk import Answer
from negotiators.arena.talk import Heard as Message
from negotiators.bargaining import Profile, decide
from negotiators.bargaining.baselines import BASELINES, Chooser
from negotiators.categories import Category, shipped
from negotiators.channels.payload import PayloadContext, payload_of, read_payload
from negotiators.clock import SimClock
from negotiators.dialogue import (
    Accept,
    IssueKind,
    MessageId,
    Move,
    NegotiationId,
    NegotiationState,
    OfferId,
    Propose,
    ProviderId,
    Reply,
    Terms,
    term_text,
)
from negotiators.money import Money

TODAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
ENGINE = "gegenbot"
BUYERS: Mapping[str, Chooser] = {ENGINE: decide, **BASELINES}

SPREAD = (0.7, 1.3)
"""How much a drawn buyer's weights differ from the category's."""
LIMIT = (0.30, 0.60)
"""Where a drawn buyer's walk-away value lies, as a share of the best this company would sign."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody who wants something of this category, drawn from a seed."""

    need: Need
    table: Table
    seed: int

    def worth(self, terms: Terms) -> float:
        return self.table.utility(terms)


@dataclass(frozen=True, slots=True)
class Point:
    """An offer of either side: its worth to us, and the seller's gain as a share of the way from its lowest to its
    list price."""

    round: int
    ours: bool
    terms: Terms
    worth: float
    gain: float


@dataclass(frozen=True, slots=True)
class Bout:
    """A finished talk. `best` is the worth of the best deal the company would have signed, `limit` ours."""

    points: tuple[Point, ...]
    deal: Point | None
    rounds: int
    limit: float
    best: float | None
    rule: str

    @property
    def possible(self) -> bool:
        return self.best is not None and self.best > self.limit

    @property
    def share(self) -> float:
        """What was reached of what could have been, above the limit; 0 without a deal."""
        if self.deal is None or self.best is None or not self.possible:
            return 0.0
        return (self.deal.worth - self.limit) / (self.best - self.limit)


def draw_buyer(category: Category, seed: int) -> Buyer:
    """A person with weights of their own; a date is wanted where the category has one."""
    chance = random.Random(f"buyer:{category.id}:{seed}")
    wishes = []
    for issue in category.issues:
        if not issue.negotiable:
            continue
        weight = Decimal(str(round(weight_of(issue, None) * chance.uniform(*SPREAD), 3)))
        day = TODAY.date() + timedelta(days=chance.randint(14, 40)) if issue.kind is IssueKind.DATE else None
        wishes.append(Wish(issue.name, want=day, weight=weight))
    need = Need(f"duel-{seed}", category.id, "", tuple(wishes))
    return Buyer(need, Table.of(Valuation(category, need)), seed)


class _Seller:
    """An arena company behind its payload, without a wire."""

    def __init__(self, style: str, category: Category, seed: int) -> None:
        spec = CompanySpec(f"{style}-{seed}", style, category.id, style, "en", wire="sdk")
        self._category = category
        self.company = Company(draw_profile(spec, seed, TODAY.date()), SimClock(TODAY), CompanyLog(spec.name))
        self._said = 0

    @property
    def catalogue(self) -> Catalogue:
        return self.company.profile.catalogue

    def answer(self, move: Move) -> Reply:
        self._said += 1
        payload = payload_of(move, category=self._category, negotiation="duel", round=self._said)
        answer = self.company.hear(Message(f"m-{self._said}", "duel", "", (payload,)))
        return self._read(answer)

    def _read(self, answer: Answer) -> Reply:
        context = PayloadContext(self._category, ProviderId(self.company.profile.name), MessageId(answer.message_id))
        if answer.payload is None:
            return Reply(MessageId(answer.message_id), ())
        reading = read_payload(answer.payload, context)
        return Reply(MessageId(answer.message_id), reading.moves, final=reading.final)

    def gain(self, terms: Terms) -> float:
        configuration = self.catalogue.configure(terms, {})
        price = terms.get(self.catalogue.headline)
        lowest, listed = self.catalogue.lowest(configuration), self.catalogue.listed(configuration)
        amount = price.amount if isinstance(price, Money) else lowest
        return min(1.0, max(0.0, float((amount - lowest) / max(listed - lowest, self.catalogue.tick))))


def bout(style: str, category: Category, seed: int, rounds: int, choose: Chooser) -> Bout:
    """One talk from the call for proposals to its end."""
    buyer, seller = draw_buyer(category, seed), _Seller(style, category, seed)
    best = best_utility(seller.company, category, buyer.worth)
    chance = random.Random(f"limit:{category.id}:{seed}")
    limit = round(chance.uniform(*LIMIT) * (best or 0.0), 4)
    profile = buyer.table.profile(rounds, seed=seed, reservation=limit, outside=None)
    return _run(buyer, seller, profile, choose, best)


def _run(buyer: Buyer, seller: _Seller, profile: Profile, choose: Chooser, best: float | None) -> Bout:
    assert profile.n_rounds is not None
    name = seller.company.profile.name
    talk = Talk(NegotiationId("duel"), buyer.need.id, ProviderId(name), buyer.need.category, profile.n_rounds)
    points: list[Point] = []
    rule = "rounds_used_up"
    for number in range(profile.n_rounds + 2):
        asked = buyer.table.profile(
            profile.n_rounds, seed=profile.seed, reservation=profile.reservation_value, outside=None,
            asking=asking(talk, buyer.table),
        )  # fmt: skip
        event = OurTurn(asked, TODAY, OfferId(f"g-{number}"), choose=choose)
        talk, decision = step(talk, event, buyer.table)
        rule = decision.reason.rule if isinstance(decision, Say | Hold | Quit) else rule
        move = _move_of(decision)
        if move is None or isinstance(decision, Quit):
            break
        if isinstance(move, Propose):
            points.append(_point(buyer, seller, number, True, move.offer.terms))
        talk, _ = step(talk, Said(move, MessageId(f"m-{number}"), number), buyer.table)
        reply = seller.answer(move)
        points += [
            _point(buyer, seller, number, False, said.offer.terms) for said in reply.moves if isinstance(said, Propose)
        ]
        talk, _ = step(talk, Heard(reply, TODAY), buyer.table)
        if talk.state is NegotiationState.HELD or isinstance(move, Accept):
            rule = rule if isinstance(decision, Hold) else "they-accepted"
            break
    held = talk.accepted.terms if talk.accepted is not None else None
    deal = _point(buyer, seller, talk.round, True, held) if held is not None else None
    return Bout(tuple(points), deal, talk.round, profile.reservation_value, best, rule)


def _move_of(decision: Decision) -> Move | None:
    return decision.move if isinstance(decision, Say | Hold | Quit) else None


def _point(buyer: Buyer, seller: _Seller, number: int, ours: bool, terms: Terms) -> Point:
    return Point(number, ours, terms, buyer.worth(terms), seller.gain(terms))


def frontier(style: str, category: Category, seed: int, steps: int = 24) -> tuple[tuple[float, float], ...]:
    """(worth to us, seller's gain): the most we could have at each level of the seller's gain."""
    buyer, seller = draw_buyer(category, seed), _Seller(style, category, seed)
    catalogue, found = seller.catalogue, []
    configurations = list(catalogue.configurations())
    for number in range(steps + 1):
        share = Decimal(number) / steps
        worths = (
            buyer.worth(catalogue.terms(one, catalogue.on_grid(low + (catalogue.listed(one) - low) * share)))
            for one in configurations
            for low in (catalogue.lowest(one),)
        )
        found.append((max(worths), float(share)))
    return tuple(found)


def _known(code: str, given: str, known: Iterable[str]) -> str:
    if given not in known:
        raise ConfigInvalid(code, value=given, key=given, nearest="", where="", known=", ".join(known))
    return given


def duel(style: str, category_id: str, seed: int, rounds: int, buyer: str = ENGINE) -> dict[str, Any]:
    """The object of `arena duel --json`."""
    category = shipped()[_known("unknown_category", category_id, shipped())]
    _known("unknown_style", style, style_names())
    _known("unknown_buyer", buyer, BUYERS)
    done = bout(style, category, seed, rounds, BUYERS[buyer])
    return {
        "style": style, "category": category_id, "seed": seed, "buyer": buyer,
        "points": [_point_json(one) for one in done.points],
        "deal": _point_json(done.deal) if done.deal is not None else None,
        "rounds": done.rounds, "limit": _text(done.limit),
        "best": _text(done.best) if done.best is not None else None,
        "share": _text(done.share) if done.possible else None, "rule": done.rule,
        "frontier": [[_text(worth), _text(gain)] for worth, gain in frontier(style, category, seed)],
    }  # fmt: skip


def _text(value: float) -> str:
    return f"{value:.4f}"


def _point_json(point: Point) -> dict[str, Any]:
    return {
        "round": point.round, "ours": point.ours, "worth": _text(point.worth), "gain": _text(point.gain),
        "terms": {name: term_text(value) for name, value in point.terms.items()},
    }  # fmt: skip


def report(
    seeds: int,
    rounds: int,
    chosen: Sequence[str] = (),
    first: int = 1,
    on_style: Callable[[str], None] = lambda style: None,
) -> dict[str, Any]:
    """The object of `arena report --json`: per style and buyer the mean share of the reachable optimum."""
    rows, total = [], {name: Mean() for name in BUYERS}
    for style in chosen or style_names():
        on_style(_known("unknown_style", style, style_names()))
        means = {name: Mean() for name in BUYERS}
        for category, seed in _cells(range(first, first + seeds)):
            for name, choose in BUYERS.items():
                done = bout(style, category, seed, rounds, choose)
                means[name], total[name] = means[name].with_(done), total[name].with_(done)
        rows.append({"style": style, "buyers": {name: mean.json() for name, mean in means.items()}})
    return {
        "seeds": [first, first + seeds - 1], "rounds": rounds, "categories": list(CATEGORIES),
        "styles": rows, "all": {name: mean.json() for name, mean in total.items()},
    }  # fmt: skip


CATEGORIES = ("mobile_plan", "internet", "electricity", "gym")
"""What the report's talks are about: one category a seed, in turn."""


def _cells(seeds: range) -> Iterator[tuple[Category, int]]:
    known = shipped()
    for seed in seeds:
        yield known[CATEGORIES[seed % len(CATEGORIES)]], seed


@dataclass(frozen=True, slots=True)
class Mean:
    """Running figures of one buyer."""

    talks: int = 0
    share: float = 0.0
    deals: int = 0
    rounds: int = 0
    below: int = 0

    def with_(self, done: Bout) -> Mean:
        if not done.possible:
            return self
        below = done.deal is not None and done.deal.worth < done.limit - 1e-9
        return replace(
            self,
            talks=self.talks + 1, share=self.share + done.share, deals=self.deals + (done.deal is not None),
            rounds=self.rounds + done.rounds, below=self.below + below,
        )  # fmt: skip

    def json(self) -> dict[str, Any]:
        many = max(1, self.talks)
        return {
            "talks": self.talks, "percent": f"{100 * self.share / many:.1f}", "deals": self.deals,
            "rounds": f"{self.rounds / many:.1f}", "below_limit": self.below,
        }  # fmt: skip

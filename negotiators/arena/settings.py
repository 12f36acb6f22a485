"""The arena's files, and one company drawn from them under a seed."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from negotiators.arena.pricing import WEEKEND, Catalogue
from negotiators.arena.tactics import Tactic
from negotiators.categories import Category, Issue, shipped
from negotiators.dialogue import TermValue
from negotiators.money import Money

OPEN_CHANCE = 0.8
FIRST_DAY, LAST_DAY = 3, 60
"""A company sells days from so many to so many days after the arena's start."""


@dataclass(frozen=True, slots=True)
class CompanySpec:
    """One line of the roster: who a company is, before anything is drawn."""

    name: str
    title: str
    category: str
    style: str
    language: str = "de"
    answers: str = "message"
    wire: str = ""
    zone: bool = True
    asks: tuple[str, ...] = ()
    slips: Mapping[str, int] = field(default_factory=dict)
    incumbent: bool = False
    data: str = "accept"
    """What it says to an agreement on data: `accept`, `refuse`, the id it would rather have, or nothing."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A company with its parameters drawn: all that decides how it behaves."""

    spec: CompanySpec
    catalogue: Catalogue
    tactic: Tactic
    manners: frozenset[str]
    wire: str
    delay: timedelta

    @property
    def name(self) -> str:
        return self.spec.name


@cache
def _file(name: str) -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))


@cache
def roster() -> tuple[CompanySpec, ...]:
    """The standing companies of `roster.toml`."""
    return tuple(
        CompanySpec(**{**entry, "asks": tuple(entry.get("asks", ()))}) for entry in _file("roster.toml")["companies"]
    )


def style_names() -> tuple[str, ...]:
    """Every style that can be bargained with, in the file's order: not those that do not answer or break the wire."""
    styles = _file("styles.toml")["styles"]
    return tuple(name for name, style in styles.items() if style.get("wire") not in ("closed", "broken"))


def crowd(count: int) -> tuple[CompanySpec, ...]:
    """`count` companies: the roster over and over, under numbered names."""
    standing = roster()
    chosen = []
    for index in range(count):
        spec, turn = standing[index % len(standing)], index // len(standing)
        chosen.append(replace(spec, name=f"{spec.name}{turn}", title=f"{spec.title} {turn}") if turn else spec)
    return tuple(chosen)


def draw_profile(spec: CompanySpec, seed: int, today: date) -> Profile:
    """The company of `spec` under `seed`; equal arguments give an equal company."""
    chance = random.Random(f"{seed}:{spec.name}")
    style = _file("styles.toml")["styles"][spec.style]
    drawn = _file("styles.toml")["tactics"][style["tactic"]]
    tactic = Tactic(
        name=style["tactic"],
        patience=chance.randint(*drawn["patience"]) if "patience" in drawn else 1,
        exponent=_between(chance, drawn["exponent"]) if "exponent" in drawn else Decimal(1),
        rest=_between(chance, drawn["rest"]) if "rest" in drawn else Decimal(0),
        steps=tuple(Decimal(step) for step in drawn.get("steps", ())),
        reciprocity=_between(chance, drawn["reciprocity"]) if "reciprocity" in drawn else Decimal(1),
    )
    hours = chance.randint(*style["delay_hours"]) if "delay_hours" in style else 0
    return Profile(
        spec=spec,
        catalogue=_catalogue(spec, _between(chance, drawn["margin"]), chance, today),
        tactic=tactic,
        manners=frozenset(style.get("manners", ())),
        wire=spec.wire or style.get("wire", "sdk"),
        delay=timedelta(hours=hours),
    )


def _between(chance: random.Random, bounds: list[str]) -> Decimal:
    """An exact number in the range, on a grid of 200 steps (floats would differ between machines' printing)."""
    low, high = Decimal(bounds[0]), Decimal(bounds[1])
    return low + (high - low) * chance.randint(0, 200) / 200


def _catalogue(spec: CompanySpec, margin: Decimal, chance: random.Random, today: date) -> Catalogue:
    category, market = shipped()[spec.category], _file("markets.toml")[spec.category]
    floor = _between(chance, market["floor"])
    if not spec.zone:
        high = category.headline().high
        assert isinstance(high, Money)
        floor = high.amount * Decimal("1.05")
    fixed: dict[str, TermValue] = {}
    surcharges: dict[str, dict[TermValue, Decimal]] = {}
    for name, text in market["base"].items():
        issue = _issue(category, name)
        base, scale = issue.parse(text, category.currency), Decimal(chance.randint(80, 120)) / 100
        listed = market["add"].get(name)
        if listed is None or chance.random() > OPEN_CHANCE:
            fixed[name] = base
            continue
        sold = {issue.parse(key, category.currency): Decimal(more) * scale for key, more in listed.items()}
        surcharges[name] = {base: sold.pop(base), **sold}
    for name, weekend in market.get("days", {}).items():
        surcharges[name] = _days(Decimal(weekend), float(market.get("booked", "0")), chance, today)
    tick = Decimal(market["tick"])
    return Catalogue(category, floor, tick, margin, fixed, surcharges)


def _issue(category: Category, name: str) -> Issue:
    issue = category.issue(name)
    if issue is None:
        raise ValueError(f"markets.toml: `{name}` is no issue of `{category.id}`")
    return issue


def _days(weekend: Decimal, booked: float, chance: random.Random, today: date) -> dict[TermValue, Decimal]:
    days = (today + timedelta(days=ahead) for ahead in range(FIRST_DAY, LAST_DAY + 1))
    return {day: weekend if day.weekday() in WEEKEND else Decimal(0) for day in days if chance.random() >= booked}

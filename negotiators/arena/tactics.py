"""Which price a simulated company asks next. Pure; its words are those of the negotiation literature.

Time-dependent tactics after Faratin, Sierra and Jennings (1998); `share` is the part of the margin still asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, assert_never

from negotiators.arena.pricing import Catalogue
from negotiators.dialogue import TermValue

TacticName = Literal["conceder", "boulware", "fixed", "ladder", "tit_for_tat"]


@dataclass(frozen=True, slots=True)
class Tactic:
    """A tactic with its drawn parameters (see `styles.toml`)."""

    name: TacticName
    patience: int = 1
    exponent: Decimal = Decimal(1)
    rest: Decimal = Decimal(0)
    steps: tuple[Decimal, ...] = ()
    reciprocity: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Track:
    """What a tactic remembers of one talk: offers made, the last share asked, the buyer's last two prices
    (as shares of the distance from our lowest to our list price)."""

    offers: int = 0
    share: Decimal = Decimal(1)
    heard: Decimal | None = None
    heard_before: Decimal | None = None

    def hears(self, share: Decimal) -> Track:
        return replace(self, heard=share, heard_before=self.heard)


def next_share(tactic: Tactic, track: Track) -> Decimal:
    """The share of the margin the next offer asks: 1 is the list price, 0 the lowest."""
    match tactic.name:
        case "conceder" | "boulware":
            progress = Decimal(min(track.offers, tactic.patience)) / tactic.patience
            given = progress ** (1 / tactic.exponent) if progress else Decimal(0)
            return (1 - (1 - tactic.rest) * given).quantize(Decimal("0.0001"))
        case "fixed":
            return Decimal(1)
        case "ladder":
            return 1 - tactic.steps[min(track.offers, len(tactic.steps) - 1)]
        case "tit_for_tat":
            if track.heard is None or track.heard_before is None:
                return track.share
            step = max(track.heard - track.heard_before, Decimal(0)) * tactic.reciprocity
            return max(track.share - step, Decimal(0)).quantize(Decimal("0.0001"))
        case _:
            assert_never(tactic.name)


def asked_price(
    catalogue: Catalogue, tactic: Tactic, share: Decimal, configuration: Mapping[str, TermValue]
) -> Decimal:
    """The price at `share` for a configuration. A ladder's share is of the list price, the others' of the margin."""
    lowest, listed = catalogue.lowest(configuration), catalogue.listed(configuration)
    if tactic.name == "ladder":
        return max(lowest, catalogue.on_grid(listed * share))
    return catalogue.on_grid(lowest + (listed - lowest) * share)


def at_last(tactic: Tactic, track: Track) -> Track:
    """Asked for its best and final offer, a company that bargains by its own clock goes to the end of it."""
    match tactic.name:
        case "conceder" | "boulware":
            return replace(track, offers=max(track.offers, tactic.patience))
        case "ladder":
            return replace(track, offers=max(track.offers, len(tactic.steps) - 1))
        case "fixed" | "tit_for_tat":
            return track
        case _:
            assert_never(tactic.name)


def exhausted(tactic: Tactic, track: Track) -> bool:
    """Whether the company has said its last price."""
    match tactic.name:
        case "conceder" | "boulware":
            return track.offers > tactic.patience
        case "ladder":
            return track.offers >= len(tactic.steps)
        case "fixed":
            return True
        case "tit_for_tat":
            return track.share == 0
        case _:
            assert_never(tactic.name)

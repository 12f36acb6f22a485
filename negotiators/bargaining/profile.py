"""Who we are in one talk: preferences, limits, deadline, and what earlier talks taught about this seller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from negotiators.bargaining.errors import ProfileError
from negotiators.bargaining.space import Space
from negotiators.bargaining.utility import Utility

Mode = Literal["guarded", "open"]


@dataclass(frozen=True, slots=True)
class SellerPrior:
    """What earlier talks with this seller (or category) taught; recorded by value in each decision.

    `weights`: (issue name, share of the seller's utility), `styles`: (style, share of talks), `talks`: how many.
    `taken_back`: when (share of the talk) it last offered what it then refused, one for each talk in which it did;
    `stood_by`: how much was seen of each talk in which it did not.
    Built by `learning.learn`, visible and erasable: it is only this value.
    """

    weights: tuple[tuple[str, float], ...] = ()
    styles: tuple[tuple[str, float], ...] = ()
    talks: int = 0
    taken_back: tuple[float, ...] = ()
    stood_by: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything `decide` may know besides the transcript.

    `reservation_value` and `outside_option` are utilities below which no deal is better than a deal; the outside
    option may change between rounds (pass a new profile). In "guarded" mode both act only as a clip on what is sent
    and in accept and leave; the concession curve runs from `target` over `public_range` (the worth to us of the
    worst and the best end of what is publicly usual). "open" lets the curve know the limit; it exists to
    measure the price of secrecy. `n_rounds` counts rounds of one move each; None = unknown. `first`: we open.
    """

    space: Space
    utility: Utility
    reservation_value: float
    outside_option: float | None = None
    n_rounds: int | None = None
    first: bool = True
    target: float = 1.0
    public_range: tuple[float, float] = (0.0, 1.0)
    mode: Mode = "guarded"
    prior: SellerPrior | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        self.utility.fits(self.space)
        if self.n_rounds is not None and self.n_rounds < 1:
            raise ProfileError(f"`n_rounds` is {self.n_rounds}: a talk needs at least one round, or None if unknown")
        if not 0.0 < self.target <= 1.0:
            raise ProfileError(f"`target` is {self.target}: it must lie in (0, 1]")
        if not 0.0 <= self.public_range[0] < self.public_range[1] <= 1.0:
            raise ProfileError(f"`public_range` {self.public_range} must be 0 <= worst < best <= 1")

    @property
    def floor(self) -> float:
        """Below this no deal is signed, whatever else happens."""
        outside = self.outside_option
        return self.reservation_value if outside is None else max(self.reservation_value, outside)

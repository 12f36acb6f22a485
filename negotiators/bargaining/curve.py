"""The concession curve: what we ask for when nothing better is known about the seller.

A time-based aspiration (Faratin, Sierra, Jennings 1998) with a late exponent; in guarded mode it ends at a publicly
usual level and never hears of the limit.
"""

from __future__ import annotations

from negotiators.bargaining.profile import Profile

LATE, STEADY = 4.0, 1.3
"""Exponents: late against sellers that move by themselves; steady against those that do not, since a fixed price is
found by asking and a reactive seller waits for us."""
USUAL_END = 0.30
"""Where the guarded curve ends, as a share of the public range. Low is safe: the limit clips it anyway, while an
end above what sellers grant loses deals (.45 cost five points of agreement in experiments)."""


def end_level(profile: Profile) -> float:
    """The worth at which the curve ends."""
    if profile.mode == "open":
        return min(profile.target, max(profile.floor, 0.0))
    worst, best = profile.public_range
    return min(profile.target, worst + USUAL_END * (best - worst))


def aspiration(profile: Profile, time: float, best: float, exponent: float = LATE) -> float:
    """The worth to ask for at `time` (0..1); `best` is the most any outcome is worth."""
    top = min(profile.target, best)
    end = min(end_level(profile), top)
    return top - (top - end) * float(min(1.0, max(0.0, time)) ** exponent)


def exponent(moving: float, n_rounds: int | None) -> float:
    """Between STEADY and LATE by the chance that the seller moves by itself; steady when the talk may end any time."""
    if n_rounds is None:
        return STEADY
    mixed: float = LATE**moving * STEADY ** (1.0 - moving)
    return mixed

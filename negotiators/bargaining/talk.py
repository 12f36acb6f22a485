"""A transcript, read once: who offered what when, what lies on the table, how many answered bids are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from negotiators.bargaining.moves import OurMove, TheirMove, Transcript
from negotiators.bargaining.pool import lower_worth, worth
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.space import Values

PATIENCE = 12
"""Assumed time scale, in rounds, when the deadline is unknown: half of the concession after this many."""


@dataclass(frozen=True, slots=True)
class Offered:
    """One offer on record: its grid point, our worth of it, its round and its place in the transcript."""

    values: Values
    worth: float
    round: int
    index: int
    final: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """What the rules look at.

    `live`: their offer we may accept now. `bids_left`: proposals of ours, this one included, that will still be
    answered (None with an unknown deadline): the opener's bid in the last round is answered, the other side's is not.
    `time`: share of the talk that is over, 0..1.
    """

    ours: tuple[Offered, ...]
    theirs: tuple[Offered, ...]
    live: Offered | None
    last: OurMove | TheirMove | None
    silent: int
    round: int
    bids_left: int | None
    time: float

    @property
    def best(self) -> Offered | None:
        """Their offer worth most to us so far, the earliest of equals."""
        return max(self.theirs, key=lambda o: (o.worth, -o.index), default=None)


def read(profile: Profile, transcript: Transcript, now: int) -> Talk:
    """Summarise the transcript as seen in round `now` (0-based)."""
    ours: list[Offered] = []
    theirs: list[Offered] = []
    silent = 0
    worths = _worths(profile, transcript)
    for index, move in enumerate(transcript):
        if move.act == "propose" and move.values is not None and move.values in worths:
            middle, lower = worths[move.values]
            if isinstance(move, OurMove):
                ours.append(Offered(move.values, middle, move.round, index))
                continue
            exact = move.utility if move.utility is not None and profile.utility.allowed(move.values) else lower
            theirs.append(Offered(move.values, exact, move.round, index, move.final))
            silent = 0
        elif isinstance(move, TheirMove) and move.act in ("reject", "propose"):
            silent += 1
    last = transcript[-1] if transcript else None
    live = theirs[-1] if theirs and theirs[-1].index == len(transcript) - 1 else None
    left, time = bids_left(profile, now), elapsed(profile.n_rounds, now)
    return Talk(tuple(ours), tuple(theirs), live, last, silent, now, left, time)


def _worths(profile: Profile, transcript: Transcript) -> dict[Values, tuple[float, float]]:
    """Worth and worst-case worth of every outcome on record that lies in the space."""
    sizes = profile.space.shape
    spoken = {m.values for m in transcript if m.values is not None and len(m.values) == len(sizes)}
    inside = [v for v in sorted(spoken) if all(0 <= x < size for x, size in zip(v, sizes, strict=True))]
    if not inside:
        return {}
    outcomes = np.array(inside, dtype=np.int64)
    middle, lower = worth(profile.utility, outcomes).tolist(), lower_worth(profile.utility, outcomes).tolist()
    return dict(zip(inside, zip(middle, lower, strict=True), strict=True))


def bids_left(profile: Profile, now: int) -> int | None:
    """Proposals of ours from this one on that the seller will still answer."""
    if profile.n_rounds is None:
        return None
    return max(0, profile.n_rounds - now - (0 if profile.first else 1))


def elapsed(n_rounds: int | None, now: int) -> float:
    """Share of the talk that is over; with an unknown deadline it tends to 1 and never reaches it."""
    if n_rounds is None:
        return now / (now + PATIENCE)
    return min(1.0, now / max(1, n_rounds - 1))

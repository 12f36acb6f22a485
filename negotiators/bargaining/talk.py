"""A transcript, read once: who offered what when, what lies on the table, how many answered bids are left."""

from __future__ import annotations

from dataclasses import dataclass

from negotiators.bargaining.errors import SpaceError
from negotiators.bargaining.moves import OurMove, TheirMove, Transcript
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
    for index, move in enumerate(transcript):
        if move.act == "propose" and move.values is not None and _inside(profile, move.values):
            if isinstance(move, OurMove):
                ours.append(Offered(move.values, profile.utility.value(move.values), move.round, index))
                continue
            theirs.append(Offered(move.values, _their_worth(profile, move), move.round, index, move.final))
            silent = 0
        elif isinstance(move, TheirMove) and move.act in ("reject", "propose"):
            silent += 1
    last = transcript[-1] if transcript else None
    live = theirs[-1] if theirs and theirs[-1].index == len(transcript) - 1 else None
    return Talk(
        tuple(ours), tuple(theirs), live, last, silent, now, bids_left(profile, now), elapsed(profile.n_rounds, now)
    )


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


def _inside(profile: Profile, values: Values) -> bool:
    try:
        profile.space.check(values)
    except SpaceError:
        return False
    return True


def _their_worth(profile: Profile, move: TheirMove) -> float:
    """The exact worth of the real offer when the caller knows it; 0 when it breaks a hard constraint."""
    assert move.values is not None
    if not profile.utility.allowed(move.values):
        return 0.0
    if move.utility is None:
        return profile.utility.lower(move.values)
    return move.utility

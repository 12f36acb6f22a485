"""`decide`: profile, transcript, round -> what to do now, and why. Pure and deterministic.

What was heard becomes beliefs about the seller (`beliefs`), beliefs become a plan over the bids that are left (`plan`);
the concession curve (`curve`) speaks while the plan has nothing to gain yet. The limit is a clip on what is sent, and
decides accept and leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from negotiators.bargaining.beliefs import Beliefs, believe
from negotiators.bargaining.curve import aspiration, end_level, exponent
from negotiators.bargaining.moves import Decision, Reason, TheirMove, Transcript
from negotiators.bargaining.plan import Plan, candidates, gains, hope, make
from negotiators.bargaining.pool import Floats, Ints, Pool, base_pool
from negotiators.bargaining.profile import Profile
from negotiators.bargaining.retreat import chance
from negotiators.bargaining.talk import Talk, read

GAIN = 0.001
"""Expected gain from which a bid of the plan is sent."""
QUIET, ENDLESS = 12, 80
"""With an unknown deadline: leave after so many moves without an offer, or after so many rounds."""
BAND = 0.05
"""Width of the iso-utility band in which the curve's bid is chosen for the seller."""
SLACK = 0.25
"""How far below the ask a bid may lie to be new: scripts wait for new bids and take repeated ones as silence."""
LOOKED_AT = 64
VIEWS = 128
"""Talks whose view of the present round is kept: about those of one market."""
REGRET = 0.001
"""How much a bid of the curve may cost in expectation: a taker now would have given more later."""
CLOSING = 0.85
"""From here on the plan may ask for less than the curve."""
NEARLY = 0.03
WARM_UP = 4
"""Their first offers teach too little to stop on: until then only what meets the curve is taken."""
PATIENT = 0.2
"""Share of what lies above the plan that an offer must bring at the start to be taken at once; none at the end."""
FINALS = 4
"""So many different final offers in a row, and one of them is taken."""
LEAVE_AT, LEAVE_HEARD, LEAVE_CHANCE = 0.35, 8, 0.02
"""Leave when the seller will hardly ever take anything above our floor."""
STANDING, MOVING, DOUBT = 0.15, 0.85, 4
"""The chance of a deal that keeps us at the last look, the last round that ends before four fifths of the talk: small
with a seller that stands still, since nobody knows what it hides; large with one that has shown how it moves."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything the rules look at, derived once per move. `seller`: expected worth to it of each pool row."""

    talk: Talk
    pool: Pool
    beliefs: Beliefs
    seller: Floats
    plan: Plan
    curve: float
    ask: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a talk still promises: `expected` worth of the deal if it closes, and the chance that it does."""

    expected: float
    closing: float


def decide(profile: Profile, transcript: Transcript, round: int) -> Decision:
    """The move to make in `round` (0-based). Never proposes or accepts below `profile.floor`."""
    talk = read(profile, transcript, round)
    closed = _closed(profile, talk)
    if closed is not None:
        return closed
    pool = base_pool(profile.utility)
    if not len(pool.ours) or float(pool.lower.max()) < profile.floor:
        return Decision("leave", Reason("limit-above-best", {"floor": profile.floor}))
    view = _view(_blind(profile), transcript, round)
    return _accept(profile, view) or _leave(profile, view) or _propose(profile, view)


def outlook(profile: Profile, transcript: Transcript, round: int) -> Outlook:
    """A talk's promise, for `rivals`; in guarded mode it does not depend on the limit."""
    talk = read(profile, transcript, round)
    best = talk.best.worth if talk.best is not None else 0.0
    if isinstance(talk.last, TheirMove) and talk.last.act == "leave":
        return Outlook(best, 0.0)
    plan = _view(_blind(profile), transcript, round).plan
    return Outlook(max(best, plan.expected), plan.closing)


def _blind(profile: Profile) -> Profile:
    """What beliefs, plan and curve may know: in guarded mode neither the limit nor the outside option."""
    if profile.mode == "open":
        return replace(profile, reservation_value=profile.floor, outside_option=None)
    return replace(profile, reservation_value=0.0, outside_option=None)


@lru_cache(maxsize=VIEWS)
def _view(profile: Profile, transcript: Transcript, round: int) -> View:
    """Kept for a round: `outlook` and `decide` ask for the same one, also when the outside option has changed."""
    talk, pool = read(profile, transcript, round), base_pool(profile.utility)
    beliefs = believe(profile, talk)
    seller = beliefs.mean_worth(pool.outcomes)
    keep = pool.rows_of({offer.values for offer in talk.theirs})
    nothing = min(end_level(profile), float(pool.ours[0]))
    rows = candidates(pool, seller, nothing, profile.target, keep)
    plan = make(profile, talk, pool, beliefs, rows, nothing)
    curve = aspiration(profile, talk.time, float(pool.ours[0]), exponent(plan.moving, profile.n_rounds))
    return View(talk, pool, beliefs, seller, plan, curve, max(curve, plan.worth))


def _closed(profile: Profile, talk: Talk) -> Decision | None:
    """Talks the seller has ended: by leaving, or by accepting our latest proposal."""
    if not isinstance(talk.last, TheirMove):
        return None
    if talk.last.act == "leave":
        return Decision("leave", Reason("they-left"))
    if talk.last.act == "accept" and talk.ours:
        taken = talk.ours[-1]
        if profile.utility.lower(taken.values) < profile.floor:
            return Decision("leave", Reason("accepted-below-floor", {"worth": taken.worth, "floor": profile.floor}))
        return Decision("accept", Reason("they-accepted", {"worth": taken.worth}), taken.values, taken.index)
    return None


def _numbers(view: View) -> dict[str, float | str]:
    plan = view.plan
    numbers: dict[str, float | str] = {"ask": view.ask, "time": view.talk.time, "plan": plan.worth, "gain": plan.gain}
    numbers |= {"expected": plan.expected, "closing": plan.closing, "moving": plan.moving}
    return {**numbers, **{f"style-{name}": chance for name, chance in view.beliefs.styles.items()}}


def _accept(profile: Profile, view: View) -> Decision | None:
    live = view.talk.live
    if live is None or live.worth < profile.floor or not profile.utility.allowed(live.values):
        return None
    rule = None
    if view.talk.bids_left == 0:
        rule = "last-word"
    elif live.final and _believed(profile, view):
        rule = "final-offer"
    elif live.worth >= _enough(profile, view) and (
        len(view.talk.theirs) >= WARM_UP or live.worth >= view.curve - NEARLY
    ):
        rule = "stopping"
    if rule is None:
        return None
    return Decision("accept", Reason(rule, {**_numbers(view), "worth": live.worth}), live.values, live.index)


def _enough(profile: Profile, view: View) -> float:
    """What the plan promises, and early on a part of what lies above it: the plan knows nothing of what later offers
    will teach, and a seller that offered this once will hardly refuse it a little later."""
    spare = max(0.0, float(view.pool.ours[0]) - view.plan.worth)
    patience = PATIENT * (1.0 - view.talk.time) * (1.0 - chance(profile.prior))
    return view.plan.worth + patience * spare


def _believed(profile: Profile, view: View) -> bool:
    """A "final offer" is a claim. It counts when the same is said again, or after a few that differ (a fixed price for
    each configuration), if it is half way to what the plan promises."""
    theirs = view.talk.theirs
    if view.talk.bids_left == 1 or (len(theirs) > 1 and theirs[-2].final and theirs[-2].values == theirs[-1].values):
        return True
    nothing = end_level(profile)
    half = nothing + 0.5 * (view.plan.worth - nothing)
    return all(offer.final for offer in theirs[-FINALS:]) and len(theirs) >= FINALS and theirs[-1].worth >= half


def _leave(profile: Profile, view: View) -> Decision | None:
    talk = view.talk
    if profile.n_rounds is None and (talk.silent >= QUIET or talk.round >= ENDLESS):
        return Decision("leave", Reason("gone-quiet", {**_numbers(view), "silent": talk.silent}))
    last_look = profile.n_rounds is not None and talk.round + 1 == (4 * profile.n_rounds - 1) // 5
    if profile.n_rounds is None or len(talk.theirs) < (WARM_UP if last_look else LEAVE_HEARD) or talk.time < LEAVE_AT:
        return None
    keep = view.pool.rows_of({offer.values for offer in talk.theirs})
    rows = candidates(view.pool, view.seller, profile.floor, profile.target, keep)
    chance = hope(profile, talk, view.pool, view.beliefs, rows)
    needed = _needed(view.beliefs) if last_look else LEAVE_CHANCE
    if chance >= needed:
        return None
    return Decision("leave", Reason("no-deal-in-sight", {**_numbers(view), "chance": chance, "needed": needed}))


def _needed(beliefs: Beliefs) -> float:
    """The chance of a deal that makes the last fifth of a talk worth its rounds."""
    return STANDING + (MOVING - STANDING) * (1.0 - beliefs.styles["fixed"]) ** DOUBT


def _propose(profile: Profile, view: View) -> Decision:
    """What would be sent without any limit, if it is worth the limit; the best that is, otherwise.

    Choosing first and clipping afterwards keeps two talks that differ only in the limit equal until it binds.
    """
    every = np.arange(len(view.pool.ours), dtype=np.int64)
    rule, row = _unclipped(view, every)
    if view.pool.lower[row] < profile.floor:
        rule, row = "limit", _curve_row(view, np.flatnonzero(view.pool.lower >= profile.floor))
    return Decision("propose", Reason(rule, _numbers(view)), view.pool.values(row))


def _unclipped(view: View, every: Ints) -> tuple[str, int]:
    row = view.plan.row
    in_time = view.pool.ours[row] >= view.curve or view.talk.time >= CLOSING
    if in_time and view.plan.gain > GAIN:
        return "plan", row
    best = view.talk.best
    if best is not None:
        place = view.pool.rows_of([best.values])
        if len(place) and view.pool.lower[place[0]] >= view.ask:
            return "re-offer", int(place[0])
    return "curve", _curve_row(view, every)


def _repeating(talk: Talk) -> bool:
    """Whether our last few bids were all repeats of earlier ones."""
    window = 2 if talk.bids_left is None else max(1, (talk.round + talk.bids_left) // 32)
    recent = talk.ours[-window:]
    earlier = {offer.values for offer in talk.ours[:-window]}
    return len(talk.ours) > window and all(offer.values in earlier for offer in recent)


def _curve_row(view: View, rows: Ints) -> int:
    """A new bid just above the ask that costs nothing if taken, the best of its band for the seller."""
    ours = view.pool.ours[rows]
    level = min(view.ask, float(ours.max()))
    fresh = view.pool.without({offer.values for offer in view.talk.ours})[rows]
    above = rows[fresh & (ours >= level)][-LOOKED_AT:]
    above = above[gains(view.plan, view.pool, view.beliefs, above) >= -REGRET]
    if len(above):
        inside = above[view.pool.ours[above] <= view.pool.ours[above].min() + BAND]
        return int(max(inside, key=lambda r: (view.seller[r], -r)))
    least = level - SLACK if _repeating(view.talk) else level
    below = rows[fresh & (ours < level) & (ours >= max(least, view.plan.worth))]
    if len(below):
        return int(below[0])
    inside = rows[(ours >= level) & (ours <= level + BAND)]
    return int(inside[len(view.talk.ours) % len(inside)]) if len(inside) else int(rows[ours >= level][-1])

"""The sellers: the shared bench's panel, and held-out styles that were never tuned on. NegMAS negotiators."""

from __future__ import annotations

import importlib
import random
import zlib
from typing import Any

import numpy as np
from negmas import ResponseType
from negmas.sao import SAONegotiator


class Sorted(SAONegotiator):
    """Holds a target; offers in the thin band above it, accepts at it."""

    band = 0.04

    def on_preferences_changed(self, changes: Any) -> None:
        self._o: Any = None

    def prepare(self) -> None:
        if getattr(self, "_o", None) is None:
            outcomes = list(self.nmi.outcome_space.enumerate_or_sample())
            u = np.array([float(self.ufun(o)) for o in outcomes])
            k = np.argsort(-u, kind="stable")
            self._o, self._u = [outcomes[i] for i in k], u[k]
            self._rv, self._mx = float(self.ufun.reserved_value or 0), float(self._u[0])
            self.rng = random.Random(zlib.crc32(repr(self._o[:3]).encode()))

    def share(self, state: Any) -> float:
        raise NotImplementedError

    def target(self, state: Any) -> float:
        return self._rv + self.share(state) * (self._mx - self._rv)

    def pick(self, target: float) -> Any:
        hi = int(np.searchsorted(-self._u, -target, side="right"))
        lo = int(np.searchsorted(-self._u, -(target + self.band), side="left"))
        lo = min(lo, max(0, hi - 1))
        return self._o[self.rng.randrange(lo, max(hi, lo + 1))]

    def propose(self, state: Any, dest: Any = None) -> Any:
        self.prepare()
        return self.pick(self.target(state))

    def respond(self, state: Any, source: Any = None) -> Any:
        self.prepare()
        o = state.current_offer
        good = o is not None and float(self.ufun(o)) >= self.target(state) - 1e-9
        return ResponseType.ACCEPT_OFFER if good else ResponseType.REJECT_OFFER


class FixedPrice(Sorted):
    """Take it or leave it at 60 % of its surplus."""

    level = 0.60

    def share(self, state: Any) -> float:
        return self.level


class FixedPrice40(FixedPrice):
    level = 0.40


class Hardliner(Sorted):
    """90 % of its surplus, 75 % in the very last 3 % of the time."""

    def share(self, state: Any) -> float:
        return 0.90 if state.relative_time < 0.97 else 0.75


class Ladder(Sorted):
    """A company script: fixed discount steps, each after waiting and a *new* offer of the buyer."""

    steps = (0.95, 0.80, 0.65, 0.50, 0.38)
    wait = 0.12

    def share(self, state: Any) -> float:
        if not hasattr(self, "_k"):
            self._k, self._tk, self._seen = 0, 0.0, set()
        o = state.current_offer
        if o is not None and o not in self._seen:
            self._seen.add(o)
            if state.relative_time - self._tk > self.wait and self._k < len(self.steps) - 1:
                self._k += 1
                self._tk = state.relative_time
        return self.steps[self._k]


class LadderSlow(Ladder):
    steps = (0.90, 0.70, 0.55, 0.30)
    wait = 0.22


class Curve(Sorted):
    """1 - (1 - end) t^e of its surplus."""

    exponent, end, stop = 2.0, 0.0, 1.0

    def share(self, state: Any) -> float:
        return 1.0 - (1.0 - self.end) * min(1.0, state.relative_time / self.stop) ** self.exponent


class Curve2(Curve):
    exponent = 2.0


class Curve10(Curve):
    exponent = 10.0


class CurveHalf(Curve):
    exponent = 0.5


class Stops35(Curve):
    """Boulware down to 35 % of its surplus."""

    exponent, end = 3.0, 0.35


class EarlyStop(Curve):
    """Linear to 45 % of its surplus by half time, then holds."""

    exponent, end, stop = 1.0, 0.45, 0.5


class RandomBand(Curve):
    """Linear, but offers anywhere up to .25 above its target."""

    exponent, band = 1.5, 0.25


class Mirror(Sorted):
    """Concedes as much as the buyer's best offer has given it."""

    def share(self, state: Any) -> float:
        o = state.current_offer
        if not hasattr(self, "_best"):
            self._first = None
            self._best = 0.0
        if o is not None:
            u = float(self.ufun(o))
            self._first = u if self._first is None else self._first
            self._best = max(self._best, u - self._first)
        return max(0.0, 1.0 - self._best / max(1e-9, self._mx - self._rv))


class Exploiter(Sorted):
    """Stays hard while the buyer keeps conceding; gives in slowly once the buyer has held for a while."""

    def share(self, state: Any) -> float:
        o = state.current_offer
        if not hasattr(self, "_given"):
            self._given, self._top, self._held = 0.0, -1.0, 0
        if o is not None:
            u = float(self.ufun(o))
            self._held = 0 if u > self._top + 0.005 else self._held + 1
            self._top = max(self._top, u)
            if self._held >= 3:
                self._given = min(0.7, self._given + 1.2 / self.nmi.n_steps)
        return 0.95 - self._given


class Haggler(Sorted):
    """Comes part of the way towards the buyer's best offer at every turn, never below a quarter of its surplus."""

    part, least = 0.06, 0.25

    def share(self, state: Any) -> float:
        o = state.current_offer
        if not hasattr(self, "_asks"):
            self._asks, self._best, self._at = 1.0, 0.0, -1
        if o is not None and state.step != self._at:
            self._at = state.step
            given = (float(self.ufun(o)) - self._rv) / max(1e-9, self._mx - self._rv)
            self._best = max(self._best, given)
            self._asks -= self.part * max(0.0, self._asks - self._best) * 40.0 / self.nmi.n_steps
        return max(self.least, self._asks)


class Manager(Sorted):
    """Must ask its manager: 85 % of its surplus, then one large step at 60 % of the time, and no further."""

    def share(self, state: Any) -> float:
        return 0.85 if state.relative_time < 0.6 else 0.40


class Promo(Sorted):
    """A slowly falling price with short sales in between, which end again."""

    def share(self, state: Any) -> float:
        self.prepare()
        t = state.relative_time
        if not hasattr(self, "_sales"):
            self._sales = [self.rng.uniform(0.15, 0.9) for _ in range(3)]
        on_sale = any(start <= t < start + 0.08 for start in self._sales)
        return 0.40 if on_sale else 0.80 - 0.25 * t


class Stairs(Sorted):
    """Steps of any size at any time, down to a quarter of its surplus."""

    def share(self, state: Any) -> float:
        self.prepare()
        if not hasattr(self, "_steps"):
            sizes = [self.rng.uniform(0.02, 0.2) for _ in range(self.rng.randrange(4, 9))]
            self._steps = [(self.rng.uniform(0.1, 0.95), size) for size in sizes]
        return max(0.25, 0.97 - sum(size for at, size in self._steps if at <= state.relative_time))


class MonthEnd(Sorted):
    """Nine tenths of its surplus until the month is nearly over; then its discounts come day by day."""

    def share(self, state: Any) -> float:
        return 0.90 - 0.60 * min(1.0, max(0.0, (state.relative_time - 0.72) / 0.25))


class Meets(Sorted):
    """Meets the buyer in the middle: every tenth of the time it goes half way to the buyer's best offer, down to .3."""

    def share(self, state: Any) -> float:
        o = state.current_offer
        if not hasattr(self, "_asks"):
            self._asks, self._best, self._tenth = 1.0, 0.0, 0
        if o is not None:
            self._best = max(self._best, (float(self.ufun(o)) - self._rv) / max(1e-9, self._mx - self._rv))
        if int(10 * state.relative_time) > self._tenth:
            self._tenth = int(10 * state.relative_time)
            self._asks = max(0.3, 0.5 * (self._asks + self._best))
        return self._asks


class Tired(Sorted):
    """Gives a little with time and more when the buyer brings something new, down to a fifth of its surplus."""

    def share(self, state: Any) -> float:
        o = state.current_offer
        if not hasattr(self, "_given"):
            self._given, self._heard, self._step = 0.0, set(), -1
        if state.step != self._step:
            self._step = state.step
            self._given += (0.3 if o is None or o in self._heard else 1.1) / self.nmi.n_steps
            self._heard.add(o)
        return max(0.2, 1.0 - self._given)


NL, NM = "negmas_negolog:", "negmas.sao.negotiators:"
PANEL: dict[str, Any] = {
    "Hardliner": Hardliner,
    "FixedPrice60": FixedPrice,
    "DiscountLadder": Ladder,
    "Boulware": NM + "BoulwareTBNegotiator",
    "Linear": NM + "LinearTBNegotiator",
    "Conceder": NM + "ConcederTBNegotiator",
    "Random": NM + "RandomNegotiator",
    "NaiveTFT": NM + "NaiveTitForTatNegotiator",
    "MiCRO": NM + "MiCRONegotiator",
    "NL.Hybrid": NL + "HybridAgent",
}
# four of the held-out styles may be looked at while tuning; the rest only at the end
TUNING_STYLES: dict[str, Any] = {"Curve2": Curve2, "EarlyStop": EarlyStop, "LadderSlow": LadderSlow, "Mirror": Mirror}
CHECK_STYLES: dict[str, Any] = {
    "Curve10": Curve10,
    "CurveHalf": CurveHalf,
    "Stops35": Stops35,
    "RandomBand": RandomBand,
    "FixedPrice40": FixedPrice40,
    "Exploiter": Exploiter,
    "NL.AgentGG": NL + "AgentGG",
    "NiceTFT": NM + "NiceTitForTatNegotiator",
}
# for the final figure, beside the panel
FRESH_STYLES: dict[str, Any] = {
    "Haggler": Haggler,
    "Manager": Manager,
    "Promo": Promo,
    "NL.AhBuNe": NL + "AhBuNeAgent",
}
# for the figures of the page, beside the panel: public agents known not to suit the engine among them
NEW_STYLES: dict[str, Any] = {
    "Stairs": Stairs,
    "MonthEnd": MonthEnd,
    "NL.AhBuNe": NL + "AhBuNeAgent",
    "NL.AgentGG": NL + "AgentGG",
    "NiceTFT": NM + "NiceTitForTatNegotiator",
    "GA.BetaOne": "negmas_genius_agents:BetaOne",
}
# two scripts in place of those that have been looked at since
LATEST_STYLES: dict[str, Any] = {"Meets": Meets, "Tired": Tired, **dict(list(NEW_STYLES.items())[2:])}
ALL: dict[str, Any] = {**PANEL, **TUNING_STYLES, **CHECK_STYLES, **FRESH_STYLES, **NEW_STYLES, **LATEST_STYLES}


def load(spec: Any) -> Any:
    if not isinstance(spec, str):
        return spec
    module, name = spec.rsplit(":", 1)
    return getattr(importlib.import_module(module), name)

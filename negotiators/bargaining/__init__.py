"""The bargaining engine: every number is decided here, by arithmetic, never by a language model.

Pure: standard library and numpy, no clock, no I/O, no storage, no global randomness. Importing this package is
cheap; numpy is loaded with the first engine function.

    profile = Profile(Space((SpaceIssue("price", ("10", "13", "16")), SpaceIssue("months", ("1", "12", "24")))),
                      Utility(tables=((1.0, 0.5, 0.0), (1.0, 0.6, 0.0)), weights=(0.7, (0.2, 0.4))),
                      reservation_value=0.3, n_rounds=20, first=True)
    decision = decide(profile, transcript, round)     # Decision(act, values | accept_index, reason)

* `transcript` is a tuple of `OurMove` and `TheirMove` in order: what was really sent and received. It is the whole
  state; stop anywhere, store it, go on. `round` counts from 0. A `TheirMove` without values is fine.
* `decide` never proposes or accepts below `profile.floor` (the limit, or the outside option when higher).
* "propose": send `values` (on the grid). "accept": hold the offer at `accept_index` of the transcript (theirs, or ours
  when they accepted it). "leave": close politely. `reason.rule` and `reason.numbers` explain; they are never sent.
* `outlook`, or the numbers "expected" and "closing" of a reason, says what a talk still promises; `rivals.market` makes
  outside options of many talks at round barriers, `rivals.winner` picks. Signing, with its one lock, is the caller's.
* An outside option that changed, a new target: pass a new profile with the same transcript (`dataclasses.replace`).
* `learn` makes a `SellerPrior` of a finished talk, for the next profile with this seller.

Words: Baarslag et al. 2014 (bidding, opponent model, acceptance). Errors: `errors.py`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from negotiators.bargaining.engine import Outlook as Outlook
    from negotiators.bargaining.engine import decide as decide
    from negotiators.bargaining.engine import outlook as outlook
    from negotiators.bargaining.errors import BargainingError as BargainingError
    from negotiators.bargaining.learning import learn as learn
    from negotiators.bargaining.moves import Decision as Decision
    from negotiators.bargaining.moves import OurMove as OurMove
    from negotiators.bargaining.moves import Reason as Reason
    from negotiators.bargaining.moves import TheirMove as TheirMove
    from negotiators.bargaining.moves import Transcript as Transcript
    from negotiators.bargaining.profile import Profile as Profile
    from negotiators.bargaining.profile import SellerPrior as SellerPrior
    from negotiators.bargaining.space import Space as Space
    from negotiators.bargaining.space import SpaceIssue as SpaceIssue
    from negotiators.bargaining.utility import PairTerm as PairTerm
    from negotiators.bargaining.utility import Utility as Utility

_HOME = {
    "decide": "engine",
    "Outlook": "engine",
    "outlook": "engine",
    "learn": "learning",
    "BargainingError": "errors",
    "Decision": "moves",
    "OurMove": "moves",
    "Reason": "moves",
    "TheirMove": "moves",
    "Transcript": "moves",
    "Profile": "profile",
    "SellerPrior": "profile",
    "Space": "space",
    "SpaceIssue": "space",
    "PairTerm": "utility",
    "Utility": "utility",
}
__all__ = sorted(_HOME)  # noqa: PLE0605 - a list of str


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

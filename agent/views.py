"""What people and scripts see: plain values of the facade, stdlib only.

`agent` makes no sentences: a `Reason` is a code with parameters and references, and `tui/wording` makes
language of it. Money is a decimal string with its currency beside it; unknown is `None`, never zero. Texts of
a counterpart arrive here already sanitised and are marked as theirs by the type `Theirs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

Theirs = NewType("Theirs", str)
"""Text a counterpart wrote, after the one sanitiser. Widgets mark it as theirs."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of a `because`: `code` is the API, `params` fill its sentence, `refs` name evidence
    (`pref:...`, `rule:...`, `offer:...`, `event:...`)."""

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saving:
    """Against what the person pays today, all-in; positive is saved. `against` names the contract."""

    year1: str | None
    year2: str | None
    against: str


@dataclass(frozen=True, slots=True)
class TermView:
    """One term, typed. `standing` is `typed` or `claimed`; `value` is the canonical text; `kind` and `unit`
    tell how to write it for people."""

    issue: str
    label: Mapping[str, str]
    kind: str
    value: str
    unit: str
    standing: str


@dataclass(frozen=True, slots=True)
class LegView:
    """One part of a decision: one deal with one provider. `role` is `main` or `fallback`."""

    need: str
    negotiation: str
    category: str
    category_label: Mapping[str, str]
    provider: str
    provider_id: str
    provider_score: int | None
    role: str
    terms: tuple[TermView, ...]
    total: str | None
    currency: str
    year1: str | None
    year2: str | None
    saving: Saving | None
    terms_hash: str
    valid_until: str | None
    state: str
    certainty: str
    """`firm` (typed and restated), `claimed` (read from their text) or `incomplete`."""
    data: tuple[Mapping[str, str], ...] = ()
    """What this provider learns or has learnt: `{category, granularity, until, stage}`."""
    cancel_until: str | None = None
    fallback_for: str | None = None
    channel: str = "a2a"
    """Over which channel the terms came; a deal over a shop, a page or a list is closed by the person."""


@dataclass(frozen=True, slots=True)
class ItemView:
    """One decision card of the digest."""

    id: str
    number: int
    title: Mapping[str, str]
    category: str
    provider: str
    legs: tuple[LegView, ...]
    total: str | None
    currency: str
    saving: Saving | None
    because: tuple[Reason, ...]
    deadline: str | None
    """Ours: when the person has to decide, UTC ISO-8601."""
    claimed_deadline: str | None
    undo_until: str | None
    state: str
    """`waiting`, `approved`, `committing`, `agreed`, `partly`, `mismatch`, `rejected`, `later`, `expired`."""
    approval_hash: str
    over_limit: tuple[Reason, ...] = ()
    """What exceeds the mandate; approving then asks a second time."""


@dataclass(frozen=True, slots=True)
class NoteView:
    """One line that needs no decision."""

    id: str
    reason: Reason
    at: str


@dataclass(frozen=True, slots=True)
class HeldBackView:
    """What was not shown, by reason, with a sample to audit."""

    total: int
    by_reason: Mapping[str, int]
    sample: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DigestView:
    made_at: str | None
    items: tuple[ItemView, ...]
    notes: tuple[NoteView, ...]
    quiet: tuple[Reason, ...]
    held_back: HeldBackView
    running: int
    """Talks under way."""
    embedder: str
    stopped: bool
    next_look: str | None
    effort: EffortView | None = None
    to_carry: int = 0
    """Talks in which words lie ready that the person carries."""


@dataclass(frozen=True, slots=True)
class ComparedView:
    """One offer that was weighed for an item. `excluded` says why it could not win, if so."""

    provider: str
    state: str
    rounds: int
    total: str | None
    currency: str
    own_utility: str | None
    excluded: Reason | None
    door: str = ""
    """The channel, where the company was asked at several doors."""


@dataclass(frozen=True, slots=True)
class WhyView:
    item: ItemView
    because: tuple[Reason, ...]
    preferences: tuple[Mapping[str, str], ...]
    """`{id, words, similarity, how}` of every preference that took part."""
    rules: tuple[Mapping[str, str], ...]
    compared: tuple[ComparedView, ...]
    share_of_best: str | None
    """Percent of the best utility that could have been reached, where it is known (the arena)."""


@dataclass(frozen=True, slots=True)
class TurnView:
    """One act of a talk. `text` is what was said beside the typed act; ours is `str`, theirs `Theirs`."""

    round: int
    at: str
    party: str
    act: str
    terms: tuple[TermView, ...]
    total: str | None
    currency: str
    ours: str | None
    theirs: Theirs | None
    message_id: str
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class TalkView:
    negotiation: str
    provider: str
    category: str
    state: str
    rounds: int
    protocol: str
    turns: tuple[TurnView, ...]
    by_hand: bool = False
    """Whether the person carries the words and brings the answers."""


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """Who learned (or was refused) what, when, under which rule, until when."""

    at: str
    provider: str
    data_category: str
    label: Mapping[str, str]
    granularity: str
    released: bool
    purpose: str
    stage: str
    rule: str | None
    rule_text: str
    similarity: str | None
    until: str | None
    withdrawn: str | None
    negotiation: str


@dataclass(frozen=True, slots=True)
class JobView:
    id: str
    kind: str
    ref: str
    next_run: str | None
    last_run: str | None
    last_result: str | None


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Something that happened in the market: one line of the live view."""

    at: str
    reason: Reason
    provider: str | None


@dataclass(frozen=True, slots=True)
class EffortView:
    """What was asked of the person over all settled cases. Keys and seconds of `measured` ones are those of the screen,
    from showing to deciding; of the others an estimate."""

    cases: int
    decisions: int
    keys: int
    seconds: int
    measured: int = 0


@dataclass(frozen=True, slots=True)
class StatusView:
    runner: str
    """`alive`, `none` or `stopped`."""
    runner_pid: int | None
    stopped: bool
    vault: str
    embedder: str
    needs: int
    talks: int
    waiting: int
    jobs: tuple[JobView, ...]
    next_look: str | None
    ledger_events: int
    embedding: str = ""
    """How far memory is embedded anew, `done/total`; empty when nothing is left."""
    effort: EffortView | None = None


@dataclass(frozen=True, slots=True)
class ScorePartView:
    """One part of a provider's score: `value` of 100 (`None` without evidence) counts `weight`; `good` and `bad` are
    the recorded events it is made of."""

    name: str
    value: int | None
    weight: int
    good: int
    bad: int


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A provider with the sum of its score: the parts' values times their weights over the weights, plus `felt`."""

    id: str
    name: str
    trust: str
    score: int | None
    parts: tuple[ScorePartView, ...]
    felt: int
    talks: int
    agreed: int


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question of the interview. `kind` is `never` (which of `first` would never do?), `still_good` (would `first`
    do?), `pair` (which of two offers that are alike in all else?), `release` (may companies know `data` at
    `granularity` for an offer?) or `autonomy` (how far alone?)."""

    category: str
    category_label: Mapping[str, str]
    number: int
    most: int
    kind: str
    first: tuple[TermView, ...]
    second: tuple[TermView, ...] = ()
    data: str = ""
    granularity: str = ""


@dataclass(frozen=True, slots=True)
class LearnedView:
    """What was learned, one entry: an issue's weight in percent, or a bound that offers must keep."""

    id: str
    category: str
    category_label: Mapping[str, str]
    issue: str
    label: Mapping[str, str]
    percent: int | None
    """The issue's share of what counts; `None` for a condition."""
    bound: TermView | None
    op: str
    context: str
    evidence: int
    """How many of the person's own decisions it rests on."""


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """`broken_at`: the first event the chain does not hold; `differing`: rows of the tables beside it (`table key`)
    that are other than the events say; `head_problem`: `bad_signature`, `other_key`, `not_as_signed` (`kernel.head`).
    `verified` when there is none of them. `signed_to`: the event the last signature covers, made `signed_at`."""

    events: int
    verified: bool
    broken_at: int | None = None
    differing: tuple[str, ...] = ()
    signed_to: int = 0
    signed_at: str = ""
    head_problem: str = ""


@dataclass(frozen=True, slots=True)
class DraftView:
    """What lies ready for the person to carry to one company: our cleared words, oldest first."""

    negotiation: str
    provider: str
    category: str
    address: str
    since: str
    acts: tuple[str, ...]
    message_ids: tuple[str, ...]
    text: str
    subject: str = ""
    """Of a mail: it carries the talk's sign, by which the answer is found."""


class FacadeError(Exception):
    """What the facade cannot do, as a stable `code` with string `params`; `tui/errors.py` words it."""

    def __init__(self, code: str, **params: str) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code}: " + ", ".join(f"{key}={value}" for key, value in params.items()))


class DecisionError(FacadeError):
    """A decision that does not fit what is on the table (`no_such_item`, `terms_changed`, `over_limit`,
    `already_decided`, `undo_over`, `expired`)."""

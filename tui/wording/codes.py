"""The reason codes of `agent` and what their parameters are, so that each is written in the reader's way.

`agent` coins a code; here it gets the kinds of its parameters; the sentence stands in the catalogues under
`reason.<code>`. A test compares the three. Kinds: `money` (with a parameter `currency`, else EUR), `count` (chooses
the plural), `number`, `percent`, `day`, `moment`, `period`, `issue` and `data` (comma lists of ids), `granularity`,
`rule` (an id such as `rule:3`), `words` (anything a person or a company named; shown as it is).
"""

from __future__ import annotations

from collections.abc import Mapping

Kinds = Mapping[str, str]

MARKET: Mapping[str, Kinds] = {
    "provider_unreachable": {},
    "provider_malformed": {},
    "question_refused": {"data_category": "data", "rule": "rule"},
    "question_answered": {"data_category": "data", "granularity": "granularity", "rule": "rule"},
    "question_asked_person": {"data_category": "data"},
    "pressure_ignored": {},
    "price_text_differs": {"typed": "money", "written": "money"},
    "late_answer": {"hours": "count"},
    "round_done": {"round": "number", "rounds": "number", "talks": "count"},
    "talk_opened": {"category": "category"},
    "offer_received": {"total": "money"},
    "counter_sent": {"total": "money"},
    "agreement_held": {"total": "money"},
    "left_no_zone": {},
    "window_closed": {},
    "digest_ready": {"count": "count"},
    "approval_given": {},
    "commit_sent": {},
    "confirmed": {},
    "confirmation_differs": {"issue": "issue"},
    "outcome_unknown": {},
    "grants_expired": {"count": "count"},
    "leg_slipped": {"from": "day", "to": "day"},
    "fallback_used": {"total": "money", "cap": "money"},
    "fallback_released": {},
    "stopped": {},
    "resumed": {},
    "ledger_verified": {"events": "count"},
    "arena_note": {},
    "persona": {"words": "words"},
    "waiting_unlock": {},
    "preference_learned": {"words": "words"},
}
"""What happens while talks run: the live view and the notes."""

BECAUSE: Mapping[str, Kinds] = {
    "cheapest_all_in": {},
    "best_value": {"utility": "number"},
    "saves_against": {"amount": "money", "contract": "words"},
    "meets_hard": {"issue": "issue"},
    "preference": {"words": "words"},
    "only_complete_offer": {},
    "inside_mandate": {},
    "provider_score": {"score": "number"},
    "compared": {"count": "count"},
}
"""Why a card is there."""

HELD_BACK: Mapping[str, Kinds] = {
    "below_other_offer": {},
    "incomplete": {"missing": "issue"},
    "hard_constraint": {"issue": "issue"},
    "claimed_only": {},
    "unreachable": {},
    "malformed": {},
    "no_agreement": {},
    "over_budget_of_attention": {},
    "expired": {},
}
"""Why an offer is not a card, and why it could not win."""

OVER_LIMIT: Mapping[str, Kinds] = {
    "over_total": {"total": "money", "limit": "money"},
    "over_term": {"term": "period", "limit": "period"},
    "provider_not_allowed": {},
    "too_many_deals": {"limit": "number"},
    "mandate_expired": {},
}
"""What exceeds the mandate: the second question of an approval."""

QUIET: Mapping[str, Kinds] = {
    "contracts_watched": {"count": "count"},
    "talks_running": {"count": "count"},
    "grants_expired_quiet": {"count": "count"},
}
"""What was done without asking for attention."""

MOVE: Mapping[str, Kinds] = {
    "opening": {},
    "concession": {"from": "money", "to": "money"},
    "hold_firm": {},
    "trade": {"give": "issue", "get": "issue"},
    "match_reciprocal": {},
    "accept_good_enough": {},
    "ask_missing": {"missing": "issue"},
    "last_round": {},
    "walk_away": {},
}
"""Why we said this number, beside each of our turns."""

CODES: Mapping[str, Kinds] = {**MARKET, **BECAUSE, **HELD_BACK, **OVER_LIMIT, **QUIET, **MOVE}

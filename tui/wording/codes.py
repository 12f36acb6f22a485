"""The reason codes of `agent` and what their parameters are, so that each is written in the reader's way.

`agent` coins a code; here it gets the kinds of its parameters; the sentence stands in the catalogues under
`reason.<code>`. A test compares the three. Kinds: `money` (with a parameter `currency`, else EUR), `count` (chooses
the plural), `number`, `percent`, `day`, `moment`, `period`, `issue` and `data` and `categories` and `identity` (comma
lists of ids), `category`, `granularity`, `refusal` (why not), `embedder`, `rule` (an id such as `rule-3`), `words`
(anything a person or a company named; shown as it is). Where a parameter is missing or empty and a sentence
`reason.<code>.no_<parameter>` exists, that one is said.
"""

from __future__ import annotations

from collections.abc import Mapping

Kinds = Mapping[str, str]

MARKET: Mapping[str, Kinds] = {
    "provider_unreachable": {},
    "provider_malformed": {},
    "adapter_failed": {},
    "adapter_changed": {},
    "adapter_missing": {},
    "adapter_no_mailbox": {},
    "adapter_secret_missing": {},
    "question_refused": {"data_category": "data", "rule": "rule", "reason": "refusal"},
    "question_answered": {"data_category": "data", "granularity": "granularity", "rule": "rule"},
    "question_asked_person": {"data_category": "data", "rule": "rule", "reason": "refusal"},
    "pressure_ignored": {},
    "amount_unread": {"names": "words"},
    "agreement_unasked": {"agreement": "words"},
    "ledger_not_as_signed": {"events": "number", "at": "moment"},
    "price_text_differs": {"typed": "money", "written": "money"},
    "late_answer": {"hours": "count"},
    "round_done": {"round": "number", "rounds": "number", "talks": "count"},
    "talk_opened": {"category": "category"},
    "offer_received": {"total": "money"},
    "counter_sent": {"total": "money"},
    "agreement_held": {"total": "money"},
    "left_no_zone": {},
    "window_closed": {},
    "identity_changed": {"parts": "identity"},
    "identity_look_alike": {"others": "words"},
    "identity_unproven": {"why": "identity"},
    "egress_stopped": {"categories": "data"},
    "digest_ready": {"count": "count"},
    "digest_made": {"items": "count", "held_back": "number"},
    "approval_given": {"item": "words"},
    "commit_sent": {},
    "signing_alone": {"total": "money"},
    "counter_not_taken": {"provider": "words"},
    "handover_ready": {},
    "story_model": {"calls": "count", "tokens": "number"},
    "story_model_read": {"issues": "words"},
    "price_dropped": {"before": "money", "now": "money"},
    "found_saves": {"price": "money", "saved": "money", "contract": "words"},
    "found_fits": {"price": "money", "category": "category"},
    "price_differs": {"low": "money", "high": "money"},
    "mail_recall": {"day": "day"},
    "mail_price_rise": {"day": "day"},
    "mail_price_rise_by": {"rise": "money", "day": "day"},
    "mail_deadline": {"day": "day"},
    "mail_outage": {"day": "day"},
    "mail_invoice": {"day": "day"},
    "mail_message": {"day": "day"},
    "mail_offer": {"total": "money", "category": "category"},
    "mail_asked_for": {},
    "mailbox_shut": {},
    "interrupted": {},
    "commit_declined": {},
    "commit_refused": {"reason": "refusal"},
    "commit_unanswered": {},
    "confirmed": {},
    "confirmation_differs": {"differences": "words"},
    "confirmation_not_binding": {},
    "outcome_unknown": {},
    "undone": {},
    "item_expired": {"reason": "refusal"},
    "grants_expired": {"count": "count"},
    "leg_slipped": {"from": "day", "to": "day"},
    "fallback_used": {"total": "money", "cap": "money"},
    "fallback_released": {},
    "stopped": {},
    "resumed": {},
    "ledger_verified": {"events": "count"},
    "ledger_broken": {},
    "arena_note": {},
    "persona": {"words": "words"},
    "persona_rule": {"number": "number", "text": "words"},
    "embedder_used": {"embedder": "embedder"},
    "embedder_fallback": {"embedder": "embedder"},
    "waiting_unlock": {},
    "model_read": {},
    "preference_learned": {"words": "words"},
    "offers_differ": {"cheaper": "money", "dearer": "money", "here": "channel", "there": "channel"},
    "drift_asked": {"category": "category", "issue": "issue", "more": "words"},
}
"""What happens while talks run: the live view and the notes."""

STORY: Mapping[str, Kinds] = {
    "story_market": {"companies": "number", "needs": "number"},
    "story_digest": {"count": "count", "held_back": "number"},
    "story_item": {"number": "number", "categories": "categories", "total": "money"},
    "story_item_saving": {"number": "number", "categories": "categories", "total": "money", "saving": "money"},
    "story_leg": {"category": "category", "provider": "words", "total": "money"},
    "story_leg_fallback": {"category": "category", "provider": "words", "total": "money"},
    "story_why": {},
    "story_days": {"days": "number"},
    "story_yours": {},
}
"""The demo told as text, between the incidents."""

BECAUSE: Mapping[str, Kinds] = {
    "cheapest_all_in": {},
    "best_value": {"utility": "number"},
    "saves_against": {"amount": "money", "contract": "words"},
    "meets_hard": {"issue": "issue"},
    "preference": {"words": "words", "issue": "issue"},
    "only_complete_offer": {},
    "only_offer": {"category": "category"},
    "inside_mandate": {},
    "inside_cap": {"total": "money"},
    "provider_score": {"score": "number"},
    "shown_before": {"provider": "words"},
    "fresh_offer": {"provider": "words"},
    "several_doors": {"count": "number"},
    "compared": {"count": "count", "agreed": "number"},
    "together": {"issue": "issue", "other": "issue", "worth": "number"},
    "unsure_weight": {"issue": "issue"},
}
"""Why a card is there."""

HELD_BACK: Mapping[str, Kinds] = {
    "below_other_offer": {},
    "other_door": {},
    "incomplete": {"missing": "issue"},
    "hard_constraint": {"issue": "issue"},
    "claimed_only": {},
    "unreachable": {},
    "malformed": {},
    "refused": {},
    "no_agreement": {},
    "over_budget_of_attention": {},
    "expired": {},
}
"""Why an offer is not a card, and why it could not win."""

OVER_LIMIT: Mapping[str, Kinds] = {
    "over_total": {"total": "money", "limit": "money"},
    "above_limit": {"total": "money", "limit": "money"},
    "above_cap": {"total": "money", "cap": "money"},
    "over_term": {"term": "period", "limit": "period"},
    "term_too_long": {"months": "number", "limit": "number"},
    "no_term": {},
    "no_amount": {},
    "other_currency": {"issue": "issue", "currency": "words"},
    "hard_missing": {"issue": "issue"},
    "provider_not_allowed": {},
    "other_provider": {"provider": "words"},
    "too_many_deals": {"limit": "number"},
    "mandate_expired": {},
}
"""What exceeds the mandate: the second question of an approval."""

QUIET: Mapping[str, Kinds] = {
    "contracts_watched": {"count": "count"},
    "talks_running": {"count": "count"},
    "card_under_way": {"provider": "words", "total": "money"},
    "card_signed": {"provider": "words", "total": "money"},
    "card_undone": {"provider": "words", "total": "money"},
    "card_expired": {"provider": "words", "total": "money"},
    "card_answered": {"provider": "words", "total": "money"},
    "card_declined": {"provider": "words", "total": "money"},
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
    "rule_call_for_proposals": {},
    "rule_person_counters": {},
    "rule_ask_for_missing_terms": {},
    "rule_incomplete_offer": {},
    "rule_improved_while_held": {},
    "rule_amount_unread": {},
    "rule_fixed_price": {},
    "rule_price_watch": {},
    "rule_no_fixed_price_fits": {},
    "rule_limit_cannot_hold": {},
    "rule_rounds_used_up": {},
    "rule_policy": {},
    "rule_data_withdrawn": {},
    "rule_plan": {},
    "rule_curve": {},
    "rule_re_offer": {},
    "rule_limit": {},
    "rule_stopping": {},
    "rule_final_offer": {},
    "rule_last_word": {},
    "rule_they_accepted": {},
    "rule_they_left": {},
    "rule_accepted_below_floor": {},
    "rule_limit_above_best": {},
    "rule_gone_quiet": {},
    "rule_no_deal_in_sight": {},
}
"""Why we said this number, beside each of our turns. `rule_...` are the engine's own rules."""

CODES: Mapping[str, Kinds] = {**MARKET, **STORY, **BECAUSE, **HELD_BACK, **OVER_LIMIT, **QUIET, **MOVE}

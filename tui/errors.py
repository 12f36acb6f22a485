"""Errors of every room -> one message for the person and one exit code. The only such table.

Errors of the facade carry a `code` and `params`; the sentence stands in the catalogues under `error.<code>` and
what to do under `error.<code>.do`. Exit codes are an API (DESIGN, section 9).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.wording import Wording


class Exit(IntEnum):
    """What a script sees."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    WAITS = 4
    REFUSED = 5
    INTERRUPTED = 130


CODES: Mapping[str, Exit] = {
    "no_such_item": Exit.USAGE,
    "no_such_talk": Exit.USAGE,
    "letter_incomplete": Exit.USAGE,
    "letter_unprintable": Exit.USAGE,
    "no_mailbox": Exit.USAGE,
    "bad_sender": Exit.USAGE,
    "not_a_head": Exit.USAGE,
    "data_missing": Exit.USAGE,
    "interrupt_unread": Exit.USAGE,
    "too_many_interrupts": Exit.USAGE,
    "no_such_interrupt": Exit.USAGE,
    "no_keyring": Exit.USAGE,
    "no_such_key": Exit.USAGE,
    "empty_key": Exit.USAGE,
    "mail_login_refused": Exit.REFUSED,
    "mail_bad_mail_address": Exit.USAGE,
    "mail_unreachable": Exit.UNREACHABLE,
    "mail_malformed": Exit.UNREACHABLE,
    "no_such_door": Exit.USAGE,
    "cannot_move": Exit.REFUSED,
    "nothing_on_the_table": Exit.USAGE,
    "not_handed_over": Exit.REFUSED,
    "nothing_to_carry": Exit.USAGE,
    "not_by_hand": Exit.USAGE,
    "empty_answer": Exit.USAGE,
    "answer_too_long": Exit.USAGE,
    "only_our_words": Exit.USAGE,
    "already_brought": Exit.REFUSED,
    "no_category": Exit.USAGE,
    "address_taken": Exit.USAGE,
    "no_such_held_back": Exit.USAGE,
    "no_home": Exit.USAGE,
    "home_unreadable": Exit.USAGE,
    "home_read_only": Exit.FAILED,
    "disk_full": Exit.FAILED,
    "file_unreadable": Exit.USAGE,
    "need_invalid": Exit.USAGE,
    "need_not_understood": Exit.USAGE,
    "persona_invalid": Exit.USAGE,
    "config_invalid": Exit.USAGE,
    "runner_alive": Exit.USAGE,
    "vault_locked": Exit.WAITS,
    "ledger_broken": Exit.FAILED,
    "ledger_error": Exit.FAILED,
    "ledger_unwritable": Exit.FAILED,
    "ledger_unsafe": Exit.USAGE,
    "ledger_too_new": Exit.FAILED,
    "terms_changed": Exit.REFUSED,
    "nothing_to_counter": Exit.USAGE,
    "counter_unreadable": Exit.USAGE,
    "over_limit": Exit.REFUSED,
    "already_decided": Exit.REFUSED,
    "undo_over": Exit.REFUSED,
    "undo_never": Exit.REFUSED,
    "expired": Exit.REFUSED,
    "decision_refused": Exit.REFUSED,
    "gate_refused": Exit.REFUSED,
    "mandate_exceeded": Exit.REFUSED,
    "not_approved": Exit.REFUSED,
    "egress_hit": Exit.REFUSED,
    "halted": Exit.REFUSED,
    "unreachable": Exit.UNREACHABLE,
    "address_refused": Exit.UNREACHABLE,
    "agent_error": Exit.FAILED,
    "demo_failed": Exit.FAILED,
    "home_unusable": Exit.FAILED,
    "home_not_a_folder": Exit.USAGE,
    "home_open_to_others": Exit.USAGE,
    "unknown_key": Exit.USAGE,
    "provider_file": Exit.USAGE,
    "adapter_name": Exit.USAGE,
    "adapter_exists": Exit.USAGE,
    "adapter_no_contract": Exit.USAGE,
    "adapter_bad": Exit.USAGE,
    "no_quote": Exit.USAGE,
    "bad_value": Exit.USAGE,
    "not_toml": Exit.USAGE,
    "unreadable": Exit.USAGE,
    "unknown_category": Exit.USAGE,
    "unknown_style": Exit.USAGE,
    "unknown_buyer": Exit.USAGE,
    "unknown_reason": Exit.USAGE,
    "bad_url": Exit.USAGE,
    "service_failed": Exit.FAILED,
    "folder_not_empty": Exit.USAGE,
    "not_the_word": Exit.USAGE,
    "no_desktop": Exit.USAGE,
    "bad_amount": Exit.USAGE,
    "bad_number": Exit.USAGE,
    "bad_day": Exit.USAGE,
    "bad_words": Exit.USAGE,
    "bad_choice": Exit.USAGE,
    "bad_address": Exit.USAGE,
    "bad_setting": Exit.USAGE,
    "no_channel": Exit.USAGE,
    "limit_needed": Exit.USAGE,
    "unknown_data": Exit.USAGE,
    "rule_unread": Exit.USAGE,
    "rule_cannot_ask": Exit.USAGE,
    "no_such_rule": Exit.USAGE,
    "no_such_receipt": Exit.USAGE,
    "nothing_to_withdraw": Exit.USAGE,
    "no_such_need": Exit.USAGE,
    "no_such_provider": Exit.USAGE,
    "answer_unclear": Exit.USAGE,
    "interview_over": Exit.USAGE,
    "no_such_preference": Exit.USAGE,
    "value_unclear": Exit.USAGE,
    "nothing_asked": Exit.USAGE,
    "approval_expired": Exit.REFUSED,
    "no_approval": Exit.REFUSED,
    "terms_not_approved": Exit.REFUSED,
    "ledger_conflict": Exit.FAILED,
}
"""Codes of the facade. One that is missing here is a failure without more to say."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What happened, what to do (may be empty), and the exit code."""

    message: str
    remedy: str
    exit: Exit
    code: str = ""

    @property
    def text(self) -> str:
        """Both as sentences, one after the other."""
        if not self.remedy:
            return self.message
        return f"{self.message}{'' if self.message.endswith(('.', '!', '?')) else '.'} {self.remedy}"


def explain(err: BaseException, w: Wording) -> Explained:
    """Words and exit code for any error that reaches the edge."""
    code = getattr(err, "code", None)
    if isinstance(code, str):
        return _coded(code, getattr(err, "params", {}), w)
    match err:
        case KeyboardInterrupt():
            return Explained(w.t("error.interrupted"), "", Exit.INTERRUPTED)
        case PermissionError():
            return _worded("home_read_only", {"path": str(err.filename or "?")}, w, Exit.FAILED)
        case OSError() if err.errno == 28:
            return _worded("disk_full", {"path": str(err.filename or "?")}, w, Exit.FAILED)
        case FileNotFoundError() | IsADirectoryError():
            return _worded("file_unreadable", {"path": str(err.filename or "?")}, w, Exit.USAGE)
        case sqlite3.Error():
            return _worded("home_unreadable", {"why": str(err)}, w, Exit.FAILED)
        case _:
            return _worded("unexpected", {"detail": f"{type(err).__name__}: {err}"}, w, Exit.FAILED)


def _coded(code: str, params: Mapping[str, str], w: Wording) -> Explained:
    exit_code = CODES.get(code, Exit.FAILED)
    if code == "need_not_understood":  # said to somebody who writes a sentence: words, not names of files
        names = params.get("candidates") or params.get("known", "")
        words = [w.label("category", name) for name in names.split(", ")]
        code = "need_ambiguous" if params.get("candidates") else code
        params = {**params, "known": ", ".join(words), "first": words[0]}
    if state := params.get("state"):
        params = {**params, "state": w.label("talk.state" if code == "cannot_move" else "item.state", state)}
    if w.has(f"error.{code}"):
        return _worded(code, params, w, exit_code)
    detail = ", ".join(f"{name} `{value}`" for name, value in params.items())
    return _worded("other", {"code": code.replace("_", " "), "detail": detail}, w, exit_code)


def _worded(code: str, params: Mapping[str, str], w: Wording, exit_code: Exit) -> Explained:
    do = f"error.{code}.near" if params.get("nearest") and w.has(f"error.{code}.near") else f"error.{code}.do"
    remedy = w.t(do, **params) if w.has(do) else ""
    return Explained(w.t(f"error.{code}", **params), remedy, exit_code, code)

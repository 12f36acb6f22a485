"""A receipt in words, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.wording import Wording
from tui.wording.clean import one_line

if TYPE_CHECKING:
    from agent.receipts import AgreementView, ReceiptView


def receipt(w: Wording, one: ReceiptView) -> list[str]:
    """The fields of ISO/IEC TS 27560 that apply, each on a line of its own; empty ones are left out."""
    fields = (
        ("id", one.id), ("schema", one.schema), ("at", w.formats.moment(one.at, year=True)),
        ("recipient", one.recipient_name), ("address", one.recipient_address), ("key", one.recipient_key[:32]),
        ("data", w.label("data", one.data_category)),
        ("granularity", w.label("granularity", one.granularity) if one.state != "refused" else ""),
        ("purpose", w.label("purpose", one.purpose) if one.purpose else ""), ("stage", w.label("stage", one.stage)),
        ("basis", w.label("basis", one.legal_basis.removeprefix("dpv:").lower()) if one.legal_basis else ""),
        ("digest", one.value_digest[:32]), ("rules", ", ".join(one.rules)), ("policy", one.policy[:32]),
        ("paid", w.value("money", one.consideration, {}) if one.consideration else ""),
        ("agreement", one.agreement[:32]),
        ("reason", w.label("refusal", one.reason) if one.reason else ""),
        ("until", w.formats.moment(one.until, year=True) if one.until else ""),
        ("state", w.label("grant", one.state)), ("withdraw", one.withdraw_with),
    )  # fmt: skip
    return [f"{w.t(f'receipt.{name}')}: {one_line(value)}" for name, value in fields if value]


def agreement(w: Wording, one: AgreementView) -> str:
    """Where the agreement on data of one talk stands, in one line."""
    said = w.t(f"agreement.{one.status}", name=one_line(one.provider_name), agreement=one.agreement)
    return f"{w.formats.moment(one.at, year=True)}  {said} [{one.negotiation[:8]}, {one.record[:12]}]"

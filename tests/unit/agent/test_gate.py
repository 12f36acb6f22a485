"""The gate: what may not leave does not, and the refusal says why."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from agent.kernel.egress import Scanner
from agent.kernel.errors import EgressHit, Halted, LedgerConflict, LedgerUnwritable, MandateExceeded, NotApproved
from negotiators.adapter import ClearedMove, ClearedProbe, _clearance_key
from negotiators.dialogue import Ask, Commit, Inform, MessageId, NegotiationId, OfferId, Propose, TermsHash
from negotiators.money import Period
from tests.requirements import requirement
from tests.support.gating import Bench, acting, bench, commit
from tests.support.house import eur, phone_need, phone_terms, typed_offer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def desk(tmp_path: Path):
    made = bench(tmp_path / "home")
    yield made
    made.ledger.close()


@requirement("mandate:act-inside-limits")
def test_a_mandate_that_lets_the_bot_act_lets_a_deal_inside_its_limits_through(desk: Bench) -> None:
    terms = phone_terms()
    desk.lock(terms)
    ticket = desk.gate.clear(desk.outgoing(acting(), commit(terms)))
    assert ticket.cleared.payload["binding"] is True and desk.commitments_recorded() == 1


@requirement("mandate:above-limit", "mandate:missing-amount", "mandate:other-currency", "mandate:fee-added-later",
             "mandate:longer-term", "mandate:missing-term")  # fmt: skip
@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (phone_terms("22.00"), "above_limit"),
        (phone_terms("21.00"), "hard_constraint"),
        (phone_terms("15.00", setup_fee=eur("100.00")), "above_limit"),
        (phone_terms("15.00", promo_months=Period(months=1), price_after=eur("40.00")), "above_limit"),
        (phone_terms("9.00", term="P24M"), "term_too_long"),
        (phone_terms("15.00", gb="10"), "hard_constraint"),
        (phone_terms().with_(price_monthly=replace(eur("15.00"), currency="USD")), "other_currency"),
        (phone_terms().with_(setup_fee=replace(eur("0.00"), currency="CHF")), "other_currency"),
    ],
)
def test_a_deal_outside_the_mandate_is_refused_and_nothing_is_recorded(desk: Bench, terms, code: str) -> None:
    desk.lock(terms)
    with pytest.raises(MandateExceeded) as refused:
        desk.gate.clear(desk.outgoing(acting(), commit(terms)))
    assert code in refused.value.params["codes"] and desk.commitments_recorded() == 0


@requirement("mandate:missing-amount")
@pytest.mark.parametrize("missing", ["price_monthly", "data_gb", "term"])
def test_a_missing_amount_or_mandatory_term_is_refused_even_with_a_second_yes(desk: Bench, missing: str) -> None:
    terms = phone_terms()
    without = type(terms).of({name: value for name, value in terms.items() if name != missing})
    desk.lock(without)
    desk.approve(over_limit=True)
    with pytest.raises(MandateExceeded):
        desk.gate.clear(desk.outgoing(acting(), commit(without)))
    assert desk.commitments_recorded() == 0


@requirement("mandate:other-provider", "mandate:expired", "mandate:no-deals-left")
@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"providers": ("rival",)}, "other_provider"),
        ({"deals": 0}, "no_deal_allowed"),
        ({"expires": "past"}, "mandate_expired"),
    ],
)
def test_other_providers_no_deals_and_an_expired_mandate_are_refused(desk: Bench, limits, code: str) -> None:
    if limits.get("expires"):
        limits = {"expires": desk.clock.now()}
    terms = phone_terms()
    desk.lock(terms)
    with pytest.raises(MandateExceeded) as refused:
        desk.gate.clear(desk.outgoing(acting(**limits), commit(terms)))
    assert code in refused.value.params["codes"]


@requirement("approval:explicit-leave")
@pytest.mark.parametrize("autonomy", ["tell", "propose"])
def test_without_leave_or_approval_nothing_binds(desk: Bench, autonomy: str) -> None:
    terms = phone_terms()
    desk.lock(terms)
    with pytest.raises(NotApproved) as refused:
        desk.gate.clear(desk.outgoing(phone_need(autonomy=autonomy), commit(terms)))
    assert refused.value.code == "no_approval"
    desk.approve()
    assert desk.gate.clear(desk.outgoing(phone_need(autonomy=autonomy), commit(terms)))


@requirement("approval:explicit-leave")
def test_a_mandate_without_a_limit_gives_no_leave(desk: Bench) -> None:
    terms = phone_terms()
    desk.lock(terms)
    with pytest.raises(NotApproved):
        desk.gate.clear(desk.outgoing(acting(max_total=None), commit(terms)))


@requirement("approval:bound-to-terms")
@pytest.mark.parametrize("changed", [phone_terms("15.01"), phone_terms(setup_fee=eur("1.00")), phone_terms(gb="30")])
def test_a_changed_term_is_not_what_was_approved(desk: Bench, changed) -> None:
    desk.lock(phone_terms())
    desk.approve(over_limit=True)
    for move in (commit(changed), Commit(OfferId("o-1"), changed, commit(phone_terms()).hash)):
        with pytest.raises(NotApproved) as refused:
            desk.gate.clear(desk.outgoing(phone_need(), move))
        assert refused.value.code == "terms_not_approved"
    assert desk.commitments_recorded() == 0


@requirement("approval:bound-to-terms")
def test_a_hash_that_is_not_of_the_terms_is_refused(desk: Bench) -> None:
    desk.lock(phone_terms())
    with pytest.raises(NotApproved):
        desk.gate.clear(desk.outgoing(acting(), Commit(OfferId("o"), phone_terms(), TermsHash("0" * 64))))


@requirement("untrusted:claimed-terms-never-bind")
@pytest.mark.parametrize("standing", ["claimed", "incomplete"])
def test_terms_that_were_only_read_from_text_are_never_committed_to(desk: Bench, standing: str) -> None:
    terms = phone_terms()
    desk.lock(terms, standing=standing)
    desk.approve(over_limit=True)
    with pytest.raises(NotApproved) as refused:
        desk.gate.clear(desk.outgoing(acting(), commit(terms)))
    assert refused.value.code == "terms_only_claimed"


@requirement("approval:expires")
def test_an_approval_that_ran_out_is_none(desk: Bench) -> None:
    terms = phone_terms()
    desk.lock(terms)
    desk.approve(lasts=timedelta(hours=1))
    desk.clock.advance(timedelta(hours=1))
    with pytest.raises(NotApproved) as refused:
        desk.gate.clear(desk.outgoing(phone_need(), commit(terms)))
    assert refused.value.code == "approval_expired"


@requirement("approval:second-yes-above-limit")
def test_above_the_limit_the_approval_must_say_so(desk: Bench) -> None:
    terms = phone_terms("22.00")
    desk.lock(terms)
    desk.approve()
    with pytest.raises(MandateExceeded):
        desk.gate.clear(desk.outgoing(phone_need(), commit(terms)))
    desk.approve(over_limit=True)
    assert desk.gate.clear(desk.outgoing(phone_need(), commit(terms)))


@requirement("mandate:one-deal-per-need", "mandate:split-orders")
def test_a_second_deal_for_the_same_need_has_no_lock(desk: Bench) -> None:
    terms = phone_terms()
    desk.lock(terms)
    with pytest.raises(LedgerConflict):
        desk.lock(terms, provider="rival")
    with pytest.raises(NotApproved):
        desk.gate.clear(desk.outgoing(acting(), commit(terms, "rival"), provider="rival"))
    half = phone_terms("7.50")
    with pytest.raises(NotApproved):
        desk.gate.clear(desk.outgoing(acting(), commit(half)))


@requirement("stop:gate-checks-the-file")
def test_nothing_is_cleared_or_probed_while_the_stop_file_lies_there(desk: Bench) -> None:
    (desk.home / "STOP").touch()
    for attempt in (
        lambda: desk.gate.clear(desk.outgoing(phone_need(), Ask())),
        lambda: desk.gate.probe("https://acme.example", "discover"),
    ):
        with pytest.raises(Halted):
            attempt()
    (desk.home / "STOP").unlink()
    assert desk.gate.clear(desk.outgoing(phone_need(), Ask()))


@requirement("stop:gate-checks-the-file")
async def test_a_message_cleared_before_the_stop_is_not_sent_after_it(desk: Bench) -> None:
    ticket = desk.gate.clear(desk.outgoing(phone_need(), Ask()))
    (desk.home / "STOP").touch()
    with pytest.raises(Halted):
        await desk.gate.send(ticket, object())  # type: ignore[arg-type]
    row = desk.ledger.row("SELECT state, attempts FROM outbox")
    assert row is not None and (row["state"], row["attempts"]) == ("pending", 0)


@requirement("disclosure:egress-scan")
def test_a_vault_value_stops_the_message_and_is_noted_without_its_value(tmp_path: Path) -> None:
    desk = bench(tmp_path / "h", Scanner.of([("f-name", "pd:Name", "Mira Sommerfeldt")]))
    answer = Inform("name", "Mira Sommerfeldt", "exact")
    with pytest.raises(EgressHit):
        desk.gate.clear(desk.outgoing(phone_need(), answer, informs=(answer,)))
    (incident,) = desk.ledger.events(kinds=("IncidentNoted",))
    assert incident.payload["code"] == "egress_stopped" and "Sommer" not in str(incident.payload)
    assert desk.ledger.row("SELECT 1 FROM outbox") is None
    told = {"f-name": "Mira Sommerfeldt"}
    assert desk.gate.clear(desk.outgoing(phone_need(), answer, informs=(answer,), released=told))
    desk.ledger.close()


@requirement("secret:budget-number-never-leaves")
def test_a_budget_number_outside_our_own_terms_stops_the_message(desk: Bench) -> None:
    never = {"gb:Budget": frozenset({Decimal("260")})}
    asked = Inform("limit", "260 EUR", "exact")
    free = replace(desk.outgoing(phone_need(), Ask()), never=never)
    assert desk.gate.clear(free)
    proposal = Propose(typed_offer("acme", phone_terms("20.00")))
    assert desk.gate.clear(
        replace(desk.outgoing(phone_need(), proposal), never={"gb:Budget": frozenset({Decimal(20)})})
    )
    desk.gate._wording = lambda *_: "My budget is 260,00 EUR."
    with pytest.raises(EgressHit):
        desk.gate.clear(replace(desk.outgoing(phone_need(), Ask()), never=never))
    assert asked.value is not None


@requirement("durable:recorded-before-sent")
def test_what_cannot_be_recorded_is_not_cleared(desk: Bench) -> None:
    pages = desk.ledger.conn.execute("PRAGMA page_count").fetchone()[0]
    desk.talk()
    desk.ledger.conn.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(LedgerUnwritable):
        for _ in range(3000):
            desk.gate.clear(desk.outgoing(phone_need(), Ask()))


@requirement("mandate:only-the-gate-clears")
def test_cleared_messages_cannot_be_made_outside_the_gate() -> None:
    with pytest.raises(PermissionError):
        ClearedMove(object(), "u", NegotiationId("n"), MessageId("m"), Ask(), 1, {}, "")
    with pytest.raises(PermissionError):
        ClearedProbe(None, "u", "discover")
    with pytest.raises(PermissionError):
        _clearance_key("agent.market.market")


@requirement("mandate:only-the-gate-clears")
def test_only_the_gate_names_the_constructors_and_the_key() -> None:
    guarded = {"ClearedMove", "ClearedProbe", "_clearance_key", "_GATE_KEY"}
    allowed = {"agent/kernel/gate.py", "negotiators/adapter.py", "negotiators/testkit/rehearsal.py"}
    found = []
    for room in ("agent", "memory", "negotiators", "tui"):
        for path in sorted((ROOT / room).rglob("*.py")):
            where = path.relative_to(ROOT).as_posix()
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", ""))
                named = isinstance(node, ast.Attribute | ast.Name) and getattr(node, "attr", getattr(node, "id", ""))
                if (called in guarded or named in {"_clearance_key", "_GATE_KEY"}) and where not in allowed:
                    found.append((where, node.lineno))
    assert found == []


@requirement("disclosure:shards-across-restart")
def test_a_value_split_over_messages_is_seen_although_another_process_sent_the_first_half(tmp_path: Path) -> None:
    """Also over two endpoints and talks of one provider, and with all our wording between the halves."""
    scanner = Scanner.of([("iban", "pd:BankAccount", "DE02100100100006820101")])
    first = bench(tmp_path / "home", scanner)
    first.gate.clear(first.outgoing(phone_need(), Inform("a", "DE021001001", "exact")))
    first.ledger.close()
    again = bench(tmp_path / "home", Scanner(scanner.needles), ids="later")
    try:
        rest = Inform("b", "00006820101", "exact")
        assert again.gate.clear(again.outgoing(phone_need("need-2"), rest, provider="other"))
        with pytest.raises(EgressHit):
            again.gate.clear(again.outgoing(phone_need("need-2"), rest, provider="acme"))
    finally:
        again.ledger.close()

"""A rule of one sentence lets one kind of mail interrupt; what is not understood in whole makes no rule."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.interrupting import add_interrupt, remove_interrupt
from agent.language.interrupts import Interrupt, read_interrupt
from agent.language.notices import NoticeKind
from agent.views import FacadeError
from negotiators.money import Money
from tui.cli.root import gegenbot

FIVE, HOURS = Money(Decimal(5), "EUR"), timedelta(hours=48)


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        ("price rises above 5 EUR", Interrupt(NoticeKind.PRICE_RISE, FIVE)),
        ("Interrupt me when a price rises by more than 5 euros.", Interrupt(NoticeKind.PRICE_RISE, FIVE)),
        ("wenn ein Preis um mehr als 5 Euro steigt", Interrupt(NoticeKind.PRICE_RISE, FIVE)),
        ("Unterbrich mich bei Fristen in weniger als 48 Stunden", Interrupt(NoticeKind.DEADLINE, None, HOURS)),
        ("tell me at once about a deadline within 2 days", Interrupt(NoticeKind.DEADLINE, None, HOURS)),
        ("Rückrufe", Interrupt(NoticeKind.RECALL)),
    ],
)
def test_a_sentence_is_one_rule(sentence: str, read: Interrupt) -> None:
    assert read_interrupt(sentence) == (read, "")


@pytest.mark.parametrize(
    "sentence",
    ["recalls from my bank only", "interrupt me", "price rises of 5 EUR", "outages above 5 EUR", "invoices and recalls",
     "everything", "price rises above 5 EUR or 10 EUR", "deadlines within 24 hours at night"],
)  # fmt: skip
def test_a_sentence_with_anything_else_in_it_makes_no_rule(sentence: str) -> None:
    assert read_interrupt(sentence)[0] is None


def test_rules_are_written_read_back_and_taken_back_on_the_command_line(tmp_path: Path) -> None:
    home = tmp_path / "home"

    def run(*words: str) -> tuple[int, str]:
        outcome = CliRunner().invoke(gegenbot, ["--home", str(home), "interrupts", *words])
        return outcome.exit_code, outcome.output

    assert "Nothing interrupts you" in run()[1]
    code, said = run("add", "price rises above 5 EUR")
    assert code == 0 and "price rises by more than" in said and "notify.how" in said
    assert run("add", "Fristen in weniger als 48 Stunden")[0] == 0
    with pytest.raises(FacadeError, match="interrupt_unread: fragment=from bank"):
        add_interrupt(home, "recalls from my bank")
    found = json.loads(run("list", "--json")[1])
    assert [(one["kind"], one["above"], one["hours"]) for one in found] == [
        ("price_rise", "5.00 EUR", ""), ("deadline", "", "48"),
    ]  # fmt: skip
    assert run("remove", "1")[0] == 0
    with pytest.raises(FacadeError, match="no_such_interrupt"):
        remove_interrupt(home, 2)
    assert [one["kind"] for one in json.loads(run("list", "--json")[1])] == ["deadline"]

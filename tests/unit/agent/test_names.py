"""Names on the record: a tag in the chain, the name in a body that can go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.kernel.events import Forgotten, IncidentNoted
from agent.kernel.ledger import Draft, Ledger
from agent.kernel.names import Name, Naming, contract_ref, name_at, row_with_names, senders, with_names
from tests.support.house import START, counting_ids


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger(tmp_path)
    yield made
    made.close()


def met(ledger: Ledger, *named: tuple[str, str], prefix: str = "i") -> list[str]:
    """Tags of names, recorded."""
    naming = Naming(ledger.rows, counting_ids(prefix))
    tags = [naming.tag(text, of) for text, of in named]
    ledger.append(START, [Draft(event, text) for event, text in naming.new()])
    return tags


def test_a_name_has_one_tag_until_it_is_forgotten_and_then_another(ledger: Ledger) -> None:
    first, again, contract = met(
        ledger, ("shop.example", "shop"), ("shop.example", "shop"), ("Alt", contract_ref("c-1"))
    )
    assert first == again != contract
    assert met(ledger, ("shop.example", "shop"), prefix="k") == [first]
    assert senders(ledger.rows) == {first: Name("shop.example", "shop")}
    ledger.forget_bodies(START, Forgotten(first, [first]))
    assert name_at(ledger.rows, first) is None
    assert met(ledger, ("shop.example", "shop"), prefix="m") != [first]


def test_what_is_shown_has_names_for_tags_and_nothing_for_forgotten_ones(ledger: Ledger) -> None:
    alt, neu, shop = met(
        ledger, ("Alt", contract_ref("c-1")), ('Neu "B"', contract_ref("c-2")), ("shop.example", "shop")
    )
    ledger.append(START, [IncidentNoted("x", {"against": f"{alt}, {neu}", "one": neu, "words": f"of {alt}"}, [])])

    def shown() -> dict[str, str]:
        (row,) = ledger.rows("SELECT * FROM incidents")
        found: dict[str, str] = json.loads(row_with_names(ledger.rows, row)["params"])
        return found

    assert shown() == {"against": 'Alt, Neu "B"', "one": 'Neu "B"', "words": f"of {alt}"}
    notes = [{"id": "1", "params": {"provider": shop, "contract": alt}}, {"id": "2", "params": {"day": "2026-12-01"}}]
    assert [one["params"] for one in with_names(ledger.rows, notes)] == [
        {"provider": "shop.example", "contract": "Alt"}, {"day": "2026-12-01"},
    ]  # fmt: skip
    ledger.forget_bodies(START, Forgotten("contract:c-1", [alt]))
    assert shown()["against"] == 'Neu "B"'
    assert next(with_names(ledger.rows, notes))["params"] == {"provider": "shop.example", "contract": ""}
    ledger.forget_bodies(START, Forgotten(shop, [shop]))
    assert [one["id"] for one in with_names(ledger.rows, notes)] == ["2"]


def test_a_company_that_calls_itself_like_a_tag_is_neither_hidden_nor_taken_for_another(ledger: Ledger) -> None:
    notes = [{"id": "1", "params": {"provider": "name:0123456789ab"}}]
    assert list(with_names(ledger.rows, notes)) == notes

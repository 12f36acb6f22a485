"""A company's own lower public price, seen on another channel, is cited to it, and to nobody else."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from agent.kernel.citing import Cited
from agent.kernel.errors import EgressHit
from agent.kernel.events import MoveChosen
from agent.kernel.gate import Outgoing
from agent.runtime.replay import replay_ledger
from negotiators.dialogue import Ask, NegotiationId, ProviderId
from negotiators.money import Money
from tests.integration.agent.test_channels import PAGE, TERMS, Street, file_of
from tests.requirements import requirement
from tests.support.house import phone_need
from tests.support.shop import Shop, opened
from tests.support.sites import site

OWN, RIVAL = "14.90", "9.80"


@pytest.fixture
def street(tmp_path: Path) -> Street:
    return Street(tmp_path / "home")


def said(street: Street) -> list[dict[str, Any]]:
    """Our messages at the bot's door: payload, text and the reason's numbers."""
    house = street.open()
    try:
        rows = house.ledger.rows(
            "SELECT o.body, o.act, c.numbers FROM outbox o JOIN negotiations n ON n.id=o.negotiation JOIN endpoints e "
            "ON e.url=n.endpoint JOIN choices c ON c.negotiation=o.negotiation AND c.round=o.round "
            "WHERE e.channel='a2a' ORDER BY o.rowid"
        )
        found = []
        for row in rows:
            body = json.loads(house.ledger.body(row["body"]) or "{}")
            found.append({"act": row["act"], "cites": body["payload"].get("cites"), "text": body["text"],
                          "numbers": json.loads(row["numbers"])})  # fmt: skip
        return found
    finally:
        house.shut()


async def talked(
    stack: AsyncExitStack, street: Street, *, argue: str = "", page: str = OWN, data: str = "20"
) -> list[Any]:
    """The company's page is seen for one need, a cheaper rival's too; then its bot is asked for another."""
    own = PAGE.replace("14.90", page)
    pages = await stack.enter_async_context(
        site({"/own": ("text/html", own), "/rival": ("text/html", PAGE.replace("14.90", RIVAL))})
    )
    bot = await stack.enter_async_context(opened(Shop("bot", Decimal("16.00"), Decimal("13.00"))))
    terms = TERMS.replace('"20"', f'"{data}"')
    street.file("Funkturm", file_of("web", f"{pages.url}/own", reading=terms))
    street.file("Rival", file_of("web", f"{pages.url}/rival", reading=TERMS))
    house = street.open()
    house.state_need(phone_need())
    await house.close()
    await street.tick()
    street.file("Funkturm", file_of("a2a", bot.url, reading=argue))
    house = street.open()
    house.state_need(phone_need("need-2"))
    await house.close()
    await street.tick()
    return said(street)


@requirement("secret:only-a-company-s-own-price-is-cited")
async def test_a_company_s_own_lower_public_price_is_cited_once_and_a_rival_s_never(street: Street) -> None:
    async with AsyncExitStack() as stack:
        ours = await talked(stack, street)
    cited = [one for one in ours if one["cites"]]
    assert len(cited) == 1 and cited[0]["act"] == "propose"
    price = {"type": "money", "value": OWN, "unit": "EUR"}
    assert cited[0]["cites"]["price"] == price and cited[0]["cites"]["source"] == "web"
    assert cited[0]["cites"]["url"].endswith("/own") and cited[0]["cites"]["url"] in cited[0]["text"]
    assert f"{OWN} EUR for the same" in cited[0]["text"]
    assert cited[0]["numbers"]["cited"] == f"{OWN} EUR" and cited[0]["numbers"]["cited_from"].endswith("/own")
    assert not any(RIVAL in json.dumps(one["cites"]) or f"{RIVAL} EUR for the same" in one["text"] for one in ours)
    assert not replay_ledger(street.root)["different"]


@pytest.mark.parametrize(
    "more", [{"argue": "argue = false"}, {"page": "16.90"}, {"data": "30"}], ids=["forbidden", "dearer", "another plan"]
)
async def test_what_the_person_forbids_costs_more_or_is_something_else_is_no_argument(
    street: Street, more: dict[str, str]
) -> None:
    async with AsyncExitStack() as stack:
        ours = await talked(stack, street, **more)
    assert any(one["act"] == "propose" for one in ours) and not any(one["cites"] for one in ours)


@requirement("secret:only-a-company-s-own-price-is-cited")
async def test_the_gate_lets_no_price_out_that_is_not_the_company_s_own(street: Street) -> None:
    async with AsyncExitStack() as stack:
        await talked(stack, street)
    house = street.open()
    try:
        rows = house.ledger.rows(
            "SELECT t.message_id, e.url, n.provider, n.id FROM turns t JOIN negotiations n ON n.id=t.negotiation "
            "JOIN endpoints e ON e.url=n.endpoint WHERE t.party='them' AND e.channel='web'"
        )
        theirs = {row["provider"]: row for row in rows}
        own, rival = theirs["funkturm"], theirs["rival"]
        category = house.categories["mobile_plan"]
        for row, amount, right in ((own, OWN, True), (rival, RIVAL, False), (own, "1.00", False)):
            outgoing = Outgoing(
                negotiation=NegotiationId(own["id"]), provider=ProviderId("funkturm"), endpoint=own["url"],
                category=category, move=Ask(), round=9, language="en", valuation=house.book.valuation(phone_need()),
                choice=MoveChosen(own["id"], 9, "ask", "test", {}),
                cites=Cited("web", row["url"], Money.of(amount, "EUR"), date(2026, 11, 22), row["message_id"]),
            )  # fmt: skip
            if right:
                assert house.gate.clear(outgoing).cleared.payload["cites"]
                continue
            with pytest.raises(EgressHit):
                house.gate.clear(outgoing)
    finally:
        house.shut()

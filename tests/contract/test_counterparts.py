"""Counterparts nobody here wrote, run by hand on loopback: `make soak` talks to those whose address it is given.

GEGENBOT_UCP_MERCHANT=http://127.0.0.1:8182   the reference merchant of the UCP samples (its flower shop)
"""

from __future__ import annotations

import os
import uuid

import pytest

from negotiators.dialogue import Accept, Leave
from negotiators.testkit.wiretap import tapped
from tests.contract.test_ucp import asked_for, price, stage_of

UCP = os.environ.get("GEGENBOT_UCP_MERCHANT", "")


@pytest.mark.soak
@pytest.mark.skipif(not UCP, reason="no counterpart: GEGENBOT_UCP_MERCHANT is not set")
async def test_the_reference_merchant_of_ucp_is_searched_to_its_best_price() -> None:
    order = {"items": [{"id": "bouquet_roses", "quantity": 1}], "codes": ["10OFF", "NOPE"], "currency": "USD"}
    async with tapped(UCP) as tap:
        stage = stage_of(tap, order)
        stage.prefix = uuid.uuid4().hex  # the merchant remembers idempotency keys of earlier runs
        async with stage.session() as session:
            offers, replies = await asked_for(stage, session, "US")
            best = offers[-1]
            _, (taken,) = await stage.say(session, Accept(best.id, best.terms))
            await stage.say(session, Leave("another_offer_chosen"))
            paths = [one.path for one in tap.asked]
    assert price(best) == ("31.50 USD", "0.00 USD"), "ten percent off, and roses travel free"
    assert "code_not_applied:1" in replies[-1].problems and taken.moves == (Accept(best.id, best.terms),)
    assert not any(path.endswith("/complete") for path in paths)
